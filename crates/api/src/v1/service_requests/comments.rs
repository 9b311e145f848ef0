//! Remarks on a request, and its labels: what people add without moving it.

use actix_web::{delete, get, post};
use aftercare_domain::kernel::Time;
use aftercare_domain::kernel::error::{INTERNAL, NOT_FOUND};
use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::text::{Label64, Prose};
use aftercare_domain::requests::filters::CommentFilter;
use aftercare_domain::requests::{Activity, ActivityId, CommentKind, ServiceRequestId, can};
use aftercare_persistence::{self as persistence, IfMatch, ListBy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ServiceRequestView;
use crate::flows::requests;
use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{
    Answer, Body, Ctx, IfMatchHeader, IntoAnswer as _, NoContent, Paging, PathId, Placed, Plain,
    ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_comments).service(comment).service(get_comment);
    cfg.service(add_label).service(remove_label);
}

page!(CommentPage, Comment);

/// A remark: one line of the request's history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Comment {
    /// The line of the history.
    pub id: ActivityId,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// When.
    pub at: Time,
    /// Who; null for the system.
    #[schema(required)]
    pub author_id: Option<UserId>,
    /// The name then.
    #[schema(max_length = 100)]
    pub author_name: String,
    /// `comment` among ourselves, `reply` to the customer, `customer_comment` from him.
    pub kind: CommentKind,
    /// In words.
    #[schema(required, max_length = 5000)]
    pub body: Option<String>,
}

impl Comment {
    fn of(entry: Activity) -> Option<Comment> {
        Some(Comment {
            id: entry.id,
            service_request_id: entry.service_request_id,
            at: entry.at,
            author_id: entry.actor_id,
            author_name: entry.actor_name,
            kind: entry.action.parse().ok()?,
            body: entry.comment,
        })
    }

    fn path(&self) -> String {
        format!(
            "/v1/service-requests/{}/comments/{}",
            self.service_request_id, self.id
        )
    }
}

/// A new remark.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "已联系客户，配件周三到货", "is_outbound": false}))]
pub struct CommentAdd {
    /// In words.
    pub body: Prose,
    /// Whether the customer receives it; that is an answer and meets the response promise.
    #[serde(default)]
    pub is_outbound: bool,
}

/// A label to add.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "夏季高峰"}))]
pub struct LabelAdd {
    /// The label.
    pub label: Label64,
}

/// Which remark on which request.
#[derive(Clone, Debug, Deserialize)]
struct CommentPath {
    service_request_id: ServiceRequestId,
    comment_id: ActivityId,
}

/// Which label of which request.
#[derive(Clone, Debug, Deserialize)]
struct LabelPath {
    service_request_id: ServiceRequestId,
    label: Label64,
}

/// List the remarks on a request.
///
/// A customer sees what was written to him and what he wrote. Sortable by `seq`, `at`.
#[utoipa::path(tag = "service_requests", operation_id = "listServiceRequestComments",
    params(("service_request_id" = ServiceRequestId, Path), PageParams),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = CommentPage)))]
#[get("/service-requests/{service_request_id}/comments")]
async fn list_comments(
    ctx: Ctx<can::Read>,
    id: PathId<ServiceRequestId>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.catch_up_visible(id.0).await?;
    let page = ctx.page_request(&paging, <CommentFilter as ListBy<Activity>>::SORTS)?;
    let filter = CommentFilter {
        service_request_id: id.0,
    };
    let found = ctx
        .load(async |tx| persistence::list::<Activity>(tx, &filter, &page).await)
        .await?;
    let listing = persistence::Listing {
        rows: found.rows.into_iter().filter_map(Comment::of).collect(),
        next: found.next,
        total: found.total,
    };
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(CommentPage::from(rows)).into_answer()?)
}

/// Add a remark.
///
/// One the customer receives is an answer and meets the response promise. On a locked request only the service
/// manager may. A customer's own remark goes to us: `is_outbound` is refused.
#[utoipa::path(tag = "service_requests", operation_id = "commentServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = CommentAdd,
    security(("bearer" = ["service_requests:comment"])),
    responses((status = 201, body = Comment)))]
#[post("/service-requests/{service_request_id}/comments")]
async fn comment(
    ctx: Ctx<can::Comment>,
    id: PathId<ServiceRequestId>,
    cmd: Body<CommentAdd>,
) -> ProblemResult<Answer> {
    let (id, seen, cmd) = (id.0, IfMatch::internal(), cmd.0);
    ctx.act(id, async move |tx| {
        let mut said = None;
        let slot = &mut said;
        requests::act(tx, id, &seen, "comment", async |_, dossier, ctx, at| {
            dossier.comment(&cmd.body, cmd.is_outbound, ctx, at)?;
            *slot = dossier.activities.iter().rev().cloned().find_map(Comment::of);
            Ok(())
        })
        .await?;
        let said: Comment = said.ok_or_else(|| INTERNAL.error())?;
        let place = said.path();
        Ok(Placed(said, place))
    })
    .await
}

/// Get a remark.
///
/// A customer sees what was written to him and what he wrote.
#[utoipa::path(tag = "service_requests", operation_id = "getServiceRequestComment",
    params(("service_request_id" = ServiceRequestId, Path), ("comment_id" = ActivityId, Path)),
    security(("bearer" = ["service_requests:read"])), responses((status = 200, body = Comment)))]
#[get("/service-requests/{service_request_id}/comments/{comment_id}")]
async fn get_comment(ctx: Ctx<can::Read>, path: PathId<CommentPath>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let entry: Activity = persistence::get(tx, path.0.comment_id.0).await?;
        let is_there = entry.service_request_id == path.0.service_request_id;
        let said = Comment::of(entry).filter(|_| is_there);
        said.map(Plain).ok_or_else(|| NOT_FOUND.error())
    })
    .await
}

/// Label a request.
///
/// Labels added at the same time by two people both stay; one that is there already changes nothing.
#[utoipa::path(tag = "service_requests", operation_id = "labelServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path)), request_body = LabelAdd,
    security(("bearer" = ["service_requests:update"])), responses((status = 200, body = ServiceRequestView)))]
#[post("/service-requests/{service_request_id}/labels")]
async fn add_label(
    ctx: Ctx<can::Update>,
    id: PathId<ServiceRequestId>,
    seen: IfMatchHeader,
    cmd: Body<LabelAdd>,
) -> ProblemResult<Answer> {
    let (id, seen, label) = (id.0, seen.0, cmd.0.label);
    ctx.act(id, async move |tx| {
        let dossier = requests::act(tx, id, &seen, "update", async |_, dossier, ctx, at| {
            dossier.add_label(&label, ctx.settings, at)
        })
        .await?;
        Ok(Versioned(ServiceRequestView::of(&dossier, tx)))
    })
    .await
}

/// Remove a label.
///
/// One that is not there is 404.
#[utoipa::path(tag = "service_requests", operation_id = "unlabelServiceRequest",
    params(("service_request_id" = ServiceRequestId, Path), ("label" = Label64, Path)),
    security(("bearer" = ["service_requests:update"])), responses((status = 204)))]
#[delete("/service-requests/{service_request_id}/labels/{label}")]
async fn remove_label(
    ctx: Ctx<can::Update>,
    path: PathId<LabelPath>,
    seen: IfMatchHeader,
) -> ProblemResult<Answer> {
    let (
        LabelPath {
            service_request_id: id,
            label,
        },
        seen,
    ) = (path.0, seen.0);
    ctx.act(id, async move |tx| {
        requests::act(tx, id, &seen, "update", async |_, dossier, ctx, at| {
            dossier.remove_label(&label, ctx.settings, at)
        })
        .await?;
        Ok(NoContent)
    })
    .await
}
