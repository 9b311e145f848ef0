//! What a customer is worth and what to do about him: recency, frequency, money, and a segment.

use serde::Serialize;
use utoipa::ToSchema;

use super::CustomerId;
use crate::kernel::Date;
use crate::label;

label! {
    /// What to do about a customer, in the order in which it is decided.
    pub enum CustomerSegment {
        /// 挽回: he is dissatisfied.
        WinBack = "win_back",
        /// 最大价值: he is worth most.
        Top = "top",
        /// 发展: he bought once.
        Develop = "develop",
        /// 保留: everybody else.
        Keep = "keep",
    }
}

/// What is known of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueFacts {
    /// Who.
    pub customer_id: CustomerId,
    /// The day he last bought or paid.
    pub last_on: Option<Date>,
    /// How often he bought or paid.
    pub times: i64,
    /// What he paid in all, in minor units of the company's currency.
    pub minor: i64,
    /// How many purchases he made in the last 36 months.
    pub purchases_36_months: i64,
    /// The day of his last dissatisfied follow-up or substantiated complaint.
    pub dissatisfied_on: Option<Date>,
}

/// A customer's place among all, from 1 to 5 each; 5 is best.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CustomerPlace)]
pub struct CustomerValue {
    /// Who.
    pub customer_id: CustomerId,
    /// How recently he came.
    #[schema(minimum = 1, maximum = 5)]
    pub recency: i64,
    /// How often.
    #[schema(minimum = 1, maximum = 5)]
    pub frequency: i64,
    /// How much he paid.
    #[schema(minimum = 1, maximum = 5)]
    pub monetary: i64,
    /// What to do about him.
    pub segment: CustomerSegment,
}

/// From which sum of the three a customer is worth most.
const TOP: i64 = 13;
/// For how many days he is won back.
const WIN_BACK_DAYS: i64 = 90;

/// Everybody's place among everybody, in the order given. Equals have equal places.
pub fn values(all: &[ValueFacts], today: Date) -> Vec<CustomerValue> {
    let recent = Fifths::of(all.iter().map(|facts| rank_of(facts.last_on)));
    let times = Fifths::of(all.iter().map(|facts| facts.times));
    let money = Fifths::of(all.iter().map(|facts| facts.minor));
    all.iter()
        .map(|facts| {
            let recency = recent.place(rank_of(facts.last_on));
            let (frequency, monetary) = (times.place(facts.times), money.place(facts.minor));
            CustomerValue {
                customer_id: facts.customer_id,
                recency,
                frequency,
                monetary,
                segment: segment(facts, recency + frequency + monetary, today),
            }
        })
        .collect()
}

/// A place among all: 1 plus how many fifths of them lie below.
pub fn place_of(below: i64, all: i64) -> i64 {
    let fifths = below.saturating_mul(5).checked_div(all).unwrap_or_default();
    fifths.clamp(0, 4) + 1
}

/// The first that fits: dissatisfied within 90 days, a sum of at least 13, one purchase in 36 months, else kept.
pub fn segment(facts: &ValueFacts, sum: i64, today: Date) -> CustomerSegment {
    let is_recent = |on: Date| (0..=WIN_BACK_DAYS).contains(&today.days_since(on));
    if facts.dissatisfied_on.is_some_and(is_recent) {
        CustomerSegment::WinBack
    } else if sum >= TOP {
        CustomerSegment::Top
    } else if facts.purchases_36_months == 1 {
        CustomerSegment::Develop
    } else {
        CustomerSegment::Keep
    }
}

/// Days as a number that grows; before all days for never.
fn rank_of(on: Option<Date>) -> i64 {
    let origin = Date(chrono::NaiveDate::default());
    on.map_or(i64::MIN, |on| on.days_since(origin))
}

/// All values in order, cut into five parts.
struct Fifths(Vec<i64>);

impl Fifths {
    fn of(values: impl Iterator<Item = i64>) -> Fifths {
        let mut sorted: Vec<i64> = values.collect();
        sorted.sort_unstable();
        Fifths(sorted)
    }

    fn place(&self, value: i64) -> i64 {
        let below = self.0.partition_point(|other| *other < value);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        place_of(count(below), count(self.0.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(n: u8) -> ValueFacts {
        let today: Date = "2026-11-23".parse().unwrap();
        ValueFacts {
            customer_id: CustomerId(uuid::Uuid::from_u128(n.into())),
            last_on: Some(today.plus_days(-i64::from(n))),
            times: 20 - i64::from(n),
            minor: 100_000 - i64::from(n),
            purchases_36_months: 3,
            dissatisfied_on: None,
        }
    }

    #[test]
    fn a_dissatisfied_customer_is_won_back_though_he_is_worth_most() {
        let today: Date = "2026-11-23".parse().unwrap();
        let mut all: Vec<ValueFacts> = (0..10).map(facts).collect();
        assert_eq!(values(&all, today)[0].segment, CustomerSegment::Top);
        all[0].dissatisfied_on = Some(today.plus_days(-10));
        let best = &values(&all, today)[0];
        assert_eq!(best.recency + best.frequency + best.monetary, 15);
        assert_eq!(best.segment, CustomerSegment::WinBack);
        all[0].dissatisfied_on = Some(today.plus_days(-91));
        assert_eq!(values(&all, today)[0].segment, CustomerSegment::Top);
        all[9].purchases_36_months = 1;
        let found = values(&all, today);
        assert_eq!(
            (found[9].segment, found[8].segment),
            (CustomerSegment::Develop, CustomerSegment::Keep)
        );
    }

    #[test]
    fn five_equal_parts_and_equal_places_for_equals() {
        let today: Date = "2026-11-23".parse().unwrap();
        let all: Vec<ValueFacts> = (0..10).map(facts).collect();
        let places: Vec<i64> = values(&all, today).iter().map(|v| v.recency).collect();
        assert_eq!(places, [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]);
        let same: Vec<ValueFacts> = (0..3).map(|_| facts(1)).collect();
        assert!(values(&same, today).iter().all(|v| v.monetary == 1));
        assert!(values(&[], today).is_empty());
    }
}
