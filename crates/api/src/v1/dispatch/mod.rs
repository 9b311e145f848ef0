//! Dispatch over HTTP: who may go, and what the system gives out by itself.

mod candidates;
mod plan;
mod rules;

use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.configure(candidates::routes).configure(plan::routes);
    cfg.configure(rules::routes);
}
