//! Sign-in: passwords, sessions and what a caller is told about himself.
//!
//! People sign in with a name and a password, get a short-lived access token and a refresh token that is good for
//! one use. A password is at least ten characters of three kinds and none of the last five. What is wrong with a
//! sign-in is never told, so that nobody learns which names exist (AD-1, A9, A18, S032).

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::customers::Language;
use crate::kernel::meta::UserId;
use crate::kernel::text::{Label64, NO_NUL, Name, Username};
use crate::kernel::{Actor, Error, Result};
use crate::roles::{Roles, RowScope};
use crate::{codes, id};

// ---- values: secrets that never leave ---------------------------------------------------------------------------

id!(SessionId);

/// Declares secret texts: read from a body, never written, never shown.
macro_rules! secrets {
    ($($(#[$meta:meta])* $name:ident, $min:literal..=$max:literal, $format:expr;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Takes the text if it keeps the bounds, counted in characters; else says what would be right.
            pub fn new(text: impl Into<String>) -> Result<Self, String> {
                let text = text.into();
                let length = text.chars().count();
                if ($min..=$max).contains(&length) {
                    Ok(Self(text))
                } else {
                    Err(format!("expected {} to {} characters, got {length}", $min, $max))
                }
            }

            /// The secret itself; for hashing only.
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as Deserialize>::deserialize(deserializer)
                    .and_then(|text| Self::new(text).map_err(serde::de::Error::custom))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format($format)
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .pattern(Some(NO_NUL))
                    .write_only(true)
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

secrets! {
    /// A password as typed at sign-in; any Unicode, taken exactly.
    Password, 1..=128, Some(SchemaFormat::KnownFormat(KnownFormat::Password));
    /// A password to be set: 10 to 128 characters, three of lower case, upper case, digits and others.
    NewPassword, 10..=128, Some(SchemaFormat::KnownFormat(KnownFormat::Password));
    /// A refresh token or a one-time token as it was handed out.
    OpaqueToken, 1..=128, None;
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// Name and password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "dispatcher", "password": "Correct-Horse-1"}))]
pub struct Login {
    /// The sign-in name; case does not matter.
    pub username: Label64,
    /// The password.
    pub password: Password,
}

/// A refresh token, good for one use.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The newest refresh token of the session.
    pub refresh_token: OpaqueToken,
}

/// A change of one's own password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    pub current_password: Password,
    /// The password from now on.
    pub new_password: NewPassword,
}

/// The one-time token printed at the first start, and who the first administrator is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// The token the server printed.
    pub token: OpaqueToken,
    /// The administrator's sign-in name.
    pub username: Username,
    /// The administrator's password.
    pub password: NewPassword,
}

// ---- answers ----------------------------------------------------------------------------------------------------

/// What a signed-in client holds.
#[derive(Clone, Serialize, ToSchema)]
pub struct TokenSet {
    /// Goes into `Authorization: Bearer …`.
    #[schema(min_length = 1, max_length = 2048)]
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: TokenType,
    /// Seconds until the access token expires.
    #[schema(minimum = 1, maximum = 3600)]
    pub expires_in: i64,
    /// Fetches the next tokens, once.
    #[schema(min_length = 1, max_length = 128)]
    pub refresh_token: String,
}

crate::label! {
    /// The scheme of the `Authorization` header.
    pub enum TokenType {
        /// RFC 6750.
        Bearer = "Bearer",
    }
}

impl std::fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSet(…)")
    }
}

/// Who the caller is and what he may do.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CurrentUser {
    /// Machine identifier.
    pub id: UserId,
    /// Sign-in name.
    pub username: Username,
    /// Name for people.
    pub display_name: Name,
    /// The roles held.
    pub roles: Roles,
    /// The rows seen: the widest of the roles counts.
    pub scope: RowScope,
    /// Every permission held, in alphabetical order.
    #[schema(max_items = 1000, value_type = Vec<Label64>)]
    pub permissions: Vec<String>,
    /// The engineer this user is.
    #[schema(required)]
    pub engineer_id: Option<Uuid>,
    /// The customer this user is.
    #[schema(required)]
    pub customer_id: Option<Uuid>,
    /// The outlet this user belongs to.
    #[schema(required)]
    pub outlet_id: Option<Uuid>,
    /// The language this user is addressed in.
    pub language: Language,
    /// Whether nothing but a new password is accepted from this user.
    pub must_change_password: bool,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

/// How many earlier passwords may not come back, the present one included (AD-1).
pub const REMEMBERED_PASSWORDS: i64 = 5;
/// How many failures one account and address may have within the window (A18).
pub const FAILURES_ALLOWED: usize = 5;
/// The window in which failures count, in minutes of real time (A18).
pub const FAILURE_WINDOW_MINUTES: i64 = 15;
/// How long an access token is good, in seconds (C36, AD-1: at most 30 minutes).
pub const ACCESS_SECS: i64 = 15 * 60;
/// How long a session is good, in seconds (AD-1: at most 14 days).
pub const SESSION_SECS: i64 = 14 * 24 * 3_600;
/// A used refresh token that comes back this soon is a client racing itself, not a thief; in seconds (C36).
pub const REUSE_LEEWAY_SECS: i64 = 10;

impl NewPassword {
    /// Refuses what AD-1 refuses, pointing at the member: fewer than three kinds of characters, or the sign-in name.
    pub fn check(&self, username: &Username, pointer: &str) -> Result<()> {
        let text = self.reveal();
        let kinds = [
            text.chars().any(char::is_lowercase),
            text.chars().any(char::is_uppercase),
            text.chars().any(char::is_numeric),
            text.chars()
                .any(|c| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric()),
        ];
        if kinds.iter().filter(|has| **has).count() < 3 {
            return Err(WEAK_PASSWORD.at(pointer).because(
                "At least three of lower case, upper case, digits and other characters are needed.",
                "密码须包含小写字母、大写字母、数字、其他字符中的至少三类。",
            ));
        }
        if text.to_lowercase() == username.as_str() {
            return Err(WEAK_PASSWORD.at(pointer).because(
                "The password must not be the sign-in name.",
                "密码不得与登录名相同。",
            ));
        }
        Ok(())
    }
}

/// The form of a sign-in name under which failures are counted and users are found.
pub fn fold_username(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// Every permission an actor holds, in alphabetical order.
pub fn permissions_of(actor: &Actor) -> Vec<String> {
    let mut held: Vec<String> = crate::grants()
        .filter(|grant| actor.may(grant))
        .map(|grant| grant.code.to_owned())
        .collect();
    held.sort();
    held
}

/// The refusal of a throttled sign-in; says when to come back.
pub fn too_many_attempts(retry_after_secs: i64) -> Error {
    TOO_MANY_ATTEMPTS.error().with("retry_after", retry_after_secs)
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    UNAUTHENTICATED: Unauthenticated = "unauthenticated", "A valid bearer token is needed", "需要有效的访问令牌";
    TOKEN_EXPIRED: Unauthenticated = "token_expired", "The access token has expired", "访问令牌已过期";
    INVALID_CREDENTIALS: Unauthenticated = "invalid_credentials", "The credentials are not valid", "登录凭据无效";
    TOO_MANY_ATTEMPTS: TooMany = "too_many_attempts", "Too many failed sign-ins from here for this account", "此地址对该账号的登录失败次数过多";
    PASSWORD_CHANGE_REQUIRED: Forbidden = "password_change_required", "The password must be changed first", "须先修改密码";
    WEAK_PASSWORD: Invalid = "weak_password", "The password is too weak", "密码强度不足";
    WRONG_PASSWORD: Invalid = "wrong_password", "The current password is not right", "当前密码不正确";
    PASSWORD_REUSED: Invalid = "password_reused", "The password was used before", "不得使用最近用过的密码";
    ALREADY_BOOTSTRAPPED: Conflict = "already_bootstrapped", "The first administrator exists already", "首位管理员已存在";
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> bool {
        let username = Username::new("wang.jl-2026").unwrap();
        NewPassword::new(password).is_ok_and(|p| p.check(&username, "#/password").is_ok())
    }

    #[test]
    fn three_kinds_of_characters_are_enough_in_any_script() {
        for good in [
            "Correct-Horse",
            "correct-horse-1",
            "CORRECT-HORSE-1",
            "密码密码密码密码aB",
            "ABCdef1234",
        ] {
            assert!(verdict(good), "{good}");
        }
        for bad in [
            "short-A1",
            "alllowercase",
            "lowercase123",
            "密码密码密码密码密码",
            "WANG.JL-2026",
        ] {
            assert!(!verdict(bad), "{bad}");
        }
    }

    #[test]
    fn length_counts_characters_and_is_taken_exactly() {
        assert!(verdict(&format!("aB1{}", "密".repeat(125))));
        assert!(!verdict(&format!("aB1{}", "密".repeat(126))));
        assert!(verdict("  aB1  aB1  "));
    }

    #[test]
    fn a_secret_shows_nothing() {
        let login: Login =
            serde_json::from_value(serde_json::json!({"username": "a", "password": "hush-hush"})).unwrap();
        assert!(!format!("{login:?}").contains("hush"));
    }
}
