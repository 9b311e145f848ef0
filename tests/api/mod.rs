//! One file for each module, the same names.

mod addresses;
mod auth;
mod business_calendars;
mod contacts;
mod customers;
mod dictionaries;
mod priority_matrix;
mod problem_types;
mod product_categories;
mod products;
mod purchase_records;
mod sla;
mod sla_policies;
mod users;
