//! Several servers over one database: whose time it is (A31, W8).

use std::sync::Arc;

use aftercare_api::clock::{RandomIds, SharedClock};
use aftercare_domain::kernel::{Clock, Time};
use aftercare_persistence::{Db, Work};

use crate::support::App;

/// A machine's clock, wrong by so much.
struct Wrong(Time);

impl Clock for Wrong {
    fn now(&self) -> Time {
        self.0
    }

    fn wall(&self) -> Time {
        self.0
    }
}

#[actix_web::test]
async fn replicas_whose_clocks_differ_agree_about_what_is_due() {
    let app = App::start().await;
    let here = app.clock.now();
    let clock = |minutes: i64| Arc::new(SharedClock::new(Arc::new(Wrong(here.plus_minutes(minutes)))));
    let (fast, slow) = (clock(5), clock(-5));
    for clock in [&fast, &slow] {
        clock.set_by(&app.db).await.unwrap();
    }
    if app.db.server_time().await.unwrap().is_none() {
        // A file of this machine: there is no other clock than the machine's.
        assert_eq!(
            (fast.now(), slow.now()),
            (here.plus_minutes(5), here.plus_minutes(-5))
        );
        return;
    }
    let mut seen = Vec::new();
    for clock in [&fast, &slow] {
        let shared = Arc::<SharedClock>::clone(clock);
        let replica = Db::open(app.db.options().clone(), shared, Arc::new(RandomIds::default()))
            .await
            .unwrap();
        let instant = replica
            .write(&Work::system("test"), async |tx| Ok((tx.now(), tx.wall())))
            .await
            .unwrap();
        seen.push(instant);
    }
    let apart = |one: Time, other: Time| one.millis_since(other).abs();
    assert!(
        apart(seen[0].0, seen[1].0) < 60_000 && apart(seen[0].1, seen[1].1) < 60_000,
        "{seen:?}"
    );
}
