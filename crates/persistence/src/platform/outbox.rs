//! The outbox: one row per domain event, in the same transaction (A15); numbered by the sequencer, read as the feed of
//! changes in the order of its numbers (A26, C33).

use std::fmt::Write as _;

use aftercare_domain::changes::{Change, ChangeOp, KEPT_DAYS};
use aftercare_domain::kernel::text::EventPattern;
use aftercare_domain::kernel::{Column as _, Raw, Result, Time};
use serde_json::Value;

use crate::db::{EventLine, Row, Sql, Tx, add, sql};
use crate::platform::sequencer;

/// How many rows one page looks at, at most: a rare type must not walk through the whole feed.
const WINDOW: i64 = 10_000;
/// How many rows are forgotten at a time.
const FORGOTTEN_AT_ONCE: i64 = 50_000;

/// Keeps the events of a unit of work.
pub(crate) async fn keep(tx: &mut Tx<'_>, events: Vec<EventLine>) -> Result<()> {
    let stamp = tx.stamp();
    let mut args = Vec::new();
    for line in events {
        let changed: Vec<String> = line.changed.iter().map(|&member| member.to_owned()).collect();
        args.extend([
            Raw::Uuid(Some(stamp.ids.next(stamp.now))),
            Raw::Text(Some(line.event.kind.to_owned())),
            Raw::Text(Some(line.event.resource.to_owned())),
            Raw::Uuid(Some(line.event.resource_id)),
            Raw::Time(Some(line.event.at)),
            Raw::Uuid(line.actor.map(|id| id.0)),
            Raw::Int(line.version),
            changed.to_raw(),
            Raw::Json(Some(line.event.data)),
        ]);
    }
    let head =
        "insert into outbox (id, kind, resource, resource_id, occurred_at, actor_id, version, changed, data)";
    add(tx, head, 9, args).await
}

/// One change, with the facts its place is found by.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The change; its `href` is for the caller to fill.
    pub change: Change,
    /// The facts of the event: ids and codes.
    pub data: Value,
}

/// A part of the feed.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The changes, in the order of commits.
    pub rows: Vec<Kept>,
    /// Where the next part starts.
    pub next: i64,
    /// Whether more is there already.
    pub has_more: bool,
}

/// Where the feed ends now.
pub async fn end(tx: &mut Tx<'_>) -> Result<i64> {
    Ok(sequencer::mark(tx).await?.outbox_seq)
}

/// The changes after a place in the feed, or after everything forgotten; nothing if some of them are forgotten.
///
/// A page looks at no more than ten thousand rows: one with a rare type may be empty though more is there.
pub async fn read(
    tx: &mut Tx<'_>,
    after: Option<i64>,
    types: &[EventPattern],
    limit: i64,
) -> Result<Option<Feed>> {
    // The end first: whatever the rows show beyond it is not counted, whatever they do not show is not there.
    let mark = sequencer::mark(tx).await?;
    let start = after.unwrap_or(mark.outbox_forgotten);
    let end = mark.outbox_seq.min(start.saturating_add(WINDOW));
    let mut args = vec![Raw::Int(Some(start)), Raw::Int(Some(end))];
    let condition = of_types(types, &mut args);
    let text = format!(
        "select id, seq, kind, resource, resource_id, occurred_at, version, changed, data from outbox \
         where seq > $1 and seq <= $2{condition} order by seq limit {}",
        limit.saturating_add(1)
    );
    let mut rows = tx.read(Sql::new(text, args), kept).await?;
    let is_full = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = match rows.last() {
        Some(last) if is_full => last.change.seq,
        _ => end.max(start),
    };
    // The beginning last: what was forgotten while we read must not be passed over.
    let forgotten = sequencer::mark(tx).await?.outbox_forgotten;
    Ok((start >= forgotten).then_some(Feed {
        rows,
        next,
        has_more: next < mark.outbox_seq,
    }))
}

/// `and (kind = $3 or kind like $4 …)`, or nothing.
fn of_types(types: &[EventPattern], args: &mut Vec<Raw>) -> String {
    let mut text = String::new();
    for pattern in types {
        let (operator, wanted) = match pattern.as_str().strip_suffix('*') {
            Some(stem) => ("like", format!("{}%", stem.replace('_', "\\_"))),
            None => ("=", pattern.to_string()),
        };
        args.push(Raw::Text(Some(wanted)));
        let joint = if text.is_empty() { " and (" } else { " or " };
        let escape = if operator == "like" { " escape '\\'" } else { "" };
        let _ = write!(text, "{joint}kind {operator} ${}{escape}", args.len());
    }
    if !text.is_empty() {
        text.push(')');
    }
    text
}

fn kept(row: &Row<'_>) -> Result<Kept> {
    let kind: String = row.get("kind")?;
    let changed: Option<Vec<String>> = row.get("changed")?;
    Ok(Kept {
        change: Change {
            id: row.get("id")?,
            seq: row.get("seq")?,
            op: ChangeOp::of(&kind),
            r#type: kind,
            resource_type: row.get("resource")?,
            resource_id: row.get("resource_id")?,
            version: row.get("version")?,
            changed: changed.unwrap_or_default(),
            href: None,
            occurred_at: row.get("occurred_at")?,
        },
        data: row.get("data")?,
    })
}

/// Forgets what was numbered more than thirty days ago, fifty thousand rows at a time: call again while it says that
/// something went.
pub async fn forget(tx: &mut Tx<'_>, wall: Time) -> Result<u64> {
    let limit = wall.plus_secs(KEPT_DAYS.saturating_mul(-86_400));
    let mark = sequencer::mark(tx).await?;
    let stays = tx
        .read(
            sql!(
                "select seq from outbox where seq > $1 and sealed_at > $2 order by seq limit 1",
                mark.outbox_forgotten,
                limit
            ),
            |row| row.get::<i64>("seq"),
        )
        .await?;
    // Numbers and times rise together: everything before the first row that stays is old.
    let first = stays
        .first()
        .copied()
        .unwrap_or(mark.outbox_seq.saturating_add(1));
    let last = first
        .saturating_sub(1)
        .min(mark.outbox_forgotten.saturating_add(FORGOTTEN_AT_ONCE));
    if last <= mark.outbox_forgotten {
        return Ok(0);
    }
    sequencer::forgot(tx, last).await?;
    tx.exec(sql!("delete from outbox where seq <= $1", last)).await
}
