//! Months and quarters that figures are made for: `2026-11`, `2026-Q4`.

use super::Date;
use crate::text;

/// First day and number of months of a period.
pub(super) fn months_of(text: &str) -> Option<(String, i64)> {
    let (year, part) = text.split_once('-')?;
    let is_number = |t: &str, length: usize| t.len() == length && t.chars().all(|c| c.is_ascii_digit());
    if !is_number(year, 4) {
        return None;
    }
    match part.strip_prefix('Q') {
        Some(quarter) if is_number(quarter, 1) => {
            let quarter: i64 = quarter.parse().ok()?;
            let first = (1..=4).contains(&quarter).then_some(quarter * 3 - 2)?;
            Some((format!("{year}-{first:02}-01"), 3))
        }
        None if is_number(part, 2) => {
            let month: i64 = part.parse().ok()?;
            (1..=12)
                .contains(&month)
                .then_some((format!("{year}-{part}-01"), 1))
        }
        _ => None,
    }
}

text! {
    /// A month or a quarter, for example `2026-11` or `2026-Q4`.
    Period, 7..=7, PERIOD;
}

impl Period {
    /// The month a day lies in.
    pub fn month_of(day: Date) -> Option<Period> {
        Period::new(day.0.format("%Y-%m").to_string()).ok()
    }

    /// How many months it has: 1 or 3.
    pub fn months(&self) -> i64 {
        months_of(self.as_str()).map_or(1, |(_, months)| months)
    }

    /// Its first day.
    pub fn first(&self) -> Option<Date> {
        months_of(self.as_str())?.0.parse().ok()
    }

    /// Its last day.
    pub fn last(&self) -> Option<Date> {
        Some(self.first()?.plus_months(self.months()).plus_days(-1))
    }

    /// The period of the same length before it.
    pub fn before(&self) -> Option<Period> {
        let last = self.first()?.plus_days(-1);
        if self.months() == 1 {
            return Period::month_of(last);
        }
        let month: i64 = last.0.format("%m").to_string().parse().ok()?;
        let quarter = month.saturating_add(2) / 3;
        Period::new(format!("{}-Q{quarter}", last.0.format("%Y"))).ok()
    }

    /// Whether it lies behind a day.
    pub fn is_over(&self, today: Date) -> bool {
        self.last().is_some_and(|last| last < today)
    }
}

/// The first day of the month after a day.
pub fn next_month(day: Date) -> Option<Date> {
    Some(Period::month_of(day)?.first()?.plus_months(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_month_or_a_quarter() {
        let period = |text: &str| Period::new(text).unwrap();
        assert_eq!(period("2026-02").last().unwrap().to_string(), "2026-02-28");
        assert_eq!(period("2026-Q4").first().unwrap().to_string(), "2026-10-01");
        assert_eq!(period("2026-Q4").last().unwrap().to_string(), "2026-12-31");
        for bad in ["2026-13", "2026-00", "2026-Q5", "2026-Q", "26-Q111", "2026-1x"] {
            assert!(Period::new(bad).is_err(), "{bad}");
        }
        let before = |text: &str| period(text).before().unwrap().as_str().to_owned();
        assert_eq!(
            ["2026-01", "2026-11", "2026-Q1", "2026-Q4"].map(before),
            ["2025-12", "2026-10", "2025-Q4", "2026-Q3"]
        );
        let day: Date = "2026-11-30".parse().unwrap();
        assert!(!period("2026-11").is_over(day) && period("2026-10").is_over(day));
        assert_eq!(next_month(day).unwrap().to_string(), "2026-12-01");
    }
}
