//! Leaves: days an engineer is away, approved by somebody else (domain.md 3.9, 3.23).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::approvals::{self, ALREADY_BEGUN, Approval, ApprovalStatus};
use crate::engineers::READERS;
use crate::kernel::error::{DATE_ORDER, Place};
use crate::kernel::machine::{Actions, Machine, Transition, holders};
use crate::kernel::patch::replace;
use crate::kernel::text::{Reason, WordCode};
use crate::kernel::{Actor, Code, Csv, Date, Meta, Result, Role, RoleSet, Stamp, Violation};
use crate::requests::EngineerId;
use crate::requests::gate::{ActionReason, Gate};
use crate::shifts::{Roster, Shift, ShiftId};
use crate::work_orders::{WorkOrder, WorkOrderId, WorkOrderStatus};
use crate::{codes, id, json_columns, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(LeaveId);

/// A leave of one engineer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = LeaveRecord)]
pub struct Leave {
    /// Machine identifier.
    pub id: LeaveId,
    /// Who is away.
    pub engineer_id: EngineerId,
    /// The first day.
    pub from: Date,
    /// The last day, included.
    pub to: Date,
    /// What for, an item of the dictionary `leave_type`.
    pub kind: WordCode,
    /// More about it.
    #[schema(required)]
    pub remark: Option<Reason>,
    /// Where it stands.
    #[serde(flatten)]
    pub approval: Approval,
    /// What its approval took away; null before.
    #[schema(required)]
    pub effect: Option<LeaveEffect>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands and filter ----------------------------------------------------------------------------------------

/// What is needed to ask for leave.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-12-24", "to": "2026-12-26", "kind": "annual", "remark": "回家过年"}))]
pub struct LeaveCreate {
    /// The first day.
    pub from: Date,
    /// The last day, included.
    pub to: Date,
    /// What for.
    pub kind: WordCode,
    /// More about it.
    #[serde(default)]
    pub remark: Option<Reason>,
}

/// What may change on a leave while it is a draft; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"to": "2026-12-27"}))]
pub struct LeavePatch {
    /// The first day.
    #[schema(nullable = false)]
    pub from: Option<Date>,
    /// The last day, included.
    #[schema(nullable = false)]
    pub to: Option<Date>,
    /// What for.
    #[schema(nullable = false)]
    pub kind: Option<WordCode>,
}

/// Says why a leave is rejected or cancelled.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "旺季人手不足"}))]
pub struct LeaveReason {
    /// Why.
    pub reason: Reason,
}

/// Narrows a list of leaves; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct LeaveFilter {
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<ApprovalStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<ApprovalStatus>>,
    /// Holding on this day.
    #[param(nullable = false)]
    pub on: Option<Date>,
    /// What for.
    #[param(nullable = false)]
    pub kind: Option<WordCode>,
}

/// What an approved leave takes away (EN-1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaveEffect {
    /// Shifts that were cancelled.
    #[schema(max_items = 5000)]
    pub cancelled_shift_ids: Vec<ShiftId>,
    /// Orders not begun that somebody else should take.
    #[schema(max_items = 5000)]
    pub reassign_order_ids: Vec<WorkOrderId>,
}

json_columns!(LeaveEffect);

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl Leave {
    /// A draft.
    pub fn ask(engineer_id: EngineerId, cmd: LeaveCreate, at: &Stamp) -> Leave {
        Leave {
            id: LeaveId::next(at),
            engineer_id,
            from: cmd.from,
            to: cmd.to,
            kind: cmd.kind,
            remark: cmd.remark,
            approval: Approval::default(),
            effect: None,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch to a draft.
    ///
    /// Errors: `leave_fixed`.
    pub fn revise(&mut self, patch: LeavePatch) -> Result<()> {
        if self.approval.status != ApprovalStatus::Draft {
            let status = self.approval.status.as_str();
            return Err(LEAVE_FIXED.error().with("current_status", status));
        }
        replace(patch.from, &mut self.from);
        replace(patch.to, &mut self.to);
        replace(patch.kind, &mut self.kind);
        Ok(())
    }

    /// What is wrong with it by itself: an end before the start (`date_order`), or a year away (`leave_too_long`).
    pub fn faults(&self) -> Vec<Violation> {
        let wrong = match self.to.days_since(self.from) {
            ..0 => Some(&DATE_ORDER),
            MOST_DAYS.. => Some(&LEAVE_TOO_LONG),
            _ => None,
        };
        let at_its_end = |code: &'static Code| code.violation(Place::Pointer("#/to".to_owned()));
        wrong.map(at_its_end).into_iter().collect()
    }

    /// Whether he is away on a day: approved, and the day within.
    pub fn holds_on(&self, day: Date) -> bool {
        self.approval.status == ApprovalStatus::Approved && self.from <= day && day <= self.to
    }

    /// Refuses a shift on a day of one of these leaves, which takes its shifts away (EN-1).
    ///
    /// Errors: `on_leave`.
    pub fn keep_free(leaves: &[Leave], day: Date) -> Result<()> {
        match leaves.iter().find(|leave| leave.holds_on(day)) {
            None => Ok(()),
            Some(leave) => Err(ON_LEAVE
                .because(
                    format!("He is away from {} to {}.", leave.from, leave.to),
                    format!("该工程师 {} 至 {} 请假。", leave.from, leave.to),
                )
                .with("conflicting_id", leave.id.to_string())),
        }
    }

    /// Takes an action; a leave is cancelled before it begins only.
    ///
    /// Errors: `invalid_transition`, `self_approval`, `not_the_author`, `own_leave`, `already_begun`.
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
        let also = move |action: &str| match action {
            "approve" | "reject" if actor.engineer_id == Some(self.engineer_id.0) => Err(OWN_LEAVE.error()),
            "cancel" if self.from <= today => Err(ALREADY_BEGUN.error()),
            _ => Ok(()),
        };
        self.approval.gate(&MACHINE, self.meta.created_by, actor, also)
    }

    /// What its approval takes away: shifts of its days, and orders not begun that fall on them or on no day yet.
    pub fn effect(&self, shifts: &[Shift], orders: &[WorkOrder], zone: chrono_tz::Tz) -> LeaveEffect {
        let is_touched = |order: &&WorkOrder| {
            let is_unstarted = matches!(
                order.status,
                WorkOrderStatus::Dispatched | WorkOrderStatus::Accepted
            );
            let day = order.appointment.map(|window| window.from.date_in(zone));
            order.engineer_id == self.engineer_id
                && is_unstarted
                && day.is_none_or(|day| self.from <= day && day <= self.to)
        };
        LeaveEffect {
            cancelled_shift_ids: Roster::taken_away(shifts, self.engineer_id, self.from, self.to),
            reassign_order_ids: orders.iter().filter(is_touched).map(|order| order.id).collect(),
        }
    }
}

// ---- codes, table and permissions (domain.md 3.0, row "engineers, schedules"; 3.23) -----------------------------

/// The longest leave.
const MOST_DAYS: i64 = 366;

codes! {
    LEAVE_TOO_LONG: Invalid = "leave_too_long", "A leave lasts at most 366 days", "请假最长不超过 366 天";
    LEAVE_FIXED: Conflict = "leave_fixed", "A leave changes only while it is a draft", "请假单只能在草稿状态修改";
    ON_LEAVE: Conflict = "on_leave", "The engineer is on approved leave that day", "该工程师当日已批准请假";
    OWN_LEAVE: Forbidden = "own_leave", "Nobody approves his own leave", "不得审批本人的请假";
}

const WRITERS: RoleSet = RoleSet::of(&[
    Role::Engineer,
    Role::Supervisor,
    Role::ServiceManager,
    Role::OutletManager,
]);
const APPROVERS: RoleSet = RoleSet::of(&[Role::Supervisor, Role::ServiceManager, Role::OutletManager]);

/// The rows of a leave.
pub const ROWS: &[Transition] = &approvals::rows(WRITERS, APPROVERS);

/// The leave's machine.
pub static MACHINE: Machine = Machine {
    name: "leave",
    states: approvals::STATES,
    finals: approvals::FINALS,
    rows: ROWS,
    actions: Actions::new(),
};

permissions! {
    Read = "leaves:read" for READERS;
    Create = "leaves:create" for holders(ROWS, "create");
    Update = "leaves:update" for holders(ROWS, "create");
    Submit = "leaves:submit" for holders(ROWS, "submit");
    Withdraw = "leaves:withdraw" for holders(ROWS, "withdraw");
    Approve = "leaves:approve" for holders(ROWS, "approve");
    Reject = "leaves:reject" for holders(ROWS, "reject");
    Revise = "leaves:revise" for holders(ROWS, "revise");
    Cancel = "leaves:cancel" for holders(ROWS, "cancel");
    Discard = "leaves:discard" for holders(ROWS, "discard");
}
