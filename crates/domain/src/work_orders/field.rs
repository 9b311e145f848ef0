//! What the field dispatch sheet holds besides the result: expenses, checklist, photos, team, and the checks on them
//! (domain.md 3.11; WO-1, WO-3, WO-5, WO-6).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::{Geo, LaborLine, WorkOrder, WorkOrderId};
use super::{CHECKLIST_OPEN, LABOR_OVERLAP, OPEN_ORDER_EXISTS, PART_SERIAL_MISSING, TIME_ORDER};
use crate::kernel::error::{OUT_OF_RANGE, Place};
use crate::kernel::text::{Label64, Label200, WordCode};
use crate::kernel::{Money, Result, Spot, Time, Violation};
use crate::requests::EngineerId;
use crate::{json_columns, label};

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
    /// The attachment.
    #[schema(value_type = String, format = "uuid", min_length = 36, max_length = 36)]
    pub attachment_id: Uuid,
    /// What it shows, for example `before`.
    pub kind: WordCode,
    /// When it was taken.
    #[serde(default)]
    pub taken_at: Option<Time>,
    /// Where.
    #[serde(default)]
    pub geo: Option<Geo>,
}

/// Engineers who do one job together: the first leads and signs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamOrder {
    /// Who leads; the order of the others follows his.
    #[serde(default)]
    pub lead_order_id: Option<WorkOrderId>,
    /// The engineers besides the order's own.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub engineer_ids: Vec<EngineerId>,
}

json_columns!(Expense, PartLine, ChecklistItem, Photo, TeamOrder);

/// How far from the address somebody arrived, in metres; nothing where a place is not known (WO-3).
pub fn metres_off(arrival: Option<Geo>, address: Option<Geo>) -> Option<i64> {
    let spot = |geo: Geo| Spot::at(geo.lat, geo.lng);
    Some(arrival.and_then(spot)?.metres_to(address.and_then(spot)?))
}

/// Whether somebody arrived too far from the address: more than 2 km.
pub fn is_geo_mismatch(arrival: Option<Geo>, address: Option<Geo>) -> bool {
    metres_off(arrival, address).is_some_and(|metres| metres > NEAR)
}

/// The way of a day in metres: from home to each place in order; places nobody knows are passed over.
pub fn route_metres(home: Option<Geo>, places: &[Option<Geo>]) -> i64 {
    let spot = |geo: &Geo| Spot::at(geo.lat, geo.lng);
    let mut here = home.as_ref().and_then(spot);
    let mut metres: i64 = 0;
    for place in places.iter().flatten().filter_map(spot) {
        metres = metres.saturating_add(here.map_or(0, |here| here.metres_to(place)));
        here = Some(place);
    }
    metres
}

/// The time a line of work took, counted back from the end of its job line by line of one engineer.
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

/// When each engineer worked on a job that ended at `finished`: his minutes together, up to its end.
pub fn spells(order_id: WorkOrderId, labor: &[LaborLine], finished: Time) -> Vec<Spell> {
    let mut found: Vec<Spell> = Vec::new();
    for line in labor {
        let minutes = line.minutes.max(0);
        match found
            .iter_mut()
            .find(|spell| spell.engineer_id == line.engineer_id)
        {
            Some(spell) => spell.from = spell.from.plus_minutes(minutes.saturating_neg()),
            None => found.push(Spell {
                order_id,
                engineer_id: line.engineer_id,
                from: finished.plus_minutes(minutes.saturating_neg()),
                to: finished,
            }),
        }
    }
    found
}

/// Lines of work that overlap another job of the same engineer (WO-5); touching is fine.
pub fn labor_overlaps(
    order_id: WorkOrderId,
    labor: &[LaborLine],
    finished: Time,
    others: &[Spell],
) -> Vec<Violation> {
    let own = spells(order_id, labor, finished);
    let is_double = |spell: &Spell| {
        others.iter().any(|other| {
            other.order_id != order_id
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
    labor
        .iter()
        .enumerate()
        .filter(|(_, line)| double.contains(&line.engineer_id))
        .map(|(index, _)| LABOR_OVERLAP.violation(Place::Pointer(format!("#/labor/{index}/minutes"))))
        .collect()
}

/// What the sheet lacks for a solved job: times in order, every required point looked at, the old serial number of every
/// returnable part, no expense below nothing (WO-1).
pub fn sheet_faults(
    order: &WorkOrder,
    finished: Time,
    checklist: &[ChecklistItem],
    parts: &[PartLine],
    expenses: &[Expense],
) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let times = [order.arrived_at, order.started_at, Some(finished)];
    let known: Vec<Time> = times.into_iter().flatten().collect();
    if !known.is_sorted() {
        wrong.push(TIME_ORDER.violation(Place::Pointer("#/finished_at".to_owned())));
    }
    for (index, item) in checklist.iter().enumerate() {
        if item.is_required && item.is_ok.is_none() {
            wrong.push(CHECKLIST_OPEN.violation(Place::Pointer(format!("#/checklist/{index}/is_ok"))));
        }
    }
    for (index, part) in parts.iter().enumerate() {
        if part.is_returnable && part.serial_out.is_none() {
            wrong.push(PART_SERIAL_MISSING.violation(Place::Pointer(format!("#/parts/{index}/serial_out"))));
        }
    }
    for (index, expense) in expenses.iter().enumerate() {
        if expense.amount.minor < 0 {
            wrong.push(OUT_OF_RANGE.violation(Place::Pointer(format!("#/expenses/{index}/amount"))));
        }
    }
    wrong
}

/// Refuses a second open order of a request, except of the same team (WO-6).
///
/// Errors: `open_order_exists`.
pub fn one_open_order(orders: &[WorkOrder], team: Option<&TeamOrder>) -> Result<()> {
    let is_of_team = |order: &WorkOrder| {
        team.is_some_and(|team| {
            team.lead_order_id == Some(order.id) || team.engineer_ids.contains(&order.engineer_id)
        })
    };
    match orders
        .iter()
        .find(|order| order.status.is_open() && !is_of_team(order))
    {
        None => Ok(()),
        Some(order) => Err(OPEN_ORDER_EXISTS
            .error()
            .with("work_order_id", order.id.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    fn order(n: u128) -> WorkOrderId {
        WorkOrderId(Uuid::from_u128(n))
    }

    #[test]
    fn minutes_that_overlap_another_job_are_refused_and_touching_ones_are_not() {
        let before = spells(order(1), &[line(1, 60)], at(60));
        let overlaps = |minutes: i64| {
            let found = labor_overlaps(order(2), &[line(2, 10), line(1, minutes)], at(120), &before);
            found.iter().map(|v| v.place.clone()).collect::<Vec<_>>()
        };
        assert!(overlaps(60).is_empty());
        assert_eq!(overlaps(61), [Place::Pointer("#/labor/1/minutes".to_owned())]);
        assert!(
            labor_overlaps(order(1), &[line(1, 600)], at(60), &before).is_empty(),
            "a correction of itself"
        );
        // Two lines of one engineer count together.
        assert_eq!(
            labor_overlaps(order(2), &[line(1, 40), line(1, 40)], at(120), &before).len(),
            2
        );
    }

    #[test]
    fn whoever_arrives_beyond_two_kilometres_is_marked() {
        let geo = |lat: f64| Some(Geo { lat, lng: 104.08 });
        assert!(!is_geo_mismatch(geo(30.657), geo(30.6749)));
        assert!(is_geo_mismatch(geo(30.657), geo(30.6751)));
        assert!(!is_geo_mismatch(None, geo(30.0)));
        assert_eq!(route_metres(geo(30.0), &[geo(30.01), None, geo(30.0)]), 2_224);
    }

    #[test]
    fn everything_the_sheet_lacks_is_listed() {
        let checklist: Vec<ChecklistItem> = serde_json::from_value(json!([
            {"code": "power_off", "text": "断电", "is_required": true},
            {"code": "clean", "text": "清洁"}]))
        .unwrap();
        let parts: Vec<PartLine> = serde_json::from_value(json!([
            {"part_id": Uuid::nil(), "quantity": 1, "is_returnable": true}]))
        .unwrap();
        let expenses: Vec<Expense> = serde_json::from_value(json!([
            {"fee_item": "parking", "amount": {"amount": "-1.00", "currency": "CNY"}, "payer": "company"}]))
        .unwrap();
        let mut done = order_record();
        done.arrived_at = Some(at(10));
        let wrong = sheet_faults(&done, at(5), &checklist, &parts, &expenses);
        let codes: Vec<&str> = wrong.iter().map(|fault| fault.code.slug).collect();
        assert_eq!(
            codes,
            [
                "time_order",
                "checklist_open",
                "part_serial_missing",
                "out_of_range"
            ]
        );
    }

    #[test]
    fn one_open_order_at_a_time_but_for_a_team() {
        let mut first = order_record();
        let orders = |order: &WorkOrder| vec![order.clone()];
        assert_eq!(
            one_open_order(&orders(&first), None).unwrap_err().code.slug,
            "open_order_exists"
        );
        let team = TeamOrder {
            lead_order_id: Some(first.id),
            engineer_ids: Vec::new(),
        };
        assert!(one_open_order(&orders(&first), Some(&team)).is_ok());
        first.status = super::super::WorkOrderStatus::Completed;
        assert!(one_open_order(&orders(&first), None).is_ok());
    }

    fn order_record() -> WorkOrder {
        let id = Uuid::from_u128(1);
        serde_json::from_value(json!({"id": id, "number": "WO-20261123-000001", "service_request_id": id, "cycle_no": 1,
            "engineer_id": id, "outlet_id": null, "kind": "on_site", "status": "in_progress", "successor_of": null,
            "appointment": null, "dispatched_at": at(0), "accept_due_at": null, "refuse_due_at": null,
            "accepted_at": null, "departed_at": null, "arrived_at": null, "arrival_geo": null, "started_at": null,
            "finished_at": null, "labor": [], "outcome": null, "unresolved_reason": null, "mode_code": null,
            "mechanism_code": null, "cause_code": null, "remedy_code": null, "customer_signature": null,
            "signature_waiver_reason": null, "wait_reason": null, "end_reason": null, "result_version": 0,
            "verified_by": null, "verified_at": null, "version": 1, "created_at": at(0), "created_by": null,
            "updated_at": at(0)}))
        .unwrap()
    }
}
