//! The verdict of a request over time: judged anew until the first job is completed, then kept (AG-3).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    COVERAGE_FROZEN, CostRule, CostShare, CostShares, Coverage, CoverageVerdict, NO_AGREEMENT, Payer,
};
use crate::kernel::error::Place;
use crate::kernel::meta::UserId;
use crate::kernel::text::Reason;
use crate::kernel::{Result, Stamp, Time, Violation};
use crate::{json_columns, label};

label! {
    /// What a coverage rests on.
    pub enum GroundKind {
        /// A manager's word.
        Override = "override",
        /// The rule.
        Rule = "rule",
    }
}

/// What a coverage rests on, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CoverageGround {
    /// A manager's word or the rule.
    pub kind: GroundKind,
    /// How the job is covered by it.
    pub coverage: Coverage,
    /// Since when.
    pub at: Time,
    /// Who said so; null for the rule.
    #[schema(required)]
    pub by: Option<UserId>,
    /// Why he said so; the reasons of the rule stand in the verdict.
    #[schema(required)]
    pub reason: Option<Reason>,
}

/// A manager's word against the rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoverageOverride {
    /// How the job is covered by his word.
    pub coverage: Coverage,
    /// Who pays the work by his word; null where it follows from how the job is covered.
    #[serde(default)]
    #[schema(required)]
    pub labour: Option<Payer>,
    /// Who pays the parts.
    #[serde(default)]
    #[schema(required)]
    pub part: Option<Payer>,
    /// Who pays the way.
    #[serde(default)]
    #[schema(required)]
    pub travel: Option<Payer>,
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
#[schema(example = json!({"coverage": "goodwill", "part": "customer", "reason": "老客户，首次故障"}))]
pub struct OverrideCoverage {
    /// How the job is covered.
    pub coverage: Coverage,
    /// Who pays the work; if absent, it follows from how the job is covered.
    #[serde(default)]
    #[schema(nullable = false)]
    pub labour: Option<Payer>,
    /// Who pays the parts.
    #[serde(default)]
    #[schema(nullable = false)]
    pub part: Option<Payer>,
    /// Who pays the way.
    #[serde(default)]
    #[schema(nullable = false)]
    pub travel: Option<Payer>,
    /// Why.
    pub reason: Reason,
}

impl OverrideCoverage {
    /// What is wrong with it: the agreement pays, and the request goes by none (`no_agreement`).
    pub fn faults(&self, has_agreement: bool) -> Vec<Violation> {
        let is_agreed = |payer: Option<Payer>| payer == Some(Payer::Agreement);
        let named = [
            ("#/coverage", self.coverage == Coverage::Agreement),
            ("#/labour", is_agreed(self.labour)),
            ("#/part", is_agreed(self.part)),
            ("#/travel", is_agreed(self.travel)),
        ];
        let wrong = named.iter().filter(|(_, pays)| *pays && !has_agreement);
        wrong
            .map(|(pointer, _)| NO_AGREEMENT.violation(Place::Pointer((*pointer).to_owned())))
            .collect()
    }
}

impl CoverageOverride {
    /// Who pays each kind of cost by the manager's word: as he said, else as his name for it says. Of what the rule found
    /// only this stays: nobody pays for a way nobody goes, and a main part's free visit.
    fn shares(&self, ruled: &CoverageVerdict) -> CostShares {
        let by_word = |payer| CostShare {
            payer,
            rule: CostRule::ManagersWord,
        };
        let whole = |payer| CostShares {
            labour: by_word(payer),
            part: by_word(payer),
            travel: by_word(payer),
        };
        let mut shares = match self.coverage {
            Coverage::InWarranty | Coverage::Goodwill => whole(Payer::Company),
            Coverage::Agreement => whole(Payer::Agreement),
            Coverage::OutOfWarranty | Coverage::Chargeable => whole(Payer::Customer),
            Coverage::MainPartOnly if ruled.coverage == Coverage::MainPartOnly => ruled.shares(),
            Coverage::MainPartOnly => CostShares {
                part: by_word(Payer::Company),
                ..whole(Payer::Customer)
            },
        };
        if ruled.travel.rule == CostRule::NoVisit {
            shares.travel = ruled.travel;
        }
        for (said, share) in [
            (self.labour, &mut shares.labour),
            (self.part, &mut shares.part),
            (self.travel, &mut shares.travel),
        ] {
            if let Some(payer) = said {
                *share = by_word(payer);
            }
        }
        shares
    }
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

    /// Who pays each kind of cost in the end: by the manager's word, else by the rule.
    pub fn shares(&self) -> CostShares {
        match &self.overridden {
            Some(word) => word.shares(&self.verdict),
            None => self.verdict.shares(),
        }
    }

    /// Why it is so, what decides first: the manager's word with who, when and why, then the rule.
    pub fn because(&self) -> Vec<CoverageGround> {
        let word = self.overridden.as_ref().map(|word| CoverageGround {
            kind: GroundKind::Override,
            coverage: word.coverage,
            at: word.at,
            by: word.by,
            reason: Some(word.reason.clone()),
        });
        let rule = CoverageGround {
            kind: GroundKind::Rule,
            coverage: self.verdict.coverage,
            at: self.judged_at,
            by: None,
            reason: None,
        };
        word.into_iter().chain([rule]).collect()
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
            labour: cmd.labour,
            part: cmd.part,
            travel: cmd.travel,
            reason: cmd.reason,
            by: at.actor.user_id,
            at: at.now,
        });
    }
}
