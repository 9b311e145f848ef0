//! Follow-ups over HTTP.

use actix_web::{get, post};
use aftercare_domain::follow_ups::{FollowUp, FollowUpId, LogAttempt, RecordFollowUp, can};
use aftercare_domain::kernel::{Meta, Permission, Result, Stamp};
use aftercare_domain::requests::filters::FollowUpFilter;
use aftercare_domain::requests::{Context, Dossier};
use aftercare_persistence as persistence;
use aftercare_persistence::requests::{glance_parts, owner_of};
use aftercare_persistence::{ListBy, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::flows::requests;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Ctx, Filter, IfMatchHeader, IntoAnswer as _, Paging, PathId, Plain, ProblemResult,
    Versioned,
};
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list).service(get).service(list_actions);
    cfg.service(log_attempt);
    cfg.service(record);
}

/// A follow-up.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FollowUp)]
pub struct FollowUpView {
    /// The record.
    #[serde(flatten)]
    pub record: FollowUp,
    /// What the caller may do with it now.
    #[schema(max_items = 50, value_type = Vec<aftercare_domain::kernel::text::WordCode>)]
    pub allowed_actions: Vec<&'static str>,
}

impl Resource for FollowUpView {
    fn path(&self) -> String {
        format!("/v1/follow-ups/{}", self.record.id)
    }

    fn meta(&self) -> &Meta {
        &self.record.meta
    }
}

page!(FollowUpPage, FollowUpView);

fn view(dossier: &Dossier, id: FollowUpId, tx: &Tx<'_>) -> Result<FollowUpView> {
    let allowed_actions = dossier.follow_up_allowed_actions(id, &tx.stamp().actor);
    Ok(FollowUpView {
        record: dossier.follow_up(id)?.clone(),
        allowed_actions,
    })
}

/// List follow-ups.
///
/// Newest first. Sortable by `created_at`, `due_at`, `number`.
#[utoipa::path(tag = "follow_ups", operation_id = "listFollowUps", params(FollowUpFilter, PageParams),
    security(("bearer" = ["follow_ups:read"])), responses((status = 200, body = FollowUpPage)))]
#[get("/follow-ups")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<FollowUpFilter>, paging: Paging) -> ProblemResult<Answer> {
    // A list about one request shows it as it stands now (A24).
    if let Some(id) = filter.0.service_request_id {
        ctx.catch_up(id).await?;
    }
    let page = ctx.page_request(&paging, <FollowUpFilter as ListBy<FollowUp>>::SORTS)?;
    let (views, next, total) = ctx
        .load(async |tx| {
            let listing = persistence::list::<FollowUp>(tx, &filter.0, &page).await?;
            let owners = listing.rows.iter().map(|part| part.service_request_id).collect();
            let dossiers = glance_parts(tx, owners).await?;
            let mut views = Vec::new();
            for part in &listing.rows {
                if let Some(dossier) = dossiers.iter().find(|d| d.request.id == part.service_request_id) {
                    views.push(view(dossier, part.id, tx)?);
                }
            }
            Ok((views, listing.next, listing.total))
        })
        .await?;
    let (rows, info) = ctx.page_of(
        persistence::Listing {
            rows: views,
            next,
            total,
        },
        &page,
        &paging,
    );
    Ok(Plain(FollowUpPage::from((rows, info))).into_answer()?)
}

/// Get a follow-up.
#[utoipa::path(tag = "follow_ups", operation_id = "getFollowUp", params(("follow_up_id" = FollowUpId, Path)),
    security(("bearer" = ["follow_ups:read"])), responses((status = 200, body = FollowUpView)))]
#[get("/follow-ups/{follow_up_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<FollowUpId>) -> ProblemResult<Answer> {
    ctx.read_part(owner(&ctx, id.0).await?, async |tx, dossier| {
        view(&dossier, id.0, tx).map(Versioned)
    })
    .await
}

/// Say which actions are open on a follow-up, and why the others are not.
#[utoipa::path(tag = "follow_ups", operation_id = "listFollowUpActions", params(("follow_up_id" = FollowUpId, Path)),
    security(("bearer" = ["follow_ups:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/follow-ups/{follow_up_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<FollowUpId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read_part(owner(&ctx, id.0).await?, async |tx, dossier| {
        Ok(Plain(reasons_of(
            dossier.follow_up_action_reasons(id.0, &tx.stamp().actor),
            lang,
        )))
    })
    .await
}

/// The request it belongs to, if the caller may see it.
async fn owner<P: Permission>(
    ctx: &Ctx<P>,
    id: FollowUpId,
) -> ProblemResult<aftercare_domain::requests::ServiceRequestId> {
    ctx.load(async |tx| owner_of::<FollowUp>(tx, id.0, |part| part.service_request_id).await)
        .await
}

async fn act<P: Permission, C: Clone + Send + 'static>(
    ctx: Ctx<P>,
    id: FollowUpId,
    seen: IfMatchHeader,
    action: &'static str,
    cmd: C,
    decide: impl AsyncFn(&mut Dossier, &C, &mut Context<'_>, &Stamp) -> Result<()> + Clone + Send + 'static,
) -> ProblemResult<Answer> {
    let request = owner(&ctx, id).await?;
    let seen = seen.0;
    ctx.act(request, async move |tx| {
        let dossier = requests::act_on_part(tx, request, action, async |_, dossier, ctx, at| {
            seen.check(&dossier.follow_up(id)?.meta)?;
            decide(dossier, &cmd, ctx, at).await
        })
        .await?;
        view(&dossier, id, tx).map(Versioned)
    })
    .await
}

/// Note a call to the customer.
///
/// An unanswered one moves the follow-up four hours on, inside calling hours.
#[utoipa::path(tag = "follow_ups", operation_id = "logFollowUpAttempt",
    params(("follow_up_id" = FollowUpId, Path)), request_body = LogAttempt,
    security(("bearer" = ["follow_ups:log_attempt"])), responses((status = 200, body = FollowUpView)))]
#[post("/follow-ups/{follow_up_id}/log-attempt")]
async fn log_attempt(
    ctx: Ctx<can::LogAttempt>,
    id: PathId<FollowUpId>,
    seen: IfMatchHeader,
    cmd: Body<LogAttempt>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "log_attempt",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.log_call(part, cmd, ctx, at),
    )
    .await
}

/// Record the customer's word.
///
/// Satisfied or unreachable closes the request; dissatisfied returns it to allocation or, the second time, locks it.
#[utoipa::path(tag = "follow_ups", operation_id = "recordFollowUp",
    params(("follow_up_id" = FollowUpId, Path)), request_body = RecordFollowUp,
    security(("bearer" = ["follow_ups:record"])), responses((status = 200, body = FollowUpView)))]
#[post("/follow-ups/{follow_up_id}/record")]
async fn record(
    ctx: Ctx<can::Record>,
    id: PathId<FollowUpId>,
    seen: IfMatchHeader,
    cmd: Body<RecordFollowUp>,
) -> ProblemResult<Answer> {
    let part = id.0;
    act(
        ctx,
        part,
        seen,
        "record",
        cmd.0,
        async move |dossier, cmd, ctx, at| dossier.record_call(part, cmd, ctx, at),
    )
    .await
}
