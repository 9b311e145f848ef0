//! One file for each module, the same names.

mod auth;
mod customers;
mod users;
