//! Imports: histories of other systems, taken over row by row (T0, C27).
//!
//! A row stands or falls by itself: what is wrong with it is kept with its line, and the others go in. A row is known
//! by its key in the other system, so the same file twice imports nothing twice.

mod nyc311;
mod tally;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

pub use nyc311::{Case, SYSTEM, code_of, required_columns};
pub use tally::{ImportSummary, ProblemCount, Tally};

use crate::kernel::error::Place;
use crate::kernel::machine::holders;
use crate::kernel::text::{Number, WordCode};
use crate::kernel::{Csv, Error, Meta, Role, Stamp, Time, Violation};
use crate::requests::machine::ROWS;
use crate::{codes, id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ImportId, ImportRowId);

/// How many rows one import takes at most.
pub const MOST_ROWS: usize = 100_000;
/// The largest file in bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

label! {
    /// What is imported.
    pub enum ImportResource {
        /// Service requests with their history.
        ServiceRequests = "service_requests",
    }
}

label! {
    /// How the rows are read.
    pub enum ImportMapping {
        /// Rows are in our own form.
        None = "none",
        /// Rows of the public NYC 311 extract.
        Nyc311 = "nyc311",
    }
}

label! {
    /// What happens to rows whose key is known.
    pub enum ImportMode {
        /// They stay as they are.
        Create = "create",
        /// Their words are brought up to date.
        Upsert = "upsert",
    }
}

label! {
    /// Where an import stands.
    pub enum ImportStatus {
        /// Rows go in.
        Running = "running",
        /// Every row went in or was there.
        Done = "done",
        /// Some rows were refused.
        PartlyDone = "partly_done",
        /// No row went in.
        Failed = "failed",
    }
}

label! {
    /// What became of a row.
    pub enum ImportRowStatus {
        /// A record was made; in a dry run, would be.
        Created = "created",
        /// A record was brought up to date; in a dry run, would be.
        Updated = "updated",
        /// The record was there.
        Unchanged = "unchanged",
        /// The row was refused.
        Failed = "failed",
    }
}

/// One import.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Import {
    /// Machine identifier.
    pub id: ImportId,
    /// Number for people, for example `IM-20261123-000001`.
    pub number: Number,
    /// What is imported.
    pub resource: ImportResource,
    /// How the rows are read.
    pub mapping: ImportMapping,
    /// What happens to rows whose key is known.
    pub mode: ImportMode,
    /// Whether rows are only checked.
    pub dry_run: bool,
    /// Where it stands.
    pub status: ImportStatus,
    /// Rows looked at so far.
    #[schema(minimum = 0, maximum = 100_000)]
    pub total: i64,
    /// Records made.
    #[schema(minimum = 0, maximum = 100_000)]
    pub created: i64,
    /// Records brought up to date.
    #[schema(minimum = 0, maximum = 100_000)]
    pub updated: i64,
    /// Records that were there.
    #[schema(minimum = 0, maximum = 100_000)]
    pub unchanged: i64,
    /// Rows refused.
    #[schema(minimum = 0, maximum = 100_000)]
    pub failed: i64,
    /// Rows that went in with a remark.
    #[schema(minimum = 0, maximum = 100_000)]
    pub warnings: i64,
    /// What the rows say together.
    pub summary: ImportSummary,
    /// When the last row was done.
    #[schema(required)]
    pub finished_at: Option<Time>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ImportRow {
    /// Machine identifier.
    pub id: ImportRowId,
    /// The import.
    pub import_id: ImportId,
    /// The line of the file the row begins on; the first line is 1.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub line: i64,
    /// What became of it.
    pub status: ImportRowStatus,
    /// The record it led to.
    #[schema(required)]
    pub resource_id: Option<Uuid>,
    /// What is wrong or remarkable: the `code` of a problem document.
    #[schema(required, max_length = 64)]
    pub code: Option<String>,
    /// The same in words.
    #[schema(required, max_length = 500)]
    pub detail: Option<String>,
    /// The member or column it concerns.
    #[schema(required, max_length = 300)]
    pub pointer: Option<String>,
}

// ---- commands and filters ---------------------------------------------------------------------------------------

/// How a file is to be imported.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ImportOrder {
    /// What is imported.
    #[param(nullable = false, required = false)]
    pub resource: ImportResource,
    /// How the rows are read; `none` for rows in our own form.
    #[param(nullable = false, required = false)]
    pub mapping: ImportMapping,
    /// What happens to rows whose key is known.
    #[param(nullable = false, required = false)]
    pub mode: ImportMode,
    /// Whether rows are only checked.
    #[param(nullable = false, required = false)]
    pub dry_run: bool,
}

impl Default for ImportOrder {
    fn default() -> ImportOrder {
        ImportOrder {
            resource: ImportResource::ServiceRequests,
            mapping: ImportMapping::None,
            mode: ImportMode::Create,
            dry_run: false,
        }
    }
}

/// Narrows a list of imports.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ImportFilter {
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<ImportStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<ImportStatus>>,
    /// How the rows were read.
    #[param(nullable = false)]
    pub mapping: Option<ImportMapping>,
}

/// Narrows the results of one import.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ImportRowFilter {
    /// One or more outcomes, comma-separated.
    #[param(value_type = Option<Vec<ImportRowStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<ImportRowStatus>>,
    /// Refusals and remarks of this code only, for example `closed_before_created`.
    #[param(nullable = false)]
    pub code: Option<WordCode>,
    /// Rows with a refusal or remark only, or all others.
    #[param(nullable = false)]
    pub is_remarkable: Option<bool>,
}

/// The results of one import.
#[derive(Clone, Debug)]
pub struct ResultsOf {
    /// The import.
    pub import_id: ImportId,
    /// Which of them.
    pub filter: ImportRowFilter,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl Import {
    /// An import that begins now.
    pub fn begin(order: ImportOrder, number: Number, at: &Stamp) -> Import {
        Import {
            id: ImportId::next(at),
            number,
            resource: order.resource,
            mapping: order.mapping,
            mode: order.mode,
            dry_run: order.dry_run,
            status: ImportStatus::Running,
            total: 0,
            created: 0,
            updated: 0,
            unchanged: 0,
            failed: 0,
            warnings: 0,
            summary: ImportSummary::default(),
            finished_at: None,
            meta: Meta::new(at),
        }
    }

    /// Counts what became of some rows.
    pub fn count(&mut self, rows: &[ImportRow]) {
        for row in rows {
            self.total = self.total.saturating_add(1);
            let figure = match row.status {
                ImportRowStatus::Created => &mut self.created,
                ImportRowStatus::Updated => &mut self.updated,
                ImportRowStatus::Unchanged => &mut self.unchanged,
                ImportRowStatus::Failed => &mut self.failed,
            };
            *figure = figure.saturating_add(1);
            if row.status != ImportRowStatus::Failed && row.code.is_some() {
                self.warnings = self.warnings.saturating_add(1);
            }
        }
    }

    /// Ends the import; where it stands follows from its counts.
    pub fn finish(&mut self, at: &Stamp) {
        self.status = if self.failed == 0 {
            ImportStatus::Done
        } else if self.failed < self.total {
            ImportStatus::PartlyDone
        } else {
            ImportStatus::Failed
        };
        self.finished_at = Some(at.now);
    }

    /// Ends an import that could not go on.
    pub fn give_up(&mut self, at: &Stamp) {
        self.status = ImportStatus::Failed;
        self.finished_at = Some(at.now);
    }
}

impl ImportRow {
    /// A row that went in, or was there.
    pub fn done(import_id: ImportId, line: i64, status: ImportRowStatus, at: &Stamp) -> ImportRow {
        ImportRow {
            id: ImportRowId::next(at),
            import_id,
            line,
            status,
            resource_id: None,
            code: None,
            detail: None,
            pointer: None,
        }
    }

    /// A row that was refused.
    pub fn refused(import_id: ImportId, line: i64, why: &Error, at: &Stamp) -> ImportRow {
        ImportRow::done(import_id, line, ImportRowStatus::Failed, at).because(why)
    }

    /// Says what is wrong or remarkable; of several things the first.
    #[must_use]
    pub fn because(mut self, why: &Error) -> ImportRow {
        let first = why.errors.first();
        let code = first.map_or(why.code, |violation| violation.code);
        let said = first
            .and_then(|violation| violation.detail.as_ref())
            .or(why.detail.as_ref())
            .map_or(code.en, |(en, _)| en.as_str());
        self.code = Some(code.slug.to_owned());
        self.detail = Some(said.chars().take(500).collect());
        self.pointer = match first.map(|violation| &violation.place) {
            Some(Place::Pointer(place) | Place::Parameter(place) | Place::Header(place)) => {
                Some(place.chars().take(300).collect())
            }
            Some(Place::Call) | None => None,
        };
        self
    }
}

/// A remark on a row that goes in all the same.
pub fn remark(violation: Violation) -> Error {
    Error::from(violation)
}

// ---- codes and permissions --------------------------------------------------------------------------------------

codes! {
    MALFORMED_ROWS: Malformed = "malformed_rows", "The rows cannot be read", "无法读取数据行";
    MALFORMED_ROW: Invalid = "malformed_row", "The row cannot be read", "该行无法读取";
    IMPORT_EMPTY: Invalid = "import_empty", "There is no row to import", "没有可导入的数据行";
    COLUMNS_MISSING: Invalid = "columns_missing", "Columns are missing", "缺少必需的列";
    TOO_MANY_ROWS: TooLarge = "too_many_rows", "An import takes 100 000 rows at most", "单次导入最多 100 000 行";
    CLOSED_BEFORE_CREATED: Invalid = "closed_before_created", "Closed before it was created; taken as closed at once", "关闭时间早于创建时间，按立即关闭处理";
}

permissions! {
    Create = "imports:create" for holders(ROWS, "import");
    Read = "imports:read" for holders(ROWS, "import").with(Role::ServiceManager);
}
