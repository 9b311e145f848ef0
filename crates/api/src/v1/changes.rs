//! Changes over HTTP: a feed to follow, nothing else.

use actix_web::get;
use aftercare_domain::changes::{CURSOR_EXPIRED, Change, ChangeFilter, can};
use aftercare_domain::kernel::Error;
use aftercare_domain::kernel::text::EventPattern;
use aftercare_persistence::Cursor;
use aftercare_persistence::platform::outbox;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Seal;
use crate::http::input::INVALID_CURSOR;
use crate::http::{Answer, Ctx, Filter, IntoAnswer as _, Plain, ProblemResult, href};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list);
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangePage {
    /// The changes, in the order of their commits.
    #[schema(max_items = 500)]
    pub data: Vec<Change>,
    /// Where this part stands in the feed.
    pub page: ChangePageInfo,
}

/// Where a part stands in the feed, which has no last page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"next_cursor": "eyJrZXlzIjpbN119.q2Zk", "has_more": false, "limit": 50}))]
pub struct ChangePageInfo {
    /// Where to go on; never null, because the feed goes on.
    #[schema(max_length = 2000)]
    pub next_cursor: String,
    /// Whether more is there already.
    pub has_more: bool,
    /// The limit that was applied.
    #[schema(minimum = 1, maximum = 500)]
    pub limit: i64,
}

/// Every cursor of the feed is good for every choice of types.
const SUBJECT: &str = "/v1/changes";

/// A place in the feed as text.
fn sealed(seal: &Seal, seq: i64) -> String {
    let place = Cursor {
        keys: vec![seq.into()],
        id: Uuid::nil(),
    };
    seal.close(&place, SUBJECT)
}

/// The place a cursor stands for.
fn opened(seal: &Seal, cursor: &str) -> Result<i64, Error> {
    let place = seal.open(cursor, SUBJECT);
    place
        .and_then(|place| place.keys.first()?.as_i64())
        .ok_or_else(|| INVALID_CURSOR.error())
}

/// Follow what happens to every record.
///
/// Changes stand in the order of their commits and come at least once; `id` tells the same one twice. Each says what
/// happened to which record and no more: the record itself is read at `href`. `next_cursor` is always given and is where
/// the next call goes on, also at the end; ask again after a while. A page may hold fewer changes than `limit`, even
/// none, while `has_more` is true. Changes are kept for 30 days: a cursor from before answers 410 `cursor_expired`, and
/// the lists are to be loaded anew. For interfaces and staff who see every row; whoever sees only his own or his outlet's
/// is refused.
#[utoipa::path(tag = "changes", operation_id = "listChanges", params(ChangeFilter),
    security(("bearer" = ["changes:read"])), responses((status = 200, body = ChangePage)))]
#[get("/changes")]
async fn list(ctx: Ctx<can::Read>, asked: Filter<ChangeFilter>) -> ProblemResult<Answer> {
    let asked = asked.0;
    let limit = asked.limit.unwrap_or(50).clamp(1, 500);
    let types: Vec<EventPattern> = asked.types.map(|types| types.0).unwrap_or_default();
    let seal = &ctx.state.seal;
    let after = match asked.cursor.as_deref() {
        None => None,
        Some("now") => Some(ctx.load(async |tx| outbox::end(tx).await).await?),
        Some(cursor) => Some(opened(seal, cursor)?),
    };
    let feed = ctx
        .load(async |tx| outbox::read(tx, after, &types, limit).await)
        .await?
        .ok_or_else(|| CURSOR_EXPIRED.error())?;
    let data = feed.rows.into_iter().map(|kept| {
        let mut change = kept.change;
        change.href = href::of(&change.resource_type, change.resource_id, &kept.data);
        change
    });
    Ok(Plain(ChangePage {
        data: data.collect(),
        page: ChangePageInfo {
            next_cursor: sealed(seal, feed.next),
            has_more: feed.has_more,
            limit,
        },
    })
    .into_answer()?)
}
