//! The engineer's workbench: what he has to do now, and how he did (EN-3).

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{Figure, Time};
use crate::work_orders::{Outcome, WorkOrder, WorkOrderStatus};

/// One of his jobs with the date its request must be solved by.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The order.
    pub order: &'a WorkOrder,
    /// The deadline of its request, if it has one.
    pub due_at: Option<Time>,
}

/// The figures of a workbench.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Workbench {
    /// Open jobs.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub assigned: i64,
    /// Open jobs whose appointment or deadline is today.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub due_today: i64,
    /// Open jobs whose deadline has passed.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub overdue: i64,
    /// Jobs that wait for parts.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub waiting_parts: i64,
    /// Jobs that wait for his word.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub to_accept: i64,
    /// Jobs he solved this month.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub resolved: i64,
    /// Jobs he ended without a solution this month.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub unresolved: i64,
    /// His last final performance score.
    #[schema(required)]
    pub score: Option<Figure>,
    /// His credit score.
    #[schema(required, minimum = 0, maximum = 120)]
    pub credit: Option<i64>,
}

/// Counts his jobs as they stand now.
pub fn workbench(jobs: &[Job<'_>], now: Time, zone: Tz) -> Workbench {
    let today = now.date_in(zone);
    let is_today = |at: Time| at.date_in(zone) == today;
    let count = |wanted: &dyn Fn(&Job<'_>) -> bool| {
        i64::try_from(jobs.iter().filter(|job| wanted(job)).count()).unwrap_or(i64::MAX)
    };
    let is_open = |job: &Job<'_>| job.order.status.is_open();
    let has_status = |status: WorkOrderStatus| move |job: &Job<'_>| job.order.status == status;
    Workbench {
        assigned: count(&is_open),
        due_today: count(&|job| {
            let is_booked = job.order.appointment.is_some_and(|window| is_today(window.from));
            is_open(job) && (is_booked || job.due_at.is_some_and(is_today))
        }),
        overdue: count(&|job| is_open(job) && job.due_at.is_some_and(|due| due < now)),
        waiting_parts: count(&has_status(WorkOrderStatus::WaitingParts)),
        to_accept: count(&has_status(WorkOrderStatus::Dispatched)),
        resolved: count(&|job| job.order.outcome == Some(Outcome::Resolved)),
        unresolved: count(&|job| {
            let outcome = job.order.outcome;
            outcome.is_some_and(|outcome| outcome.is_attempt() && outcome != Outcome::Resolved)
        }),
        score: None,
        credit: None,
    }
}
