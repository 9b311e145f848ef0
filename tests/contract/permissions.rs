//! Who may do what: every operation against every role, from the document and the grants alone (A23, S076, S083).

use std::collections::BTreeSet;

use aftercare_domain::kernel::Role;
use serde_json::json;

use super::sweep::{Access, Faults, NEEDS_A_USER, operations};
use crate::support::App;

/// What needs no credential; a new one is a decision, not an accident.
const PUBLIC: &[&str] = &[
    "bootstrapAdministrator",
    "explainProblem",
    "getKeySet",
    "getLiveness",
    "getOpenApi",
    "getReadiness",
    "login",
    "refreshToken",
];

/// Permissions a rule asks for, not an operation as a whole, and which rule.
const ASKED_BY_A_RULE: &[&str] = &[
    // Changing an item may be anybody's, taking it out of use is the administrator's.
    "dictionary_items:deactivate",
];

#[test]
fn only_the_listed_operations_are_public() {
    assert!(PUBLIC.len() <= 12);
    let public: Vec<&str> = operations()
        .iter()
        .filter(|op| matches!(op.access, Access::Public))
        .map(|op| op.id)
        .filter(|id| !PUBLIC.contains(id))
        .collect();
    assert!(public.is_empty(), "public, but not on the list: {public:?}");
}

#[test]
fn every_permission_of_a_built_module_is_asked_for_by_an_operation() {
    let asked: BTreeSet<&str> = operations()
        .iter()
        .filter_map(|op| match op.access {
            Access::Granted(grant) => Some(grant.code),
            _ => None,
        })
        .collect();
    let tables: BTreeSet<&str> = asked.iter().filter_map(|code| code.split(':').next()).collect();
    let idle: Vec<&str> = aftercare_domain::grants()
        .map(|grant| grant.code)
        .filter(|code| tables.contains(code.split(':').next().unwrap()))
        .filter(|code| !asked.contains(code) && !ASKED_BY_A_RULE.contains(code))
        .collect();
    assert!(idle.is_empty(), "granted, but asked for nowhere: {idle:?}");
}

#[test]
fn a_permission_is_declared_once_and_names_its_table() {
    let mut seen = BTreeSet::new();
    for grant in aftercare_domain::grants() {
        assert!(seen.insert(grant.code), "{} is declared twice", grant.code);
        let (table, verb) = grant.code.split_once(':').unwrap();
        let is_word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(is_word(table) && is_word(verb), "{}", grant.code);
        assert!(!grant.roles.is_empty(), "nobody holds {}", grant.code);
    }
}

#[actix_web::test]
async fn without_a_valid_credential_nothing_but_the_public_answers() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        if matches!(op.access, Access::Public) {
            continue;
        }
        let asked = || op.call(&app.anonymous());
        let tries = [
            asked(),
            asked().header("authorization", "Bearer nonsense"),
            asked().header("authorization", "Bearer "),
            asked().header("authorization", "Basic YWRtaW46YWRtaW4="),
            asked().header(
                "authorization",
                "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
            ),
            asked()
                .header("x-remote-user", "admin")
                .header("x-forwarded-user", "admin"),
        ];
        for (n, request) in tries.into_iter().enumerate() {
            let reply = request.send().await;
            let challenged = reply.header("www-authenticate").is_some();
            faults.check(
                reply.status == 401 && challenged && reply.body["code"] == "unauthenticated",
                || format!("{op}, try {n}: {} {}", reply.status, reply.text),
            );
        }
    }
    faults.none();
}

#[actix_web::test]
async fn every_role_outside_the_grant_is_refused_and_told_what_it_lacks() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations() {
        let Access::Granted(grant) = op.access else {
            continue;
        };
        for role in Role::ALL.iter().filter(|role| !grant.roles.has(**role)) {
            let reply = op.call(&app.with_role(*role)).send().await;
            faults.check(
                reply.status == 403
                    && reply.body["code"] == "insufficient_scope"
                    && reply.body["required_scope"] == grant.code,
                || format!("{op} as {}: {} {}", role.as_str(), reply.status, reply.text),
            );
        }
    }
    faults.none();
}

/// A handler that asks for another permission than its operation documents answers 500 here.
#[actix_web::test]
async fn every_role_of_the_grant_is_let_through() {
    let app = App::start().await;
    let mut faults = Faults::default();
    for op in operations().iter().filter(|op| !NEEDS_A_USER.contains(&op.id)) {
        for role in op.roles() {
            let reply = op.call(&app.with_role(role)).send().await;
            let is_refused = matches!(
                reply.body["code"].as_str(),
                Some("insufficient_scope" | "unauthenticated")
            );
            faults.check(!is_refused && reply.status < 500, || {
                format!("{op} as {}: {} {}", role.as_str(), reply.status, reply.text)
            });
        }
    }
    faults.none();
}

#[test]
fn the_document_names_the_roles_of_every_grant() {
    for op in operations() {
        if let Access::Granted(grant) = op.access {
            let roles: Vec<&str> = grant.roles.iter().map(Role::as_str).collect();
            assert_eq!(op.value["x-roles"], json!(roles), "{op}");
            let said = op.value["description"].as_str().unwrap_or_default();
            assert!(
                said.contains(&format!("`{}`", grant.code)),
                "{op} does not say its permission"
            );
        }
    }
}
