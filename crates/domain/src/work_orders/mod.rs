//! Work orders: the engineer's job, from the dispatch to the signed result (domain.md 3.11).
//!
//! A work order never stands alone: it belongs to one cycle of one service request, and everything that happens to it
//! may move the request. So its actions are methods of the request's [`Dossier`](crate::requests::Dossier).

mod deeds;
mod entity;
pub mod field;
pub mod machine;
pub mod offline;
pub mod quotes;
mod results;
pub mod sheet;
pub mod team;
mod visits;

pub use deeds::Deed;
pub use entity::*;
pub use machine::{GRANTS, MACHINE, can};

use crate::codes;

codes! {
    LABOR_OVERLAP: Invalid = "labor_overlap", "The minutes overlap another job of this engineer", "工时与该工程师的其他工单重叠";
    CHECKLIST_OPEN: Invalid = "checklist_open", "A required point was not looked at", "必查项目尚未检查";
    PART_SERIAL_MISSING: Invalid = "part_serial_missing", "A returnable part needs the old serial number", "返还件须登记旧件序列号";
    WORK_RESULT_INCOMPLETE: Invalid = "work_result_incomplete", "The result lacks what its outcome needs", "结果缺少必要内容";
    UNRESOLVED_REASON_REQUIRED: Invalid = "unresolved_reason_required", "Say why it is not solved", "须说明未解决的原因";
    OUTSIDE_SHIFT: Invalid = "outside_shift", "The engineer does not work then: he is off shift or on leave", "该时间工程师不在班或休假";
    WRONG_FAULT_KIND: Invalid = "wrong_fault_kind", "This fault code speaks of something else", "该故障代码不属于此类";
    OUTCOME_FIXED: Invalid = "outcome_fixed", "A correction cannot change the outcome", "更正不能改变处理结果";
    TEAM_FULL: Conflict = "team_full", "The order has as many helpers as it may have", "协助人数已达上限";
    EARLIER_CONFLICT: Conflict = "earlier_conflict", "An operation before it on the same order is in conflict", "同一工单的前一操作存在冲突";
    CLIENT_ID_REUSED: Conflict = "client_id_reused", "The identifier was used for another operation", "该标识已用于另一操作";
    TIME_ORDER: Invalid = "time_order", "The end must lie after the beginning", "结束时间必须晚于开始时间";
}
