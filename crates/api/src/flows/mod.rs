//! Use cases that span modules; no HTTP types.

pub mod first_users;
pub mod sign_in;
