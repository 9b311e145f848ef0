//! Registration: the request exists, its promises run, its counters grew by one (T1, T2, SQ-1 to SQ-3).

use serde_json::json;

use super::commands::ServiceRequestCreate;
use super::context::Context;
use super::dossier::{CounterField, Dossier, NoticeKind};
use super::entity::{ServiceRequest, ServiceRequestId};
use super::machine::MACHINE;
use super::members::{Hold, Origin, RequestStatus};
use super::when::When;
use super::{HOLD_REASON_REQUIRED, INVALID_INITIAL_STATUS, PRIORITY_RANGE, PRODUCT_REQUIRED};
use crate::coverage::{Coverage, CoverageRecord, CoverageVerdict};
use crate::kernel::error::{
    DATE_IN_FUTURE, DATE_IN_PAST, DATE_ORDER, INSUFFICIENT_SCOPE, Place, VALIDATION_FAILED, Violation,
};
use crate::kernel::machine::with_manager;
use crate::kernel::text::Number;
use crate::kernel::{Code, Error, Meta, Result, Role, Stamp, Time};
use crate::service_agreements::ServiceAgreementId;
use crate::sla::MINUTE;

/// Service types that need no product (domain.md 3.6).
const WITHOUT_PRODUCT: [&str; 2] = ["consult", "suggestion"];

/// What the caller looked up for a registration.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The number drawn for the request.
    pub number: Number,
    /// Whether the hold reason, if one is given, lets the SLA clock stand still.
    pub hold_pauses_sla: bool,
    /// The agreement it goes by.
    pub agreement_id: Option<ServiceAgreementId>,
    /// Who pays; none if there was nothing that could.
    pub verdict: Option<CoverageVerdict>,
}

/// Two dates as agreed with the customer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dates {
    pub(crate) required_by: Option<Time>,
    pub(crate) resolve_required_by: Option<Time>,
}

/// Reads one date; it must lie in the future.
pub(crate) fn date_of(
    when: Option<When>,
    pointer: &str,
    ctx: &Context<'_>,
    at: &Stamp,
    wrong: &mut Vec<Violation>,
) -> Option<Time> {
    let mut refuse = |code: &'static Code| wrong.push(code.violation(Place::Pointer(pointer.to_owned())));
    let Some(date) = when?.instant(ctx.settings.zone) else {
        refuse(&VALIDATION_FAILED);
        return None;
    };
    if date <= at.now {
        refuse(&DATE_IN_PAST);
    }
    Some(date)
}

/// Reads both dates: each later than now, the solution not before the assignment (SQ-3, A30).
pub(crate) fn dates_of(
    required_by: Option<When>,
    resolve_required_by: Option<When>,
    known_required_by: Option<Time>,
    ctx: &Context<'_>,
    at: &Stamp,
    wrong: &mut Vec<Violation>,
) -> Dates {
    let dates = Dates {
        required_by: date_of(required_by, "#/required_by", ctx, at, wrong),
        resolve_required_by: date_of(resolve_required_by, "#/resolve_required_by", ctx, at, wrong),
    };
    let floor = dates.required_by.or(known_required_by);
    if wrong.is_empty()
        && dates
            .resolve_required_by
            .zip(floor)
            .is_some_and(|(end, start)| end < start)
    {
        wrong.push(DATE_ORDER.violation(Place::Pointer("#/resolve_required_by".to_owned())));
    }
    dates
}

impl Dossier {
    /// Registers a request (T1, T2). Counters, promises, alarms and events come with it.
    ///
    /// Errors: `insufficient_scope`, `invalid_initial_status`, `hold_reason_required`, `product_required`,
    /// `date_in_past`, `date_in_future`, `date_order`, `priority_range`.
    pub fn register(
        cmd: ServiceRequestCreate,
        refs: Registration,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<Dossier> {
        let initial = cmd.initial_status.unwrap_or(RequestStatus::PendingAssignment);
        let may = |row: &&crate::kernel::machine::Transition| {
            row.to.contains(&initial.as_str()) && at.actor.is_any(with_manager(row.actors))
        };
        let is_initial = matches!(initial, RequestStatus::PendingAssignment | RequestStatus::OnHold);
        if is_initial && !at.actor.is_system && MACHINE.rows_of("register").find(may).is_none() {
            return Err(INSUFFICIENT_SCOPE.error());
        }
        let mut wrong = check(&cmd, at);
        let dates = dates_of(
            cmd.required_by,
            cmd.resolve_required_by,
            None,
            ctx,
            at,
            &mut wrong,
        );
        Error::all(wrong)?;
        let hold = match (initial, &cmd.hold_reason) {
            (RequestStatus::OnHold, Some(reason)) => Some(Hold {
                reason: reason.clone(),
                pauses_sla: refs.hold_pauses_sla,
                since: at.now,
                resume_at: None,
                held_from: RequestStatus::PendingAssignment,
            }),
            _ => None,
        };
        let mut request = blank(cmd, refs.number, ctx, at);
        request.status = initial;
        request.agreement_id = refs.agreement_id;
        let verdict = refs.verdict.map(|verdict| CoverageRecord::judge(verdict, at));
        request.coverage = verdict
            .as_ref()
            .map(CoverageRecord::coverage)
            .or(Some(Coverage::OutOfWarranty));
        request.coverage_record = verdict;
        request.required_by = dates.required_by;
        request.resolve_required_by = dates.resolve_required_by.or(dates.required_by);
        request.resolve_due_at = request.resolve_required_by;
        request.assignment_due_at = match request.required_by.or(request.resolve_required_by) {
            Some(date) => Some(date),
            None if ctx.settings.default_assign_minutes > 0 => {
                let window = ctx.settings.default_assign_minutes.saturating_mul(MINUTE);
                Some(ctx.default_calendar.add(at.now, window)?)
            }
            None => None,
        };
        request.hold = hold;
        let mut dossier = Dossier::open(request);
        dossier.begin_promises(ctx, at)?;
        dossier.count_registration(at);
        dossier.log(
            "register",
            None,
            None,
            json!({"number": dossier.request.number}),
            at,
        );
        dossier.emit("service_request.registered", at);
        dossier.tell_customer(NoticeKind::Registered, dossier.request.uuid(), at);
        if let Some(hold) = dossier.request.hold.clone() {
            if hold.pauses_sla {
                dossier.pause_promises(&hold.reason, at);
            }
            dossier.emit("service_request.held", at);
        }
        if dossier.request.emergency {
            dossier.tell_role(NoticeKind::Emergency, Role::ServiceManager, at);
        }
        dossier.settle(ctx, at)?;
        Ok(dossier)
    }

    /// A dossier with nothing in it but the request.
    pub fn open(request: ServiceRequest) -> Dossier {
        Dossier {
            request,
            timers: Vec::new(),
            alarms: Vec::new(),
            orders: Vec::new(),
            attempts: Vec::new(),
            follow_ups: Vec::new(),
            surveys: Vec::new(),
            locks: Vec::new(),
            activities: Vec::new(),
            events: Vec::new(),
            notices: Vec::new(),
            counts: Vec::new(),
            told: None,
            happened_at: None,
            place: None,
            other_work: Vec::new(),
            off_shift: Vec::new(),
        }
    }

    pub(crate) fn count_registration(&mut self, at: &Stamp) {
        let (product, problem_type) = (self.request.product_id, self.request.problem_type_id);
        self.count(CounterField::Occurrences, product, problem_type, at.now);
    }
}

fn check(cmd: &ServiceRequestCreate, at: &Stamp) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let mut refuse = |code: &'static Code, pointer: &str| {
        wrong.push(code.violation(Place::Pointer(pointer.to_owned())));
    };
    match cmd.initial_status {
        None | Some(RequestStatus::PendingAssignment) => {}
        Some(RequestStatus::OnHold) if cmd.hold_reason.is_some() => {}
        Some(RequestStatus::OnHold) => refuse(&HOLD_REASON_REQUIRED, "#/hold_reason"),
        Some(_) => refuse(&INVALID_INITIAL_STATUS, "#/initial_status"),
    }
    if cmd.product_id.is_none() && !WITHOUT_PRODUCT.contains(&cmd.service_type.as_str()) {
        refuse(&PRODUCT_REQUIRED, "#/product_id");
    }
    if cmd.fault_occurred_at.is_some_and(|fault| fault > at.now) {
        refuse(&DATE_IN_FUTURE, "#/fault_occurred_at");
    }
    if cmd.severity.is_some_and(|severity| !(1..=3).contains(&severity)) {
        refuse(&PRIORITY_RANGE, "#/severity");
    }
    wrong
}

/// The request as the command says it, before dates and status.
pub(crate) fn blank(
    cmd: ServiceRequestCreate,
    number: Number,
    ctx: &Context<'_>,
    at: &Stamp,
) -> ServiceRequest {
    ServiceRequest {
        id: ServiceRequestId::next(at),
        number,
        channel: cmd.channel,
        service_type: cmd.service_type,
        origin: Origin::Live,
        customer_id: cmd.customer_id,
        contact_id: cmd.contact_id,
        address_id: cmd.address_id,
        product_id: cmd.product_id,
        installed_product_id: cmd.installed_product_id,
        problem_type_id: cmd.problem_type_id,
        title: cmd.title,
        description: cmd.description,
        problem_analysis: cmd.problem_analysis,
        fault_occurred_at: cmd.fault_occurred_at,
        impact: cmd.impact,
        urgency: cmd.urgency,
        priority: ctx.matrix.priority(cmd.impact, cmd.urgency, cmd.emergency),
        emergency: cmd.emergency,
        severity: cmd.severity,
        required_by: None,
        resolve_required_by: None,
        assignment_due_at: None,
        resolve_due_at: None,
        status: RequestStatus::PendingAssignment,
        hold: None,
        lock: None,
        lock_count: 0,
        cycle_no: 1,
        unresolved_attempts: 0,
        missed_count: 0,
        reopen_count: 0,
        is_overdue: false,
        assignment: None,
        assignee_id: None,
        outlet_id: None,
        resolution: None,
        verification: None,
        satisfaction: None,
        first_response_at: None,
        processed_at: None,
        closed_at: None,
        cancel_reason: None,
        related: cmd.related,
        repeat_of: cmd.repeat_of,
        external_refs: cmd.external_refs,
        custom_fields: cmd.custom_fields,
        labels: cmd.labels,
        service_item_id: cmd.service_item_id,
        agreement_id: None,
        coverage: None,
        coverage_record: None,
        sla_policy_id: ctx.policy.map(|policy| policy.id),
        sla_policy_version: ctx.policy.map(|policy| policy.meta.version),
        third_party_allowed: false,
        next_due_at: None,
        activity_count: 0,
        meta: Meta::new(at),
    }
}
