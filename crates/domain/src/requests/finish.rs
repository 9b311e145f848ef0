//! Solved, asked, closed: what happens when a request is declared solved and when the customer has spoken.

use chrono::{NaiveDateTime, TimeZone, Timelike};
use serde_json::json;

use super::context::Context;
use super::dossier::{Attempt, AttemptId, Dossier, NoticeKind};
use super::members::{RequestStatus, Resolution, ResolutionType, Verification, VerificationStatus};
use crate::follow_ups::{FollowUp, FollowUpId, FollowUpStatus};
use crate::kernel::number::Series;
use crate::kernel::text::Prose;
use crate::kernel::{Date, Meta, Result, Stamp, Time};
use crate::sla::timer::TimerKind;
use crate::surveys::{Survey, SurveyId, SurveyStatus};
use crate::work_orders::{Outcome, WorkOrder};

/// How a request was solved, to be written down.
pub(crate) struct Solved {
    pub(crate) kind: ResolutionType,
    pub(crate) summary: Option<Prose>,
    pub(crate) order: Option<WorkOrder>,
}

impl Dossier {
    /// Declares the request solved (T10, T14, T28): attempt, promises, follow-up, verification.
    pub(crate) fn process(&mut self, solved: Solved, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        let order = solved.order.as_ref();
        self.try_once(Outcome::Resolved, order, at);
        let request = &mut self.request;
        request.status = RequestStatus::Processed;
        request.processed_at = Some(at.now);
        request.closed_at = None;
        request.satisfaction = None;
        request.resolution = Some(Resolution {
            kind: solved.kind,
            summary: solved.summary,
            mode_code: order.and_then(|o| o.mode_code.clone()),
            cause_code: order.and_then(|o| o.cause_code.clone()),
            remedy_code: order.and_then(|o| o.remedy_code.clone()),
            engineer_id: order.map(|o| o.engineer_id),
            at: at.now,
        });
        request.verification = Some(Verification {
            status: VerificationStatus::Pending,
            by: None,
            at: None,
            reason: None,
        });
        let kinds = [TimerKind::Response, TimerKind::Arrangement, TimerKind::Resolution];
        self.stop_promises(&kinds, ctx, at)?;
        self.drop_promises(&[TimerKind::Arrival], ctx, at)?;
        self.emit("service_request.processed", at);
        self.tell_customer(NoticeKind::Processed, self.request.uuid(), at);
        self.plan_follow_up(ctx, at)
    }

    /// Writes down an attempt (domain.md 4.2).
    pub(crate) fn try_once(&mut self, outcome: Outcome, order: Option<&WorkOrder>, at: &Stamp) {
        let no = i64::try_from(self.attempts.len())
            .unwrap_or(i64::MAX)
            .saturating_add(1);
        self.attempts.push(Attempt {
            id: AttemptId::next(at),
            service_request_id: self.request.id,
            no,
            cycle_no: self.request.cycle_no,
            engineer_id: order.map(|o| o.engineer_id),
            work_order_id: order.map(|o| o.id),
            started_at: order.and_then(|o| o.started_at),
            finished_at: at.now,
            outcome,
            accepted: None,
        });
        if outcome != Outcome::Resolved {
            self.request.unresolved_attempts += 1;
        }
    }

    /// The customer says the last attempt did not help (T18, T22).
    pub(crate) fn reject_last_attempt(&mut self) {
        if let Some(last) = self.attempts.last_mut() {
            last.accepted = Some(false);
            self.request.unresolved_attempts += 1;
        }
    }

    /// Closes the request; one already verified is archived at once (T17, T19), and the survey is planned (FU-2).
    pub(crate) fn close(&mut self, ctx: &Context<'_>, at: &Stamp) {
        let is_verified = matches!(
            &self.request.verification,
            Some(v) if v.status == VerificationStatus::Verified
        );
        self.request.closed_at = Some(at.now);
        self.request.status = if is_verified {
            RequestStatus::Archived
        } else {
            RequestStatus::Closed
        };
        self.emit("service_request.closed", at);
        if is_verified {
            self.emit("service_request.archived", at);
        }
        let (quiet_from, quiet_to) = ctx.settings.quiet_hours;
        let wished = at.now.plus_minutes(ctx.settings.survey_delay_minutes);
        self.surveys.push(Survey {
            id: SurveyId::next(at),
            service_request_id: self.request.id,
            customer_id: self.request.customer_id,
            cycle_no: self.request.cycle_no,
            status: SurveyStatus::Scheduled,
            send_at: within_hours(wished, quiet_to, quiet_from, ctx.settings.zone),
            sent_at: None,
            answered_at: None,
            meta: Meta::new(at),
        });
    }

    fn plan_follow_up(&mut self, ctx: &mut Context<'_>, at: &Stamp) -> Result<()> {
        let (from, to) = ctx.settings.calling_hours;
        let wished = at
            .now
            .plus_minutes(ctx.settings.follow_up_due_hours.saturating_mul(60));
        let id = FollowUpId::next(at);
        self.follow_ups.push(FollowUp {
            id,
            number: ctx.numbers.draw(Series::FollowUp)?,
            service_request_id: self.request.id,
            cycle_no: self.request.cycle_no,
            status: FollowUpStatus::Pending,
            due_at: within_hours(wished, from, to, ctx.settings.zone),
            is_overdue: false,
            assigned_to: None,
            attempts: Vec::new(),
            scores: None,
            reasons: Vec::new(),
            suggestion: None,
            recorded_at: None,
            recorded_by: None,
            meta: Meta::new(at),
        });
        self.emit_of("follow_up.created", "follow_up", id.0, json!({}), at);
        Ok(())
    }
}

/// The instant itself if its local hour lies in `[from, to)`, else the next local `from` o'clock (FU-2, A45(19)).
pub(crate) fn within_hours(at: Time, from: u32, to: u32, zone: chrono_tz::Tz) -> Time {
    let hour = at.utc().with_timezone(&zone).hour();
    if (from..to).contains(&hour) {
        return at;
    }
    let today = at.date_in(zone);
    let day = if hour < from { today } else { today.plus_days(1) };
    at_hour(day, from, zone).unwrap_or(at)
}

fn at_hour(day: Date, hour: u32, zone: chrono_tz::Tz) -> Option<Time> {
    let local: NaiveDateTime = day.0.and_hms_opt(hour, 0, 0)?;
    let at = zone.from_local_datetime(&local).earliest()?;
    Some(Time::from_utc(at.with_timezone(&chrono::Utc)))
}
