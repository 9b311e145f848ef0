//! What is kept: the only crate that knows SQL.
//!
//! A module maps its records to tables and adds the reads that need hand-written SQL; everything else — scope,
//! versions, audit, events, pages, engines — lives once in [`db`] and [`platform`].

pub mod addresses;
pub mod agreement_templates;
pub mod api_keys;
pub mod assessments;
pub mod availability;
pub mod business_calendars;
pub mod contacts;
pub mod counters;
pub mod custom_fields;
pub mod customers;
pub mod db;
pub mod dictionaries;
pub mod dispatch_rules;
pub mod engineers;
pub mod exams;
pub mod fault_codes;
pub mod imports;
pub mod installed_products;
pub mod leaves;
pub mod maintenance_proposals;
pub mod numbers;
pub mod performance;
pub mod platform;
pub mod priority_matrix;
pub mod problem_types;
pub mod product_categories;
pub mod products;
pub mod purchase_records;
pub mod regions;
pub mod requests;
pub mod seed;
pub mod service_agreements;
pub mod service_history;
pub mod service_items;
pub mod service_outlets;
pub mod service_types;
pub mod shift_templates;
pub mod shifts;
pub mod skills;
pub mod sla_policies;
pub mod training_courses;
pub mod users;
pub mod warranty_policies;

pub use db::{Cursor, Db, IfMatch, ListBy, Listing, OpenError, Options, PageRequest, SortKey, Tx, Work};
pub use db::{delete, delete_all, find, get, get_for_update, insert, insert_all, list, update};
