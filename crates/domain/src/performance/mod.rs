//! Performance of engineers: a month by a published form, to the cent (domain.md 3.9, EN-5 to EN-9).
//!
//! A scheme is data like that of an outlet, but it deducts: so much for each full unit of shortfall. A review is counted
//! once, confirmed, perhaps appealed, and final; then it makes a bonus.

pub mod awards;
pub mod count;
pub mod credit;
pub mod measures;
pub mod reviews;
pub mod schemes;
pub mod seed;

#[cfg(test)]
mod tests;

pub use count::{Count, DimensionScore, Measure, PerformanceBand, ReviewLine};
pub use reviews::{PerformanceReview, PerformanceReviewId, ReviewStatus};
pub use schemes::{Deduction, Dimension, PerformanceIndicator, PerformanceScheme, PerformanceSchemeId, Step};

use crate::codes;

codes! {
    DIMENSION_WEIGHTS: Invalid = "dimension_weights", "The weights of the dimensions must add up to 1", "维度权重之和必须为 1";
    DEDUCTION_INCOMPLETE: Invalid = "deduction_incomplete", "Give a unit and points, or steps", "须给出扣分单位与分值，或分段扣分";
    REVIEWS_OPEN: Conflict = "reviews_open", "Reviews of this month are missing or not final", "该月考核尚未生成或尚未定稿";
    REVIEW_NOT_YOURS: Forbidden = "review_not_yours", "Only the engineer himself may appeal", "只有本人可以申诉";
}
