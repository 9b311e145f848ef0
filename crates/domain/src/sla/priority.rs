//! Priority: impact times urgency, by a matrix the organisation may change (R-042, AC-029).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::json_columns;
use crate::requests::Level;

/// Priorities for one impact, by urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ByUrgency {
    /// Urgency high.
    #[schema(minimum = 1, maximum = 4)]
    pub high: i64,
    /// Urgency medium.
    #[schema(minimum = 1, maximum = 4)]
    pub medium: i64,
    /// Urgency low.
    #[schema(minimum = 1, maximum = 4)]
    pub low: i64,
}

/// Nine cells: impact by urgency to priority 1 (critical) to 4 (low).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityMatrix {
    /// Impact high.
    pub high: ByUrgency,
    /// Impact medium.
    pub medium: ByUrgency,
    /// Impact low.
    pub low: ByUrgency,
}

json_columns!(PriorityMatrix);

impl Default for PriorityMatrix {
    /// The seeded matrix (domain.md 3.4).
    fn default() -> Self {
        let by = |high, medium, low| ByUrgency { high, medium, low };
        PriorityMatrix {
            high: by(1, 2, 3),
            medium: by(2, 3, 4),
            low: by(3, 4, 4),
        }
    }
}

impl PriorityMatrix {
    /// The priority; an emergency is always critical.
    pub const fn priority(&self, impact: Level, urgency: Level, emergency: bool) -> i64 {
        if emergency {
            return 1;
        }
        let row = match impact {
            Level::High => self.high,
            Level::Medium => self.medium,
            Level::Low => self.low,
        };
        match urgency {
            Level::High => row.high,
            Level::Medium => row.medium,
            Level::Low => row.low,
        }
    }

    /// Whether every cell is a priority.
    pub fn is_sound(&self) -> bool {
        [self.high, self.medium, self.low]
            .iter()
            .flat_map(|row| [row.high, row.medium, row.low])
            .all(|priority| (1..=4).contains(&priority))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeded_matrix_says_what_the_specification_says() {
        let matrix = PriorityMatrix::default();
        let rows: Vec<i64> = Level::ALL
            .iter()
            .flat_map(|i| Level::ALL.iter().map(|u| matrix.priority(*i, *u, false)))
            .collect();
        assert_eq!(rows, [1, 2, 3, 2, 3, 4, 3, 4, 4]);
        assert!(matrix.is_sound());
    }

    #[test]
    fn an_emergency_is_critical_whatever_the_cell() {
        assert_eq!(
            PriorityMatrix::default().priority(Level::Low, Level::Low, true),
            1
        );
    }
}
