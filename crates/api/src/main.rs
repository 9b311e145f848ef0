//! The `aftercare` command: `serve`, `migrate`, `import`, `openapi`, `audit`, `demo` (A13).

mod demo;
mod welcome;

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use aftercare_api::clock::{RandomIds, SandboxClock, SharedClock, SteadyClock, SystemClock};
use aftercare_api::config::{Config, Mode, log_format};
use aftercare_api::flows::imports::{File, Form};
use aftercare_api::flows::{self, first_users, imports};
use aftercare_api::{State, app, connections, jobs, log, metrics_app, openapi};
use aftercare_domain::imports::{Import, ImportMapping, ImportOrder, ImportRow, ImportRowFilter, ResultsOf};
use aftercare_domain::kernel::Clock;
use aftercare_domain::sandbox::Dataset;
use aftercare_persistence::platform::{audit, secrets};
use aftercare_persistence::{Db, OpenError, Options, PageRequest, Work, list, seed};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// After-sales service management.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API.
    Serve {
        /// Serve a sandbox: one clock that stands where it is put, one user per role, a reset.
        #[arg(long)]
        sandbox: bool,
    },
    /// Bring the database schema up to date.
    Migrate,
    /// Import a file into the configured database; a row that is there already stays as it is.
    Import {
        /// How its rows are read: `nyc311`, or `none` for rows in our own form.
        mapping: ImportMapping,
        /// The file: `.csv`, or one JSON object on each line.
        file: std::path::PathBuf,
        /// Only check the rows.
        #[arg(long)]
        dry_run: bool,
    },
    /// Print the OpenAPI document; needs no database.
    Openapi {
        /// Print the operations as a table instead.
        #[arg(long)]
        operations: bool,
    },
    /// Look after the audit trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Walk the main job against a sandbox with demo data and print each step.
    Demo {
        /// Where the sandbox listens.
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        url: String,
        /// The password of the sandbox users; the server printed it.
        #[arg(long, env = "AFTERCARE_SANDBOX_PASSWORD", hide_env_values = true)]
        password: String,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk the sealed chain and name the first line that was altered or is missing.
    Verify,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match begin_log() {
        Ok(()) => run(cli).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("aftercare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn begin_log() -> Outcome {
    let filter = EnvFilter::builder()
        .with_env_var("AFTERCARE_LOG")
        .with_default_directive(tracing::Level::WARN.into())
        .from_env_lossy();
    let is_coloured = std::io::stderr().is_terminal();
    log::subscriber(log_format()?, filter, is_coloured, std::io::stderr).try_init()?;
    Ok(())
}

async fn run(cli: Cli) -> Outcome {
    match cli.command {
        Command::Openapi { operations: true } => print!("{}", openapi::operations()),
        Command::Openapi { operations: false } => {
            println!("{}", serde_json::to_string_pretty(&openapi::document())?);
        }
        Command::Migrate => {
            open(&Config::load()?, Arc::new(SystemClock)).await?;
            println!("The schema is up to date.");
        }
        Command::Audit {
            command: AuditCommand::Verify,
        } => verify_audit(&Config::load()?).await?,
        Command::Demo { url, password } => demo::run(&url, &password)?,
        Command::Import {
            mapping,
            file,
            dry_run,
        } => {
            let order = ImportOrder {
                mapping,
                dry_run,
                ..ImportOrder::default()
            };
            import(order, &file).await?;
        }
        Command::Serve { sandbox } => {
            let mut config = Config::load()?;
            if sandbox {
                config.mode = Mode::Sandbox;
            }
            serve(config.check()?).await?;
        }
    }
    Ok(())
}

async fn open_only(config: &Config, clock: Arc<dyn Clock>) -> Result<Db, OpenError> {
    let options = Options {
        url: config.database_url.clone(),
        pool: config.database_pool,
        is_durable: true,
        zone: config.time_zone,
    };
    Db::open(options, clock, Arc::new(RandomIds::default())).await
}

async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Db, Box<dyn std::error::Error>> {
    let db = open_only(config, clock).await?;
    seed::run(&db).await?;
    seed::regions::run(&db).await?;
    Ok(db)
}

/// The database, and the clock that goes by its time.
async fn open_shared(config: &Config) -> Result<(Db, Arc<SharedClock>), Box<dyn std::error::Error>> {
    let clock = Arc::new(SharedClock::new(Arc::new(SteadyClock::start())));
    let db = open(config, Arc::<SharedClock>::clone(&clock)).await?;
    clock.set_by(&db).await?;
    Ok((db, clock))
}

/// Walks the whole chain of the audit trail and prints what it finds.
async fn verify_audit(config: &Config) -> Outcome {
    let db = open_only(config, Arc::new(SystemClock)).await?;
    let work = Work::system("audit");
    let (mut checked, mut after) = (0_i64, 0_i64);
    loop {
        let seen = db
            .read(&work, async |tx| audit::verify(tx, after, 10_000).await)
            .await?;
        checked = checked.saturating_add(seen.checked);
        if let Some(broken) = seen.first_broken {
            let id = broken
                .id
                .map_or_else(|| "no line".to_owned(), |id| format!("line {id}"));
            return Err(format!(
                "the audit trail is broken at {}: {id}, {}; {checked} before it are right",
                broken.seq, broken.reason
            )
            .into());
        }
        if !seen.has_more {
            println!(
                "The audit trail is intact: {checked} sealed, {} not yet.",
                seen.unsealed
            );
            return Ok(());
        }
        after = seen.last_seq;
    }
}

/// Makes or announces who can sign in first; in a sandbox, the password of all of them.
async fn first_users(state: &State) -> Result<Option<String>, Box<dyn std::error::Error>> {
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
    actix_web::rt::spawn(jobs::retention::run(state.clone()));
    actix_web::rt::spawn(jobs::counters::run(state.clone()));
    actix_web::rt::spawn(jobs::sequencer::run(state.clone()));
    Ok(())
}

/// Cursors are sealed with a secret all replicas share; unless one is configured it is made once and kept.
async fn with_seal(db: &Db, mut config: Config) -> Result<Config, Box<dyn std::error::Error>> {
    if config.seal_secret.is_empty() {
        let fresh = aftercare_api::http::auth::secrets::random("seal_")?;
        let work = Work::system("start");
        config.seal_secret = db
            .write(&work, async move |tx| secrets::keep(tx, "seal", &fresh).await)
            .await?;
    }
    Ok(config)
}

/// Imports a file as the system itself and prints what it says.
async fn import(order: ImportOrder, path: &std::path::Path) -> Outcome {
    let is_csv = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let file = File {
        form: if is_csv { Form::Csv } else { Form::Ndjson },
        bytes: std::fs::read(path)?.into(),
    };
    file.check(&order)?;
    let (db, _) = open_shared(&Config::load()?).await?;
    let work = Work::system("import");
    let begun = db
        .write(&work, async move |tx| imports::begin(tx, order).await)
        .await?;
    let done = imports::run(&db, &work, begun, &file, |import| {
        eprint!("\r{} rows", import.total);
    })
    .await?;
    eprintln!();
    print_summary(&done);
    print_remarks(&db, &work, &done).await
}

fn print_summary(import: &Import) {
    let summary = &import.summary;
    println!("{} ({})", import.number, import.status);
    println!(
        "rows {}, created {}, updated {}, unchanged {}, warnings {}, failed {}",
        import.total, import.created, import.updated, import.unchanged, import.warnings, import.failed
    );
    for problem in summary.problem_types.iter().take(5) {
        println!("{:>7}  {}", problem.requests, problem.name);
    }
    println!(
        "SLA met {}, breached {}, attainment {} %, mean resolution {} h",
        summary.sla_met,
        summary.sla_breached,
        summary.sla_attainment_pct.as_deref().unwrap_or("-"),
        summary.mean_resolution_hours.as_deref().unwrap_or("-")
    );
}

/// Prints the first refusals and remarks, each with its line.
async fn print_remarks(db: &Db, work: &Work, import: &Import) -> Outcome {
    let results = ResultsOf {
        import_id: import.id,
        filter: ImportRowFilter {
            is_remarkable: Some(true),
            ..ImportRowFilter::default()
        },
    };
    let page = PageRequest {
        limit: 50,
        cursor: None,
        sort: Vec::new(),
        with_total: false,
    };
    let listing = db
        .read(work, async |tx| list::<ImportRow>(tx, &results, &page).await)
        .await?;
    for row in listing.rows.iter().rev() {
        let said = row.detail.as_deref().unwrap_or_default();
        println!("line {}: {}: {said}", row.line, row.status);
    }
    Ok(())
}

/// The state of a server in its mode: a sandbox has a clock of its own, everything else goes by the database's.
async fn prepare(config: Config) -> Result<Data<State>, Box<dyn std::error::Error>> {
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

async fn serve(config: Config) -> Outcome {
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
    let server = actix_web::HttpServer::new(move || app(shared.clone()))
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
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    Ok(())
}

/// Tells metrics on their own address, if there is one.
fn serve_metrics(state: &Data<State>) -> Result<Option<ServerHandle>, Box<dyn std::error::Error>> {
    let Some(listen) = state.config.metrics_listen.0 else {
        return Ok(None);
    };
    let shared = state.clone();
    let server = actix_web::HttpServer::new(move || metrics_app(shared.clone()))
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
