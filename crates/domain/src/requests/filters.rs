//! How lists of the loop are narrowed; members are joined by "and" (C13).

use serde::Deserialize;
use utoipa::IntoParams;

use super::entity::ServiceRequestId;
use super::members::{Origin, RequestStatus};
use super::refs::{CustomerId, EngineerId, InstalledProductId, OutletId, ProblemTypeId, ProductId};
use crate::coverage::Coverage;
use crate::follow_ups::FollowUpStatus;
use crate::kernel::text::{Label64, Number, WordCode};
use crate::kernel::{Csv, Time};
use crate::service_agreements::ServiceAgreementId;
use crate::sla::timer::{TimerKind, TimerStatus};
use crate::surveys::SurveyStatus;
use crate::work_orders::{WorkOrderId, WorkOrderStatus};

/// Narrows a list of service requests.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ServiceRequestFilter {
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<RequestStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<RequestStatus>>,
    /// Number, exactly.
    #[param(nullable = false)]
    pub number: Option<Number>,
    /// The customer.
    #[param(nullable = false)]
    pub customer_id: Option<CustomerId>,
    /// The product.
    #[param(nullable = false)]
    pub product_id: Option<ProductId>,
    /// The agreement it goes by.
    #[param(nullable = false)]
    pub agreement_id: Option<ServiceAgreementId>,
    /// One or more kinds of coverage, comma-separated.
    #[param(value_type = Option<Vec<Coverage>>, style = Form, explode = false, nullable = false)]
    pub coverage: Option<Csv<Coverage>>,
    /// The very unit.
    #[param(nullable = false)]
    pub installed_product_id: Option<InstalledProductId>,
    /// The problem type.
    #[param(nullable = false)]
    pub problem_type_id: Option<ProblemTypeId>,
    /// The engineer who holds it.
    #[param(nullable = false)]
    pub assignee_id: Option<EngineerId>,
    /// The channel it came by.
    #[param(nullable = false)]
    pub channel: Option<WordCode>,
    /// The service type.
    #[param(nullable = false)]
    pub service_type: Option<WordCode>,
    /// Registered here or imported.
    #[param(nullable = false)]
    pub origin: Option<Origin>,
    /// Priority, 1 to 4.
    #[param(minimum = 1, maximum = 4, nullable = false)]
    pub priority: Option<i64>,
    /// Whether the customer's date passed while somebody was at work.
    #[param(nullable = false)]
    pub is_overdue: Option<bool>,
    /// Registered at or after.
    #[param(nullable = false)]
    pub created_at_gte: Option<Time>,
    /// Registered before.
    #[param(nullable = false)]
    pub created_at_lt: Option<Time>,
    /// Words in number, title or description.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}

/// Narrows a list of work orders.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct WorkOrderFilter {
    /// The leading order, for those of its helpers.
    #[param(nullable = false)]
    pub team_of: Option<WorkOrderId>,
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<WorkOrderStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<WorkOrderStatus>>,
    /// The request.
    #[param(nullable = false)]
    pub service_request_id: Option<ServiceRequestId>,
    /// The engineer.
    #[param(nullable = false)]
    pub engineer_id: Option<EngineerId>,
    /// The engineer's outlet.
    #[param(nullable = false)]
    pub outlet_id: Option<OutletId>,
    /// Number, exactly.
    #[param(nullable = false)]
    pub number: Option<Number>,
}

/// Narrows a list of follow-ups.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct FollowUpFilter {
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<FollowUpStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<FollowUpStatus>>,
    /// The request.
    #[param(nullable = false)]
    pub service_request_id: Option<ServiceRequestId>,
    /// Whether the call is late.
    #[param(nullable = false)]
    pub is_overdue: Option<bool>,
}

/// Narrows a list of surveys.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SurveyFilter {
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<SurveyStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<SurveyStatus>>,
    /// The request.
    #[param(nullable = false)]
    pub service_request_id: Option<ServiceRequestId>,
}

/// Narrows a list of SLA timers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct SlaTimerFilter {
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<TimerStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<TimerStatus>>,
    /// One or more kinds, comma-separated.
    #[param(value_type = Option<Vec<TimerKind>>, style = Form, explode = false, nullable = false)]
    pub kind: Option<Csv<TimerKind>>,
    /// The request.
    #[param(nullable = false)]
    pub service_request_id: Option<ServiceRequestId>,
    /// Due before.
    #[param(nullable = false)]
    pub due_at_lt: Option<Time>,
}

/// The activities of one request.
#[derive(Clone, Copy, Debug)]
pub struct ActivityFilter {
    /// The request.
    pub service_request_id: ServiceRequestId,
}

/// The remarks on one request.
#[derive(Clone, Copy, Debug)]
pub struct CommentFilter {
    /// The request.
    pub service_request_id: ServiceRequestId,
}

/// The attempts of one request.
#[derive(Clone, Copy, Debug)]
pub struct AttemptFilter {
    /// The request.
    pub service_request_id: ServiceRequestId,
}

/// The locks of one request.
#[derive(Clone, Copy, Debug)]
pub struct LockFilter {
    /// The request.
    pub service_request_id: ServiceRequestId,
}
