//! Each call is told once, when it has been answered: one line in the log, one count in the metrics.
//!
//! Of the call itself only the operation and the method are told. Path, query, headers and body are the caller's
//! words: they may hold names and secrets, and whatever breaks a line (S115, S116).

use actix_web::http::Method;

use super::guard::Visit;
use super::refusals::Refused;
use crate::state::State;

/// Methods by name; any other is whatever the caller made up.
fn named(method: &Method) -> &'static str {
    let known = [
        (Method::GET, "GET"),
        (Method::POST, "POST"),
        (Method::PATCH, "PATCH"),
        (Method::PUT, "PUT"),
        (Method::DELETE, "DELETE"),
        (Method::HEAD, "HEAD"),
        (Method::OPTIONS, "OPTIONS"),
        (Method::TRACE, "TRACE"),
        (Method::CONNECT, "CONNECT"),
    ];
    known
        .into_iter()
        .find(|(known, _)| known == method)
        .map_or("OTHER", |(_, name)| name)
}

/// Tells a call that has been answered.
pub fn record(state: Option<&State>, visit: &Visit, status: u16) {
    let micros = visit.since.micros();
    let operation = visit.operation.map_or("none", |operation| operation.id.as_str());
    if let Some(state) = state {
        state.metrics.count(operation, status, micros);
        // A public operation asks for no sign-in: its own rule refused, and tells it itself.
        if matches!(status, 401 | 403) && visit.operation.is_some_and(|operation| !operation.is_public) {
            state.refusals.lay(Refused {
                at: state.db.clock().now(),
                actor: visit.actor.clone(),
                trace_id: visit.trace_id.clone(),
                operation,
                status,
            });
        }
    }
    let method = named(&visit.method);
    let ms = micros.div_euclid(1_000);
    let user = visit.actor.as_ref().and_then(|actor| actor.user_id);
    let user_id = user.map(|id| id.to_string());
    tracing::info!(
        method,
        operation,
        status,
        ms,
        trace_id = visit.trace_id,
        user_id,
        "{method} {operation} answered {status} in {ms} ms"
    );
}
