//! The audit trail: who changed what, in the same transaction; sealed into a chain by the sequencer (A26).

use aftercare_domain::audit_logs::{
    AuditLog, AuditLogFilter, AuditVerification, Breach, BrokenLink, GENESIS,
};
use aftercare_domain::kernel::{Raw, Result};

use crate::db::{AuditLine, ListBy, Table, Tx, Where, add, many, record, sql};
use crate::platform::digest::sha256_hex;
use crate::platform::sequencer;

record! { AuditLog: Table::new("audit_logs", "audit_log").part() =>
    id, seq, at, actor_id, actor_name, trace_id, action, resource, resource_id, diff, hash
}

impl ListBy<AuditLog> for AuditLogFilter {
    const SORTS: &'static [&'static str] = &["at"];

    fn apply(&self, w: &mut Where) {
        w.eq("resource", self.resource.clone());
        w.eq("resource_id", self.resource_id);
        w.eq("actor_id", self.actor_id);
        w.eq("action", self.action.clone());
        w.between("at", self.at_gte, self.at_lt);
    }
}

/// Keeps the audit lines of a unit of work.
pub(crate) async fn keep(tx: &mut Tx<'_>, lines: Vec<AuditLine>) -> Result<()> {
    let stamp = tx.stamp();
    let mut args = Vec::new();
    for line in lines {
        args.extend([
            Raw::Uuid(Some(stamp.ids.next(stamp.now))),
            Raw::Time(Some(line.at)),
            Raw::Uuid(line.actor.user_id.map(|id| id.0)),
            Raw::Text(Some(line.actor.recorded_as())),
            Raw::Text(Some(line.trace_id)),
            Raw::Text(Some(line.action.to_owned())),
            Raw::Text(Some(line.resource.to_owned())),
            Raw::Uuid(Some(line.resource_id)),
            Raw::Json(Some(line.diff)),
        ]);
    }
    let head = "insert into audit_logs (id, at, actor_id, actor_name, trace_id, action, resource, resource_id, diff)";
    add(tx, head, 9, args).await
}

/// The seal of a line: the digest of the seal before it and of what the line says.
pub(crate) fn hash(before: &str, line: &AuditLog, seq: i64) -> String {
    sha256_hex(format!("{before}{}", line.canonical(seq)).as_bytes())
}

/// How many lines are read at a time.
const PAGE: i64 = 500;

/// Walks the chain behind a place, `most` lines at most, and says where it is broken first.
pub async fn verify(tx: &mut Tx<'_>, after_seq: i64, most: i64) -> Result<AuditVerification> {
    // The end first: a round that comes meanwhile only adds to it.
    let end = sequencer::mark(tx).await?;
    let unsealed = tx
        .scalar(sql!("select count(*) as value from audit_logs where seq is null"))
        .await?;
    let (checked, last_seq, first_broken) = walk(tx, &end, after_seq, most).await?;
    Ok(AuditVerification {
        is_intact: first_broken.is_none(),
        checked,
        last_seq,
        has_more: first_broken.is_none() && last_seq < end.audit_seq,
        unsealed,
        first_broken,
    })
}

async fn walk(
    tx: &mut Tx<'_>,
    end: &sequencer::Mark,
    after_seq: i64,
    most: i64,
) -> Result<(i64, i64, Option<BrokenLink>)> {
    let missing = |seq: i64| {
        Some(BrokenLink {
            seq,
            id: None,
            reason: Breach::Missing,
        })
    };
    let (mut checked, mut last) = (0_i64, after_seq);
    let mut seal = match after_seq {
        0 => GENESIS.to_owned(),
        _ => match at(tx, after_seq).await?.and_then(|line| line.hash) {
            Some(seal) => seal,
            None => return Ok((0, after_seq.saturating_sub(1), missing(after_seq))),
        },
    };
    while checked < most && last < end.audit_seq {
        let args = [last, end.audit_seq, PAGE.min(most.saturating_sub(checked))];
        let args = args.map(|n| Raw::Int(Some(n))).to_vec();
        let condition = "seq > $1 and seq <= $2 order by seq limit $3";
        let lines: Vec<AuditLog> = many(tx, condition, args).await?;
        if lines.is_empty() {
            return Ok((checked, last, missing(last.saturating_add(1))));
        }
        for line in lines {
            let seq = last.saturating_add(1);
            if line.seq != Some(seq) {
                return Ok((checked, last, missing(seq)));
            }
            seal = hash(&seal, &line, seq);
            let is_end_kept = seq < end.audit_seq || seal == end.audit_hash;
            if line.hash.as_ref() != Some(&seal) || !is_end_kept {
                let broken = BrokenLink {
                    seq,
                    id: Some(line.id),
                    reason: Breach::Altered,
                };
                return Ok((checked, last, Some(broken)));
            }
            (checked, last) = (checked.saturating_add(1), seq);
        }
    }
    Ok((checked, last, None))
}

async fn at(tx: &mut Tx<'_>, seq: i64) -> Result<Option<AuditLog>> {
    let found = many(tx, "seq = $1", vec![Raw::Int(Some(seq))]).await?;
    Ok(found.into_iter().next())
}
