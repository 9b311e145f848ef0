//! Rosters over HTTP: routes, then handlers in URL order.

use actix_web::{get, post};
use aftercare_domain::kernel::error::{INACTIVE_REFERENCE, Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::text::Reason;
use aftercare_domain::kernel::{Error, Meta, Permission, Result};
use aftercare_domain::requests::Nothing;
use aftercare_domain::shifts::rosters::{GenerateRoster, RosterFilter, RosterReason, can};
use aftercare_domain::shifts::{self, Roster, RosterId, Shift, ShiftFilter, ShiftTemplate};
use aftercare_persistence::engineers::to_be_planned;
use aftercare_persistence::platform::references::refer;
use aftercare_persistence::shifts::{ShiftsOfRoster, between, of_roster};
use aftercare_persistence::{self as persistence, ListBy, Tx, shift_templates};
use serde::Serialize;
use utoipa::ToSchema;

use super::engineers::ShiftPage;
use crate::flows::leaves;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(generate);
    cfg.service(list).service(get).service(list_shifts);
    cfg.service(list_actions).service(submit).service(withdraw);
    cfg.service(approve).service(reject).service(revise);
    cfg.service(cancel).service(discard);
}

/// A roster: the shifts of many days.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Roster)]
pub struct RosterView {
    /// The record.
    #[serde(flatten)]
    pub record: Roster,
    /// What the caller may do with it now.
    #[schema(max_items = 10, value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

/// The shifts a roster would have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RosterPreview {
    /// The shifts, by engineer and day; nothing of it is kept.
    #[schema(max_items = 5000)]
    pub shifts: Vec<Shift>,
}

page!(RosterPage, RosterView);

impl RosterView {
    /// The roster as a caller sees it.
    fn of(record: Roster, tx: &Tx<'_>) -> RosterView {
        RosterView {
            allowed_actions: record.allowed_actions(tx.today(), &tx.stamp().actor),
            record,
        }
    }
}

impl Resource for RosterView {
    fn path(&self) -> String {
        format!("/v1/rosters/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

/// Make a roster by rule.
///
/// Groups A and B take turns by ISO week, even weeks A, odd weeks B; who is in no group works every week. Its shifts are
/// kept all or none (409 `shift_overlap`) and count once somebody else approved it. With `dry_run` the answer shows
/// them (200) and nothing is kept.
#[utoipa::path(tag = "rosters", operation_id = "generateRoster", request_body = GenerateRoster,
    security(("bearer" = ["rosters:generate"])),
    responses((status = 201, body = RosterView), (status = 200, body = RosterPreview)))]
#[post("/engineers/rosters/generate")]
async fn generate(ctx: Ctx<can::Generate>, cmd: Body<GenerateRoster>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let cmd = cmd.0;
        cmd.check(tx.today())?;
        let template = template_of(tx, &cmd).await?;
        let engineers = to_be_planned(tx, &cmd.engineer_ids).await?;
        let mut wrong = Vec::new();
        for (index, id) in cmd.engineer_ids.iter().enumerate() {
            if !engineers.iter().any(|engineer| engineer.id == *id) {
                let place = Place::Pointer(format!("#/engineer_ids/{index}"));
                wrong.push(UNKNOWN_REFERENCE.violation(place));
            }
        }
        Error::all(wrong)?;
        let ids: Vec<_> = engineers.iter().map(|engineer| engineer.id).collect();
        let others = between(tx, &ids, cmd.from.plus_days(-1), cmd.to.plus_days(1)).await?;
        let at = tx.stamp();
        let (roster, shifts) = Roster::generate(&cmd, &template, &engineers, &others, tx.zone(), &at)?;
        if cmd.dry_run {
            return Plain(RosterPreview { shifts }).into_answer();
        }
        persistence::insert(tx, &roster).await?;
        persistence::insert_all(tx, &shifts).await?;
        Created(RosterView::of(roster, tx)).into_answer()
    })
    .await
}

/// The hours of a roster.
///
/// Errors: `unknown_reference`, `inactive_reference` at `#/shift_template_id`.
async fn template_of(tx: &mut Tx<'_>, cmd: &GenerateRoster) -> Result<ShiftTemplate> {
    const POINTER: &str = "#/shift_template_id";
    let Some(id) = cmd.shift_template_id else {
        let found = shift_templates::of_patrol(tx).await?;
        return found.ok_or_else(|| INACTIVE_REFERENCE.at(POINTER));
    };
    let mut wrong = Vec::new();
    let found: Option<ShiftTemplate> = refer(tx, id, POINTER, &mut wrong).await?;
    Error::all(wrong)?;
    found.ok_or_else(|| UNKNOWN_REFERENCE.at(POINTER))
}

/// List rosters.
///
/// Newest first. Sortable by `created_at`, `updated_at`.
#[utoipa::path(tag = "rosters", operation_id = "listRosters", params(RosterFilter, PageParams),
    security(("bearer" = ["rosters:read"])), responses((status = 200, body = RosterPage)))]
#[get("/rosters")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<RosterFilter>, paging: Paging) -> ProblemResult<Answer> {
    let page = ctx.page_request(&paging, <RosterFilter as ListBy<Roster>>::SORTS)?;
    let listing = ctx
        .load(async |tx| {
            let found = persistence::list::<Roster>(tx, &filter.0, &page).await?;
            Ok(found.map(|record| RosterView::of(record, tx)))
        })
        .await?;
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(RosterPage::from(rows)).into_answer()?)
}

/// Get a roster.
#[utoipa::path(tag = "rosters", operation_id = "getRoster", params(("roster_id" = RosterId, Path)),
    security(("bearer" = ["rosters:read"])), responses((status = 200, body = RosterView)))]
#[get("/rosters/{roster_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<RosterId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let roster = persistence::get(tx, id.0).await?;
        Ok(Versioned(RosterView::of(roster, tx)))
    })
    .await
}

/// List the shifts of a roster.
///
/// Newest first. Sortable by `date`, `created_at`.
#[utoipa::path(tag = "rosters", operation_id = "listRosterShifts",
    params(("roster_id" = RosterId, Path), ShiftFilter, PageParams),
    security(("bearer" = ["shifts:read"])), responses((status = 200, body = ShiftPage)))]
#[get("/rosters/{roster_id}/shifts")]
async fn list_shifts(
    ctx: Ctx<shifts::can::Read>,
    id: PathId<RosterId>,
    filter: Filter<ShiftFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Roster>(tx, id.0).await)
        .await?;
    ctx.list::<Shift, _, ShiftPage>(ShiftsOfRoster(id.0, filter.0), paging)
        .await
}

/// Say which actions are open on a roster, and why the others are not.
#[utoipa::path(tag = "rosters", operation_id = "listRosterActions", params(("roster_id" = RosterId, Path)),
    security(("bearer" = ["rosters:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/rosters/{roster_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<RosterId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let roster: Roster = persistence::get(tx, id.0).await?;
        let reasons = roster.action_reasons(tx.today(), &tx.stamp().actor);
        Ok(Plain(reasons_of(reasons, lang)))
    })
    .await
}

/// One action: the roster is decided upon, kept, and answered as it stands; what is given up takes its shifts along.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: RosterId,
    seen: IfMatchHeader,
    action: &'static str,
    reason: Option<Reason>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut roster: Roster = persistence::get_for_update(tx, id, &seen.0).await?;
        let (today, at) = (tx.today(), tx.stamp());
        roster.act(action, reason.as_ref(), today, &at)?;
        persistence::update(tx, &mut roster).await?;
        if action == "approve" {
            leaves::spare_the_absent(tx, &roster).await?;
        }
        if roster.is_gone() {
            let shifts = of_roster(tx, id).await?;
            persistence::delete_all(tx, &shifts).await?;
        }
        Ok(Versioned(RosterView::of(roster, tx)))
    })
    .await
}

/// Hand a roster in for approval.
///
/// Its author only.
#[utoipa::path(tag = "rosters", operation_id = "submitRoster", params(("roster_id" = RosterId, Path)),
    request_body = Nothing, security(("bearer" = ["rosters:submit"])), responses((status = 200, body = RosterView)))]
#[post("/rosters/{roster_id}/submit")]
async fn submit(
    ctx: Ctx<can::Submit>,
    id: PathId<RosterId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "submit", None).await
}

/// Take a roster back that was handed in.
#[utoipa::path(tag = "rosters", operation_id = "withdrawRoster", params(("roster_id" = RosterId, Path)),
    request_body = Nothing, security(("bearer" = ["rosters:withdraw"])), responses((status = 200, body = RosterView)))]
#[post("/rosters/{roster_id}/withdraw")]
async fn withdraw(
    ctx: Ctx<can::Withdraw>,
    id: PathId<RosterId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "withdraw", None).await
}

/// Approve a roster.
///
/// Nobody approves what he made or handed in. From here on its shifts count, but for those on days
/// of an approved leave, which are cancelled.
#[utoipa::path(tag = "rosters", operation_id = "approveRoster", params(("roster_id" = RosterId, Path)),
    request_body = Nothing, security(("bearer" = ["rosters:approve"])), responses((status = 200, body = RosterView)))]
#[post("/rosters/{roster_id}/approve")]
async fn approve(
    ctx: Ctx<can::Approve>,
    id: PathId<RosterId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "approve", None).await
}

/// Send a roster back to its author.
#[utoipa::path(tag = "rosters", operation_id = "rejectRoster", params(("roster_id" = RosterId, Path)),
    request_body = RosterReason, security(("bearer" = ["rosters:reject"])), responses((status = 200, body = RosterView)))]
#[post("/rosters/{roster_id}/reject")]
async fn reject(
    ctx: Ctx<can::Reject>,
    id: PathId<RosterId>,
    seen: IfMatchHeader,
    cmd: Body<RosterReason>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "reject", Some(cmd.0.reason)).await
}

/// Make a rejected roster a draft again.
///
/// Its author only.
#[utoipa::path(tag = "rosters", operation_id = "reviseRoster", params(("roster_id" = RosterId, Path)),
    request_body = Nothing, security(("bearer" = ["rosters:revise"])), responses((status = 200, body = RosterView)))]
#[post("/rosters/{roster_id}/revise")]
async fn revise(
    ctx: Ctx<can::Revise>,
    id: PathId<RosterId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "revise", None).await
}

/// Cancel an approved roster before it begins.
///
/// Its shifts go with it; once it has begun 409 `already_begun`.
#[utoipa::path(tag = "rosters", operation_id = "cancelRoster", params(("roster_id" = RosterId, Path)),
    request_body = RosterReason, security(("bearer" = ["rosters:cancel"])), responses((status = 200, body = RosterView)))]
#[post("/rosters/{roster_id}/cancel")]
async fn cancel(
    ctx: Ctx<can::Cancel>,
    id: PathId<RosterId>,
    seen: IfMatchHeader,
    cmd: Body<RosterReason>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "cancel", Some(cmd.0.reason)).await
}

/// Give a roster up that was never approved.
///
/// Its shifts go with it.
#[utoipa::path(tag = "rosters", operation_id = "discardRoster", params(("roster_id" = RosterId, Path)),
    request_body = Nothing, security(("bearer" = ["rosters:discard"])), responses((status = 200, body = RosterView)))]
#[post("/rosters/{roster_id}/discard")]
async fn discard(
    ctx: Ctx<can::Discard>,
    id: PathId<RosterId>,
    seen: IfMatchHeader,
    _: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, "discard", None).await
}
