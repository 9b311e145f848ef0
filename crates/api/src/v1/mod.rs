//! Version 1 of the API: one line for each module.

use utoipa_actix_web::service_config::ServiceConfig;

mod auth;
mod customers;
mod roles;
mod users;

/// Registers every operation under `/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(auth::routes)
        .configure(customers::routes)
        .configure(roles::routes)
        .configure(users::routes);
}
