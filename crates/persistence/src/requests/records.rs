//! The tables of the loop, one mapping each.

use aftercare_domain::attachments::Attachment;
use aftercare_domain::follow_ups::FollowUp;
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Actor, Column as _, Role, RoleSet};
use aftercare_domain::notifications::Notification;
use aftercare_domain::requests::{Activity, Alarm, Attempt, CommentKind, LockRecord, ServiceRequest};
use aftercare_domain::sla::SlaTimer;
use aftercare_domain::surveys::Survey;
use aftercare_domain::work_orders::WorkOrder;

use crate::db::{Table, Where, record};
use crate::platform::visibility::{narrow, of_request};

const REQUESTS: Table = Table::new("service_requests", "service_request").scoped(request_scope);

record! { ServiceRequest: REQUESTS =>
    id, number, channel, service_type, origin, customer_id, contact_id, address_id, product_id,
    installed_product_id, problem_type_id, title, description, problem_analysis, fault_occurred_at, impact, urgency, priority, emergency, severity,
    required_by, resolve_required_by, assignment_due_at, resolve_due_at, status, hold, lock, lock_count, cycle_no,
    unresolved_attempts, missed_count, reopen_count, is_overdue, assignment, assignee_id, outlet_id, resolution,
    verification, satisfaction, first_response_at, processed_at, closed_at, cancel_reason, related, repeat_of,
    external_refs, custom_fields, labels, sla_policy_id, sla_policy_version, third_party_allowed, next_due_at, activity_count,
    service_item_id, agreement_id, coverage, coverage_record;
    meta; search = text_of
}

// A request of any state may be referred to.
impl crate::platform::references::Referable for ServiceRequest {
    fn is_active(&self) -> bool {
        true
    }
}

fn text_of(request: &ServiceRequest) -> String {
    search_fold(&[
        request.number.as_str(),
        request.title.as_str(),
        request.description.as_str(),
    ])
}

const TIMERS: Table = Table::new("sla_timers", "sla_timer").part().scoped(timer_scope);

record! { SlaTimer: TIMERS =>
    id, subject_type, subject_id, kind, policy_id, policy_version, target_minutes, warn_pct, started_at, due_at, warn_at, status,
    paused_at, paused_minutes, pauses, stopped_at, elapsed_minutes, warned_at, breached_at, armed_at, epoch,
    reminders_sent, next_reminder_at
}

record! { Alarm: Table::new("alarms", "alarm").part() =>
    id, service_request_id, subject_id, kind, cycle_no, epoch, due_at, armed_at, state, fired_at
}

const ORDERS: Table = Table::new("work_orders", "work_order").part().scoped(order_scope);

record! { WorkOrder: ORDERS =>
    id, number, service_request_id, cycle_no, engineer_id, outlet_id, kind, status, successor_of, team_of, appointment,
    dispatched_at, accept_due_at, refuse_due_at, accepted_at, departed_at, arrived_at, arrival_geo, geo_mismatch,
    started_at, finished_at, labor, parts, expenses, checklist, photos, outcome, unresolved_reason, mode_code, mechanism_code, cause_code, remedy_code, exclusion_cause,
    customer_signature, signature_waiver_reason, wait_reason, quote, end_reason, result_version, verified_by, verified_at;
    meta
}

record! { Attempt: Table::new("attempts", "attempt").part() =>
    id, service_request_id, no, cycle_no, engineer_id, work_order_id, started_at, finished_at, outcome, accepted
}

const FOLLOW_UPS: Table = Table::new("follow_ups", "follow_up").part().scoped(child_scope);

record! { FollowUp: FOLLOW_UPS =>
    id, number, service_request_id, cycle_no, status, due_at, is_overdue, assigned_to, attempts, scores, reasons,
    suggestion, recorded_at, recorded_by; meta
}

const SURVEYS: Table = Table::new("surveys", "survey").part().scoped(child_scope);

record! { Survey: SURVEYS =>
    id, service_request_id, customer_id, cycle_no, status, send_at, sent_at, answered_at; meta
}

record! { LockRecord: Table::new("lock_records", "lock_record").part() =>
    id, service_request_id, case, at, recorded_at, attempts, due_at, previous_assignee, cleared_by, cleared_at, action
}

record! { Activity: Table::new("activities", "activity").part().scoped(history_scope) =>
    id, service_request_id, seq, at, recorded_at, actor_id, actor_name, action, from, to, comment, data
}

const ATTACHMENTS: Table = Table::new("attachments", "attachment").scoped(file_scope);

record! { Attachment: ATTACHMENTS =>
    id, service_request_id, product_id, kind, file_name, media_type, size_bytes, sha256, scan_status; meta
}

record! { Notification: Table::new("notices", "notification").part().scoped(recipient_scope) =>
    id, service_request_id, kind, recipient, subject_id, at, status, channel
}

/// Own: what is assigned to me, or what I asked for; outlet: what my outlet holds (A39).
fn request_scope(actor: &Actor, w: &mut Where) {
    narrow(actor, w, "assignee_id = ?", "customer_id = ?", "outlet_id = ?");
}

/// Own work orders that were not refused or cancelled (A39).
fn order_scope(actor: &Actor, w: &mut Where) {
    narrow(
        actor,
        w,
        "engineer_id = ? and status not in ('refused', 'cancelled')",
        "service_request_id in (select id from service_requests where customer_id = ?)",
        "outlet_id = ?",
    );
}

/// Parts are seen with their request.
fn child_scope(actor: &Actor, w: &mut Where) {
    of_request("service_request_id", actor, w);
}

/// Files of a request are seen with it; manuals with their product, which everybody sees.
fn file_scope(actor: &Actor, w: &mut Where) {
    let held = |by: &str| {
        format!(
            "(product_id is not null or service_request_id in (select id from service_requests where {by} = ?))"
        )
    };
    let [engineer, customer, outlet] = ["assignee_id", "customer_id", "outlet_id"].map(held);
    narrow(actor, w, &engineer, &customer, &outlet);
}

/// History is seen with its request; customers do not see what we remark among ourselves.
fn history_scope(actor: &Actor, w: &mut Where) {
    child_scope(actor, w);
    if !actor.is_system && !actor.is_any(RoleSet::STAFF.with(Role::Integration)) {
        w.raw("action <> ?", Some(CommentKind::Internal.to_raw()));
    }
}

/// Own: what is told to me; outlet: what is told about requests my outlet holds.
fn recipient_scope(actor: &Actor, w: &mut Where) {
    narrow(
        actor,
        w,
        "engineer_id = ?",
        "customer_id = ?",
        "service_request_id in (select id from service_requests where outlet_id = ?)",
    );
}

/// Promises are made about a request and seen with it.
fn timer_scope(actor: &Actor, w: &mut Where) {
    of_request("subject_id", actor, w);
}
