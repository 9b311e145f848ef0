//! SLA policies: what is promised to whom, and which policy a request gets (domain.md 3.4).
//!
//! The policy with the most specific conditions among those of the best rank decides; exactly one default catches
//! the rest.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod commands;
pub mod explain;
mod reach;
mod versions;

pub use commands::{AppliesWhenPatch, SlaPolicyCreate, SlaPolicyFilter, SlaPolicyPatch};
pub use reach::too_rare;
pub use versions::{SlaPolicyVersion, SlaPolicyVersionFilter, SlaPolicyVersionId};

use super::timer::{Promise, TimerKind};
use crate::customers::CustomerClass;
use crate::kernel::error::{Place, Violation};
use crate::kernel::patch::replace;
use crate::kernel::text::{MasterCode, WordCode};
use crate::kernel::{Error, I18n, Meta, Patch, Result, Role, RoleSet, Stamp};
use crate::{codes, id, json_columns, label, permissions};

pub use crate::product_categories::ProductCategoryId;

id!(SlaPolicyId, CalendarId);

label! {
    /// What a policy may promise.
    pub enum TargetKind {
        /// Somebody answers.
        Response = "response",
        /// Somebody is assigned.
        Arrangement = "arrangement",
        /// Somebody is there.
        Arrival = "arrival",
        /// It is solved.
        Resolution = "resolution",
        /// A complaint is answered.
        ComplaintResponse = "complaint_response",
        /// The follow-up call is made.
        FollowUp = "follow_up",
        /// A unit comes back from the workshop.
        DepotReturn = "depot_return",
    }
}

impl TargetKind {
    /// The timer it starts on a service request, if any.
    pub const fn timer(self) -> Option<TimerKind> {
        match self {
            Self::Response => Some(TimerKind::Response),
            Self::Arrangement => Some(TimerKind::Arrangement),
            Self::Arrival => Some(TimerKind::Arrival),
            Self::Resolution => Some(TimerKind::Resolution),
            Self::ComplaintResponse | Self::FollowUp | Self::DepotReturn => None,
        }
    }
}

/// One promise: business minutes, or working days (SL-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What is promised.
    pub kind: TargetKind,
    /// For which priority; null for every other.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 4)]
    pub priority: Option<i64>,
    /// Within how many business minutes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 525_600)]
    pub minutes: Option<i64>,
    /// Or until the end of which working day after the day of receipt.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 365)]
    pub working_days: Option<i64>,
}

/// When a policy applies; absent conditions always hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AppliesWhen {
    /// For this service type.
    pub service_type: Option<WordCode>,
    /// For products of this category.
    pub product_category_id: Option<ProductCategoryId>,
    /// For customers of this class.
    pub customer_class: Option<CustomerClass>,
    /// For emergencies, or for everything else.
    pub emergency: Option<bool>,
    /// For agreements of this type.
    pub agreement_type: Option<WordCode>,
}

json_columns!(AppliesWhen, SlaPolicy);

impl AppliesWhen {
    /// How many conditions are set.
    pub fn specificity(&self) -> usize {
        [
            self.service_type.is_some(),
            self.product_category_id.is_some(),
            self.customer_class.is_some(),
            self.emergency.is_some(),
            self.agreement_type.is_some(),
        ]
        .into_iter()
        .filter(|is_set| *is_set)
        .count()
    }

    /// Whether every condition holds.
    pub fn holds(&self, facts: &Facts) -> bool {
        fn fits<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        fits(self.service_type.as_ref(), Some(&facts.service_type))
            && self
                .product_category_id
                .is_none_or(|wanted| facts.product_category_ids.contains(&wanted))
            && fits(self.customer_class.as_ref(), facts.customer_class.as_ref())
            && fits(self.emergency.as_ref(), Some(&facts.emergency))
            && fits(self.agreement_type.as_ref(), facts.agreement_type.as_ref())
    }
}

/// What is known when a policy is chosen.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The service type.
    pub service_type: WordCode,
    /// The product's category and its ancestors.
    pub product_category_ids: Vec<ProductCategoryId>,
    /// The customer's class.
    pub customer_class: Option<CustomerClass>,
    /// Whether it is an emergency.
    pub emergency: bool,
    /// The type of the agreement that covers it.
    pub agreement_type: Option<WordCode>,
}

/// One SLA policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlaPolicy {
    /// Identifier.
    pub id: SlaPolicyId,
    /// Its code, for example `SLA-7X24`.
    pub code: MasterCode,
    /// Its name.
    pub name: I18n,
    /// The calendar it counts by.
    pub calendar_id: CalendarId,
    /// What it promises.
    #[schema(max_items = 50)]
    pub targets: Vec<Target>,
    /// Percent of a target after which people are warned.
    #[schema(minimum = 1, maximum = 100)]
    pub warn_pct: i64,
    /// When it applies.
    pub applies_when: AppliesWhen,
    /// Smaller wins.
    #[schema(minimum = 0, maximum = 9999)]
    pub rank: i64,
    /// Whether it catches what no other policy takes; exactly one does.
    pub is_default: bool,
    /// Whether a broken resolution lets the customer claim a third-party repair (SL-9).
    pub allows_third_party: bool,
    /// Whether new requests may get it.
    pub is_active: bool,
    /// Version, times and author.
    #[serde(flatten)]
    pub meta: Meta,
}

impl SlaPolicy {
    /// A new policy. The caller takes `is_default` from the present default when this one claims it.
    ///
    /// Errors: `target_order`, `target_form`, `target_twice`, `targets_missing`.
    pub fn establish(cmd: SlaPolicyCreate, at: &Stamp) -> Result<SlaPolicy> {
        let policy = SlaPolicy {
            id: SlaPolicyId::next(at),
            code: cmd.code,
            name: cmd.name,
            calendar_id: cmd.calendar_id,
            targets: cmd.targets,
            warn_pct: cmd.warn_pct.unwrap_or(80),
            applies_when: cmd.applies_when,
            rank: cmd.rank.unwrap_or(100),
            is_default: cmd.is_default,
            allows_third_party: cmd.allows_third_party,
            is_active: true,
            meta: Meta::new(at),
        };
        policy.check().map(|()| policy)
    }

    /// Changes the policy; running timers keep what was promised.
    ///
    /// Errors: as `establish`; `default_policy_required` when the default would vanish.
    pub fn revise(&mut self, patch: SlaPolicyPatch) -> Result<()> {
        if self.is_default && (patch.is_default == Some(false) || patch.is_active == Some(false)) {
            return Err(DEFAULT_POLICY_REQUIRED.error());
        }
        match patch.applies_when {
            Patch::Keep => {}
            Patch::Clear => self.applies_when = AppliesWhen::default(),
            Patch::Set(changes) => changes.onto(&mut self.applies_when),
        }
        replace(patch.name, &mut self.name);
        replace(patch.calendar_id, &mut self.calendar_id);
        replace(patch.targets, &mut self.targets);
        replace(patch.warn_pct, &mut self.warn_pct);
        replace(patch.rank, &mut self.rank);
        replace(patch.is_default, &mut self.is_default);
        replace(patch.allows_third_party, &mut self.allows_third_party);
        replace(patch.is_active, &mut self.is_active);
        if self.is_default && !self.is_active {
            return Err(DEFAULT_POLICY_REQUIRED.error());
        }
        self.check()
    }

    /// Hands the place of the default to another policy.
    pub fn step_down(&mut self) {
        self.is_default = false;
    }

    /// The target for a priority: its own, else the one for every other.
    pub fn target(&self, kind: TargetKind, priority: i64) -> Option<&Target> {
        let of = |wanted| {
            self.targets
                .iter()
                .find(move |t| t.kind == kind && t.priority == wanted)
        };
        of(Some(priority)).or_else(|| of(None))
    }

    /// The timers a request of this priority gets, with their minutes.
    pub fn targets_for(&self, priority: i64) -> Vec<(TimerKind, i64)> {
        TargetKind::ALL
            .iter()
            .filter_map(|kind| {
                let minutes = self.target(*kind, priority)?.minutes?;
                Some((kind.timer()?, minutes))
            })
            .collect()
    }

    /// One promise of this version.
    pub fn promise(&self, kind: TimerKind, target_minutes: i64) -> Promise {
        Promise {
            kind,
            policy_id: self.id,
            policy_version: self.meta.version,
            target_minutes,
            warn_pct: self.warn_pct,
        }
    }

    fn check(&self) -> Result<()> {
        let mut wrong: Vec<Violation> = Vec::new();
        let mut refuse = |code: &'static crate::kernel::Code, pointer: String| {
            wrong.push(code.violation(Place::Pointer(pointer)));
        };
        if self.targets.is_empty() {
            refuse(&TARGETS_MISSING, "#/targets".to_owned());
        }
        for (index, target) in self.targets.iter().enumerate() {
            let is_formed = match (target.minutes, target.working_days) {
                (Some(minutes), None) => (0..=525_600).contains(&minutes),
                (None, Some(days)) => target.kind.timer().is_none() && (0..=365).contains(&days),
                _ => false,
            };
            if !is_formed {
                refuse(&TARGET_FORM, format!("#/targets/{index}"));
            }
            let is_same = |other: &Target| other.kind == target.kind && other.priority == target.priority;
            if self.targets.iter().take(index).any(is_same) {
                refuse(&TARGET_TWICE, format!("#/targets/{index}"));
            }
        }
        for priority in 1..=4 {
            let minutes = |kind| self.target(kind, priority).and_then(|t| t.minutes);
            let pair = (minutes(TargetKind::Response), minutes(TargetKind::Resolution));
            if matches!(pair, (Some(response), Some(resolution)) if response > resolution) {
                refuse(&TARGET_ORDER, "#/targets".to_owned());
                break;
            }
        }
        Error::all(wrong)
    }
}

/// The policy a request gets: among the active ones that apply and promise something for requests, the smallest
/// rank, then the most specific, then the first code; the default comes last and has no conditions.
pub fn choose<'a>(policies: &'a [SlaPolicy], facts: &Facts) -> Option<&'a SlaPolicy> {
    policies
        .iter()
        .filter(|policy| policy.is_active && (policy.is_default || policy.applies_when.holds(facts)))
        .filter(|policy| policy.is_default || policy.targets.iter().any(|t| t.kind.timer().is_some()))
        .min_by_key(|policy| {
            let specificity = std::cmp::Reverse(policy.applies_when.specificity());
            (policy.is_default, policy.rank, specificity, policy.code.as_str())
        })
}

codes! {
    TARGET_ORDER: Invalid = "target_order", "The response target exceeds the resolution target", "响应时限不得长于解决时限";
    TARGET_FORM: Invalid = "target_form", "A target says either minutes or, where allowed, working days", "时限须为分钟或工作日之一";
    TARGET_TWICE: Invalid = "target_twice", "The same target is given twice", "同一时限重复";
    TARGETS_MISSING: Invalid = "targets_missing", "At least one target is needed", "至少需要一个时限";
    DEFAULT_POLICY_REQUIRED: Conflict = "default_policy_required", "Exactly one policy is the default", "必须保留一个默认策略";
}

const WRITERS: RoleSet = RoleSet::of(&[Role::Admin, Role::ServiceManager]);
const READERS: RoleSet = RoleSet::ALL.without(Role::PartsClerk).without(Role::KbEditor);

permissions! {
    Read = "sla_policies:read" for READERS;
    Create = "sla_policies:create" for WRITERS;
    Update = "sla_policies:update" for WRITERS;
    ReadTimers = "sla_timers:read" for READERS;
}
