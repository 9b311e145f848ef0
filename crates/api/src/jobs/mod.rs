//! Scheduled callers of flows.

pub mod clock;
pub mod counters;
pub mod refusals;
pub mod retention;
pub mod sequencer;
pub mod time;
