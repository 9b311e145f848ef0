//! Sweeps over every operation of the document; a new module is swept without code of its own.

mod bodies;
mod document;
mod errors;
mod etags;
mod fields;
mod golden;
mod house;
mod idempotency;
mod paging;
mod permissions;
mod queries;
mod rows;
pub mod sweep;
