//! Generated files stand in the tree: a change of the contract or the schema is a diff to read.
//!
//! `make golden` writes them (`UPDATE_GOLDEN=1`).

use std::path::PathBuf;

use crate::support::App;

fn check(path: &str, now: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::vars_os().any(|(name, _)| name == "UPDATE_GOLDEN") {
        std::fs::write(&file, now).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    if kept != now {
        let differs = kept
            .lines()
            .zip(now.lines())
            .enumerate()
            .find(|(_, (a, b))| a != b);
        panic!("{path} is out of date at {differs:?}: run `make golden` and read the diff");
    }
}

#[test]
fn golden_openapi_document() {
    let document = aftercare_api::openapi::document();
    check(
        "openapi/openapi.json",
        &(serde_json::to_string_pretty(&document).unwrap() + "\n"),
    );
}

#[test]
fn golden_operations() {
    check("openapi/operations.txt", &aftercare_api::openapi::operations());
}

#[actix_web::test]
async fn golden_schema_is_equal_on_both_engines() {
    let app = App::start().await;
    check("migrations/schema.txt", &app.db.describe().await.unwrap());
}
