//! The tests are in the test target; this crate has no library of its own.
