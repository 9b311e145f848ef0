//! What the field dispatch sheet holds besides the result: expenses, parts, checklist, photos, and the checks on them
//! (domain.md 3.11; WO-1, WO-3, WO-5).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::{Geo, WorkOrder, WorkOrderId};
use super::{CHECKLIST_OPEN, LABOR_OVERLAP, PART_SERIAL_MISSING, TIME_ORDER};
use crate::attachments::AttachmentId;
use crate::kernel::error::{INVALID_VALUE, OUT_OF_RANGE, Place};
use crate::kernel::text::{Label64, Label200, WordCode};
use crate::kernel::{Code, Money, Spot, Time, Violation};
use crate::requests::EngineerId;
use crate::sla::MINUTE;
use crate::{id, label};

/// How far an engineer may arrive from the address, in metres.
const NEAR: i64 = 2_000;

label! {
    /// Who bears an expense.
    pub enum ExpensePayer {
        /// 客户
        Customer = "customer",
        /// 公司
        Company = "company",
        /// 网点
        Outlet = "outlet",
    }
}

/// An expense of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Expense {
    /// What for.
    pub fee_item: WordCode,
    /// How much; not negative.
    pub amount: Money,
    /// Who bears it.
    pub payer: ExpensePayer,
    /// More about it.
    #[serde(default)]
    pub remark: Option<Label200>,
}

/// A part that was put in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartLine {
    /// The part.
    #[schema(value_type = String, format = "uuid", min_length = 36, max_length = 36)]
    pub part_id: Uuid,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000)]
    pub quantity: i64,
    /// The serial number put in.
    #[serde(default)]
    pub serial_in: Option<Label64>,
    /// The serial number taken out.
    #[serde(default)]
    pub serial_out: Option<Label64>,
    /// Whether the old one goes back to the maker.
    #[serde(default)]
    pub is_returnable: bool,
    /// Whether the customer pays it.
    #[serde(default)]
    pub is_chargeable: bool,
}

/// A point to be looked at before the job is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// Its code, unique within the list.
    pub code: WordCode,
    /// What is to be looked at.
    pub text: Label200,
    /// Whether the job cannot be over without it.
    #[serde(default)]
    pub is_required: bool,
    /// Whether it was found in order; null until it was looked at.
    #[serde(default)]
    pub is_ok: Option<bool>,
    /// What was found.
    #[serde(default)]
    pub remark: Option<Label200>,
}

/// A picture taken on site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Photo {
    /// The picture: an attachment of the order's request.
    pub attachment_id: AttachmentId,
    /// What it shows, for example `before`.
    pub kind: WordCode,
    /// When it was taken.
    #[serde(default)]
    pub taken_at: Option<Time>,
    /// Where.
    #[serde(default)]
    pub geo: Option<Geo>,
}

/// How far from the address somebody arrived, in metres; nothing where a place is not known (WO-3).
pub fn metres_off(arrival: Option<Geo>, address: Option<Geo>) -> Option<i64> {
    let spot = |geo: Geo| Spot::at(geo.lat, geo.lng);
    Some(arrival.and_then(spot)?.metres_to(address.and_then(spot)?))
}

/// Whether somebody arrived too far from the address: more than 2 km.
pub fn is_geo_mismatch(arrival: Option<Geo>, address: Option<Geo>) -> bool {
    metres_off(arrival, address).is_some_and(|metres| metres > NEAR)
}

id!(SpellId);

/// The time an engineer's lines of one job took together, counted back from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spell {
    /// The job.
    pub order_id: WorkOrderId,
    /// Who worked.
    pub engineer_id: EngineerId,
    /// From.
    pub from: Time,
    /// To.
    pub to: Time,
}

/// The same as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSpell {
    /// Identifier.
    pub id: SpellId,
    /// The job.
    pub work_order_id: WorkOrderId,
    /// Who worked.
    pub engineer_id: EngineerId,
    /// From.
    pub from_at: Time,
    /// To.
    pub to_at: Time,
}

/// When each engineer worked on a job that is over: his minutes together, up to its end. One whose arrival and end were
/// told in the same minute was told afterwards: when it was done is not known.
pub fn spells(order: &WorkOrder) -> Vec<Spell> {
    let mut found: Vec<Spell> = Vec::new();
    let begun = order.arrived_at.or(order.started_at);
    let Some((begun, finished)) = begun.zip(order.finished_at) else {
        return found;
    };
    if finished.millis_since(begun) < MINUTE {
        return found;
    }
    for line in &order.labor {
        let minutes = line.minutes.max(0);
        match found
            .iter_mut()
            .find(|spell| spell.engineer_id == line.engineer_id)
        {
            Some(spell) => spell.from = spell.from.plus_minutes(minutes.saturating_neg()),
            None => found.push(Spell {
                order_id: order.id,
                engineer_id: line.engineer_id,
                from: finished.plus_minutes(minutes.saturating_neg()),
                to: finished,
            }),
        }
    }
    found
}

/// Lines of work that overlap another job of the same engineer (WO-5); touching is fine.
pub fn labor_overlaps(order: &WorkOrder, others: &[Spell]) -> Vec<Violation> {
    let own = spells(order);
    let is_double = |spell: &Spell| {
        others.iter().any(|other| {
            other.order_id != order.id
                && other.engineer_id == spell.engineer_id
                && spell.from < other.to
                && other.from < spell.to
        })
    };
    let double: Vec<EngineerId> = own
        .iter()
        .filter(|spell| is_double(spell))
        .map(|spell| spell.engineer_id)
        .collect();
    order
        .labor
        .iter()
        .enumerate()
        .filter(|(_, line)| double.contains(&line.engineer_id))
        .map(|(index, _)| LABOR_OVERLAP.violation(Place::Pointer(format!("#/labor/{index}/minutes"))))
        .collect()
}

/// What is wrong on the sheet: times out of order, an expense below nothing, a point that stands twice; and for a solved
/// job a required point nobody looked at and a returnable part without its old serial number (WO-1).
pub fn sheet_faults(order: &WorkOrder, is_solved: bool) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let mut refuse = |code: &'static Code, pointer: String| {
        wrong.push(code.violation(Place::Pointer(pointer)));
    };
    let times = [order.arrived_at, order.started_at, order.finished_at];
    let known: Vec<Time> = times.into_iter().flatten().collect();
    if !known.is_sorted() {
        refuse(&TIME_ORDER, "#/finished_at".to_owned());
    }
    for (index, item) in order.checklist.iter().enumerate() {
        if is_solved && item.is_required && item.is_ok.is_none() {
            refuse(&CHECKLIST_OPEN, format!("#/checklist/{index}/is_ok"));
        }
        let mut before = order.checklist.iter().take(index);
        if before.any(|other| other.code == item.code) {
            refuse(&INVALID_VALUE, format!("#/checklist/{index}/code"));
        }
    }
    for (index, part) in order.parts.iter().enumerate() {
        if is_solved && part.is_returnable && part.serial_out.is_none() {
            refuse(&PART_SERIAL_MISSING, format!("#/parts/{index}/serial_out"));
        }
    }
    for (index, expense) in order.expenses.iter().enumerate() {
        if expense.amount.minor < 0 {
            refuse(&OUT_OF_RANGE, format!("#/expenses/{index}/amount"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::LaborLine;
    use super::*;

    fn at(minutes: i64) -> Time {
        "2026-11-23T08:00:00Z"
            .parse::<Time>()
            .unwrap()
            .plus_minutes(minutes)
    }

    fn engineer(n: u128) -> EngineerId {
        EngineerId(Uuid::from_u128(n))
    }

    fn line(n: u128, minutes: i64) -> LaborLine {
        LaborLine {
            engineer_id: engineer(n),
            minutes,
            item: Label200::new("检修").unwrap(),
        }
    }

    /// A job of half an hour on site, and its labour.
    fn job(n: u128, finished: i64, labor: &[LaborLine]) -> WorkOrder {
        let mut order = order_record();
        order.id = WorkOrderId(Uuid::from_u128(n));
        order.arrived_at = Some(at(finished - 30));
        order.finished_at = Some(at(finished));
        order.labor = labor.to_vec();
        order
    }

    #[test]
    fn minutes_that_overlap_another_job_are_refused_and_touching_ones_are_not() {
        let before = spells(&job(1, 60, &[line(1, 60)]));
        let overlaps = |minutes: i64| {
            let found = labor_overlaps(&job(2, 120, &[line(2, 10), line(1, minutes)]), &before);
            found.iter().map(|v| v.place.clone()).collect::<Vec<_>>()
        };
        assert!(overlaps(60).is_empty());
        assert_eq!(overlaps(61), [Place::Pointer("#/labor/1/minutes".to_owned())]);
        assert!(
            labor_overlaps(&job(1, 60, &[line(1, 600)]), &before).is_empty(),
            "a correction of itself"
        );
        // Two lines of one engineer count together.
        assert_eq!(
            labor_overlaps(&job(2, 120, &[line(1, 40), line(1, 40)]), &before).len(),
            2
        );
        // Told afterwards, nobody knows when it was.
        let mut late = job(2, 60, &[line(1, 40)]);
        late.arrived_at = late.finished_at;
        assert!(labor_overlaps(&late, &before).is_empty());
    }

    #[test]
    fn whoever_arrives_beyond_two_kilometres_is_marked() {
        let geo = |lat: f64| Some(Geo { lat, lng: 104.08 });
        assert!(!is_geo_mismatch(geo(30.657), geo(30.6749)));
        assert!(is_geo_mismatch(geo(30.657), geo(30.6751)));
        assert!(!is_geo_mismatch(None, geo(30.0)));
    }

    #[test]
    fn everything_the_sheet_lacks_is_listed() {
        let mut done = order_record();
        done.checklist = serde_json::from_value(json!([
            {"code": "power_off", "text": "断电", "is_required": true},
            {"code": "power_off", "text": "清洁"}]))
        .unwrap();
        done.parts = serde_json::from_value(json!([
            {"part_id": Uuid::nil(), "quantity": 1, "is_returnable": true}]))
        .unwrap();
        done.expenses = serde_json::from_value(json!([
            {"fee_item": "parking", "amount": {"amount": "-1.00", "currency": "CNY"}, "payer": "company"}]))
        .unwrap();
        (done.arrived_at, done.finished_at) = (Some(at(10)), Some(at(5)));
        let wrong = sheet_faults(&done, true);
        let codes: Vec<&str> = wrong.iter().map(|fault| fault.code.slug).collect();
        assert_eq!(
            codes,
            [
                "time_order",
                "checklist_open",
                "invalid_value",
                "part_serial_missing",
                "out_of_range"
            ]
        );
        let while_open = sheet_faults(&done, false);
        assert_eq!(
            while_open.len(),
            3,
            "what is missing may still come: {while_open:?}"
        );
    }

    fn order_record() -> WorkOrder {
        let id = Uuid::from_u128(1);
        let mut record = json!({"id": id, "number": "WO-20261123-000001", "service_request_id": id, "cycle_no": 1,
            "engineer_id": id, "outlet_id": null, "kind": "on_site", "status": "in_progress", "successor_of": null,
            "appointment": null, "dispatched_at": at(0), "accept_due_at": null, "refuse_due_at": null,
            "accepted_at": null, "departed_at": null, "arrived_at": null, "arrival_geo": null, "started_at": null,
            "finished_at": null, "geo_mismatch": false, "outcome": null, "unresolved_reason": null, "mode_code": null,
            "mechanism_code": null, "cause_code": null, "remedy_code": null, "customer_signature": null,
            "signature_waiver_reason": null, "wait_reason": null, "end_reason": null, "result_version": 0,
            "verified_by": null, "verified_at": null, "version": 1, "created_at": at(0), "created_by": null,
            "updated_at": at(0)});
        record["quote"] = Value::Null;
        record["team_of"] = Value::Null;
        for list in ["labor", "parts", "expenses", "checklist", "photos"] {
            record[list] = json!([]);
        }
        serde_json::from_value(record).unwrap()
    }
}
