//! Roles and permissions over HTTP: read from the tables in the code that decide.

use actix_web::get;
use aftercare_domain::roles::{self, PermissionDescription, RoleDescription, can};
use aftercare_persistence::{Cursor, Listing, PageRequest};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, IntoAnswer as _, Paging, Plain, ProblemResult};

/// Registers this module's operations.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_permissions).service(list_roles);
}

page!(RolePage, RoleDescription; PermissionPage, PermissionDescription);

/// List permissions and who holds them.
///
/// In alphabetical order; not sortable.
#[utoipa::path(tag = "permissions", operation_id = "listPermissions", params(PageParams),
    security(("bearer" = ["permissions:read"])), responses((status = 200, body = PermissionPage)))]
#[get("/permissions")]
async fn list_permissions(ctx: Ctx<can::ReadPermissions>, paging: Paging) -> ProblemResult<Answer> {
    let page = ctx.page_request(&paging, &[])?;
    let listing = slice(roles::permissions(), &page, |it| &it.code);
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(PermissionPage::from(rows)).into_answer()?)
}

/// List roles, their names and what they may do.
///
/// Not sortable.
#[utoipa::path(tag = "roles", operation_id = "listRoles", params(PageParams),
    security(("bearer" = ["roles:read"])), responses((status = 200, body = RolePage)))]
#[get("/roles")]
async fn list_roles(ctx: Ctx<can::Read>, paging: Paging) -> ProblemResult<Answer> {
    let page = ctx.page_request(&paging, &[])?;
    let listing = slice(roles::roles(), &page, |it| it.code.as_str());
    let rows = ctx.page_of(listing, &page, &paging);
    Ok(Plain(RolePage::from(rows)).into_answer()?)
}

/// One page of a list that stands in the code; a cursor names the last row seen.
fn slice<T>(all: Vec<T>, page: &PageRequest, key: impl Fn(&T) -> &str) -> Listing<T> {
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let seen = page
        .cursor
        .as_ref()
        .and_then(|cursor| cursor.keys.first()?.as_str());
    let begin = seen.and_then(|seen| all.iter().position(|it| key(it) == seen));
    let begin = begin.map_or(0, |at| at.saturating_add(1));
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_more = all.len() > begin.saturating_add(limit);
    let rows: Vec<T> = all.into_iter().skip(begin).take(limit).collect();
    let next = rows.last().filter(|_| has_more).map(|last| Cursor {
        keys: vec![key(last).into()],
        id: Uuid::nil(),
    });
    Listing {
        rows,
        next,
        total: page.with_total.then_some((total, false)),
    }
}
