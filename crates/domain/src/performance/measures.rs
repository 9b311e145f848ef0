//! What an indicator measures, and so what it can have come to: a share, a mark, or a number of something.

use crate::kernel::error::{OUT_OF_RANGE, Place};
use crate::kernel::text::WordCode;
use crate::kernel::{Figure, Violation};

/// What is measured from the records here; nobody tells it.
pub const COUNTED: [&str; 9] = [
    "first_call_resolution",
    "handling_minutes",
    "emergency_minutes",
    "second_visit_rate",
    "solved_satisfaction",
    "attitude_score",
    "arrival_on_time",
    "product_exam",
    "skill_exam",
];

/// What is measured in percent.
const SHARES: [&str; 11] = [
    "first_call_resolution",
    "second_visit_rate",
    "solved_satisfaction",
    "complaint_rate",
    "value_added",
    "product_exam",
    "skill_exam",
    "learning",
    "diagnosis",
    "arrival_on_time",
    "old_parts_on_time",
];

/// What customers give marks for, 1 to 5.
const MARKS: [&str; 1] = ["attitude_score"];

/// What is wrong with a measure of an indicator: a share outside 0 to 100, a mark outside 1 to 5, or anything else below
/// nothing (`out_of_range`).
pub fn fault(indicator: &WordCode, actual: Figure, pointer: String) -> Option<Violation> {
    let code = indicator.as_str();
    let (least, most) = if SHARES.contains(&code) {
        (Figure::ZERO, Some(Figure::HUNDRED))
    } else if MARKS.contains(&code) {
        (Figure::ONE, Some(Figure::whole(5)))
    } else {
        (Figure::ZERO, None)
    };
    let is_within = actual >= least && most.is_none_or(|most| actual <= most);
    let detail = match most {
        Some(most) => (
            format!("{code} lies between {least} and {most}."),
            format!("{code} 应在 {least} 与 {most} 之间。"),
        ),
        None => (
            format!("{code} is not below {least}."),
            format!("{code} 不得小于 {least}。"),
        ),
    };
    (!is_within).then(|| Violation {
        detail: Some(detail),
        ..OUT_OF_RANGE.violation(Place::Pointer(pointer))
    })
}
