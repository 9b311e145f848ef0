//! The closed loop as a table: rows T0 to T29 of domain.md 4.3, with their actors.
//!
//! The rows decide, document and grant: the gate runs on them, and the permissions are read off their actor columns
//! (A23). An action with a colon is not offered under the request's own path: a timer or another record triggers it.

use crate::kernel::machine::{Actions, Machine, Transition};
use crate::kernel::{Role, RoleSet};

const MANAGER: RoleSet = RoleSet::of(&[Role::ServiceManager]);
const DISPATCH: RoleSet = RoleSet::of(&[Role::Dispatcher, Role::Supervisor]);
const DESK: RoleSet = RoleSet::of(&[Role::CustomerService, Role::Dispatcher]);
const VERIFIERS: RoleSet = RoleSet::of(&[Role::Supervisor, Role::ServiceManager]);
const CARE: RoleSet = RoleSet::of(&[Role::CustomerService, Role::Supervisor]);
const HOLDERS: RoleSet = DESK.union(VERIFIERS);
const REGISTRARS: RoleSet = RoleSet::of(&[Role::CustomerService, Role::Integration, Role::Customer]);

const fn row(
    rule: &'static str,
    from: &'static [&'static str],
    action: &'static str,
    actors: RoleSet,
    to: &'static [&'static str],
    guard: &'static str,
) -> Transition {
    Transition {
        rule,
        from,
        action,
        actors,
        guard,
        to,
        is_built: true,
    }
}

const fn later(row: Transition) -> Transition {
    Transition {
        is_built: false,
        ..row
    }
}

const PENDING: &str = "pending_assignment";
const HELD: &str = "on_hold";
const ASSIGNED: &str = "assigned";
const LOCKED: &str = "locked";
const PROCESSED: &str = "processed";
const CLOSED: &str = "closed";
const ARCHIVED: &str = "archived";
const CANCELLED: &str = "cancelled";

/// Rows T0 to T29.
pub const ROWS: &[Transition] = &[
    row(
        "T0",
        &[],
        "import",
        RoleSet::of(&[Role::Integration, Role::Admin]),
        &[PENDING, CLOSED],
        "historical",
    ),
    row(
        "T1",
        &[],
        "register",
        REGISTRARS,
        &[PENDING],
        "valid, references active",
    ),
    row(
        "T2",
        &[],
        "register",
        RoleSet::of(&[Role::CustomerService]),
        &[HELD],
        "hold reason given",
    ),
    row(
        "T3",
        &[PENDING],
        "assign",
        DISPATCH,
        &[ASSIGNED],
        "now <= assignment_due_at; engineer available or force",
    ),
    row(
        "T4",
        &[PENDING],
        "timer:assignment_due",
        RoleSet::NONE,
        &[LOCKED],
        "assignment_due_at < now, not on hold",
    ),
    row(
        "T5",
        &[PENDING, ASSIGNED],
        "hold",
        HOLDERS,
        &[HELD],
        "reason; no order on site or in progress",
    ),
    row(
        "T5",
        &[ASSIGNED],
        "work_order:wait_parts",
        RoleSet::NONE,
        &[HELD],
        "effect of the work order",
    ),
    later(row(
        "T5",
        &[ASSIGNED],
        "work_order:need_quote",
        RoleSet::NONE,
        &[HELD],
        "effect of the work order",
    )),
    row(
        "T6",
        &[HELD],
        "resume",
        HOLDERS,
        &[PENDING, ASSIGNED],
        "back to where it was held",
    ),
    row(
        "T6",
        &[HELD],
        "timer:resume_at",
        RoleSet::NONE,
        &[PENDING, ASSIGNED],
        "resume_at <= now",
    ),
    row(
        "T6",
        &[HELD],
        "work_order:resume",
        RoleSet::NONE,
        &[ASSIGNED],
        "effect of the work order",
    ),
    row(
        "T7",
        &[ASSIGNED],
        "reassign",
        DISPATCH,
        &[ASSIGNED],
        "no order on site or in progress; engineer available",
    ),
    row(
        "T8",
        &[ASSIGNED],
        "unassign",
        DISPATCH,
        &[PENDING, LOCKED],
        "no order on site or in progress",
    ),
    row(
        "T8",
        &[ASSIGNED],
        "work_order:refuse",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "effect of the work order",
    ),
    row(
        "T8",
        &[ASSIGNED],
        "work_order:cancel",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "effect of the work order",
    ),
    row(
        "T8",
        &[ASSIGNED],
        "timer:accept_limit",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "60 business minutes unaccepted",
    ),
    row(
        "T9",
        &[ASSIGNED],
        "timer:resolve_due",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "resolve_due_at < now, nobody at work",
    ),
    row(
        "T10",
        &[ASSIGNED],
        "work_order:resolved",
        RoleSet::NONE,
        &[PROCESSED],
        "WO-1",
    ),
    row(
        "T11",
        &[ASSIGNED],
        "work_order:unresolved",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "reason given",
    ),
    row("T12", &[LOCKED], "assign", MANAGER, &[ASSIGNED], ""),
    row(
        "T13",
        &[LOCKED],
        "release",
        MANAGER,
        &[PENDING],
        "required_by > now",
    ),
    row(
        "T14",
        &[LOCKED],
        "resolve",
        MANAGER,
        &[PROCESSED],
        "resolution text",
    ),
    later(row(
        "T15",
        &[LOCKED],
        "start_exchange",
        MANAGER,
        &[LOCKED],
        "eligibility or override reason",
    )),
    later(row("T16", &[LOCKED], "escalate", MANAGER, &[LOCKED], "")),
    row(
        "T17",
        &[PROCESSED],
        "follow_up:satisfied",
        RoleSet::NONE,
        &[CLOSED, ARCHIVED],
        "archived if verified",
    ),
    row(
        "T18",
        &[PROCESSED],
        "follow_up:dissatisfied",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "reasons",
    ),
    row(
        "T19",
        &[PROCESSED],
        "follow_up:unreachable",
        RoleSet::NONE,
        &[CLOSED, ARCHIVED],
        "3 attempts on 2 days",
    ),
    row(
        "T20",
        &[PROCESSED, CLOSED],
        "verify",
        VERIFIERS,
        &[PROCESSED, ARCHIVED],
        "verification pending; attempts have labour; caller is not the engineer",
    ),
    row(
        "T21",
        &[PROCESSED, CLOSED],
        "reject_verification",
        VERIFIERS,
        &[PROCESSED, CLOSED],
        "verification pending",
    ),
    row(
        "T22",
        &[CLOSED, ARCHIVED],
        "reopen",
        RoleSet::of(&[Role::CustomerService, Role::Customer]),
        &[PENDING, LOCKED],
        "within 30 days of closing, same fault",
    ),
    row(
        "T23",
        &[PENDING, HELD, ASSIGNED],
        "cancel",
        CARE.with(Role::Customer),
        &[CANCELLED],
        "by the customer only before an engineer ever arrived",
    ),
    row("T24", &[LOCKED], "cancel", MANAGER, &[CANCELLED], ""),
    row(
        "T25",
        &[PENDING, HELD, ASSIGNED],
        "reschedule",
        DESK,
        &[PENDING, HELD, ASSIGNED],
        "dates > now, consent",
    ),
    row(
        "T26",
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "reclassify",
        CARE,
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "another product or problem type",
    ),
    row(
        "T26",
        &[LOCKED],
        "reclassify",
        MANAGER,
        &[LOCKED],
        "another product or problem type",
    ),
    row(
        "T27",
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "set_priority",
        VERIFIERS,
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "reason",
    ),
    row("T27", &[LOCKED], "set_priority", MANAGER, &[LOCKED], "reason"),
    row(
        "T27",
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "recompute_sla",
        VERIFIERS,
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "reason",
    ),
    row("T27", &[LOCKED], "recompute_sla", MANAGER, &[LOCKED], "reason"),
    row(
        "T28",
        &[PENDING],
        "resolve_on_contact",
        RoleSet::of(&[Role::CustomerService]),
        &[PROCESSED],
        "",
    ),
    row(
        "T29",
        &[PENDING, ASSIGNED],
        "respond",
        DESK.with(Role::Engineer),
        &[PENDING, ASSIGNED],
        "",
    ),
    later(row(
        "T30",
        &[HELD],
        "quotation:declined",
        RoleSet::of(&[Role::Customer, Role::CustomerService]),
        &[CANCELLED],
        "quotation declined or expired",
    )),
];

/// The service request's machine.
pub static MACHINE: Machine = Machine {
    name: "service_request",
    states: &[
        PENDING, HELD, ASSIGNED, LOCKED, PROCESSED, CLOSED, ARCHIVED, CANCELLED,
    ],
    finals: &[CANCELLED],
    rows: ROWS,
    actions: Actions::new(),
};
