//! Service history: everything that was done for a customer or a unit, told in one list (CU-6, R-019, R-021).
//!
//! Nothing is kept for it: its lines are read off the records they name.

use serde::Serialize;
use utoipa::ToSchema;

use crate::customers::CustomerId;
use crate::installed_products::InstalledProductId;
use crate::kernel::Time;
use crate::kernel::text::{Number, Title, WordCode};
use crate::products::ProductId;
use crate::requests::ServiceRequestId;
use crate::{id, label};

id!(HistoryEntryId);

label! {
    /// What a line of the history tells of.
    pub enum HistoryKind {
        /// 服务请求: a request was registered.
        Request = "request",
        /// 上门/工单: a work order, at its end or else at its beginning.
        WorkOrder = "work_order",
        /// 处理: an attempt to solve a request.
        Attempt = "attempt",
        /// 回访: the customer's word.
        FollowUp = "follow_up",
        /// 满意度: a survey, at its answer or else at its sending.
        Survey = "survey",
        /// 换机: a unit took the place of another one.
        Exchange = "exchange",
    }
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// The record it tells of; of an exchange, the new unit.
    pub id: HistoryEntryId,
    /// What kind of record.
    pub kind: HistoryKind,
    /// When.
    pub at: Time,
    /// The record's number, if it has one.
    #[schema(required)]
    pub number: Option<Number>,
    /// Whose history it is.
    pub customer_id: CustomerId,
    /// The very unit, if it is known.
    #[schema(required)]
    pub installed_product_id: Option<InstalledProductId>,
    /// The unit whose place was taken.
    #[schema(required)]
    pub replaced_id: Option<InstalledProductId>,
    /// The product.
    #[schema(required)]
    pub product_id: Option<ProductId>,
    /// The request it belongs to.
    #[schema(required)]
    pub service_request_id: Option<ServiceRequestId>,
    /// What the request was about.
    #[schema(required)]
    pub title: Option<Title>,
    /// What came of it: the record's outcome, else its state.
    #[schema(required)]
    pub outcome: Option<WordCode>,
}

/// Whose history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryOf {
    /// A customer's.
    Customer(CustomerId),
    /// A unit's, whoever had it.
    Unit(InstalledProductId),
}
