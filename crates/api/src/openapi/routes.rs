//! Where a module registers its operations: with a worker that serves them, or in the document that describes them.
//!
//! A worker has no use for descriptions; made for each of them anew, they would be most of what an idle server holds.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig;

/// A register of operations.
pub enum Routes<'a, 's> {
    /// Serves them.
    Serve(&'a mut web::ServiceConfig),
    /// Describes them.
    Describe(&'a mut ServiceConfig<'s>),
}

impl Routes<'_, '_> {
    /// Registers an operation.
    pub fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        match self {
            Routes::Serve(worker) => {
                worker.service(operation);
            }
            Routes::Describe(document) => {
                document.service(operation);
            }
        }
        self
    }

    /// Registers what a module has.
    pub fn configure(&mut self, module: fn(&mut Routes<'_, '_>)) -> &mut Self {
        module(self);
        self
    }
}
