//! Business calendars over HTTP: routes, then handlers in URL order.

use actix_web::{get, patch, post};
use aftercare_domain::business_calendars::preview::{CalendarChange, CalendarPreview, HolidayOrder};
use aftercare_domain::business_calendars::{
    AddMinutes, BusinessCalendar, BusinessCalendarCreate, BusinessCalendarFilter, BusinessCalendarId,
    BusinessCalendarPatch, DueAt, Elapsed, HolidayImport, HolidayTable, Span, can,
};
use aftercare_domain::kernel::{Meta, Result};
use aftercare_persistence as persistence;
use aftercare_persistence::Tx;
use aftercare_persistence::platform::recounts;

use crate::flows::promises;
use crate::http::input::PageParams;
use crate::http::reply::{Resource, page, resource};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, Paging, PathId, Plain, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list)
        .service(create)
        .service(get)
        .service(update)
        .service(add_minutes)
        .service(elapsed)
        .service(preview)
        .service(import_holidays);
}

resource!(BusinessCalendar, "/v1/business-calendars");
page!(BusinessCalendarPage, BusinessCalendar);

/// The answer of an import carries the calendar, and with it its version.
impl Resource for HolidayImport {
    fn path(&self) -> String {
        self.calendar.path()
    }

    fn meta(&self) -> &Meta {
        &self.calendar.meta
    }
}

/// Refuses hours by which a policy that counts by them is out of reach, and to put a calendar away that one still uses.
async fn check_kept(tx: &mut Tx<'_>, calendar: &BusinessCalendar, was: &BusinessCalendar) -> Result<()> {
    if was.is_active && !calendar.is_active {
        let policies = persistence::sla_policies::counting_by(tx, calendar.id).await?;
        calendar.may_rest(&policies)?;
    }
    if calendar.revision == was.revision {
        return Ok(());
    }
    promises::check_kept(tx, calendar, calendar.changed_member(was)).await
}

/// List business calendars.
///
/// Newest first. Sortable by `created_at`, `updated_at`, `code`.
#[utoipa::path(tag = "business_calendars", operation_id = "listBusinessCalendars", params(BusinessCalendarFilter, PageParams),
    security(("bearer" = ["business_calendars:read"])), responses((status = 200, body = BusinessCalendarPage)))]
#[get("/business-calendars")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<BusinessCalendarFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<BusinessCalendar, _, BusinessCalendarPage>(filter.0, paging)
        .await
}

/// Set up a business calendar.
///
/// A `workday` exception with `frames` is also how a date gets its own hours; without, it takes Monday's.
#[utoipa::path(tag = "business_calendars", operation_id = "createBusinessCalendar", request_body = BusinessCalendarCreate,
    security(("bearer" = ["business_calendars:create"])), responses((status = 201, body = BusinessCalendar)))]
#[post("/business-calendars")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<BusinessCalendarCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let calendar = BusinessCalendar::establish(cmd.0, &tx.stamp())?;
        persistence::insert(tx, &calendar).await?;
        Ok(Created(calendar))
    })
    .await
}

/// Get a business calendar.
#[utoipa::path(tag = "business_calendars", operation_id = "getBusinessCalendar", params(("business_calendar_id" = BusinessCalendarId, Path)),
    security(("bearer" = ["business_calendars:read"])), responses((status = 200, body = BusinessCalendar)))]
#[get("/business-calendars/{business_calendar_id}")]
async fn get(ctx: Ctx<can::Read>, id: PathId<BusinessCalendarId>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::get::<BusinessCalendar>(tx, id.0)
            .await
            .map(Versioned)
    })
    .await
}

/// Change a business calendar.
///
/// Send only the members to change. Days of the week are merged, exceptions replaced. Promises already made keep their
/// deadline, and hours by which a policy could not be kept before 2100 are refused; with `recompute_open` the open ones move to the one the changed calendar gives, each with a line in the
/// history of its request, soon after the answer. A calendar by which an active policy counts cannot become inactive (409
/// `in_use` with `conflicting_id`).
#[utoipa::path(tag = "business_calendars", operation_id = "updateBusinessCalendar", params(("business_calendar_id" = BusinessCalendarId, Path), CalendarChange),
    request_body(content = BusinessCalendarPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["business_calendars:update"])), responses((status = 200, body = BusinessCalendar)))]
#[patch("/business-calendars/{business_calendar_id}")]
async fn update(
    ctx: Ctx<can::Update>,
    id: PathId<BusinessCalendarId>,
    seen: IfMatchHeader,
    how: Filter<CalendarChange>,
    patch: Body<BusinessCalendarPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut calendar: BusinessCalendar = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let was = calendar.clone();
        calendar.revise(patch.0, &tx.stamp())?;
        check_kept(tx, &calendar, &was).await?;
        persistence::update(tx, &mut calendar).await?;
        if how.0.recompute_open && calendar.revision != was.revision {
            recounts::ask(tx, id.0).await?;
        }
        Ok(Versioned(calendar))
    })
    .await
}

/// Preview a change of a business calendar.
///
/// Which dates it would add, take away or change, and which open promises would move with `recompute_open`; nothing is
/// changed.
#[utoipa::path(tag = "business_calendars", operation_id = "previewBusinessCalendarChange", params(("business_calendar_id" = BusinessCalendarId, Path)),
    request_body = BusinessCalendarPatch,
    security(("bearer" = ["business_calendars:update"])), responses((status = 200, body = CalendarPreview)))]
#[post("/business-calendars/{business_calendar_id}/preview")]
async fn preview(
    ctx: Ctx<can::Update>,
    id: PathId<BusinessCalendarId>,
    patch: Body<BusinessCalendarPatch>,
) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let was: BusinessCalendar = persistence::get(tx, id.0).await?;
        let mut calendar = was.clone();
        calendar.revise(patch.0.clone(), &tx.stamp())?;
        check_kept(tx, &calendar, &was).await?;
        let promises = persistence::business_calendars::moved_promises(tx, id.0, &calendar).await?;
        Ok(Plain(CalendarPreview {
            diff: calendar.diff(&was),
            calendar,
            promises,
        }))
    })
    .await
}

/// Add business minutes to an instant.
///
/// A start outside open time counts from the next opening; a target that exactly fills a frame is due at its end.
#[utoipa::path(tag = "business_calendars", operation_id = "addBusinessMinutes", params(("business_calendar_id" = BusinessCalendarId, Path)),
    request_body = AddMinutes,
    security(("bearer" = ["business_calendars:read"])), responses((status = 200, body = DueAt)))]
#[post("/business-calendars/{business_calendar_id}/add-minutes")]
async fn add_minutes(
    ctx: Ctx<can::Read>,
    id: PathId<BusinessCalendarId>,
    ask: Body<AddMinutes>,
) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let calendar = persistence::business_calendars::compiled(tx, id.0).await?;
        ask.0.due(&calendar).map(Plain)
    })
    .await
}

/// Count the business seconds between two instants.
#[utoipa::path(tag = "business_calendars", operation_id = "countBusinessSeconds", params(("business_calendar_id" = BusinessCalendarId, Path)),
    request_body = Span,
    security(("bearer" = ["business_calendars:read"])), responses((status = 200, body = Elapsed)))]
#[post("/business-calendars/{business_calendar_id}/elapsed")]
async fn elapsed(
    ctx: Ctx<can::Read>,
    id: PathId<BusinessCalendarId>,
    ask: Body<Span>,
) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        let calendar = persistence::business_calendars::compiled(tx, id.0).await?;
        ask.0.elapsed(&calendar).map(Plain)
    })
    .await
}

/// Import a table of holidays.
///
/// Takes the yearly table of the State Council and merges it into the exceptions: nothing is removed, a date that stays
/// a workday keeps its hours, and the same table twice changes nothing. Answers what changed and the calendar. With
/// `dry_run` nothing is changed, and the open promises that would move are told too. They keep their deadline unless
/// `recompute_open` is set.
#[utoipa::path(tag = "business_calendars", operation_id = "importHolidays", params(("business_calendar_id" = BusinessCalendarId, Path), HolidayOrder),
    request_body = HolidayTable,
    security(("bearer" = ["business_calendars:import_holidays"])), responses((status = 200, body = HolidayImport)))]
#[post("/business-calendars/{business_calendar_id}/import-holidays")]
async fn import_holidays(
    ctx: Ctx<can::ImportHolidays>,
    id: PathId<BusinessCalendarId>,
    seen: IfMatchHeader,
    how: Filter<HolidayOrder>,
    table: Body<HolidayTable>,
) -> ProblemResult<Answer> {
    let (id, how) = (id.0, how.0);
    if how.dry_run {
        return ctx
            .read(async |tx| {
                let mut calendar: BusinessCalendar = persistence::get(tx, id).await?;
                seen.0.check(&calendar.meta)?;
                let diff = calendar.import_holidays(&table.0, &tx.stamp())?;
                promises::check_kept(tx, &calendar, "#").await?;
                let promises = persistence::business_calendars::moved_promises(tx, id, &calendar).await?;
                Ok(Versioned(HolidayImport {
                    diff,
                    calendar,
                    promises: Some(promises),
                }))
            })
            .await;
    }
    ctx.write(async move |tx| {
        let mut calendar: BusinessCalendar = persistence::get_for_update(tx, id, &seen.0).await?;
        let was = calendar.revision;
        let diff = calendar.import_holidays(&table.0, &tx.stamp())?;
        promises::check_kept(tx, &calendar, "#").await?;
        persistence::update(tx, &mut calendar).await?;
        if how.recompute_open && calendar.revision != was {
            recounts::ask(tx, id).await?;
        }
        Ok(Versioned(HolidayImport {
            diff,
            calendar,
            promises: None,
        }))
    })
    .await
}
