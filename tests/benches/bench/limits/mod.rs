//! What the databases reach by themselves with the same rows: one registered request is read back from every table it
//! is in, and written again and again under new identifiers. Reads the server does before it writes are left out, so
//! the limits are strict.

pub mod embedded;
pub mod pgbench;
