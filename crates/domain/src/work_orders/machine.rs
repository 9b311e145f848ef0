//! The work order's table (domain.md 3.11) and the permissions read off it.

use crate::kernel::machine::{Actions, Machine, Section, Transition, holders, with_manager};
use crate::kernel::{Role, RoleSet};
use crate::permissions;

const ENGINEER: RoleSet = RoleSet::of(&[Role::Engineer]);
const DISPATCHER: RoleSet = RoleSet::of(&[Role::Dispatcher]);
const SUPERVISOR: RoleSet = RoleSet::of(&[Role::Supervisor]);
const CUSTOMER_SIDE: RoleSet = RoleSet::of(&[Role::Customer, Role::CustomerService]);

const SECTION: Section = Section("3.11");

/// The rows of domain.md 3.11.
pub const ROWS: &[Transition] = &[
    SECTION.row(
        &[],
        "service_request:assign",
        RoleSet::NONE,
        &["dispatched"],
        "request becomes assigned",
    ),
    SECTION.row(&["dispatched"], "accept", ENGINEER, &["accepted"], "own order"),
    SECTION.row(
        &["dispatched"],
        "refuse",
        ENGINEER,
        &["refused"],
        "own order; request not on hold; it returns to allocation",
    ),
    SECTION.row(
        &["accepted"],
        "book",
        ENGINEER.union(DISPATCHER),
        &["accepted"],
        "from < to",
    ),
    SECTION.row(&["accepted"], "depart", ENGINEER, &["en_route"], "own order"),
    SECTION.row(
        &["en_route", "accepted"],
        "arrive",
        ENGINEER,
        &["on_site"],
        "own order; stops the arrival timer",
    ),
    SECTION.row(
        &["on_site", "accepted"],
        "start",
        ENGINEER,
        &["in_progress"],
        "own order; from accepted only a remote or depot order",
    ),
    SECTION.row(
        &["in_progress"],
        "wait_parts",
        ENGINEER,
        &["waiting_parts"],
        "request goes on hold",
    ),
    SECTION.row(
        &["waiting_parts"],
        "resume",
        ENGINEER,
        &["in_progress"],
        "request goes back to assigned",
    ),
    SECTION.row(
        &["in_progress", "on_site"],
        "need_quote",
        ENGINEER,
        &["waiting_customer"],
        "own order; request goes on hold, its promises wait",
    ),
    SECTION.row(
        &["waiting_customer"],
        "accept_quote",
        CUSTOMER_SIDE,
        &["in_progress"],
        "request goes back to assigned",
    ),
    SECTION.row(
        &["waiting_customer"],
        "decline_quote",
        CUSTOMER_SIDE,
        &["cancelled"],
        "request is cancelled",
    ),
    SECTION.row(
        &["waiting_customer"],
        "timer:quote_expired",
        RoleSet::NONE,
        &["cancelled"],
        "valid_until < now; request is cancelled",
    ),
    SECTION.row(
        &["waiting_customer"],
        "service_request:resume",
        RoleSet::NONE,
        &["in_progress"],
        "the request goes on without an answer",
    ),
    SECTION.row(
        &["in_progress", "on_site"],
        "complete",
        ENGINEER,
        &["completed"],
        "own order; WO-1; request not on hold",
    ),
    SECTION.row(
        &["completed", "rejected"],
        "correct",
        ENGINEER,
        &["completed"],
        "own order; of the last result while verification is pending or rejected, of another once it is rejected",
    ),
    SECTION.row(
        &[
            "accepted",
            "en_route",
            "on_site",
            "in_progress",
            "waiting_parts",
            "waiting_customer",
        ],
        "sheet:write",
        ENGINEER,
        &[
            "accepted",
            "en_route",
            "on_site",
            "in_progress",
            "waiting_parts",
            "waiting_customer",
        ],
        "own order",
    ),
    SECTION.row(
        &["completed", "rejected"],
        "sheet:write",
        ENGINEER,
        &["completed"],
        "a correction: WO-1 still holds, verification pending or rejected",
    ),
    SECTION.row(
        &["dispatched", "accepted", "en_route", "on_site", "in_progress"],
        "add_helper",
        DISPATCHER,
        &["dispatched", "accepted", "en_route", "on_site", "in_progress"],
        "a leading order; engineer available; another order follows this one (WO-6)",
    ),
    SECTION.row(
        &["dispatched", "accepted", "en_route", "on_site", "in_progress"],
        "work_order:complete",
        RoleSet::NONE,
        &["completed", "cancelled"],
        "the leading order is over: completed if at work",
    ),
    SECTION.row(
        &["completed"],
        "verify",
        SUPERVISOR,
        &["verified"],
        "not his own work; attempts have labour; the last result is verified with its request",
    ),
    SECTION.row(
        &["completed"],
        "reject",
        SUPERVISOR,
        &["rejected"],
        "the last result is rejected with its request",
    ),
    SECTION.row(
        &["completed"],
        "service_request:verify",
        RoleSet::NONE,
        &["verified"],
        "verified with the request",
    ),
    SECTION.row(
        &["verified"],
        "service_request:return",
        RoleSet::NONE,
        &["completed"],
        "request returned to allocation",
    ),
    SECTION.row(
        &["completed"],
        "service_request:reject_verification",
        RoleSet::NONE,
        &["rejected"],
        "rejected with the request",
    ),
    SECTION.row(
        &["dispatched", "accepted", "en_route", "on_site", "in_progress"],
        "cancel",
        DISPATCHER,
        &["cancelled"],
        "request not on hold; it returns to allocation",
    ),
    SECTION.row(
        &[
            "dispatched",
            "accepted",
            "en_route",
            "on_site",
            "in_progress",
            "waiting_parts",
            "waiting_customer",
        ],
        "service_request:cancel",
        RoleSet::NONE,
        &["cancelled"],
        "missed_customer_date, reassigned, unassigned, request_cancelled",
    ),
    SECTION.row(
        &["dispatched"],
        "timer:accept_limit",
        RoleSet::NONE,
        &["refused"],
        "60 business minutes unaccepted",
    ),
];

/// The work order's machine.
pub static MACHINE: Machine = Machine {
    name: "work_order",
    states: &[
        "dispatched",
        "accepted",
        "refused",
        "en_route",
        "on_site",
        "in_progress",
        "waiting_parts",
        "waiting_customer",
        "completed",
        "verified",
        "rejected",
        "cancelled",
    ],
    finals: &["refused", "cancelled"],
    rows: ROWS,
    actions: Actions::new(),
};

const READERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::Supervisor,
    Role::CustomerService,
    Role::Dispatcher,
    Role::Engineer,
    Role::FollowUpAgent,
    Role::ComplaintOfficer,
    Role::OutletManager,
    Role::PartsClerk,
    Role::Finance,
    Role::Analyst,
    Role::Executive,
    Role::Integration,
    Role::Customer,
]);

permissions! {
    ReplayOffline = "work_orders:replay_offline" for with_manager(ENGINEER);
    Read = "work_orders:read" for READERS;
    Accept = "work_orders:accept" for holders(ROWS, "accept");
    Refuse = "work_orders:refuse" for holders(ROWS, "refuse");
    Book = "work_orders:book" for holders(ROWS, "book");
    Depart = "work_orders:depart" for holders(ROWS, "depart");
    Arrive = "work_orders:arrive" for holders(ROWS, "arrive");
    Start = "work_orders:start" for holders(ROWS, "start");
    WaitParts = "work_orders:wait_parts" for holders(ROWS, "wait_parts");
    Resume = "work_orders:resume" for holders(ROWS, "resume");
    NeedQuote = "work_orders:need_quote" for holders(ROWS, "need_quote");
    AcceptQuote = "work_orders:accept_quote" for holders(ROWS, "accept_quote");
    DeclineQuote = "work_orders:decline_quote" for holders(ROWS, "decline_quote");
    Complete = "work_orders:complete" for holders(ROWS, "complete");
    WriteSheet = "work_orders:write_sheet" for holders(ROWS, "sheet:write");
    Correct = "work_orders:correct" for holders(ROWS, "correct");
    AddHelper = "work_orders:add_helper" for holders(ROWS, "add_helper");
    Verify = "work_orders:verify" for holders(ROWS, "verify");
    Reject = "work_orders:reject" for holders(ROWS, "reject");
    Cancel = "work_orders:cancel" for holders(ROWS, "cancel");
}
