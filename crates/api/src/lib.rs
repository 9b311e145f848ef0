//! What is said: HTTP, the contract, jobs, and how they are put together.

pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
mod demo;
pub mod flows;
pub mod http;
pub mod jobs;
pub mod log;
pub mod metrics;
pub mod openapi;
mod seal;
pub mod serve;
pub mod state;
mod system;
mod v1;
mod welcome;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, get};
use actix_web::{App, Error};

use openapi::Routes;
pub use seal::Seal;
pub use state::State;

/// What listens on the address for metrics: one page, for whoever reaches it.
pub fn metrics_app(
    state: Data<State>,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>,
> {
    App::new()
        .app_data(state)
        .route("/metrics", get().to(metrics::tell))
}

/// The application: every route behind the one guard.
pub fn app(
    state: Data<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(state)
        .configure(|cfg| system::routes(&mut Routes::Serve(cfg)))
        .service(web::scope("/v1").configure(|cfg| v1::routes(&mut Routes::Serve(cfg))))
        .service(web::redirect("/docs", "/docs/"))
        .service(
            // It reads the document where everybody does; nothing is copied for each worker.
            utoipa_swagger_ui::SwaggerUi::new("/docs/{_:.*}")
                .config(utoipa_swagger_ui::Config::new(["/openapi.json"])),
        )
        .wrap(from_fn(http::guard::guard))
}
