//! Reading and writing one record: scope, version, audit and event in one place.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{OnceLock, RwLock};

use aftercare_domain::kernel::error::{NOT_FOUND, PRECONDITION_FAILED};
use aftercare_domain::kernel::{Actor, Code, Meta, Raw, RawKind, Result, Stored};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::tx::Written;
use super::{FromRow, Sql, Tx, Where, constraint, dialect, marks, rows};

/// What is known of a table besides its columns.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The table, plural.
    pub name: &'static str,
    /// The kind of record, singular, as audit and events name it.
    pub resource: &'static str,
    /// Unique rules and the refusals they answer with.
    pub uniques: &'static [Unique],
    /// Which rows a caller sees.
    pub scope: ScopeRule,
    /// Whether changes go into the feed; what has no version of its own is told by the events of its owner.
    pub is_told: bool,
    /// The columns of the codes a record stands under, where its path does not hold its identifier.
    pub key: &'static [&'static str],
    /// Whether changes are audited row by row; parts of an aggregate are not, its activities are.
    pub is_audited: bool,
}

/// A unique rule of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Unique {
    /// The constraint's name.
    pub constraint: &'static str,
    /// Its columns as `table.column, table.column`.
    pub columns: &'static str,
    /// What breaking it is called.
    pub code: &'static Code,
    /// The member it concerns, or nothing.
    pub pointer: &'static str,
}

/// Which rows of a table a caller sees (A39).
#[derive(Clone, Copy, Debug)]
pub enum ScopeRule {
    /// Every row, for whoever holds the permission.
    Open,
    /// The rows a predicate lets through.
    By(fn(&Actor, &mut Where)),
}

impl Table {
    /// A table whose rows everybody with the permission sees.
    pub const fn new(name: &'static str, resource: &'static str) -> Table {
        Table {
            name,
            resource,
            uniques: &[],
            scope: ScopeRule::Open,
            is_told: true,
            key: &[],
            is_audited: true,
        }
    }

    /// Adds unique rules.
    #[must_use]
    pub const fn unique(self, uniques: &'static [Unique]) -> Table {
        Table { uniques, ..self }
    }

    /// Adds the predicate that says which rows a caller sees.
    #[must_use]
    pub const fn scoped(self, by: fn(&Actor, &mut Where)) -> Table {
        Table {
            scope: ScopeRule::By(by),
            ..self
        }
    }

    /// Stands under codes instead of its identifier.
    #[must_use]
    pub const fn keyed(self, key: &'static [&'static str]) -> Table {
        Table { key, ..self }
    }

    /// Keeps changes out of the feed: who wants to know asks for them.
    #[must_use]
    pub const fn quiet(self) -> Table {
        Table {
            is_told: false,
            ..self
        }
    }

    /// A part of an aggregate: its owner's audit and activities cover it.
    #[must_use]
    pub const fn part(self) -> Table {
        Table {
            is_audited: false,
            ..self
        }
    }
}

/// A value kept as one row; implemented by `record!`.
pub trait Record: FromRow + Clone + 'static {
    /// Its table.
    const TABLE: Table;
    /// Its members and their columns, in table order.
    const FIELDS: &'static [(&'static str, &'static [(&'static str, RawKind)])];

    /// Hands over every value, in the order of `FIELDS`.
    fn put(&self, keep: &mut dyn FnMut(Raw));
    /// Its identifier.
    fn id(&self) -> Uuid;
    /// Version and times, where it is a resource of its own.
    fn meta(&self) -> Option<&Meta>;
    /// The same, to be raised.
    fn meta_mut(&mut self) -> Option<&mut Meta>;
}

/// The columns of a member, found by its type: `parts_of(|it: &Customer| &it.name)`.
pub(crate) const fn parts_of<T, F: Stored>(_: fn(&T) -> &F) -> &'static [(&'static str, RawKind)] {
    F::PARTS
}

/// The column a text search looks into; made from the record whenever it is written, never read back.
pub(crate) const fn search_column<T>(
    _: fn(&T) -> String,
) -> (&'static str, &'static [(&'static str, RawKind)]) {
    ("search", &[("", RawKind::Text)])
}

/// Maps a struct to its table: every member, in table order, each stored under its own name.
///
/// `record! { Customer: Table::new("customers", "customer") => id, number, name; meta }` expands to `Record` and
/// `FromRow`; a forgotten or unknown member does not compile. Without `; meta` the record has no version; with
/// `; search = text_of` after it, a `search` column is kept from that function.
macro_rules! record {
    ($type:ident: $table:expr => $($field:ident),* $(,)? $(; $meta:ident $(; search = $search:expr)?)?) => {
        impl $crate::db::Record for $type {
            const TABLE: $crate::db::Table = $table;
            const FIELDS: &'static [(&'static str, &'static [(&'static str, aftercare_domain::kernel::RawKind)])] = &[
                $((stringify!($field), $crate::db::parts_of(|it: &$type| &it.$field)),)*
                $((stringify!($meta), $crate::db::parts_of(|it: &$type| &it.$meta)),
                $($crate::db::search_column($search),)?)?
            ];
            fn put(&self, keep: &mut dyn FnMut(aftercare_domain::kernel::Raw)) {
                $(aftercare_domain::kernel::Stored::put(&self.$field, keep);)*
                $(aftercare_domain::kernel::Stored::put(&self.$meta, keep);
                $(keep(aftercare_domain::kernel::Raw::Text(Some($search(self))));)?)?
            }
            fn id(&self) -> uuid::Uuid {
                self.id.0
            }
            fn meta(&self) -> Option<&aftercare_domain::kernel::Meta> {
                None::<&aftercare_domain::kernel::Meta>$(.or(Some(&self.$meta)))?
            }
            fn meta_mut(&mut self) -> Option<&mut aftercare_domain::kernel::Meta> {
                None::<&mut aftercare_domain::kernel::Meta>$(.or(Some(&mut self.$meta)))?
            }
        }
        impl $crate::db::FromRow for $type {
            fn from_row(row: &$crate::db::Row<'_>) -> aftercare_domain::kernel::Result<Self> {
                Ok(Self {
                    $($field: row.get(stringify!($field))?,)*
                    $($meta: row.get(stringify!($meta))?,)?
                })
            }
        }
    };
}
pub(crate) use record;

/// The fixed texts of a record type, made once.
struct Texts {
    columns: Vec<String>,
    /// The member each column belongs to; none for what no caller sees as one.
    members: Vec<Option<&'static str>>,
    created: String,
    updated: String,
    deleted: String,
    list: String,
    insert: String,
    version_at: Option<usize>,
    updated_at_at: Option<usize>,
}

fn texts<T: Record>() -> &'static Texts {
    static KNOWN: OnceLock<RwLock<HashMap<TypeId, &'static Texts>>> = OnceLock::new();
    let known = KNOWN.get_or_init(RwLock::default);
    if let Some(texts) = known
        .read()
        .ok()
        .and_then(|map| map.get(&TypeId::of::<T>()).copied())
    {
        return texts;
    }
    let mut columns = Vec::new();
    let mut members = Vec::new();
    for (base, parts) in T::FIELDS {
        for (suffix, _) in *parts {
            members.push((!matches!(*base, "meta" | "search" | "coverage_record")).then_some(*base));
            columns.push(
                suffix
                    .strip_prefix('=')
                    .map_or_else(|| format!("{base}{suffix}"), str::to_owned),
            );
        }
    }
    let list = columns.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(", ");
    let insert = format!("insert into {} ({list})", T::TABLE.name);
    let at = |name: &str| columns.iter().position(|c| c == name);
    let (version_at, updated_at_at) = (at("version"), at("updated_at"));
    // Made once per record type and kept for the life of the process.
    let told = |what: &str| format!("{}.{what}", T::TABLE.resource);
    let texts: &'static Texts = Box::leak(Box::new(Texts {
        members,
        created: told("created"),
        updated: told("updated"),
        deleted: told("deleted"),
        version_at,
        updated_at_at,
        list,
        insert,
        columns,
    }));
    if let Ok(mut map) = known.write()
        && map.insert(TypeId::of::<T>(), texts).is_none()
    {
        constraint::learn(T::TABLE.uniques);
    }
    texts
}

/// A column's name in a statement; a few good names are words of the language.
fn quoted(column: &str) -> String {
    match column {
        "from" | "to" | "case" | "end" => format!("\"{column}\""),
        _ => column.to_owned(),
    }
}

/// The columns of a record, for hand-written reads: `select {columns::<Customer>()} from …`.
pub fn columns<T: Record>() -> &'static str {
    &texts::<T>().list
}

fn values<T: Record>(record: &T) -> Vec<Raw> {
    let mut values = Vec::with_capacity(texts::<T>().columns.len());
    record.put(&mut |raw| values.push(raw));
    values
}

/// What the caller knows of the version he changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever it is: an action without the header, `*`, or a flow of our own (greppable).
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// A flow that does not speak for one caller's view.
    pub fn internal() -> IfMatch {
        IfMatch::Any
    }

    /// Refuses a stale version with 412 and the current one.
    pub fn check(&self, meta: &Meta) -> Result<()> {
        match self {
            IfMatch::Versions(seen) if !seen.contains(&meta.version) => {
                Err(PRECONDITION_FAILED.error().with("current_version", meta.version))
            }
            _ => Ok(()),
        }
    }
}

/// The record, if it exists and the caller may see it.
pub async fn find<T: Record>(tx: &mut Tx<'_>, id: Uuid) -> Result<Option<T>> {
    read(tx, id, "").await
}

/// The record; `not_found` if it is absent or not the caller's.
pub async fn get<T: Record>(tx: &mut Tx<'_>, id: impl Into<Id>) -> Result<T> {
    find(tx, id.into().0).await?.ok_or_else(|| NOT_FOUND.error())
}

/// The record, locked until the unit of work ends, after the caller's version was checked.
pub async fn get_for_update<T: Record>(tx: &mut Tx<'_>, id: impl Into<Id>, seen: &IfMatch) -> Result<T> {
    let suffix = dialect::for_update(tx);
    let record: T = read(tx, id.into().0, suffix)
        .await?
        .ok_or_else(|| NOT_FOUND.error())?;
    if let Some(meta) = record.meta() {
        seen.check(meta)?;
    }
    remember(tx, &record);
    Ok(record)
}

/// Remembers what a record was, so that a later update keeps only what changed.
pub fn remember<T: Record>(tx: &mut Tx<'_>, record: &T) {
    let id = record.id();
    tx.loaded
        .retain(|(table, known, _)| !(*known == id && *table == T::TABLE.name));
    tx.loaded.push((T::TABLE.name, id, values(record)));
}

async fn read<T: Record>(tx: &mut Tx<'_>, id: Uuid, suffix: &str) -> Result<Option<T>> {
    let mut w = Where::default();
    w.eq("id", Some(id));
    w.scope::<T>(&tx.stamp().actor);
    let (clause, args) = w.into_parts();
    let text = format!(
        "select {} from {}{clause}{suffix}",
        texts::<T>().list,
        T::TABLE.name
    );
    Ok(tx.records(Sql::new(text, args)).await?.into_iter().next())
}

/// Keeps a new record with its audit row and its event.
pub async fn insert<T: Record>(tx: &mut Tx<'_>, record: &T) -> Result<()> {
    insert_all(tx, std::slice::from_ref(record)).await
}

/// Keeps new records in one statement.
pub async fn insert_all<T: Record>(tx: &mut Tx<'_>, records: &[T]) -> Result<()> {
    let (width, all) = all_values(records);
    rows::add(tx, &texts::<T>().insert, width, all).await?;
    for record in records {
        account(tx, record, Action::Create, Vec::new(), || {
            Value::Object(after(&texts::<T>().columns, &values(record)))
        });
    }
    Ok(())
}

/// Keeps those records that are not there yet, by any unique rule; neither audited nor told, because every
/// installation has them from its first start.
pub async fn seed<T: Record>(tx: &mut Tx<'_>, records: &[T]) -> Result<()> {
    let (width, all) = all_values(records);
    rows::add_or(tx, &texts::<T>().insert, width, all, " on conflict do nothing").await
}

/// The values of records, one after another, and how many each has.
fn all_values<T: Record>(records: &[T]) -> (usize, Vec<Raw>) {
    let width = texts::<T>().columns.len();
    let mut all: Vec<Raw> = Vec::with_capacity(width.saturating_mul(records.len()));
    for record in records {
        record.put(&mut |raw| all.push(raw));
    }
    (width, all)
}

/// Keeps the changes of a record loaded by [`get_for_update`]; nothing changed means nothing written.
pub async fn update<T: Record>(tx: &mut Tx<'_>, record: &mut T) -> Result<()> {
    let id = record.id();
    let texts = texts::<T>();
    let Some(at) = tx
        .loaded
        .iter()
        .position(|(table, known, _)| *known == id && *table == T::TABLE.name)
    else {
        tracing::error!(
            table = T::TABLE.name,
            "A record was updated without being loaded first"
        );
        return Err(aftercare_domain::kernel::error::INTERNAL.error());
    };
    let (_, _, before) = tx.loaded.swap_remove(at);
    let changed = |now: &[Raw]| -> Vec<usize> {
        now.iter()
            .zip(&before)
            .enumerate()
            .filter(|(_, (now, was))| now != was)
            .map(|(i, _)| i)
            .collect()
    };
    let now = values(record);
    if changed(&now).is_empty() {
        tx.loaded.push((T::TABLE.name, id, before));
        return Ok(());
    }
    let seen = record.meta().map(|meta| meta.version);
    let instant = tx.now();
    if let Some(meta) = record.meta_mut() {
        meta.version = meta.version.saturating_add(1);
        meta.updated_at = meta.updated_at.max(instant);
    }
    let now = values(record);
    let changes = changed(&now);
    let mut text = format!("update {} set ", T::TABLE.name);
    let mut args: Vec<Raw> = Vec::new();
    for (index, name) in changes
        .iter()
        .filter_map(|i| texts.columns.get(*i).map(|name| (*i, name)))
    {
        if let Some(value) = now.get(index) {
            args.push(value.clone());
            let _ = write!(
                text,
                "{}{} = ${}",
                if args.len() > 1 { ", " } else { "" },
                quoted(name),
                args.len()
            );
        }
    }
    args.push(Raw::Uuid(Some(id)));
    let _ = write!(text, " where id = ${}", args.len());
    if let Some(version) = seen {
        args.push(Raw::Int(Some(version)));
        let _ = write!(text, " and version = ${}", args.len());
    }
    if tx.exec(Sql::new(text, args)).await? == 0 {
        return Err(PRECONDITION_FAILED.error());
    }
    let quiet = [texts.version_at, texts.updated_at_at];
    let told: Vec<usize> = changes
        .into_iter()
        .filter(|i| !quiet.contains(&Some(*i)))
        .collect();
    let mut members: Vec<&'static str> = Vec::new();
    for member in told
        .iter()
        .filter_map(|i| texts.members.get(*i).copied().flatten())
    {
        if !members.contains(&member) {
            members.push(member);
        }
    }
    account(tx, record, Action::Update, members, || {
        diff(&texts.columns, &told, &before, &now)
    });
    tx.loaded.push((T::TABLE.name, id, now));
    Ok(())
}

/// Removes a record that nothing refers to; `in_use` otherwise.
pub async fn delete<T: Record>(tx: &mut Tx<'_>, record: &T) -> Result<()> {
    delete_all(tx, std::slice::from_ref(record)).await
}

/// Removes records that nothing refers to, a thousand with each statement; `in_use` otherwise.
pub async fn delete_all<T: Record>(tx: &mut Tx<'_>, records: &[T]) -> Result<()> {
    for some in records.chunks(1_000) {
        let marks = marks(1, some.len());
        let text = format!("delete from {} where id in ({})", T::TABLE.name, marks);
        let ids = some.iter().map(|record| Raw::Uuid(Some(record.id()))).collect();
        tx.exec(Sql::new(text, ids)).await?;
    }
    for record in records {
        account(tx, record, Action::Delete, Vec::new(), || {
            Value::Object(after(&texts::<T>().columns, &values(record)))
        });
    }
    Ok(())
}

/// What was done with a record.
#[derive(Clone, Copy)]
enum Action {
    Create,
    Update,
    Delete,
}

/// Leaves the audit line of a change, and lays aside what is to be told of it.
fn account<T: Record>(
    tx: &mut Tx<'_>,
    record: &T,
    action: Action,
    changed: Vec<&'static str>,
    facts: impl FnOnce() -> Value,
) {
    let (table, texts) = (T::TABLE, texts::<T>());
    let (word, kind) = match action {
        Action::Create => ("create", &texts.created),
        Action::Update => ("update", &texts.updated),
        Action::Delete => ("delete", &texts.deleted),
    };
    if table.is_audited {
        tx.note(word, table.resource, record.id(), facts());
    }
    let version = record.meta().map(|meta| meta.version);
    let plain = (table.is_told && version.is_some()).then_some(kind.as_str());
    if plain.is_none() && changed.is_empty() {
        return;
    }
    let key = match table.key {
        [] => Vec::new(),
        columns => key(&texts.columns, columns, &values(record)),
    };
    let stamp = tx.stamp();
    tx.wrote(Written {
        at: stamp.now,
        actor: stamp.actor.user_id,
        resource: table.resource,
        id: record.id(),
        // The end of a record comes after everything else that was told of it.
        version: match action {
            Action::Delete => version.map(|version| version.saturating_add(1)),
            Action::Create | Action::Update => version,
        },
        changed,
        key,
        plain,
    });
}

/// The codes a record stands under.
fn key(columns: &[String], wanted: &[&str], values: &[Raw]) -> Vec<Value> {
    let value = |name: &&str| {
        let at = columns.iter().position(|column| column == name)?;
        values.get(at).map(Raw::to_json)
    };
    wanted.iter().filter_map(value).collect()
}

fn after(columns: &[String], values: &[Raw]) -> Map<String, Value> {
    columns
        .iter()
        .zip(values)
        .filter(|(_, v)| !v.is_null())
        .map(|(c, v)| (c.clone(), v.to_json()))
        .collect()
}

fn diff(columns: &[String], told: &[usize], before: &[Raw], now: &[Raw]) -> Value {
    let json = |values: &[Raw], i: usize| values.get(i).map_or(Value::Null, Raw::to_json);
    let pair = |i: &usize| {
        columns
            .get(*i)
            .map(|c| (c.clone(), json!([json(before, *i), json(now, *i)])))
    };
    Value::Object(told.iter().filter_map(pair).collect())
}

/// Any typed identifier, or a bare one.
pub struct Id(pub Uuid);

impl<T: aftercare_domain::kernel::Column> From<T> for Id {
    fn from(id: T) -> Id {
        match id.to_raw() {
            Raw::Uuid(Some(id)) => Id(id),
            _ => Id(Uuid::nil()),
        }
    }
}
