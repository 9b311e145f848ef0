//! What is said: HTTP, the contract, jobs, and how they are put together.

pub mod clock;
pub mod config;
pub mod flows;
pub mod http;
pub mod jobs;
pub mod openapi;
mod seal;
pub mod state;
mod system;
mod v1;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, Error};
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::scope;

pub use seal::Seal;
pub use state::State;

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
    let (app, _) = App::new()
        .app_data(state)
        .into_utoipa_app()
        .configure(system::routes)
        .service(scope::scope("/v1").configure(v1::routes))
        .split_for_parts();
    app.service(web::redirect("/docs", "/docs/"))
        .service(
            utoipa_swagger_ui::SwaggerUi::new("/docs/{_:.*}")
                .external_url_unchecked("/openapi.json", http::contract::CONTRACT.document.clone()),
        )
        .wrap(from_fn(http::guard::guard))
}
