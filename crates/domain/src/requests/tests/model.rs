//! A second, much smaller telling of the loop: states, dates and counters only, every calendar always open.
//!
//! It shares no code with the rules; the random lives compare the two after every step.

use crate::requests::RequestStatus::{self, *};

pub const MINUTE: i64 = 60_000;

/// The order in hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub state: &'static str,
    is_depot: bool,
    is_successor: bool,
    born: i64,
}

impl Job {
    fn is_working(&self) -> bool {
        matches!(self.state, "on_site" | "in_progress")
    }
}

/// What somebody tries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    Assign(Option<i64>),
    Accept,
    Arrive,
    Start,
    Resolved,
    Unresolved,
    NoAccess,
    NeedsDepot,
    Refuse,
    CancelOrder,
    Hold(Option<i64>),
    Resume(Option<i64>),
    Reassign,
    Unassign,
    Release(i64),
    Resolve,
    Contact,
    Satisfied,
    Dissatisfied,
    Verify,
    Reject,
    Correct,
    Reopen,
    Cancel,
    Reschedule(Option<i64>, Option<i64>),
    WaitParts,
    ResumeOrder,
    Reclassify,
    Read,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub status: RequestStatus,
    pub held_from: RequestStatus,
    resume_at: Option<i64>,
    pub unresolved: i64,
    pub cycle: i64,
    pub locks: i64,
    pub missed: i64,
    pub reopened: i64,
    required: Option<i64>,
    solve: Option<i64>,
    pub assign_due: Option<i64>,
    pub solve_due: Option<i64>,
    pub job: Option<Job>,
    last_done: Option<i64>,
    pub is_overdue: bool,
    verification: &'static str,
    closed_at: i64,
    changed: i64,
}

impl Model {
    pub fn new(now: i64, required: Option<i64>, solve: Option<i64>) -> Model {
        let solve = solve.or(required);
        Model {
            status: PendingAssignment,
            held_from: PendingAssignment,
            resume_at: None,
            unresolved: 0,
            cycle: 1,
            locks: 0,
            missed: 0,
            reopened: 0,
            required,
            solve,
            assign_due: Some(required.or(solve).unwrap_or(now + 480 * MINUTE)),
            solve_due: solve,
            job: None,
            last_done: None,
            is_overdue: false,
            verification: "",
            closed_at: 0,
            changed: now,
        }
    }

    /// Lets the clock act until `now`.
    pub fn advance(&mut self, now: i64) {
        while let Some((when, _, what, due)) = self.moments().into_iter().filter(|m| m.0 <= now).min() {
            let at = due.max(self.changed);
            assert!(at <= when);
            self.changed = at;
            match what {
                "resume" => self.go_on(),
                "lock" => self.lock(),
                "overdue" => self.is_overdue = true,
                "missed" => {
                    self.missed += 1;
                    self.drop_job();
                    self.enter(at, false);
                }
                _ => {
                    self.drop_job();
                    self.enter(at, false);
                }
            }
        }
    }

    fn moments(&self) -> Vec<(i64, u8, &'static str, i64)> {
        let mut found = Vec::new();
        let mut add = |rank, what, due: i64, strict: i64| {
            found.push(((due + strict).max(self.changed), rank, what, due));
        };
        if let (OnHold, Some(end)) = (self.status, self.resume_at) {
            add(0, "resume", end, 0);
        }
        if let (PendingAssignment, Some(due)) = (self.status, self.assign_due) {
            add(1, "lock", due, 1);
        }
        let (Assigned, Some(job)) = (self.status, &self.job) else {
            return found;
        };
        if let Some(due) = self.solve_due {
            let is_exempt = job.is_depot && job.is_successor && job.born > due;
            if job.is_working() && !self.is_overdue {
                add(2, "overdue", due, 1);
            } else if !job.is_working() && !is_exempt {
                add(2, "missed", due, 1);
            }
        }
        if job.state == "dispatched" {
            add(4, "refused", job.born + 60 * MINUTE, 0);
        }
        found
    }

    /// Tries something at `now`; whether it is allowed to the service manager.
    pub fn try_op(&mut self, op: Op, now: i64) -> bool {
        self.advance(now);
        let mut next = self.clone();
        if !next.apply(op, now) {
            return false;
        }
        if op != Op::Read {
            next.changed = now;
        }
        next.advance(now);
        *self = next;
        true
    }

    fn apply(&mut self, op: Op, now: i64) -> bool {
        let job = self.job.as_ref().map_or("", |job| job.state);
        let is_working = self.job.as_ref().is_some_and(Job::is_working);
        let is_depot = self.job.as_ref().is_some_and(|job| job.is_depot);
        match (op, self.status) {
            (Op::Read, _) => {}
            (Op::Assign(date), PendingAssignment | Locked) => {
                if self.status == Locked {
                    self.cycle += 1;
                    self.solve_due = None;
                }
                if let Some(date) = date {
                    (self.solve, self.solve_due) = (Some(date), Some(date));
                } else if self.solve_due.is_none() && self.cycle > 1 {
                    self.solve_due = self.solve.map(|known| known.max(now + 480 * MINUTE));
                } else if self.solve_due.is_none() {
                    self.solve_due = self.solve;
                }
                self.status = Assigned;
                self.is_overdue = false;
                self.job = Some(Job {
                    state: "dispatched",
                    is_depot: false,
                    is_successor: false,
                    born: now,
                });
            }
            (Op::Accept, Assigned | OnHold) if job == "dispatched" => self.set_job("accepted"),
            (Op::Arrive, Assigned | OnHold) if job == "accepted" => self.set_job("on_site"),
            (Op::Start, Assigned | OnHold) if job == "on_site" || (job == "accepted" && is_depot) => {
                self.set_job("in_progress");
            }
            (Op::Resolved, Assigned) if is_working => {
                self.done();
                self.solved();
            }
            (Op::Unresolved, Assigned) if is_working => {
                self.done();
                self.unresolved += 1;
                self.enter(now, false);
            }
            (Op::NoAccess | Op::NeedsDepot, Assigned) if is_working => {
                let is_depot = is_depot || op == Op::NeedsDepot;
                self.job = Some(Job {
                    state: "accepted",
                    is_depot,
                    is_successor: true,
                    born: now,
                });
            }
            (Op::Refuse, Assigned) if job == "dispatched" => {
                self.drop_job();
                self.enter(now, false);
            }
            (Op::CancelOrder, Assigned) if job != "waiting_parts" => {
                self.drop_job();
                self.enter(now, false);
            }
            (Op::Hold(until), PendingAssignment | Assigned) if !is_working => {
                (self.held_from, self.status, self.resume_at) = (self.status, OnHold, until);
            }
            (Op::Resume(date), OnHold) => {
                self.take(date, None);
                self.go_on();
            }
            (Op::Reassign, Assigned) if !is_working => {
                self.job = Some(Job {
                    state: "dispatched",
                    is_successor: false,
                    is_depot,
                    born: now,
                });
            }
            (Op::Unassign, Assigned) if !is_working => {
                self.drop_job();
                self.enter(now, false);
            }
            (Op::Release(date), Locked) => {
                self.enter(now, true);
                (self.required, self.assign_due) = (Some(date), Some(date));
                self.solve = self.solve.map(|known| known.max(date));
            }
            (Op::Resolve, Locked) | (Op::Contact, PendingAssignment) => self.solved(),
            (Op::Satisfied, Processed) => {
                self.closed_at = now;
                self.status = if self.verification == "verified" {
                    Archived
                } else {
                    Closed
                };
            }
            (Op::Dissatisfied, Processed) => {
                self.unresolved += 1;
                self.enter(now, false);
            }
            (Op::Verify, Processed | Closed) if self.verification == "pending" => {
                self.verification = "verified";
                if self.status == Closed {
                    self.status = Archived;
                }
            }
            (Op::Reject, Processed | Closed) if self.verification == "pending" => {
                self.verification = "rejected";
            }
            (Op::Correct, Processed | Closed)
                if self.verification != "verified" && self.last_done == Some(self.cycle) =>
            {
                self.verification = "pending";
            }
            (Op::Reopen, Closed | Archived) if now - self.closed_at <= 30 * 24 * 60 * MINUTE => {
                self.unresolved += 1;
                self.reopened += 1;
                self.enter(now, false);
            }
            (Op::Cancel, PendingAssignment | OnHold | Assigned | Locked) => {
                self.drop_job();
                self.is_overdue = false;
                self.status = Cancelled;
            }
            (Op::Reschedule(required, solve), PendingAssignment | OnHold | Assigned) => {
                let floor = required.or(self.required);
                if solve.zip(floor).is_some_and(|(end, start)| end < start) {
                    return false;
                }
                self.take(required, solve);
            }
            (Op::WaitParts, Assigned) if job == "in_progress" => {
                self.set_job("waiting_parts");
                (self.held_from, self.status, self.resume_at) = (Assigned, OnHold, None);
            }
            (Op::ResumeOrder, OnHold) if job == "waiting_parts" => self.go_on(),
            (Op::Reclassify, status) => return status.is_open(),
            _ => return false,
        }
        true
    }

    fn take(&mut self, required: Option<i64>, solve: Option<i64>) {
        let lifted = required.filter(|date| self.solve.is_some_and(|known| known < *date));
        let solve = solve.or(lifted);
        self.required = required.or(self.required);
        if solve.is_some() {
            (self.solve, self.solve_due, self.is_overdue) = (solve, solve, false);
        }
        let footing = if self.status == OnHold {
            self.held_from
        } else {
            self.status
        };
        if footing == PendingAssignment {
            let first = if self.cycle == 1 && self.required.is_none() {
                solve
            } else {
                None
            };
            self.assign_due = required.or(first).or(self.assign_due);
        }
    }

    fn go_on(&mut self) {
        self.status = self.held_from;
        if self.job.as_ref().is_some_and(|job| job.state == "waiting_parts") {
            self.set_job("in_progress");
        }
    }

    fn set_job(&mut self, state: &'static str) {
        if let Some(job) = &mut self.job {
            job.state = state;
        }
    }

    fn done(&mut self) {
        self.job = None;
        self.last_done = Some(self.cycle);
    }

    fn drop_job(&mut self) {
        if self.job.take().is_some() {
            self.last_done = None;
        }
    }

    fn solved(&mut self) {
        self.status = Processed;
        self.verification = "pending";
    }

    fn lock(&mut self) {
        self.status = Locked;
        self.locks += 1;
    }

    fn enter(&mut self, at: i64, is_release: bool) {
        self.is_overdue = false;
        self.verification = "";
        self.solve_due = None;
        if self.unresolved >= 2 && !is_release {
            return self.lock();
        }
        self.status = PendingAssignment;
        self.cycle += 1;
        let fresh = at + 240 * MINUTE;
        self.assign_due = Some(self.required.map_or(fresh, |date| date.max(fresh)));
    }
}
