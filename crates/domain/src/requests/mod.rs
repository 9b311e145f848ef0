//! Service requests: the closed loop from the customer's call to the archived, satisfied case (domain.md 4).
//!
//! A request is always in exactly one state, and only the rows T0 to T29 move it. The clock is a party like any
//! other: what is due happens at its due instant, whoever looks first.

mod alarms;
mod assign;
mod clock;
pub mod commands;
pub mod context;
mod covered;
pub mod dossier;
mod duplicates;
pub(crate) mod enter;
pub mod entity;
mod facts;
pub mod figures;
pub mod filters;
pub(crate) mod finish;
pub(crate) mod gate;
mod import;
pub mod machine;
mod manage;
pub mod members;
pub(crate) mod promises;
mod recompute;
mod record;
pub mod refs;
mod register;
pub mod rights;
pub mod stats;
#[cfg(test)]
mod tests;
mod upsert;
mod waiting;
pub mod when;

pub use assign::Target;
pub use commands::*;
pub use context::*;
pub use covered::{CoverageFooting, MAINTENANCE, QuotaClaim};
pub use dossier::*;
pub use duplicates::{DuplicateProbe, SimilarRequest};
pub use entity::{ServiceRequest, ServiceRequestId};
pub use gate::{ActionReason, offered, permit};
pub use import::ImportedRequest;
pub use machine::MACHINE;
pub use members::*;
pub use refs::*;
pub use register::Registration;
pub use rights::{GRANTS, can};
pub use upsert::ServiceRequestUpsert;
pub use when::When;

use crate::codes;

codes! {
    LOCKED_MANAGER_ONLY: Forbidden = "locked_manager_only", "The request is locked and left to the service manager", "请求已锁定，由服务经理处理";
    INVALID_INITIAL_STATUS: Invalid = "invalid_initial_status", "A request begins as pending_assignment or on_hold", "初始状态只能是待分配或挂起";
    HOLD_REASON_REQUIRED: Invalid = "hold_reason_required", "A request on hold needs a reason", "挂起须说明原因";
    PRODUCT_REQUIRED: Invalid = "product_required", "This service type needs a product", "此服务类型须指定产品";
    ENGINEER_UNAVAILABLE: Conflict = "engineer_unavailable", "The engineer is not available", "工程师不可用";
    SAME_ENGINEER: Conflict = "same_engineer", "The engineer has this request already", "该工程师已负责此请求";
    WORK_IN_PROGRESS: Conflict = "work_in_progress", "An engineer is at work on it", "工程师正在处理";
    REOPEN_WINDOW_PASSED: Conflict = "reopen_window_passed", "Closed too long ago; register a new request with repeat_of", "已超过可重开期限，请登记新请求";
    ENGINEER_ARRIVED: Conflict = "engineer_arrived", "An engineer has been there already", "工程师已到场，不能取消";
    SELF_VERIFICATION: Forbidden = "self_verification", "Nobody verifies his own work", "不得核销自己处理的服务";
    VERIFICATION_NOT_PENDING: Conflict = "verification_not_pending", "There is no result waiting for verification", "没有待核销的结果";
    LABOR_MISSING: Invalid = "labor_missing", "An order that ended in an attempt has no labour", "工单缺少工时记录";
    DATE_MISSING: Invalid = "date_missing", "At least one date is needed", "至少需要一个日期";
    NOTHING_CHANGED: Invalid = "nothing_changed", "Nothing would change", "没有任何变化";
    CUSTOMER_FIXED: Invalid = "customer_fixed", "The customer of a request never changes", "服务请求的客户不可更改";
    PRIORITY_RANGE: Invalid = "priority_range", "A priority lies between 1 and 4, a severity between 1 and 3", "优先级或严重程度超出范围";
}

/// The numbers an action may draw: have one of each ready before it runs.
pub fn series_needed(action: &str) -> &'static [crate::kernel::number::Series] {
    use crate::kernel::number::Series;
    match action {
        "assign" | "reassign" | "add_helper" => &[Series::WorkOrder],
        "complete" => &[Series::WorkOrder, Series::FollowUp],
        "resolve" | "resolve_on_contact" => &[Series::FollowUp],
        _ => &[],
    }
}
