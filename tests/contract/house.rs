//! The house's rules about its own source, each a test because prose rots (architecture.md §6, §7).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::sweep::Faults;

/// One source file: where it stands below the root, and its text without comment lines.
struct Source {
    path: String,
    code: String,
    lines: usize,
}

impl Source {
    fn is_under(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    /// Whether it is compiled for tests only.
    fn is_test(&self) -> bool {
        self.is_under("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// What ships: everything before the unit tests at the end of the file.
    fn shipped(&self) -> &str {
        match self.code.split_once("#[cfg(test)]\nmod tests {") {
            Some((shipped, _)) => shipped,
            None => &self.code,
        }
    }

    /// Whether a word stands in what ships, not as a part of another.
    fn says(&self, word: &str) -> bool {
        let text = self.shipped();
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        text.match_indices(word).any(|(at, _)| {
            !is_word(text[..at].chars().next_back()) && !is_word(text[at + word.len()..].chars().next())
        })
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources() -> Vec<Source> {
    fn gather(folder: &Path, found: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | "node_modules" | ".venv" | "out") {
                    gather(&path, found);
                }
            } else if name.ends_with(".rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code: Vec<&str> = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .collect();
                found.push(Source {
                    path: path.strip_prefix(root()).unwrap().display().to_string(),
                    code: code.join("\n"),
                    lines: text.lines().count(),
                });
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["crates", "tests"] {
        gather(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources are where they were");
    found
}

#[test]
fn only_the_database_layer_knows_which_engine_it_speaks_to() {
    let mut faults = Faults::default();
    for source in sources()
        .iter()
        .filter(|s| !s.is_test() && !s.is_under("crates/persistence/src/db/"))
    {
        for word in [
            "Postgres",
            "Sqlite",
            "PgConnection",
            "sqlx",
            "rusqlite",
            "libsqlite3_sys",
        ] {
            faults.check(!source.says(word), || format!("{} names {word}", source.path));
        }
    }
    faults.none();
}

/// Statements that write bypass audit, events and versions; records are written by `insert`, `update`, `delete`.
#[test]
fn only_platform_tables_are_written_by_hand() {
    let by_hand = [
        "crates/persistence/src/db/",
        "crates/persistence/src/platform/",
        // Failed sign-ins and the epoch of a user's tokens are no changes of his record.
        "crates/persistence/src/users.rs",
    ];
    let mut faults = Faults::default();
    for source in sources().iter().filter(|s| !s.is_test()) {
        let is_listed = by_hand.iter().any(|folder| source.is_under(folder));
        let text = source.shipped().to_lowercase();
        for statement in ["insert into ", "delete from "] {
            faults.check(is_listed || !text.contains(statement), || {
                format!("{} writes by hand: {statement}", source.path)
            });
        }
        let updates = text.match_indices("update ").any(|(at, _)| {
            let mut words = text[at..].split_whitespace().skip(1);
            words.next().is_some() && words.next() == Some("set")
        });
        faults.check(is_listed || !updates, || {
            format!("{} writes by hand: update … set", source.path)
        });
    }
    faults.none();
}

#[test]
fn time_is_read_from_the_clock_and_the_environment_by_the_configuration() {
    let mut faults = Faults::default();
    for source in sources() {
        for now in ["Utc::now", "Local::now", "SystemTime::now", "Instant::now"] {
            // What the tests measure is their own speed, not the product's time.
            let may = source.path == "crates/api/src/clock.rs" || source.is_under("tests/benches/");
            faults.check(may || !source.code.contains(&format!("{now}(")), || {
                format!("{} asks {now}", source.path)
            });
        }
        faults.check(source.is_test() || !source.says("env::var"), || {
            format!("{} reads the environment", source.path)
        });
        let waits = source.code.contains(concat!("time::", "sleep"))
            || source.code.contains(concat!("thread::", "sleep"));
        faults.check(
            !source.is_under("tests/") || !waits || source.is_under("tests/benches/"),
            || format!("{} sleeps: move the clock instead", source.path),
        );
    }
    faults.none();
}

#[test]
fn what_is_not_done_here_is_not_done() {
    let never = [
        (["Option<", "Option<"].concat(), "Patch<T> tells absent from null"),
        (["#[", "allow("].concat(), "#[expect(lint, reason = …)]"),
        (["#![", "allow("].concat(), "#[expect(lint, reason = …)]"),
        (["#[", "serial"].concat(), "a test runs alone, in any order"),
    ];
    let mut faults = Faults::default();
    for source in sources() {
        for (text, instead) in &never {
            faults.check(!source.code.contains(text), || {
                format!("{}: {text} — {instead}", source.path)
            });
        }
    }
    faults.none();
}

#[test]
fn a_file_holds_one_idea() {
    let mut faults = Faults::default();
    for source in sources() {
        let most = if source.is_test() { 800 } else { 600 };
        faults.check(source.lines <= most, || {
            format!(
                "{} has {} lines, {most} at most: make a folder",
                source.path, source.lines
            )
        });
    }
    faults.none();
}

#[test]
fn migrations_are_numbered_in_order_and_named_by_what_they_make() {
    let mut names: Vec<String> = std::fs::read_dir(root().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".sql"))
        .collect();
    names.sort();
    let mut faults = Faults::default();
    let mut seen = BTreeMap::new();
    for name in &names {
        let (number, rest) = name.split_once('_').unwrap_or((name, ""));
        let is_number = number.len() == 4 && number.chars().all(|c| c.is_ascii_digit());
        let rest = rest.trim_end_matches(".sql");
        let is_word = !rest.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        faults.check(is_number && is_word, || format!("{name} is not NNNN_word.sql"));
        let before = seen.insert(number.to_owned(), name);
        faults.check(before.is_none(), || {
            format!("{name} and {before:?} have one number")
        });
    }
    faults.check(names.first().is_some_and(|n| n.starts_with("0001_")), || {
        "0001 is missing".to_owned()
    });
    faults.none();
}

/// Two types of one name become one schema, silently: the first operation would document the other's shape.
#[test]
fn a_schema_name_belongs_to_one_type() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Faults::default();
    for source in sources().iter().filter(|s| !s.is_test()) {
        for name in schema_names(source.shipped()) {
            let before = seen.insert(name.clone(), source.path.clone());
            faults.check(before.is_none(), || {
                format!("{name} is a schema in {} and in {before:?}", source.path)
            });
        }
    }
    assert!(seen.len() > 20, "the schemas are found: {seen:?}");
    faults.none();
}

/// The types of a file that become schemas: derived, and declared by the house's macros.
fn schema_names(code: &str) -> Vec<String> {
    let name_in = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut names = Vec::new();
    let mut is_schema = false;
    let mut in_label = false;
    for line in code.lines().map(str::trim) {
        if line.starts_with("label!") {
            in_label = true;
        }
        if line.starts_with("#[derive(") {
            is_schema = line.contains("ToSchema");
        }
        for keyword in [
            "pub struct ",
            "pub enum ",
            "pub(crate) struct ",
            "struct ",
            "enum ",
        ] {
            if let Some(rest) = line.strip_prefix(keyword) {
                if is_schema || in_label {
                    names.push(name_in(rest));
                }
                is_schema = false;
                in_label = false;
                break;
            }
        }
        if let Some(pages) = line.strip_prefix("page!(") {
            names.extend(
                pages
                    .trim_end_matches(");")
                    .split(';')
                    .map(|page| name_in(page.trim())),
            );
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// No data without a permission in the signature; what is public says so.
#[test]
fn every_handler_names_its_permission_in_its_signature() {
    let mut faults = Faults::default();
    let mut count = 0;
    for source in sources().iter().filter(|s| s.is_under("crates/api/src/v1/")) {
        for block in source.code.split("#[utoipa::path(").skip(1) {
            count += 1;
            let (attribute, rest) = block.split_once("async fn ").unwrap_or((block, ""));
            let signature = rest.split_once('{').map_or(rest, |(signature, _)| signature);
            let name = signature.split('(').next().unwrap_or_default();
            faults.check(signature.contains("Ctx<"), || {
                format!("{}: {name} takes no Ctx", source.path)
            });
            faults.check(attribute.contains("security("), || {
                format!("{}: {name} does not document who may", source.path)
            });
        }
    }
    assert!(count > 3, "the handlers are found");
    faults.none();
}

/// What may happen to a record besides being created, updated or deleted (domain.md 3.26).
const EVENTS: &str = "
    customer.merged installed_product.{registered,status_changed} warranty.expiring
    agreement.{activated,suspended,expired,renewed,terminated} entitlement.exhausted
    service_request.{registered,held,resumed,assigned,reassigned,returned,locked,unlocked,processed,dissatisfied,closed}
    service_request.{verified,verification_rejected,archived,reopened,cancelled,reclassified,rescheduled,overdue}
    sla.{warned,breached,met} work_order.{accepted,refused,departed,arrived,completed,verified,rejected,cancelled}
    dispatch.no_candidate follow_up.{recorded,overdue} survey.{sent,answered,expired}
    complaint.{registered,assigned,responded,verified,proposed,processed,escalated,closed,urged,supervised}
    major_incident.{reported,confirmed,controlled,resolved,closed} product_bulletin.sent engineer.status_changed
    performance.finalised outlet.status_changed outlet_assessment.approved exam.scored
    part_plan.{submitted,approved,closed} part.{shipped,received} stock.below_reorder old_part.{due,charged,accepted}
    reconciliation.{submitted,confirmed,disputed} return_exchange.{applied,approved,rejected,exchanged,refunded}
    depot_repair.{received,late,shipped_back} settlement.{generated,submitted,approved,paid,disputed}
    charge.{paid,refunded} inspection.{due,proposed,completed,missed} diagnosis.confirmed failure.predicted
    kb_article.published kb.gap_detected improvement.measured notification.{sent,failed} sync.{finished,failed}
    user.{locked,disabled} setting.changed backup.finished";

#[test]
fn an_event_is_called_by_a_word_of_the_catalogue() {
    let mut known = Vec::new();
    for entry in EVENTS.split_whitespace() {
        let (resource, words) = entry.split_once('.').unwrap();
        let words = words.trim_matches(['{', '}']).split(',');
        known.extend(words.map(|word| format!("{resource}.{word}")));
    }
    let mut faults = Faults::default();
    let mut count = 0;
    for source in sources().iter().filter(|s| !s.is_test()) {
        for call in [".emit(", ".emit_of("] {
            for (at, _) in source.code.match_indices(call) {
                let rest = source.code[at + call.len()..].trim_start();
                let Some(kind) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                count += 1;
                let is_plain = ["created", "updated", "deleted"]
                    .iter()
                    .any(|word| kind.ends_with(&format!(".{word}")));
                faults.check(is_plain || known.contains(&kind.to_owned()), || {
                    format!("{}: nobody knows what {kind} means", source.path)
                });
            }
        }
    }
    assert!(count > 20, "the events are found");
    faults.none();
}
