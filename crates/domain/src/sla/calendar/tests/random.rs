//! Random calendars and instants, the same in every run.

use std::collections::BTreeMap;

use super::*;

/// Zones with and without clock changes: on midnight, at 00:01, by half and two hours, across a whole day,
/// once for good, and with the winter as the exception. Zones whose rules the two libraries hold in different
/// editions (Morocco from 2026 on, Iran in 1979) are left out.
pub(super) const ZONES: &[&str] = &[
    "Africa/Cairo",
    "Africa/Windhoek",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kwajalein",
    "UTC",
];

/// `SplitMix64`.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `low..high`.
    pub(super) fn within(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low).unwrap();
        low + i64::try_from(self.bits() % width).unwrap()
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.bits() % 100 < percent
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.within(0, i64::try_from(of.len()).unwrap())).unwrap()]
    }

    /// Up to three disjoint frames, in minutes.
    fn hours(&mut self) -> Vec<(i64, i64)> {
        let step = *self.pick(&[1, 5, 30, 60]);
        let mut cuts: Vec<i64> = (0..2 * self.within(1, 4))
            .map(|_| self.within(0, 1440 / step + 1) * step)
            .collect();
        cuts.sort_unstable();
        cuts.chunks(2)
            .filter(|cut| cut[0] < cut[1])
            .map(|cut| (cut[0], cut[1]))
            .collect()
    }
}

/// How a day differs.
#[derive(Debug)]
pub(super) enum Exceptional {
    Holiday,
    MakeUp,
    Own(Vec<(i64, i64)>),
}

/// A calendar in plain numbers, as the oracle reads it.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) zone: &'static str,
    pub(super) is_always: bool,
    /// Minutes of each weekday, Monday first.
    pub(super) weekly: [Vec<(i64, i64)>; 7],
    /// By days since 1970-01-01.
    pub(super) exceptions: BTreeMap<i64, Exceptional>,
}

impl Plain {
    /// A random calendar whose exceptions lie in the given days since 1970-01-01.
    pub(super) fn random(random: &mut Random, zone: &'static str, first_day: i64, last_day: i64) -> Self {
        let office = random.hours();
        let is_alike = random.chance(50);
        let mut weekly: [Vec<(i64, i64)>; 7] = Default::default();
        for (day, hours) in weekly.iter_mut().enumerate() {
            let is_closed = random.chance(if day < 5 { 8 } else { 60 });
            let round_the_clock = random.chance(5);
            *hours = match (is_closed, round_the_clock, is_alike) {
                (true, ..) => vec![],
                (_, true, _) => vec![(0, 1440)],
                (_, _, true) => office.clone(),
                _ => random.hours(),
            };
        }
        let exceptions = (0..random.within(0, 16))
            .map(|_| {
                let day = random.within(first_day, last_day);
                let own = random.hours();
                let kind = match random.within(0, 3) {
                    0 => Exceptional::Holiday,
                    2 if !own.is_empty() => Exceptional::Own(own),
                    _ => Exceptional::MakeUp,
                };
                (day, kind)
            })
            .collect();
        Self {
            zone,
            is_always: random.chance(4),
            weekly,
            exceptions,
        }
    }

    /// Hours of a day since 1970-01-01, a Thursday.
    pub(super) fn hours(&self, day: i64) -> &[(i64, i64)] {
        if self.is_always {
            return &[(0, 1440)];
        }
        match self.exceptions.get(&day) {
            Some(Exceptional::Holiday) => &[],
            Some(Exceptional::Own(own)) => own,
            Some(Exceptional::MakeUp) => self
                .weekly
                .iter()
                .find(|hours| !hours.is_empty())
                .map_or(&[], |hours| hours),
            None => &self.weekly[usize::try_from((day + 3).rem_euclid(7)).unwrap()],
        }
    }

    /// The document of the calendar.
    pub(super) fn spec(&self, random: &mut Random) -> CalendarSpec {
        let mut listed = |hours: &[(i64, i64)]| {
            let minute = |value: i64| u16::try_from(value).unwrap();
            let mut frames: Vec<_> = hours
                .iter()
                .map(|(start, end)| Frame::new(minute(*start), minute(*end)).unwrap())
                .collect();
            if random.chance(20) {
                frames.reverse();
            }
            frames
        };
        let [mon, tue, wed, thu, fri, sat, sun] = self.weekly.each_ref().map(|hours| listed(hours));
        let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        let exceptions = self.exceptions.iter().map(|(day, kind)| DayException {
            date: epoch + chrono::TimeDelta::days(*day),
            kind: match kind {
                Exceptional::Holiday => DayKind::Holiday,
                Exceptional::MakeUp | Exceptional::Own(_) => DayKind::Workday,
            },
            frames: match kind {
                Exceptional::Own(hours) => Some(listed(hours)),
                Exceptional::Holiday | Exceptional::MakeUp => None,
            },
            name: (day % 3 == 0).then(|| format!("day {}", day / 4)),
        });
        CalendarSpec {
            time_zone: parse_zone(self.zone).unwrap(),
            mode: if self.is_always { Mode::Always } else { Mode::Hours },
            weekly: Weekly {
                mon,
                tue,
                wed,
                thu,
                fri,
                sat,
                sun,
            },
            exceptions: exceptions.collect(),
        }
    }
}
