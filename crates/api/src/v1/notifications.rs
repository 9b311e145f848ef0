//! Notifications over HTTP: read, nothing else; they come with what happens.

use actix_web::get;
use aftercare_domain::notifications::{Notification, NotificationFilter, NotificationId, can};
use aftercare_persistence as persistence;

use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, Filter, Paging, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(get);
}

page!(NotificationPage, Notification);

/// List notifications.
///
/// Newest first. An engineer and a customer see what is told to them, whoever sees every request sees all. Sortable
/// by `at`.
#[utoipa::path(tag = "notifications", operation_id = "listNotifications", params(NotificationFilter, PageParams),
    security(("bearer" = ["notifications:read"])), responses((status = 200, body = NotificationPage)))]
#[get("/notifications")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<NotificationFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    if let Some(id) = filter.0.service_request_id {
        ctx.catch_up(id).await?;
    }
    ctx.list::<Notification, _, NotificationPage>(filter.0, paging)
        .await
}

/// Get a notification.
#[utoipa::path(tag = "notifications", operation_id = "getNotification",
    params(("notification_id" = NotificationId, Path)),
    security(("bearer" = ["notifications:read"])), responses((status = 200, body = Notification)))]
#[get("/notifications/{notification_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<NotificationId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Notification>(tx, id.0).await.map(Plain))
        .await
}
