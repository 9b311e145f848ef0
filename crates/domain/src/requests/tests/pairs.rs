//! Every pair of state and action, for every role, against a table written by hand (AC-049).

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::bench::*;
use crate::follow_ups::FollowUpResult;
use crate::kernel::{Actor, Result, Role};
use crate::requests::*;
use crate::work_orders::Outcome;

/// A request in each state; on hold once from either side.
pub fn in_state(state: &str) -> Bench {
    let mut b = Bench::register(dated("11-30 11:00", "11-30 17:00"), "11-23 09:00");
    let hold = HoldRequest {
        reason: word("other"),
        resume_at: None,
    };
    match state {
        "pending_assignment" => {}
        "on_hold" => b
            .act(t("11-23 09:05"), desk(), |d, c, s| d.hold(&hold, false, c, s))
            .unwrap(),
        "cancelled" => b
            .act(t("11-23 09:05"), desk(), |d, c, s| d.cancel(&why(), c, s))
            .unwrap(),
        "locked" => {
            for engineer in [E1, E2] {
                b.assign("11-23 09:10", dispatcher(), engineer).unwrap();
                b.visit("11-23 09:15", "11-23 09:20", Outcome::Unresolved);
            }
        }
        _ => {
            b.assign("11-23 09:10", dispatcher(), E1).unwrap();
            match state {
                "assigned" => {}
                "on_hold/assigned" => {
                    b.act(t("11-23 09:12"), desk(), |d, c, s| d.hold(&hold, false, c, s))
                        .unwrap();
                }
                _ => {
                    b.visit("11-23 09:15", "11-23 09:20", Outcome::Resolved);
                    if state != "processed" {
                        b.record("11-23 09:30", agent(), FollowUpResult::Satisfied)
                            .unwrap();
                    }
                    if state == "archived" {
                        b.act(t("11-23 09:40"), supervisor(), |d, c, s| d.verify(c, s))
                            .unwrap();
                    }
                }
            }
        }
    }
    assert_eq!(b.status().as_str(), state.split('/').next().unwrap());
    b
}

const STATES: &[&str] = &[
    "pending_assignment",
    "on_hold",
    "on_hold/assigned",
    "assigned",
    "locked",
    "processed",
    "closed",
    "archived",
    "cancelled",
];

/// Action, states, roles besides the service manager, who may do it in all of them.
const MAY: &[(&str, &str, &str)] = &[
    ("assign", "pending_assignment", "dispatcher supervisor"),
    ("assign", "locked", ""),
    (
        "hold",
        "pending_assignment assigned",
        "customer_service dispatcher supervisor",
    ),
    ("resume", "on_hold", "customer_service dispatcher supervisor"),
    ("reassign", "assigned", "dispatcher supervisor"),
    ("unassign", "assigned", "dispatcher supervisor"),
    ("release", "locked", ""),
    ("resolve", "locked", ""),
    ("verify", "processed closed", "supervisor"),
    ("reject_verification", "processed closed", "supervisor"),
    ("reopen", "closed archived", "customer_service customer"),
    (
        "cancel",
        "pending_assignment on_hold assigned",
        "customer_service supervisor customer",
    ),
    ("cancel", "locked", ""),
    (
        "reschedule",
        "pending_assignment on_hold assigned",
        "customer_service dispatcher",
    ),
    (
        "reclassify",
        "pending_assignment on_hold assigned processed",
        "customer_service supervisor",
    ),
    ("reclassify", "locked", ""),
    (
        "set_priority",
        "pending_assignment on_hold assigned processed",
        "supervisor",
    ),
    ("set_priority", "locked", ""),
    (
        "recompute_sla",
        "pending_assignment on_hold assigned processed",
        "supervisor",
    ),
    ("recompute_sla", "locked", ""),
    ("resolve_on_contact", "pending_assignment", "customer_service"),
    (
        "respond",
        "pending_assignment assigned",
        "customer_service dispatcher",
    ),
];

const ACTIONS: &[&str] = &[
    "assign",
    "hold",
    "resume",
    "reassign",
    "unassign",
    "release",
    "resolve",
    "verify",
    "reject_verification",
    "reopen",
    "cancel",
    "reschedule",
    "reclassify",
    "set_priority",
    "recompute_sla",
    "resolve_on_contact",
    "respond",
];

/// The action with a body that is right in every state.
fn deed(b: &mut Bench, action: &str, who: Arc<Actor>) -> Result<()> {
    let at = t("11-23 10:00");
    let later = || Some(When::Instant(t("12-01 12:00")));
    b.act(at, who, |d, c, s| match action {
        "assign" => d.assign(&to(E3), &target(E3), c, s),
        "hold" => d.hold(
            &HoldRequest {
                reason: word("other"),
                resume_at: None,
            },
            false,
            c,
            s,
        ),
        "resume" => d.resume(&ResumeRequest::default(), c, s),
        "reassign" => {
            let cmd = ReassignRequest {
                engineer_id: EngineerId(E3),
                reason: reason(),
            };
            d.reassign(&cmd, &target(E3), c, s)
        }
        "unassign" => d.unassign(&why(), c, s),
        "release" => d.release(
            &ReleaseRequest {
                required_by: later().unwrap(),
            },
            c,
            s,
        ),
        "resolve" => d.resolve(
            &ResolveRequest {
                resolution: prose(),
                kind: ManagerResolution::Remote,
            },
            c,
            s,
        ),
        "verify" => d.verify(c, s),
        "reject_verification" => d.reject_verification(&why(), c, s),
        "reopen" => d.reopen(&why(), c, s),
        "cancel" => d.cancel(&why(), c, s),
        "reschedule" => {
            let cmd = RescheduleRequest {
                required_by: later(),
                resolve_required_by: None,
                consent: reason(),
            };
            d.reschedule(&cmd, c, s)
        }
        "reclassify" => {
            let problem_type_id = Some(ProblemTypeId(Uuid::from_u128(33)));
            d.reclassify(
                &ReclassifyRequest {
                    product_id: None,
                    problem_type_id,
                    reason: reason(),
                },
                c,
                s,
            )
        }
        "set_priority" => {
            let cmd = json!({"priority": 1, "reason": "important"});
            d.set_priority(&serde_json::from_value(cmd).unwrap(), c, s)
        }
        "recompute_sla" => {
            let cmd = json!({"reason": "renewed"});
            d.recompute_sla(&serde_json::from_value(cmd).unwrap(), c, s)
                .map(|_| ())
        }
        "resolve_on_contact" => d.resolve_on_contact(&ResolveOnContact { resolution: prose() }, c, s),
        "respond" => d.respond(&RespondRequest { comment: prose() }, c, s),
        other => panic!("no deed for {other}"),
    })
}

#[test]
fn every_request_action_by_every_role_in_every_state_is_as_written() {
    for state in STATES {
        let plain = state.split('/').next().unwrap();
        for action in ACTIONS {
            for role in Role::ALL {
                let who = person(&[*role]);
                let mut b = in_state(state);
                let offered =
                    b.d.allowed_actions(&who, t("11-23 10:00"), &b.world.settings)
                        .contains(action);
                let shown = b.d.action_reasons(&who, t("11-23 10:00"), &b.world.settings);
                let found = deed(&mut b, action, who.clone());
                let in_roles = |roles: &str| {
                    *role == Role::ServiceManager || roles.split(' ').any(|r| r == role.as_str())
                };
                let rows = || MAY.iter().filter(|row| row.0 == *action);
                let is_row =
                    |row: &&(&str, &str, &str)| row.1.split(' ').any(|s| s == plain) && in_roles(row.2);
                let may_ever =
                    rows().any(|row| in_roles(row.2)) || (*action == "respond" && *role == Role::Engineer);
                let expected = if rows().any(|row| is_row(&row)) {
                    // The customer comes too late once somebody was there: nobody was in these states.
                    None
                } else if !may_ever {
                    Some("insufficient_scope")
                } else if plain == "locked" && *role != Role::ServiceManager {
                    Some("locked_manager_only")
                } else if *action == "respond"
                    && *role == Role::Engineer
                    && rows().any(|r| r.1.contains(plain))
                {
                    Some("not_found")
                } else {
                    Some("invalid_transition")
                };
                let got = found.as_ref().err().map(|error| error.code.slug);
                assert_eq!(got, expected, "{action} by {role} in {state}");
                assert_eq!(
                    offered,
                    expected.is_none(),
                    "{action} by {role} in {state}: offered"
                );
                let reason = shown.iter().find(|reason| reason.action == *action).unwrap();
                assert_eq!((reason.allowed, reason.code), (expected.is_none(), expected));
                if let Err(error) = found
                    && expected != Some("not_found")
                {
                    assert_eq!(error.extra["current_status"], plain);
                    assert_eq!(error.extra["action"], *action);
                    assert!(error.extra["allowed_actions"].is_array());
                }
            }
        }
    }
}

#[test]
fn what_is_not_built_yet_is_refused_and_not_offered() {
    let b = in_state("locked");
    for action in ["start_exchange", "escalate"] {
        let stamp = b.world.stamp(t("11-23 10:00"), manager());
        let locked = b.d.request.status.as_str();
        assert_eq!(
            code(permit(&MACHINE, locked, action, &stamp.actor, true)),
            "invalid_transition"
        );
        assert!(!offered(&MACHINE).any(|offered| offered == action));
    }
}
