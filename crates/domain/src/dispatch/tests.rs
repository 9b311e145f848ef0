//! Candidates: the worked example, hard rules in words, the dedicated engineer, emergencies.

use chrono_tz::Asia::Shanghai;
use serde_json::json;
use uuid::Uuid;

use super::candidates::*;
use super::rules::*;
use super::*;
use crate::engineers::availability::EngineerDay;
use crate::engineers::{Engineer, EngineerStatus};
use crate::kernel::stamp::tests::stamp;
use crate::kernel::text::{Number, RegionCode, WordCode};
use crate::kernel::{Figure, Spot};
use crate::requests::EngineerId;
use crate::shifts::Shift;
use crate::skills::{EngineerSkill, EngineerSkillCreate, Skill};
use crate::work_orders::Geo;

struct Person {
    engineer: Engineer,
    skills: Vec<EngineerSkill>,
    shifts: Vec<Shift>,
    open_jobs: i64,
    kpi: &'static str,
    credit: i64,
}

fn skill() -> Skill {
    let cmd = json!({"code": "AC", "name": {"zh": "空调"}});
    Skill::add(serde_json::from_value(cmd).unwrap(), &stamp())
}

/// A latitude so many metres north of the customer at the equator.
fn north(metres: i64) -> Geo {
    let micros = metres * 1_000_000 * 180 / (3_141_593 * 6_371_009 / 1_000_000);
    let lat = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    Geo {
        lat: lat.parse().unwrap(),
        lng: 0.0,
    }
}

fn person(n: u128, level: &str, metres: i64, open_jobs: i64, kpi: &'static str) -> Person {
    let cmd = serde_json::from_value(json!({"name": "张伟", "phone": "13900139001"})).unwrap();
    let mut engineer = Engineer::enter(cmd, Number::new("EN-20261123-000001").unwrap(), &stamp());
    engineer.id = EngineerId(Uuid::from_u128(n));
    engineer.profile.home = Some(north(metres));
    let grade: EngineerSkillCreate =
        serde_json::from_value(json!({"skill_id": skill().id, "level": level})).unwrap();
    Person {
        skills: vec![EngineerSkill::grade(engineer.id, &grade, &stamp())],
        engineer,
        shifts: Vec::new(),
        open_jobs,
        kpi,
        credit: 80,
    }
}

impl Person {
    fn known(&self) -> Known<'_> {
        Known {
            day: EngineerDay {
                engineer: &self.engineer,
                shifts: &self.shifts,
                leaves: &[],
                open_jobs: self.open_jobs,
            },
            skills: &self.skills,
            outlet: None,
            kpi: Some(self.kpi.parse().unwrap()),
            credit: self.credit,
        }
    }
}

fn weigh<'a>(people: &[Person], change: impl FnOnce(&mut Need<'a>)) -> Vec<Candidate> {
    let skills: &'static [Skill] = Box::leak(Box::new([skill()]));
    let mut need = Need {
        at: stamp().now,
        zone: Shanghai,
        is_emergency: false,
        region: None,
        lineage: &[],
        skills,
        spot: Spot::at(0.0, 0.0),
        dedicated: None,
    };
    change(&mut need);
    let known: Vec<Known<'_>> = people.iter().map(Person::known).collect();
    candidates(&need, &known)
}

fn example() -> [Person; 3] {
    [
        person(1, "1.0", 6_000, 5, "88"),
        person(2, "0.8", 2_000, 1, "92"),
        person(3, "1.0", 25_000, 0, "80"),
    ]
}

fn order(found: &[Candidate]) -> Vec<u128> {
    found
        .iter()
        .map(|candidate| candidate.engineer_id.0.as_u128())
        .collect()
}

#[test]
fn the_worked_example_comes_in_its_order_with_its_scores() {
    let found = weigh(&example(), |_| {});
    let scores: Vec<String> = found
        .iter()
        .map(|candidate| candidate.score.to_string())
        .collect();
    assert_eq!(order(&found), [2, 1, 3]);
    assert_eq!(scores, ["86.63", "80.70", "76.17"]);
    let distances: Vec<i64> = found
        .iter()
        .filter_map(|candidate| candidate.distance_m)
        .collect();
    assert_eq!(distances, [2_000, 6_000, 25_000]);
}

#[test]
fn of_equal_scores_credit_decides_then_the_identifier() {
    let equal = |n: u128, credit: i64| {
        let mut person = person(n, "1.0", 6_000, 2, "88");
        person.credit = credit;
        person
    };
    let people = [equal(4, 80), equal(3, 80), equal(5, 90), equal(1, 80)];
    let found = weigh(&people, |_| {});
    assert!(found.iter().all(|one| one.score == found[0].score));
    assert_eq!(order(&found), [5, 1, 3, 4]);
}

#[test]
fn the_dedicated_engineer_comes_first_while_he_is_free_and_skilled() {
    let mut people = example();
    let dedicated = people[2].engineer.id;
    assert_eq!(
        order(&weigh(&people, |need| need.dedicated = Some(dedicated))),
        [3, 2, 1]
    );
    people[2].engineer.status = EngineerStatus::OnLeave;
    let found = weigh(&people, |need| need.dedicated = Some(dedicated));
    assert_eq!(order(&found), [2, 1, 3]);
    assert!(!found[2].is_eligible && found[0].is_eligible);
    let mut people = example();
    people[2] = person(3, "0.2", 25_000, 0, "80");
    assert_eq!(
        order(&weigh(&people, |need| need.dedicated = Some(dedicated))),
        [2, 1, 3]
    );
}

#[test]
fn a_broken_rule_is_said_in_both_languages() {
    let mut people = example();
    people[1].open_jobs = 8;
    people[1].skills.clear();
    let found = weigh(&people, |_| {});
    let last = found.last().unwrap();
    let broken: Vec<HardRule> = last.checks.iter().filter(|c| !c.passed).map(|c| c.rule).collect();
    assert_eq!(broken, [HardRule::Capacity, HardRule::Skills]);
    for rule in HardRule::ALL {
        for passed in [true, false] {
            let (en, zh) = rule.words(passed);
            assert!(en.is_ascii() && !zh.is_ascii());
        }
    }
}

#[test]
fn regions_and_certification_are_hard_rules() {
    let mut people = example();
    let here = RegionCode::new("510104").unwrap();
    people[0].engineer.profile.service_regions = vec![RegionCode::new("510100").unwrap()];
    people[1].engineer.profile.service_regions = vec![RegionCode::new("510107").unwrap()];
    let found = weigh(&people, |need| need.region = Some(&here));
    assert_eq!(order(&found), [1, 3, 2]);
    let certified = Skill {
        requires_certification: true,
        ..skill()
    };
    let skills = [certified];
    people[2].skills[0].certified_until = Some("2026-11-23".parse().unwrap());
    let known: Vec<Known<'_>> = people.iter().map(Person::known).collect();
    let need = Need {
        at: stamp().now,
        zone: Shanghai,
        is_emergency: false,
        region: None,
        lineage: &[],
        skills: &skills,
        spot: None,
        dedicated: None,
    };
    let eligible: Vec<bool> = candidates(&need, &known).iter().map(|c| c.is_eligible).collect();
    assert_eq!(eligible, [true, false, false]);
}

#[test]
fn an_emergency_goes_to_whoever_stands_by_though_his_day_is_full() {
    let mut people = [person(1, "1.0", 6_000, 8, "88")];
    let shift = json!({"date": "2026-11-28", "start": "18:00", "end": "08:00", "kind": "standby"});
    let shift = Shift::add(
        people[0].engineer.id,
        serde_json::from_value(shift).unwrap(),
        &[],
        Shanghai,
        &stamp(),
    );
    people[0].shifts.push(shift.unwrap());
    let saturday_night = "2026-11-28T15:00:00Z".parse().unwrap();
    let found = weigh(&people, |need| {
        (need.at, need.is_emergency) = (saturday_night, true);
    });
    assert!(found[0].is_eligible);
    assert!(!weigh(&people, |need| need.at = saturday_night)[0].is_eligible);
}

fn rule(code: &str, sort: i64, extra: serde_json::Value) -> DispatchRule {
    let mut cmd = json!({"code": code, "name": {"zh": "规则"}, "sort": sort, "mode": "auto"});
    cmd.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    DispatchRule::add(serde_json::from_value(cmd).unwrap(), &stamp())
}

#[test]
fn the_first_rule_that_fits_decides_whether_the_system_sends_somebody() {
    let rules = [
        rule("SECOND", 2, json!({"least_score": "87"})),
        rule(
            "FIRST",
            1,
            json!({"service_types": ["repair"], "region_codes": ["510000"]}),
        ),
    ];
    let (repair, install) = (
        WordCode::new("repair").unwrap(),
        WordCode::new("install").unwrap(),
    );
    let here = RegionCode::new("510104").unwrap();
    let code =
        |service: &WordCode| rule_for(&rules, service, Some(&here), false).map(|rule| rule.code.to_string());
    assert_eq!(
        (code(&repair), code(&install)),
        (Some("FIRST".to_owned()), Some("SECOND".to_owned()))
    );
    let found = weigh(&example(), |_| {});
    let sent = |least: Option<Figure>| -> Vec<u128> {
        may_be_sent(&found, least)
            .map(|candidate| candidate.engineer_id.0.as_u128())
            .collect()
    };
    assert_eq!(sent(None), [2, 1, 3]);
    assert_eq!(sent(Some("80.70".parse().unwrap())), [2, 1]);
    assert!(sent(rules[0].least_score).is_empty(), "86.63 is less than 87");
    assert_eq!(
        no_candidate(crate::requests::ServiceRequestId(Uuid::nil()), &stamp()).kind,
        "dispatch.no_candidate"
    );
    assert_eq!(
        Figure::ZERO,
        weigh(&example(), |need| need.spot = None)[0].terms[1].points
    );
}
