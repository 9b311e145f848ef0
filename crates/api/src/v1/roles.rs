//! Roles and permissions over HTTP: read from the tables in the code that decide.

use actix_web::get;
use aftercare_domain::roles::{self, PermissionDescription, RoleDescription, can};

use crate::http::input::PageParams;
use crate::http::reply::page;
use crate::http::{Answer, Ctx, Paging, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
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
    ctx.list_told::<_, PermissionPage>(roles::permissions(), |it| &it.code, &paging)
}

/// List roles, their names and what they may do.
///
/// Not sortable.
#[utoipa::path(tag = "roles", operation_id = "listRoles", params(PageParams),
    security(("bearer" = ["roles:read"])), responses((status = 200, body = RolePage)))]
#[get("/roles")]
async fn list_roles(ctx: Ctx<can::Read>, paging: Paging) -> ProblemResult<Answer> {
    ctx.list_told::<_, RolePage>(roles::roles(), |it| it.code.as_str(), &paging)
}
