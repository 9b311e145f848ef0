//! Imports: how they and what became of their rows are kept and found.

use aftercare_domain::imports::{Import, ImportFilter, ImportId, ImportRow, ImportStatus, ResultsOf};
use aftercare_domain::kernel::{Column as _, Raw, Result, Time};
use aftercare_domain::sla::SlaTimer;
use uuid::Uuid;

use crate::db::{ListBy, Record, Table, Tx, Where, many, record};

// Its progress is told by its counts, and what it made by the records themselves.
record! { Import: Table::new("imports", "import").part().quiet() =>
    id, number, resource, mapping, mode, dry_run, status, total, created, updated, unchanged, failed, warnings,
    summary, finished_at; meta
}

record! { ImportRow: Table::new("import_rows", "import_row").part() =>
    id, import_id, line, status, resource_id, code, detail, pointer
}

impl ListBy<Import> for ImportFilter {
    const SORTS: &'static [&'static str] = &["created_at", "number"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.eq("mapping", self.mapping);
    }
}

impl ListBy<ImportRow> for ResultsOf {
    const SORTS: &'static [&'static str] = &["line"];

    fn apply(&self, w: &mut Where) {
        w.eq("import_id", Some(self.import_id));
        w.any("status", self.filter.status.as_ref());
        w.eq("code", self.filter.code.clone());
        match self.filter.is_remarkable {
            Some(true) => w.raw("code is not null", None),
            Some(false) => w.raw("code is null", None),
            None => {}
        }
    }
}

/// The record of a code, if there is one.
pub async fn by_code<T: Record>(tx: &mut Tx<'_>, code: &str) -> Result<Option<T>> {
    let found = many(tx, "code = $1", vec![code.to_owned().to_raw()]).await?;
    Ok(found.into_iter().next())
}

/// The promises of a request.
pub async fn timers_of(tx: &mut Tx<'_>, request: Uuid) -> Result<Vec<SlaTimer>> {
    many(tx, "subject_id = $1 order by id", vec![Raw::Uuid(Some(request))]).await
}

/// Imports nobody has worked on since an instant, though they have not ended.
pub async fn stalled(tx: &mut Tx<'_>, since: Time) -> Result<Vec<ImportId>> {
    let args = vec![ImportStatus::Running.to_raw(), since.to_raw()];
    let found: Vec<Import> = many(tx, "status = $1 and updated_at < $2 order by id", args).await?;
    Ok(found.into_iter().map(|import| import.id).collect())
}
