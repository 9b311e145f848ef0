//! One file for each module, the same names.

mod auth;
mod business_calendars;
mod customers;
mod dictionaries;
mod problem_types;
mod product_categories;
mod products;
mod users;
