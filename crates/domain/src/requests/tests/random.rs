//! Random lives: the rules against the model, the invariants after every step, and no matter when anybody looked.

use proptest::prelude::*;
use uuid::Uuid;

use super::bench::*;
use super::invariants::{agree, hold_true, stays_shut};
use super::life::replay;
use super::model::{MINUTE, Model, Op};
use crate::follow_ups::FollowUpResult;
use crate::kernel::{Result, Time};
use crate::requests::*;
use crate::sla::AlwaysOpen;
use crate::work_orders::Outcome;

const START: Time = Time::from_millis(1_795_395_600_000);

fn begin(required: Option<i64>, solve: Option<i64>) -> (Bench, Model) {
    let mut world = World::new();
    world.default = &AlwaysOpen;
    let when = |minutes: Option<i64>| minutes.map(|m| When::Instant(START.plus_minutes(m)));
    let cmd = ServiceRequestCreate {
        required_by: when(required),
        resolve_required_by: when(solve),
        ..fault()
    };
    let stamp = world.stamp(START, desk());
    let number = world
        .numbers
        .draw(crate::kernel::number::Series::ServiceRequest)
        .unwrap();
    let refs = Registration {
        number,
        hold_pauses_sla: true,
        agreement_id: None,
        verdict: None,
    };
    let d = Dossier::register(cmd, refs, &mut world.ctx(), &stamp).unwrap();
    let ms = |minutes: Option<i64>| minutes.map(|m| START.millis() + m * MINUTE);
    (
        Bench { world, d },
        Model::new(START.millis(), ms(required), ms(solve)),
    )
}

/// Does it for real, as the service manager.
fn act(b: &mut Bench, op: Op, now: Time) -> Result<()> {
    let when = |ms: i64| When::Instant(Time::from_millis(ms));
    b.act(now, manager(), |d, c, s| {
        let other = match d.request.assignee_id {
            Some(EngineerId(E1)) => E2,
            _ => E1,
        };
        let none = crate::work_orders::WorkOrderId(Uuid::nil());
        let order = d.open_order().map_or(none, |order| order.id);
        let last = d.orders.last().map_or(none, |order| order.id);
        let call = d
            .follow_ups
            .last()
            .map_or(crate::follow_ups::FollowUpId(Uuid::nil()), |call| call.id);
        match op {
            Op::Read => Ok(()),
            Op::Assign(date) => {
                let cmd = AssignRequest {
                    resolve_required_by: date.map(when),
                    ..to(other)
                };
                d.assign(&cmd, &target(other), c, s)
            }
            Op::Accept => d.accept_order(order, c, s),
            Op::Arrive => d.arrive_order(order, &Default::default(), c, s),
            Op::Start => d.start_order(order, c, s),
            Op::Resolved => d.complete_order(order, &result(Outcome::Resolved), c, s),
            Op::Unresolved => d.complete_order(order, &result(Outcome::Unresolved), c, s),
            Op::NoAccess => d.complete_order(order, &result(Outcome::NoAccess), c, s),
            Op::NeedsDepot => d.complete_order(order, &result(Outcome::NeedsDepot), c, s),
            Op::Refuse => d.refuse_order(order, &why(), c, s),
            Op::CancelOrder => d.cancel_work_order(order, &why(), c, s),
            Op::Hold(until) => {
                let cmd = HoldRequest {
                    reason: word("awaiting_customer"),
                    resume_at: until.map(when),
                };
                d.hold(&cmd, true, c, s)
            }
            Op::Resume(date) => {
                let cmd = ResumeRequest {
                    required_by: date.map(when),
                    resolve_required_by: None,
                };
                d.resume(&cmd, c, s)
            }
            Op::Reassign => {
                let cmd = ReassignRequest {
                    engineer_id: EngineerId(other),
                    reason: reason(),
                };
                d.reassign(&cmd, &target(other), c, s)
            }
            Op::Unassign => d.unassign(&why(), c, s),
            Op::Release(date) => d.release(
                &ReleaseRequest {
                    required_by: when(date),
                },
                c,
                s,
            ),
            Op::Resolve => {
                let cmd = ResolveRequest {
                    resolution: prose(),
                    kind: ManagerResolution::Other,
                };
                d.resolve(&cmd, c, s)
            }
            Op::Contact => d.resolve_on_contact(&ResolveOnContact { resolution: prose() }, c, s),
            Op::Satisfied => d.record_call(call, &answer(FollowUpResult::Satisfied), c, s),
            Op::Dissatisfied => d.record_call(call, &answer(FollowUpResult::Dissatisfied), c, s),
            Op::Verify => d.verify(c, s),
            Op::Reject => d.reject_verification(&why(), c, s),
            Op::Correct => {
                let outcome = d
                    .orders
                    .last()
                    .and_then(|order| order.outcome)
                    .unwrap_or(Outcome::Resolved);
                d.correct_order(last, &result(outcome), c, s)
            }
            Op::Reopen => d.reopen(&why(), c, s),
            Op::Cancel => d.cancel(&why(), c, s),
            Op::Reschedule(required, solve) => {
                let cmd = RescheduleRequest {
                    required_by: required.map(when),
                    resolve_required_by: solve.map(when),
                    consent: reason(),
                };
                d.reschedule(&cmd, c, s)
            }
            Op::WaitParts => d.wait_for_parts(order, &why(), c, s),
            Op::ResumeOrder => d.resume_order(order, c, s),
            Op::Reclassify => {
                let next = Uuid::from_u128(d.request.problem_type_id.0.as_u128() + 1);
                let problem_type_id = Some(ProblemTypeId(next));
                let cmd = ReclassifyRequest {
                    product_id: None,
                    problem_type_id,
                    reason: reason(),
                };
                d.reclassify(&cmd, c, s)
            }
        }
    })
}

/// A life without the traces of when it was written down.
fn essence(b: &Bench) -> Dossier {
    let mut d = b.d.clone();
    for activity in &mut d.activities {
        activity.recorded_at = activity.at;
    }
    for lock in &mut d.locks {
        lock.recorded_at = lock.at;
    }
    if let Some(lock) = &mut d.request.lock {
        lock.recorded_at = lock.at;
    }
    d
}

/// How long until, and what: mostly what makes sense, sometimes not; times often exactly on a limit.
fn step() -> impl Strategy<Value = (i64, u8, i64)> {
    let wait = prop_oneof![
        4 => (0_i64..40).prop_map(|m| m * MINUTE),
        2 => (0_i64..12).prop_map(|quarters| quarters * 60 * MINUTE),
        1 => 0_i64..90_000_000,
        1 => Just(31 * 24 * 60 * MINUTE),
    ];
    (wait, 0_u8..64, prop_oneof![Just(0_i64), 1_i64..24])
}

fn op(choice: u8, arg: i64, now: i64) -> Op {
    let date = (arg > 0).then_some(now + arg * 30 * MINUTE);
    let later = now + arg.max(1) * 60 * MINUTE;
    match choice {
        0..=6 => Op::Assign(date.filter(|_| choice < 2)),
        7..=11 => Op::Accept,
        12..=16 => Op::Arrive,
        17..=18 => Op::Start,
        19..=22 => Op::Resolved,
        23..=26 => Op::Unresolved,
        27..=28 => Op::NoAccess,
        29..=30 => Op::NeedsDepot,
        31 => Op::Refuse,
        32 => Op::CancelOrder,
        33..=35 => Op::Hold(date),
        36..=37 => Op::Resume(date),
        38 => Op::Reassign,
        39 => Op::Unassign,
        40..=41 => Op::Release(later),
        42 => Op::Resolve,
        43 => Op::Contact,
        44..=46 => Op::Satisfied,
        47..=49 => Op::Dissatisfied,
        50..=51 => Op::Verify,
        52 => Op::Reject,
        53 => Op::Correct,
        54..=55 => Op::Reopen,
        56 => Op::Cancel,
        57 => Op::Reschedule(Some(later), None),
        58 => Op::Reschedule(date, Some(later + 60 * MINUTE)),
        59..=60 => Op::WaitParts,
        61 => Op::ResumeOrder,
        62 => Op::Reclassify,
        _ => Op::Read,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_and_the_model_agree_on_every_life(
        required in prop_oneof![Just(None), (1_i64..600).prop_map(Some)],
        solve in prop_oneof![Just(None), (600_i64..1200).prop_map(Some)],
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let (mut b, mut m) = begin(required, solve);
        let mut now = START;
        for (wait, choice, arg) in steps {
            now = now.plus_millis(wait);
            let op = op(choice, arg, now.millis());
            let before: Vec<_> = b.d.timers.iter().map(|timer| timer.due_at).collect();
            let allowed = m.try_op(op, now.millis());
            let done = act(&mut b, op, now);
            prop_assert_eq!(done.is_ok(), allowed, "{:?}: {:?} / {:?}", op, done, m);
            agree(&b, &m);
            hold_true(&b, now);
            if matches!(op, Op::Hold(_) | Op::Resume(_)) {
                prop_assert!(b.d.timers.iter().zip(before).all(|(timer, due)| timer.due_at >= due), "I10");
            }
            if b.status() == RequestStatus::Locked {
                stays_shut(&mut b, now);
            }
        }
        prop_assert_eq!(replay(&b.d.activities), Some(b.status()));
        let pair = |c: &&CounterChange| {
            c.field == CounterField::Occurrences && matches!(c.scope, CounterScope::ProductProblem(..))
        };
        let reclassified = b.d.activities.iter().filter(|a| a.action == "reclassify").count();
        prop_assert_eq!(b.d.counts.iter().filter(pair).count(), 1 + reclassified, "I9");
    }

    #[test]
    fn it_does_not_matter_when_anybody_looked(
        steps in proptest::collection::vec(step(), 1..40),
        looks in proptest::collection::vec(0_i64..7_200_000, 0..200),
    ) {
        let (mut rarely, _) = begin(Some(120), Some(480));
        let (mut often, _) = begin(Some(120), Some(480));
        let mut looks = looks.into_iter().cycle();
        let mut now = START;
        for (wait, choice, arg) in steps {
            let end = now.plus_millis(wait);
            // Look at random instants, at each due instant itself and just before it.
            for _ in 0..20 {
                let random = looks.next().map_or(end, |gap| now.plus_millis(gap));
                let due = often.d.next_due().unwrap_or(random);
                for look in [random, due.plus_millis(-1), due] {
                    if look > now && look < end {
                        now = look;
                        act(&mut often, Op::Read, look).unwrap();
                    }
                }
            }
            now = end;
            let op = op(choice, arg, now.millis());
            let first = act(&mut rarely, op, now).is_ok();
            prop_assert_eq!(act(&mut often, op, now).is_ok(), first);
            prop_assert!(essence(&rarely) == essence(&often), "{:?} at {}", op, now);
        }
    }
}
