//! What the rows of an import say together: which problems, and how the promises were kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::json_columns;
use crate::kernel::ratio::ratio;
use crate::problem_types::ProblemTypeId;
use crate::sla::SlaTimer;
use crate::sla::timer::{TimerKind, TimerStatus};

/// How many problem types a summary names.
const NAMED: usize = 20;
/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

/// How often a problem occurs in the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemCount {
    /// The problem type.
    pub problem_type_id: ProblemTypeId,
    /// Its name.
    #[schema(max_length = 200)]
    pub name: String,
    /// How many rows.
    #[schema(minimum = 0, maximum = 100_000)]
    pub requests: i64,
}

/// What the rows of an import say together; rows that were there count too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportSummary {
    /// The most frequent problem types, twenty at most.
    #[schema(max_items = 20)]
    pub problem_types: Vec<ProblemCount>,
    /// Resolution promises that were kept.
    #[schema(minimum = 0, maximum = 100_000)]
    pub sla_met: i64,
    /// Resolution promises that were broken.
    #[schema(minimum = 0, maximum = 100_000)]
    pub sla_breached: i64,
    /// Kept ones of all that are decided, in percent with two decimals, half up: `96.98`; null while none is.
    #[schema(required, max_length = 10, example = "96.98")]
    pub sla_attainment_pct: Option<String>,
    /// Mean hours from the beginning to the end of those promises, two decimals, half up; null while none ended.
    #[schema(required, max_length = 20, example = "2.43")]
    pub mean_resolution_hours: Option<String>,
}

json_columns!(ImportSummary);

/// A summary in the making.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    problems: BTreeMap<ProblemTypeId, (String, i64)>,
    met: i64,
    breached: i64,
    ended: i64,
    millis: i64,
}

impl Tally {
    /// Counts one request with its promises.
    pub fn add(&mut self, problem: ProblemTypeId, name: &str, timers: &[SlaTimer]) {
        let count = self
            .problems
            .entry(problem)
            .or_insert_with(|| (name.to_owned(), 0));
        count.1 = count.1.saturating_add(1);
        for timer in timers.iter().filter(|timer| timer.kind == TimerKind::Resolution) {
            match timer.status {
                TimerStatus::Met => self.met = self.met.saturating_add(1),
                TimerStatus::Breached => self.breached = self.breached.saturating_add(1),
                TimerStatus::Running | TimerStatus::Paused | TimerStatus::Cancelled => {}
            }
            if let Some(end) = timer.stopped_at {
                self.ended = self.ended.saturating_add(1);
                self.millis = self.millis.saturating_add(end.millis_since(timer.started_at));
            }
        }
    }

    /// The summary so far.
    pub fn summary(&self) -> ImportSummary {
        let mut problem_types: Vec<ProblemCount> = self
            .problems
            .iter()
            .map(|(id, (name, requests))| ProblemCount {
                problem_type_id: *id,
                name: name.clone(),
                requests: *requests,
            })
            .collect();
        problem_types.sort_by(|a, b| b.requests.cmp(&a.requests).then_with(|| a.name.cmp(&b.name)));
        problem_types.truncate(NAMED);
        let decided = self.met.saturating_add(self.breached);
        ImportSummary {
            problem_types,
            sla_met: self.met,
            sla_breached: self.breached,
            sla_attainment_pct: ratio(self.met.saturating_mul(100), decided, 2),
            mean_resolution_hours: ratio(self.millis, self.ended.saturating_mul(HOUR), 2),
        }
    }
}
