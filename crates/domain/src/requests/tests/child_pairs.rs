//! Every pair of state and action for work orders and follow-ups, against tables written by hand.

use super::bench::*;
use super::pairs::in_state;
use crate::follow_ups::FollowUpResult;
use crate::follow_ups::{CallResult, FollowUpStatus, LogAttempt};
use crate::kernel::{Actor, Result};
use crate::work_orders::{Outcome, WorkOrderStatus};
use std::sync::Arc;

/// Action, states of the order, whether a dispatcher may do it too.
const ORDER_MAY: &[(&str, &str, bool)] = &[
    ("accept", "dispatched", false),
    ("refuse", "dispatched", false),
    ("book", "accepted", true),
    ("depart", "accepted", false),
    ("arrive", "accepted en_route", false),
    ("start", "on_site", false),
    ("wait_parts", "in_progress", false),
    ("resume", "waiting_parts", false),
    ("need_quote", "on_site in_progress", false),
    ("complete", "on_site in_progress", false),
    ("correct", "completed rejected", false),
    ("cancel", "dispatched accepted en_route on_site in_progress", true),
    (
        "add_helper",
        "dispatched accepted en_route on_site in_progress",
        true,
    ),
];

/// A request whose last order stands so.
fn with_order(status: WorkOrderStatus) -> Bench {
    let solved = matches!(
        status,
        WorkOrderStatus::Completed | WorkOrderStatus::Verified | WorkOrderStatus::Rejected
    );
    let mut b = in_state(if solved { "processed" } else { "assigned" });
    match status {
        WorkOrderStatus::Rejected => {
            b.act(t("11-23 09:50"), supervisor(), |d, c, s| {
                d.reject_verification(&why(), c, s)
            })
            .unwrap();
        }
        WorkOrderStatus::Verified => {
            b.act(t("11-23 09:50"), supervisor(), |d, c, s| d.verify(c, s))
                .unwrap();
        }
        WorkOrderStatus::WaitingParts => {
            b.accept("11-23 09:20").arrive("11-23 09:30");
            b.on_order("11-23 09:30", |d, id, c, s| d.start_order(id, c, s))
                .unwrap();
            b.on_order("11-23 09:30", |d, id, c, s| d.wait_for_parts(id, &why(), c, s))
                .unwrap();
        }
        WorkOrderStatus::Refused => {
            b.on_order("11-23 09:30", |d, id, c, s| d.refuse_order(id, &why(), c, s))
                .unwrap();
        }
        WorkOrderStatus::Cancelled => {
            b.act(t("11-23 09:30"), desk(), |d, c, s| d.cancel(&why(), c, s))
                .unwrap();
        }
        _ => b.d.orders.last_mut().unwrap().status = status,
    }
    assert_eq!(b.last_order().status, status);
    b
}

fn order_deed(b: &mut Bench, action: &str, who: Arc<Actor>) -> Result<()> {
    let id = b.last_order().id;
    b.act(t("11-23 09:59"), who, |d, c, s| match action {
        "accept" => d.accept_order(id, c, s),
        "refuse" => d.refuse_order(id, &why(), c, s),
        "book" => {
            let cmd = crate::work_orders::BookWorkOrder {
                from: t("11-24 09:00"),
                to: t("11-24 11:00"),
            };
            d.book_order(id, &cmd, c, s)
        }
        "depart" => d.depart_order(id, c, s),
        "arrive" => d.arrive_order(id, &Default::default(), c, s),
        "start" => d.start_order(id, c, s),
        "wait_parts" => d.wait_for_parts(id, &why(), c, s),
        "resume" => d.resume_order(id, c, s),
        "need_quote" => {
            let asked = serde_json::json!({"amount": {"amount": "9.00", "currency": "CNY"}, "text": "主板"});
            d.need_quote(id, &serde_json::from_value(asked).unwrap(), c, s)
        }
        "complete" => d.complete_order(id, &result(Outcome::Resolved), c, s),
        "correct" => d.correct_order(id, &result(Outcome::Resolved), c, s),
        "add_helper" => d.add_helper(id, &target(E2), c, s),
        "cancel" => d.cancel_work_order(id, &why(), c, s),
        other => panic!("no deed for {other}"),
    })
}

#[test]
fn every_work_order_action_in_every_state_is_as_written() {
    let people = [
        ("own", engineer(E1, &[])),
        ("other", engineer(E2, &[])),
        ("dispatcher", dispatcher()),
        ("manager", manager()),
        ("desk", desk()),
    ];
    for status in WorkOrderStatus::ALL {
        for (action, states, is_dispatchers) in ORDER_MAY {
            for (name, who) in &people {
                let mut b = with_order(*status);
                let id = b.last_order().id;
                let offered = b.d.order_allowed_actions(id, who).contains(action);
                let found = order_deed(&mut b, action, who.clone())
                    .err()
                    .map(|error| error.code.slug);
                let engineers_may = !matches!(*action, "cancel" | "add_helper");
                let entitled = match *name {
                    "own" | "other" => engineers_may,
                    "dispatcher" => *is_dispatchers,
                    other => other == "manager",
                };
                let expected = if !entitled {
                    Some("insufficient_scope")
                } else if *name == "other" {
                    Some("not_found")
                } else if states.split(' ').any(|state| state == status.as_str()) {
                    None
                } else {
                    Some("invalid_transition")
                };
                assert_eq!(found, expected, "{action} by {name} on {status}");
                assert_eq!(offered, expected.is_none(), "{action} by {name} on {status}");
            }
        }
    }
}

#[test]
fn every_follow_up_action_in_every_state_is_as_written() {
    for status in FollowUpStatus::ALL {
        for (name, who) in [("agent", agent()), ("manager", manager()), ("desk", desk())] {
            let mut b = in_state("processed");
            b.d.follow_ups[0].status = *status;
            let id = b.follow_up_id();
            let log = LogAttempt {
                channel: word("phone"),
                result: CallResult::Answered,
            };
            let expected = match (name, *status) {
                ("desk", _) => Some("insufficient_scope"),
                (_, FollowUpStatus::Pending) => None,
                _ => Some("invalid_transition"),
            };
            let logged = b.act(t("11-23 10:00"), who.clone(), |d, c, s| {
                d.log_call(id, &log, c, s)
            });
            assert_eq!(logged.err().map(|error| error.code.slug), expected);
            let recorded = b.record("11-23 10:00", who, FollowUpResult::Satisfied);
            assert_eq!(recorded.err().map(|error| error.code.slug), expected);
        }
    }
}
