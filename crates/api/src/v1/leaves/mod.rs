//! Leaves over HTTP: routes, then handlers in URL order.

mod actions;

use actix_web::{get, patch, post};
use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::text::WordCode;
use aftercare_domain::kernel::{Error, Meta, Permission, Result, Violation};
use aftercare_domain::leaves::{Leave, LeaveCreate, LeaveFilter, LeaveId, LeavePatch, can};
use aftercare_domain::requests::EngineerId;
use aftercare_persistence::dictionaries::refer_item;
use aftercare_persistence::leaves::LeavesOf;
use aftercare_persistence::{self as persistence, ListBy, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_of).service(create);
    cfg.service(list).service(get).service(update);
    cfg.configure(actions::routes);
}

/// A leave of one engineer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Leave)]
pub struct LeaveView {
    /// The record.
    #[serde(flatten)]
    pub record: Leave,
    /// What the caller may do with it now.
    #[schema(max_items = 10, value_type = Vec<WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

page!(LeavePage, LeaveView);

impl LeaveView {
    /// The leave as a caller sees it.
    fn of(record: Leave, tx: &Tx<'_>) -> LeaveView {
        LeaveView {
            allowed_actions: record.allowed_actions(tx.today(), &tx.stamp().actor),
            record,
        }
    }
}

impl Resource for LeaveView {
    fn path(&self) -> String {
        format!("/v1/leaves/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

/// One page of leaves.
async fn page_of<P: Permission, F: ListBy<Leave>>(
    ctx: &Ctx<P>,
    filter: F,
    paging: &Paging,
) -> ProblemResult<Answer> {
    let page = ctx.page_request(paging, F::SORTS)?;
    let listing = ctx
        .load(async |tx| {
            let found = persistence::list::<Leave>(tx, &filter, &page).await?;
            Ok(found.map(|record| LeaveView::of(record, tx)))
        })
        .await?;
    let rows = ctx.page_of(listing, &page, paging);
    Ok(Plain(LeavePage::from(rows)).into_answer()?)
}

/// List the leaves of an engineer.
///
/// Newest first. Sortable by `created_at`, `updated_at`.
#[utoipa::path(tag = "leaves", operation_id = "listEngineerLeaves",
    params(("engineer_id" = EngineerId, Path), LeaveFilter, PageParams),
    security(("bearer" = ["leaves:read"])), responses((status = 200, body = LeavePage)))]
#[get("/engineers/{engineer_id}/leaves")]
async fn list_of(
    ctx: Ctx<can::Read>,
    of: PathId<EngineerId>,
    filter: Filter<LeaveFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Engineer>(tx, of.0).await)
        .await?;
    page_of(&ctx, LeavesOf(of.0, filter.0), &paging).await
}

/// Ask for a leave.
///
/// It begins as a draft. An end before its start is 422 `date_order`; its kind is an item of dictionary `leave_type`.
#[utoipa::path(tag = "leaves", operation_id = "createLeave", params(("engineer_id" = EngineerId, Path)),
    request_body = LeaveCreate,
    security(("bearer" = ["leaves:create"])), responses((status = 201, body = LeaveView)))]
#[post("/engineers/{engineer_id}/leaves")]
async fn create(
    ctx: Ctx<can::Create>,
    of: PathId<EngineerId>,
    cmd: Body<LeaveCreate>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        persistence::get::<Engineer>(tx, of.0).await?;
        let leave = Leave::ask(of.0, cmd.0, &tx.stamp());
        let mut wrong = leave.faults();
        known(tx, &leave.kind, &mut wrong).await?;
        Error::all(wrong)?;
        persistence::insert(tx, &leave).await?;
        Ok(Created(LeaveView::of(leave, tx)))
    })
    .await
}

/// The kind is a word of the dictionary; what is wrong with it is added to `wrong`.
async fn known(tx: &mut Tx<'_>, kind: &WordCode, wrong: &mut Vec<Violation>) -> Result<()> {
    refer_item(tx, "leave_type", kind.as_str(), "#/kind", wrong).await?;
    Ok(())
}

/// List leaves.
///
/// Newest first. Sortable by `created_at`, `updated_at`.
#[utoipa::path(tag = "leaves", operation_id = "listLeaves", params(LeaveFilter, PageParams),
    security(("bearer" = ["leaves:read"])), responses((status = 200, body = LeavePage)))]
#[get("/leaves")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<LeaveFilter>, paging: Paging) -> ProblemResult<Answer> {
    page_of(&ctx, filter.0, &paging).await
}

/// Get a leave.
#[utoipa::path(tag = "leaves", operation_id = "getLeave", params(("leave_id" = LeaveId, Path)),
    security(("bearer" = ["leaves:read"])), responses((status = 200, body = LeaveView)))]
#[get("/leaves/{leave_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<LeaveId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let leave = persistence::get(tx, id.0).await?;
        Ok(Versioned(LeaveView::of(leave, tx)))
    })
    .await
}

/// Change a leave.
///
/// Send only the members to change. Only while it is a draft (409 `leave_fixed`).
#[utoipa::path(tag = "leaves", operation_id = "updateLeave", params(("leave_id" = LeaveId, Path)),
    request_body(content = LeavePatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["leaves:update"])), responses((status = 200, body = LeaveView)))]
#[patch("/leaves/{leave_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<LeaveId>,
    seen: IfMatchHeader,
    patch: Body<LeavePatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut leave: Leave = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = leave.kind.clone();
        leave.revise(patch.0)?;
        let mut wrong = leave.faults();
        if leave.kind != was {
            known(tx, &leave.kind, &mut wrong).await?;
        }
        Error::all(wrong)?;
        persistence::update(tx, &mut leave).await?;
        Ok(Versioned(LeaveView::of(leave, tx)))
    })
    .await
}
