//! Assessments: how schemes, assessments and their evidence are kept, and the facts they are counted from.

use std::collections::BTreeSet;

use aftercare_domain::assessments::{
    AssessmentEvidence, AssessmentEvidenceFilter, AssessmentScheme, AssessmentSchemeFilter,
    EVIDENCE_ELSEWHERE, EVIDENCE_OUTSIDE_PERIOD, EvidenceKind, OutletAssessment, OutletAssessmentFilter,
    OutletAssessmentId, TallyEvidence,
};
use aftercare_domain::exams::ExamAttempt;
use aftercare_domain::exams::attempts::best;
use aftercare_domain::kernel::error::{DUPLICATE, INTERNAL, Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::text::{Label64, MasterCode, WordCode};
use aftercare_domain::kernel::{
    Actor, Code, Column as _, Figure, Period, Raw, Result, Scope, Time, Violation,
};
use aftercare_domain::requests::OutletId;
use aftercare_domain::work_orders::{Outcome, WorkOrder, WorkOrderId, WorkOrderKind, WorkOrderStatus};
use uuid::Uuid;

use crate::db::{ListBy, Sql, Table, Tx, Unique, Where, many, marks, record, sql};
use crate::dictionaries::text_of;
use crate::platform::digest::sha256_hex;
use crate::platform::visibility::narrow;

const SCHEMES: Table = Table::new("assessment_schemes", "assessment_scheme").unique(SCHEMES_UNIQUES);
const SCHEMES_UNIQUES: &[Unique] = &[Unique {
    constraint: "assessment_schemes_version_key",
    columns: "assessment_schemes.code, assessment_schemes.rule_version",
    code: &DUPLICATE,
    pointer: "#/code",
}];

record! { AssessmentScheme: SCHEMES =>
    id, code, rule_version, name, period, indicators, min_jobs, effective_from; meta; search = search_text
}

const ASSESSMENTS: Table = Table::new("outlet_assessments", "outlet_assessment")
    .scoped(visible)
    .unique(ASSESSMENTS_UNIQUES);
const ASSESSMENTS_UNIQUES: &[Unique] = &[Unique {
    constraint: "outlet_assessments_period_key",
    columns: "outlet_assessments.outlet_id, outlet_assessments.period",
    code: &DUPLICATE,
    pointer: "#/period",
}];

record! { OutletAssessment: ASSESSMENTS =>
    id, outlet_id, period, scheme_id, revision, tally, content_hash, told, adjustments, score, band, status,
    proposes_suspension, rectification_due, valid_from, submitted_by, approved_by, approved_at, status_reason, appeal;
    meta
}

record! { AssessmentEvidence: Table::new("assessment_evidence", "assessment_evidence").part().quiet() =>
    id, assessment_id, indicator, fact, resource, record_id, amount
}

impl ListBy<AssessmentScheme> for AssessmentSchemeFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "code", "effective_from"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("period", self.period);
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

impl ListBy<OutletAssessment> for OutletAssessmentFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "period", "score"];

    fn apply(&self, w: &mut Where) {
        w.eq("outlet_id", self.outlet_id);
        w.eq("period", self.period.clone());
        w.any("status", self.status.as_ref());
    }
}

/// The evidence of one assessment, which the caller may see.
#[derive(Clone, Debug)]
pub struct EvidenceOf {
    /// The assessment.
    pub assessment_id: OutletAssessmentId,
    /// What of it.
    pub filter: AssessmentEvidenceFilter,
}

impl ListBy<AssessmentEvidence> for EvidenceOf {
    const SORTS: &'static [&'static str] = &["indicator", "fact"];

    fn apply(&self, w: &mut Where) {
        w.eq("assessment_id", Some(self.assessment_id));
        w.eq("indicator", self.filter.indicator.clone());
        w.eq("fact", self.filter.fact.clone());
    }
}

/// What the text search looks into.
fn search_text(scheme: &AssessmentScheme) -> String {
    text_of(scheme.code.as_str(), &scheme.name)
}

/// An outlet's people see how it did once that is approved; whoever works for all of them sees all.
fn visible(actor: &Actor, w: &mut Where) {
    narrow(actor, w, "1 = 0 and id = ?", "1 = 0 and id = ?", "outlet_id = ?");
    if actor.scope() == Scope::Outlet {
        w.raw("status in ('approved', 'appealed')", None);
    }
}

/// Every version of a scheme, the first first.
pub async fn versions(tx: &mut Tx<'_>, code: &MasterCode) -> Result<Vec<AssessmentScheme>> {
    many(
        tx,
        "code = $1 order by rule_version limit 1000",
        vec![code.to_raw()],
    )
    .await
}

/// The assessment of an outlet for a period, whoever asks.
pub async fn of_period(
    tx: &mut Tx<'_>,
    outlet_id: OutletId,
    period: &Period,
) -> Result<Option<OutletAssessment>> {
    let args = vec![outlet_id.to_raw(), period.to_raw()];
    let found = many(tx, "outlet_id = $1 and period = $2", args).await?;
    Ok(found.into_iter().next())
}

/// Every approved assessment of an outlet, whoever asks; the newest hundred.
pub async fn approved(tx: &mut Tx<'_>, outlet_id: OutletId) -> Result<Vec<OutletAssessment>> {
    let condition = "outlet_id = $1 and status in ('approved', 'appealed') order by id desc limit 100";
    many(tx, condition, vec![outlet_id.to_raw()]).await
}

/// What proves a text.
pub fn digest(text: &str) -> Result<Label64> {
    Label64::new(sha256_hex(text.as_bytes())).map_err(|_| INTERNAL.error())
}

// ---- facts ------------------------------------------------------------------------------------------------------

/// An outlet in a period.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The outlet.
    pub outlet_id: OutletId,
    /// The first instant of the period.
    pub from: Time,
    /// The first instant after it.
    pub to: Time,
}

/// The facts gathered so far.
#[derive(Default)]
struct Facts(Vec<TallyEvidence>);

impl Facts {
    fn add(&mut self, fact: &str, resource: EvidenceKind, id: Uuid, amount: Figure) -> Result<()> {
        self.0.push(TallyEvidence {
            fact: WordCode::new(fact).map_err(|_| INTERNAL.error())?,
            resource,
            id,
            amount,
        });
        Ok(())
    }
}

/// What the records here say of an outlet in a period: jobs given out in it, calls recorded and exams handed in.
pub async fn facts(tx: &mut Tx<'_>, span: Span) -> Result<Vec<TallyEvidence>> {
    let mut facts = Facts::default();
    orders(tx, span, &mut facts).await?;
    calls(tx, span, &mut facts).await?;
    exams(tx, span, &mut facts).await?;
    Ok(facts.0)
}

/// Jobs given to the outlet in the period; what was cancelled was nobody's to do.
async fn orders(tx: &mut Tx<'_>, span: Span, facts: &mut Facts) -> Result<()> {
    let condition =
        "outlet_id = $1 and dispatched_at >= $2 and dispatched_at < $3 and status <> 'cancelled' order by id";
    let orders: Vec<WorkOrder> = many(tx, condition, args(span)).await?;
    let promised = promises(tx, span).await?;
    let at_once = solved_at_once(tx, span).await?;
    for order in &orders {
        let id = order.id.0;
        facts.add("order_given", EvidenceKind::WorkOrder, id, Figure::ONE)?;
        let is_done = matches!(
            order.status,
            WorkOrderStatus::Completed | WorkOrderStatus::Verified
        );
        if is_done && order.outcome.is_some_and(Outcome::is_attempt) {
            facts.add("order_completed", EvidenceKind::WorkOrder, id, Figure::ONE)?;
            if at_once.contains(&order.id) {
                facts.add("solved_at_once", EvidenceKind::WorkOrder, id, Figure::ONE)?;
            }
        }
        // The agreed window, else the promise of the request; nobody comes to a remote job.
        let of_request = || {
            promised
                .iter()
                .find(|(of, _)| *of == order.id)
                .map(|(_, due)| *due)
        };
        let due = order.appointment.map(|agreed| agreed.to).or_else(of_request);
        if let (WorkOrderKind::OnSite, Some(due)) = (order.kind, due) {
            facts.add("arrival_due", EvidenceKind::WorkOrder, id, Figure::ONE)?;
            if order.arrived_at.is_some_and(|at| at <= due) {
                facts.add("arrived_on_time", EvidenceKind::WorkOrder, id, Figure::ONE)?;
            }
        }
    }
    Ok(())
}

fn args(span: Span) -> Vec<Raw> {
    vec![span.outlet_id.to_raw(), span.from.to_raw(), span.to.to_raw()]
}

/// When the requests of the jobs were promised an arrival.
async fn promises(tx: &mut Tx<'_>, span: Span) -> Result<Vec<(WorkOrderId, Time)>> {
    let text = sql!(
        "select w.id, t.due_at from work_orders w
         join sla_timers t on t.subject_id = w.service_request_id and t.kind = 'arrival'
         where w.outlet_id = $1 and w.dispatched_at >= $2 and w.dispatched_at < $3 order by w.id",
        span.outlet_id,
        span.from,
        span.to
    );
    tx.read(text, |row| Ok((row.get("id")?, row.get("due_at")?)))
        .await
}

/// Jobs that solved what nobody had tried before, and that the customer did not refuse.
async fn solved_at_once(tx: &mut Tx<'_>, span: Span) -> Result<Vec<WorkOrderId>> {
    let text = sql!(
        "select w.id from work_orders w join attempts a on a.work_order_id = w.id
         where w.outlet_id = $1 and w.dispatched_at >= $2 and w.dispatched_at < $3
           and a.no = 1 and a.outcome = 'resolved' and coalesce(a.accepted, $4) = $4 order by w.id",
        span.outlet_id,
        span.from,
        span.to,
        true
    );
    tx.read(text, |row| row.get("id")).await
}

/// What customers said in the period of jobs of the outlet.
async fn calls(tx: &mut Tx<'_>, span: Span, facts: &mut Facts) -> Result<()> {
    let text = sql!(
        "select distinct f.id, f.status from follow_ups f
         join work_orders w on w.service_request_id = f.service_request_id and w.cycle_no = f.cycle_no
         where w.outlet_id = $1 and f.recorded_at >= $2 and f.recorded_at < $3
           and w.status in ('completed', 'verified') and f.status in ('satisfied', 'dissatisfied') order by f.id",
        span.outlet_id,
        span.from,
        span.to
    );
    let said: Vec<(Uuid, String)> = tx
        .read(text, |row| Ok((row.get("id")?, row.get("status")?)))
        .await?;
    for (id, status) in said {
        facts.add("customer_asked", EvidenceKind::FollowUp, id, Figure::ONE)?;
        if status == "satisfied" {
            facts.add("customer_satisfied", EvidenceKind::FollowUp, id, Figure::ONE)?;
        }
    }
    Ok(())
}

/// The best attempt of each engineer of the outlet in each exam of which one was handed in during the period.
async fn exams(tx: &mut Tx<'_>, span: Span, facts: &mut Facts) -> Result<()> {
    let condition = "engineer_id in (select id from engineers where outlet_id = $1) \
                     and submitted_at >= $2 and submitted_at < $3 and status = 'scored' \
                     order by exam_id, engineer_id, attempt_no";
    let attempts: Vec<ExamAttempt> = many(tx, condition, args(span)).await?;
    let one = |attempt: &ExamAttempt| (attempt.exam_id, attempt.engineer_id);
    for sitting in attempts.chunk_by(|a, b| one(a) == one(b)) {
        if let Some(attempt) = best(sitting) {
            // In hundredths of what the paper gives, because papers give different sums.
            let of = attempt.score.unwrap_or_default();
            let score = Figure::HUNDRED.times_fraction(of, attempt.full_score, 2);
            let score = score.unwrap_or_default();
            facts.add("exam_taken", EvidenceKind::ExamAttempt, attempt.id.0, Figure::ONE)?;
            facts.add("exam_score", EvidenceKind::ExamAttempt, attempt.id.0, score)?;
        }
    }
    Ok(())
}

// ---- what is told -----------------------------------------------------------------------------------------------

/// Where a record that shows a fact belongs; one row for each outlet it has to do with.
struct Standing {
    id: Uuid,
    outlet_id: Option<OutletId>,
    at: Option<Time>,
}

/// Records of a kind with the outlets they have to do with, and the instant that says in which period they lie: jobs when
/// they were given out, requests when they were registered, calls when they were recorded, attempts when they were handed
/// in. An engineer lies in no period.
const fn standing_of(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Engineer => "select id, outlet_id, created_at as at from engineers where id in",
        EvidenceKind::ExamAttempt => {
            "select a.id, e.outlet_id, a.submitted_at as at from exam_attempts a
             join engineers e on e.id = a.engineer_id where a.id in"
        }
        EvidenceKind::FollowUp => {
            "select f.id, w.outlet_id, f.recorded_at as at from follow_ups f
             left join work_orders w on w.service_request_id = f.service_request_id and w.cycle_no = f.cycle_no
             where f.id in"
        }
        EvidenceKind::ServiceRequest => {
            "select r.id, coalesce(w.outlet_id, r.outlet_id) as outlet_id, r.created_at as at from service_requests r
             left join work_orders w on w.service_request_id = r.id where r.id in"
        }
        EvidenceKind::WorkOrder => "select id, outlet_id, dispatched_at as at from work_orders where id in",
    }
}

/// Refuses facts that are told by a record that is not there (`unknown_reference`), that is another outlet's
/// (`evidence_elsewhere`), or that lies in another period (`evidence_outside_period`).
pub async fn refer_evidence(
    tx: &mut Tx<'_>,
    told: &[TallyEvidence],
    span: Span,
    wrong: &mut Vec<Violation>,
) -> Result<()> {
    for kind in EvidenceKind::ALL {
        let asked: BTreeSet<Uuid> = told
            .iter()
            .filter(|fact| fact.resource == *kind)
            .map(|fact| fact.id)
            .collect();
        if asked.is_empty() {
            continue;
        }
        let text = format!("{} ({})", standing_of(*kind), marks(1, asked.len()));
        let args = asked.iter().map(|id| Raw::Uuid(Some(*id))).collect();
        let found: Vec<Standing> = tx
            .read(Sql::new(text, args), |row| {
                Ok(Standing {
                    id: row.get("id")?,
                    outlet_id: row.get("outlet_id")?,
                    at: row.get("at")?,
                })
            })
            .await?;
        let of_kind = told.iter().enumerate().filter(|(_, fact)| fact.resource == *kind);
        for (place, fact) in of_kind {
            let rows: Vec<&Standing> = found.iter().filter(|row| row.id == fact.id).collect();
            if let Some(code) = fault_of(*kind, &rows, span) {
                wrong.push(code.violation(Place::Pointer(format!("#/facts/{place}/id"))));
            }
        }
    }
    Ok(())
}

fn fault_of(kind: EvidenceKind, rows: &[&Standing], span: Span) -> Option<&'static Code> {
    let Some(first) = rows.first() else {
        return Some(&UNKNOWN_REFERENCE);
    };
    if rows.iter().all(|row| row.outlet_id != Some(span.outlet_id)) {
        return Some(&EVIDENCE_ELSEWHERE);
    }
    let is_outside = |at: Time| at < span.from || at >= span.to;
    // What was never handed in or recorded shows nothing yet.
    let is_elsewhen = kind != EvidenceKind::Engineer && first.at.is_none_or(is_outside);
    is_elsewhen.then_some(&EVIDENCE_OUTSIDE_PERIOD)
}
