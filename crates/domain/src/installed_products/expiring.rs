//! That a warranty ends is told some days before, once for each end (domain.md 3.2, `warranty.expiring`).

use serde_json::json;

use super::InstalledProduct;
use crate::kernel::{Date, Event, Stamp};

/// How many days before the last day it is told, the earlier first.
pub const NOTICE_DAYS: [i64; 2] = [60, 7];

/// What is known of the end of a unit's warranty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarrantyEnd {
    /// The last day, as it was reckoned last; none if there is no end to tell of, or it is to be reckoned anew.
    pub ends_on: Option<Date>,
    /// The last day that was told of, and how many days before.
    pub told: Option<(Date, i64)>,
}

impl WarrantyEnd {
    /// The next notice on or after a day: how many days before the end, and on which day. Never the same twice.
    pub fn next_notice(&self, from: Date) -> Option<(i64, Date)> {
        let ends_on = self.ends_on?;
        NOTICE_DAYS
            .into_iter()
            .filter(|days| self.told != Some((ends_on, *days)))
            .map(|days| (days, ends_on.plus_days(-days)))
            .find(|(_, on)| *on >= from)
    }

    /// The notice of this very day.
    pub fn notice_on(&self, day: Date) -> Option<i64> {
        self.next_notice(day)
            .filter(|(_, on)| *on == day)
            .map(|(days, _)| days)
    }
}

impl InstalledProduct {
    /// That its warranty ends in so many days.
    pub fn expiring(&self, ends_on: Date, days: i64, at: &Stamp) -> Event {
        Event {
            kind: "warranty.expiring",
            resource: "installed_product",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"customer_id": self.customer_id, "product_id": self.product_id, "serial_no": self.serial_no,
                "ends_on": ends_on, "days": days}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn an_end_is_told_sixty_and_seven_days_before_and_each_only_once() {
        let mut end = WarrantyEnd {
            ends_on: Some(day("2027-03-01")),
            told: None,
        };
        let (sixty, seven) = (day("2026-12-31"), day("2027-02-22"));
        assert_eq!(end.next_notice(day("2026-11-23")), Some((60, sixty)));
        assert_eq!(end.notice_on(sixty), Some(60));
        assert_eq!(end.notice_on(day("2026-12-30")), None);
        end.told = Some((day("2027-03-01"), 60));
        assert_eq!(
            end.next_notice(sixty),
            Some((7, seven)),
            "the same is not told twice"
        );
        end.ends_on = Some(day("2027-03-02"));
        assert_eq!(
            end.next_notice(sixty),
            Some((60, day("2027-01-01"))),
            "another end is another notice"
        );
        assert_eq!(end.next_notice(day("2027-02-24")), None);
        assert_eq!(WarrantyEnd::default().next_notice(sixty), None);
    }
}
