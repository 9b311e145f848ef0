//! Whether what a policy promises can be kept at all: a calendar that opens too rarely never reaches a target, and that is
//! said while somebody can still put it right, not when a customer calls.

use super::{SlaPolicy, Target};
use crate::kernel::error::Place;
use crate::kernel::text::MasterCode;
use crate::kernel::{Time, Violation};
use crate::sla::calendar::Calendar;
use crate::sla::{CALENDAR_HORIZON, MINUTE};

impl SlaPolicy {
    /// The places of the targets the calendar does not reach, counted from an instant.
    pub fn out_of_reach(&self, calendar: &Calendar, from: Time) -> Vec<usize> {
        let is_reached = |target: &Target| {
            let minutes = target.minutes.unwrap_or_default().saturating_mul(MINUTE);
            let days = target.working_days.and_then(|days| u32::try_from(days).ok());
            match days {
                Some(days) => calendar.working_days(from.millis(), days).is_ok(),
                None => calendar.add(from.millis(), minutes).is_ok(),
            }
        };
        let places = self.targets.iter().enumerate();
        places
            .filter(|(_, target)| !is_reached(target))
            .map(|(place, _)| place)
            .collect()
    }

    /// The members of a policy to refuse, if it is to be used on this calendar: what was changed last led there.
    pub fn unreached(
        &self,
        was: Option<&SlaPolicy>,
        calendar: (&Calendar, &MasterCode),
        now: Time,
    ) -> Vec<Violation> {
        let is_new = was.is_none_or(|was| was.targets != self.targets);
        let is_moved = was.is_some_and(|was| was.calendar_id != self.calendar_id);
        let is_back = was.is_some_and(|was| !was.is_active);
        if !self.is_active || !(is_new || is_moved || is_back) {
            return Vec::new();
        }
        let beyond = self.out_of_reach(calendar.0, now);
        let pointers: Vec<String> = match beyond.is_empty() {
            true => Vec::new(),
            false if is_new => beyond.iter().map(|place| format!("#/targets/{place}")).collect(),
            false if is_moved => vec!["#/calendar_id".to_owned()],
            false => vec!["#/is_active".to_owned()],
        };
        pointers
            .into_iter()
            .map(|pointer| too_rare(&self.code, calendar.1, Place::Pointer(pointer)))
            .collect()
    }
}

/// A calendar that opens too rarely for a policy.
pub fn too_rare(policy: &MasterCode, calendar: &MasterCode, place: Place) -> Violation {
    Violation {
        detail: Some((
            format!(
                "Calendar {calendar} opens too rarely: before 2100 it does not reach what policy {policy} promises."
            ),
            format!("日历 {calendar} 的开放时间过少：在 2099 年底之前达不到策略 {policy} 的时限。"),
        )),
        ..CALENDAR_HORIZON.violation(place)
    }
}
