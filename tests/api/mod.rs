//! One file for each module, the same names.

mod addresses;
mod audit_logs;
mod auth;
mod business_calendars;
mod changes;
mod contacts;
mod counters;
mod custom_fields;
mod customers;
mod dictionaries;
mod external_ids;
mod fault_codes;
mod imports;
mod meta;
mod priority_matrix;
mod problem_types;
mod product_categories;
mod products;
mod purchase_records;
mod regions;
mod service_items;
mod service_types;
mod sla;
mod sla_policies;
mod users;
