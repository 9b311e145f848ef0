//! Shifts, rosters and leaves: nobody works twice at once, and whoever is away has no shift and no job.

use chrono_tz::Asia::Shanghai;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::approvals::ApprovalStatus;
use crate::approvals::tests::by;
use crate::engineers::Engineer;
use crate::engineers::availability::{Ask, EngineerDay, Unavailable};
use crate::kernel::Role;
use crate::kernel::stamp::tests::stamp;
use crate::kernel::text::{Number, WordCode};
use crate::leaves::Leave;

fn engineer_id(n: u128) -> EngineerId {
    EngineerId(uuid::Uuid::from_u128(n))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn hours(date: &str, start: &str, end: &str, kind: &str) -> ShiftCreate {
    serde_json::from_value(json!({"date": date, "start": start, "end": end, "kind": kind})).unwrap()
}

fn shift(date: &str, start: &str, end: &str, kind: &str) -> Shift {
    Shift::add(
        engineer_id(1),
        hours(date, start, end, kind),
        &[],
        Shanghai,
        &stamp(),
    )
    .unwrap()
}

fn zhang() -> Engineer {
    let cmd = serde_json::from_value(json!({"name": "张伟", "phone": "13900139001"})).unwrap();
    let engineer = Engineer::enter(cmd, Number::new("EN-20261123-000001").unwrap(), &stamp());
    Engineer {
        id: engineer_id(1),
        ..engineer
    }
}

fn leave(from: &str, to: &str) -> Leave {
    let cmd = serde_json::from_value(json!({"from": from, "to": to, "kind": "annual"})).unwrap();
    Leave::ask(engineer_id(1), cmd, &by(7, Role::Engineer))
}

fn reasons(
    shifts: &[Shift],
    leaves: &[Leave],
    open_jobs: i64,
    at: &str,
    is_emergency: bool,
) -> Vec<Unavailable> {
    let engineer = zhang();
    let facts = EngineerDay {
        engineer: &engineer,
        shifts,
        leaves,
        open_jobs,
    };
    let ask = Ask {
        at: time(at),
        zone: Shanghai,
        is_emergency,
        certificates: &[],
    };
    facts.availability(&ask).reasons
}

#[test]
fn overlapping_shifts_are_refused_and_touching_ones_are_not() {
    let mut night = shift("2026-11-23", "22:00", "06:00", "night");
    night.id = ShiftId(uuid::Uuid::from_u128(99));
    let add = |cmd| {
        Shift::add(
            engineer_id(1),
            cmd,
            std::slice::from_ref(&night),
            Shanghai,
            &by(1, Role::Supervisor),
        )
    };
    let clash = add(hours("2026-11-24", "05:59", "12:00", "day")).unwrap_err();
    assert_eq!(clash.code.slug, "shift_overlap");
    assert_eq!(clash.extra["conflicting_id"], night.id.to_string());
    let at = stamp();
    let touching = hours("2026-11-24", "06:00", "12:00", "day");
    assert!(
        Shift::add(
            engineer_id(1),
            touching,
            std::slice::from_ref(&night),
            Shanghai,
            &at
        )
        .is_ok()
    );
    let other = hours("2026-11-23", "22:00", "06:00", "night");
    assert!(Shift::add(engineer_id(2), other, std::slice::from_ref(&night), Shanghai, &at).is_ok());
}

#[test]
fn a_night_shift_runs_over_midnight() {
    let night = shift("2026-11-23", "22:00", "06:00", "night");
    assert_eq!(night.minutes(Shanghai), 480);
    assert!(night.covers(time("2026-11-23T21:59:59Z"), Shanghai));
    assert!(!night.covers(time("2026-11-23T22:00:00Z"), Shanghai));
}

#[test]
fn two_groups_take_turns_by_iso_week() {
    let at = by(1, Role::Supervisor);
    let template = serde_json::from_value(json!({"code": "PATROL", "name": {"zh": "巡检"}, "start": "08:30",
        "end": "17:30", "kind": "patrol", "weekdays": ["mon", "tue", "wed", "thu", "fri"]}))
    .unwrap();
    let template = ShiftTemplate::add(template, &at);
    let [mut one, mut other] = [zhang(), zhang()];
    one.profile.team = Some(PatrolTeam::A);
    (other.id, other.profile.team) = (engineer_id(2), Some(PatrolTeam::B));
    one.id = engineer_id(1);
    let people = [one, other];
    let cmd = json!({"teams": ["A", "B"], "from": "2026-11-23", "to": "2026-12-06"});
    let cmd: GenerateRoster = serde_json::from_value(cmd).unwrap();
    let (roster, shifts) = Roster::generate(&cmd, &template, &people, &[], Shanghai, &at).unwrap();
    // Week 48 is A's, week 49 is B's; weekends are free.
    let worked: Vec<(bool, String)> = shifts
        .iter()
        .map(|s| (s.engineer_id == engineer_id(1), s.date.to_string()))
        .collect();
    assert_eq!(worked.len(), 10);
    assert_eq!(worked.first(), Some(&(true, "2026-11-23".to_owned())));
    assert_eq!(worked.last(), Some(&(false, "2026-12-04".to_owned())));
    assert!(shifts.iter().all(|s| s.roster_id == Some(roster.id)));
    assert!(Roster::in_force(&shifts, &[]).is_empty());
    assert_eq!(Roster::in_force(&shifts, &[roster.id]).len(), 10);
    let again = GenerateRoster {
        to: day("2027-03-01"),
        ..cmd
    };
    let refused = Roster::generate(&again, &template, &people, &[], Shanghai, &at).unwrap_err();
    assert_eq!(refused.code.slug, "roster_too_long");
}

#[test]
fn a_leave_is_approved_by_somebody_else() {
    let today = day("2026-11-23");
    let mut leave = leave("2026-11-24", "2026-11-25");
    let author = by(7, Role::Engineer);
    leave.act("submit", None, today, &author).unwrap();
    let refused = leave
        .act("approve", None, today, &by(7, Role::Supervisor))
        .unwrap_err();
    assert_eq!(refused.code.slug, "self_approval");
    assert_eq!(refused.extra["current_status"], "submitted");
    let refused = leave.act("approve", None, today, &author).unwrap_err();
    assert_eq!(refused.code.slug, "insufficient_scope");
    assert!(!leave.holds_on(day("2026-11-24")));
    leave
        .act("approve", None, today, &by(8, Role::Supervisor))
        .unwrap();
    assert!(leave.holds_on(day("2026-11-24")) && !leave.holds_on(day("2026-11-26")));
    let begun = leave.act("cancel", None, day("2026-11-24"), &author).unwrap_err();
    assert_eq!(begun.code.slug, "already_begun");
    leave.act("cancel", None, today, &author).unwrap();
    assert_eq!(leave.approval.status, ApprovalStatus::Cancelled);
}

#[test]
fn an_approved_leave_takes_the_shifts_of_its_days() {
    let shifts = [
        shift("2026-11-23", "08:30", "17:30", "day"),
        shift("2026-11-24", "08:30", "17:30", "day"),
    ];
    let effect = leave("2026-11-24", "2026-11-25").effect(&shifts, &[], Shanghai);
    assert_eq!(effect.cancelled_shift_ids.len(), 1);
}

#[test]
fn whoever_is_not_free_hears_every_reason() {
    let mut away = leave("2026-11-23", "2026-11-23");
    let shifts = [shift("2026-11-23", "08:30", "17:30", "day")];
    assert!(reasons(&shifts, &[], 7, "2026-11-23T01:00:00Z", false).is_empty());
    assert_eq!(
        reasons(&shifts, &[], 8, "2026-11-23T11:00:00Z", false),
        [Unavailable::NotOnShift, Unavailable::DailyJobsFull]
    );
    away.approval.status = ApprovalStatus::Approved;
    let why = reasons(&[], std::slice::from_ref(&away), 0, "2026-11-23T11:00:00Z", false);
    // Without any shift in the week he counts as working (A29), but he is away.
    assert_eq!(why, [Unavailable::OnLeave]);
}

#[test]
fn who_stands_by_is_free_for_emergencies_beyond_shift_and_limit() {
    let shifts = [shift("2026-11-28", "18:00", "08:00", "standby")];
    let saturday_night = "2026-11-28T15:00:00Z";
    assert!(reasons(&shifts, &[], 8, saturday_night, true).is_empty());
    assert_eq!(
        reasons(&shifts, &[], 8, saturday_night, false),
        [Unavailable::NotOnShift, Unavailable::DailyJobsFull]
    );
}

#[test]
fn a_certificate_gates_the_job_the_day_after_it_expires() {
    let mut engineer = zhang();
    let height = WordCode::new("work_at_height").unwrap();
    let why = |engineer: &Engineer| {
        let facts = EngineerDay {
            engineer,
            shifts: &[],
            leaves: &[],
            open_jobs: 0,
        };
        let certificates = std::slice::from_ref(&height);
        let ask = Ask {
            at: time("2026-11-23T01:00:00Z"),
            zone: Shanghai,
            is_emergency: false,
            certificates,
        };
        facts.availability(&ask).reasons
    };
    assert_eq!(why(&engineer), [Unavailable::CertificateMissing]);
    let held = |until: &str| {
        serde_json::from_value(json!({"kind": "work_at_height", "number": "T1", "valid_until": until}))
            .unwrap()
    };
    engineer.profile.certificates = vec![held("2026-11-22")];
    assert_eq!(why(&engineer), [Unavailable::CertificateExpired]);
    engineer.profile.certificates.push(held("2026-11-23"));
    assert!(why(&engineer).is_empty());
}

proptest! {
    #[test]
    fn over_a_span_every_instant_is_told_as_it_would_be_alone(
        wanted in prop::collection::vec((0_i64..12, 0_i64..24, 0_i64..24, any::<bool>()), 0..8),
        away in 0_i64..12, full in 0_i64..12, begins in 0_i64..2_000, hours_on in 1_i64..200, asked in 0_i64..200,
        is_emergency in any::<bool>(),
    ) {
        let at = stamp();
        let mut shifts: Vec<Shift> = Vec::new();
        for (offset, start, end, stands_by) in wanted {
            let date = day("2026-11-23").plus_days(offset).to_string();
            let kind = if stands_by { "standby" } else { "day" };
            let cmd = hours(&date, &format!("{start:02}:00"), &format!("{end:02}:00"), kind);
            shifts.extend(Shift::add(engineer_id(1), cmd, &shifts, Shanghai, &at));
        }
        let date = day("2026-11-23").plus_days(away).to_string();
        let mut leave = leave(&date, &date);
        leave.approval.status = crate::approvals::ApprovalStatus::Approved;
        let engineer = zhang();
        let full = day("2026-11-23").plus_days(full);
        let open_jobs = |on: Date| if on == full { 8 } else { 0 };
        let from = time("2026-11-23T00:00:00Z").plus_minutes(begins);
        let to = from.plus_minutes(hours_on * 60);
        let ask = Ask { at: from, zone: Shanghai, is_emergency, certificates: &[] };
        let facts = EngineerDay { engineer: &engineer, shifts: &shifts, leaves: &[leave], open_jobs: 0 };
        let told = facts.stretches(&ask, to, open_jobs);
        // One after the other, from the first instant to the last, no two alike beside each other.
        prop_assert_eq!((told[0].from, told[told.len() - 1].to), (from, to));
        prop_assert!(told.windows(2).all(|it| it[0].to == it[1].from && it[0].availability != it[1].availability));
        let instant = from.plus_minutes(asked.min(hours_on * 60 - 1));
        let alone = EngineerDay { open_jobs: open_jobs(instant.date_in(Shanghai)), ..facts };
        let then = told.iter().find(|it| it.from <= instant && instant < it.to).unwrap();
        prop_assert_eq!(&then.availability, &alone.availability(&Ask { at: instant, ..ask }));
    }

    #[test]
    fn shifts_taken_one_by_one_never_overlap(wanted in prop::collection::vec((0_i64..5, 0_i64..24, 0_i64..24), 1..20)) {
        let at = stamp();
        let mut taken: Vec<Shift> = Vec::new();
        for (offset, start, end) in wanted {
            let date = day("2026-11-23").plus_days(offset).to_string();
            let cmd = hours(&date, &format!("{start:02}:00"), &format!("{end:02}:00"), "day");
            if let Ok(new) = Shift::add(engineer_id(1), cmd, &taken, Shanghai, &at) {
                taken.push(new);
            }
        }
        let mut spans: Vec<_> = taken.iter().map(|s| s.span(Shanghai)).collect();
        spans.sort_unstable();
        prop_assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }
}
