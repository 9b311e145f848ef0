//! Sweeps over every operation of the document; a new module is swept without code of its own.

mod bodies;
mod document;
mod errors;
mod golden;
mod house;
mod permissions;
mod queries;
mod sweep;
