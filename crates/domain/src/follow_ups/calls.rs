//! The calls themselves: what the agent notes, and where the customer's word leads (T17, T18, T19).

use serde_json::json;

use super::{
    CallAttempt, CallResult, FollowUp, FollowUpId, FollowUpResult, FollowUpStatus, INCONSISTENT_SATISFACTION,
    LogAttempt, MACHINE, REASONS_REQUIRED, RecordFollowUp, SELF_FOLLOW_UP, TOO_FEW_ATTEMPTS,
};
use crate::kernel::error::{NOT_FOUND, Place, VALIDATION_FAILED};
use crate::kernel::{Actor, Date, Error, Result, Stamp};
use crate::requests::enter::Return;
use crate::requests::finish::within_hours;
use crate::requests::gate::{ActionReason, explain, offered, permit, permitted, reason_of};
use crate::requests::{Context, Dossier, RequestStatus, Satisfaction};

/// Calls without an answer before a customer counts as unreachable, and on how many local days (T19).
const UNREACHABLE: (usize, usize) = (3, 2);

impl Dossier {
    /// Notes a call; after no answer the next one is due four hours later, in calling hours.
    ///
    /// Errors: `not_found`, and those of the gate.
    pub fn log_call(
        &mut self,
        id: FollowUpId,
        cmd: &LogAttempt,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.follow_up_gate(id, "log_attempt", at)?;
        let settings = ctx.settings;
        let wished = at
            .now
            .plus_minutes(settings.follow_up_retry_hours.saturating_mul(60));
        let (from, to) = settings.calling_hours;
        let call = self.follow_up_mut(id)?;
        if cmd.result == CallResult::NoAnswer {
            call.due_at = within_hours(wished, from, to, settings.zone);
        }
        call.attempts.push(CallAttempt {
            at: at.now,
            channel: cmd.channel.clone(),
            result: cmd.result,
            by: at.actor.user_id,
        });
        let status = self.request.status;
        let data = json!({"follow_up_id": id, "result": cmd.result});
        self.log("follow_up:log_attempt", status, None, data, at);
        self.settle(ctx, at)
    }

    /// Notes the customer's word: closes the request (T17, T19) or returns it to allocation (T18).
    ///
    /// Errors: `self_follow_up`, `reasons_required`, `too_few_attempts`, `inconsistent_satisfaction`.
    pub fn record_call(
        &mut self,
        id: FollowUpId,
        cmd: &RecordFollowUp,
        ctx: &mut Context<'_>,
        at: &Stamp,
    ) -> Result<()> {
        self.follow_up_gate(id, "record", at)?;
        if self.was_engineer(&at.actor) {
            return Err(SELF_FOLLOW_UP.error());
        }
        let zone = ctx.settings.zone;
        check(cmd, self.follow_up(id)?, zone)?;
        let call = self.follow_up_mut(id)?;
        call.status = match cmd.result {
            FollowUpResult::Satisfied => FollowUpStatus::Satisfied,
            FollowUpResult::Dissatisfied => FollowUpStatus::Dissatisfied,
            FollowUpResult::Unreachable => FollowUpStatus::Unreachable,
        };
        call.reasons = cmd.reasons.clone();
        call.scores = cmd.scores;
        call.suggestion = cmd.suggestion.clone();
        call.recorded_at = Some(at.now);
        call.recorded_by = at.actor.user_id;
        self.emit_of(
            "follow_up.recorded",
            "follow_up",
            id.0,
            json!({"result": cmd.result}),
            at,
        );
        match cmd.result {
            FollowUpResult::Satisfied => {
                if let Some(last) = self.attempts.last_mut() {
                    last.accepted = Some(true);
                }
                self.request.satisfaction = Some(Satisfaction::Satisfied);
                self.close(ctx, at);
            }
            FollowUpResult::Unreachable => {
                self.request.satisfaction = Some(Satisfaction::Unknown);
                self.close(ctx, at);
            }
            FollowUpResult::Dissatisfied => {
                self.request.satisfaction = Some(Satisfaction::Dissatisfied);
                self.reject_last_attempt();
                self.reenter_promises(ctx, at)?;
                self.emit("service_request.dissatisfied", at);
                self.enter(Return::Dissatisfied, ctx, at)?;
            }
        }
        let comment = cmd.comment.as_ref().map(|comment| comment.to_string());
        let action = format!("follow_up:{}", cmd.result);
        self.log(
            &action,
            RequestStatus::Processed,
            comment,
            json!({"follow_up_id": id}),
            at,
        );
        self.settle(ctx, at)
    }

    /// The actions open to the caller on a follow-up (A33).
    pub fn follow_up_allowed_actions(&self, id: FollowUpId, actor: &Actor) -> Vec<&'static str> {
        let Ok(call) = self.follow_up(id) else {
            return Vec::new();
        };
        let is_locked = self.request.status == RequestStatus::Locked;
        permitted(&MACHINE, call.status.as_str(), actor, is_locked).collect()
    }

    /// Every action on a follow-up, and why it is not open (A33).
    pub fn follow_up_action_reasons(&self, id: FollowUpId, actor: &Actor) -> Vec<ActionReason> {
        offered(&MACHINE)
            .map(|action| reason_of(action, self.follow_up_offer(id, action, actor)))
            .collect()
    }

    /// One follow-up of the request.
    ///
    /// Errors: `not_found`.
    pub fn follow_up(&self, id: FollowUpId) -> Result<&FollowUp> {
        self.follow_ups
            .iter()
            .find(|call| call.id == id)
            .ok_or_else(|| NOT_FOUND.error())
    }

    fn follow_up_mut(&mut self, id: FollowUpId) -> Result<&mut FollowUp> {
        self.follow_ups
            .iter_mut()
            .find(|call| call.id == id)
            .ok_or_else(|| NOT_FOUND.error())
    }

    fn follow_up_gate(&self, id: FollowUpId, action: &str, at: &Stamp) -> Result<()> {
        self.follow_up_offer(id, action, &at.actor).map_err(|error| {
            let status = self.follow_up(id).map_or("", |call| call.status.as_str());
            explain(
                error,
                status,
                action,
                &self.follow_up_allowed_actions(id, &at.actor),
            )
        })
    }

    fn follow_up_offer(&self, id: FollowUpId, action: &str, actor: &Actor) -> Result<()> {
        let call = self.follow_up(id)?;
        let is_locked = self.request.status == RequestStatus::Locked;
        permit(&MACHINE, call.status.as_str(), action, actor, is_locked)
    }
}

fn check(cmd: &RecordFollowUp, call: &FollowUp, zone: chrono_tz::Tz) -> Result<()> {
    let mut wrong = Vec::new();
    let pointer = |text: &str| Place::Pointer(text.to_owned());
    if let Some(scores) = cmd.scores {
        let marks = [
            scores.speed,
            scores.quality,
            scores.attitude,
            scores.price,
            scores.overall,
        ];
        if marks.into_iter().flatten().any(|mark| !(1..=5).contains(&mark)) {
            wrong.push(VALIDATION_FAILED.violation(pointer("#/scores")));
        }
    }
    let overall = cmd.scores.and_then(|scores| scores.overall);
    match cmd.result {
        FollowUpResult::Satisfied if overall.is_some_and(|mark| mark <= 2) => {
            wrong.push(INCONSISTENT_SATISFACTION.violation(pointer("#/scores/overall")));
        }
        FollowUpResult::Dissatisfied if cmd.reasons.is_empty() => {
            wrong.push(REASONS_REQUIRED.violation(pointer("#/reasons")));
        }
        FollowUpResult::Unreachable if !is_unreachable(call, zone) => {
            wrong.push(TOO_FEW_ATTEMPTS.violation(pointer("#/result")));
        }
        _ => {}
    }
    Error::all(wrong)
}

fn is_unreachable(call: &FollowUp, zone: chrono_tz::Tz) -> bool {
    let mut days: Vec<Date> = call
        .attempts
        .iter()
        .filter(|attempt| attempt.result != CallResult::Answered)
        .map(|attempt| attempt.at.date_in(zone))
        .collect();
    let calls = days.len();
    days.sort_unstable();
    days.dedup();
    calls >= UNREACHABLE.0 && days.len() >= UNREACHABLE.1
}
