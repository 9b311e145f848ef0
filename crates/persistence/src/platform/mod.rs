//! Tables no module owns: what every unit of work leaves behind, and what keeps it safe.

pub mod api_keys;
pub mod audit;
pub mod blobs;
pub mod bootstrap;
pub mod counters;
pub mod digest;
pub mod external_refs;
pub(crate) mod figures;
pub mod gauges;
pub mod idempotency;
pub mod import_rows;
pub(crate) mod numbers;
pub mod outbox;
pub mod recounts;
pub mod references;
pub mod sandbox;
pub mod secrets;
pub mod sequencer;
pub mod sessions;
pub mod signing_keys;
pub mod throttle;
pub mod trees;
pub(crate) mod visibility;
pub mod warranty_ends;
