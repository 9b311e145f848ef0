//! How the service did: sums of days told as shares and means (domain.md 3.6, reports).
//!
//! Figures of a window come from daily sums kept with the writes; the backlog is what is open now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::{Figure, PromiseFigures};
use super::members::{LockCase, RequestStatus};
use super::refs::{ProblemTypeId, ProductId};
use crate::kernel::error::{DATE_ORDER, OUT_OF_RANGE};
use crate::kernel::ratio::ratio;
use crate::kernel::{Date, Result, Time};
use crate::label;
use crate::sla::timer::TimerKind;

/// Days of a window nobody named.
const USUAL_DAYS: i64 = 30;
/// The longest window in days.
const MAX_DAYS: i64 = 366;
/// Decimals of a share.
const RATE_DECIMALS: u32 = 4;
/// Decimals of a mean.
const MEAN_DECIMALS: u32 = 2;
/// Up to so many open requests of a status are counted.
pub const BACKLOG_CAP: i64 = 10_000;

// ---- what is asked ----------------------------------------------------------------------------------------------

/// Which days, and which requests.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct StatsParams {
    /// The first local day; 29 days before `to` if absent.
    #[param(nullable = false)]
    pub from: Option<Date>,
    /// The last local day, included; today if absent. A window has 366 days at most.
    #[param(nullable = false)]
    pub to: Option<Date>,
    /// About this product.
    #[param(nullable = false)]
    pub product_id: Option<ProductId>,
    /// About this type of problem; this type alone, not what is below it.
    #[param(nullable = false)]
    pub problem_type_id: Option<ProblemTypeId>,
}

impl StatsParams {
    /// The first and the last day.
    ///
    /// Errors: `date_order`; `out_of_range` for a window that is too long.
    pub fn window(&self, today: Date) -> Result<(Date, Date)> {
        let to = self.to.unwrap_or(today);
        let from = self.from.unwrap_or_else(|| to.plus_days(1 - USUAL_DAYS));
        if from > to {
            return Err(DATE_ORDER.parameter("from"));
        }
        if from.plus_days(MAX_DAYS) <= to {
            return Err(OUT_OF_RANGE.parameter("from").because(
                format!("A window has {MAX_DAYS} days at most."),
                format!("时间范围最多 {MAX_DAYS} 天。"),
            ));
        }
        Ok((from, to))
    }
}

// ---- what is answered -------------------------------------------------------------------------------------------

label! {
    /// For how long a request has been open.
    pub enum AgeBand {
        /// Less than a day.
        UnderOneDay = "under_1_day",
        /// One to three days.
        OneToThreeDays = "days_1_to_3",
        /// Three to seven days.
        ThreeToSevenDays = "days_3_to_7",
        /// Seven to thirty days.
        SevenToThirtyDays = "days_7_to_30",
        /// Thirty days or more.
        ThirtyDaysOrMore = "days_30_or_more",
    }
}

impl AgeBand {
    /// The least number of 24 hours.
    const fn least_days(self) -> i64 {
        match self {
            AgeBand::UnderOneDay => 0,
            AgeBand::OneToThreeDays => 1,
            AgeBand::ThreeToSevenDays => 3,
            AgeBand::SevenToThirtyDays => 7,
            AgeBand::ThirtyDaysOrMore => 30,
        }
    }

    /// Registered at or before this instant is this old at least.
    pub fn limit(self, now: Time) -> Time {
        now.plus_minutes(-self.least_days().saturating_mul(24 * 60))
    }
}

/// Open requests of one status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BacklogOfStatus {
    /// The status.
    pub status: RequestStatus,
    /// How many.
    #[schema(minimum = 0, maximum = 10_000)]
    pub requests: i64,
}

/// Open requests of one age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BacklogOfAge {
    /// How old.
    pub age: AgeBand,
    /// How many.
    #[schema(minimum = 0, maximum = 50_000)]
    pub requests: i64,
}

/// What is open now, whenever it was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Backlog {
    /// How many.
    #[schema(minimum = 0, maximum = 50_000)]
    pub requests: i64,
    /// Whether a status has 10 000 or more; only its oldest 10 000 are counted then.
    pub is_capped: bool,
    /// By status.
    #[schema(max_items = 10)]
    pub by_status: Vec<BacklogOfStatus>,
    /// By age.
    #[schema(max_items = 10)]
    pub by_age: Vec<BacklogOfAge>,
}

/// What happened on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatsDay {
    /// The local day.
    pub date: Date,
    /// Requests registered.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub registered: i64,
    /// Times a request was declared solved.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub processed: i64,
    /// Times a request was closed.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub closed: i64,
    /// Requests cancelled.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub cancelled: i64,
}

/// Some of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Share {
    /// How many.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub count: i64,
    /// Of how many.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub of: i64,
    /// The one by the other, four decimals, half up; null while there is nothing to divide by.
    #[schema(required, max_length = 24, example = "0.9698")]
    pub rate: Option<String>,
}

/// Locks of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LockShare {
    /// Why requests were locked.
    pub case: LockCase,
    /// Locks in the window, and requests registered in it.
    pub share: Share,
}

/// How one kind of promise was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PromiseStats {
    /// What is promised.
    pub kind: TimerKind,
    /// Promises kept in the window.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub met: i64,
    /// Promises broken in it.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub breached: i64,
    /// Kept ones of both, four decimals, half up; null while there is none.
    #[schema(required, max_length = 24, example = "0.9698")]
    pub attainment: Option<String>,
    /// Promises that ended in the window, kept or broken.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub ended: i64,
    /// Their mean business minutes, two decimals, half up; null while none ended.
    #[schema(required, max_length = 24, example = "41.50")]
    pub mean_minutes: Option<String>,
}

/// How the service did in a window of local days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceRequestStats {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The zone whose days they are.
    #[schema(max_length = 64, example = "Asia/Shanghai")]
    pub time_zone: String,
    /// The product asked for.
    #[schema(required)]
    pub product_id: Option<ProductId>,
    /// The problem type asked for.
    #[schema(required)]
    pub problem_type_id: Option<ProblemTypeId>,
    /// What is open now.
    pub backlog: Backlog,
    /// Every day of the window, in order.
    #[schema(max_items = 366)]
    pub days: Vec<StatsDay>,
    /// Of the requests registered in the window, those that are processed, closed or archived by now.
    pub resolution: Share,
    /// Closings in the window that nothing had failed before: no attempt, no follow-up, no reopening. Imported
    /// closings are not known in this respect and not counted.
    pub first_time_fix: Share,
    /// Reopenings in the window, and closings in it.
    pub reopen: Share,
    /// Locks by case.
    #[schema(max_items = 10)]
    pub locks: Vec<LockShare>,
    /// Promises by kind; `response` and `resolution` tell the mean times to answer and to solve.
    #[schema(max_items = 10)]
    pub sla: Vec<PromiseStats>,
}

// ---- how it is reckoned -----------------------------------------------------------------------------------------

/// The sums of one day.
#[derive(Clone, Debug, Default)]
pub struct DaySums(pub BTreeMap<Figure, i64>);

impl DaySums {
    fn of(&self, figure: Figure) -> i64 {
        self.0.get(&figure).copied().unwrap_or(0)
    }
}

/// Open requests of one status: how many, and how many of them are at least as old as each band begins.
#[derive(Clone, Debug)]
pub struct OpenCount {
    /// The status.
    pub status: RequestStatus,
    /// For each age band in order, the requests at least that old; the first is all of them.
    pub at_least: Vec<i64>,
}

impl Share {
    fn new(count: i64, of: i64) -> Share {
        Share {
            count,
            of,
            rate: ratio(count, of, RATE_DECIMALS),
        }
    }
}

impl Backlog {
    /// What is open, by status and by age.
    pub fn of(counts: &[OpenCount]) -> Backlog {
        let all = |count: &OpenCount| count.at_least.first().copied().unwrap_or(0);
        let older = |place: usize| -> i64 {
            let ones = counts.iter().filter_map(|count| count.at_least.get(place));
            ones.copied().fold(0, i64::saturating_add)
        };
        Backlog {
            requests: older(0),
            is_capped: counts.iter().any(|count| all(count) >= BACKLOG_CAP),
            by_status: counts
                .iter()
                .map(|count| BacklogOfStatus {
                    status: count.status,
                    requests: all(count),
                })
                .collect(),
            by_age: AgeBand::ALL
                .iter()
                .enumerate()
                .map(|(place, age)| BacklogOfAge {
                    age: *age,
                    requests: older(place).saturating_sub(older(place.saturating_add(1))),
                })
                .collect(),
        }
    }
}

impl ServiceRequestStats {
    /// The figures of a window; days without a sum had nothing happen.
    pub fn of(
        asked: &StatsParams,
        (from, to): (Date, Date),
        zone: chrono_tz::Tz,
        days: &BTreeMap<Date, DaySums>,
        backlog: Backlog,
    ) -> ServiceRequestStats {
        let sum = |figure| {
            days.values()
                .map(|day| day.of(figure))
                .fold(0, i64::saturating_add)
        };
        let registered = sum(Figure::Registered);
        let lock = |case: LockCase| LockShare {
            case,
            share: Share::new(
                sum(match case {
                    LockCase::AssignmentOverdue => Figure::LockedAssignmentOverdue,
                    LockCase::UnresolvedTwice => Figure::LockedUnresolvedTwice,
                }),
                registered,
            ),
        };
        let promise = |kind: TimerKind| {
            let figures = PromiseFigures::of(kind);
            let (met, breached, ended) = (sum(figures.met), sum(figures.breached), sum(figures.ended));
            PromiseStats {
                kind,
                met,
                breached,
                attainment: ratio(met, met.saturating_add(breached), RATE_DECIMALS),
                ended,
                mean_minutes: ratio(sum(figures.minutes), ended, MEAN_DECIMALS),
            }
        };
        ServiceRequestStats {
            from,
            to,
            time_zone: zone.name().to_owned(),
            product_id: asked.product_id,
            problem_type_id: asked.problem_type_id,
            backlog,
            days: calendar(from, to, days),
            resolution: Share::new(sum(Figure::Resolved), registered),
            first_time_fix: Share::new(sum(Figure::FirstTimeFixes), sum(Figure::Fixes)),
            reopen: Share::new(sum(Figure::Reopened), sum(Figure::Closed)),
            locks: LockCase::ALL.iter().copied().map(lock).collect(),
            sla: TimerKind::ALL.iter().copied().map(promise).collect(),
        }
    }
}

/// Every day of the window, whether or not anything happened.
fn calendar(from: Date, to: Date, sums: &BTreeMap<Date, DaySums>) -> Vec<StatsDay> {
    let quiet = DaySums::default();
    let dates = (0..MAX_DAYS).map(|n| from.plus_days(n));
    dates
        .take_while(|date| *date <= to)
        .map(|date| {
            let day = sums.get(&date).unwrap_or(&quiet);
            StatsDay {
                date,
                registered: day.of(Figure::Registered),
                processed: day.of(Figure::Processed),
                closed: day.of(Figure::Closed),
                cancelled: day.of(Figure::Cancelled),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: Option<&str>, to: Option<&str>) -> Result<(String, String)> {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let asked = StatsParams {
            from: from.map(date),
            to: to.map(date),
            ..StatsParams::default()
        };
        asked
            .window(date("2026-11-23"))
            .map(|(from, to)| (from.to_string(), to.to_string()))
    }

    #[test]
    fn a_window_has_thirty_days_unless_asked_and_never_more_than_a_leap_year() {
        let is = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
        assert_eq!(asked(None, None), is("2026-10-25", "2026-11-23"));
        assert_eq!(asked(None, Some("2026-03-30")), is("2026-03-01", "2026-03-30"));
        assert_eq!(
            asked(Some("2024-01-01"), Some("2024-12-31")),
            is("2024-01-01", "2024-12-31")
        );
        let code = |outcome: Result<_>| outcome.unwrap_err().code.slug;
        assert_eq!(
            code(asked(Some("2025-01-01"), Some("2026-01-02"))),
            "out_of_range"
        );
        assert_eq!(code(asked(Some("2026-11-24"), None)), "date_order");
    }
}
