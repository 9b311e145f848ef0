//! Maintenance proposals over HTTP: routes, then handlers in URL order.

use actix_web::{delete, get, patch, post};
use aftercare_domain::customers::Customer;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Date, Error, Event, Meta, Permission, Result, Stamp};
use aftercare_domain::maintenance_proposals::{
    DeclineProposal, MaintenanceProposal, MaintenanceProposalCreate, MaintenanceProposalFilter,
    MaintenanceProposalId, MaintenanceProposalPatch, can,
};
use aftercare_domain::requests::Nothing;
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::references::refer;
use serde::Serialize;
use utoipa::ToSchema;

use crate::flows::proposals;
use crate::http::input::PageParams;
use crate::http::reply::{IntoAnswer as _, Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, NoContent, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
    cfg.service(remove).service(list_actions);
    cfg.service(send).service(accept).service(decline);
}

/// A maintenance proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = MaintenanceProposal)]
pub struct ProposalView {
    /// The record.
    #[serde(flatten)]
    pub proposal: MaintenanceProposal,
    /// What the caller may do with it now.
    #[schema(max_items = 10)]
    #[schema(value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

impl ProposalView {
    fn of(proposal: MaintenanceProposal, tx: &Tx<'_>) -> ProposalView {
        ProposalView {
            allowed_actions: proposal.allowed_actions(&tx.stamp().actor, tx.today()),
            proposal,
        }
    }
}

impl Resource for ProposalView {
    fn path(&self) -> String {
        format!("/v1/maintenance-proposals/{}", self.proposal.id)
    }

    fn meta(&self) -> &Meta {
        &self.proposal.meta
    }
}

page!(MaintenanceProposalPage, ProposalView);

/// List maintenance proposals.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `number`, `valid_until`.
#[utoipa::path(tag = "maintenance_proposals", operation_id = "listMaintenanceProposals",
    params(MaintenanceProposalFilter, PageParams),
    security(("bearer" = ["maintenance_proposals:read"])), responses((status = 200, body = MaintenanceProposalPage)))]
#[get("/maintenance-proposals")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<MaintenanceProposalFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    proposals::expire(&ctx.state.db).await?;
    let page = ctx.page_request(
        &paging,
        <MaintenanceProposalFilter as persistence::ListBy<MaintenanceProposal>>::SORTS,
    )?;
    let listing = ctx
        .load(async |tx| {
            let found = persistence::list::<MaintenanceProposal>(tx, &filter.0, &page).await?;
            Ok(found.map(|proposal| ProposalView::of(proposal, tx)))
        })
        .await?;
    let (rows, info) = ctx.page_of(listing, &page, &paging);
    Ok(Plain(MaintenanceProposalPage::from((rows, info))).into_answer()?)
}

/// Write a maintenance proposal.
///
/// It begins as a draft; nobody outside sees it before it is sent. Its last day and its visits have not passed (422
/// `date_in_past`).
#[utoipa::path(tag = "maintenance_proposals", operation_id = "createMaintenanceProposal",
    request_body = MaintenanceProposalCreate,
    security(("bearer" = ["maintenance_proposals:create"])), responses((status = 201, body = ProposalView)))]
#[post("/maintenance-proposals")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<MaintenanceProposalCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let number = persistence::numbers::next(tx, Series::MaintenanceProposal).await?;
        let proposal = MaintenanceProposal::draft(cmd.0, number, &tx.stamp());
        let mut wrong = proposal.faults();
        wrong.extend(proposal.past_days(None, tx.today()));
        refer::<Customer>(tx, proposal.customer_id, "#/customer_id", &mut wrong).await?;
        Error::all(wrong)?;
        persistence::insert(tx, &proposal).await?;
        Ok(Created(ProposalView::of(proposal, tx)))
    })
    .await
}

/// Get a maintenance proposal.
#[utoipa::path(tag = "maintenance_proposals", operation_id = "getMaintenanceProposal",
    params(("maintenance_proposal_id" = MaintenanceProposalId, Path)),
    security(("bearer" = ["maintenance_proposals:read"])), responses((status = 200, body = ProposalView)))]
#[get("/maintenance-proposals/{maintenance_proposal_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<MaintenanceProposalId>) -> ProblemResult<Answer> {
    proposals::expire(&ctx.state.db).await?;
    ctx.read(async |tx| {
        let proposal = persistence::get::<MaintenanceProposal>(tx, id.0).await?;
        Ok(Versioned(ProposalView::of(proposal, tx)))
    })
    .await
}

/// Change a maintenance proposal.
///
/// Send only the members to change; null clears. Only while it is a draft (409 `proposal_fixed`).
#[utoipa::path(tag = "maintenance_proposals", operation_id = "updateMaintenanceProposal",
    params(("maintenance_proposal_id" = MaintenanceProposalId, Path)),
    request_body(content = MaintenanceProposalPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["maintenance_proposals:update"])), responses((status = 200, body = ProposalView)))]
#[patch("/maintenance-proposals/{maintenance_proposal_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<MaintenanceProposalId>,
    seen: IfMatchHeader,
    patch: Body<MaintenanceProposalPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut proposal: MaintenanceProposal = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = proposal.clone();
        proposal.revise(patch.0)?;
        let mut wrong = proposal.faults();
        wrong.extend(proposal.past_days(Some(&was), tx.today()));
        Error::all(wrong)?;
        persistence::update(tx, &mut proposal).await?;
        Ok(Versioned(ProposalView::of(proposal, tx)))
    })
    .await
}

/// Delete a draft of a maintenance proposal.
///
/// What was sent stays (409 `not_a_draft`).
#[utoipa::path(tag = "maintenance_proposals", operation_id = "deleteMaintenanceProposal",
    params(("maintenance_proposal_id" = MaintenanceProposalId, Path)),
    security(("bearer" = ["maintenance_proposals:delete"])), responses((status = 204)))]
#[delete("/maintenance-proposals/{maintenance_proposal_id}")]
async fn remove(
    ctx: Ctx<can::Delete>,
    id: PathId<MaintenanceProposalId>,
    seen: IfMatchHeader,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let proposal: MaintenanceProposal = persistence::get_for_update(tx, id.0, &seen.0).await?;
        proposal.may_be_deleted()?;
        persistence::delete(tx, &proposal).await?;
        Ok(NoContent)
    })
    .await
}

/// Say which actions are open on a maintenance proposal, and why the others are not.
#[utoipa::path(tag = "maintenance_proposals", operation_id = "listMaintenanceProposalActions",
    params(("maintenance_proposal_id" = MaintenanceProposalId, Path)),
    security(("bearer" = ["maintenance_proposals:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/maintenance-proposals/{maintenance_proposal_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<MaintenanceProposalId>) -> ProblemResult<Answer> {
    proposals::expire(&ctx.state.db).await?;
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let proposal: MaintenanceProposal = persistence::get(tx, id.0).await?;
        Ok(Plain(reasons_of(
            proposal.action_reasons(&tx.stamp().actor, tx.today()),
            lang,
        )))
    })
    .await
}

/// One action: the proposal is loaded, decided upon, kept, and answered as it stands.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: MaintenanceProposalId,
    seen: IfMatchHeader,
    decide: impl FnOnce(&mut MaintenanceProposal, Date, &Stamp) -> Result<Event> + Clone + Send + 'static,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut proposal: MaintenanceProposal = persistence::get_for_update(tx, id, &seen.0).await?;
        let event = decide(&mut proposal, tx.today(), &tx.stamp())?;
        persistence::update(tx, &mut proposal).await?;
        tx.emit(event);
        Ok(Versioned(ProposalView::of(proposal, tx)))
    })
    .await
}

/// Send a maintenance proposal to its customer.
///
/// What was sent does not change any more.
#[utoipa::path(tag = "maintenance_proposals", operation_id = "sendMaintenanceProposal",
    params(("maintenance_proposal_id" = MaintenanceProposalId, Path)), request_body = Nothing,
    security(("bearer" = ["maintenance_proposals:send"])), responses((status = 200, body = ProposalView)))]
#[post("/maintenance-proposals/{maintenance_proposal_id}/send")]
async fn send(
    ctx: Ctx<can::Send>,
    id: PathId<MaintenanceProposalId>,
    seen: IfMatchHeader,
    _cmd: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, |proposal, today, at| proposal.send(today, at)).await
}

/// Accept a maintenance proposal.
///
/// Through its last day (409 `proposal_expired`).
#[utoipa::path(tag = "maintenance_proposals", operation_id = "acceptMaintenanceProposal",
    params(("maintenance_proposal_id" = MaintenanceProposalId, Path)), request_body = Nothing,
    security(("bearer" = ["maintenance_proposals:accept"])), responses((status = 200, body = ProposalView)))]
#[post("/maintenance-proposals/{maintenance_proposal_id}/accept")]
async fn accept(
    ctx: Ctx<can::Accept>,
    id: PathId<MaintenanceProposalId>,
    seen: IfMatchHeader,
    _cmd: Body<Nothing>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, |proposal, today, at| proposal.accept(today, at)).await
}

/// Decline a maintenance proposal.
///
/// Through its last day (409 `proposal_expired`).
#[utoipa::path(tag = "maintenance_proposals", operation_id = "declineMaintenanceProposal",
    params(("maintenance_proposal_id" = MaintenanceProposalId, Path)), request_body = DeclineProposal,
    security(("bearer" = ["maintenance_proposals:decline"])), responses((status = 200, body = ProposalView)))]
#[post("/maintenance-proposals/{maintenance_proposal_id}/decline")]
async fn decline(
    ctx: Ctx<can::Decline>,
    id: PathId<MaintenanceProposalId>,
    seen: IfMatchHeader,
    cmd: Body<DeclineProposal>,
) -> ProblemResult<Answer> {
    let cmd = cmd.0;
    act(ctx, id.0, seen, move |proposal, today, at| {
        proposal.decline(&cmd, today, at)
    })
    .await
}
