//! What the records here say of an engineer in a month (EN-6).

use aftercare_domain::exams::attempts::best;
use aftercare_domain::exams::{Exam, ExamAttempt};
use aftercare_domain::follow_ups::{FollowUpStatus, Scores};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::text::WordCode;
use aftercare_domain::kernel::{Column as _, Figure, Raw, Result, Time};
use aftercare_domain::performance::Measure;
use aftercare_domain::performance::count::EvidenceId;
use aftercare_domain::requests::EngineerId;
use aftercare_domain::requests::members::Satisfaction;
use aftercare_domain::work_orders::{Outcome, WorkOrder, WorkOrderId, WorkOrderKind, WorkOrderStatus};
use uuid::Uuid;

use crate::db::{Tx, among, many, sql};

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// An engineer in a month.
#[derive(Clone, Copy, Debug)]
pub struct Month {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The first instant of the month.
    pub from: Time,
    /// The first instant after it.
    pub to: Time,
}

impl Month {
    fn args(self) -> Vec<Raw> {
        vec![self.engineer_id.to_raw(), self.from.to_raw(), self.to.to_raw()]
    }

    fn has(self, at: Time) -> bool {
        self.from <= at && at < self.to
    }
}

/// What is counted of one indicator: a sum over so many records.
#[derive(Default)]
struct Sum {
    records: Vec<Uuid>,
    amount: i64,
}

impl Sum {
    fn add(&mut self, id: Uuid, amount: i64) {
        self.records.push(id);
        self.amount = self.amount.saturating_add(amount);
    }

    fn number(&self) -> i64 {
        i64::try_from(self.records.len()).unwrap_or(i64::MAX)
    }

    /// So much of the sum for each record, with two decimals; nothing without a record.
    fn measure(self, indicator: &str, resource: &str, whole: Figure, by: i64) -> Result<Measure> {
        let word = |text: &str| WordCode::new(text).map_err(|_| INTERNAL.error());
        Ok(Measure {
            indicator: word(indicator)?,
            actual: whole.times_fraction(self.amount, self.number().saturating_mul(by), 2),
            resource: Some(word(resource)?),
            evidence_ids: self.records.into_iter().map(EvidenceId).collect(),
        })
    }

    /// How many of a hundred records.
    fn share(self, indicator: &str, resource: &str) -> Result<Measure> {
        self.measure(indicator, resource, Figure::HUNDRED, 1)
    }
}

/// Everything that is measured here, in the order of the standard scheme.
pub async fn measures(tx: &mut Tx<'_>, month: Month) -> Result<Vec<Measure>> {
    let orders = orders(tx, month).await?;
    let mut found = vec![first_calls(tx, month).await?];
    let mut handling = Sum::default();
    for order in &orders {
        let began = order.started_at.or(order.arrived_at);
        let ended = order.finished_at.filter(|at| month.has(*at));
        let is_attempt = order.outcome.is_some_and(Outcome::is_attempt);
        if let (Some(began), Some(ended), true) = (began, ended, is_attempt) {
            handling.add(order.id.0, ended.millis_since(began));
        }
    }
    found.push(handling.measure("handling_minutes", "work_order", Figure::ONE, MINUTE)?);
    found.push(emergencies(tx, month, &orders).await?);
    found.push(second_visits(tx, month).await?);
    found.extend(said(tx, month).await?.measures()?);
    found.push(arrivals(tx, month, &orders).await?);
    found.extend(exams(tx, month).await?);
    Ok(found)
}

/// His jobs given out or ended in the month; what was cancelled was nobody's to do.
async fn orders(tx: &mut Tx<'_>, month: Month) -> Result<Vec<WorkOrder>> {
    let condition = "engineer_id = $1 and (dispatched_at >= $2 or finished_at >= $2) and dispatched_at < $3
         and status <> 'cancelled' order by id";
    many(tx, condition, month.args()).await
}

/// Requests processed in the month that he tried to solve: at the first try, and the customer was content.
async fn first_calls(tx: &mut Tx<'_>, month: Month) -> Result<Measure> {
    let text = sql!(
        "select r.id, r.satisfaction, count(distinct b.id) as tries from service_requests r
         join attempts a on a.service_request_id = r.id
         join attempts b on b.service_request_id = r.id
         where a.engineer_id = $1 and r.processed_at >= $2 and r.processed_at < $3
         group by r.id, r.satisfaction order by r.id",
        month.engineer_id,
        month.from,
        month.to
    );
    let found: Vec<(Uuid, Option<Satisfaction>, i64)> = tx
        .read(text, |row| {
            Ok((row.get("id")?, row.get("satisfaction")?, row.get("tries")?))
        })
        .await?;
    let mut sum = Sum::default();
    for (id, satisfaction, tries) in found {
        let is_first = tries == 1 && satisfaction == Some(Satisfaction::Satisfied);
        sum.add(id, i64::from(is_first));
    }
    sum.share("first_call_resolution", "service_request")
}

/// How long customers with an emergency waited for him, from the job given out to his arrival.
async fn emergencies(tx: &mut Tx<'_>, month: Month, orders: &[WorkOrder]) -> Result<Measure> {
    let text = sql!(
        "select w.id from work_orders w join service_requests r on r.id = w.service_request_id
         where w.engineer_id = $1 and w.dispatched_at >= $2 and w.dispatched_at < $3 and r.emergency = $4
         order by w.id",
        month.engineer_id,
        month.from,
        month.to,
        true
    );
    let urgent: Vec<WorkOrderId> = tx.read(text, |row| row.get("id")).await?;
    let mut sum = Sum::default();
    for order in orders.iter().filter(|order| urgent.contains(&order.id)) {
        if let Some(arrived) = order.arrived_at {
            sum.add(order.id.0, arrived.millis_since(order.dispatched_at));
        }
    }
    sum.measure("emergency_minutes", "work_order", Figure::ONE, MINUTE)
}

/// Requests he visited in the month that took a second visit by then.
async fn second_visits(tx: &mut Tx<'_>, month: Month) -> Result<Measure> {
    let text = sql!(
        "select a.service_request_id as id, count(distinct b.id) as visits from work_orders a
         join work_orders b on b.service_request_id = a.service_request_id
         where a.engineer_id = $1 and a.arrived_at >= $2 and a.arrived_at < $3 and b.arrived_at < $3
         group by a.service_request_id order by a.service_request_id",
        month.engineer_id,
        month.from,
        month.to
    );
    let found: Vec<(Uuid, i64)> = tx
        .read(text, |row| Ok((row.get("id")?, row.get("visits")?)))
        .await?;
    let mut sum = Sum::default();
    for (id, visits) in found {
        sum.add(id, i64::from(visits >= 2));
    }
    sum.share("second_visit_rate", "service_request")
}

/// What customers said of his jobs.
#[derive(Default)]
struct Said {
    asked: Sum,
    attitude: Sum,
}

impl Said {
    fn measures(self) -> Result<[Measure; 2]> {
        let share = self.asked.share("solved_satisfaction", "follow_up")?;
        let mean = self
            .attitude
            .measure("attitude_score", "follow_up", Figure::ONE, 1)?;
        Ok([share, mean])
    }
}

/// What customers said in the month of jobs he completed.
async fn said(tx: &mut Tx<'_>, month: Month) -> Result<Said> {
    let text = sql!(
        "select f.id, f.status, f.scores from follow_ups f where exists
           (select 1 from work_orders w where w.service_request_id = f.service_request_id
              and w.cycle_no = f.cycle_no and w.engineer_id = $1 and w.status in ('completed', 'verified'))
           and f.recorded_at >= $2 and f.recorded_at < $3 and f.status in ('satisfied', 'dissatisfied')
         order by f.id",
        month.engineer_id,
        month.from,
        month.to
    );
    let found: Vec<(Uuid, FollowUpStatus, Option<Scores>)> = tx
        .read(text, |row| {
            Ok((row.get("id")?, row.get("status")?, row.get("scores")?))
        })
        .await?;
    let mut said = Said::default();
    for (id, status, scores) in found {
        said.asked.add(id, i64::from(status == FollowUpStatus::Satisfied));
        if let Some(mark) = scores.and_then(|scores| scores.attitude) {
            said.attitude.add(id, mark);
        }
    }
    Ok(said)
}

/// Visits he was given in the month and that had a time: the agreed window, else the promise of the request
/// while nobody had arrived before him.
async fn arrivals(tx: &mut Tx<'_>, month: Month, orders: &[WorkOrder]) -> Result<Measure> {
    let text = sql!(
        "select w.id, t.due_at from work_orders w
         join sla_timers t on t.subject_id = w.service_request_id and t.kind = 'arrival'
           and (t.stopped_at is null or t.stopped_at >= w.dispatched_at)
         where w.engineer_id = $1 and w.dispatched_at >= $2 and w.dispatched_at < $3 order by w.id",
        month.engineer_id,
        month.from,
        month.to
    );
    let promised: Vec<(WorkOrderId, Time)> = tx
        .read(text, |row| Ok((row.get("id")?, row.get("due_at")?)))
        .await?;
    let mut sum = Sum::default();
    let is_his = |order: &&WorkOrder| {
        order.kind == WorkOrderKind::OnSite
            && order.status != WorkOrderStatus::Refused
            && month.has(order.dispatched_at)
    };
    for order in orders.iter().filter(is_his) {
        let of_request = || promised.iter().find(|(of, _)| *of == order.id);
        let due = order.appointment.map(|agreed| agreed.to);
        if let Some(due) = due.or_else(|| of_request().map(|(_, due)| *due)) {
            let is_kept = order.arrived_at.is_some_and(|at| at <= due);
            sum.add(order.id.0, i64::from(is_kept));
        }
    }
    sum.share("arrival_on_time", "work_order")
}

/// His best attempts in the exams he sat: those that certify a skill, and the others, in percent of the paper.
async fn exams(tx: &mut Tx<'_>, month: Month) -> Result<[Measure; 2]> {
    let condition = "engineer_id = $1 and submitted_at >= $2 and submitted_at < $3 and status = 'scored'
         order by exam_id, attempt_no";
    let attempts: Vec<ExamAttempt> = many(tx, condition, month.args()).await?;
    let ids: Vec<Uuid> = attempts.iter().map(|attempt| attempt.exam_id.0).collect();
    let exams: Vec<Exam> = among(tx, "id", &ids, "id").await?;
    let (mut product, mut skill) = (Sum::default(), Sum::default());
    for sitting in attempts.chunk_by(|a, b| a.exam_id == b.exam_id) {
        let Some(attempt) = best(sitting) else { continue };
        let of = attempt.score.unwrap_or_default();
        let score = Figure::HUNDRED.times_fraction(of, attempt.full_score, 2);
        let score = score.unwrap_or_default().ten_thousandths();
        let exam = exams.iter().find(|exam| exam.id == attempt.exam_id);
        if exam.is_some_and(|exam| exam.skill_id.is_some()) {
            skill.add(attempt.id.0, score);
        } else {
            product.add(attempt.id.0, score);
        }
    }
    let part = Figure::of_ten_thousandths(1);
    Ok([
        product.measure("product_exam", "exam_attempt", part, 1)?,
        skill.measure("skill_exam", "exam_attempt", part, 1)?,
    ])
}
