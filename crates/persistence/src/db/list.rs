//! Lists: filters, sorting and keyset pages in one place (C11–C15).

use std::fmt::Write as _;

use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Actor, Column, Csv, Raw, RawKind, Result, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Record, ScopeRule, Sql, Tx, columns, dialect};

/// Conditions joined by "and", with their arguments.
#[derive(Clone, Debug, Default)]
pub struct Where {
    text: String,
    args: Vec<Raw>,
}

impl Where {
    fn and(&mut self) -> &mut String {
        self.text
            .push_str(if self.text.is_empty() { " where " } else { " and " });
        &mut self.text
    }

    fn arg(&mut self, raw: Raw) -> usize {
        self.args.push(raw);
        self.args.len()
    }

    /// The column equals the value, if one is given.
    pub fn eq<T: Column>(&mut self, column: &str, value: Option<T>) {
        self.compare(column, "=", value);
    }

    /// The column compares to the value, if one is given; `operator` is written in this crate.
    pub fn compare<T: Column>(&mut self, column: &str, operator: &'static str, value: Option<T>) {
        if let Some(value) = value {
            let n = self.arg(value.to_raw());
            let _ = write!(self.and(), "{column} {operator} ${n}");
        }
    }

    /// The column is one of the values, if any are given.
    pub fn any<T: Column>(&mut self, column: &str, values: Option<&Csv<T>>) {
        let Some(values) = values else { return };
        let numbers: Vec<String> = values
            .0
            .iter()
            .map(|v| format!("${}", self.arg(v.to_raw())))
            .collect();
        let _ = write!(self.and(), "{column} in ({})", numbers.join(", "));
    }

    /// The instant lies in the half-open range.
    pub fn between(&mut self, column: &str, from: Option<Time>, to: Option<Time>) {
        self.compare(column, ">=", from);
        self.compare(column, "<", to);
    }

    /// The folded `search` column contains every word of the text.
    pub fn search(&mut self, text: Option<&str>) {
        for word in search_fold(&[text.unwrap_or_default()]).split_whitespace() {
            let literal = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let n = self.arg(Raw::Text(Some(format!("%{literal}%"))));
            let _ = write!(self.and(), "search like ${n} escape '\\'");
        }
    }

    /// A condition written in this crate; `?` stands for its one argument.
    pub fn raw(&mut self, condition: &str, arg: Option<Raw>) {
        let text = match arg {
            Some(raw) => {
                let n = self.arg(raw);
                condition.replace('?', &format!("${n}"))
            }
            None => condition.to_owned(),
        };
        self.and().push_str(&text);
    }

    /// The same with a list: `?` stands for its values, joined by commas.
    pub fn raw_list(&mut self, condition: &str, values: Vec<Raw>) {
        let numbers: Vec<String> = values
            .into_iter()
            .map(|raw| format!("${}", self.arg(raw)))
            .collect();
        let text = condition.replace('?', &numbers.join(", "));
        self.and().push_str(&text);
    }

    /// Nothing matches.
    pub fn nothing(&mut self) {
        self.and().push_str("1 = 0");
    }

    /// Only rows the caller may see (A39).
    pub fn scope<T: Record>(&mut self, actor: &Actor) {
        if let ScopeRule::By(rule) = T::TABLE.scope {
            rule(actor, self);
        }
    }

    pub(crate) fn into_parts(self) -> (String, Vec<Raw>) {
        (self.text, self.args)
    }
}

/// How a filter narrows a list of records.
pub trait ListBy<T: Record> {
    /// Columns a caller may sort by; each stands in an index and is never null.
    const SORTS: &'static [&'static str];

    /// Adds the filter's conditions.
    fn apply(&self, w: &mut Where);
}

/// One sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The column.
    pub column: &'static str,
    /// Largest first.
    pub is_descending: bool,
}

/// Where a page starts: the sort values and the identifier of the last row seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// The sort values, in order.
    pub keys: Vec<Value>,
    /// The identifier.
    pub id: Uuid,
}

/// Which page of a list.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// How many rows at most, 1 to 200.
    pub limit: i64,
    /// After which row.
    pub cursor: Option<Cursor>,
    /// In which order; the identifier always comes last.
    pub sort: Vec<SortKey>,
    /// Whether to count all rows, up to 10 000.
    pub with_total: bool,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page starts, if there is one.
    pub next: Option<Cursor>,
    /// How many rows match, when asked for; `true` means "at least".
    pub total: Option<(i64, bool)>,
}

impl<T> Listing<T> {
    /// The same page, each row shown another way.
    pub fn map<V>(self, show: impl FnMut(T) -> V) -> Listing<V> {
        Listing {
            rows: self.rows.into_iter().map(show).collect(),
            next: self.next,
            total: self.total,
        }
    }
}

/// The most a total counts to (C12).
const TOTAL_CAP: i64 = 10_000;

/// One page of the records a filter lets through and the caller may see.
pub async fn list<T: Record>(
    tx: &mut Tx<'_>,
    filter: &impl ListBy<T>,
    page: &PageRequest,
) -> Result<Listing<T>> {
    let mut w = Where::default();
    filter.apply(&mut w);
    w.scope::<T>(&tx.stamp().actor);
    let total = match page.with_total {
        true => Some(count::<T>(tx, w.clone()).await?),
        false => None,
    };
    // Newest first unless asked otherwise: identifiers are ordered by time.
    let id_descends = page.sort.last().is_none_or(|key| key.is_descending);
    if let Some(cursor) = &page.cursor {
        after::<T>(tx, &mut w, cursor, &page.sort, id_descends)?;
    }
    let mut order: Vec<String> = Vec::new();
    for key in &page.sort {
        let direction = if key.is_descending { " desc" } else { "" };
        order.push(format!(
            "{}{}{direction}",
            key.column,
            collation::<T>(tx, key.column)
        ));
    }
    order.push(format!("id{}", if id_descends { " desc" } else { "" }));
    let (clause, args) = w.into_parts();
    let text = format!(
        "select {} from {}{clause} order by {} limit {}",
        columns::<T>(),
        T::TABLE.name,
        order.join(", "),
        page.limit.saturating_add(1)
    );
    let mut rows: Vec<T> = tx.records(Sql::new(text, args)).await?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = match rows.last() {
        Some(last) if has_more => Some(cursor_of(last, &page.sort)?),
        _ => None,
    };
    Ok(Listing { rows, next, total })
}

async fn count<T: Record>(tx: &mut Tx<'_>, w: Where) -> Result<(i64, bool)> {
    let (clause, args) = w.into_parts();
    let bound = TOTAL_CAP.saturating_add(1);
    let text = format!(
        "select count(*) as value from (select 1 as one from {}{clause} limit {bound}) as bounded",
        T::TABLE.name
    );
    let found: i64 = tx.scalar(Sql::new(text, args)).await?;
    Ok((found.min(TOTAL_CAP), found > TOTAL_CAP))
}

fn kind_of<T: Record>(column: &str) -> Option<RawKind> {
    let is_it = |base: &str, suffix: &str| match suffix.strip_prefix('=') {
        Some(whole) => whole == column,
        None => column.strip_prefix(base) == Some(suffix),
    };
    T::FIELDS.iter().find_map(|(base, parts)| {
        parts
            .iter()
            .find(|(suffix, _)| is_it(base, suffix))
            .map(|(_, kind)| *kind)
    })
}

fn collation<T: Record>(tx: &Tx<'_>, column: &str) -> &'static str {
    if kind_of::<T>(column) == Some(RawKind::Text) {
        dialect::text_order(tx)
    } else {
        ""
    }
}

fn cursor_of<T: Record>(last: &T, sort: &[SortKey]) -> Result<Cursor> {
    let mut names = T::FIELDS.iter().flat_map(|(base, parts)| {
        parts.iter().map(move |(suffix, _)| {
            suffix
                .strip_prefix('=')
                .map_or_else(|| format!("{base}{suffix}"), str::to_owned)
        })
    });
    let mut values = std::collections::HashMap::new();
    last.put(&mut |raw| {
        if let Some(name) = names.next() {
            values.insert(name, raw);
        }
    });
    let keys = sort
        .iter()
        .map(|key| values.get(key.column).map(Raw::to_json))
        .collect::<Option<_>>();
    Ok(Cursor {
        keys: keys.ok_or_else(|| INTERNAL.error())?,
        id: last.id(),
    })
}

/// Adds `(a, b, id) > (…)`, spelled out because directions may differ.
fn after<T: Record>(
    tx: &Tx<'_>,
    w: &mut Where,
    cursor: &Cursor,
    sort: &[SortKey],
    id_descends: bool,
) -> Result<()> {
    let mut keys: Vec<(String, Raw, bool)> = Vec::new();
    for (key, value) in sort.iter().zip(&cursor.keys) {
        let raw = kind_of::<T>(key.column)
            .and_then(|kind| raw_of(kind, value))
            .ok_or_else(|| INTERNAL.error())?;
        keys.push((
            format!("{}{}", key.column, collation::<T>(tx, key.column)),
            raw,
            key.is_descending,
        ));
    }
    keys.push(("id".to_owned(), Raw::Uuid(Some(cursor.id)), id_descends));
    let mut branches = Vec::new();
    let mut equal = String::new();
    for (column, raw, is_descending) in keys {
        let n = w.arg(raw);
        branches.push(format!(
            "{equal}{column} {} ${n}",
            if is_descending { "<" } else { ">" }
        ));
        let _ = write!(equal, "{column} = ${n} and ");
    }
    let text = format!("({})", branches.join(" or "));
    w.and().push_str(&text);
    Ok(())
}

fn raw_of(kind: RawKind, value: &Value) -> Option<Raw> {
    let text = value.as_str();
    Some(match kind {
        RawKind::Bool => Raw::Bool(Some(value.as_bool()?)),
        RawKind::Int => Raw::Int(Some(value.as_i64()?)),
        RawKind::Text => Raw::Text(Some(text?.to_owned())),
        RawKind::Uuid => Raw::Uuid(Some(text?.parse().ok()?)),
        RawKind::Time => Raw::Time(Some(text?.parse().ok()?)),
        RawKind::Date => Raw::Date(Some(text?.parse().ok()?)),
        RawKind::Json | RawKind::Bytes => return None,
    })
}
