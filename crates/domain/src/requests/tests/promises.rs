//! SLA policies and timers on their own: choice, targets, pauses to the millisecond (SL-1 to SL-8).

use super::bench::*;
use crate::kernel::Time;
use crate::kernel::stamp::tests::stamp;
use crate::kernel::text::MasterCode;
use crate::sla::policy::{
    AppliesWhen, CalendarId, Facts, SlaPolicy, SlaPolicyPatch, Target, TargetKind, choose,
};
use crate::sla::seed;
use crate::sla::timer::{Promise, SlaTimer, SlaTimerId, TimerKind, TimerStatus};
use crate::sla::{AlwaysOpen, MINUTE};
use uuid::Uuid;

fn seeded() -> Vec<SlaPolicy> {
    let at = stamp();
    let all = seed::policies(CalendarId(Uuid::from_u128(1)), CalendarId(Uuid::from_u128(2)));
    all.into_iter()
        .map(|cmd| SlaPolicy::establish(cmd, &at).unwrap())
        .collect()
}

fn facts() -> Facts {
    Facts {
        service_type: word("repair"),
        product_category_ids: Vec::new(),
        customer_class: None,
        emergency: false,
        agreement_type: None,
    }
}

fn timer(minutes: i64, from: Time) -> SlaTimer {
    let promise = Promise {
        policy_version: 1,
        kind: TimerKind::Resolution,
        policy_id: seeded()[0].id,
        target_minutes: minutes,
        warn_pct: 80,
    };
    let subject = (word("service_request"), Uuid::nil());
    SlaTimer::start(SlaTimerId(Uuid::nil()), subject, promise, from, &AlwaysOpen).unwrap()
}

#[test]
fn the_seeded_policies_promise_what_is_written() {
    let policies = seeded();
    let std = policies.iter().find(|p| p.code.as_str() == "SLA-STD").unwrap();
    let minutes = |priority| {
        std.targets_for(priority)
            .into_iter()
            .map(|(_, m)| m)
            .collect::<Vec<_>>()
    };
    assert_eq!(minutes(1), [30, 240, 480]);
    assert_eq!(minutes(2), [45, 360, 720]);
    assert_eq!(minutes(3), [60, 480, 960]);
    assert_eq!(minutes(4), [120, 960, 1920]);
    assert_eq!(policies.iter().filter(|p| p.is_default).count(), 1);
    assert_eq!(policies.len(), 6);
    let project = policies.iter().find(|p| p.allows_third_party).unwrap();
    assert_eq!(project.code.as_str(), "SLA-PROJECT");
}

// AC-012
#[test]
fn an_agreement_wins_over_the_default_and_nothing_else_does() {
    let policies = seeded();
    let chosen = |facts: &Facts| choose(&policies, facts).unwrap().code.to_string();
    assert_eq!(chosen(&facts()), "SLA-STD");
    assert_eq!(
        chosen(&Facts {
            agreement_type: Some(word("premium")),
            ..facts()
        }),
        "SLA-7X24"
    );
    assert_eq!(
        chosen(&Facts {
            service_type: word("complaint"),
            ..facts()
        }),
        "SLA-STD"
    );
}

#[test]
fn rank_decides_before_the_number_of_conditions() {
    let mut policies = seeded();
    let mut add = |code: &str, rank, when: AppliesWhen| {
        let mut policy = policies[0].clone();
        policy.code = MasterCode::new(code).unwrap();
        (policy.rank, policy.applies_when) = (rank, when);
        policies.push(policy);
    };
    let repair = AppliesWhen {
        service_type: Some(word("repair")),
        ..AppliesWhen::default()
    };
    let urgent = AppliesWhen {
        emergency: Some(true),
        ..repair.clone()
    };
    add("BROAD", 50, repair);
    add("NARROW", 50, urgent);
    let urgent = Facts {
        emergency: true,
        ..facts()
    };
    assert_eq!(choose(&policies, &urgent).unwrap().code.as_str(), "NARROW");
    assert_eq!(choose(&policies, &facts()).unwrap().code.as_str(), "BROAD");
    policies.last_mut().unwrap().rank = 51;
    assert_eq!(choose(&policies, &urgent).unwrap().code.as_str(), "BROAD");
    for policy in &mut policies {
        policy.is_active = policy.is_default;
    }
    assert_eq!(choose(&policies, &urgent).unwrap().code.as_str(), "SLA-STD");
}

#[test]
fn a_policy_that_makes_no_sense_is_refused() {
    let refused = |targets: Vec<Target>| {
        let mut policy = seeded().remove(0);
        policy
            .revise(SlaPolicyPatch {
                targets: Some(targets),
                ..SlaPolicyPatch::default()
            })
            .unwrap_err()
            .code
            .slug
    };
    let target = |kind, minutes, working_days| Target {
        kind,
        priority: None,
        minutes,
        working_days,
    };
    let (response, resolution) = (TargetKind::Response, TargetKind::Resolution);
    let order = vec![
        target(response, Some(61), None),
        target(resolution, Some(60), None),
    ];
    assert_eq!(refused(order), "target_order");
    assert_eq!(refused(vec![target(response, Some(1), Some(1))]), "target_form");
    assert_eq!(refused(vec![target(resolution, None, Some(1))]), "target_form");
    assert_eq!(refused(vec![target(response, Some(1), None); 2]), "target_twice");
    assert_eq!(refused(Vec::new()), "targets_missing");
    let mut std = seeded().pop().unwrap();
    let off = SlaPolicyPatch {
        is_active: Some(false),
        ..SlaPolicyPatch::default()
    };
    assert_eq!(std.revise(off).unwrap_err().code.slug, "default_policy_required");
}

#[test]
fn a_pause_counts_to_the_millisecond() {
    let start = t("11-23 09:00");
    let mut timer = timer(60, start);
    let reason = word("awaiting_customer");
    timer.pause(start.plus_millis(30 * MINUTE + 1), &reason);
    assert_eq!(timer.status, TimerStatus::Paused);
    timer
        .resume(start.plus_millis(45 * MINUTE + 3), &AlwaysOpen)
        .unwrap();
    assert_eq!(timer.due_at, start.plus_millis(75 * MINUTE + 2));
    assert_eq!((timer.status, timer.paused_minutes), (TimerStatus::Running, 15));
    let mut late = timer.clone();
    assert!(
        timer
            .stop(start.plus_millis(75 * MINUTE + 2), &AlwaysOpen)
            .unwrap()
    );
    assert_eq!(timer.elapsed_minutes, Some(60));
    assert!(
        !late
            .stop(start.plus_millis(75 * MINUTE + 3), &AlwaysOpen)
            .unwrap()
    );
    assert_eq!(
        (late.status, late.breached_at),
        (TimerStatus::Breached, Some(late.due_at))
    );
}

#[test]
fn people_are_warned_after_whole_minutes_rounded_up() {
    for (target, warn) in [(480, 384), (30, 24), (45, 36), (1, 1), (0, 0), (7, 6)] {
        let timer = timer(target, t("11-23 09:00"));
        assert_eq!(timer.warn_at, t("11-23 09:00").plus_minutes(warn), "{target}");
    }
}

#[test]
fn a_stopped_promise_continues_where_it_stopped_and_a_broken_one_stays_broken() {
    let start = t("11-23 09:00");
    let reason = word("processed");
    let mut kept = timer(60, start);
    kept.stop(start.plus_minutes(40), &AlwaysOpen).unwrap();
    kept.reenter(start.plus_minutes(100), &reason, &AlwaysOpen)
        .unwrap();
    assert_eq!(
        (kept.status, kept.due_at, kept.epoch),
        (TimerStatus::Running, start.plus_minutes(120), 2)
    );
    assert_eq!((kept.stopped_at, kept.elapsed_minutes), (None, None));
    let mut broken = timer(60, start);
    broken.breach(start.plus_minutes(60), &AlwaysOpen).unwrap();
    broken.stop(start.plus_minutes(90), &AlwaysOpen).unwrap();
    broken
        .reenter(start.plus_minutes(100), &reason, &AlwaysOpen)
        .unwrap();
    assert_eq!(
        (broken.status, broken.due_at),
        (TimerStatus::Breached, start.plus_minutes(60))
    );
}

#[test]
fn a_smaller_target_met_before_the_pause_breaks_it_at_once_and_one_after_does_not() {
    let start = t("11-23 09:00");
    let now = start.plus_minutes(90);
    for (target, status) in [
        (29, TimerStatus::Breached),
        (30, TimerStatus::Paused),
        (45, TimerStatus::Paused),
    ] {
        let mut timer = timer(60, start);
        timer.pause(start.plus_minutes(30), &word("awaiting_customer"));
        timer.retarget(target, now, &AlwaysOpen).unwrap();
        assert_eq!(timer.status, status, "{target}");
    }
}

#[test]
fn what_is_told_of_a_promise_carries_the_instant_it_was_due() {
    let mut b = Bench::register(dated("11-30 11:00", "11-30 17:00"), "11-23 09:00");
    b.act(t("11-23 09:10"), desk(), |d, ctx, at| d.answered(ctx, at))
        .unwrap();
    b.read("11-24 12:00");
    for (kind, of) in [
        ("sla.met", TimerKind::Response),
        ("sla.warned", TimerKind::Resolution),
        ("sla.breached", TimerKind::Resolution),
    ] {
        let timer = b.timer(of);
        let is_it = |event: &&crate::kernel::Event| event.kind == kind && event.resource_id == timer.id.0;
        let event = b.d.events.iter().find(is_it).unwrap();
        assert_eq!(event.data["due_at"], serde_json::json!(timer.due_at), "{kind}");
    }
    let breached = b.d.events.iter().filter(|event| event.kind == "sla.breached");
    assert!(
        breached
            .into_iter()
            .all(|event| event.data["due_at"] == serde_json::json!(event.at))
    );
}
