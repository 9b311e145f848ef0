//! The `aftercare` command: `serve`, `migrate`, `import`, `openapi`, `audit`, `demo` (A13).

mod demo;
mod welcome;

use std::process::ExitCode;
use std::sync::Arc;

use actix_web::web::Data;
use aftercare_api::clock::{RandomIds, SandboxClock, SystemClock};
use aftercare_api::config::{Config, Mode};
use aftercare_api::flows::imports::{File, Form};
use aftercare_api::flows::{self, first_users, imports};
use aftercare_api::{State, app, jobs, openapi};
use aftercare_domain::imports::{Import, ImportMapping, ImportOrder, ImportRow, ImportRowFilter, ResultsOf};
use aftercare_domain::kernel::Clock;
use aftercare_domain::sandbox::Dataset;
use aftercare_persistence::platform::{audit, secrets};
use aftercare_persistence::{Db, OpenError, Options, PageRequest, Work, list, seed};
use clap::{Parser, Subcommand};

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
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::builder()
                .with_env_var("AFTERCARE_LOG")
                .with_default_directive(tracing::Level::WARN.into())
                .from_env_lossy(),
        )
        .with_writer(std::io::stderr)
        .init();
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("aftercare: {error}");
            ExitCode::FAILURE
        }
    }
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
    let db = open(&Config::load()?, Arc::new(SystemClock)).await?;
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

async fn serve(config: Config) -> Outcome {
    let sandbox = config
        .is_sandbox()
        .then(|| Arc::new(SandboxClock::new(Arc::new(SystemClock))));
    let clock: Arc<dyn Clock> = match &sandbox {
        Some(clock) => Arc::<SandboxClock>::clone(clock),
        None => Arc::new(SystemClock),
    };
    let db = open(&config, clock).await?;
    let listen = config.listen;
    let workers = config.workers;
    let config = with_seal(&db, config).await?;
    let state = Data::new(State::new(db, config, Arc::new(SystemClock), sandbox));
    let is_configured = !state.config.sandbox_password.is_empty();
    let password = first_users(&state).await?;
    start(&state).await?;
    let server = actix_web::HttpServer::new(move || app(state.clone()))
        .client_request_timeout(std::time::Duration::from_secs(5))
        .max_connections(10_000)
        .shutdown_timeout(30);
    let server = if workers == 0 {
        server
    } else {
        server.workers(workers)
    };
    let server = server.bind(listen)?;
    println!("aftercare listens on http://{listen}");
    if let Some(password) = password {
        let generated = (!is_configured).then_some(password.as_str());
        println!("{}", welcome::text(&format!("http://{listen}"), generated));
    }
    server.run().await?;
    Ok(())
}
