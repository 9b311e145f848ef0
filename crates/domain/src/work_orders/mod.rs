//! Work orders: the engineer's job, from the dispatch to the signed result (domain.md 3.11).
//!
//! A work order never stands alone: it belongs to one cycle of one service request, and everything that happens to it
//! may move the request. So its actions are methods of the request's [`Dossier`](crate::requests::Dossier).

mod entity;
pub mod machine;
mod results;
mod visits;

pub use entity::*;
pub use machine::{GRANTS, MACHINE, can};

use crate::codes;

codes! {
    WORK_RESULT_INCOMPLETE: Invalid = "work_result_incomplete", "The result lacks what its outcome needs", "结果缺少必要内容";
    UNRESOLVED_REASON_REQUIRED: Invalid = "unresolved_reason_required", "Say why it is not solved", "须说明未解决的原因";
    OUTCOME_FIXED: Invalid = "outcome_fixed", "A correction cannot change the outcome", "更正不能改变处理结果";
    TIME_ORDER: Invalid = "time_order", "The end must lie after the beginning", "结束时间必须晚于开始时间";
}
