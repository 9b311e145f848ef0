//! Who calls, how often he may, and whether he may this: 401 → 429 → 403 (A22, W11).

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::header;
use aftercare_domain::auth::{PASSWORD_CHANGE_REQUIRED, UNAUTHENTICATED};
use aftercare_domain::kernel::Error;

use super::{RATE_LIMITED, Visit};
use crate::http::auth::Caller;
use crate::http::contract::Operation;
use crate::http::ctx::forbidden;
use crate::http::limits::Credential;
use crate::state::State;

/// The caller, let in; nobody on public operations.
pub(super) async fn caller(
    req: &ServiceRequest,
    state: &State,
    operation: &Operation,
    visit: &mut Visit,
) -> Result<Option<Caller>, Error> {
    // The address of the connection itself: what a header says of it anybody may write (S034).
    let address = req.peer_addr().map(|peer| peer.ip().to_canonical());
    if operation.is_public {
        // Probes and documents are cheap; what is asked under a version may be dear.
        if operation.path.starts_with("/v1/") {
            limit_address(state, address)?;
        }
        return Ok(None);
    }
    let caller = match authenticate(req, state, address).await {
        Ok(caller) => caller,
        Err(refusal) => {
            // A token that was good once is no guess.
            if refusal.code == &UNAUTHENTICATED {
                limit_address(state, address)?;
            }
            return Err(refusal);
        }
    };
    let actor = &caller.actor;
    visit.actor = Some(Arc::clone(actor));
    let credential = match (&actor.key, actor.user_id) {
        (Some(key), _) => Some(Credential::Key(key.id)),
        (None, Some(user_id)) => Some(Credential::User(user_id)),
        (None, None) => None,
    };
    visit.standing = credential.and_then(|credential| state.limits.take(credential));
    if let Some(wait) = visit.standing.as_ref().and_then(|standing| standing.wait) {
        return Err(RATE_LIMITED.error().with("retry_after", wait));
    }
    if caller.must_change_password && !operation.path.starts_with("/v1/auth/") {
        return Err(PASSWORD_CHANGE_REQUIRED.error());
    }
    match operation.grant {
        Some(grant) if !actor.may(grant) => Err(forbidden(grant).0),
        _ => Ok(Some(caller)),
    }
}

fn limit_address(state: &State, address: Option<IpAddr>) -> Result<(), Error> {
    let standing = address.and_then(|address| state.limits.take(Credential::Address(address)));
    match standing.and_then(|standing| standing.wait) {
        Some(wait) => Err(RATE_LIMITED.error().with("retry_after", wait)),
        None => Ok(()),
    }
}

async fn authenticate(req: &ServiceRequest, state: &State, address: Option<IpAddr>) -> Result<Caller, Error> {
    let bearer = req
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    match bearer {
        Some(token) if !token.is_empty() => state.verifier.caller(&state.db, token, address).await,
        _ => Err(UNAUTHENTICATED.error()),
    }
}
