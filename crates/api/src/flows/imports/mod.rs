//! Imports: the rows of a file go in, each in a unit of work of its own, many to a commit (T0, C27).

mod nyc311;
mod rows;

use aftercare_domain::imports::{
    Case, Import, ImportId, ImportMapping, ImportMode, ImportOrder, ImportRow, ImportRowStatus, Tally,
};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::text::Number;
use aftercare_domain::kernel::{Error, Patch, Result, Stamp, Time, Violation};
use aftercare_domain::problem_types::{ProblemType, ProblemTypeId};
use aftercare_domain::requests::{
    Dossier, ImportedRequest, ServiceRequest, ServiceRequestCreate, ServiceRequestId, ServiceRequestPatch,
};
use aftercare_domain::sla::SlaTimer;
use aftercare_domain::sla::policy::SlaPolicy;
use aftercare_persistence::platform::external_refs;
use aftercare_persistence::requests::keep_new;
use aftercare_persistence::{self as persistence, Db, IfMatch, Tx, Work, imports, numbers, sla_policies};
use futures_util::future::join_all;

use super::intake;
use super::requests::{self, Desk};
use nyc311::Known;
pub use rows::{File, Form};
use rows::{Line, Own};

/// How many rows go in together.
const CHUNK: usize = 64;
/// After how many minutes without a row an import is taken for broken off.
const STALLED_MINUTES: i64 = 10;

/// A row, understood.
#[derive(Clone)]
struct Entry {
    request: ServiceRequestCreate,
    created_at: Time,
    closed_at: Option<Time>,
    promise: Promise,
    remark: Option<Violation>,
}

/// By which policy a row is measured.
#[derive(Clone)]
enum Promise {
    /// The one a new request would get.
    Chosen,
    /// This one, or none.
    Given(Option<Box<SlaPolicy>>),
}

/// What became of a row that was not refused.
struct Taken {
    status: ImportRowStatus,
    id: Option<ServiceRequestId>,
    problem: ProblemTypeId,
    name: String,
    timers: Vec<SlaTimer>,
}

/// Begins an import.
pub async fn begin(tx: &mut Tx<'_>, order: ImportOrder) -> Result<Import> {
    let number = numbers::next(tx, Series::Import).await?;
    let import = Import::begin(order, number, &tx.stamp());
    persistence::insert(tx, &import).await?;
    Ok(import)
}

/// Lets the rows of a file in and tells the progress after every commit. The import as it ends.
///
/// Errors: only what stops the whole import; it stands as failed then.
pub async fn run(
    db: &Db,
    work: &Work,
    import: Import,
    file: &File,
    progress: impl FnMut(&Import),
) -> Result<Import> {
    let id = import.id;
    let outcome = rows_of(db, work, import, file, progress).await;
    if outcome.is_err() {
        give_up(db, work, id).await?;
    }
    outcome
}

async fn rows_of(
    db: &Db,
    work: &Work,
    mut import: Import,
    file: &File,
    mut progress: impl FnMut(&Import),
) -> Result<Import> {
    let mut known = Known::default();
    let mut tally = Tally::default();
    let mut lines = file.lines()?;
    loop {
        let chunk: Vec<Line> = lines.by_ref().take(CHUNK).collect();
        let is_last = chunk.len() < CHUNK;
        let entries = understood(db, work, &import, &mut known, chunk, file.form).await;
        let taken = join_all(
            entries
                .into_iter()
                .map(async |(no, entry)| (no, let_in(db, work, &import, entry).await)),
        )
        .await;
        for (_, outcome) in &taken {
            if let Ok((taken, _)) = outcome {
                tally.add(taken.problem, &taken.name, &taken.timers);
            }
        }
        let (id, summary) = (import.id, tally.summary());
        import = db
            .write(work, async move |tx| {
                let at = tx.stamp();
                let rows: Vec<ImportRow> = taken
                    .into_iter()
                    .map(|(no, outcome)| row_of(id, no, outcome, &at))
                    .collect();
                persistence::insert_all(tx, &rows).await?;
                let mut import: Import = persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
                import.count(&rows);
                import.summary = summary;
                if is_last {
                    import.finish(&at);
                }
                persistence::update(tx, &mut import).await?;
                Ok(import)
            })
            .await?;
        progress(&import);
        if is_last {
            return Ok(import);
        }
    }
}

fn row_of(
    import_id: ImportId,
    line: i64,
    outcome: Result<(Taken, Option<Violation>)>,
    at: &Stamp,
) -> ImportRow {
    match outcome {
        Err(why) => ImportRow::refused(import_id, line, &why, at),
        Ok((taken, remark)) => {
            let mut row = ImportRow::done(import_id, line, taken.status, at);
            row.resource_id = taken.id.map(|id| id.0);
            match remark {
                Some(remark) => row.because(&Error::from(remark)),
                None => row,
            }
        }
    }
}

/// Reads the rows of a chunk and makes what they point at, where the mapping says so.
async fn understood(
    db: &Db,
    work: &Work,
    import: &Import,
    known: &mut Known,
    chunk: Vec<Line>,
    form: Form,
) -> Vec<(i64, Result<Entry>)> {
    if import.mapping == ImportMapping::None {
        let own = |line: Line| {
            (
                line.no,
                line.cells
                    .and_then(|cells| Own::read(cells, form))
                    .map(Entry::from),
            )
        };
        return chunk.into_iter().map(own).collect();
    }
    let cases: Vec<(i64, Result<Case>)> = chunk
        .into_iter()
        .map(|line| (line.no, line.cells.and_then(|cells| Case::read(&cells))))
        .collect();
    let found = cases.iter().filter_map(|(_, case)| case.as_ref().ok());
    let pairs = found
        .map(|case| (case.agency.clone(), case.complaint.clone()))
        .collect();
    let learnt = if import.dry_run {
        Ok(())
    } else {
        known.learn(db, work, pairs).await
    };
    let entry = |case: Case| {
        learnt.clone()?;
        Ok(Entry {
            request: known.request(&case)?,
            created_at: case.created_at,
            closed_at: case.closed_at,
            promise: Promise::Given(known.promise(&case).map(Box::new)),
            remark: case.remark,
        })
    };
    cases
        .into_iter()
        .map(|(no, case)| (no, case.and_then(entry)))
        .collect()
}

impl From<Own> for Entry {
    fn from(row: Own) -> Entry {
        Entry {
            request: row.request,
            created_at: row.created_at,
            closed_at: row.closed_at,
            promise: Promise::Chosen,
            remark: None,
        }
    }
}

/// One row: checked only, or let in by a unit of its own.
async fn let_in(
    db: &Db,
    work: &Work,
    import: &Import,
    entry: Result<Entry>,
) -> Result<(Taken, Option<Violation>)> {
    let entry = entry?;
    let remark = entry.remark.clone();
    let (mode, mapping) = (import.mode, import.mapping);
    if import.dry_run {
        let taken = db
            .read(work, async |tx| probe(tx, &entry, mode, mapping).await)
            .await?;
        return Ok((taken, remark));
    }
    if mode == ImportMode::Upsert {
        // What is due in a request that will change goes first, in a unit of its own (A24).
        let known = db.read(work, async |tx| find(tx, &entry.request).await).await?;
        if let Some(id) = known {
            requests::catch_up(db, id).await?;
        }
    }
    let taken = db
        .intake(work, async move |tx| take(tx, entry.clone(), mode).await)
        .await?;
    Ok((taken, remark))
}

/// The request one of the keys leads to.
async fn find(tx: &mut Tx<'_>, request: &ServiceRequestCreate) -> Result<Option<ServiceRequestId>> {
    for key in &request.external_refs {
        if let Some(id) = external_refs::find::<ServiceRequest>(tx, key).await? {
            return Ok(Some(ServiceRequestId(id)));
        }
    }
    Ok(None)
}

/// Takes a row over, or finds what it became before.
async fn take(tx: &mut Tx<'_>, entry: Entry, mode: ImportMode) -> Result<Taken> {
    if let Some(id) = find(tx, &entry.request).await? {
        let status = match mode {
            ImportMode::Create => ImportRowStatus::Unchanged,
            ImportMode::Upsert => bring_up_to_date(tx, id, &entry.request).await?,
        };
        let request: ServiceRequest = persistence::get(tx, id).await?;
        return was_there(tx, &request, status).await;
    }
    let facts = intake::check(tx, &entry.request).await?;
    let policy = match entry.promise.clone() {
        Promise::Chosen => sla_policies::choose(tx, &facts, None).await?,
        Promise::Given(policy) => policy.map(|policy| *policy),
    };
    let number = numbers::next(tx, Series::ServiceRequest).await?;
    let mut dossier = imported(tx, entry, policy, number).await?;
    keep_new(tx, &mut dossier).await?;
    external_refs::keep(tx, &dossier.request).await?;
    let problem: ProblemType = persistence::get(tx, dossier.request.problem_type_id).await?;
    Ok(Taken {
        status: ImportRowStatus::Created,
        id: Some(dossier.request.id),
        problem: problem.id,
        name: problem.name.zh.to_string(),
        timers: dossier.timers,
    })
}

/// What would become of a row; nothing is kept.
async fn probe(tx: &mut Tx<'_>, entry: &Entry, mode: ImportMode, mapping: ImportMapping) -> Result<Taken> {
    if let Some(id) = find(tx, &entry.request).await? {
        let request: ServiceRequest = persistence::get(tx, id).await?;
        let is_new = mode == ImportMode::Upsert && changes(&request, &entry.request).is_some();
        let status = if is_new {
            ImportRowStatus::Updated
        } else {
            ImportRowStatus::Unchanged
        };
        return was_there(tx, &request, status).await;
    }
    let mut policy = None;
    let mut name = String::new();
    // What the extract points at would be made by the import itself.
    if mapping == ImportMapping::None {
        let facts = intake::check(tx, &entry.request).await?;
        policy = sla_policies::choose(tx, &facts, None).await?;
        let problem: ProblemType = persistence::get(tx, entry.request.problem_type_id).await?;
        name = problem.name.zh.to_string();
    }
    let number = Number::new("SR-00000000-000000").map_err(|_| INTERNAL.error())?;
    let dossier = imported(tx, entry.clone(), policy, number).await?;
    Ok(Taken {
        status: ImportRowStatus::Created,
        id: None,
        problem: dossier.request.problem_type_id,
        name,
        timers: dossier.timers,
    })
}

async fn imported(
    tx: &mut Tx<'_>,
    entry: Entry,
    policy: Option<SlaPolicy>,
    number: Number,
) -> Result<Dossier> {
    let mut desk = Desk::open(tx, policy, "import").await?;
    let history = ImportedRequest {
        request: entry.request,
        number,
        created_at: entry.created_at,
        closed_at: entry.closed_at,
    };
    Dossier::import(history, &mut desk.context(), &tx.stamp())
}

async fn was_there(tx: &mut Tx<'_>, request: &ServiceRequest, status: ImportRowStatus) -> Result<Taken> {
    let problem: ProblemType = persistence::get(tx, request.problem_type_id).await?;
    Ok(Taken {
        status,
        id: Some(request.id),
        problem: problem.id,
        name: problem.name.zh.to_string(),
        timers: imports::timers_of(tx, request.id.0).await?,
    })
}

/// The words a row changes; where the request stands changes only by actions.
fn changes(known: &ServiceRequest, said: &ServiceRequestCreate) -> Option<ServiceRequestPatch> {
    let analysis = said.problem_analysis.as_ref();
    let is_same = known.title == said.title
        && known.description == said.description
        && known.labels == said.labels
        && known.custom_fields == said.custom_fields
        && (analysis.is_none() || analysis == known.problem_analysis.as_ref());
    (!is_same).then(|| ServiceRequestPatch {
        title: Some(said.title.clone()),
        description: Some(said.description.clone()),
        labels: Some(said.labels.clone()),
        custom_fields: Some(said.custom_fields.clone()),
        problem_analysis: analysis.map_or(Patch::Keep, |text| Patch::Set(text.clone())),
        ..ServiceRequestPatch::default()
    })
}

async fn bring_up_to_date(
    tx: &mut Tx<'_>,
    id: ServiceRequestId,
    said: &ServiceRequestCreate,
) -> Result<ImportRowStatus> {
    let request: ServiceRequest = persistence::get(tx, id).await?;
    let Some(patch) = changes(&request, said) else {
        return Ok(ImportRowStatus::Unchanged);
    };
    requests::act(
        tx,
        id,
        &IfMatch::internal(),
        "update",
        async |tx, dossier, ctx, at| {
            intake::check_patch(tx, dossier, &patch).await?;
            dossier.revise(patch, ctx.settings, at)
        },
    )
    .await?;
    Ok(ImportRowStatus::Updated)
}

async fn give_up(db: &Db, work: &Work, id: ImportId) -> Result<()> {
    db.write(work, async move |tx| {
        let mut import: Import = persistence::get_for_update(tx, id, &IfMatch::internal()).await?;
        import.give_up(&tx.stamp());
        persistence::update(tx, &mut import).await
    })
    .await
}

/// Ends imports a stopped server left behind; the same file imported again goes on where they stopped.
pub async fn end_stalled(db: &Db) -> Result<()> {
    let work = Work::system("import");
    let stalled = db
        .read(&work, async |tx| {
            let since = tx.now().plus_minutes(-STALLED_MINUTES);
            imports::stalled(tx, since).await
        })
        .await?;
    for id in stalled {
        give_up(db, &work, id).await?;
    }
    Ok(())
}
