//! Users: whoever signs in, a person or another system.
//!
//! A user has one role or more; what he may do is what any of his roles may, what he sees is what the widest sees.
//! He may stand for one engineer, one customer and one outlet. He is never deleted: who leaves is disabled, and the
//! last administrator can neither leave nor step down (AD-2, A41).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::auth::NewPassword;
use crate::customers::{CustomerId, Language};
pub use crate::kernel::meta::UserId;
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Name, Username};
use crate::kernel::{Actor, Meta, Patch, Result, Role, RoleSet, Stamp};
use crate::roles::Roles;
use crate::{codes, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

/// A user.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct User {
    /// Machine identifier.
    pub id: UserId,
    /// Sign-in name; never changes.
    pub username: Username,
    /// Name for people.
    pub display_name: Name,
    /// The roles held.
    pub roles: Roles,
    /// The engineer this user is.
    #[schema(required)]
    pub engineer_id: Option<Uuid>,
    /// The customer this user is.
    #[schema(required)]
    pub customer_id: Option<CustomerId>,
    /// The outlet this user belongs to.
    #[schema(required)]
    pub outlet_id: Option<Uuid>,
    /// The language this user is addressed in.
    pub language: Language,
    /// Whether he may sign in.
    pub is_active: bool,
    /// Whether he must set a new password before anything else.
    pub must_change_password: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to make a user.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "qian.fang", "display_name": "钱芳", "roles": ["dispatcher"], "password": "First-Day-2026"}))]
pub struct UserCreate {
    /// Sign-in name, lower case.
    pub username: Username,
    /// Name for people.
    pub display_name: Name,
    /// The roles held.
    pub roles: Roles,
    /// The first password; to be changed at the first sign-in.
    pub password: NewPassword,
    /// The engineer this user is.
    #[serde(default)]
    pub engineer_id: Option<Uuid>,
    /// The customer this user is.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// The outlet this user belongs to.
    #[serde(default)]
    pub outlet_id: Option<Uuid>,
    /// Language; `zh` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub language: Option<Language>,
}

/// What may change on a user; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"roles": ["dispatcher", "supervisor"], "outlet_id": null}))]
pub struct UserPatch {
    /// Name for people.
    #[schema(nullable = false)]
    pub display_name: Option<Name>,
    /// The roles held; replaces them all.
    #[schema(nullable = false)]
    pub roles: Option<Roles>,
    /// The engineer this user is.
    #[schema(value_type = Option<Uuid>)]
    pub engineer_id: Patch<Uuid>,
    /// The customer this user is.
    #[schema(value_type = Option<CustomerId>)]
    pub customer_id: Patch<CustomerId>,
    /// The outlet this user belongs to.
    #[schema(value_type = Option<Uuid>)]
    pub outlet_id: Patch<Uuid>,
    /// Language.
    #[schema(nullable = false)]
    pub language: Option<Language>,
    /// Whether he may sign in; false ends his sessions.
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
}

/// A password set by an administrator.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserSetPassword {
    /// The password; to be changed at the next sign-in.
    pub password: NewPassword,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of users; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// Sign-in name, exactly.
    #[param(nullable = false)]
    pub username: Option<Username>,
    /// Users that hold this role, alone or among others.
    #[param(nullable = false)]
    pub role: Option<Role>,
    /// The user that is this engineer.
    #[param(nullable = false)]
    pub engineer_id: Option<Uuid>,
    /// Users of this customer.
    #[param(nullable = false)]
    pub customer_id: Option<CustomerId>,
    /// Users of this outlet.
    #[param(nullable = false)]
    pub outlet_id: Option<Uuid>,
    /// Words in sign-in name or name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
    /// Active or disabled users only.
    #[param(nullable = false)]
    pub is_active: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl User {
    /// A new user; whether he must replace the password another person chose for him is the house's rule (A41).
    pub fn register(cmd: UserCreate, must_change_password: bool, at: &Stamp) -> User {
        User {
            id: UserId::next(at),
            username: cmd.username,
            display_name: cmd.display_name,
            roles: cmd.roles,
            engineer_id: cmd.engineer_id,
            customer_id: cmd.customer_id,
            outlet_id: cmd.outlet_id,
            language: cmd.language.unwrap_or(Language::Zh),
            is_active: true,
            must_change_password,
            meta: Meta::new(at),
        }
    }

    /// The first administrator, whose password is his own.
    pub fn first_admin(username: Username, display_name: Name, at: &Stamp) -> User {
        User {
            id: UserId::next(at),
            username,
            display_name,
            roles: Roles::one(Role::Admin),
            engineer_id: None,
            customer_id: None,
            outlet_id: None,
            language: Language::Zh,
            is_active: true,
            must_change_password: false,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; `other_admins` is how many other active administrators there are.
    ///
    /// Errors: `last_admin`.
    pub fn revise(&mut self, patch: UserPatch, other_admins: i64) -> Result<()> {
        let was_admin = self.is_admin();
        replace(patch.display_name, &mut self.display_name);
        replace(patch.roles, &mut self.roles);
        patch.engineer_id.onto(&mut self.engineer_id);
        patch.customer_id.onto(&mut self.customer_id);
        patch.outlet_id.onto(&mut self.outlet_id);
        replace(patch.language, &mut self.language);
        replace(patch.is_active, &mut self.is_active);
        if was_admin && !self.is_admin() && other_admins == 0 {
            return Err(LAST_ADMIN.error());
        }
        Ok(())
    }

    /// Whether he administers: active and holding the role.
    pub fn is_admin(&self) -> bool {
        self.is_active && self.roles.set().has(Role::Admin)
    }

    /// The user as one who acts.
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: Some(self.id),
            name: self.username.as_str().to_owned(),
            roles: self.roles.set(),
            engineer_id: self.engineer_id,
            customer_id: self.customer_id.map(|id| id.0),
            outlet_id: self.outlet_id,
            key: None,
            is_system: false,
        }
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    DUPLICATE_USERNAME: Conflict = "duplicate_username", "A user with this sign-in name exists already", "登录名已存在";
    LAST_ADMIN: Conflict = "last_admin", "The last administrator cannot be disabled or demoted", "不能停用或降级最后一位管理员";
}

// ---- permissions: who may do what (domain.md 3.0, row "administration") -----------------------------------------

/// Roles that administer.
const ADMINS: RoleSet = RoleSet::of(&[Role::Admin]);

permissions! {
    Read = "users:read" for ADMINS;
    Create = "users:create" for ADMINS;
    Update = "users:update" for ADMINS;
    SetPassword = "users:set_password" for ADMINS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    fn admin() -> User {
        User::first_admin(
            Username::new("admin").unwrap(),
            Name::new("管理员").unwrap(),
            &stamp(),
        )
    }

    fn patch(value: serde_json::Value) -> UserPatch {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_last_administrator_stays() {
        for change in [json!({"is_active": false}), json!({"roles": ["dispatcher"]})] {
            assert_eq!(
                admin().revise(patch(change.clone()), 0).unwrap_err().code,
                &LAST_ADMIN
            );
            assert!(admin().revise(patch(change), 1).is_ok());
        }
        assert!(
            admin()
                .revise(patch(json!({"roles": ["admin", "analyst"]})), 0)
                .is_ok()
        );
    }

    #[test]
    fn nobody_raises_himself_by_an_unknown_member() {
        for member in ["token_epoch", "permissions", "username", "must_change_password"] {
            assert!(
                serde_json::from_value::<UserPatch>(json!({member: 1})).is_err(),
                "{member}"
            );
        }
    }
}
