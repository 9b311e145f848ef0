//! One promise being kept: started, paused, stopped, breached (SL-1 to SL-8).
//!
//! A timer knows nothing of states; the loop starts and stops it, the clock warns and breaches it.
//! Everything is exact to the millisecond; minutes on the wire are whole, rounded down.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::policy::SlaPolicyId;
use super::{BusinessTime, MINUTE};
use crate::kernel::text::WordCode;
use crate::kernel::{Result, Time};
use crate::{id, label};

id!(SlaTimerId);

/// Reminders after a breach (SL-8).
pub const MAX_REMINDERS: i64 = 3;
/// Business minutes between two reminders (SL-8).
pub const REMINDER_MINUTES: i64 = 60;

label! {
    /// What is promised.
    pub enum TimerKind {
        /// Somebody answers.
        Response = "response",
        /// Somebody is assigned.
        Arrangement = "arrangement",
        /// Somebody is there.
        Arrival = "arrival",
        /// It is solved.
        Resolution = "resolution",
    }
}

label! {
    /// How a promise stands.
    pub enum TimerStatus {
        /// Time counts.
        Running = "running",
        /// Time stands still.
        Paused = "paused",
        /// Kept.
        Met = "met",
        /// Broken, and stays so.
        Breached = "breached",
        /// Not to be kept any more.
        Cancelled = "cancelled",
    }
}

/// Time that does not count, `[from, to)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TimerPause {
    /// From.
    pub from: Time,
    /// To; null while it lasts.
    #[schema(required)]
    pub to: Option<Time>,
    /// Why: a hold reason, or `processed`.
    pub reason: WordCode,
}

/// One promise of one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaTimer {
    /// Identifier.
    pub id: SlaTimerId,
    /// The kind of record it belongs to, for example `service_request`.
    pub subject_type: WordCode,
    /// The record.
    pub subject_id: Uuid,
    /// What is promised.
    pub kind: TimerKind,
    /// The policy that promised it.
    pub policy_id: SlaPolicyId,
    /// The version of the policy that promised it.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub policy_version: i64,
    /// Within how many business minutes.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub target_minutes: i64,
    /// Percent of the target after which people are warned.
    #[schema(minimum = 0, maximum = 100)]
    pub warn_pct: i64,
    /// When counting began.
    pub started_at: Time,
    /// Until when, the instant itself included (SL-4): it is broken as soon as the instant has passed, and `breached_at` is
    /// the instant.
    pub due_at: Time,
    /// When people are warned.
    pub warn_at: Time,
    /// How it stands.
    pub status: TimerStatus,
    /// Since when time stands still.
    #[schema(required)]
    pub paused_at: Option<Time>,
    /// Business minutes that did not count, rounded down; a pause still lasting not included.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub paused_minutes: i64,
    /// The pauses themselves.
    #[schema(max_items = 10_000)]
    pub pauses: Vec<TimerPause>,
    /// When it was stopped.
    #[schema(required)]
    pub stopped_at: Option<Time>,
    /// Business minutes that counted until it was stopped, rounded down.
    #[schema(required, minimum = 0, maximum = 100_000_000)]
    pub elapsed_minutes: Option<i64>,
    /// When people were warned.
    #[schema(required)]
    pub warned_at: Option<Time>,
    /// When it was broken.
    #[schema(required)]
    pub breached_at: Option<Time>,
    /// Since when its due moments may fire: begun, continued or recomputed then (A24).
    pub armed_at: Time,
    /// Grows each time a stopped timer continues (SL-3a).
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub epoch: i64,
    /// Reminders sent after the breach.
    #[schema(minimum = 0, maximum = 3)]
    pub reminders_sent: i64,
    /// When the next reminder is due.
    #[schema(required)]
    pub next_reminder_at: Option<Time>,
}

/// What a new timer promises.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// The kind.
    pub kind: TimerKind,
    /// By which policy.
    pub policy_id: SlaPolicyId,
    /// By which version of it.
    pub policy_version: i64,
    /// Within how many business minutes.
    pub target_minutes: i64,
    /// Percent of the target after which people are warned.
    pub warn_pct: i64,
}

impl SlaTimer {
    /// Starts counting (SL-1).
    pub fn start(
        id: SlaTimerId,
        subject: (WordCode, Uuid),
        promise: Promise,
        from: Time,
        calendar: &dyn BusinessTime,
    ) -> Result<SlaTimer> {
        let mut timer = SlaTimer {
            id,
            subject_type: subject.0,
            subject_id: subject.1,
            kind: promise.kind,
            policy_id: promise.policy_id,
            policy_version: promise.policy_version,
            target_minutes: promise.target_minutes,
            warn_pct: promise.warn_pct,
            started_at: from,
            due_at: from,
            warn_at: from,
            status: TimerStatus::Running,
            paused_at: None,
            paused_minutes: 0,
            pauses: Vec::new(),
            stopped_at: None,
            elapsed_minutes: None,
            warned_at: None,
            breached_at: None,
            armed_at: from,
            epoch: 1,
            reminders_sent: 0,
            next_reminder_at: None,
        };
        timer.recompute(calendar)?;
        Ok(timer)
    }

    /// Whether it still has to be kept, in time or late.
    pub fn is_live(&self) -> bool {
        self.stopped_at.is_none() && self.status != TimerStatus::Cancelled
    }

    /// Whether it was kept or broken.
    pub fn is_judged(&self) -> bool {
        matches!(self.status, TimerStatus::Met | TimerStatus::Breached)
    }

    /// Whether time stands still.
    pub fn is_standing(&self) -> bool {
        self.paused_at.is_some()
    }

    /// Business minutes after which people are warned: `ceil(target × warn_pct / 100)` (SL-4).
    pub fn warn_minutes(&self) -> i64 {
        self.target_minutes
            .saturating_mul(self.warn_pct)
            .saturating_add(99)
            / 100
    }

    /// Lets time stand still (SL-3).
    pub fn pause(&mut self, at: Time, reason: &WordCode) {
        if !self.is_live() || self.is_standing() {
            return;
        }
        self.pauses.push(TimerPause {
            from: at,
            to: None,
            reason: reason.clone(),
        });
        self.paused_at = Some(at);
        self.next_reminder_at = None;
        if self.status == TimerStatus::Running {
            self.status = TimerStatus::Paused;
        }
    }

    /// Lets time count again; due moves by the business time that passed (SL-3).
    pub fn resume(&mut self, at: Time, calendar: &dyn BusinessTime) -> Result<()> {
        if self.paused_at.take().is_none() {
            return Ok(());
        }
        if let Some(open) = self.pauses.last_mut() {
            open.to = Some(at);
        }
        if self.status == TimerStatus::Paused {
            self.status = TimerStatus::Running;
        }
        self.armed_at = at;
        self.recompute(calendar)
    }

    /// Stops it: kept if in time, else it stays broken (SL-4). Whether it was kept just now.
    pub fn stop(&mut self, at: Time, calendar: &dyn BusinessTime) -> Result<bool> {
        if !self.is_live() {
            return Ok(false);
        }
        if self.paused_at.take().is_some()
            && let Some(open) = self.pauses.last_mut()
        {
            open.to = Some(at);
        }
        let was_standing = self.status == TimerStatus::Paused;
        self.stopped_at = Some(at);
        self.next_reminder_at = None;
        self.recount(calendar)?;
        self.elapsed_minutes = Some(self.elapsed_until(at, calendar)? / MINUTE);
        if self.status == TimerStatus::Breached {
            return Ok(false);
        }
        // A paused timer was in time when time stood still.
        let is_met = was_standing || at <= self.due_at;
        self.status = if is_met {
            TimerStatus::Met
        } else {
            TimerStatus::Breached
        };
        if !is_met {
            self.breached_at = Some(self.due_at);
        }
        Ok(is_met)
    }

    /// Continues a stopped timer; the time between did not count (SL-3a).
    pub fn reenter(&mut self, at: Time, reason: &WordCode, calendar: &dyn BusinessTime) -> Result<()> {
        let Some(stopped) = self.stopped_at.take() else {
            return Ok(());
        };
        self.pauses.push(TimerPause {
            from: stopped,
            to: Some(at),
            reason: reason.clone(),
        });
        self.elapsed_minutes = None;
        self.epoch += 1;
        self.armed_at = at;
        if self.status == TimerStatus::Met {
            self.status = TimerStatus::Running;
        }
        self.recompute(calendar)
    }

    /// Ends it without judging; a broken promise stays broken (A45(15)).
    pub fn cancel(&mut self, at: Time, calendar: &dyn BusinessTime) -> Result<()> {
        if !self.is_live() {
            return Ok(());
        }
        if self.status == TimerStatus::Breached {
            return self.stop(at, calendar).map(|_| ());
        }
        if self.paused_at.take().is_some()
            && let Some(open) = self.pauses.last_mut()
        {
            open.to = Some(at);
        }
        self.status = TimerStatus::Cancelled;
        self.stopped_at = Some(at);
        self.next_reminder_at = None;
        self.recount(calendar)
    }

    /// Promises something else from the original start (SL-5); a new due in the past breaks at once.
    pub fn retarget(&mut self, target_minutes: i64, at: Time, calendar: &dyn BusinessTime) -> Result<()> {
        if !self.is_live() || self.status == TimerStatus::Breached || self.target_minutes == target_minutes {
            return Ok(());
        }
        self.target_minutes = target_minutes;
        self.measure(at, calendar)
    }

    /// Promises by another policy, or another version of it, from the original start (SL-5). What was kept, broken or
    /// dropped stays as it was promised.
    pub fn repromise(&mut self, promise: Promise, at: Time, calendar: &dyn BusinessTime) -> Result<()> {
        if !self.is_live() || self.status == TimerStatus::Breached {
            return Ok(());
        }
        self.policy_id = promise.policy_id;
        self.policy_version = promise.policy_version;
        self.target_minutes = promise.target_minutes;
        self.warn_pct = promise.warn_pct;
        self.measure(at, calendar)
    }

    /// Counts by the calendar as it is now; a deadline that moves into the past breaks at once. Whether it moved.
    pub fn recount_by(&mut self, at: Time, calendar: &dyn BusinessTime) -> Result<bool> {
        if !self.is_live() || self.status == TimerStatus::Breached {
            return Ok(false);
        }
        let was = (self.due_at, self.warn_at);
        let armed = self.armed_at;
        self.measure(at, calendar)?;
        let has_moved = was != (self.due_at, self.warn_at);
        if !has_moved {
            self.armed_at = armed;
        }
        Ok(has_moved)
    }

    /// Lets the pauses of another promise of the same record count for this one too, which began with it.
    pub fn share_pauses(
        &mut self,
        pauses: Vec<TimerPause>,
        at: Time,
        calendar: &dyn BusinessTime,
    ) -> Result<()> {
        self.paused_at = pauses
            .last()
            .and_then(|last| last.to.is_none().then_some(last.from));
        self.pauses = pauses;
        if self.is_standing() {
            self.status = TimerStatus::Paused;
        }
        self.measure(at, calendar)
    }

    /// Measures it anew from now on; while time stands still only the moment it stopped counts.
    fn measure(&mut self, at: Time, calendar: &dyn BusinessTime) -> Result<()> {
        self.armed_at = at;
        self.recompute(calendar)?;
        if self.paused_at.is_some_and(|since| self.due_at < since) {
            self.breach(at, calendar)?;
        }
        Ok(())
    }

    /// Says that people were warned.
    pub fn warn(&mut self, at: Time) {
        self.warned_at = Some(at);
    }

    /// Breaks it at the instant given.
    pub fn breach(&mut self, at: Time, calendar: &dyn BusinessTime) -> Result<()> {
        self.status = TimerStatus::Breached;
        self.breached_at = Some(at);
        self.plan_reminder(calendar);
        Ok(())
    }

    /// Says that a reminder was sent, and plans the next (SL-8).
    pub fn remind(&mut self, calendar: &dyn BusinessTime) -> Result<()> {
        self.reminders_sent += 1;
        self.plan_reminder(calendar);
        Ok(())
    }

    /// Open milliseconds that counted until `at` (SL-2).
    pub fn elapsed_until(&self, at: Time, calendar: &dyn BusinessTime) -> Result<i64> {
        let mut counted = calendar.elapsed(self.started_at, at)?;
        for pause in &self.pauses {
            let to = pause.to.unwrap_or(at).min(at);
            if pause.from < to {
                counted -= calendar.elapsed(pause.from, to)?;
            }
        }
        Ok(counted)
    }

    fn plan_reminder(&mut self, calendar: &dyn BusinessTime) {
        let is_wanted = self.is_live() && !self.is_standing() && self.reminders_sent < MAX_REMINDERS;
        self.next_reminder_at = match self.breached_at {
            Some(since) if is_wanted => {
                let wait = (self.reminders_sent + 1) * REMINDER_MINUTES * MINUTE;
                // One the calendar does not reach is not sent; what is broken is broken all the same.
                due(calendar, since, wait, &self.pauses).ok()
            }
            _ => None,
        };
    }

    fn recompute(&mut self, calendar: &dyn BusinessTime) -> Result<()> {
        self.recount(calendar)?;
        if self.status == TimerStatus::Breached {
            self.plan_reminder(calendar);
            return Ok(());
        }
        let target = self.target_minutes.saturating_mul(MINUTE);
        self.due_at = due(calendar, self.started_at, target, &self.pauses)?;
        let warn = self.warn_minutes().saturating_mul(MINUTE);
        self.warn_at = due(calendar, self.started_at, warn, &self.pauses)?;
        Ok(())
    }

    fn recount(&mut self, calendar: &dyn BusinessTime) -> Result<()> {
        let mut paused = 0;
        for pause in &self.pauses {
            if let Some(to) = pause.to {
                paused += calendar.elapsed(pause.from, to)?;
            }
        }
        self.paused_minutes = paused / MINUTE;
        Ok(())
    }
}

/// The instant at which so many open milliseconds outside the pauses have passed (SL-3).
///
/// Pauses are in order and do not overlap; an open one has not begun to matter yet.
pub fn due(calendar: &dyn BusinessTime, from: Time, millis: i64, pauses: &[TimerPause]) -> Result<Time> {
    let (mut cursor, mut rest) = (from, millis);
    let mut due = calendar.add(cursor, rest)?;
    for pause in pauses {
        let Some(to) = pause.to else { break };
        if due <= pause.from {
            break;
        }
        if to > cursor {
            rest -= calendar.elapsed(cursor, pause.from.max(cursor))?;
            cursor = to;
            due = calendar.add(cursor, rest)?;
        }
    }
    Ok(due)
}
