//! An engineer's way of a day, over HTTP.

use actix_web::get;
use aftercare_domain::engineers::route::RouteStop;
use aftercare_domain::engineers::{Engineer, can};
use aftercare_domain::kernel::Date;
use aftercare_domain::requests::EngineerId;
use aftercare_domain::work_orders::Geo;
use aftercare_persistence as persistence;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::flows::workbench;
use crate::http::{Answer, Ctx, Filter, PathId, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(get_route);
}

/// Which day.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct RouteQuery {
    /// The local day; today if absent.
    #[param(nullable = false)]
    pub date: Option<Date>,
}

/// The way of a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EngineerRoute {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// The local day.
    pub date: Date,
    /// Where he sets out from.
    #[schema(required)]
    pub home: Option<Geo>,
    /// The visits, in the order of arrival, else of what was agreed.
    #[schema(max_items = 200)]
    pub stops: Vec<RouteStop>,
    /// The whole way to the last of them, in metres; places nobody knows are passed over.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub total_metres: i64,
}

/// Get the way of an engineer on a day.
///
/// Visits made and visits agreed for that day, with the distance from one to the next. Each engineer sees his own.
#[utoipa::path(tag = "engineers", operation_id = "getEngineerRoute",
    params(("engineer_id" = EngineerId, Path), RouteQuery),
    security(("bearer" = ["engineers:read"])), responses((status = 200, body = EngineerRoute)))]
#[get("/engineers/{engineer_id}/route")]
async fn get_route(
    ctx: Ctx<can::Read>,
    id: PathId<EngineerId>,
    query: Filter<RouteQuery>,
) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let engineer: Engineer = persistence::get(tx, id.0).await?;
        let date = query.0.date.unwrap_or_else(|| tx.now().date_in(tx.zone()));
        let home = engineer.profile.home;
        let (stops, total_metres) = workbench::route_of(tx, id.0, home, date).await?;
        Ok(Plain(EngineerRoute {
            engineer_id: id.0,
            date,
            home,
            stops,
            total_metres,
        }))
    })
    .await
}
