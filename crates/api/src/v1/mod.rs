//! Version 1 of the API: one line for each module.

use utoipa_actix_web::service_config::ServiceConfig;

mod addresses;
mod auth;
mod business_calendars;
mod contacts;
mod counters;
mod customers;
mod dictionaries;
mod priority_matrix;
mod problem_types;
mod product_categories;
mod products;
mod purchase_records;
mod regions;
mod roles;
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
        .configure(customers::routes)
        .configure(dictionaries::routes)
        .configure(priority_matrix::routes)
        .configure(problem_types::routes)
        .configure(product_categories::routes)
        .configure(products::routes)
        .configure(purchase_records::routes)
        .configure(regions::routes)
        .configure(roles::routes)
        .configure(sla::routes)
        .configure(sla_policies::routes)
        .configure(users::routes);
}
