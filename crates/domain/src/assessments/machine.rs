//! The assessment's table (domain.md 3.23), and the actions it lets through.

use serde_json::json;

use super::document::{
    AdjustAssessment, Adjustment, Appeal, AssessmentEvidence, AssessmentEvidenceId, AssessmentReason,
    AssessmentStatus, DecideAppeal, OutletAssessment, OutletAssessmentId,
};
use super::schemes::{AssessmentScheme, SchemePeriod};
use super::tally::{Band, Line, TallyEvidence, total};
use super::{PERIOD_MISMATCH, PERIOD_OPEN, TOO_LATE, UNKNOWN_LINE};
use crate::kernel::error::{NOT_FOUND, OUT_OF_RANGE};
use crate::kernel::machine::{Actions, Machine, Section, Transition, holders};
use crate::kernel::period::next_month;
use crate::kernel::text::{Label64, WordCode};
use crate::kernel::{Actor, Date, Event, Figure, Meta, Period, Result, Role, RoleSet, Stamp};
use crate::outlets::machine::READERS;
use crate::permissions;
use crate::requests::OutletId;
use crate::requests::gate::{ActionReason, Gate};
use crate::service_agreements::SELF_APPROVAL;

/// How many milliseconds an outlet may appeal.
const APPEAL: i64 = 7 * 86_400_000;
/// How many days a one-star outlet has to put things right.
const RECTIFICATION_DAYS: i64 = 30;

const SUPERVISORS: RoleSet = RoleSet::of(&[Role::Supervisor, Role::ServiceManager]);
const MANAGER: RoleSet = RoleSet::of(&[Role::ServiceManager]);
const OUTLET: RoleSet = RoleSet::of(&[Role::OutletManager]);

const SECTION: Section = Section("3.23");

/// The rows of domain.md 3.23.
pub const ROWS: &[Transition] = &[
    SECTION.row(
        &[],
        "generate",
        SUPERVISORS,
        &["draft"],
        "the period is over; once per outlet and period",
    ),
    SECTION.row(
        &["draft"],
        "adjust",
        SUPERVISORS,
        &["draft"],
        "reason; every adjustment is kept",
    ),
    SECTION.row(&["draft"], "submit", SUPERVISORS, &["submitted"], ""),
    SECTION.row(
        &["submitted"],
        "approve",
        MANAGER,
        &["approved"],
        "not who submitted it; stars hold from next month",
    ),
    SECTION.row(
        &["submitted"],
        "reject",
        MANAGER,
        &["draft"],
        "not who submitted it; reason",
    ),
    SECTION.row(
        &["approved"],
        "appeal",
        OUTLET,
        &["appealed"],
        "own outlet; within 7 days; once",
    ),
    SECTION.row(
        &["appealed"],
        "decide",
        MANAGER,
        &["approved"],
        "a change is a new revision",
    ),
];

/// The assessment's machine.
pub static MACHINE: Machine = Machine {
    name: "outlet_assessment",
    states: &["draft", "submitted", "approved", "appealed"],
    finals: &[],
    rows: ROWS,
    actions: Actions::new(),
};

impl OutletAssessment {
    /// Counts a period that is over.
    ///
    /// Errors: `period_open`, `period_mismatch`.
    pub fn generate(
        outlet_id: OutletId,
        period: &Period,
        scheme: &AssessmentScheme,
        (counted, told): (&[TallyEvidence], Vec<TallyEvidence>),
        digest: fn(&str) -> Result<Label64>,
        at: &Stamp,
        today: Date,
    ) -> Result<OutletAssessment> {
        if !period.is_over(today) {
            return Err(PERIOD_OPEN.at("#/period"));
        }
        let is_quarter = scheme.period == SchemePeriod::Quarter;
        if is_quarter != (period.months() == 3) {
            return Err(PERIOD_MISMATCH.at("#/period"));
        }
        let facts: Vec<TallyEvidence> = counted.iter().chain(&told).cloned().collect();
        let tally = scheme.tally(outlet_id, period, &facts);
        Ok(OutletAssessment {
            id: OutletAssessmentId::next(at),
            outlet_id,
            period: period.clone(),
            scheme_id: scheme.id,
            revision: 1,
            score: tally.score,
            band: tally.band,
            content_hash: digest(&tally.canonical())?,
            tally,
            told,
            adjustments: Vec::new(),
            status: AssessmentStatus::Draft,
            proposes_suspension: false,
            rectification_due: None,
            valid_from: None,
            submitted_by: None,
            approved_by: None,
            approved_at: None,
            status_reason: None,
            appeal: None,
            meta: Meta::new(at),
        })
    }

    /// Takes the records its lines rest on out of it: they are kept and read by themselves.
    pub fn take_evidence(&mut self, at: &Stamp) -> Vec<AssessmentEvidence> {
        let mut all = Vec::new();
        for line in &mut self.tally.lines {
            let indicator = line.indicator.clone();
            let taken = std::mem::take(&mut line.evidence).into_iter();
            all.extend(taken.map(|evidence| AssessmentEvidence {
                id: AssessmentEvidenceId::next(at),
                assessment_id: self.id,
                indicator: indicator.clone(),
                fact: evidence.fact,
                resource: evidence.resource,
                record_id: evidence.id,
                amount: evidence.amount,
            }));
        }
        all
    }

    /// The actions open to the caller now.
    pub fn allowed_actions(&self, at: &Stamp) -> Vec<&'static str> {
        self.gate(&at.actor, at).open()
    }

    /// Every action, and why it is not open.
    pub fn action_reasons(&self, at: &Stamp) -> Vec<ActionReason> {
        self.gate(&at.actor, at).reasons()
    }

    /// Changes one line by hand; what the rules gave stays readable.
    ///
    /// Errors: `invalid_transition`, `unknown_line`, `out_of_range`.
    pub fn adjust(&mut self, cmd: &AdjustAssessment, at: &Stamp) -> Result<()> {
        self.pass("adjust", at)?;
        self.change(cmd, "#", at)
    }

    /// Hands it in.
    ///
    /// Errors: `invalid_transition`.
    pub fn submit(&mut self, at: &Stamp) -> Result<()> {
        self.pass("submit", at)?;
        self.status = AssessmentStatus::Submitted;
        self.submitted_by = at.actor.user_id;
        self.status_reason = None;
        Ok(())
    }

    /// Lets stars and coefficient hold from the next month on; `before` is the band of the period before.
    ///
    /// Errors: `invalid_transition`, `self_approval`.
    pub fn approve(&mut self, before: Option<Band>, today: Date, at: &Stamp) -> Result<Event> {
        self.pass("approve", at)?;
        self.approved_by = at.actor.user_id;
        self.approved_at = Some(at.now);
        self.settle(before, today);
        Ok(self.told(at))
    }

    /// Sends it back.
    ///
    /// Errors: `invalid_transition`, `self_approval`.
    pub fn reject(&mut self, cmd: &AssessmentReason, at: &Stamp) -> Result<()> {
        self.pass("reject", at)?;
        self.status = AssessmentStatus::Draft;
        self.status_reason = Some(cmd.reason.clone());
        Ok(())
    }

    /// The outlet does not agree.
    ///
    /// Errors: `invalid_transition`, `too_late`; `not_found` for another outlet.
    pub fn appeal(&mut self, cmd: &AssessmentReason, at: &Stamp) -> Result<()> {
        self.pass("appeal", at)?;
        self.status = AssessmentStatus::Appealed;
        self.appeal = Some(Appeal {
            reason: cmd.reason.clone(),
            by: at.actor.user_id,
            at: at.now,
            is_granted: None,
            answer: None,
        });
        Ok(())
    }

    /// Answers the appeal; changes make a new revision.
    ///
    /// Errors: `invalid_transition`, `unknown_line`, `out_of_range`.
    pub fn decide(
        &mut self,
        cmd: &DecideAppeal,
        before: Option<Band>,
        today: Date,
        at: &Stamp,
    ) -> Result<Event> {
        self.pass("decide", at)?;
        for (index, change) in cmd.changes.iter().enumerate() {
            self.change(change, &format!("#/changes/{index}"), at)?;
        }
        let is_granted = !cmd.changes.is_empty();
        if is_granted {
            self.revision = self.revision.saturating_add(1);
        }
        if let Some(appeal) = &mut self.appeal {
            appeal.is_granted = Some(is_granted);
            appeal.answer = Some(cmd.answer.clone());
        }
        self.settle(before, today);
        Ok(self.told(at))
    }

    /// The lines as they stand after every adjustment.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = self.tally.lines.clone();
        for change in &self.adjustments {
            if let Some(line) = lines.iter_mut().find(|line| line.indicator == change.indicator) {
                line.points = change.to;
            }
        }
        lines
    }

    /// Refuses an indicator it has no line of, in a question about its evidence.
    ///
    /// Errors: `unknown_line`.
    pub fn check_line(&self, indicator: Option<&WordCode>) -> Result<()> {
        let is_known = |asked: &WordCode| self.tally.lines.iter().any(|line| line.indicator == *asked);
        match indicator.is_none_or(is_known) {
            true => Ok(()),
            false => Err(UNKNOWN_LINE.parameter("indicator")),
        }
    }

    fn settle(&mut self, before: Option<Band>, today: Date) {
        self.proposes_suspension = self.band.proposes_suspension(before);
        self.status = AssessmentStatus::Approved;
        self.rectification_due = (self.band.star == Some(1)).then(|| today.plus_days(RECTIFICATION_DAYS));
        let from = self.band.star.and_then(|_| next_month(today));
        self.valid_from = self.valid_from.or(from);
    }

    fn change(&mut self, cmd: &AdjustAssessment, place: &str, at: &Stamp) -> Result<()> {
        let lines = self.lines();
        let Some(line) = lines.iter().find(|line| line.indicator == cmd.indicator) else {
            return Err(UNKNOWN_LINE.at(&format!("{place}/indicator")));
        };
        if cmd.points < Figure::ZERO || cmd.points > line.weight {
            return Err(OUT_OF_RANGE.at(&format!("{place}/points")));
        }
        self.adjustments.push(Adjustment {
            indicator: cmd.indicator.clone(),
            from: line.points,
            to: cmd.points.rounded(2),
            reason: cmd.reason.clone(),
            by: at.actor.user_id,
            at: at.now,
        });
        self.score = total(&self.lines());
        if self.tally.unrated.is_none() {
            self.band = Band::of(self.score);
        }
        Ok(())
    }

    /// The document at the gate.
    fn gate<'a>(&'a self, actor: &'a Actor, at: &'a Stamp) -> Gate<'a, impl Fn(&str) -> Result<()> + 'a> {
        Gate {
            machine: &MACHINE,
            state: self.status.as_str(),
            actor,
            guard: move |action: &str| self.guard(action, actor, at),
        }
    }

    fn pass(&self, action: &str, at: &Stamp) -> Result<()> {
        self.gate(&at.actor, at).let_through(action)
    }

    fn guard(&self, action: &str, actor: &Actor, at: &Stamp) -> Result<()> {
        let is_submitter = actor.user_id.is_some() && actor.user_id == self.submitted_by;
        let is_late = |since| at.now.millis_since(since) > APPEAL;
        match action {
            _ if actor.is_system => Ok(()),
            "approve" | "reject" if is_submitter => Err(SELF_APPROVAL.error()),
            "appeal" if actor.roles.has(Role::OutletManager) && actor.outlet_id != Some(self.outlet_id.0) => {
                Err(NOT_FOUND.error())
            }
            "appeal" if self.appeal.is_some() || self.approved_at.is_none_or(is_late) => {
                Err(TOO_LATE.error())
            }
            _ => Ok(()),
        }
    }

    /// What whoever suspends outlets should hear, if there is reason to.
    pub fn proposal(&self, at: &Stamp) -> Option<Event> {
        self.proposes_suspension.then(|| Event {
            kind: "outlet.suspension_proposed",
            resource: "service_outlet",
            resource_id: self.outlet_id.0,
            at: at.now,
            data: json!({"assessment_id": self.id, "period": self.period}),
        })
    }

    fn told(&self, at: &Stamp) -> Event {
        Event {
            kind: "outlet_assessment.approved",
            resource: "outlet_assessment",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"outlet_id": self.outlet_id, "period": self.period, "score": self.score,
                "star": self.band.star, "revision": self.revision}),
        }
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "outlets, assessment") -------------------------------------

permissions! {
    Read = "outlet_assessments:read" for READERS;
    Generate = "outlet_assessments:generate" for holders(ROWS, "generate");
    Adjust = "outlet_assessments:adjust" for holders(ROWS, "adjust");
    Submit = "outlet_assessments:submit" for holders(ROWS, "submit");
    Approve = "outlet_assessments:approve" for holders(ROWS, "approve");
    Reject = "outlet_assessments:reject" for holders(ROWS, "reject");
    Appeal = "outlet_assessments:appeal" for holders(ROWS, "appeal");
    Decide = "outlet_assessments:decide" for holders(ROWS, "decide");
}
