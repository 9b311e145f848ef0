//! Version 1 of the API: one line for each module.

use utoipa_actix_web::service_config::ServiceConfig;

mod addresses;
mod auth;
mod business_calendars;
mod contacts;
mod counters;
mod custom_fields;
mod customers;
mod dictionaries;
mod fault_codes;
mod priority_matrix;
mod problem_types;
mod product_categories;
mod products;
mod purchase_records;
mod regions;
mod roles;
mod service_items;
mod service_types;
mod sla;
mod sla_policies;
mod users;

/// Registers every operation under `/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(addresses::routes)
        .configure(auth::routes)
        .configure(business_calendars::routes)
        .configure(contacts::routes)
        .configure(counters::routes)
        .configure(custom_fields::routes)
        .configure(customers::routes)
        .configure(dictionaries::routes)
        .configure(fault_codes::routes)
        .configure(priority_matrix::routes)
        .configure(problem_types::routes)
        .configure(product_categories::routes)
        .configure(products::routes)
        .configure(purchase_records::routes)
        .configure(regions::routes)
        .configure(roles::routes)
        .configure(service_items::routes)
        .configure(service_types::routes)
        .configure(sla::routes)
        .configure(sla_policies::routes)
        .configure(users::routes);
}
