//! What would be promised: due instants of a calendar or a policy, without a request (A28, AC-018 to AC-025).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calendar::{Calendar, CalendarFault, Pause};
use super::policy::explain::{ConditionCheck, OtherPolicy, PolicyChoice};
use super::policy::{CalendarId, ProductCategoryId, SlaPolicy, SlaPolicyId, Target, TargetKind};
use super::{CALENDAR_HORIZON, MINUTE, unreached};
use crate::business_calendars::{END_BEFORE_START, within};
use crate::codes;
use crate::customers::{CustomerClass, CustomerId};
use crate::installed_products::InstalledProductId;
use crate::kernel::error::{Place, REQUIRED, VALIDATION_FAILED};
use crate::kernel::text::{MasterCode, WordCode};
use crate::kernel::{Error, Result, Time};
use crate::products::ProductId;
use crate::service_agreements::ServiceAgreementId;
use crate::service_items::ServiceItemId;

/// What should be previewed: a bare target on a calendar, or what a policy promises.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "calendar_id": "01990000-0000-7000-8000-000000000001", "start": "2026-09-30T16:00:00+08:00", "target_minutes": 480,
    "pauses": [{"from": "2026-09-30T17:00:00+08:00", "to": "2026-10-08T09:30:00+08:00"}]}))]
pub struct PreviewQuestion {
    /// The calendar to count by; then `target_minutes` is needed.
    #[serde(default)]
    pub calendar_id: Option<CalendarId>,
    /// Or the policy whose targets and calendar count.
    #[serde(default)]
    pub sla_policy_id: Option<SlaPolicyId>,
    /// Or what is known of a request, from which the policy is chosen as at its registration.
    #[serde(default)]
    pub facts: Option<PreviewFacts>,
    /// When counting begins; the agreement is chosen for its local day.
    pub start: Time,
    /// Business minutes of the one target asked for; on a policy it takes the place of the policy's targets.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub target_minutes: Option<i64>,
    /// The priority whose targets a policy promises; if absent 1 for an emergency, else 3.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 4)]
    pub priority: Option<i64>,
    /// Time that does not count; may overlap. Working days know no pauses.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub pauses: Vec<PreviewPause>,
}

/// What is known of a request that is not there yet. What a record says a member may say instead, which then counts.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"service_type": "repair", "customer_class": "VIP", "agreement_type": "premium"}))]
pub struct PreviewFacts {
    /// The service type.
    pub service_type: WordCode,
    /// The customer: his class, and his agreements.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// The unit, for agreements that cover it, and its product.
    #[serde(default)]
    pub installed_product_id: Option<InstalledProductId>,
    /// The product, for its category.
    #[serde(default)]
    pub product_id: Option<ProductId>,
    /// The service asked for, for agreements that grant it.
    #[serde(default)]
    pub service_item_id: Option<ServiceItemId>,
    /// The product category; that of the product if absent.
    #[serde(default)]
    pub product_category_id: Option<ProductCategoryId>,
    /// The customer's class; that of the customer if absent.
    #[serde(default)]
    pub customer_class: Option<CustomerClass>,
    /// The type of the agreement; if absent, that of the agreement that would be chosen. One that is named stands for no
    /// agreement in particular, so that no agreement names a policy.
    #[serde(default)]
    pub agreement_type: Option<WordCode>,
    /// Whether it is an emergency.
    #[serde(default)]
    pub emergency: bool,
}

/// Time that does not count, `[from, to)`.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewPause {
    /// From.
    pub from: Time,
    /// Until.
    pub to: Time,
}

/// What would be promised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preview {
    /// The policy that would promise; null for a bare target.
    #[schema(required)]
    pub policy: Option<PreviewPolicy>,
    /// One entry for each promise, in the order of the kinds.
    #[schema(max_items = 50)]
    pub targets: Vec<PreviewTarget>,
}

/// The policy that would promise, why, and why no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewPolicy {
    /// The policy.
    pub id: SlaPolicyId,
    /// Its code.
    pub code: MasterCode,
    /// Which version of it.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: i64,
    /// Why it is taken.
    pub chosen_by: PolicyChoice,
    /// The same in the caller's language.
    #[schema(max_length = 200)]
    pub because: &'static str,
    /// The agreement that would cover it; null without one.
    #[schema(required)]
    pub agreement_id: Option<ServiceAgreementId>,
    /// Its conditions, asked of the facts; none if the policy was named.
    #[schema(max_items = 10)]
    pub conditions: Vec<ConditionCheck>,
    /// The other policies, the smallest rank first; none if the policy was named.
    #[schema(max_items = 200)]
    pub others: Vec<OtherPolicy>,
}

/// One promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewTarget {
    /// What is promised; null for a bare target.
    #[schema(required)]
    pub kind: Option<TargetKind>,
    /// Until when.
    pub due_at: Time,
    /// When people would be warned.
    pub warn_at: Time,
}

/// A member that is missing is a fault of the body's shape (A21).
fn missing(pointer: &str) -> Error {
    Error {
        errors: vec![REQUIRED.violation(Place::Pointer(pointer.to_owned()))],
        ..VALIDATION_FAILED.error()
    }
}

/// Percent of a bare target after which people would be warned (SL-4).
const WARN_PCT: i64 = 80;
/// The priority that is assumed, and that of an emergency.
const PRIORITY: i64 = 3;
const URGENT: i64 = 1;

/// What a question is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A bare target on a calendar.
    Calendar(CalendarId),
    /// A policy.
    Policy(SlaPolicyId),
    /// What the policy is to be chosen by.
    Facts(&'a PreviewFacts),
}

impl PreviewQuestion {
    /// Whether a calendar, a policy or facts are meant.
    ///
    /// Errors: `validation_failed` with `required` if none is, or a calendar without a target; `calendar_or_policy` if
    /// several are.
    pub fn subject(&self) -> Result<Subject<'_>> {
        match (self.calendar_id, self.sla_policy_id, &self.facts) {
            (Some(_), None, None) if self.target_minutes.is_none() => Err(missing("#/target_minutes")),
            (Some(id), None, None) => Ok(Subject::Calendar(id)),
            (None, Some(id), None) => Ok(Subject::Policy(id)),
            (None, None, Some(facts)) => Ok(Subject::Facts(facts)),
            (None, None, None) => Err(missing("#/calendar_id")),
            (_, _, Some(_)) => Err(CALENDAR_OR_POLICY.at("#/facts")),
            (Some(_), Some(_), None) => Err(CALENDAR_OR_POLICY.at("#/sla_policy_id")),
        }
    }

    /// The priority whose targets count: an emergency has the first.
    fn priority(&self) -> i64 {
        let is_emergency = self.facts.as_ref().is_some_and(|facts| facts.emergency);
        self.priority
            .unwrap_or(if is_emergency { URGENT } else { PRIORITY })
    }

    /// The promises, counted by the calendar of the subject.
    ///
    /// Errors: `end_before_start` for a pause that runs backwards; `calendar_horizon`.
    pub fn answer(&self, policy: Option<&SlaPolicy>, calendar: &Calendar) -> Result<Preview> {
        let pauses = self.pauses(calendar)?;
        within(calendar, self.start, "#/start")?;
        let warn_pct = policy.map_or(WARN_PCT, |policy| policy.warn_pct);
        let promise = |kind, amount| -> Result<PreviewTarget> {
            let at = |amount| self.reached(amount, calendar, &pauses);
            Ok(PreviewTarget {
                kind,
                due_at: at(amount)?,
                warn_at: at(amount.part(warn_pct))?,
            })
        };
        let targets = match (self.target_minutes, policy) {
            (Some(minutes), _) => vec![promise(None, Amount::Minutes(minutes))?],
            (None, Some(policy)) => TargetKind::ALL
                .iter()
                .filter_map(|kind| {
                    let target = policy.target(*kind, self.priority())?;
                    Some((*kind, Amount::of(target)?))
                })
                .map(|(kind, amount)| promise(Some(kind), amount))
                .collect::<Result<_>>()?,
            (None, None) => return Err(missing("#/target_minutes")),
        };
        Ok(Preview {
            policy: None,
            targets,
        })
    }

    fn reached(&self, amount: Amount, calendar: &Calendar, pauses: &[Pause]) -> Result<Time> {
        let start = self.start.millis();
        let at = match amount {
            Amount::Minutes(minutes) => {
                calendar.add_with_pauses(start, minutes.saturating_mul(MINUTE), pauses)
            }
            Amount::WorkingDays(days) => u32::try_from(days)
                .map_err(|_| CalendarFault::NegativeTarget)
                .and_then(|days| calendar.working_days(start, days)),
        };
        at.map(Time::from_millis).map_err(|_| {
            let pointer = if self.target_minutes.is_some() {
                "#/target_minutes"
            } else {
                "#/start"
            };
            unreached(CALENDAR_HORIZON.at(pointer))
        })
    }

    fn pauses(&self, calendar: &Calendar) -> Result<Vec<Pause>> {
        let mut wrong = Vec::new();
        for (index, pause) in self.pauses.iter().enumerate() {
            if pause.to < pause.from {
                wrong.push(END_BEFORE_START.violation(Place::Pointer(format!("#/pauses/{index}/to"))));
            }
        }
        Error::all(wrong)?;
        for (index, pause) in self.pauses.iter().enumerate() {
            within(calendar, pause.from, &format!("#/pauses/{index}/from"))?;
            within(calendar, pause.to, &format!("#/pauses/{index}/to"))?;
        }
        let span = |pause: &PreviewPause| Pause {
            from: pause.from.millis(),
            to: pause.to.millis(),
        };
        Ok(self.pauses.iter().map(span).collect())
    }
}

/// How much is promised.
#[derive(Clone, Copy)]
enum Amount {
    Minutes(i64),
    WorkingDays(i64),
}

impl Amount {
    fn of(target: &Target) -> Option<Amount> {
        target
            .minutes
            .map(Amount::Minutes)
            .or(target.working_days.map(Amount::WorkingDays))
    }

    /// `ceil(amount × pct / 100)` (SL-4).
    fn part(self, pct: i64) -> Amount {
        let part = |whole: i64| whole.saturating_mul(pct).saturating_add(99) / 100;
        match self {
            Amount::Minutes(minutes) => Amount::Minutes(part(minutes)),
            Amount::WorkingDays(days) => Amount::WorkingDays(part(days)),
        }
    }
}

codes! {
    CALENDAR_OR_POLICY: Invalid = "calendar_or_policy", "Name a calendar, a policy or facts: only one of them", "日历、策略与事实只能指定其一";
}
