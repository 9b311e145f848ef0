//! The scheme every installation begins with: the indicators of OU-1's worked example.

use serde_json::{Value, json};

use super::schemes::AssessmentSchemeCreate;
use crate::kernel::Date;

/// Code, Chinese, English, weight, direction, target, limit, formula.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str, Option<&'static str>),
);

const ROWS: &[Row] = &[
    (
        "arrival_on_time",
        "上门及时率",
        "Arrival on time",
        "20",
        "up",
        "98",
        "80",
        ("share", "arrived_on_time", Some("arrival_due")),
    ),
    (
        "completion",
        "完工率",
        "Completion",
        "20",
        "up",
        "95",
        "75",
        ("share", "order_completed", Some("order_given")),
    ),
    (
        "first_fix",
        "一次修复率",
        "First fix",
        "15",
        "up",
        "90",
        "60",
        ("share", "solved_at_once", Some("order_completed")),
    ),
    (
        "satisfaction",
        "满意率",
        "Satisfaction",
        "20",
        "up",
        "98",
        "80",
        ("share", "customer_satisfied", Some("customer_asked")),
    ),
    (
        "complaints",
        "投诉率",
        "Complaints",
        "10",
        "down",
        "1",
        "5",
        ("share", "complaint_confirmed", Some("order_completed")),
    ),
    (
        "old_part_return",
        "旧件返还率",
        "Old parts returned",
        "10",
        "up",
        "95",
        "60",
        ("share", "old_part_returned", Some("old_part_due")),
    ),
    (
        "exam_mean",
        "考试均分",
        "Mean of exams",
        "5",
        "up",
        "90",
        "60",
        ("mean", "exam_score", Some("exam_taken")),
    ),
];

/// The standard scheme, in force from a day on.
///
/// # Errors
/// Never, as a test shows; else what is wrong with the table.
pub fn standard(effective_from: Date) -> Result<AssessmentSchemeCreate, serde_json::Error> {
    let indicators = ROWS.iter().map(|row| {
        let (code, zh, en, weight, direction, target, limit, (kind, of, by)) = row;
        json!({"code": code, "name": {"zh": zh, "en": en}, "weight": weight, "direction": direction, "target": target,
            "limit": limit, "formula": {"kind": kind, "of": of, "by": by}})
    });
    let veto = json!({"code": "false_orders", "name": {"zh": "虚假工单", "en": "False work orders"}, "weight": "0",
        "direction": "down", "target": "0", "limit": "1", "veto_above": "0",
        "formula": {"kind": "count", "of": "false_work_order"}});
    let indicators: Vec<Value> = indicators.chain([veto]).collect();
    serde_json::from_value(
        json!({"code": "OUTLET-STD", "name": {"zh": "网点标准考核", "en": "Standard assessment"},
        "period": "month", "effective_from": effective_from, "indicators": indicators}),
    )
}
