//! Who may do what with a service request: reading and writing by the role matrix, actions by the table (A23).

use super::machine::ROWS;
use crate::kernel::machine::holders;
use crate::kernel::{Role, RoleSet};
use crate::permissions;

/// Who sees requests, each in his scope.
pub(crate) const READERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::Supervisor,
    Role::CustomerService,
    Role::Dispatcher,
    Role::Engineer,
    Role::FollowUpAgent,
    Role::ComplaintOfficer,
    Role::OutletManager,
    Role::Analyst,
    Role::Executive,
    Role::Integration,
    Role::Customer,
]);

/// Who adds to requests what does not move them.
pub(crate) const COMMENTERS: RoleSet = READERS
    .without(Role::Analyst)
    .without(Role::Executive)
    .without(Role::Admin);

/// Who takes calls; each of them sees every customer.
const CALL_TAKERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::Integration,
    Role::ServiceManager,
    Role::Supervisor,
    Role::CustomerService,
    Role::Dispatcher,
    Role::FollowUpAgent,
    Role::ComplaintOfficer,
]);

/// Who sees how the service did; each of them sees every request, so the figures need no scope.
const ANALYSTS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::Supervisor,
    Role::Dispatcher,
    Role::ComplaintOfficer,
    Role::Analyst,
    Role::Executive,
]);

permissions! {
    Read = "service_requests:read" for READERS;
    Create = "service_requests:create" for holders(ROWS, "register");
    Update = "service_requests:update" for RoleSet::of(&[Role::ServiceManager, Role::CustomerService]);
    Upsert = "service_requests:upsert" for
        RoleSet::of(&[Role::ServiceManager, Role::CustomerService, Role::Integration]);
    Comment = "service_requests:comment" for COMMENTERS;
    Context = "service_requests:context" for CALL_TAKERS;
    Stats = "service_requests:stats" for ANALYSTS;
    Assign = "service_requests:assign" for holders(ROWS, "assign");
    Hold = "service_requests:hold" for holders(ROWS, "hold");
    Resume = "service_requests:resume" for holders(ROWS, "resume");
    Reassign = "service_requests:reassign" for holders(ROWS, "reassign");
    Unassign = "service_requests:unassign" for holders(ROWS, "unassign");
    Release = "service_requests:release" for holders(ROWS, "release");
    Resolve = "service_requests:resolve" for holders(ROWS, "resolve");
    Verify = "service_requests:verify" for holders(ROWS, "verify");
    RejectVerification = "service_requests:reject_verification" for holders(ROWS, "reject_verification");
    Reopen = "service_requests:reopen" for holders(ROWS, "reopen");
    Cancel = "service_requests:cancel" for holders(ROWS, "cancel");
    Reschedule = "service_requests:reschedule" for holders(ROWS, "reschedule");
    Reclassify = "service_requests:reclassify" for holders(ROWS, "reclassify");
    SetPriority = "service_requests:set_priority" for holders(ROWS, "set_priority");
    RecomputeSla = "service_requests:recompute_sla" for holders(ROWS, "recompute_sla");
    ResolveOnContact = "service_requests:resolve_on_contact" for holders(ROWS, "resolve_on_contact");
    OverrideCoverage = "service_requests:override_coverage" for RoleSet::of(&[Role::ServiceManager]);
    Respond = "service_requests:respond" for holders(ROWS, "respond");
}
