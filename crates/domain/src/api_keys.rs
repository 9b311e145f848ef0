//! API keys: how other systems call without signing in.
//!
//! An administrator makes a key for one user, whose roles and rows it then has: all of his permissions, or those it
//! was given. It may end by itself, work from some networks only, and be revoked at any time. Its secret is shown
//! once and never again. No key touches users, roles, keys or the audit trail: that is for people (C36, S044–S046).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kernel::error::{DATE_IN_PAST, INACTIVE_REFERENCE, Place};
use crate::kernel::meta::UserId;
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Name, Network, ScopeCode, network};
use crate::kernel::{ActingKey, Error, Meta, Patch, Result, Role, RoleSet, Stamp, Time};
use crate::users::User;
use crate::{codes, id, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(ApiKeyId);

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ApiKey {
    /// Machine identifier, the middle part of the key.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: Name,
    /// The user it acts as.
    pub user_id: UserId,
    /// The permissions it has, if its user holds them; null for all of his.
    #[schema(required, max_items = 500)]
    pub scopes: Option<Vec<ScopeCode>>,
    /// The networks it is taken from; empty for any.
    #[schema(max_items = 50)]
    pub networks: Vec<Network>,
    /// When it ends by itself, in real time; null for never.
    #[schema(required)]
    pub expires_at: Option<Time>,
    /// When it was revoked; null while it is not.
    #[schema(required)]
    pub revoked_at: Option<Time>,
    /// When it was last taken, to a quarter of an hour; null if never. No change of the version.
    #[schema(required)]
    pub last_used_at: Option<Time>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to make an API key.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "ERP", "user_id": "0192f0a0-3333-7abc-8def-000000000003"}))]
pub struct ApiKeyCreate {
    /// What it is for.
    pub name: Name,
    /// The user it acts as.
    pub user_id: UserId,
    /// Permissions the user holds; all of them if absent.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub scopes: Option<Vec<ScopeCode>>,
    /// When it ends by itself; never if absent.
    #[serde(default)]
    pub expires_at: Option<Time>,
    /// The networks it is taken from; any if absent or empty.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub networks: Vec<Network>,
}

/// What may change on an API key; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"networks": ["203.0.113.0/24"], "expires_at": null}))]
pub struct ApiKeyPatch {
    /// What it is for.
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// The networks it is taken from; replaces them all, empty for any.
    #[schema(nullable = false, max_items = 50)]
    pub networks: Option<Vec<Network>>,
    /// When it ends by itself.
    #[schema(value_type = Option<Time>)]
    pub expires_at: Patch<Time>,
}

// ---- filter: how a list is narrowed -----------------------------------------------------------------------------

/// Narrows a list of API keys; members are joined by "and".
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ApiKeyFilter {
    /// The user it acts as.
    #[param(nullable = false)]
    pub user_id: Option<UserId>,
    /// Revoked keys only, or only those that are not.
    #[param(nullable = false)]
    pub is_revoked: Option<bool>,
    /// Words in the name.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

/// How old the last use on record may be before it is written anew, in seconds: no write for each call.
pub const USED_GRAIN_SECS: i64 = 15 * 60;

impl ApiKey {
    /// A new key for a user; `wall` is real time.
    ///
    /// Errors: `inactive_reference`, `scope_not_held`, `date_in_past`.
    pub fn issue(cmd: ApiKeyCreate, user: &User, wall: Time, at: &Stamp) -> Result<ApiKey> {
        if !user.is_active {
            return Err(INACTIVE_REFERENCE.at("#/user_id"));
        }
        check_scopes(cmd.scopes.as_deref().unwrap_or_default(), user)?;
        check_end(cmd.expires_at, wall)?;
        Ok(ApiKey {
            id: ApiKeyId::next(at),
            name: cmd.name,
            user_id: user.id,
            scopes: cmd.scopes,
            networks: cmd.networks,
            expires_at: cmd.expires_at,
            revoked_at: None,
            last_used_at: None,
            meta: Meta::new(at),
        })
    }

    /// Applies a patch; what a key may is fixed when it is made.
    ///
    /// Errors: `api_key_revoked`, `date_in_past`.
    pub fn revise(&mut self, patch: ApiKeyPatch, wall: Time) -> Result<()> {
        self.check_unrevoked()?;
        check_end(patch.expires_at.set().copied(), wall)?;
        replace(patch.name, &mut self.name);
        replace(patch.networks, &mut self.networks);
        patch.expires_at.onto(&mut self.expires_at);
        Ok(())
    }

    /// Ends the key for good.
    ///
    /// Errors: `api_key_revoked`.
    pub fn revoke(&mut self, wall: Time) -> Result<()> {
        self.check_unrevoked()?;
        self.revoked_at = Some(wall);
        Ok(())
    }

    fn check_unrevoked(&self) -> Result<()> {
        match self.revoked_at {
            Some(_) => Err(API_KEY_REVOKED.error()),
            None => Ok(()),
        }
    }
}

/// Refuses scopes the user does not hold, and those no key may hold.
fn check_scopes(scopes: &[ScopeCode], user: &User) -> Result<()> {
    let actor = user.actor();
    let is_held = |code: &str| {
        ActingKey::may_hold(code) && crate::grants().any(|grant| grant.code == code && actor.may(grant))
    };
    let wrong = scopes
        .iter()
        .enumerate()
        .filter(|(_, scope)| !is_held(scope.as_str()));
    Error::all(
        wrong
            .map(|(at, _)| SCOPE_NOT_HELD.violation(Place::Pointer(format!("#/scopes/{at}"))))
            .collect(),
    )
}

fn check_end(expires_at: Option<Time>, wall: Time) -> Result<()> {
    if expires_at.is_some_and(|at| at <= wall) {
        return Err(DATE_IN_PAST.at("#/expires_at"));
    }
    Ok(())
}

impl Network {
    /// Whether an address lies in the network.
    pub fn holds(&self, address: IpAddr) -> bool {
        let Some((network, bits)) = network(self.as_str()) else {
            return false;
        };
        // Both as IPv6, where an IPv4 address follows 96 fixed bits.
        let long = |address: IpAddr| match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits(),
        };
        let bits = u32::from(bits).saturating_add(if network.is_ipv4() { 96 } else { 0 });
        (long(network) ^ long(address)).leading_zeros() >= bits
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    SCOPE_NOT_HELD: Invalid = "scope_not_held", "The user does not hold this permission, or no key may", "该用户没有此权限，或密钥不得拥有此权限";
    API_KEY_REVOKED: Conflict = "api_key_revoked", "The API key is revoked", "该 API 密钥已吊销";
}

// ---- permissions: who may do what (domain.md 3.0, row "administration") -----------------------------------------

/// Roles that administer.
const ADMINS: RoleSet = RoleSet::of(&[Role::Admin]);

permissions! {
    Read = "api_keys:read" for ADMINS;
    Create = "api_keys:create" for ADMINS;
    Update = "api_keys:update" for ADMINS;
    Revoke = "api_keys:revoke" for ADMINS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::customers::Language;
    use crate::kernel::stamp::tests::stamp;
    use crate::kernel::text::Username;
    use crate::roles::Roles;

    fn user(role: Role) -> User {
        User {
            id: UserId::next(&stamp()),
            username: Username::new("erp").unwrap(),
            display_name: Name::new("ERP").unwrap(),
            roles: Roles::one(role),
            engineer_id: None,
            customer_id: None,
            outlet_id: None,
            language: Language::Zh,
            is_active: true,
            must_change_password: false,
            meta: Meta::new(&stamp()),
        }
    }

    fn issue(user: &User, more: serde_json::Value) -> Result<ApiKey> {
        let mut body = json!({"name": "ERP", "user_id": user.id});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let at = stamp();
        ApiKey::issue(serde_json::from_value(body).unwrap(), user, at.now, &at)
    }

    #[test]
    fn a_key_has_only_what_its_user_holds_and_never_what_is_for_people() {
        let interface = user(Role::Integration);
        assert!(issue(&interface, json!({"scopes": ["customers:read"]})).is_ok());
        for scope in ["users:read", "sandbox:manage", "nobody:knows"] {
            let refused = issue(&interface, json!({"scopes": ["customers:read", scope]})).unwrap_err();
            assert_eq!(refused.code, &SCOPE_NOT_HELD);
            assert_eq!(refused.errors[0].place, Place::Pointer("#/scopes/1".to_owned()));
        }
        let admin = user(Role::Admin);
        for scope in ["users:create", "api_keys:create", "roles:read"] {
            assert!(issue(&admin, json!({ "scopes": [scope] })).is_err(), "{scope}");
        }
        let mut gone = user(Role::Integration);
        gone.is_active = false;
        assert_eq!(issue(&gone, json!({})).unwrap_err().code, &INACTIVE_REFERENCE);
    }

    #[test]
    fn whoever_acts_through_a_key_may_what_both_let_through() {
        let acting = |role: Role, scopes: Option<Vec<String>>| {
            let mut actor = user(role).actor();
            let id = uuid::Uuid::from_u128(7);
            actor.key = Some(Arc::new(ActingKey { id, scopes }));
            actor
        };
        let may = |actor: &crate::kernel::Actor| -> Vec<&str> {
            let held = crate::grants().filter(|grant| actor.may(grant));
            held.map(|grant| grant.code).collect()
        };
        let narrow = acting(Role::Integration, Some(vec!["customers:read".to_owned()]));
        assert_eq!(may(&narrow), ["customers:read"]);
        let not_his = acting(Role::Analyst, Some(vec!["customers:create".to_owned()]));
        assert!(may(&not_his).is_empty());
        let admin = acting(Role::Admin, None);
        assert!(!may(&admin).is_empty());
        for code in may(&admin) {
            let table = code.split(':').next().unwrap();
            assert!(
                !["users", "roles", "api_keys", "audit_logs"].contains(&table),
                "{code}"
            );
        }
    }

    #[test]
    fn a_network_holds_the_addresses_that_share_its_leading_bits() {
        let holds =
            |network: &str, address: &str| Network::new(network).unwrap().holds(address.parse().unwrap());
        assert!(holds("203.0.113.0/24", "203.0.113.255"));
        assert!(!holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("203.0.113.7", "203.0.113.7"));
        assert!(!holds("203.0.113.7", "203.0.113.6"));
        assert!(holds("0.0.0.0/0", "8.8.8.8") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && !holds("2001:db8::/32", "2001:db9::1"));
        assert!(holds("::ffff:10.0.0.0/104", "10.1.2.3") && !holds("::ffff:10.0.0.0/104", "11.1.2.3"));
        assert!(
            holds("10.0.0.0/8", "::ffff:10.1.2.3"),
            "the same address in the longer form"
        );
        for wrong in ["10.0.0.0/33", "10.0.0", "::/129", "10.0.0.0/", "a", "10.0.0.1/+8"] {
            assert!(Network::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_revoked_key_stays_as_it_is() {
        let mut key = issue(&user(Role::Integration), json!({})).unwrap();
        let wall = stamp().now;
        let past = ApiKeyPatch {
            expires_at: Patch::Set(wall),
            ..ApiKeyPatch::default()
        };
        assert_eq!(key.revise(past.clone(), wall).unwrap_err().code, &DATE_IN_PAST);
        key.revoke(wall).unwrap();
        assert_eq!(key.revoke(wall).unwrap_err().code, &API_KEY_REVOKED);
        assert_eq!(key.revise(past, wall).unwrap_err().code, &API_KEY_REVOKED);
    }
}
