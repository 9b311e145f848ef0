//! What a request adds to the figures of a day: read off its history and its promises, in the write that makes them.
//!
//! A figure belongs to the present product and problem type of the request: whoever corrects them moves everything
//! the request ever told.

use std::collections::BTreeMap;

use super::dossier::{Activity, Dossier};
use super::entity::ServiceRequest;
use super::members::RequestStatus;
use super::refs::{ProblemTypeId, ProductId};
use crate::kernel::{Date, Time};
use crate::label;
use crate::sla::SlaTimer;
use crate::sla::timer::{TimerKind, TimerStatus};

label! {
    /// One figure of a day.
    pub enum Figure {
        /// Requests registered.
        Registered = "registered",
        /// Of the requests registered that day, those that are processed or beyond.
        Resolved = "resolved",
        /// Times a request was declared solved.
        Processed = "processed",
        /// Times a request was closed.
        Closed = "closed",
        /// Requests cancelled.
        Cancelled = "cancelled",
        /// Times a request was reopened.
        Reopened = "reopened",
        /// Locks because nobody was assigned in time.
        LockedAssignmentOverdue = "locked_assignment_overdue",
        /// Locks because it failed twice.
        LockedUnresolvedTwice = "locked_unresolved_twice",
        /// Closings after work of our own.
        Fixes = "fixes",
        /// Those of them nothing had failed before.
        FirstTimeFixes = "first_time_fixes",
        /// Answers in time.
        ResponseMet = "response_met",
        /// Answers too late.
        ResponseBreached = "response_breached",
        /// Answers measured.
        ResponseEnded = "response_ended",
        /// Their business minutes.
        ResponseMinutes = "response_minutes",
        /// Assignments in time.
        ArrangementMet = "arrangement_met",
        /// Assignments too late.
        ArrangementBreached = "arrangement_breached",
        /// Assignments measured.
        ArrangementEnded = "arrangement_ended",
        /// Their business minutes.
        ArrangementMinutes = "arrangement_minutes",
        /// Arrivals in time.
        ArrivalMet = "arrival_met",
        /// Arrivals too late.
        ArrivalBreached = "arrival_breached",
        /// Arrivals measured.
        ArrivalEnded = "arrival_ended",
        /// Their business minutes.
        ArrivalMinutes = "arrival_minutes",
        /// Solutions in time.
        ResolutionMet = "resolution_met",
        /// Solutions too late.
        ResolutionBreached = "resolution_breached",
        /// Solutions measured.
        ResolutionEnded = "resolution_ended",
        /// Their business minutes.
        ResolutionMinutes = "resolution_minutes",
    }
}

/// The figures of one kind of promise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PromiseFigures {
    pub(crate) met: Figure,
    pub(crate) breached: Figure,
    pub(crate) ended: Figure,
    pub(crate) minutes: Figure,
}

impl PromiseFigures {
    pub(crate) const fn of(kind: TimerKind) -> PromiseFigures {
        use Figure as F;
        let (met, breached, ended, minutes) = match kind {
            TimerKind::Response => (
                F::ResponseMet,
                F::ResponseBreached,
                F::ResponseEnded,
                F::ResponseMinutes,
            ),
            TimerKind::Arrangement => (
                F::ArrangementMet,
                F::ArrangementBreached,
                F::ArrangementEnded,
                F::ArrangementMinutes,
            ),
            TimerKind::Arrival => (
                F::ArrivalMet,
                F::ArrivalBreached,
                F::ArrivalEnded,
                F::ArrivalMinutes,
            ),
            TimerKind::Resolution => (
                F::ResolutionMet,
                F::ResolutionBreached,
                F::ResolutionEnded,
                F::ResolutionMinutes,
            ),
        };
        PromiseFigures {
            met,
            breached,
            ended,
            minutes,
        }
    }
}

/// What a request is about: figures are summed by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class {
    /// The product; none for a consultation.
    pub product_id: Option<ProductId>,
    /// The problem type.
    pub problem_type_id: ProblemTypeId,
}

/// What the figures know of a request as it was loaded, its history apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    class: Class,
    promises: Vec<(Date, Figure, i64)>,
}

/// Figures that grow or shrink, by day, class and figure.
pub type FigureChanges = BTreeMap<(Date, Class, Figure), i64>;

impl Dossier {
    /// Remembers what the figures know of the request, so that only the difference is told after a decision.
    pub fn remember_told(&mut self, zone: chrono_tz::Tz) {
        self.told = Some(Told {
            class: self.class(),
            promises: of_promises(&self.timers, zone),
        });
    }

    /// Whether the decision moved the request to another class, so that its earlier history moves too.
    pub fn is_moved(&self) -> bool {
        self.told.as_ref().is_some_and(|told| told.class != self.class())
    }

    /// What the decision changes; `earlier` is the history before it, looked at only when the request moved.
    pub fn figure_changes(&self, earlier: &[Activity], zone: chrono_tz::Tz) -> FigureChanges {
        let class = self.class();
        let mut changes = FigureChanges::new();
        let mut add = |class: Class, (on, figure, by): (Date, Figure, i64), sign: i64| {
            let sum = changes.entry((on, class, figure)).or_insert(0);
            *sum = sum.saturating_add(by.saturating_mul(sign));
        };
        if let Some(told) = &self.told {
            told.promises.iter().for_each(|entry| add(told.class, *entry, -1));
            if told.class != class {
                for entry in of_history(&self.request, earlier, 0, zone) {
                    add(told.class, entry, -1);
                    add(class, entry, 1);
                }
            }
        }
        for entry in of_promises(&self.timers, zone) {
            add(class, entry, 1);
        }
        let failed = self.activities.iter().filter(|entry| is_failure(entry)).count();
        let failures = self
            .request
            .unresolved_attempts
            .saturating_sub(i64::try_from(failed).unwrap_or(i64::MAX));
        for entry in of_history(&self.request, &self.activities, failures, zone) {
            add(class, entry, 1);
        }
        changes.retain(|_, by| *by != 0);
        changes
    }

    fn class(&self) -> Class {
        Class {
            product_id: self.request.product_id,
            problem_type_id: self.request.problem_type_id,
        }
    }
}

/// Whether the line says that an attempt did not help.
fn is_failure(entry: &Activity) -> bool {
    matches!(
        entry.action.as_str(),
        "work_order:unresolved" | "follow_up:dissatisfied" | "reopen"
    )
}

/// What lines of a history add, after so many failures before them.
fn of_history(
    request: &ServiceRequest,
    history: &[Activity],
    failures: i64,
    zone: chrono_tz::Tz,
) -> Vec<(Date, Figure, i64)> {
    use RequestStatus::{Cancelled, Closed, Locked, Processed};
    let registered_on = request.meta.created_at.date_in(zone);
    let mut failures = failures;
    let mut found = Vec::new();
    for entry in history {
        let (on, to) = (entry.at.date_in(zone), entry.to);
        let Some(from) = entry.from else {
            found.push((on, Figure::Registered, 1));
            // History of another system may begin with its end (T0).
            if to == Closed {
                let end = closed_at(entry).map_or(on, |end| end.date_in(zone));
                found.extend([
                    (end, Figure::Processed, 1),
                    (end, Figure::Closed, 1),
                    (on, Figure::Resolved, 1),
                ]);
            }
            continue;
        };
        if is_failure(entry) {
            failures = failures.saturating_add(1);
        }
        if entry.action == "reopen" {
            found.push((on, Figure::Reopened, 1));
        }
        match (is_beyond(from), is_beyond(to)) {
            (false, true) => found.push((registered_on, Figure::Resolved, 1)),
            (true, false) => found.push((registered_on, Figure::Resolved, -1)),
            _ => {}
        }
        if from == to {
            continue;
        }
        match to {
            Processed => found.push((on, Figure::Processed, 1)),
            _ if is_ended(to) && !is_ended(from) => {
                found.extend([(on, Figure::Closed, 1), (on, Figure::Fixes, 1)]);
                if failures == 0 {
                    found.push((on, Figure::FirstTimeFixes, 1));
                }
            }
            Cancelled => found.push((on, Figure::Cancelled, 1)),
            Locked if entry.action == "timer:assignment_due" => {
                found.push((on, Figure::LockedAssignmentOverdue, 1));
            }
            Locked => found.push((on, Figure::LockedUnresolvedTwice, 1)),
            _ => {}
        }
    }
    found
}

/// When an imported request was closed, as its first line says.
fn closed_at(entry: &Activity) -> Option<Time> {
    entry.data.get("closed_at")?.as_str()?.parse().ok()
}

fn is_ended(status: RequestStatus) -> bool {
    matches!(status, RequestStatus::Closed | RequestStatus::Archived)
}

fn is_beyond(status: RequestStatus) -> bool {
    status == RequestStatus::Processed || is_ended(status)
}

/// What promises add as they stand: judged on the day of the judgement, measured on the day they ended.
fn of_promises(timers: &[SlaTimer], zone: chrono_tz::Tz) -> Vec<(Date, Figure, i64)> {
    let mut found = Vec::new();
    for timer in timers {
        let figures = PromiseFigures::of(timer.kind);
        let judged = match timer.status {
            TimerStatus::Met => timer.stopped_at.map(|at| (at, figures.met)),
            TimerStatus::Breached => timer.breached_at.map(|at| (at, figures.breached)),
            TimerStatus::Running | TimerStatus::Paused | TimerStatus::Cancelled => None,
        };
        if let Some((at, figure)) = judged {
            found.push((at.date_in(zone), figure, 1));
        }
        if let Some((end, minutes)) = timer.stopped_at.zip(timer.elapsed_minutes) {
            let on = end.date_in(zone);
            found.extend([(on, figures.ended, 1), (on, figures.minutes, minutes)]);
        }
    }
    found
}
