//! Counters: how often a product fails, how often a problem occurs, and the two together (R-056, domain.md 4.6).
//!
//! Read-only: they rise in the transaction that earns them, and no operation sets them (BD-3).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::{I18n, Role, RoleSet, Time};
use crate::problem_types::ProblemTypeId;
use crate::products::ProductId;
use crate::{id, label, permissions};

// ---- entity: what a caller sees ---------------------------------------------------------------------------------

id!(CounterId);

label! {
    /// What is counted.
    pub enum CounterScope {
        /// Requests about a product.
        Product = "product",
        /// Requests about a type of problem; this type alone, not what is below it.
        ProblemType = "problem_type",
        /// Requests about a product with a type of problem.
        ProductProblem = "product_problem",
    }
}

/// A counter.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Counter {
    /// Machine identifier.
    pub id: CounterId,
    /// What is counted.
    pub scope: CounterScope,
    /// The product; null for scope `problem_type`.
    #[schema(required)]
    pub product_id: Option<ProductId>,
    /// Its name.
    #[schema(required)]
    pub product_name: Option<I18n>,
    /// The problem type; null for scope `product`.
    #[schema(required)]
    pub problem_type_id: Option<ProblemTypeId>,
    /// Its name.
    #[schema(required)]
    pub problem_type_name: Option<I18n>,
    /// How many requests were registered; never decreases.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub occurrences: i64,
    /// How many of them were reclassified to something else.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub reclassified_out: i64,
    /// How many of them were cancelled.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub cancelled: i64,
    /// Occurrences less those reclassified.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64)]
    pub net: i64,
    /// When it last occurred.
    #[schema(required)]
    pub last_at: Option<Time>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of counters; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CounterFilter {
    /// What is counted.
    #[param(nullable = false)]
    pub scope: Option<CounterScope>,
    /// About this product.
    #[param(nullable = false)]
    pub product_id: Option<ProductId>,
    /// About this type of problem.
    #[param(nullable = false)]
    pub problem_type_id: Option<ProblemTypeId>,
}

// ---- permissions: who may do what (domain.md 3.0, row "base data") ----------------------------------------------

permissions! {
    Read = "counters:read" for RoleSet::ALL.without(Role::Customer);
}
