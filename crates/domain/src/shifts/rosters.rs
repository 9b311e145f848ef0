//! Rosters: shifts of many days made by a rule, in force once somebody else approved them (EN-4, R-104).

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{PatrolTeam, ROSTER_TOO_LONG, Shift, ShiftId, ShiftTemplate, ShiftTemplateId};
use crate::approvals::{self, Approval, ApprovalStatus};
use crate::engineers::{KEEPERS, READERS};
use crate::kernel::error::{DATE_IN_PAST, DATE_ORDER};
use crate::kernel::machine::{Actions, Machine, Transition, holders};
use crate::kernel::text::Reason;
use crate::kernel::{Actor, Csv, Date, Meta, Result, Role, RoleSet, Stamp};
use crate::requests::EngineerId;
use crate::{id, permissions};

id!(RosterId);

/// The longest roster.
const MOST_DAYS: i64 = 92;
const APPROVERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager, Role::Supervisor]);

/// A roster: the shifts of many days.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Roster {
    /// Machine identifier.
    pub id: RosterId,
    /// Its first day.
    pub from: Date,
    /// Its last day, included.
    pub to: Date,
    /// The hours it was made of.
    pub template_id: ShiftTemplateId,
    /// Where it stands.
    #[serde(flatten)]
    pub approval: Approval,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// Who works in which weeks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RosterTeam {
    /// The group; null for every week.
    #[serde(default)]
    pub team: Option<PatrolTeam>,
    /// Its engineers.
    #[schema(min_items = 1, max_items = 200)]
    pub engineer_ids: Vec<EngineerId>,
}

/// Makes a roster: groups A and B take turns by ISO week, even A, odd B; without a group every week.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"template_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "from": "2026-12-01", "to": "2026-12-31",
    "teams": [{"team": "A", "engineer_ids": ["0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"]}]}))]
pub struct GenerateRoster {
    /// The hours; an active template.
    pub template_id: ShiftTemplateId,
    /// Its first day; not before today.
    pub from: Date,
    /// Its last day, included; at most 92 days.
    pub to: Date,
    /// Who works.
    #[schema(min_items = 1, max_items = 20)]
    pub teams: Vec<RosterTeam>,
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
    /// Errors: `date_in_past`, `date_order`, `roster_too_long`, `shift_overlap`.
    pub fn generate(
        cmd: &GenerateRoster,
        template: &ShiftTemplate,
        others: &[Shift],
        zone: Tz,
        at: &Stamp,
    ) -> Result<(Roster, Vec<Shift>)> {
        if cmd.from < at.now.date_in(zone) {
            return Err(DATE_IN_PAST.at("#/from"));
        }
        if cmd.to < cmd.from {
            return Err(DATE_ORDER.at("#/to"));
        }
        if cmd.to.days_since(cmd.from) >= MOST_DAYS {
            return Err(ROSTER_TOO_LONG.at("#/to"));
        }
        let roster = Roster {
            id: RosterId::next(at),
            from: cmd.from,
            to: cmd.to,
            template_id: template.id,
            approval: Approval::default(),
            meta: Meta::new(at),
        };
        let mut shifts: Vec<Shift> = Vec::new();
        let mut day = cmd.from;
        while day <= cmd.to {
            for (group, engineer) in on_duty(&cmd.teams, day) {
                if let Some(mut hours) = template.shift_on(day) {
                    hours.team = group;
                    let mut shift = Shift::add(engineer, hours, others, zone, at)?;
                    shift.stand_beside(&shifts, zone)?;
                    shift.roster_id = Some(roster.id);
                    shifts.push(shift);
                }
            }
            day = day.plus_days(1);
        }
        Ok((roster, shifts))
    }

    /// Takes an action: `submit`, `withdraw`, `approve`, `reject`, `revise`, `discard`, or `cancel` before it begins.
    /// Whoever keeps it removes the shifts of one that was discarded or cancelled.
    ///
    /// Errors: `invalid_transition`, `self_approval`, `not_the_author`; `date_in_past` to cancel what has begun.
    pub fn act(&mut self, action: &str, reason: Option<&Reason>, today: Date, at: &Stamp) -> Result<()> {
        self.approval.pass(&MACHINE, action, self.meta.created_by, at)?;
        if action == "cancel" && self.from <= today {
            return Err(DATE_IN_PAST.error());
        }
        self.approval
            .act(&MACHINE, action, self.meta.created_by, reason, at)
    }

    /// The actions open to the caller now.
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        self.approval
            .allowed_actions(&MACHINE, self.meta.created_by, actor)
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

fn on_duty(teams: &[RosterTeam], day: Date) -> impl Iterator<Item = (Option<PatrolTeam>, EngineerId)> {
    let turn = team_on(day);
    let has_turn = move |group: &&RosterTeam| group.team.is_none_or(|team| team == turn);
    let each = |group: &RosterTeam| {
        let team = group.team;
        let engineers = group.engineer_ids.clone();
        engineers.into_iter().map(move |engineer| (team, engineer))
    };
    teams.iter().filter(has_turn).flat_map(each)
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
