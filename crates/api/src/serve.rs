//! Serving: the database opened, the state prepared, jobs begun, and the addresses listened on.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use aftercare_domain::kernel::Clock;
use aftercare_domain::sandbox::Dataset;
use aftercare_persistence::platform::secrets;
use aftercare_persistence::{Db, OpenError, Options, Work, seed};

use crate::clock::{RandomIds, SandboxClock, SharedClock, SteadyClock, SystemClock};
use crate::config::Config;
use crate::flows::{self, first_users, imports};
use crate::{State, app, connections, jobs, metrics_app, welcome};

/// Done, or why not, in words for whoever started the process.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Opens the database as it is configured.
pub async fn open_only(config: &Config, clock: Arc<dyn Clock>) -> Result<Db, OpenError> {
    let options = Options {
        url: config.database_url.clone(),
        pool: config.database_pool,
        is_durable: true,
        zone: config.time_zone,
    };
    Db::open(options, clock, Arc::new(RandomIds::default())).await
}

/// The same, with what every installation has.
pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Outcome<Db> {
    let db = open_only(config, clock).await?;
    seed::run(&db).await?;
    seed::regions::run(&db).await?;
    Ok(db)
}

/// The database, and the clock that goes by its time.
pub async fn open_shared(config: &Config) -> Outcome<(Db, Arc<SharedClock>)> {
    let clock = Arc::new(SharedClock::new(Arc::new(SteadyClock::start())));
    let db = open(config, Arc::<SharedClock>::clone(&clock)).await?;
    clock.set_by(&db).await?;
    Ok((db, clock))
}

/// Makes or announces who can sign in first; in a sandbox, the password of all of them.
async fn first_users(state: &State) -> Outcome<Option<String>> {
    if !state.config.is_sandbox() {
        if let Some(token) = first_users::prepare_bootstrap(&state.db).await? {
            println!(
                "No user exists yet. Make the first administrator with POST /v1/auth/bootstrap and this token,"
            );
            println!("good once and for 24 hours: {token}");
        }
        return Ok(None);
    }
    let configured = state.config.sandbox_password.clone();
    let password = if configured.is_empty() {
        first_users::sandbox_password()?
    } else {
        configured
    };
    first_users::make_sandbox_users(&state.db, &state.passwords, &password).await?;
    Ok(Some(password))
}

/// Fills what a new database needs, and lets the clock run.
async fn start(state: &Data<State>) -> Outcome {
    if let Some(clock) = &state.sandbox
        && !flows::sandbox::restore_clock(&state.db, clock).await?
    {
        println!("Loading the demo company …");
        flows::sandbox::reset(&state.db, clock, Dataset::Demo).await?;
    }
    imports::end_stalled(&state.db).await?;
    actix_web::rt::spawn(jobs::clock::run(state.clone()));
    actix_web::rt::spawn(jobs::refusals::run(state.clone()));
    actix_web::rt::spawn(jobs::retention::run(state.clone()));
    actix_web::rt::spawn(jobs::counters::run(state.clone()));
    actix_web::rt::spawn(jobs::sequencer::run(state.clone()));
    Ok(())
}

/// Cursors are sealed with a secret all replicas share; unless one is configured it is made once and kept.
async fn with_seal(db: &Db, mut config: Config) -> Outcome<Config> {
    if config.seal_secret.is_empty() {
        let fresh = crate::http::auth::secrets::random("seal_")?;
        let work = Work::system("start");
        config.seal_secret = db
            .write(&work, async move |tx| secrets::keep(tx, "seal", &fresh).await)
            .await?;
    }
    Ok(config)
}

/// The state of a server in its mode: a sandbox has a clock of its own, everything else goes by the database's.
async fn prepare(config: Config) -> Outcome<Data<State>> {
    if config.is_sandbox() {
        let clock = Arc::new(SandboxClock::new(Arc::new(SystemClock)));
        let db = open(&config, Arc::<SandboxClock>::clone(&clock)).await?;
        let config = with_seal(&db, config).await?;
        return Ok(Data::new(State::new(
            db,
            config,
            Arc::new(SystemClock),
            Some(clock),
        )));
    }
    let (db, clock) = open_shared(&config).await?;
    actix_web::rt::spawn(jobs::time::run(Arc::clone(&clock), db.clone()));
    let config = with_seal(&db, config).await?;
    Ok(Data::new(State::new(db, config, clock, None)))
}

/// How long a connection may stay open between two calls.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the head of a call may take (S073).
const HEAD_DEADLINE: Duration = Duration::from_secs(5);

/// Serves until the process is told to stop.
pub async fn serve(config: Config) -> Outcome {
    let state = prepare(config).await?;
    let is_configured = !state.config.sandbox_password.is_empty();
    let password = first_users(&state).await?;
    start(&state).await?;
    let metrics = serve_metrics(&state)?;
    let workers = match state.config.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    let listen = state.config.listen;
    let (shared, callers) = (state.clone(), Arc::clone(&state.connections));
    let server = HttpServer::new(move || app(shared.clone()))
        .workers(workers)
        .on_connect(move |stream, extensions| connections::admit(&callers, stream, extensions))
        .max_connections(state.config.max_connections.div_ceil(workers))
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_DEADLINE)
        .client_disconnect_timeout(HEAD_DEADLINE)
        .shutdown_timeout(30)
        .bind(listen)?;
    println!("aftercare listens on http://{listen}");
    if let Some(password) = password {
        let generated = (!is_configured).then_some(password.as_str());
        println!("{}", welcome::text(&format!("http://{listen}"), generated));
    }
    server.run().await?;
    flows::refusals::keep(&state.db, &state.refusals).await?;
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    Ok(())
}

/// Tells metrics on their own address, if there is one.
fn serve_metrics(state: &Data<State>) -> Outcome<Option<ServerHandle>> {
    let Some(listen) = state.config.metrics_listen.0 else {
        return Ok(None);
    };
    let shared = state.clone();
    let server = HttpServer::new(move || metrics_app(shared.clone()))
        .workers(1)
        .disable_signals()
        .client_request_timeout(HEAD_DEADLINE)
        .bind(listen)
        .map_err(|e| format!("metrics_listen: {listen}: {e}"))?
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(Some(handle))
}
