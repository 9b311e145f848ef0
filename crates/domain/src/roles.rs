//! Roles and permissions: who may do what, told from the same tables that decide it (domain.md 3.0).
//!
//! Roles are given, not made: they stand in the code beside the permissions they hold. A caller can read them, so
//! that a front end offers only what will be accepted.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::kernel::access::Scope;
use crate::kernel::column::{json_raw, json_value};
use crate::kernel::{Column, Raw, RawKind, Role, RoleSet};
use crate::{label, permissions};

// ---- values -----------------------------------------------------------------------------------------------------

/// One role or more, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles(RoleSet);

impl Roles {
    /// These roles; none if there is not at least one.
    pub fn new(roles: RoleSet) -> Option<Roles> {
        (!roles.is_empty()).then_some(Roles(roles))
    }

    /// One role alone.
    pub fn one(role: Role) -> Roles {
        Roles(RoleSet::of(&[role]))
    }

    /// The roles as a set.
    pub fn set(self) -> RoleSet {
        self.0
    }
}

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut set = RoleSet::NONE;
        for role in Vec::<Role>::deserialize(deserializer)? {
            if set.has(role) {
                return Err(serde::de::Error::custom(format!(
                    "expected each role once, got \"{role}\" twice"
                )));
            }
            set = set.with(role);
        }
        Roles::new(set).ok_or_else(|| serde::de::Error::custom("expected at least one role"))
    }
}

impl PartialSchema for Roles {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(Ref::from_schema_name("Role"))
            .min_items(Some(1))
            .max_items(Some(Role::ALL.len()))
            .unique_items(true)
            .into()
    }
}

impl ToSchema for Roles {
    fn name() -> std::borrow::Cow<'static, str> {
        "Roles".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Role::name().into_owned(), Role::schema()));
    }
}

impl Column for Roles {
    const KIND: RawKind = RawKind::Json;

    fn to_raw(&self) -> Raw {
        json_raw(self)
    }

    fn from_raw(raw: Raw) -> Result<Self, String> {
        json_value(raw)
    }
}

label! {
    /// Which rows a role sees.
    pub enum RowScope {
        /// Rows of the caller.
        Own = "own",
        /// Rows of the caller's outlet.
        Outlet = "outlet",
        /// Every row.
        All = "all",
    }
}

/// A role, as the matrix of domain.md 3.0 has it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = RoleDescription)]
pub struct RoleDescription {
    /// The role.
    pub code: Role,
    /// Its names.
    pub name: RoleName,
    /// The rows it sees.
    pub scope: RowScope,
    /// The permissions it holds, in alphabetical order.
    #[schema(max_items = 1000, value_type = Vec<crate::kernel::text::Label64>)]
    pub permissions: Vec<String>,
}

/// The names of a role.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RoleName {
    /// Chinese.
    #[schema(min_length = 1, max_length = 100)]
    pub zh: String,
    /// English.
    #[schema(min_length = 1, max_length = 100)]
    pub en: String,
}

/// A permission and the roles that hold it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PermissionDescription {
    /// The permission, for example `customers:read`.
    #[schema(min_length = 3, max_length = 100)]
    pub code: String,
    /// The roles that hold it.
    #[schema(max_items = 17)]
    pub roles: Vec<Role>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl From<Scope> for RowScope {
    fn from(scope: Scope) -> RowScope {
        match scope {
            Scope::Own => RowScope::Own,
            Scope::Outlet => RowScope::Outlet,
            Scope::All => RowScope::All,
        }
    }
}

/// Every role with its names and permissions, in the order of domain.md 3.0.
pub fn roles() -> Vec<RoleDescription> {
    let describe = |role: &Role| {
        let mut permissions: Vec<String> = crate::grants()
            .filter(|grant| grant.roles.has(*role))
            .map(|grant| grant.code.to_owned())
            .collect();
        permissions.sort();
        let (zh, en) = names(*role);
        RoleDescription {
            code: *role,
            name: RoleName {
                zh: zh.to_owned(),
                en: en.to_owned(),
            },
            scope: role.scope().into(),
            permissions,
        }
    };
    Role::ALL.iter().map(describe).collect()
}

/// Every permission with its holders, in alphabetical order.
pub fn permissions() -> Vec<PermissionDescription> {
    let mut all: Vec<PermissionDescription> = crate::grants()
        .map(|grant| PermissionDescription {
            code: grant.code.to_owned(),
            roles: grant.roles.iter().collect(),
        })
        .collect();
    all.sort_by(|a, b| a.code.cmp(&b.code));
    all
}

/// The Chinese and English name of a role.
pub const fn names(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Admin => ("系统管理员", "Administrator"),
        Role::ServiceManager => ("服务经理", "Service manager"),
        Role::Supervisor => ("主管", "Supervisor"),
        Role::CustomerService => ("客服专员", "Customer service agent"),
        Role::Dispatcher => ("分配人员", "Dispatcher"),
        Role::Engineer => ("服务工程师", "Service engineer"),
        Role::FollowUpAgent => ("回访人员", "Follow-up agent"),
        Role::ComplaintOfficer => ("投诉专员", "Complaint officer"),
        Role::RepairSpecialist => ("维修与更换专员", "Repair specialist"),
        Role::OutletManager => ("网点负责人", "Outlet manager"),
        Role::PartsClerk => ("配件管理员", "Parts clerk"),
        Role::Finance => ("财务", "Finance"),
        Role::KbEditor => ("知识库编辑", "Knowledge editor"),
        Role::Analyst => ("分析员", "Analyst"),
        Role::Executive => ("决策者", "Executive"),
        Role::Integration => ("接口账号", "Integration"),
        Role::Customer => ("客户", "Customer"),
    }
}

// ---- permissions: who may do what (domain.md 3.0, row "administration") -----------------------------------------

permissions! {
    Read = "roles:read" for RoleSet::of(&[Role::Admin]);
    ReadPermissions = "permissions:read" for RoleSet::of(&[Role::Admin]);
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_user_has_at_least_one_role_and_each_once() {
        assert!(serde_json::from_value::<Roles>(json!([])).is_err());
        assert!(serde_json::from_value::<Roles>(json!(["admin", "admin"])).is_err());
        let two: Roles = serde_json::from_value(json!(["engineer", "admin"])).unwrap();
        assert_eq!(serde_json::to_value(two).unwrap(), json!(["admin", "engineer"]));
    }

    #[test]
    fn every_role_and_every_permission_is_described_once() {
        assert_eq!(roles().len(), Role::ALL.len());
        let mut codes: Vec<String> = permissions().into_iter().map(|p| p.code).collect();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    #[test]
    fn refusal_codes_are_unique() {
        let mut slugs: Vec<&str> = crate::codes().map(|code| code.slug).collect();
        let count = slugs.len();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), count);
    }
}
