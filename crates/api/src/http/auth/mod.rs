//! Sign-in under the hood: passwords, signing keys, access tokens and who a token speaks for.

pub mod keys;
pub mod password;
pub mod secrets;
pub mod tokens;
pub mod verifier;

pub use password::Passwords;
pub use verifier::{Caller, Verifier};
