//! The server under test.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test;
use actix_web::web::Data;
use aftercare_api::State;
use aftercare_api::clock::RandomIds;
use aftercare_api::config::{Config, Mode};
use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Actor, Clock, Role, RoleSet, Time};
use aftercare_persistence::Db;
use uuid::Uuid;

use super::client::Client;
use super::db::TestDb;

/// A clock that stands still until a test moves it.
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock on the demo instant, Monday 2026-11-23 09:00 in China.
    pub fn demo() -> TestClock {
        let clock = TestClock(AtomicI64::new(0));
        clock.set("2026-11-23T01:00:00.000Z");
        clock
    }

    /// Moves the clock to an instant.
    pub fn set(&self, to: &str) {
        self.0
            .store(to.parse::<Time>().unwrap().millis(), Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub fn advance_secs(&self, secs: i64) {
        self.0.fetch_add(secs * 1_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn wall(&self) -> Time {
        self.now()
    }
}

type Boxed = Box<
    dyn Fn(
        actix_http::Request,
    ) -> futures_util::future::LocalBoxFuture<
        'static,
        Result<ServiceResponse<BoxBody>, actix_web::Error>,
    >,
>;

/// A server with a database of its own.
pub struct App {
    pub db: Db,
    pub clock: Arc<TestClock>,
    pub state: Data<State>,
    pub(super) service: std::rc::Rc<Boxed>,
    _database: TestDb,
}

impl App {
    /// Starts on the demo instant, Monday 2026-11-23 09:00 in China.
    pub async fn start() -> App {
        let database = TestDb::create().await;
        let clock = Arc::new(TestClock::demo());
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let db = Db::open(database.options.clone(), shared, Arc::new(RandomIds::default()))
            .await
            .unwrap();
        let config = Config {
            mode: Mode::Sandbox,
            rate_limit_per_minute: 0,
            seal_secret: "test".to_owned(),
            ..Config::default()
        };
        let state = Data::new(State::new(
            db.clone(),
            config,
            Arc::clone(&clock) as Arc<dyn Clock>,
        ));
        let service = std::rc::Rc::new(test::init_service(aftercare_api::app(state.clone())).await);
        let service: Boxed = Box::new(move |request| {
            let service = std::rc::Rc::clone(&service);
            Box::pin(async move { service.call(request).await })
        });
        App {
            db,
            clock,
            state,
            service: std::rc::Rc::new(service),
            _database: database,
        }
    }

    /// A caller with one role.
    pub fn with_role(&self, role: Role) -> Client {
        self.with_roles(&[role])
    }

    /// A caller with several roles.
    pub fn with_roles(&self, roles: &[Role]) -> Client {
        let name: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        let name = name.join("+");
        let user_id = Uuid::from_u128(roles.iter().fold(7, |id, role| {
            id * 31
                + u128::from(role.as_str().len() as u64)
                + role.as_str().bytes().map(u128::from).sum::<u128>()
        }));
        let actor = Actor {
            user_id: Some(UserId(user_id)),
            name: name.clone(),
            roles: RoleSet::of(roles),
            is_system: false,
            ..Actor::system()
        };
        self.state.verifier.trust(&name, actor);
        self.client(Some(name))
    }

    /// A caller without a credential.
    pub fn anonymous(&self) -> Client {
        self.client(None)
    }

    /// A caller with a token of any kind.
    pub fn with_token(&self, token: &str) -> Client {
        self.client(Some(token.to_owned()))
    }

    fn client(&self, token: Option<String>) -> Client {
        Client {
            service: std::rc::Rc::clone(&self.service),
            token,
            language: "en",
        }
    }
}
