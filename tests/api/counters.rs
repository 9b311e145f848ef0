//! Counters, as a caller sees them.

use actix_web::http::Method;
use aftercare_domain::kernel::{Column as _, Meta, Raw, RawKind, Result, Role};
use aftercare_persistence as persistence;
use aftercare_persistence::db::{FromRow, Record, Row, Table};
use aftercare_persistence::{Tx, Work};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::App;

/// A counter as registrations left it.
#[derive(Clone)]
struct Raised {
    id: Uuid,
    scope: &'static str,
    scope_id: Uuid,
    pair_id: Uuid,
    counts: [i64; 3],
}

impl FromRow for Raised {
    fn from_row(_: &Row<'_>) -> Result<Self> {
        unreachable!("only written")
    }
}

impl Record for Raised {
    const TABLE: Table = Table::new("counters", "counter").part();
    const FIELDS: &'static [(&'static str, &'static [(&'static str, RawKind)])] = &[
        ("id", &[("", RawKind::Uuid)]),
        ("scope", &[("", RawKind::Text)]),
        ("scope_id", &[("", RawKind::Uuid)]),
        ("pair_id", &[("", RawKind::Uuid)]),
        ("occurrences", &[("", RawKind::Int)]),
        ("reclassified_out", &[("", RawKind::Int)]),
        ("cancelled", &[("", RawKind::Int)]),
        ("last_at", &[("", RawKind::Time)]),
    ];

    fn put(&self, keep: &mut dyn FnMut(Raw)) {
        keep(self.id.to_raw());
        keep(self.scope.to_owned().to_raw());
        keep(self.scope_id.to_raw());
        keep(self.pair_id.to_raw());
        self.counts.iter().for_each(|n| keep(n.to_raw()));
        keep(Raw::Time("2026-11-23T01:00:00Z".parse().ok()));
    }

    fn id(&self) -> Uuid {
        self.id
    }

    fn meta(&self) -> Option<&Meta> {
        None
    }

    fn meta_mut(&mut self) -> Option<&mut Meta> {
        None
    }
}

async fn product(app: &App, code: &str) -> Uuid {
    let manager = app.with_role(Role::Admin);
    let category = json!({"code": format!("C-{code}"), "name": {"zh": "空调"}});
    let category = manager
        .post("/v1/product-categories", category)
        .await
        .expect(201)
        .id();
    let body = json!({"code": code, "model": code, "name": {"zh": code}, "category_id": category});
    let made = manager.post("/v1/products", body).await.expect(201);
    made.id().parse().unwrap()
}

#[actix_web::test]
async fn ac_001_the_most_frequent_product_stands_first() {
    let app = App::start().await;
    let (often, rare) = (product(&app, "KFR-35").await, product(&app, "KFR-72").await);
    let problem = json!({"code": "NOT-COOLING", "name": {"zh": "不制冷", "en": "Does not cool"}});
    let problem = app
        .with_role(Role::Admin)
        .post("/v1/problem-types", problem)
        .await
        .expect(201);
    let problem: Uuid = problem.id().parse().unwrap();
    let nil = Uuid::nil();
    let lines = [
        ("product", rare, nil, [1, 0, 0]),
        ("product", often, nil, [5, 2, 1]),
        ("problem_type", problem, nil, [6, 2, 1]),
        ("product_problem", often, problem, [5, 2, 1]),
    ];
    let rows: Vec<Raised> = lines
        .into_iter()
        .enumerate()
        .map(|(n, (scope, scope_id, pair_id, counts))| Raised {
            id: Uuid::from_u128(n as u128 + 1),
            scope,
            scope_id,
            pair_id,
            counts,
        })
        .collect();
    app.db
        .write(&Work::system("test"), async move |tx: &mut Tx<'_>| {
            persistence::insert_all(tx, &rows).await
        })
        .await
        .unwrap();
    let reader = app.with_role(Role::Analyst);
    let list = async |query: &str| -> Value {
        reader
            .get(&format!("/v1/counters?{query}"))
            .await
            .expect(200)
            .body
    };
    for query in ["scope=product&sort=-occurrences", "scope=product"] {
        let ranked = list(query).await;
        assert_eq!(ranked["data"][0]["product_id"], json!(often), "{query}");
        assert_eq!(ranked["data"][1]["product_id"], json!(rare), "{query}");
    }
    let first = &list("scope=product").await["data"][0];
    assert_eq!(
        (
            &first["net"],
            &first["cancelled"],
            &first["product_name"]["zh"],
            &first["problem_type_id"]
        ),
        (&json!(3), &json!(1), &json!("KFR-35"), &json!(null))
    );
    let page = list("scope=product&limit=1").await;
    let cursor = page["page"]["next_cursor"].as_str().unwrap();
    let rest = list(&format!("scope=product&limit=1&cursor={cursor}")).await;
    assert_eq!(rest["data"][0]["product_id"], json!(rare));
    assert_eq!(
        list(&format!("product_id={often}&with_total=true")).await["page"]["total"],
        2
    );
    let of_problem = list(&format!("problem_type_id={problem}")).await;
    let scopes: Vec<&str> = of_problem["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["scope"].as_str())
        .collect();
    assert_eq!(scopes, ["problem_type", "product_problem"]);
    assert_eq!(of_problem["data"][1]["problem_type_name"]["en"], "Does not cool");
}

#[actix_web::test]
async fn nobody_sets_a_counter() {
    let app = App::start().await;
    let admin = app.with_role(Role::Admin);
    for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
        let refused = admin
            .request(method, "/v1/counters")
            .send()
            .await
            .refused(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    }
    app.with_role(Role::Customer)
        .get("/v1/counters")
        .await
        .refused(403, "insufficient_scope");
}
