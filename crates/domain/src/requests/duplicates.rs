//! The hint that somebody reported the same before (SQ-4): never an error.

use super::entity::{ServiceRequest, ServiceRequestId};
use super::members::RequestStatus;
use super::refs::{CustomerId, ProblemTypeId, ProductId};
use crate::kernel::Time;
use crate::kernel::text::Number;

/// How long a solved request still counts as the same report: seven days.
const WINDOW_DAYS: i64 = 7;

/// What to look for: same customer, product and problem type, still open or solved lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateProbe {
    /// The customer.
    pub customer_id: CustomerId,
    /// The product.
    pub product_id: Option<ProductId>,
    /// The problem type.
    pub problem_type_id: ProblemTypeId,
    /// Solved or closed since then counts.
    pub since: Time,
}

/// What a hint needs to know of another request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimilarRequest {
    /// The request.
    pub id: ServiceRequestId,
    /// Its number.
    pub number: Number,
    /// Its customer.
    pub customer_id: CustomerId,
    /// Its product.
    pub product_id: Option<ProductId>,
    /// Its problem type.
    pub problem_type_id: ProblemTypeId,
    /// How it stands.
    pub status: RequestStatus,
    /// When it was solved.
    pub processed_at: Option<Time>,
    /// When it was closed.
    pub closed_at: Option<Time>,
}

impl From<&ServiceRequest> for SimilarRequest {
    fn from(request: &ServiceRequest) -> SimilarRequest {
        SimilarRequest {
            id: request.id,
            number: request.number.clone(),
            customer_id: request.customer_id,
            product_id: request.product_id,
            problem_type_id: request.problem_type_id,
            status: request.status,
            processed_at: request.processed_at,
            closed_at: request.closed_at,
        }
    }
}

impl DuplicateProbe {
    /// The probe for a request about to be registered.
    pub fn new(
        customer_id: CustomerId,
        product_id: Option<ProductId>,
        problem_type_id: ProblemTypeId,
        now: Time,
    ) -> DuplicateProbe {
        let since = now.plus_minutes(-WINDOW_DAYS * 24 * 60);
        DuplicateProbe {
            customer_id,
            product_id,
            problem_type_id,
            since,
        }
    }

    /// Whether a request may be the same report.
    pub fn matches(&self, request: &SimilarRequest) -> bool {
        let is_same = request.customer_id == self.customer_id
            && request.product_id == self.product_id
            && request.problem_type_id == self.problem_type_id;
        let solved = request.closed_at.or(request.processed_at);
        is_same
            && match request.status {
                RequestStatus::Cancelled => false,
                RequestStatus::Processed | RequestStatus::Closed | RequestStatus::Archived => {
                    solved.is_some_and(|at| at >= self.since)
                }
                _ => true,
            }
    }
}
