//! Reads that wait at the same time travel together: callers who ask the same question with other values are answered
//! by one statement, in one round trip (performance.md §0.3).
//!
//! Nobody waits for company: a question leaves as soon as a connection is free, with whoever asks it by then.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use aftercare_domain::kernel::error::UNAVAILABLE;
use aftercare_domain::kernel::{Error, Raw, Result, Time};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::{Arguments as _, AssertSqlSafe, Executor as _, Row as _};
use tokio::sync::oneshot;

use super::conn::{Asked, server_args};
use super::server::unreachable;
use super::{Sql, constraint};

/// How many questions of a kind travel together.
const TOGETHER: usize = 64;
/// How many connections carry questions at a time; the others wait and so find company.
const CARRIERS: usize = 4;

/// The rows of an answer; whoever asked with the same values shares them.
pub(super) type Rows = Result<Arc<Vec<PgRow>>, Error>;

/// One question and where its answer goes.
struct Ask {
    sql: Sql,
    answer: oneshot::Sender<Rows>,
}

/// Questions that wait.
#[derive(Default)]
pub(super) struct Gather(Mutex<Desk>);

/// Reads outside any transaction: questions are carried by a pool.
pub(super) struct Reader {
    gather: Arc<Gather>,
    pool: PgPool,
}

impl Reader {
    pub(super) fn new(pool: PgPool) -> Reader {
        Reader {
            gather: Arc::default(),
            pool,
        }
    }

    /// The connections themselves.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl Asked for Reader {
    fn ask(&self, sql: Sql) -> oneshot::Receiver<Rows> {
        let receiver = self.gather.ask(sql);
        self.gather.send_carrier(&self.pool);
        receiver
    }
}

impl Asked for Gather {
    fn ask(&self, sql: Sql) -> oneshot::Receiver<Rows> {
        let (answer, receiver) = oneshot::channel();
        self.lock().asks.push_back(Ask { sql, answer });
        receiver
    }
}

#[derive(Default)]
struct Desk {
    asks: VecDeque<Ask>,
    /// How many carriers are under way.
    carried: usize,
}

/// Questions of one kind.
pub(super) struct Group {
    text: Cow<'static, str>,
    asks: Vec<Ask>,
}

impl Gather {
    /// Sends a carrier for what waits, unless enough are under way.
    fn send_carrier(self: &Arc<Self>, pool: &PgPool) {
        {
            let mut desk = self.lock();
            if desk.asks.is_empty() || desk.carried >= CARRIERS {
                return;
            }
            desk.carried = desk.carried.saturating_add(1);
        }
        let (mut carrier, pool) = (Carrier(Some(Arc::clone(self))), pool.clone());
        tokio::spawn(async move {
            // Whoever is ready to ask, asks now.
            tokio::task::yield_now().await;
            while let Some(group) = carrier.next_group() {
                match pool.acquire().await {
                    Ok(mut conn) => group.carry_each(&mut conn).await,
                    Err(error) => group.refuse(&unreachable(&error)),
                }
            }
        });
    }

    /// The question that waits longest, with everyone who asks the same.
    pub(super) fn next_group(&self) -> Option<Group> {
        self.lock().take()
    }

    /// Whether anybody waits.
    pub(super) fn has_asks(&self) -> bool {
        !self.lock().asks.is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    fn take(&mut self) -> Option<Group> {
        let first = self.asks.pop_front()?;
        let mut group = Group {
            text: first.sql.text.clone(),
            asks: vec![first],
        };
        let mut rest = VecDeque::with_capacity(self.asks.len());
        for ask in self.asks.drain(..) {
            if group.asks.len() < TOGETHER && group.fits(&ask) {
                group.asks.push(ask);
            } else {
                rest.push_back(ask);
            }
        }
        self.asks = rest;
        Some(group)
    }
}

/// A carrier under way; counted back in with the look that finds nothing left, or when it breaks down.
struct Carrier(Option<Arc<Gather>>);

impl Carrier {
    fn next_group(&mut self) -> Option<Group> {
        let gather = self.0.as_ref()?;
        let mut desk = gather.lock();
        let group = desk.take();
        if group.is_none() {
            desk.carried = desk.carried.saturating_sub(1);
            drop(desk);
            self.0 = None;
        }
        group
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if let Some(gather) = self.0.take() {
            let mut desk = gather.lock();
            desk.carried = desk.carried.saturating_sub(1);
        }
    }
}

impl Group {
    fn fits(&self, ask: &Ask) -> bool {
        let same_kinds = |first: &Ask| {
            let kinds = first.sql.args.iter().zip(&ask.sql.args);
            kinds
                .into_iter()
                .all(|(a, b)| std::mem::discriminant(a) == std::mem::discriminant(b))
        };
        self.text == ask.sql.text && self.asks.first().is_some_and(same_kinds)
    }

    /// The different values asked with, and which of them each asker wants.
    fn distinct(&self) -> (Vec<&[Raw]>, Vec<usize>) {
        let mut distinct: Vec<&[Raw]> = Vec::new();
        let mut wanted = Vec::with_capacity(self.asks.len());
        for ask in &self.asks {
            let args = ask.sql.args.as_slice();
            let known = distinct.iter().position(|known| *known == args);
            wanted.push(known.unwrap_or(distinct.len()));
            if known.is_none() {
                distinct.push(args);
            }
        }
        (distinct, wanted)
    }

    /// Carries the group over a connection; if it fails as a whole, each of its questions alone.
    async fn carry_each(self, conn: &mut PgConnection) {
        let is_alone = self.asks.len() == 1;
        match self.fetch(conn).await {
            Ok((found, wanted)) => self.answer(&found, &wanted),
            Err(error) if is_alone => {
                let refusal = constraint::server(&error, &self.text);
                self.refuse(&refusal);
            }
            Err(_) => {
                for ask in self.asks {
                    let text = self.text.clone();
                    let alone = Group {
                        text,
                        asks: vec![ask],
                    };
                    Box::pin(alone.carry_each(conn)).await;
                }
            }
        }
    }

    /// Carries the group inside a transaction, which a failure ends.
    pub(super) async fn carry(self, conn: &mut PgConnection) -> std::result::Result<(), sqlx::Error> {
        let (found, wanted) = self.fetch(conn).await?;
        self.answer(&found, &wanted);
        Ok(())
    }

    async fn fetch(
        &self,
        conn: &mut PgConnection,
    ) -> std::result::Result<(Vec<Arc<Vec<PgRow>>>, Vec<usize>), sqlx::Error> {
        let (distinct, wanted) = self.distinct();
        let bad = |e: Error| sqlx::Error::Protocol(e.to_string());
        if let [args] = distinct.as_slice() {
            let args = server_args(args).map_err(bad)?;
            let text = self.text.clone().into_owned();
            let rows = conn
                .fetch_all(sqlx::query_with(AssertSqlSafe(text), args))
                .await?;
            return Ok((vec![Arc::new(rows)], wanted));
        }
        let args = columns(&distinct).map_err(bad)?;
        let text = together(&self.text, distinct.first().copied().unwrap_or_default());
        let rows = conn
            .fetch_all(sqlx::query_with(AssertSqlSafe(text), args))
            .await?;
        let mut found: Vec<Vec<PgRow>> = distinct.iter().map(|_| Vec::new()).collect();
        for row in rows {
            let place: i64 = row.try_get("gathered_place")?;
            let place = usize::try_from(place).ok().and_then(|n| n.checked_sub(1));
            if let Some(rows) = place.and_then(|n| found.get_mut(n)) {
                rows.push(row);
            }
        }
        Ok((found.into_iter().map(Arc::new).collect(), wanted))
    }

    fn answer(self, found: &[Arc<Vec<PgRow>>], wanted: &[usize]) {
        for (ask, place) in self.asks.into_iter().zip(wanted) {
            let rows = found.get(*place).cloned().unwrap_or_default();
            // Whoever left does not miss it.
            let _ = ask.answer.send(Ok(rows));
        }
    }

    fn refuse(self, error: &Error) {
        for ask in self.asks {
            let _ = ask.answer.send(Err(error.clone()));
        }
    }
}

/// Waits for an answer.
pub(super) async fn answered(receiver: oneshot::Receiver<Rows>) -> Rows {
    receiver.await.unwrap_or_else(|_| Err(UNAVAILABLE.error()))
}

/// The same question for many values at once: each row says for which of them it is.
///
/// `select … where id = $1` becomes `select asked.*, gathered.place … from unnest($1::uuid[]) … lateral (select … where
/// id = gathered.a1)`; order and limit of the question hold within each answer, because its rows come from a lateral
/// subquery of its own.
fn together(text: &str, kinds: &[Raw]) -> String {
    let mut asked = text.to_owned();
    for n in (1..=kinds.len()).rev() {
        asked = asked.replace(&format!("${n}"), &format!("gathered.a{n}"));
    }
    let mut names = String::new();
    for n in 1..=kinds.len() {
        let _ = write!(names, "a{n}, ");
    }
    let lists = lists(kinds);
    format!(
        "select asked.*, gathered.place as gathered_place
         from unnest({lists}) with ordinality as gathered ({names}place)
         cross join lateral ({asked}) as asked"
    )
}

/// `$1::uuid[], $2::text[]`: one list for each column.
pub(super) fn lists(kinds: &[Raw]) -> String {
    let mut lists = String::new();
    for (n, kind) in (1_usize..).zip(kinds) {
        let comma = if n > 1 { ", " } else { "" };
        let _ = write!(lists, "{comma}${n}::{}[]", type_of(kind));
    }
    lists
}

/// A value's type on the server.
fn type_of(raw: &Raw) -> &'static str {
    match raw {
        Raw::Bool(_) => "boolean",
        Raw::Int(_) => "bigint",
        Raw::Text(_) => "text",
        Raw::Uuid(_) => "uuid",
        Raw::Time(_) => "timestamptz",
        Raw::Date(_) => "date",
        Raw::Json(_) => "jsonb",
        Raw::Bytes(_) => "bytea",
    }
}

/// Values by column instead of by row, as lists.
pub(super) fn columns(distinct: &[&[Raw]]) -> Result<PgArguments, Error> {
    let mut bound = PgArguments::default();
    let width = distinct.first().map_or(0, |args| args.len());
    for n in 0..width {
        let column = || distinct.iter().filter_map(|args| args.get(n));
        // One line for each kind of value: its column as a list of that kind.
        macro_rules! list {
            ($kind:ident, $type:ty, $of:expr) => {{
                let values: Vec<Option<$type>> = column()
                    .map(|raw| match raw {
                        Raw::$kind(value) => value.clone().map($of),
                        _ => None,
                    })
                    .collect();
                bound.add(values)
            }};
        }
        let added = match distinct.first().and_then(|args| args.get(n)) {
            Some(Raw::Bool(_)) => list!(Bool, bool, |v| v),
            Some(Raw::Int(_)) => list!(Int, i64, |v| v),
            Some(Raw::Text(_)) => list!(Text, String, |v| v),
            Some(Raw::Uuid(_)) => list!(Uuid, uuid::Uuid, |v| v),
            Some(Raw::Time(_)) => list!(Time, DateTime<Utc>, Time::utc),
            Some(Raw::Date(_)) => list!(Date, NaiveDate, |v: aftercare_domain::kernel::Date| v.0),
            Some(Raw::Json(_)) => list!(Json, serde_json::Value, |v| v),
            Some(Raw::Bytes(_)) => list!(Bytes, Vec<u8>, |v: Arc<Vec<u8>>| v.to_vec()),
            None => continue,
        };
        added.map_err(|e| constraint::unforeseen(&e.to_string(), "binding a list"))?;
    }
    Ok(bound)
}
