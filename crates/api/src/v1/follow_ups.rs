//! Follow-ups over HTTP.

use actix_web::{get, post};
use aftercare_domain::follow_ups::{FollowUp, FollowUpId, LogAttempt, RecordFollowUp, can};
use aftercare_domain::kernel::{Actor, Error, Meta, Result};
use aftercare_domain::requests::filters::FollowUpFilter;
use aftercare_domain::requests::{Dossier, ServiceRequestId};
use aftercare_persistence::dictionaries;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Ctx, Filter, IfMatchHeader, Paging, Part, PathId, Plain, ProblemResult, Versioned,
};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
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

impl Part for FollowUp {
    type Id = FollowUpId;
    type View = FollowUpView;

    fn of(dossier: &Dossier, id: FollowUpId) -> Result<&FollowUp> {
        dossier.follow_up(id)
    }

    fn request_id(&self) -> ServiceRequestId {
        self.service_request_id
    }

    fn version(&self) -> &Meta {
        &self.meta
    }

    fn view(&self, dossier: &Dossier, actor: &Actor) -> FollowUpView {
        FollowUpView {
            record: self.clone(),
            allowed_actions: dossier.follow_up_allowed_actions(self.id, actor),
        }
    }
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
    ctx.list_parts::<FollowUp, _, FollowUpPage>(&filter.0, &paging)
        .await
}

/// Get a follow-up.
#[utoipa::path(tag = "follow_ups", operation_id = "getFollowUp", params(("follow_up_id" = FollowUpId, Path)),
    security(("bearer" = ["follow_ups:read"])), responses((status = 200, body = FollowUpView)))]
#[get("/follow-ups/{follow_up_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<FollowUpId>) -> ProblemResult<Answer> {
    ctx.read_part(id.0, |call: &FollowUp, dossier, actor| {
        Versioned(call.view(dossier, actor))
    })
    .await
}

/// Say which actions are open on a follow-up, and why the others are not.
#[utoipa::path(tag = "follow_ups", operation_id = "listFollowUpActions", params(("follow_up_id" = FollowUpId, Path)),
    security(("bearer" = ["follow_ups:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/follow-ups/{follow_up_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<FollowUpId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read_part(id.0, |call: &FollowUp, dossier, actor| {
        Plain(reasons_of(dossier.follow_up_action_reasons(call.id, actor), lang))
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
    ctx.act_on_part::<FollowUp, _>(
        id.0,
        seen,
        "log_attempt",
        cmd.0,
        async |tx, dossier, id, cmd, ctx, at| {
            dossier.log_call(id, cmd, ctx, at)?;
            let mut wrong = Vec::new();
            dictionaries::refer_item(tx, "channel", cmd.channel.as_str(), "#/channel", &mut wrong).await?;
            Error::all(wrong)
        },
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
    ctx.act_on_part::<FollowUp, _>(
        id.0,
        seen,
        "record",
        cmd.0,
        async |tx, dossier, id, cmd, ctx, at| {
            dossier.record_call(id, cmd, ctx, at)?;
            let mut wrong = Vec::new();
            for (n, reason) in cmd.reasons.iter().enumerate() {
                let (reason, pointer) = (reason.as_str(), format!("#/reasons/{n}"));
                dictionaries::refer_item(tx, "dissatisfaction_reason", reason, &pointer, &mut wrong).await?;
            }
            Error::all(wrong)
        },
    )
    .await
}
