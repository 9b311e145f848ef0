//! Priority: impact times urgency, by a matrix the organisation may change (R-042, AC-029).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::patch::replace;
use crate::kernel::{Meta, Role, RoleSet, Stamp};
use crate::requests::Level;
use crate::{id, json_columns, permissions};

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
#[schema(as = PriorityCells)]
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

id!(PriorityMatrixId);

/// The organisation's one matrix.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = PriorityMatrix)]
pub struct PrioritySetting {
    /// There is one row; its key is of no interest to anybody.
    #[serde(skip)]
    #[schema(ignore)]
    pub id: PriorityMatrixId,
    /// Nine cells: impact, then urgency.
    pub cells: PriorityMatrix,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// The whole matrix anew.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cells": {
    "high": {"high": 1, "medium": 2, "low": 3},
    "medium": {"high": 2, "medium": 3, "low": 4},
    "low": {"high": 3, "medium": 4, "low": 4}}}))]
pub struct PriorityMatrixReplace {
    /// Nine cells: impact, then urgency.
    pub cells: PriorityMatrix,
}

/// Cells to change; absent cells stay.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"cells": {"low": {"high": 2}}}))]
pub struct PriorityMatrixPatch {
    /// By impact, then urgency.
    #[schema(nullable = false)]
    pub cells: Option<PriorityCellsPatch>,
}

/// Rows to change, by impact.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PriorityCellsPatch {
    /// Impact high.
    #[schema(nullable = false)]
    pub high: Option<ByUrgencyPatch>,
    /// Impact medium.
    #[schema(nullable = false)]
    pub medium: Option<ByUrgencyPatch>,
    /// Impact low.
    #[schema(nullable = false)]
    pub low: Option<ByUrgencyPatch>,
}

/// Cells of one row to change, by urgency.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ByUrgencyPatch {
    /// Urgency high.
    #[schema(nullable = false, minimum = 1, maximum = 4)]
    pub high: Option<i64>,
    /// Urgency medium.
    #[schema(nullable = false, minimum = 1, maximum = 4)]
    pub medium: Option<i64>,
    /// Urgency low.
    #[schema(nullable = false, minimum = 1, maximum = 4)]
    pub low: Option<i64>,
}

impl PrioritySetting {
    /// The one row.
    pub const ID: PriorityMatrixId =
        PriorityMatrixId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0002_0001));

    /// The seeded matrix.
    pub fn seeded(at: &Stamp) -> PrioritySetting {
        PrioritySetting {
            id: Self::ID,
            cells: PriorityMatrix::default(),
            meta: Meta::new(at),
        }
    }

    /// Changes single cells; requests that stand keep their priority.
    pub fn revise(&mut self, patch: PriorityMatrixPatch) {
        let rows = patch.cells.unwrap_or_default();
        for (row, changes) in [
            (&mut self.cells.high, rows.high),
            (&mut self.cells.medium, rows.medium),
            (&mut self.cells.low, rows.low),
        ] {
            let changes = changes.unwrap_or_default();
            replace(changes.high, &mut row.high);
            replace(changes.medium, &mut row.medium);
            replace(changes.low, &mut row.low);
        }
    }
}

const WRITERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager]);
const READERS: RoleSet = RoleSet::ALL.without(Role::PartsClerk).without(Role::KbEditor);

permissions! {
    Read = "priority_matrix:read" for READERS;
    Update = "priority_matrix:update" for WRITERS;
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
