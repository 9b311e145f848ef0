//! The published form every installation begins with (EN-5).

use serde_json::{Value, json};

use super::schemes::PerformanceSchemeCreate;
use crate::kernel::Date;

/// Code, Chinese, English, direction, target, then unit, points and cap; no unit for steps.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str, Option<&'static str>),
);

const FAULT_SOLVING: &[Row] = &[
    (
        "first_call_resolution",
        "一次解决率",
        "First-call resolution",
        "up",
        "90",
        ("1", "2", None),
    ),
    (
        "handling_minutes",
        "平均处理时长",
        "Mean handling time",
        "down",
        "45",
        ("1", "1", Some("10")),
    ),
    (
        "emergency_minutes",
        "紧急响应时长",
        "Emergency response",
        "down",
        "30",
        ("", "", None),
    ),
    (
        "second_visit_rate",
        "二次上门率",
        "Second-visit rate",
        "down",
        "10",
        ("1", "3", Some("15")),
    ),
    (
        "solved_satisfaction",
        "解决满意率",
        "Solved satisfaction",
        "up",
        "95",
        ("1", "2", None),
    ),
];
const ATTITUDE: &[Row] = &[
    (
        "attitude_score",
        "态度评分",
        "Attitude score",
        "up",
        "4.5",
        ("0.1", "2", Some("10")),
    ),
    (
        "complaint_rate",
        "投诉率",
        "Complaint rate",
        "down",
        "5",
        ("1", "3", Some("15")),
    ),
    ("praises", "表扬次数", "Praises", "up", "3", ("", "", None)),
    (
        "value_added",
        "增值服务率",
        "Value-added service",
        "up",
        "80",
        ("10", "3", Some("15")),
    ),
    (
        "violations",
        "服务规范违规",
        "Violations of the norms",
        "down",
        "0",
        ("1", "2", Some("10")),
    ),
];
const KNOWLEDGE: &[Row] = &[
    (
        "product_exam",
        "产品知识考试",
        "Product exam",
        "up",
        "90",
        ("5", "2", Some("10")),
    ),
    (
        "skill_exam",
        "维修技能考试",
        "Repair-skill exam",
        "up",
        "95",
        ("5", "2", Some("10")),
    ),
    (
        "learning",
        "新技术学习率",
        "New technology",
        "up",
        "100",
        ("10", "3", Some("15")),
    ),
    (
        "diagnosis",
        "诊断准确率",
        "Diagnosis accuracy",
        "up",
        "92",
        ("1", "2", Some("10")),
    ),
];
const DELIVERY: &[Row] = &[
    (
        "arrival_on_time",
        "SLA到场达成率",
        "Arrival on time",
        "up",
        "95",
        ("1", "2", Some("20")),
    ),
    (
        "old_parts_on_time",
        "旧件按时返还率",
        "Old parts on time",
        "up",
        "95",
        ("1", "1", Some("10")),
    ),
];

fn indicators(rows: &[Row]) -> Vec<Value> {
    let one = |row: &Row| {
        let (code, zh, en, direction, target, (unit, points, cap)) = row;
        let deduction = match *code {
            "emergency_minutes" => {
                json!({"steps": [{"from": "31", "points": "5"}, {"from": "61", "points": "10"}]})
            }
            "praises" => json!({"steps": [{"from": "2", "points": "5"}, {"from": "1", "points": "10"},
                {"from": "0", "points": "15"}]}),
            _ => json!({"unit": unit, "points": points, "cap": cap}),
        };
        json!({"code": code, "name": {"zh": zh, "en": en}, "direction": direction, "target": target,
            "deduction": deduction})
    };
    rows.iter().map(one).collect()
}

/// The standard scheme, in force from a day on.
///
/// # Errors
/// Never, as a test shows; else what is wrong with the table.
pub fn standard(effective_from: Date) -> Result<PerformanceSchemeCreate, serde_json::Error> {
    let dimension = |code: &str, zh: &str, en: &str, weight: &str, rows: &[Row]| json!({"code": code, "name": {"zh": zh, "en": en}, "weight": weight, "indicators": indicators(rows)});
    serde_json::from_value(
        json!({"code": "ENGINEER-STD", "name": {"zh": "工程师标准考核", "en": "Standard review"},
        "effective_from": effective_from, "dimensions": [
            dimension("fault_solving", "故障解决", "Fault solving", "0.35", FAULT_SOLVING),
            dimension("attitude", "服务态度", "Attitude", "0.25", ATTITUDE),
            dimension("knowledge", "专业知识", "Knowledge", "0.20", KNOWLEDGE),
            dimension("delivery", "履约", "Delivery", "0.20", DELIVERY),
        ]}),
    )
}
