//! The verdict of a request over time: judged anew until the first job is completed, then kept (AG-3).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{COVERAGE_FROZEN, Coverage, CoverageVerdict};
use crate::json_columns;
use crate::kernel::meta::UserId;
use crate::kernel::text::Reason;
use crate::kernel::{Result, Stamp, Time};

/// A manager's word against the rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoverageOverride {
    /// How the job is covered by his word.
    pub coverage: Coverage,
    /// Why.
    pub reason: Reason,
    /// Who.
    #[schema(required)]
    pub by: Option<UserId>,
    /// When.
    pub at: Time,
}

/// The verdict of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoverageRecord {
    /// What the rule says.
    pub verdict: CoverageVerdict,
    /// When it was judged last.
    pub judged_at: Time,
    /// Since when it is kept: the first job was completed.
    #[schema(required)]
    pub frozen_at: Option<Time>,
    /// The manager's word, which goes before the rule.
    #[schema(required)]
    pub overridden: Option<CoverageOverride>,
}

json_columns!(CoverageRecord);

/// Sets the rule aside.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"coverage": "goodwill", "reason": "老客户，首次故障"}))]
pub struct OverrideCoverage {
    /// How the job is covered.
    pub coverage: Coverage,
    /// Why.
    pub reason: Reason,
}

impl CoverageRecord {
    /// The first verdict.
    pub fn judge(verdict: CoverageVerdict, at: &Stamp) -> CoverageRecord {
        CoverageRecord {
            verdict,
            judged_at: at.now,
            frozen_at: None,
            overridden: None,
        }
    }

    /// How the job is covered: by the manager's word, else by the rule.
    pub fn coverage(&self) -> Coverage {
        let overridden = self.overridden.as_ref();
        overridden.map_or(self.verdict.coverage, |word| word.coverage)
    }

    /// Judges anew. Whether the verdict changed.
    ///
    /// Errors: `coverage_frozen`.
    pub fn rejudge(&mut self, verdict: CoverageVerdict, at: &Stamp) -> Result<bool> {
        if self.frozen_at.is_some() {
            return Err(COVERAGE_FROZEN.error());
        }
        let has_changed = self.verdict != verdict;
        if has_changed {
            self.verdict = verdict;
            self.judged_at = at.now;
        }
        Ok(has_changed)
    }

    /// The first job was completed: the verdict is kept from now on.
    pub fn freeze(&mut self, at: &Stamp) {
        self.frozen_at.get_or_insert(at.now);
    }

    /// The manager sets the rule aside, also when it is kept.
    pub fn set_aside(&mut self, cmd: OverrideCoverage, at: &Stamp) {
        self.overridden = Some(CoverageOverride {
            coverage: cmd.coverage,
            reason: cmd.reason,
            by: at.actor.user_id,
            at: at.now,
        });
    }
}
