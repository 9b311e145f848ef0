//! Why a policy was taken and the others were not: every condition, asked for and found.

use super::{AppliesWhen, Facts, SlaPolicy, SlaPolicyId, choose};
use crate::kernel::text::{Label64, MasterCode};
use crate::label;
use PolicyConditionKind::{AgreementType, CustomerClass, Emergency, ProductCategory, ServiceType};
use serde::Serialize;
use utoipa::ToSchema;

label! {
    /// Why a policy was not taken.
    pub enum PolicyLoss {
        /// It is out of use.
        Inactive = "inactive",
        /// A condition does not hold.
        ConditionFails = "condition_fails",
        /// It promises nothing for requests.
        PromisesNothing = "promises_nothing",
        /// The agreement names another one.
        AgreementNamesAnother = "agreement_names_another",
        /// It only catches what no other takes.
        OnlyDefault = "only_default",
        /// Another one stands before it.
        RanksLower = "ranks_lower",
        /// Another one asks for more.
        LessSpecific = "less_specific",
        /// Another one has the smaller code.
        CodeComesLater = "code_comes_later",
    }
}

label! {
    /// Why a policy was taken.
    pub enum PolicyChoice {
        /// Somebody picked it.
        Picked = "picked",
        /// The agreement names it.
        AgreementNamesIt = "agreement_names_it",
        /// It catches what no other takes.
        IsDefault = "is_default",
        /// Its conditions held, but do not any more.
        HeldThen = "held_then",
        /// It asks for nothing, and nothing stands before it.
        RanksFirst = "ranks_first",
        /// Its conditions hold, and nothing stands before it.
        ConditionsHold = "conditions_hold",
    }
}

impl PolicyChoice {
    /// Why a policy was taken that nobody picked.
    pub fn of(policy: &SlaPolicy, facts: &Facts, agreed: Option<SlaPolicyId>) -> PolicyChoice {
        if agreed == Some(policy.id) {
            PolicyChoice::AgreementNamesIt
        } else if policy.is_default {
            PolicyChoice::IsDefault
        } else if !policy.applies_when.holds(facts) {
            PolicyChoice::HeldThen
        } else if policy.applies_when.specificity() == 0 {
            PolicyChoice::RanksFirst
        } else {
            PolicyChoice::ConditionsHold
        }
    }

    /// The same in words: English, Chinese.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Picked => ("It was picked by hand.", "由人工指定。"),
            Self::AgreementNamesIt => (
                "The service agreement names it; that goes before all conditions.",
                "服务协议指定该策略，优先于一切条件。",
            ),
            Self::IsDefault => (
                "It is the default: no other policy's conditions held when it was chosen.",
                "默认策略：选择时没有其他策略的条件成立。",
            ),
            Self::HeldThen => (
                "Its conditions held when it was chosen; request or policy changed since, the choice did not.",
                "选择时其条件成立；此后请求或策略已变更，所选策略不变。",
            ),
            Self::RanksFirst => (
                "It has no conditions and the smallest rank.",
                "该策略没有条件且级别最优先。",
            ),
            Self::ConditionsHold => (
                "Every condition holds, and among those that hold its rank is the smallest, then its conditions the most.",
                "所有条件成立，且在成立的策略中级别最优先、条件最具体。",
            ),
        }
    }
}

label! {
    /// A condition of a policy.
    pub enum PolicyConditionKind {
        /// The service type.
        ServiceType = "service_type",
        /// The product's category or one above it.
        ProductCategory = "product_category_id",
        /// The customer's class.
        CustomerClass = "customer_class",
        /// Whether it is an emergency.
        Emergency = "emergency",
        /// The agreement's type.
        AgreementType = "agreement_type",
    }
}

/// One condition of a policy, asked for and found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PolicyCondition)]
pub struct ConditionCheck {
    /// Which condition.
    pub condition: PolicyConditionKind,
    /// What the policy asks for.
    #[schema(max_length = 64, example = "repair")]
    pub wanted: String,
    /// What was found.
    #[schema(max_items = 50, value_type = Vec<Label64>)]
    pub found: Vec<String>,
    /// Whether it holds as things stand now; a promise once made does not change with it.
    pub holds: bool,
}

/// A policy that was considered.
#[derive(Clone, Debug)]
pub struct Considered<'a> {
    /// The policy.
    pub policy: &'a SlaPolicy,
    /// Its conditions.
    pub checks: Vec<ConditionCheck>,
    /// Why it was not taken; none for the one that was.
    pub loss: Option<PolicyLoss>,
}

/// A policy that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OtherPolicy {
    /// The policy.
    pub id: SlaPolicyId,
    /// Its code.
    pub code: MasterCode,
    /// Its conditions.
    #[schema(max_items = 10)]
    pub conditions: Vec<ConditionCheck>,
    /// Why it is not taken; null if it would be taken as things stand, were the choice made now.
    #[schema(required)]
    pub loss: Option<PolicyLoss>,
}

/// The policies that were not taken and why not, in the order given.
pub fn others(
    policies: &[SlaPolicy],
    facts: &Facts,
    agreed: Option<SlaPolicyId>,
    taken: SlaPolicyId,
) -> Vec<OtherPolicy> {
    consider(policies, facts, agreed)
        .into_iter()
        .filter(|considered| considered.policy.id != taken)
        .map(|considered| OtherPolicy {
            id: considered.policy.id,
            code: considered.policy.code.clone(),
            conditions: considered.checks,
            loss: considered.loss,
        })
        .collect()
}

impl AppliesWhen {
    /// Every condition that is set, with what was found; all of them hold exactly if `holds`.
    pub fn checks(&self, facts: &Facts) -> Vec<ConditionCheck> {
        let text = ToString::to_string;
        let one = |condition, wanted: Option<String>, found: Vec<String>| {
            wanted.map(|wanted| ConditionCheck {
                condition,
                holds: found.contains(&wanted),
                wanted,
                found,
            })
        };
        [
            one(
                ServiceType,
                self.service_type.as_ref().map(text),
                vec![facts.service_type.to_string()],
            ),
            one(
                ProductCategory,
                self.product_category_id.map(|id| id.to_string()),
                facts
                    .product_category_ids
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
            ),
            one(
                CustomerClass,
                self.customer_class.map(|class| class.to_string()),
                facts.customer_class.iter().map(ToString::to_string).collect(),
            ),
            one(
                Emergency,
                self.emergency.map(|is| is.to_string()),
                vec![facts.emergency.to_string()],
            ),
            one(
                AgreementType,
                self.agreement_type.as_ref().map(text),
                facts.agreement_type.iter().map(text).collect(),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The policy of a request: the one its agreement names, if it is in use, else the one `choose` takes.
pub fn choose_agreed<'a>(
    policies: &'a [SlaPolicy],
    facts: &Facts,
    agreed: Option<SlaPolicyId>,
) -> Option<&'a SlaPolicy> {
    policies
        .iter()
        .find(|policy| policy.is_active && Some(policy.id) == agreed)
        .or_else(|| choose(policies, facts))
}

/// All policies with their conditions and why each was not taken, in the order given.
pub fn consider<'a>(
    policies: &'a [SlaPolicy],
    facts: &Facts,
    agreed: Option<SlaPolicyId>,
) -> Vec<Considered<'a>> {
    let winner = choose_agreed(policies, facts, agreed);
    policies
        .iter()
        .map(|policy| Considered {
            policy,
            checks: policy.applies_when.checks(facts),
            loss: winner
                .is_none_or(|winner| winner.id != policy.id)
                .then(|| loss(policy, winner, facts, agreed)),
        })
        .collect()
}

fn loss(
    policy: &SlaPolicy,
    winner: Option<&SlaPolicy>,
    facts: &Facts,
    agreed: Option<SlaPolicyId>,
) -> PolicyLoss {
    if !policy.is_active {
        PolicyLoss::Inactive
    } else if !policy.is_default && !policy.applies_when.holds(facts) {
        PolicyLoss::ConditionFails
    } else if !policy.targets.iter().any(|target| target.kind.timer().is_some()) {
        PolicyLoss::PromisesNothing
    } else if winner.is_some_and(|winner| Some(winner.id) == agreed) {
        PolicyLoss::AgreementNamesAnother
    } else if policy.is_default {
        PolicyLoss::OnlyDefault
    } else {
        let specificity = policy.applies_when.specificity();
        match winner {
            Some(winner) if winner.rank != policy.rank => PolicyLoss::RanksLower,
            Some(winner) if winner.applies_when.specificity() != specificity => PolicyLoss::LessSpecific,
            _ => PolicyLoss::CodeComesLater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::stamp::tests::stamp;
    use crate::kernel::text::WordCode;

    fn facts(agreement_type: Option<&str>) -> Facts {
        Facts {
            service_type: WordCode::new("repair").unwrap(),
            product_category_ids: Vec::new(),
            customer_class: None,
            emergency: false,
            agreement_type: agreement_type.map(|text| WordCode::new(text).unwrap()),
        }
    }

    #[test]
    fn one_policy_is_taken_and_every_other_says_why_not() {
        let policies = crate::sla::seed::records(&stamp()).unwrap();
        for agreement_type in [None, Some("premium"), Some("project"), Some("spares_first")] {
            let facts = facts(agreement_type);
            let all = consider(&policies, &facts, None);
            let taken: Vec<_> = all
                .iter()
                .filter(|c| c.loss.is_none())
                .map(|c| c.policy.id)
                .collect();
            assert_eq!(taken, [choose(&policies, &facts).unwrap().id]);
            for considered in &all {
                let holds = considered.checks.iter().all(|check| check.holds);
                assert_eq!(
                    holds,
                    considered.policy.applies_when.holds(&facts),
                    "{}",
                    considered.policy.code
                );
                assert_eq!(
                    considered.checks.len(),
                    considered.policy.applies_when.specificity()
                );
            }
        }
        let premium = facts(Some("premium"));
        let of = |code: &str| {
            let all = consider(&policies, &premium, None);
            let found = all.into_iter().find(|c| c.policy.code.as_str() == code).unwrap();
            found.loss
        };
        assert_eq!(of("SLA-7X24"), None);
        assert_eq!(of("SLA-STD"), Some(PolicyLoss::OnlyDefault));
        assert_eq!(of("SLA-PROJECT"), Some(PolicyLoss::ConditionFails));
        assert_eq!(of("SLA-DEPOT"), Some(PolicyLoss::PromisesNothing));
    }

    #[test]
    fn the_policy_an_agreement_names_goes_before_all_conditions() {
        let policies = crate::sla::seed::records(&stamp()).unwrap();
        let spares = policies.iter().find(|p| p.code.as_str() == "SLA-SPARES").unwrap();
        let found = choose_agreed(&policies, &facts(Some("premium")), Some(spares.id)).unwrap();
        assert_eq!(found.id, spares.id);
        let mut idle = policies.clone();
        idle.iter_mut()
            .for_each(|policy| policy.is_active = policy.is_default);
        let found = choose_agreed(&idle, &facts(None), Some(spares.id)).unwrap();
        assert!(found.is_default, "a policy out of use is not taken");
    }
}
