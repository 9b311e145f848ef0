//! One file for each module, the same names.

mod customers;
