//! Version 1 of the API: one line for each module.

use utoipa_actix_web::service_config::ServiceConfig;

mod customers;

/// Registers every operation under `/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(customers::routes);
}
