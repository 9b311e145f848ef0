//! The sandbox: one clock that stands where it is put, and a way to start over (A11, A31).

use crate::kernel::error::OUT_OF_RANGE;
use crate::kernel::{Result, Role, RoleSet, Time};
use crate::{codes, label, permissions};

label! {
    /// What a sandbox starts over with.
    pub enum Dataset {
        /// Users, base data, calendars, policies and two engineers.
        Empty = "empty",
        /// The demo company.
        Demo = "demo",
    }
}

/// Where the clock stands after a reset: Monday 2026-11-23 09:00 in China.
pub const RESET_AT: Time = Time::from_millis(1_795_395_600_000);

/// The first and the last instant the clock stands at: what dates and calendars can answer for, in every zone.
pub const FIRST_AT: Time = Time::from_millis(0);
/// 2099-12-31T00:00:00Z.
pub const LAST_AT: Time = Time::from_millis(4_102_358_400_000);

/// Refuses an instant outside the years there are, at the member it came from.
///
/// Errors: `out_of_range`.
pub fn within_years(to: Time, pointer: &str) -> Result<()> {
    if (FIRST_AT..=LAST_AT).contains(&to) {
        return Ok(());
    }
    Err(OUT_OF_RANGE.at(pointer).because(
        format!("The clock stands from {FIRST_AT} to {LAST_AT}."),
        format!("时钟只能在 {FIRST_AT} 至 {LAST_AT} 之间。"),
    ))
}

codes! {
    CLOCK_BACKWARDS: Invalid = "clock_backwards", "The clock moves backwards only right after a reset", "时钟只能在重置后立即回拨";
    ONE_OF_TWO: Invalid = "one_of_two", "Exactly one of two members is needed", "两项须且只能提供其一";
}

permissions! {
    Manage = "sandbox:manage" for RoleSet::of(&[Role::Admin]);
}
