//! Whether an engineer is free at an instant, and every reason why not (EN-2, A29, WO-4).

use std::collections::BTreeSet;

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Engineer, EngineerStatus};
use crate::kernel::text::WordCode;
use crate::kernel::{Date, Time};
use crate::label;
use crate::leaves::Leave;
use crate::shifts::{Shift, ShiftKind};

label! {
    /// Why an engineer cannot take a job.
    pub enum Unavailable {
        /// 休假状态
        StatusOnLeave = "status_on_leave",
        /// 停职
        StatusSuspended = "status_suspended",
        /// 离职
        StatusLeft = "status_left",
        /// 请假
        OnLeave = "on_leave",
        /// 不在班
        NotOnShift = "not_on_shift",
        /// 当日工单已满
        DailyJobsFull = "daily_jobs_full",
        /// 缺少证书
        CertificateMissing = "certificate_missing",
        /// 证书已过期
        CertificateExpired = "certificate_expired",
        /// 网点停止接单
        OutletNotInService = "outlet_not_in_service",
    }
}

impl Unavailable {
    /// The reason in words: English, Chinese.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::StatusOnLeave => ("He is marked as on leave", "工程师状态为休假"),
            Self::StatusSuspended => ("He is suspended", "工程师已停职"),
            Self::StatusLeft => ("He has left", "工程师已离职"),
            Self::OnLeave => ("He has approved leave then", "该时间已批准请假"),
            Self::NotOnShift => ("He is not on shift then", "该时间不在班次内"),
            Self::DailyJobsFull => ("He has as many jobs that day as he may", "当日工单已达上限"),
            Self::CertificateMissing => ("He lacks a required certificate", "缺少所需证书"),
            Self::CertificateExpired => ("A required certificate has expired", "所需证书已过期"),
            Self::OutletNotInService => ("His outlet takes no work", "所属网点不可接单"),
        }
    }
}

/// What is known of an engineer around an instant.
#[derive(Clone, Copy, Debug)]
pub struct EngineerDay<'a> {
    /// The engineer.
    pub engineer: &'a Engineer,
    /// His shifts of the local ISO week and the day before.
    pub shifts: &'a [Shift],
    /// His leaves.
    pub leaves: &'a [Leave],
    /// His open jobs of that local day.
    pub open_jobs: i64,
}

/// For what he is asked.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// When.
    pub at: Time,
    /// The organisation's zone.
    pub zone: Tz,
    /// Whether it is an emergency: who stands by is free beyond capacity and shift (WO-4).
    pub is_emergency: bool,
    /// Kinds of certificates the job needs.
    pub certificates: &'a [WordCode],
}

/// Whether an engineer is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Availability {
    /// Whether he can take the job.
    pub is_available: bool,
    /// Whether he stands by at that instant.
    pub is_standby: bool,
    /// Every reason why he cannot.
    #[schema(max_items = 10)]
    pub reasons: Vec<Unavailable>,
}

/// The longest span that is told at once, in days.
pub const LONGEST_SPAN: i64 = 31;
/// How many stretches are told at most.
pub const MOST_STRETCHES: usize = 1_000;

/// A stretch of time in which an engineer stays free, or stays taken for the same reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stretch {
    /// Its first instant.
    pub from: Time,
    /// The first instant after it.
    pub to: Time,
    /// How it stands with him.
    #[serde(flatten)]
    pub availability: Availability,
}

impl EngineerDay<'_> {
    /// How it stands with him from the instant asked for to another, stretch by stretch, by the rule for an instant. His
    /// shifts and leaves are those of all these days; `open_jobs` says how many jobs he has on each.
    pub fn stretches(&self, ask: &Ask<'_>, to: Time, open_jobs: impl Fn(Date) -> i64) -> Vec<Stretch> {
        let mut told: Vec<Stretch> = Vec::new();
        let cuts = self.cuts(ask, to);
        for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
            let day = EngineerDay {
                open_jobs: open_jobs(from.date_in(ask.zone)),
                ..*self
            };
            let availability = day.availability(&Ask {
                at: *from,
                ..ask.clone()
            });
            match told.last_mut() {
                Some(last) if last.availability == availability => last.to = *to,
                _ => told.push(Stretch {
                    from: *from,
                    to: *to,
                    availability,
                }),
            }
        }
        told.truncate(MOST_STRETCHES);
        told
    }

    /// Every instant at which the answer may change: a shift begins or ends, a day begins.
    fn cuts(&self, ask: &Ask<'_>, to: Time) -> BTreeSet<Time> {
        let mut cuts: BTreeSet<Time> = self
            .shifts
            .iter()
            .flat_map(|shift| <[Time; 2]>::from(shift.span(ask.zone)))
            .collect();
        let first = ask.at.date_in(ask.zone);
        cuts.extend((1..=LONGEST_SPAN).filter_map(|day| first.plus_days(day).start_in(ask.zone)));
        cuts.retain(|cut| ask.at < *cut && *cut < to);
        cuts.extend([ask.at, to]);
        cuts
    }

    /// Whether he is free for what is asked, with every reason why not.
    pub fn availability(&self, ask: &Ask<'_>) -> Availability {
        let day = ask.at.date_in(ask.zone);
        let is_standby = self.stands_by(ask.at, ask.zone);
        let is_excused = ask.is_emergency && is_standby;
        let mut reasons = Vec::new();
        match self.engineer.status {
            EngineerStatus::Active => {}
            EngineerStatus::OnLeave => reasons.push(Unavailable::StatusOnLeave),
            EngineerStatus::Suspended => reasons.push(Unavailable::StatusSuspended),
            EngineerStatus::Left => reasons.push(Unavailable::StatusLeft),
        }
        if self.leaves.iter().any(|leave| leave.holds_on(day)) {
            reasons.push(Unavailable::OnLeave);
        }
        if !is_excused && !self.is_on_shift(ask.at, ask.zone) {
            reasons.push(Unavailable::NotOnShift);
        }
        if !is_excused && self.open_jobs >= self.engineer.max_daily_jobs {
            reasons.push(Unavailable::DailyJobsFull);
        }
        let lacks = |wanted: fn(Option<Date>, Date) -> bool| {
            let mut kinds = ask.certificates.iter();
            kinds.any(|kind| wanted(self.engineer.profile.certified_until(kind), day))
        };
        if lacks(|until, _| until.is_none()) {
            reasons.push(Unavailable::CertificateMissing);
        }
        if lacks(|until, day| until.is_some_and(|until| until < day)) {
            reasons.push(Unavailable::CertificateExpired);
        }
        Availability {
            is_available: reasons.is_empty(),
            is_standby,
            reasons,
        }
    }

    /// Whether a working shift covers the instant; without any shift in the local ISO week he counts as working (A29).
    pub fn is_on_shift(&self, at: Time, zone: Tz) -> bool {
        let week = at.date_in(zone).iso_week();
        let is_planned = self.shifts.iter().any(|shift| shift.date.iso_week() == week);
        let works = |shift: &Shift| shift.kind != ShiftKind::Standby && shift.covers(at, zone);
        !is_planned && !self.shifts.iter().any(|shift| shift.covers(at, zone))
            || self.shifts.iter().any(works)
    }

    /// Whether he stands by at the instant.
    pub fn stands_by(&self, at: Time, zone: Tz) -> bool {
        let stands = |shift: &Shift| shift.kind == ShiftKind::Standby && shift.covers(at, zone);
        self.shifts.iter().any(stands)
    }
}
