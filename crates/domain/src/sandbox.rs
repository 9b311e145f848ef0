//! The sandbox: one clock that stands where it is put, and a way to start over (A11, A31).

use crate::kernel::{Role, RoleSet, Time};
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

codes! {
    CLOCK_BACKWARDS: Invalid = "clock_backwards", "The clock moves backwards only right after a reset", "时钟只能在重置后立即回拨";
    ONE_OF_TWO: Invalid = "one_of_two", "Exactly one of two members is needed", "两项须且只能提供其一";
}

permissions! {
    Manage = "sandbox:manage" for RoleSet::of(&[Role::Admin]);
}
