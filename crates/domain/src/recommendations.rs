//! Recommendations: what a customer may be offered for a unit, and why (CU-7, R-005).

use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::text::Label64;
use crate::kernel::{Date, I18n, Money};
use crate::label;
use crate::products::ProductId;

label! {
    /// What may be offered (CU-7 a to e).
    pub enum RecommendationRule {
        /// The warranty ends soon: an extended agreement.
        ExtendedAgreement = "extended_agreement",
        /// Repairs were paid twice: another product.
        ReplacementProduct = "replacement_product",
        /// It is old: a trade-in.
        TradeIn = "trade_in",
        /// Nobody maintained it: a maintenance plan.
        MaintenancePlan = "maintenance_plan",
        /// A consumable is due.
        Consumable = "consumable",
    }
}

impl RecommendationRule {
    /// How strongly it is recommended.
    pub const fn score(self) -> i64 {
        match self {
            Self::ReplacementProduct => 80,
            Self::TradeIn => 70,
            Self::ExtendedAgreement => 60,
            Self::MaintenancePlan => 40,
            Self::Consumable => 30,
        }
    }
}

/// A figure a recommendation rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Evidence {
    /// Its name, for example `days_left`.
    #[schema(max_length = 64)]
    pub name: String,
    /// Its value as text.
    #[schema(max_length = 200)]
    pub value: String,
}

/// Something to offer, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recommendation {
    /// What.
    pub rule: RecommendationRule,
    /// How strongly; the highest comes first.
    #[schema(minimum = 0, maximum = 100)]
    pub score: i64,
    /// Why, in words.
    pub reason: I18n,
    /// The figures it rests on.
    #[schema(max_items = 10)]
    pub evidence: Vec<Evidence>,
    /// The product to offer, if there is one.
    #[schema(required)]
    pub product_id: Option<ProductId>,
}

/// A product that may take the place of another one of its category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductOffer {
    /// The product.
    pub product_id: ProductId,
    /// Its price in the list.
    pub list_price: Option<Money>,
    /// Since when it is sold.
    pub released_on: Option<Date>,
    /// Whether it may be sold.
    pub is_active: bool,
}

/// A consumable of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumableFact {
    /// What it is called.
    pub name: Label64,
    /// When it was changed last; the unit's first day if never.
    pub replaced_on: Option<Date>,
    /// After how many days it is due.
    pub interval_days: i64,
}

/// Everything that is known of a unit.
#[derive(Clone, Debug)]
pub struct UnitFacts {
    /// The present day.
    pub today: Date,
    /// The unit's product.
    pub product_id: ProductId,
    /// Its price in the list.
    pub list_price: Option<Money>,
    /// Since when the unit is in use.
    pub since: Option<Date>,
    /// The last day the whole unit is good.
    pub warranty_until: Option<Date>,
    /// Whether an agreement covers it.
    pub is_under_agreement: bool,
    /// The days on which the customer paid for a repair.
    pub paid_repairs: Vec<Date>,
    /// How many years such a unit lives.
    pub life_years: Option<i64>,
    /// When it was maintained last.
    pub maintained_on: Option<Date>,
    /// Its consumables.
    pub consumables: Vec<ConsumableFact>,
    /// Products of its category.
    pub offers: Vec<ProductOffer>,
}

/// How many days before its end a warranty is worth a word.
const ENDS_SOON_DAYS: i64 = 60;
/// How many paid repairs within a year are too many.
const TOO_MANY_REPAIRS: usize = 2;

/// What to offer for a unit: the highest score first, consumables in the order given.
pub fn recommend(unit: &UnitFacts) -> Vec<Recommendation> {
    let mut found: Vec<Recommendation> = [
        unit.extended_agreement(),
        unit.replacement(),
        unit.trade_in(),
        unit.maintenance_plan(),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.extend(unit.consumables.iter().filter_map(|part| unit.consumable(part)));
    found.sort_by_key(|offer| std::cmp::Reverse(offer.score));
    found
}

impl UnitFacts {
    fn extended_agreement(&self) -> Option<Recommendation> {
        let until = self.warranty_until.filter(|_| !self.is_under_agreement)?;
        let left = until.days_since(self.today);
        (0..=ENDS_SOON_DAYS).contains(&left).then_some(())?;
        offer(
            RecommendationRule::ExtendedAgreement,
            (
                format!("The warranty ends on {until}, in {left} days."),
                format!("保修期至 {until}，剩余 {left} 天，建议签订延保协议。"),
            ),
            &[
                ("warranty_until", until.to_string()),
                ("days_left", left.to_string()),
            ],
        )
    }

    fn replacement(&self) -> Option<Recommendation> {
        let is_recent = |day: &&Date| **day <= self.today && day.plus_months(12) >= self.today;
        let repairs = self.paid_repairs.iter().filter(is_recent).count();
        (repairs >= TOO_MANY_REPAIRS).then_some(())?;
        let newer = self.newest_alike();
        let mut evidence = vec![("paid_repairs_12_months", repairs.to_string())];
        evidence.extend(
            newer
                .and_then(|newer| newer.released_on)
                .map(|on| ("released_on", on.to_string())),
        );
        let found = offer(
            RecommendationRule::ReplacementProduct,
            (
                format!("{repairs} repairs were paid for within 12 months."),
                format!("12 个月内已付费维修 {repairs} 次，建议更换同类新品。"),
            ),
            &evidence,
        )?;
        Some(Recommendation {
            product_id: newer.map(|newer| newer.product_id),
            ..found
        })
    }

    /// The newest active product of the category whose price lies within 30 % of the unit's.
    fn newest_alike(&self) -> Option<&ProductOffer> {
        let price = self.list_price?;
        let is_alike = |offer: &&ProductOffer| {
            offer.is_active
                && offer.product_id != self.product_id
                && offer.list_price.is_some_and(|other| {
                    let apart = i128::from(other.minor) - i128::from(price.minor);
                    other.currency == price.currency && apart.abs() * 10 <= i128::from(price.minor) * 3
                })
        };
        self.offers
            .iter()
            .filter(is_alike)
            .max_by_key(|offer| (offer.released_on, std::cmp::Reverse(offer.product_id)))
    }

    fn trade_in(&self) -> Option<Recommendation> {
        let (since, years) = self.since.zip(self.life_years)?;
        let life = since.plus_months(years.saturating_mul(12)).days_since(since);
        let age = self.today.days_since(since);
        let is_old = life > 0 && age.saturating_mul(100) >= life.saturating_mul(80);
        is_old.then_some(())?;
        let pct = age.saturating_mul(100).checked_div(life)?;
        offer(
            RecommendationRule::TradeIn,
            (
                format!("It has used {pct} % of its {years} years of life."),
                format!("已使用寿命 {years} 年的 {pct}%，建议以旧换新。"),
            ),
            &[
                ("in_use_since", since.to_string()),
                ("life_years", years.to_string()),
                ("age_pct", pct.to_string()),
            ],
        )
    }

    fn maintenance_plan(&self) -> Option<Recommendation> {
        let last = self.maintained_on.or(self.since)?;
        (last.plus_months(12) <= self.today).then_some(())?;
        let reason = match self.maintained_on {
            Some(on) => (
                format!("It was maintained last on {on}."),
                format!("上次保养日期为 {on}，已超过 12 个月，建议制定保养计划。"),
            ),
            None => (
                "It was never maintained.".to_owned(),
                "使用满 12 个月未做保养，建议制定保养计划。".to_owned(),
            ),
        };
        offer(
            RecommendationRule::MaintenancePlan,
            reason,
            &[("since", last.to_string())],
        )
    }

    fn consumable(&self, part: &ConsumableFact) -> Option<Recommendation> {
        let due = part.replaced_on.or(self.since)?.plus_days(part.interval_days);
        (due <= self.today).then_some(())?;
        offer(
            RecommendationRule::Consumable,
            (
                format!("{} is due since {due}.", part.name),
                format!("{} 已于 {due} 到期，建议更换。", part.name),
            ),
            &[("consumable", part.name.to_string()), ("due_on", due.to_string())],
        )
    }
}

fn offer(
    rule: RecommendationRule,
    (en, zh): (String, String),
    evidence: &[(&str, String)],
) -> Option<Recommendation> {
    let evidence = evidence.iter().map(|(name, value)| Evidence {
        name: (*name).to_owned(),
        value: value.clone(),
    });
    Some(Recommendation {
        rule,
        score: rule.score(),
        reason: I18n {
            zh: zh.parse().ok()?,
            en: en.parse().ok(),
        },
        evidence: evidence.collect(),
        product_id: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Currency;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn money(minor: i64) -> Option<Money> {
        Some(Money {
            minor,
            currency: Currency::Cny,
        })
    }

    fn product(n: u128, minor: i64, released: &str) -> ProductOffer {
        ProductOffer {
            product_id: ProductId(uuid::Uuid::from_u128(n)),
            list_price: money(minor),
            released_on: Some(day(released)),
            is_active: true,
        }
    }

    fn unit() -> UnitFacts {
        UnitFacts {
            today: day("2026-11-23"),
            product_id: ProductId(uuid::Uuid::from_u128(1)),
            list_price: money(300_000),
            since: Some(day("2024-03-01")),
            warranty_until: Some(day("2025-03-01")),
            is_under_agreement: false,
            paid_repairs: Vec::new(),
            life_years: Some(10),
            maintained_on: Some(day("2026-05-01")),
            consumables: Vec::new(),
            offers: Vec::new(),
        }
    }

    fn rules(unit: &UnitFacts) -> Vec<(RecommendationRule, i64)> {
        recommend(unit).iter().map(|r| (r.rule, r.score)).collect()
    }

    #[test]
    fn two_paid_repairs_recommend_another_product_before_a_plan() {
        let found = recommend(&UnitFacts {
            paid_repairs: vec![day("2025-11-22"), day("2025-11-23"), day("2026-10-01")],
            maintained_on: None,
            offers: vec![
                product(2, 390_000, "2026-01-01"),
                product(3, 390_001, "2026-06-01"),
                product(4, 210_000, "2025-01-01"),
            ],
            ..unit()
        });
        let said: Vec<_> = found.iter().map(|r| (r.rule, r.score)).collect();
        let (b, d) = (
            RecommendationRule::ReplacementProduct,
            RecommendationRule::MaintenancePlan,
        );
        assert_eq!(said, [(b, 80), (d, 40)]);
        assert_eq!(
            found[0].product_id.unwrap().0.as_u128(),
            2,
            "the newest within 30 %"
        );
        assert_eq!(
            found[0].evidence[0].value, "2",
            "the repair of more than a year ago does not count"
        );
        assert!(!found[0].reason.zh.as_str().is_empty() && found[0].reason.en.is_some());
    }

    #[test]
    fn a_warranty_that_ends_within_sixty_days_recommends_an_agreement() {
        let with = |until, agreed| {
            rules(&UnitFacts {
                warranty_until: Some(day(until)),
                is_under_agreement: agreed,
                ..unit()
            })
        };
        let a = vec![(RecommendationRule::ExtendedAgreement, 60)];
        assert_eq!(with("2027-01-22", false), a);
        assert_eq!(with("2026-11-23", false), a);
        assert!(with("2027-01-23", false).is_empty() && with("2026-11-22", false).is_empty());
        assert!(with("2027-01-22", true).is_empty());
    }

    #[test]
    fn age_and_intervals_speak_on_the_very_day() {
        let old = |today| {
            rules(&UnitFacts {
                today: day(today),
                since: Some(day("2018-11-23")),
                maintained_on: Some(day("2026-11-01")),
                ..unit()
            })
        };
        // 3 653 days of life; 80 % of them are 2 922.4.
        assert!(old("2026-11-23").is_empty());
        assert_eq!(old("2026-11-24"), [(RecommendationRule::TradeIn, 70)]);
        let filter = |interval_days| ConsumableFact {
            name: Label64::new("滤网").unwrap(),
            replaced_on: Some(day("2026-08-25")),
            interval_days,
        };
        let due = UnitFacts {
            consumables: vec![filter(90), filter(91)],
            ..unit()
        };
        assert_eq!(rules(&due), [(RecommendationRule::Consumable, 30)]);
    }
}
