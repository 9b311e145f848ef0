//! Who may do what: roles, permissions, and which rows a person sees (domain.md 3.0, A23, A39).

use std::sync::Arc;

use uuid::Uuid;

use super::meta::UserId;
use crate::label;

label! {
    /// A role of domain.md 3.0.
    pub enum Role {
        /// 系统管理员
        Admin = "admin",
        /// 服务经理
        ServiceManager = "service_manager",
        /// 主管
        Supervisor = "supervisor",
        /// 客服专员
        CustomerService = "customer_service",
        /// 分配人员
        Dispatcher = "dispatcher",
        /// 服务工程师
        Engineer = "engineer",
        /// 回访人员
        FollowUpAgent = "follow_up_agent",
        /// 投诉专员
        ComplaintOfficer = "complaint_officer",
        /// 维修与更换专员
        RepairSpecialist = "repair_specialist",
        /// 网点负责人
        OutletManager = "outlet_manager",
        /// 配件管理员
        PartsClerk = "parts_clerk",
        /// 财务
        Finance = "finance",
        /// 知识库编辑
        KbEditor = "kb_editor",
        /// 分析员
        Analyst = "analyst",
        /// 决策者
        Executive = "executive",
        /// 接口账号
        Integration = "integration",
        /// 客户
        Customer = "customer",
    }
}

/// A set of roles.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct RoleSet(u32);

impl RoleSet {
    /// Nobody: what only the clock does.
    pub const NONE: RoleSet = RoleSet(0);
    /// Everybody who signs in.
    pub const ALL: RoleSet = RoleSet((1 << 17) - 1);
    /// Everybody who works here: not customers, not interfaces.
    pub const STAFF: RoleSet = RoleSet::ALL.without(Role::Customer).without(Role::Integration);

    /// The set of these roles.
    pub const fn of(roles: &[Role]) -> RoleSet {
        let mut bits = 0;
        let mut rest = roles;
        while let [role, tail @ ..] = rest {
            bits |= role.bit();
            rest = tail;
        }
        RoleSet(bits)
    }

    /// This set and one role more.
    #[must_use]
    pub const fn with(self, role: Role) -> RoleSet {
        RoleSet(self.0 | role.bit())
    }

    /// This set but one role.
    #[must_use]
    pub const fn without(self, role: Role) -> RoleSet {
        RoleSet(self.0 & !role.bit())
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: RoleSet) -> RoleSet {
        RoleSet(self.0 | other.0)
    }

    /// Whether a role is in the set.
    pub const fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether the sets share a role.
    pub const fn meets(self, other: RoleSet) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nobody is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles in the set, in declaration order.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.has(*role))
    }
}

impl std::fmt::Debug for RoleSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<T: IntoIterator<Item = Role>>(roles: T) -> Self {
        roles.into_iter().fold(RoleSet::NONE, RoleSet::with)
    }
}

impl Role {
    #[expect(
        clippy::as_conversions,
        reason = "a const discriminant below 32; no const From exists"
    )]
    const fn bit(self) -> u32 {
        1 << (self as u32)
    }

    /// The rows this role sees.
    pub const fn scope(self) -> Scope {
        match self {
            Role::Engineer | Role::Customer => Scope::Own,
            Role::OutletManager => Scope::Outlet,
            _ => Scope::All,
        }
    }
}

/// Which rows a caller sees; the widest of his roles counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Rows of the caller.
    Own,
    /// Rows of the caller's outlet.
    Outlet,
    /// Every row.
    All,
}

/// One permission and who holds it by role.
#[derive(Debug)]
pub struct Grant {
    /// The permission, for example `customers:read`.
    pub code: &'static str,
    /// The roles that hold it.
    pub roles: RoleSet,
}

/// A named permission as a type, so that a handler's signature says what it needs.
pub trait Permission: 'static {
    /// The permission and its holders.
    const GRANT: &'static Grant;
}

/// Declares the permissions of a module.
///
/// `permissions! { Read = "customers:read" for RoleSet::STAFF; … }` expands to `pub mod can { pub struct Read; … }`
/// with `Permission` for each, and `pub static GRANTS: &[&Grant]`.
#[macro_export]
macro_rules! permissions {
    ($($name:ident = $code:literal for $roles:expr;)*) => {
        /// The permissions of this module, to be named in handler signatures.
        pub mod can {
            use super::*;
            $(
                #[doc = concat!("May `", $code, "`.")]
                #[derive(Debug)]
                pub struct $name;
                impl $crate::kernel::Permission for $name {
                    const GRANT: &'static $crate::kernel::Grant =
                        &$crate::kernel::Grant { code: $code, roles: $roles };
                }
            )*
        }
        /// Every permission of this module.
        pub static GRANTS: &[&$crate::kernel::Grant] =
            &[$(<can::$name as $crate::kernel::Permission>::GRANT),*];
    };
}

/// An API key through which a user acts: it narrows what he may, never widens it (C36).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingKey {
    /// The key.
    pub id: Uuid,
    /// The permissions it was given; none for all of its user's.
    pub scopes: Option<Vec<String>>,
}

impl ActingKey {
    /// Whether a key may ever hold a permission: who signs in and by what, and what was done, is for people (S046).
    pub fn may_hold(code: &str) -> bool {
        let table = code.split(':').next().unwrap_or_default();
        !matches!(table, "users" | "roles" | "permissions" | "api_keys") && !table.starts_with("audit")
    }

    /// Whether the key lets a permission of its user through; what needs no permission it lets through too.
    fn lets(&self, code: &str) -> bool {
        let is_given = |scopes: &Vec<String>| scopes.iter().any(|scope| scope == code);
        !code.contains(':') || ActingKey::may_hold(code) && self.scopes.as_ref().is_none_or(is_given)
    }
}

/// Whoever acts: a person, an interface, or the system itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user; none for the system.
    pub user_id: Option<UserId>,
    /// The sign-in name, for the record.
    pub name: String,
    /// The roles held.
    pub roles: RoleSet,
    /// The engineer this user is.
    pub engineer_id: Option<Uuid>,
    /// The customer this user is.
    pub customer_id: Option<Uuid>,
    /// The outlet this user belongs to.
    pub outlet_id: Option<Uuid>,
    /// The API key he acts through; none for whoever signed in.
    pub key: Option<Arc<ActingKey>>,
    /// Whether this is the clock or a job.
    pub is_system: bool,
}

impl Actor {
    /// The system itself.
    pub fn system() -> Actor {
        Actor {
            user_id: None,
            name: "system".to_owned(),
            roles: RoleSet::NONE,
            engineer_id: None,
            customer_id: None,
            outlet_id: None,
            key: None,
            is_system: true,
        }
    }

    /// Whether one of the actor's roles holds the permission, and the key he acts through lets it through.
    pub fn may(&self, grant: &Grant) -> bool {
        let is_let = self.key.as_ref().is_none_or(|key| key.lets(grant.code));
        self.is_system || self.roles.meets(grant.roles) && is_let
    }

    /// Who it was, for the audit trail: the sign-in name, and the key where it was one.
    pub fn recorded_as(&self) -> String {
        match &self.key {
            Some(key) => format!("{} ask_{}", self.name, key.id),
            None => self.name.clone(),
        }
    }

    /// Whether the actor has one of these roles.
    pub fn is_any(&self, roles: RoleSet) -> bool {
        self.roles.meets(roles)
    }

    /// The rows the actor sees.
    pub fn scope(&self) -> Scope {
        if self.is_system {
            Scope::All
        } else {
            self.roles.iter().map(Role::scope).max().unwrap_or(Scope::Own)
        }
    }
}
