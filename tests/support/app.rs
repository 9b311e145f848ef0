//! The server under test.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test;
use actix_web::web::Data;
use aftercare_api::State;
use aftercare_api::clock::{RandomIds, SandboxClock};
use aftercare_api::config::{Config, Mode};
use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Actor, Clock, Role, RoleSet, Time};
use aftercare_persistence::Db;
use uuid::Uuid;

use super::client::Client;
use super::db::TestDb;

/// Clocks that stand still until a test moves them: business time as in a sandbox, and real time beside it.
pub struct TestClock {
    real: Arc<RealTime>,
    business: Arc<SandboxClock>,
}

/// Real time, as far as a test knows.
struct RealTime(AtomicI64);

impl TestClock {
    /// Clocks on the demo instant, Monday 2026-11-23 09:00 in China.
    pub fn demo() -> TestClock {
        let real = Arc::new(RealTime(AtomicI64::new(0)));
        let business = Arc::new(SandboxClock::new(Arc::clone(&real) as Arc<dyn Clock>));
        let clock = TestClock { real, business };
        clock.set("2026-11-23T01:00:00.000Z");
        clock
    }

    /// Moves both clocks to an instant.
    pub fn set(&self, to: &str) {
        let to = to.parse::<Time>().unwrap();
        self.real.0.store(to.millis(), Ordering::SeqCst);
        self.business.stand_at(to);
    }

    /// Moves both clocks on.
    pub fn advance_secs(&self, secs: i64) {
        self.real.0.fetch_add(secs * 1_000, Ordering::SeqCst);
        self.business.stand_at(self.business.now().plus_secs(secs));
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        self.business.now()
    }

    fn wall(&self) -> Time {
        self.real.wall()
    }
}

impl Clock for RealTime {
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
    pub(super) service: Rc<Boxed>,
    database: Rc<TestDb>,
}

impl App {
    /// Starts on the demo instant, Monday 2026-11-23 09:00 in China.
    pub async fn start() -> App {
        App::configured(|_| ()).await
    }

    /// The same under another configuration.
    pub async fn configured(change: impl FnOnce(&mut Config)) -> App {
        // Errors show up beside the test that caused them.
        let _ = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::ERROR)
            .with_test_writer()
            .try_init();
        let database = TestDb::create().await;
        let clock = Arc::new(TestClock::demo());
        let shared = Arc::clone(&clock.business) as Arc<dyn Clock>;
        let db = Db::open(database.options.clone(), shared, Arc::new(RandomIds::default()))
            .await
            .unwrap();
        let mut config = Config {
            mode: Mode::Sandbox,
            rate_limit_per_minute: 0,
            seal_secret: "test".to_owned(),
            ..Config::default()
        };
        change(&mut config);
        App::over(Rc::new(database), db, clock, config).await
    }

    /// Another server over the same database.
    pub async fn replica(&self) -> App {
        let (database, clock) = (Rc::clone(&self.database), Arc::clone(&self.clock));
        App::over(database, self.db.clone(), clock, self.state.config.clone()).await
    }

    async fn over(database: Rc<TestDb>, db: Db, clock: Arc<TestClock>, config: Config) -> App {
        let (real, business) = (Arc::clone(&clock.real), Arc::clone(&clock.business));
        let sandbox = config.is_sandbox().then_some(business);
        let state = Data::new(State::new(db.clone(), config, real as Arc<dyn Clock>, sandbox));
        let service = Rc::new(test::init_service(aftercare_api::app(state.clone())).await);
        let service: Boxed = Box::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move { service.call(request).await })
        });
        App {
            db,
            clock,
            state,
            service: Rc::new(service),
            database,
        }
    }

    /// Runs a statement past the server, as somebody with a key to the database could.
    pub async fn by_hand(&self, statement: &str) {
        self.database.run(statement).await;
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

    /// A caller who is an engineer.
    pub fn engineer(&self, name: &str, engineer_id: &str) -> Client {
        let id: Uuid = engineer_id.parse().unwrap();
        let actor = Actor {
            user_id: Some(UserId(Uuid::from_u128(id.as_u128() ^ 1))),
            name: name.to_owned(),
            roles: RoleSet::of(&[Role::Engineer]),
            engineer_id: Some(id),
            is_system: false,
            ..Actor::system()
        };
        self.state.verifier.trust(name, actor);
        self.client(Some(name.to_owned()))
    }

    /// A caller who is somebody.
    pub fn acting(&self, actor: Actor) -> Client {
        let name = actor.name.clone();
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
            service: Rc::clone(&self.service),
            token,
            language: "en",
        }
    }
}
