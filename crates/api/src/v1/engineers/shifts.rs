//! When an engineer works, over HTTP: routes, then handlers in URL order.

use actix_web::{delete, get, patch, post};
use aftercare_domain::engineers::Engineer;
use aftercare_domain::kernel::{Date, Result};
use aftercare_domain::leaves::Leave;
use aftercare_domain::requests::EngineerId;
use aftercare_domain::shifts::{Roster, Shift, ShiftCreate, ShiftFilter, ShiftId, ShiftPatch, can};
use aftercare_persistence::shifts::{ShiftsOf, between};
use aftercare_persistence::{self as persistence, IfMatch, Tx, leaves};

use crate::http::input::PageParams;
use crate::http::reply::{page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, NoContent, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create);
    cfg.service(get).service(update).service(remove);
}

resource!(Shift, "/v1/shifts");
page!(ShiftPage, Shift);

/// List the shifts of an engineer.
///
/// Those of rosters nobody has approved yet as well. Newest first. Sortable by `date`, `created_at`.
#[utoipa::path(tag = "engineers", operation_id = "listShifts",
    params(("engineer_id" = EngineerId, Path), ShiftFilter, PageParams),
    security(("bearer" = ["shifts:read"])), responses((status = 200, body = ShiftPage)))]
#[get("/engineers/{engineer_id}/shifts")]
async fn list(
    ctx: Ctx<can::Read>,
    of: PathId<EngineerId>,
    filter: Filter<ShiftFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::get::<Engineer>(tx, of.0).await)
        .await?;
    ctx.list::<Shift, _, ShiftPage>(ShiftsOf(of.0, filter.0), paging)
        .await
}

/// Add a shift to an engineer.
///
/// Beside another shift of his that overlaps it is refused: 409 `shift_overlap` names the other. Touching is fine. On a
/// day of an approved leave of his it is 409 `on_leave`.
#[utoipa::path(tag = "engineers", operation_id = "createShift",
    params(("engineer_id" = EngineerId, Path)), request_body = ShiftCreate,
    security(("bearer" = ["shifts:create"])), responses((status = 201, body = Shift)))]
#[post("/engineers/{engineer_id}/shifts")]
async fn create(
    ctx: Ctx<can::Create>,
    of: PathId<EngineerId>,
    cmd: Body<ShiftCreate>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let others = beside(tx, of.0, cmd.0.date).await?;
        let shift = Shift::add(of.0, cmd.0, &others, tx.zone(), &tx.stamp())?;
        keep_free(tx, &shift).await?;
        persistence::insert(tx, &shift).await?;
        Ok(Created(shift))
    })
    .await
}

/// Get a shift.
#[utoipa::path(tag = "engineers", operation_id = "getShift", params(("shift_id" = ShiftId, Path)),
    security(("bearer" = ["shifts:read"])), responses((status = 200, body = Shift)))]
#[get("/shifts/{shift_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<ShiftId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| persistence::get::<Shift>(tx, id.0).await.map(Versioned))
        .await
}

/// Change a shift.
///
/// Send only the members to change. While its roster waits for an answer 409 `roster_fixed`; beside another shift 409
/// `shift_overlap`; on a day of an approved leave 409 `on_leave`.
#[utoipa::path(tag = "engineers", operation_id = "updateShift", params(("shift_id" = ShiftId, Path)),
    request_body(content = ShiftPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["shifts:update"])), responses((status = 200, body = Shift)))]
#[patch("/shifts/{shift_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<ShiftId>,
    seen: IfMatchHeader,
    patch: Body<ShiftPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let known: Shift = persistence::get(tx, id.0).await?;
        let others = beside(tx, known.engineer_id, patch.0.date.unwrap_or(known.date)).await?;
        let mut shift = loose(tx, id.0, &seen.0).await?;
        shift.revise(patch.0, &others, tx.zone())?;
        keep_free(tx, &shift).await?;
        persistence::update(tx, &mut shift).await?;
        Ok(Versioned(shift))
    })
    .await
}

/// Remove a shift.
///
/// While its roster waits for an answer 409 `roster_fixed`.
#[utoipa::path(tag = "engineers", operation_id = "deleteShift", params(("shift_id" = ShiftId, Path)),
    security(("bearer" = ["shifts:delete"])), responses((status = 204)))]
#[delete("/shifts/{shift_id}")]
async fn remove(ctx: Ctx<can::Delete>, id: PathId<ShiftId>, seen: IfMatchHeader) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let shift = loose(tx, id.0, &seen.0).await?;
        persistence::delete(tx, &shift).await?;
        Ok(NoContent)
    })
    .await
}

/// The shifts around a day. The engineer is held: of two shifts written for him at once the second sees the first.
async fn beside(tx: &mut Tx<'_>, engineer: EngineerId, day: Date) -> Result<Vec<Shift>> {
    persistence::get_for_update::<Engineer>(tx, engineer, &IfMatch::internal()).await?;
    between(tx, &[engineer], day.plus_days(-1), day.plus_days(1)).await
}

/// Refuses a shift on a day its engineer, who is held, is away.
async fn keep_free(tx: &mut Tx<'_>, shift: &Shift) -> Result<()> {
    let away = leaves::holding(tx, &[shift.engineer_id], shift.date, shift.date).await?;
    Leave::keep_free(&away, shift.date)
}

/// The shift, to be changed; not while its roster is judged.
async fn loose(tx: &mut Tx<'_>, id: ShiftId, seen: &IfMatch) -> Result<Shift> {
    let shift: Shift = persistence::get_for_update(tx, id, seen).await?;
    if let Some(roster) = shift.roster_id {
        persistence::get::<Roster>(tx, roster).await?.is_loose()?;
    }
    Ok(shift)
}
