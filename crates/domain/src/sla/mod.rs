//! Service levels: what was promised, and the time that counts towards it.

pub mod calendar;
