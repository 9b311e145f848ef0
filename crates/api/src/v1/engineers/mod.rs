//! Engineers over HTTP: routes, then handlers in URL order.

mod availability;
mod performance;
mod route;
mod shifts;
mod skills;

use actix_web::{get, patch, post};
use aftercare_domain::engineers::{Engineer, EngineerCreate, EngineerFilter, EngineerPatch, can};
use aftercare_domain::kernel::error::{INACTIVE_REFERENCE, Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::text::RegionCode;
use aftercare_domain::kernel::{Error, Result};
use aftercare_domain::outlets::{OutletStatus, ServiceOutlet};
use aftercare_domain::requests::EngineerId;
use aftercare_persistence::engineers::index_regions;
use aftercare_persistence::{self as persistence, Tx, regions};

use crate::flows::people;
use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

pub use availability::{AvailabilityCheck, AvailabilityReason, check_of, reason_of};

pub use shifts::ShiftPage;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
    cfg.configure(skills::routes);
    cfg.configure(shifts::routes);
    cfg.configure(availability::routes);
    cfg.configure(performance::routes);
    cfg.configure(route::routes);
}

resource!(Engineer, "/v1/engineers");
page!(EngineerPage, Engineer);

/// List engineers.
///
/// Newest first. Sortable by `created_at`, `number`, `name`.
#[utoipa::path(tag = "engineers", operation_id = "listEngineers", params(EngineerFilter, PageParams),
    security(("bearer" = ["engineers:read"])), responses((status = 200, body = EngineerPage)))]
#[get("/engineers")]
async fn list(ctx: Ctx<can::Read>, filter: Filter<EngineerFilter>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list::<Engineer, _, EngineerPage>(filter.0, paging).await
}

/// Enter an engineer.
///
/// Regions are those of `/v1/regions`, the outlet one of `/v1/service-outlets` (422 `unknown_reference`) that is not
/// terminated (422 `inactive_reference`); one certificate twice is 422 `certificate_twice`.
#[utoipa::path(tag = "engineers", operation_id = "createEngineer", request_body = EngineerCreate,
    security(("bearer" = ["engineers:create"])), responses((status = 201, body = Engineer)))]
#[post("/engineers")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<EngineerCreate>) -> ProblemResult<Answer> {
    let user_id = cmd.0.user_id;
    let answer = ctx
        .write(async move |tx| {
            let number = persistence::numbers::next(tx, Series::Engineer).await?;
            let engineer = Engineer::enter(cmd.0, number, &tx.stamp());
            fit(tx, &engineer, None).await?;
            persistence::insert(tx, &engineer).await?;
            index_regions(tx, &engineer).await?;
            people::engineer_told(tx, &engineer, None).await?;
            Ok(Created(engineer))
        })
        .await?;
    ctx.forget(user_id);
    Ok(answer)
}

/// Get an engineer.
#[utoipa::path(tag = "engineers", operation_id = "getEngineer", params(("engineer_id" = EngineerId, Path)),
    security(("bearer" = ["engineers:read"])), responses((status = 200, body = Engineer)))]
#[get("/engineers/{engineer_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<EngineerId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Engineer>(tx, id.0).await.map(Versioned))
        .await
}

/// Change an engineer.
///
/// Send only the members to change; null clears. `availability` says whether he takes work; what he was given stays his.
#[utoipa::path(tag = "engineers", operation_id = "updateEngineer", params(("engineer_id" = EngineerId, Path)),
    request_body(content = EngineerPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["engineers:update"])), responses((status = 200, body = Engineer)))]
#[patch("/engineers/{engineer_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<EngineerId>,
    seen: IfMatchHeader,
    patch: Body<EngineerPatch>,
) -> ProblemResult<Answer> {
    let named = patch.0.user_id.set().copied();
    let answer = ctx
        .write(async move |tx| {
            let mut engineer: Engineer = persistence::get_for_update(tx, id.0, &seen.0).await?;
            let was = engineer.clone();
            let told = engineer.revise(patch.0, &tx.stamp());
            fit(tx, &engineer, Some(&was)).await?;
            persistence::update(tx, &mut engineer).await?;
            if let Some(event) = told {
                tx.emit(event);
            }
            if engineer.profile.service_regions != was.profile.service_regions {
                index_regions(tx, &engineer).await?;
            }
            people::engineer_told(tx, &engineer, was.user_id).await?;
            Ok(Versioned(engineer))
        })
        .await?;
    ctx.forget(named);
    Ok(answer)
}

/// What is told of an engineer makes sense, and the outlet and regions he newly names are there and in use (BD-2).
async fn fit(tx: &mut Tx<'_>, engineer: &Engineer, was: Option<&Engineer>) -> Result<()> {
    let mut wrong = engineer.profile.faults();
    if let Some(outlet) = engineer.outlet_id
        && was.and_then(|was| was.outlet_id) != Some(outlet)
    {
        let place = Place::Pointer("#/outlet_id".to_owned());
        match persistence::find::<ServiceOutlet>(tx, outlet.0).await? {
            None => wrong.push(UNKNOWN_REFERENCE.violation(place)),
            Some(outlet) if outlet.status == OutletStatus::Terminated => {
                wrong.push(INACTIVE_REFERENCE.violation(place));
            }
            Some(_) => {}
        }
    }
    let known = |code: &RegionCode| {
        was.is_some_and(|was| {
            was.profile.service_regions.contains(code) || was.profile.home_region_code.as_ref() == Some(code)
        })
    };
    if let Some(code) = engineer
        .profile
        .home_region_code
        .as_ref()
        .filter(|code| !known(code))
    {
        regions::refer(tx, code, "#/profile/home_region_code", &mut wrong).await?;
    }
    for (index, code) in engineer.profile.service_regions.iter().enumerate() {
        if !known(code) {
            let pointer = format!("#/profile/service_regions/{index}");
            regions::refer(tx, code, &pointer, &mut wrong).await?;
        }
    }
    Error::all(wrong)
}
