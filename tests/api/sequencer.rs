//! How the feed gets its numbers: one leads, rounds follow each other, and what is old is forgotten (A26).

use aftercare_api::flows::sequencer::number;
use aftercare_domain::kernel::Role;
use aftercare_persistence::platform::{outbox, sequencer};
use aftercare_persistence::{Db, Work};
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::changes::{Reader, liu_fang, types};
use crate::support::App;

async fn round(db: &Db, holder: Uuid) -> Option<usize> {
    db.write(&Work::system("test"), async move |tx| {
        sequencer::round(tx, holder).await
    })
    .await
    .unwrap()
}

#[actix_web::test]
async fn one_replica_numbers_and_another_follows_when_it_falls_silent() {
    let app = App::start().await;
    let agent = app.with_role(Role::CustomerService);
    // What every installation has from its first start.
    number(&app.db).await.unwrap();
    app.clock.advance_secs(4);
    let customer = format!("/v1/customers/{}", liu_fang(&app).await);
    let [one, other] = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let change = async |class: &str| drop(agent.patch(&customer, json!({"class": class})).await.expect(200));
    // One event and one audit line each.
    assert_eq!(round(&app.db, one).await, Some(2));
    change("B").await;
    assert_eq!(round(&app.db, other).await, None, "one leads");
    assert_eq!(round(&app.db, one).await, Some(2));
    app.clock.advance_secs(4);
    change("A").await;
    assert_eq!(round(&app.db, other).await, Some(2), "it fell silent");
    change("C").await;
    assert_eq!(round(&app.db, one).await, None, "and leads no more");
    app.clock.advance_secs(4);
    let holders: Vec<Uuid> = (10..20).map(Uuid::from_u128).collect();
    let rounds = join_all(holders.iter().map(|holder| round(&app.db, *holder))).await;
    let led: Vec<usize> = rounds.into_iter().flatten().collect();
    assert_eq!(led, [2], "of ten at once one leads");
    let feed = app
        .with_role(Role::Admin)
        .get("/v1/changes?types=customer.*")
        .await
        .expect(200);
    let versions: Vec<i64> = feed.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["version"].as_i64().unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 3, 4]);
    let chain = app
        .with_role(Role::Admin)
        .get("/v1/audit-logs/verify")
        .await
        .expect(200);
    assert_eq!(
        (&chain.body["is_intact"], &chain.body["unsealed"]),
        (&json!(true), &json!(0))
    );
}

#[actix_web::test]
async fn a_backlog_is_numbered_in_rounds() {
    let app = App::start().await;
    let mut reader = Reader::from_now(&app).await;
    let work = Work::system("test");
    app.db
        .write(&work, async |tx| {
            for n in 0..5_000_u128 {
                tx.emit(aftercare_domain::kernel::Event {
                    kind: "customer.updated",
                    resource: "customer",
                    resource_id: Uuid::from_u128(n),
                    at: tx.now(),
                    data: json!({}),
                });
            }
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(number(&app.db).await.unwrap(), 5_000);
    assert_eq!(number(&app.db).await.unwrap(), 0);
    let rows = reader.rest().await;
    assert_eq!(rows.len(), 5_000);
    let in_order = rows
        .iter()
        .enumerate()
        .all(|(n, row)| row["resource_id"] == json!(Uuid::from_u128(u128::try_from(n).unwrap())));
    assert!(in_order, "in the order they were told");
}

#[actix_web::test]
async fn what_is_older_than_thirty_days_is_forgotten_and_its_cursors_expire() {
    let app = App::start().await;
    let customer = format!("/v1/customers/{}", liu_fang(&app).await);
    let mut early = Reader::from_now(&app).await;
    let agent = app.with_role(Role::CustomerService);
    agent.patch(&customer, json!({"class": "B"})).await.expect(200);
    number(&app.db).await.unwrap();
    let mut later = Reader::from_now(&app).await;
    app.clock.advance_secs(86_400);
    agent.patch(&customer, json!({"class": "A"})).await.expect(200);
    number(&app.db).await.unwrap();
    let forget = async || {
        let forget = async |tx: &mut aftercare_persistence::Tx<'_>| {
            let wall = tx.wall();
            outbox::forget(tx, wall).await
        };
        app.db.write(&Work::system("test"), forget).await.unwrap()
    };
    assert_eq!(forget().await, 0);
    app.clock.advance_secs(29 * 86_400);
    assert!(
        forget().await >= 2,
        "what was there at the start, and two changes"
    );
    assert_eq!(forget().await, 0);
    let path = format!("/v1/changes?cursor={}", early.cursor);
    early.client.get(&path).await.refused(410, "cursor_expired");
    assert_eq!(
        types(&later.rest().await),
        ["customer.updated"],
        "what is kept goes on"
    );
    let whole = later.client.get("/v1/changes").await.expect(200);
    assert_eq!(whole.body["data"][0]["version"], 3, "from the oldest kept");
    app.clock.advance_secs(2 * 86_400);
    assert_eq!(forget().await, 1);
    assert_eq!(
        later.rest().await,
        Vec::<Value>::new(),
        "who was up to date stays so"
    );
    agent.patch(&customer, json!({"class": "C"})).await.expect(200);
    number(&app.db).await.unwrap();
    assert_eq!(later.rest().await.len(), 1);
    early.cursor = later.cursor;
    assert_eq!(early.rest().await, Vec::<Value>::new());
}
