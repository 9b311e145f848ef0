//! Access tokens: JWT, ES256 and nothing else, a quarter of an hour (C36, S019–S025).
//!
//! A token says who, in which session and of which epoch; roles are looked up, so that they can be taken away.

use aftercare_domain::auth::{ACCESS_SECS, SessionId, TOKEN_EXPIRED, UNAUTHENTICATED};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Result, Time};
use aftercare_domain::users::UserId;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use super::keys::Ring;
use super::secrets;

/// Who issues.
const ISSUER: &str = "aftercare";
/// For whom.
const AUDIENCE: &str = "aftercare-api";
/// What kind of token (RFC 9068), so that no other kind passes for one.
const KIND: &str = "at+jwt";
/// How far clocks may differ, in seconds.
const LEEWAY_SECS: i64 = 10;
/// The longest text that can be a token of ours.
const MAX_LENGTH: usize = 1_024;

/// What a token says; every member is required and of exactly this type (CVE-2026-25537).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The user.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    /// The user's token epoch when it was issued.
    pub epoch: i64,
}

impl Claims {
    /// The last instant at which the token is taken, leeway included.
    pub fn good_until(&self) -> Time {
        Time::from_millis(self.exp.saturating_add(LEEWAY_SECS).saturating_mul(1_000))
    }

    /// Refuses a token whose time has not come or is over.
    pub fn check_time(&self, wall: Time) -> Result<()> {
        let now = wall.millis().div_euclid(1_000);
        let soon = now.saturating_add(LEEWAY_SECS);
        // A token that lives longer than we ever grant was not issued by this code.
        let life = self.exp.saturating_sub(self.iat);
        if self.nbf > soon || self.iat > soon || !(1..=ACCESS_SECS).contains(&life) {
            return Err(UNAUTHENTICATED.error());
        }
        if wall >= self.good_until() {
            return Err(TOKEN_EXPIRED.error());
        }
        Ok(())
    }
}

/// A new access token.
pub fn issue(ring: &Ring, user_id: UserId, session_id: SessionId, epoch: i64, wall: Time) -> Result<String> {
    let key = ring.signing(wall)?;
    let now = wall.millis().div_euclid(1_000);
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: user_id,
        sid: session_id,
        jti: secrets::random("")?,
        iat: now,
        nbf: now,
        exp: now.saturating_add(ACCESS_SECS),
        epoch,
    };
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some(KIND.to_owned());
    header.kid = Some(key.kid.clone());
    encode(&header, &claims, &key.private).map_err(|e| {
        tracing::error!(error = %e, "A token could not be signed");
        INTERNAL.error()
    })
}

/// The name of the key a token says it is signed with, if it looks like a token of ours at all.
pub fn key_name(token: &str) -> Result<String> {
    if token.len() > MAX_LENGTH {
        return Err(UNAUTHENTICATED.error());
    }
    let header = decode_header(token).map_err(|_| UNAUTHENTICATED.error())?;
    let is_ours = header.alg == Algorithm::ES256
        && header.typ.as_deref() == Some(KIND)
        && header.jku.is_none()
        && header.jwk.is_none()
        && header.x5u.is_none()
        && header.x5c.is_none()
        && header.crit.is_none();
    header
        .kid
        .filter(|_| is_ours)
        .ok_or_else(|| UNAUTHENTICATED.error())
}

/// What a token says, if it is signed by us, for us, and in time.
///
/// Errors: `token_expired` for a token that was good once, `unauthenticated` for any other.
pub fn verify(ring: &Ring, kid: &str, token: &str, wall: Time) -> Result<Claims> {
    let key = ring.find(kid).ok_or_else(|| UNAUTHENTICATED.error())?;
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[AUDIENCE]);
    // The library would read the machine's clock; times are checked against ours below.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    let claims = decode::<Claims>(token, &key.public, &rules)
        .map_err(|_| UNAUTHENTICATED.error())?
        .claims;
    claims.check_time(wall)?;
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::super::keys::tests::ring;
    use super::*;

    const START: Time = Time::from_millis(1_795_000_000_000);

    fn ids() -> (UserId, SessionId) {
        (UserId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)))
    }

    fn token(ring: &Ring) -> String {
        issue(ring, ids().0, ids().1, 3, START).unwrap()
    }

    fn outcome(ring: &Ring, token: &str, wall: Time) -> Result<Claims> {
        key_name(token).and_then(|kid| verify(ring, &kid, token, wall))
    }

    /// A token with claims and header bent out of shape, signed with our own key.
    fn bent(ring: &Ring, header: impl FnOnce(&mut Header), claims: impl FnOnce(&mut Value)) -> String {
        let key = ring.signing(START).unwrap();
        let mut head = Header::new(Algorithm::ES256);
        head.typ = Some(KIND.to_owned());
        head.kid = Some(key.kid.clone());
        header(&mut head);
        let now = START.millis() / 1_000;
        let mut body = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": ids().0, "sid": ids().1, "jti": "x",
            "iat": now, "nbf": now, "exp": now + 900, "epoch": 3,
        });
        claims(&mut body);
        encode(&head, &body, &key.private).unwrap()
    }

    #[test]
    fn a_token_of_ours_is_good_for_a_quarter_of_an_hour() {
        let ring = ring(START);
        let token = token(&ring);
        let claims = outcome(&ring, &token, START).unwrap();
        assert_eq!((claims.sub, claims.sid, claims.epoch), (ids().0, ids().1, 3));
        assert!(outcome(&ring, &token, START.plus_secs(909)).is_ok());
        assert_eq!(
            outcome(&ring, &token, START.plus_secs(931)).unwrap_err().code,
            &TOKEN_EXPIRED
        );
        assert_eq!(
            outcome(&ring, &token, START.plus_secs(-60)).unwrap_err().code,
            &UNAUTHENTICATED
        );
        assert!(bent(&ring, |_| (), |_| ()).len() < MAX_LENGTH);
    }

    #[test]
    fn foreign_algorithms_and_signatures_are_refused() {
        let ring = ring(START);
        let good = token(&ring);
        let parts: Vec<&str> = good.split('.').collect();
        for alg in ["none", "None", "NONE", "HS256", "RS256", "ES384"] {
            let head = json!({"alg": alg, "typ": KIND, "kid": ring.signing(START).unwrap().kid});
            let head = secrets::encode(head.to_string().as_bytes());
            for signature in ["", parts[2]] {
                let forged = format!("{head}.{}.{signature}", parts[1]);
                assert_eq!(
                    outcome(&ring, &forged, START).unwrap_err().code,
                    &UNAUTHENTICATED,
                    "{alg}"
                );
            }
        }
        // HS256 signed with the published key.
        let x = ring.published().keys[0].x.clone();
        let mut head = Header::new(Algorithm::HS256);
        head.typ = Some(KIND.to_owned());
        head.kid = Some(ring.signing(START).unwrap().kid.clone());
        let claims = outcome(&ring, &good, START).unwrap();
        let forged = encode(&head, &claims, &EncodingKey::from_secret(x.as_bytes())).unwrap();
        assert!(outcome(&ring, &forged, START).is_err());
        // Our claims under somebody else's key of the same name.
        let other = super::super::keys::tests::ring(START);
        let mut stranger = token(&other);
        stranger = format!(
            "{}.{}.{}",
            parts[0],
            parts[1],
            stranger.split('.').nth(2).unwrap()
        );
        assert!(outcome(&ring, &stranger, START).is_err());
    }

    #[test]
    fn headers_that_bring_their_own_key_are_refused() {
        let ring = ring(START);
        let heads: [fn(&mut Header); 6] = [
            |h| h.jku = Some("https://example.org/keys".to_owned()),
            |h| h.x5u = Some("https://example.org/cert".to_owned()),
            |h| h.kid = Some("../../etc/passwd".to_owned()),
            |h| h.kid = None,
            |h| h.typ = Some("JWT".to_owned()),
            |h| h.crit = Some(vec!["exp".to_owned()]),
        ];
        for head in heads {
            let forged = bent(&ring, head, |_| ());
            assert_eq!(outcome(&ring, &forged, START).unwrap_err().code, &UNAUTHENTICATED);
        }
    }

    #[test]
    fn claims_of_the_wrong_type_or_missing_are_refused() {
        let ring = ring(START);
        assert!(outcome(&ring, &bent(&ring, |_| (), |_| ()), START).is_ok());
        for name in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "epoch"] {
            let without = bent(
                &ring,
                |_| (),
                |c| {
                    c.as_object_mut().unwrap().remove(name);
                },
            );
            assert!(outcome(&ring, &without, START).is_err(), "without {name}");
            for value in [
                json!(null),
                json!([1]),
                json!({}),
                json!(-5),
                json!("9999999999"),
                json!(4e18),
            ] {
                let wrong = bent(&ring, |_| (), |c| c[name] = value.clone());
                if name == "jti" && value.is_string() || name == "epoch" && value == json!(-5) {
                    continue;
                }
                assert!(outcome(&ring, &wrong, START).is_err(), "{name} = {value}");
            }
        }
        let now = START.millis() / 1_000;
        for (name, value) in [
            ("exp", json!(now - 31)),
            ("exp", json!(now + 90_000)),
            ("nbf", json!(now + 3_600)),
            ("iat", json!(now + 3_600)),
            ("iss", json!("somebody")),
            ("aud", json!("aftercare-survey")),
            ("aud", json!([AUDIENCE])),
        ] {
            let wrong = bent(&ring, |_| (), |c| c[name] = value.clone());
            assert!(outcome(&ring, &wrong, START).is_err(), "{name} = {value}");
        }
    }

    #[test]
    fn what_is_no_token_at_all_is_refused() {
        let ring = ring(START);
        for text in ["", "a", "a.b.c", "....", "art_secret", &"a".repeat(5_000)] {
            assert_eq!(outcome(&ring, text, START).unwrap_err().code, &UNAUTHENTICATED);
        }
    }
}
