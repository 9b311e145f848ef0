//! Actions on a leave: one operation for each row of its transition table (domain.md 3.23).

use actix_web::{get, post};
use aftercare_domain::kernel::Permission;
use aftercare_domain::kernel::text::Reason;
use aftercare_domain::leaves::{Leave, LeaveId, LeaveReason, can};
use aftercare_domain::requests::Nothing;
use aftercare_persistence as persistence;

use super::LeaveView;
use crate::flows::leaves::take_away;
use crate::http::{Answer, Body, Ctx, IfMatchHeader, PathId, Plain, ProblemResult, Versioned};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers the actions.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_actions);
    cfg.service(submit).service(withdraw);
    cfg.service(approve).service(reject).service(revise);
    cfg.service(cancel).service(discard);
}

/// Say which actions are open on a leave, and why the others are not.
#[utoipa::path(tag = "leaves", operation_id = "listLeaveActions", params(("leave_id" = LeaveId, Path)),
    security(("bearer" = ["leaves:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/leaves/{leave_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<LeaveId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let leave: Leave = persistence::get(tx, id.0).await?;
        let reasons = leave.action_reasons(tx.today(), &tx.stamp().actor);
        Ok(Plain(reasons_of(reasons, lang)))
    })
    .await
}

/// One action: the leave is decided upon, kept, and answered as it stands.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: LeaveId,
    seen: IfMatchHeader,
    action: &'static str,
    reason: Option<Reason>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut leave: Leave = persistence::get_for_update(tx, id, &seen.0).await?;
        let (today, at) = (tx.today(), tx.stamp());
        leave.act(action, reason.as_ref(), today, &at)?;
        if action == "approve" {
            take_away(tx, &mut leave).await?;
        }
        persistence::update(tx, &mut leave).await?;
        Ok(Versioned(LeaveView::of(leave, tx)))
    })
    .await
}

/// Hand a leave in for approval.
///
/// Its author only.
#[utoipa::path(tag = "leaves", operation_id = "submitLeave", params(("leave_id" = LeaveId, Path)),
    request_body = Nothing, security(("bearer" = ["leaves:submit"])), responses((status = 200, body = LeaveView)))]
#[post("/leaves/{leave_id}/submit")]
async fn submit(
    ctx: Ctx<can::Submit>,
    id: PathId<LeaveId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "submit", None).await
}

/// Take a leave back that was handed in.
#[utoipa::path(tag = "leaves", operation_id = "withdrawLeave", params(("leave_id" = LeaveId, Path)),
    request_body = Nothing, security(("bearer" = ["leaves:withdraw"])), responses((status = 200, body = LeaveView)))]
#[post("/leaves/{leave_id}/withdraw")]
async fn withdraw(
    ctx: Ctx<can::Withdraw>,
    id: PathId<LeaveId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "withdraw", None).await
}

/// Approve a leave.
///
/// Nobody approves what he wrote or handed in, nor his own (403 `self_approval`, `own_leave`). The engineer's shifts of its
/// days are cancelled; `effect` names them, and the jobs not begun that somebody else should take.
#[utoipa::path(tag = "leaves", operation_id = "approveLeave", params(("leave_id" = LeaveId, Path)),
    request_body = Nothing, security(("bearer" = ["leaves:approve"])), responses((status = 200, body = LeaveView)))]
#[post("/leaves/{leave_id}/approve")]
async fn approve(
    ctx: Ctx<can::Approve>,
    id: PathId<LeaveId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "approve", None).await
}

/// Send a leave back to its author.
#[utoipa::path(tag = "leaves", operation_id = "rejectLeave", params(("leave_id" = LeaveId, Path)),
    request_body = LeaveReason, security(("bearer" = ["leaves:reject"])), responses((status = 200, body = LeaveView)))]
#[post("/leaves/{leave_id}/reject")]
async fn reject(
    ctx: Ctx<can::Reject>,
    id: PathId<LeaveId>,
    seen: IfMatchHeader,
    cmd: Body<LeaveReason>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "reject", Some(cmd.0.reason)).await
}

/// Make a rejected leave a draft again.
///
/// Its author only.
#[utoipa::path(tag = "leaves", operation_id = "reviseLeave", params(("leave_id" = LeaveId, Path)),
    request_body = Nothing, security(("bearer" = ["leaves:revise"])), responses((status = 200, body = LeaveView)))]
#[post("/leaves/{leave_id}/revise")]
async fn revise(
    ctx: Ctx<can::Revise>,
    id: PathId<LeaveId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "revise", None).await
}

/// Cancel an approved leave before it begins.
///
/// Once it has begun 409 `already_begun`. Cancelled shifts do not come back by themselves.
#[utoipa::path(tag = "leaves", operation_id = "cancelLeave", params(("leave_id" = LeaveId, Path)),
    request_body = LeaveReason, security(("bearer" = ["leaves:cancel"])), responses((status = 200, body = LeaveView)))]
#[post("/leaves/{leave_id}/cancel")]
async fn cancel(
    ctx: Ctx<can::Cancel>,
    id: PathId<LeaveId>,
    seen: IfMatchHeader,
    cmd: Body<LeaveReason>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "cancel", Some(cmd.0.reason)).await
}

/// Give a leave up that was never approved.
///
/// Its author only.
#[utoipa::path(tag = "leaves", operation_id = "discardLeave", params(("leave_id" = LeaveId, Path)),
    request_body = Nothing, security(("bearer" = ["leaves:discard"])), responses((status = 200, body = LeaveView)))]
#[post("/leaves/{leave_id}/discard")]
async fn discard(
    ctx: Ctx<can::Discard>,
    id: PathId<LeaveId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "discard", None).await
}
