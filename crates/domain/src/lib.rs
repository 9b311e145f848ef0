//! What is true: the rules of after-sales service.
//!
//! No I/O, no clock, no randomness: every rule is a function of values and a [`kernel::Stamp`].

pub mod customers;
pub mod follow_ups;
pub mod kernel;
pub mod requests;
pub mod sla;
pub mod surveys;
pub mod work_orders;
