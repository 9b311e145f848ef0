//! Scheduled callers of flows.

pub mod clock;
pub mod retention;
pub mod time;
