//! Rosters: shifts of many days made by a rule, in force once somebody else approved them (EN-4, R-104).

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    PatrolTeam, ROSTER_EMPTY, ROSTER_FIXED, ROSTER_TOO_LARGE, ROSTER_TOO_LONG, Shift, ShiftId, ShiftTemplate,
    ShiftTemplateId,
};
use crate::approvals::{self, ALREADY_BEGUN, Approval, ApprovalStatus};
use crate::engineers::{Engineer, EngineerStatus, KEEPERS, READERS};
use crate::kernel::error::{DATE_IN_PAST, DATE_ORDER};
use crate::kernel::machine::{Actions, Machine, Transition, holders};
use crate::kernel::text::Reason;
use crate::kernel::{Actor, Csv, Date, Meta, Result, Role, RoleSet, Stamp};
use crate::requests::EngineerId;
use crate::requests::gate::{ActionReason, Gate};
use crate::{id, permissions};

id!(RosterId);

/// The longest roster.
const MOST_DAYS: i64 = 92;
/// The largest one.
const MOST_SHIFTS: usize = 5_000;
const APPROVERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager, Role::Supervisor]);

/// A roster: the shifts of many days.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = RosterRecord)]
pub struct Roster {
    /// Machine identifier.
    pub id: RosterId,
    /// Its first day.
    pub from: Date,
    /// Its last day, included.
    pub to: Date,
    /// The hours it was made of.
    pub shift_template_id: ShiftTemplateId,
    /// Where it stands.
    #[serde(flatten)]
    pub approval: Approval,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Makes a roster: groups A and B take turns by ISO week, even A, odd B; who is in no group works every week.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"teams": ["A", "B"], "from": "2026-12-01", "to": "2026-12-31",
    "engineer_ids": ["0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"]}))]
pub struct GenerateRoster {
    /// The groups.
    #[serde(default = "both_teams")]
    #[schema(min_items = 1, max_items = 2)]
    pub teams: Vec<PatrolTeam>,
    /// Its first day; not before today.
    pub from: Date,
    /// Its last day, included; at most 92 days.
    pub to: Date,
    /// The hours; an active template, that of the patrol if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub shift_template_id: Option<ShiftTemplateId>,
    /// Its engineers; every active one of the groups if absent.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub engineer_ids: Vec<EngineerId>,
    /// Shows the shifts and keeps nothing.
    #[serde(default)]
    pub dry_run: bool,
}

fn both_teams() -> Vec<PatrolTeam> {
    PatrolTeam::ALL.to_vec()
}

/// Says why a roster is rejected or cancelled.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "国庆期间人手不足"}))]
pub struct RosterReason {
    /// Why.
    pub reason: Reason,
}

/// Narrows a list of rosters; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct RosterFilter {
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<ApprovalStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<ApprovalStatus>>,
    /// Holding on this day.
    #[param(nullable = false)]
    pub on: Option<Date>,
}

/// Whose turn it is in the ISO week of a day (EN-4).
pub fn team_on(day: Date) -> PatrolTeam {
    let (_, week) = day.iso_week();
    if week % 2 == 0 {
        PatrolTeam::A
    } else {
        PatrolTeam::B
    }
}

impl Roster {
    /// A draft with its shifts; those that would overlap are refused, all or none.
    ///
    /// Errors: `date_in_past`, `date_order`, `roster_too_long`, `roster_too_large`, `roster_empty`, `shift_overlap`.
    pub fn generate(
        cmd: &GenerateRoster,
        template: &ShiftTemplate,
        engineers: &[Engineer],
        others: &[Shift],
        zone: Tz,
        at: &Stamp,
    ) -> Result<(Roster, Vec<Shift>)> {
        cmd.check(at.now.date_in(zone))?;
        let roster = Roster {
            id: RosterId::next(at),
            from: cmd.from,
            to: cmd.to,
            shift_template_id: template.id,
            approval: Approval::default(),
            meta: Meta::new(at),
        };
        let mut shifts: Vec<Shift> = Vec::new();
        for engineer in engineers.iter().filter(|engineer| cmd.is_for(engineer)) {
            let team = engineer.profile.team;
            let mut his: Vec<Shift> = others
                .iter()
                .filter(|other| other.engineer_id == engineer.id)
                .cloned()
                .collect();
            let mut day = cmd.from;
            while day <= cmd.to {
                let is_his_turn = team.is_none_or(|team| team == team_on(day));
                if let Some(mut hours) = template.shift_on(day).filter(|_| is_his_turn) {
                    hours.team = team;
                    let mut shift = Shift::add(engineer.id, hours, &his, zone, at)?;
                    shift.roster_id = Some(roster.id);
                    his.push(shift.clone());
                    shifts.push(shift);
                }
                day = day.plus_days(1);
            }
            if shifts.len() > MOST_SHIFTS {
                return Err(ROSTER_TOO_LARGE.at("#/to"));
            }
        }
        if shifts.is_empty() {
            return Err(ROSTER_EMPTY.at("#/teams"));
        }
        Ok((roster, shifts))
    }

    /// Takes an action: `submit`, `withdraw`, `approve`, `reject`, `revise`, `discard`, or `cancel` before it begins.
    /// Whoever keeps it removes the shifts of one that was discarded or cancelled.
    ///
    /// Errors: `invalid_transition`, `self_approval`, `not_the_author`; `already_begun` to cancel what has begun.
    pub fn act(&mut self, action: &str, reason: Option<&Reason>, today: Date, at: &Stamp) -> Result<()> {
        self.gate(today, &at.actor).let_through(action)?;
        self.approval.take(action, reason, at);
        Ok(())
    }

    /// The actions open to the caller now.
    pub fn allowed_actions(&self, today: Date, actor: &Actor) -> Vec<&'static str> {
        self.gate(today, actor).open()
    }

    /// Every action, and why it is not open.
    pub fn action_reasons(&self, today: Date, actor: &Actor) -> Vec<ActionReason> {
        self.gate(today, actor).reasons()
    }

    fn gate<'a>(&'a self, today: Date, actor: &'a Actor) -> Gate<'a, impl Fn(&str) -> Result<()> + 'a> {
        let before_it_begins = move |action: &str| match action {
            "cancel" if self.from <= today => Err(ALREADY_BEGUN.error()),
            _ => Ok(()),
        };
        self.approval
            .gate(&MACHINE, self.meta.created_by, actor, before_it_begins)
    }

    /// Whether its shifts may be changed one by one: not while somebody judges them.
    ///
    /// Errors: `roster_fixed`.
    pub fn is_loose(&self) -> Result<()> {
        match self.approval.status {
            ApprovalStatus::Submitted => Err(ROSTER_FIXED.error()),
            _ => Ok(()),
        }
    }

    /// Whether its shifts are taken away with the action that led here.
    pub fn is_gone(&self) -> bool {
        self.approval.status == ApprovalStatus::Cancelled
    }

    /// Those of the shifts that count: what came with a roster counts once it is approved.
    pub fn in_force<'a>(shifts: &'a [Shift], approved: &[RosterId]) -> Vec<&'a Shift> {
        let counts = |shift: &&Shift| shift.roster_id.is_none_or(|id| approved.contains(&id));
        shifts.iter().filter(counts).collect()
    }

    /// The shifts an approved leave of these days takes away (EN-1).
    pub fn taken_away(shifts: &[Shift], engineer: EngineerId, from: Date, to: Date) -> Vec<ShiftId> {
        let is_within =
            |shift: &&Shift| shift.engineer_id == engineer && from <= shift.date && shift.date <= to;
        shifts.iter().filter(is_within).map(|shift| shift.id).collect()
    }
}

impl GenerateRoster {
    /// Whether its days make a roster.
    ///
    /// Errors: `date_in_past`, `date_order`, `roster_too_long`.
    pub fn check(&self, today: Date) -> Result<()> {
        if self.from < today {
            return Err(DATE_IN_PAST.at("#/from"));
        }
        if self.to < self.from {
            return Err(DATE_ORDER.at("#/to"));
        }
        if self.to.days_since(self.from) >= MOST_DAYS {
            return Err(ROSTER_TOO_LONG.at("#/to"));
        }
        Ok(())
    }

    /// Whether an engineer is planned: he was named, or he is active in one of the groups.
    fn is_for(&self, engineer: &Engineer) -> bool {
        let team = engineer.profile.team;
        if self.engineer_ids.is_empty() {
            return engineer.status == EngineerStatus::Active
                && team.is_some_and(|team| self.teams.contains(&team));
        }
        self.engineer_ids.contains(&engineer.id) && team.is_none_or(|team| self.teams.contains(&team))
    }
}

// ---- the table (domain.md 3.23 "work schedule") and the permissions ----------------------------------------------

/// The roster's machine.
pub static MACHINE: Machine = Machine {
    name: "roster",
    states: approvals::STATES,
    finals: approvals::FINALS,
    rows: ROWS,
    actions: Actions::new(),
};

/// The rows of a roster.
pub const ROWS: &[Transition] = &approvals::rows(KEEPERS, APPROVERS);

permissions! {
    Read = "rosters:read" for READERS;
    Generate = "rosters:generate" for holders(ROWS, "create");
    Submit = "rosters:submit" for holders(ROWS, "submit");
    Withdraw = "rosters:withdraw" for holders(ROWS, "withdraw");
    Approve = "rosters:approve" for holders(ROWS, "approve");
    Reject = "rosters:reject" for holders(ROWS, "reject");
    Revise = "rosters:revise" for holders(ROWS, "revise");
    Cancel = "rosters:cancel" for holders(ROWS, "cancel");
    Discard = "rosters:discard" for holders(ROWS, "discard");
}
