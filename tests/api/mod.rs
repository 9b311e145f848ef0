//! One file for each module, the same names.

mod addresses;
mod auth;
mod business_calendars;
mod contacts;
mod counters;
mod customers;
mod dictionaries;
mod external_ids;
mod priority_matrix;
mod problem_types;
mod product_categories;
mod products;
mod purchase_records;
mod regions;
mod sla;
mod sla_policies;
mod users;
