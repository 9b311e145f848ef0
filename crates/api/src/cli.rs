//! The `aftercare` command: `serve`, `migrate`, `import`, `openapi`, `audit`, `demo` (A13).

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

use aftercare_domain::imports::{Import, ImportMapping, ImportOrder, ImportRow, ImportRowFilter, ResultsOf};
use aftercare_persistence::platform::audit;
use aftercare_persistence::{Db, PageRequest, Work, list};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::clock::SystemClock;
use crate::config::{Config, Mode, log_format};
use crate::flows::imports::{self, File, Form};
use crate::serve::{Outcome, open, open_only, open_shared, serve};
use crate::{demo, log, openapi};

/// After-sales service management.
#[derive(Parser)]
#[command(name = "aftercare", version)]
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

/// The command, from its arguments to its exit code.
pub fn main() -> ExitCode {
    actix_web::rt::System::new().block_on(obey(Cli::parse()))
}

async fn obey(cli: Cli) -> ExitCode {
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
