//! The sequencer: gives committed events and audit lines their numbers, and seals the audit trail (A26, I24).
//!
//! A unit of work cannot number what it leaves: the order of commits is known only afterwards. So rows are kept
//! without a number, and one round after the other numbers what is committed by then. A round is one unit of work. It
//! begins by taking the one row of this table, under a lease, so that rounds follow each other whoever runs them; it
//! ends by keeping the last numbers there, under the same epoch. What reads numbers sees whole rounds, without gaps.

use std::collections::HashMap;
use std::fmt::Write as _;

use aftercare_domain::audit_logs::{AuditLog, GENESIS};
use aftercare_domain::kernel::error::{INTERNAL, UNAVAILABLE};
use aftercare_domain::kernel::{Raw, Result};
use uuid::Uuid;

use crate::db::{Row, Sql, Tx, many, sql};
use crate::platform::audit;

/// How many events, and how many audit lines, one round numbers.
pub const BATCH: usize = 1_000;
/// How long a replica leads without a round. Nothing but delay depends on it: clocks of replicas may differ.
const LEASE_SECS: i64 = 3;

/// The last numbers given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    epoch: i64,
    /// The last event.
    pub(crate) outbox_seq: i64,
    /// The last event no longer kept.
    pub(crate) outbox_forgotten: i64,
    /// The last audit line.
    pub(crate) audit_seq: i64,
    /// Its seal.
    pub(crate) audit_hash: String,
}

const COLUMNS: &str = "epoch, outbox_seq, outbox_forgotten, audit_seq, audit_hash";

fn as_mark(row: &Row<'_>) -> Result<Mark> {
    Ok(Mark {
        epoch: row.get("epoch")?,
        outbox_seq: row.get("outbox_seq")?,
        outbox_forgotten: row.get("outbox_forgotten")?,
        audit_seq: row.get("audit_seq")?,
        audit_hash: row.get("audit_hash")?,
    })
}

/// The last numbers given; none before the first round.
pub(crate) async fn mark(tx: &mut Tx<'_>) -> Result<Mark> {
    let text = format!("select {COLUMNS} from sequencer where id = 1");
    let found = tx.read(Sql::new(text, Vec::new()), as_mark).await?;
    Ok(found.into_iter().next().unwrap_or(Mark {
        epoch: 0,
        outbox_seq: 0,
        outbox_forgotten: 0,
        audit_seq: 0,
        audit_hash: GENESIS.to_owned(),
    }))
}

/// Whether something committed waits for its number.
pub async fn is_needed(tx: &mut Tx<'_>) -> Result<bool> {
    let waiting = sql!(
        "select 1 as one from (select id from outbox where seq is null limit 1) as events
         union all select 1 as one from (select id from audit_logs where seq is null limit 1) as lines"
    );
    Ok(!tx.read(waiting, |_| Ok(())).await?.is_empty())
}

/// One round: how many rows got a number; nothing if another replica leads.
pub async fn round(tx: &mut Tx<'_>, holder: Uuid) -> Result<Option<usize>> {
    let Some(mut mark) = take(tx, holder).await? else {
        return Ok(None);
    };
    let events = number_events(tx, &mut mark).await?;
    let lines = seal_lines(tx, &mut mark).await?;
    let kept = tx
        .exec(sql!(
            "update sequencer set outbox_seq = $1, audit_seq = $2, audit_hash = $3 where id = 1 and epoch = $4",
            mark.outbox_seq,
            mark.audit_seq,
            mark.audit_hash,
            mark.epoch
        ))
        .await?;
    if kept != 1 {
        // Somebody else leads by now: nothing of this round stands.
        return Err(UNAVAILABLE.error());
    }
    Ok(Some(events.saturating_add(lines)))
}

/// Takes or renews the lease, and with it the row until the round ends.
async fn take(tx: &mut Tx<'_>, holder: Uuid) -> Result<Option<Mark>> {
    let wall = tx.wall();
    let text = format!(
        "insert into sequencer (id, holder, epoch, expires_at, outbox_seq, outbox_forgotten, audit_seq, audit_hash)
         values (1, $1, 1, $2, 0, 0, 0, $3)
         on conflict (id) do update set
           epoch = case when sequencer.holder = excluded.holder then sequencer.epoch else sequencer.epoch + 1 end,
           holder = excluded.holder, expires_at = excluded.expires_at
         where sequencer.holder = excluded.holder or sequencer.expires_at <= $4
         returning {COLUMNS}"
    );
    let args = vec![
        Raw::Uuid(Some(holder)),
        Raw::Time(Some(wall.plus_secs(LEASE_SECS))),
        Raw::Text(Some(GENESIS.to_owned())),
        Raw::Time(Some(wall)),
    ];
    let taken = tx.read(Sql::new(text, args), as_mark).await?;
    Ok(taken.into_iter().next())
}

/// An event that waits for its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Waiting {
    id: Uuid,
    resource_id: Uuid,
    version: Option<i64>,
}

async fn number_events(tx: &mut Tx<'_>, mark: &mut Mark) -> Result<usize> {
    let text =
        format!("select id, resource_id, version from outbox where seq is null order by id limit {BATCH}");
    let waiting = tx
        .read(Sql::new(text, Vec::new()), |row| {
            Ok(Waiting {
                id: row.get("id")?,
                resource_id: row.get("resource_id")?,
                version: row.get("version")?,
            })
        })
        .await?;
    let ordered = in_order(waiting);
    for chunk in ordered.chunks(500) {
        let mut args = Vec::new();
        for event in chunk {
            mark.outbox_seq = mark.outbox_seq.saturating_add(1);
            args.extend([Raw::Uuid(Some(event.id)), Raw::Int(Some(mark.outbox_seq))]);
        }
        let given = values(chunk.len(), 2);
        args.push(Raw::Time(Some(tx.wall())));
        let text = format!(
            "with given (id, seq) as ({given}) update outbox set seq = given.seq, sealed_at = ${} \
             from given where outbox.id = given.id and outbox.seq is null",
            args.len()
        );
        all_of(tx, Sql::new(text, args), chunk.len()).await?;
    }
    Ok(ordered.len())
}

/// By identifier, which is the order in which they were made here. Replicas' clocks may differ: the events of one
/// record share their places by its versions.
fn in_order(mut waiting: Vec<Waiting>) -> Vec<Waiting> {
    waiting.sort_unstable_by_key(|event| event.id);
    let mut places: HashMap<Uuid, Vec<usize>> = HashMap::new();
    for (at, event) in waiting.iter().enumerate() {
        places.entry(event.resource_id).or_default().push(at);
    }
    let by_id = waiting.clone();
    for places in places.into_values().filter(|places| places.len() > 1) {
        let mut events: Vec<Waiting> = places.iter().filter_map(|at| by_id.get(*at).copied()).collect();
        if events.iter().any(|event| event.version.is_none()) {
            continue;
        }
        events.sort_by_key(|event| event.version);
        for (at, event) in places.into_iter().zip(events) {
            if let Some(place) = waiting.get_mut(at) {
                *place = event;
            }
        }
    }
    waiting
}

async fn seal_lines(tx: &mut Tx<'_>, mark: &mut Mark) -> Result<usize> {
    let args = vec![Raw::Int(i64::try_from(BATCH).ok())];
    let lines: Vec<AuditLog> = many(tx, "seq is null order by id limit $1", args).await?;
    for chunk in lines.chunks(500) {
        let mut args = Vec::new();
        for line in chunk {
            mark.audit_seq = mark.audit_seq.saturating_add(1);
            mark.audit_hash = audit::hash(&mark.audit_hash, line, mark.audit_seq);
            args.extend([
                Raw::Uuid(Some(line.id.0)),
                Raw::Int(Some(mark.audit_seq)),
                Raw::Text(Some(mark.audit_hash.clone())),
            ]);
        }
        let given = values(chunk.len(), 3);
        let text = format!(
            "with given (id, seq, hash) as ({given}) update audit_logs set seq = given.seq, hash = given.hash \
             from given where audit_logs.id = given.id and audit_logs.seq is null"
        );
        all_of(tx, Sql::new(text, args), chunk.len()).await?;
    }
    Ok(lines.len())
}

/// Runs a statement that must reach every row it names.
async fn all_of(tx: &mut Tx<'_>, sql: Sql, count: usize) -> Result<()> {
    let reached = tx.exec(sql).await?;
    if usize::try_from(reached) == Ok(count) {
        Ok(())
    } else {
        tracing::error!(reached, count, "A round of the sequencer did not reach its rows");
        Err(INTERNAL.error())
    }
}

/// `values ($1, $2), ($3, $4) …`.
fn values(count: usize, width: usize) -> String {
    let mut text = String::from("values ");
    for row in 0..count {
        let first = row.saturating_mul(width);
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=width {
            let _ = write!(
                text,
                "{}${}",
                if column == 1 { "" } else { ", " },
                first.saturating_add(column)
            );
        }
        text.push(')');
    }
    text
}

/// Keeps that events up to a number are no longer there.
pub(crate) async fn forgot(tx: &mut Tx<'_>, last: i64) -> Result<()> {
    tx.exec(sql!(
        "update sequencer set outbox_forgotten = $1 where id = 1 and outbox_forgotten < $1",
        last
    ))
    .await
    .map(|_| ())
}

/// Starts over with empty tables: every place in the feed given out before is one no longer kept, and the audit trail
/// begins a new chain. Takes the row, so that no round runs meanwhile.
pub(crate) async fn start_over(tx: &mut Tx<'_>) -> Result<()> {
    tx.exec(sql!(
        "update sequencer set outbox_seq = outbox_seq + 1, outbox_forgotten = outbox_seq + 1, audit_seq = 0,
           audit_hash = $1 where id = 1",
        GENESIS.to_owned()
    ))
    .await
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: u128, resource: u128, version: Option<i64>) -> Waiting {
        Waiting {
            id: Uuid::from_u128(id),
            resource_id: Uuid::from_u128(resource),
            version,
        }
    }

    #[test]
    fn events_follow_their_identifiers_and_those_of_one_record_its_versions() {
        let (a, b, c, d) = (
            event(1, 7, Some(2)),
            event(2, 8, None),
            event(3, 7, Some(1)),
            event(4, 8, None),
        );
        assert_eq!(in_order(vec![d, c, b, a]), [c, b, a, d]);
    }

    #[test]
    fn events_of_one_version_keep_their_order() {
        let (a, b) = (event(1, 7, Some(2)), event(2, 7, Some(2)));
        assert_eq!(in_order(vec![b, a]), [a, b]);
    }
}
