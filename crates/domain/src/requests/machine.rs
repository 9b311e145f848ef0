//! The closed loop as a table: rows T0 to T29 of domain.md 4.3, with their actors.
//!
//! The rows decide, document and grant: the gate runs on them, and the permissions are read off their actor columns
//! (A23). An action with a colon is not offered under the request's own path: a timer or another record triggers it.

use crate::kernel::machine::{Actions, Machine, Section, Transition};
use crate::kernel::{Role, RoleSet};

const MANAGER: RoleSet = RoleSet::of(&[Role::ServiceManager]);
const DISPATCH: RoleSet = RoleSet::of(&[Role::Dispatcher, Role::Supervisor]);
const DESK: RoleSet = RoleSet::of(&[Role::CustomerService, Role::Dispatcher]);
const VERIFIERS: RoleSet = RoleSet::of(&[Role::Supervisor, Role::ServiceManager]);
const CARE: RoleSet = RoleSet::of(&[Role::CustomerService, Role::Supervisor]);
const HOLDERS: RoleSet = DESK.union(VERIFIERS);
const REGISTRARS: RoleSet = RoleSet::of(&[Role::CustomerService, Role::Integration, Role::Customer]);

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
    Section("T0").row(
        &[],
        "import",
        RoleSet::of(&[Role::Integration, Role::Admin]),
        &[PENDING, CLOSED],
        "historical",
    ),
    Section("T1").row(
        &[],
        "register",
        REGISTRARS,
        &[PENDING],
        "valid, references active",
    ),
    Section("T2").row(
        &[],
        "register",
        RoleSet::of(&[Role::CustomerService]),
        &[HELD],
        "hold reason given",
    ),
    Section("T3").row(
        &[PENDING],
        "assign",
        DISPATCH,
        &[ASSIGNED],
        "now <= assignment_due_at; engineer available or force",
    ),
    Section("T4").row(
        &[PENDING],
        "timer:assignment_due",
        RoleSet::NONE,
        &[LOCKED],
        "assignment_due_at < now, not on hold",
    ),
    Section("T5").row(
        &[PENDING, ASSIGNED],
        "hold",
        HOLDERS,
        &[HELD],
        "reason; no order on site or in progress",
    ),
    Section("T5").row(
        &[ASSIGNED],
        "work_order:wait_parts",
        RoleSet::NONE,
        &[HELD],
        "effect of the work order",
    ),
    Section("T5").row(
        &[ASSIGNED],
        "work_order:need_quote",
        RoleSet::NONE,
        &[HELD],
        "effect of the work order",
    ),
    Section("T6").row(
        &[HELD],
        "resume",
        HOLDERS,
        &[PENDING, ASSIGNED],
        "back to where it was held",
    ),
    Section("T6").row(
        &[HELD],
        "timer:resume_at",
        RoleSet::NONE,
        &[PENDING, ASSIGNED],
        "resume_at <= now",
    ),
    Section("T6").row(
        &[HELD],
        "work_order:accept_quote",
        RoleSet::NONE,
        &[ASSIGNED],
        "effect of the work order",
    ),
    Section("T6").row(
        &[HELD],
        "work_order:resume",
        RoleSet::NONE,
        &[ASSIGNED],
        "effect of the work order",
    ),
    Section("T7").row(
        &[ASSIGNED],
        "reassign",
        DISPATCH,
        &[ASSIGNED],
        "no order on site or in progress; engineer available",
    ),
    Section("T8").row(
        &[ASSIGNED],
        "unassign",
        DISPATCH,
        &[PENDING, LOCKED],
        "no order on site or in progress",
    ),
    Section("T8").row(
        &[ASSIGNED],
        "work_order:refuse",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "effect of the work order",
    ),
    Section("T8").row(
        &[ASSIGNED],
        "work_order:cancel",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "effect of the work order",
    ),
    Section("T8").row(
        &[ASSIGNED],
        "timer:accept_limit",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "60 business minutes unaccepted",
    ),
    Section("T9").row(
        &[ASSIGNED],
        "timer:resolve_due",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "resolve_due_at < now, nobody at work",
    ),
    Section("T10").row(
        &[ASSIGNED],
        "work_order:resolved",
        RoleSet::NONE,
        &[PROCESSED],
        "WO-1",
    ),
    Section("T11").row(
        &[ASSIGNED],
        "work_order:unresolved",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "reason given",
    ),
    Section("T12").row(&[LOCKED], "assign", MANAGER, &[ASSIGNED], ""),
    Section("T13").row(&[LOCKED], "release", MANAGER, &[PENDING], "required_by > now"),
    Section("T14").row(&[LOCKED], "resolve", MANAGER, &[PROCESSED], "resolution text"),
    Section("T15")
        .row(
            &[LOCKED],
            "start_exchange",
            MANAGER,
            &[LOCKED],
            "eligibility or override reason",
        )
        .later(),
    Section("T16")
        .row(&[LOCKED], "escalate", MANAGER, &[LOCKED], "")
        .later(),
    Section("T17").row(
        &[PROCESSED],
        "follow_up:satisfied",
        RoleSet::NONE,
        &[CLOSED, ARCHIVED],
        "archived if verified",
    ),
    Section("T18").row(
        &[PROCESSED],
        "follow_up:dissatisfied",
        RoleSet::NONE,
        &[PENDING, LOCKED],
        "reasons",
    ),
    Section("T19").row(
        &[PROCESSED],
        "follow_up:unreachable",
        RoleSet::NONE,
        &[CLOSED, ARCHIVED],
        "3 attempts on 2 days",
    ),
    Section("T20").row(
        &[PROCESSED, CLOSED],
        "verify",
        VERIFIERS,
        &[PROCESSED, ARCHIVED],
        "verification pending; attempts have labour; caller is not the engineer",
    ),
    Section("T21").row(
        &[PROCESSED, CLOSED],
        "reject_verification",
        VERIFIERS,
        &[PROCESSED, CLOSED],
        "verification pending",
    ),
    Section("T22").row(
        &[CLOSED, ARCHIVED],
        "reopen",
        RoleSet::of(&[Role::CustomerService, Role::Customer]),
        &[PENDING, LOCKED],
        "within 30 days of closing, same fault",
    ),
    Section("T23").row(
        &[PENDING, HELD, ASSIGNED],
        "cancel",
        CARE.with(Role::Customer),
        &[CANCELLED],
        "by the customer only before an engineer ever arrived",
    ),
    Section("T24").row(&[LOCKED], "cancel", MANAGER, &[CANCELLED], ""),
    Section("T25").row(
        &[PENDING, HELD, ASSIGNED],
        "reschedule",
        DESK,
        &[PENDING, HELD, ASSIGNED],
        "dates > now, consent",
    ),
    Section("T26").row(
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "reclassify",
        CARE,
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "another product or problem type",
    ),
    Section("T26").row(
        &[LOCKED],
        "reclassify",
        MANAGER,
        &[LOCKED],
        "another product or problem type",
    ),
    Section("T27").row(
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "set_priority",
        VERIFIERS,
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "reason",
    ),
    Section("T27").row(&[LOCKED], "set_priority", MANAGER, &[LOCKED], "reason"),
    Section("T27").row(
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "recompute_sla",
        VERIFIERS,
        &[PENDING, HELD, ASSIGNED, PROCESSED],
        "reason",
    ),
    Section("T27").row(&[LOCKED], "recompute_sla", MANAGER, &[LOCKED], "reason"),
    Section("T28").row(
        &[PENDING],
        "resolve_on_contact",
        RoleSet::of(&[Role::CustomerService]),
        &[PROCESSED],
        "",
    ),
    Section("T29").row(
        &[PENDING, ASSIGNED],
        "respond",
        DESK.with(Role::Engineer),
        &[PENDING, ASSIGNED],
        "",
    ),
    Section("T30").row(
        &[HELD],
        "work_order:decline_quote",
        RoleSet::NONE,
        &[CANCELLED],
        "effect of the work order",
    ),
    Section("T30").row(
        &[HELD],
        "timer:quote_expired",
        RoleSet::NONE,
        &[CANCELLED],
        "nobody answered in time",
    ),
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
