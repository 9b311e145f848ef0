//! Scheduled callers of flows.

pub mod clock;
pub mod sequencer;
