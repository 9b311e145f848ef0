//! Use cases that span modules; no HTTP types.

pub mod agreements;
pub mod counters;
pub mod coverage;
pub mod dispatch;
pub mod field;
pub mod first_users;
pub mod imports;
pub mod intake;
pub mod merge;
pub mod people;
pub mod promises;
pub mod proposals;
pub mod recommendations;
pub mod refusals;
pub mod requests;
pub mod sandbox;
pub mod sequencer;
pub mod showcase;
pub mod sign_in;
pub mod warranty;
