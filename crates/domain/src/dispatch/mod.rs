//! Dispatch: who may go, who should go, and who goes where in a day (domain.md 3.11).
//!
//! Hard rules come first and say in words why somebody cannot; whoever passes is scored by published terms. A plan of a
//! day keeps every hard rule and makes lateness, then travel, as small as it can within its iterations.

pub mod candidates;
pub mod plan;
pub mod rules;

#[cfg(test)]
mod tests;

use serde_json::json;

use crate::codes;
use crate::kernel::{Event, Stamp};
use crate::requests::ServiceRequestId;

/// That nobody could be sent.
pub fn no_candidate(request: ServiceRequestId, at: &Stamp) -> Event {
    Event {
        kind: "dispatch.no_candidate",
        resource: "service_request",
        resource_id: request.0,
        at: at.now,
        data: json!({}),
    }
}

codes! {
    NO_CANDIDATE: Conflict = "no_candidate", "Nobody can be sent", "没有可派的工程师";
    ENGINEER_BOOKED: Conflict = "engineer_booked", "He is booked elsewhere in that window", "工程师在该时间窗内已有预约";
    WINDOW_OUTSIDE: Invalid = "window_outside", "The window lies outside what is planned", "时间窗不在计划的时段内";
    PLANNED_TWICE: Invalid = "planned_twice", "This request is named already", "该请求已在列表中";
    NOT_TO_BE_PLANNED: Invalid = "not_to_be_planned", "This request is none of those the plan is for", "该请求不在本次计划范围内";
    ENGINEER_NOT_PLANNED: Invalid = "engineer_not_planned", "No engineer in work here has this identifier", "在职工程师中没有该标识";
    PLAN_TOO_LARGE: Invalid = "plan_too_large", "A plan takes at most 1 000 requests and 200 engineers", "一次计划最多 1000 个请求、200 名工程师";
}
