//! Scheduled callers of flows.

pub mod clock;
