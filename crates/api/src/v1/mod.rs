//! Version 1 of the API: one line for each module.

use utoipa_actix_web::service_config::ServiceConfig;

mod auth;
mod business_calendars;
mod customers;
mod dictionaries;
mod problem_types;
mod product_categories;
mod products;
mod roles;
mod users;

/// Registers every operation under `/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(auth::routes)
        .configure(business_calendars::routes)
        .configure(customers::routes)
        .configure(dictionaries::routes)
        .configure(problem_types::routes)
        .configure(product_categories::routes)
        .configure(products::routes)
        .configure(roles::routes)
        .configure(users::routes);
}
