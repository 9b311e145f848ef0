//! What the registrations of a batch have asked, on the embedded engine: the same question is answered once.
//!
//! While a batch runs nobody writes: its rows are laid aside and the engine has one writer. So an answer holds until
//! the batch is settled.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Date, Raw, Result};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::conn::embedded_arg;
use super::{Record, Row, Sql, constraint};

/// An answer: the names of its columns and its rows.
pub(super) struct Answer {
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// What is known, by text and arguments.
type Known<T> = RefCell<HashMap<String, Vec<(Vec<Raw>, Rc<T>)>>>;

/// A connection and what was read over it already.
pub(super) struct Memo<'c> {
    conn: &'c Connection,
    answers: Known<Answer>,
    /// Answers that are records: lists of them.
    records: Known<dyn Any>,
    /// Numbers taken for the batch: next and end.
    blocks: RefCell<HashMap<(Series, Date), (i64, i64)>>,
    /// How many units share it.
    units: i64,
}

impl<'c> Memo<'c> {
    pub(super) fn new(conn: &'c Connection, units: usize) -> Memo<'c> {
        Memo {
            conn,
            answers: RefCell::default(),
            records: RefCell::default(),
            blocks: RefCell::default(),
            units: i64::try_from(units).unwrap_or(1),
        }
    }

    /// The connection itself.
    pub(super) fn conn(&self) -> &'c Connection {
        self.conn
    }

    /// The answer to a question.
    pub(super) fn ask(&self, sql: Sql) -> Result<Rc<Answer>> {
        if let Some(answer) = known(&self.answers, &sql) {
            return Ok(answer);
        }
        let answer = self
            .read(&sql)
            .map_err(|error| constraint::embedded(&error, &sql.text))?;
        let answer = Rc::new(answer);
        keep(&self.answers, sql, Rc::clone(&answer));
        Ok(answer)
    }

    /// The records a question finds: reading them out of their rows costs more than finding them.
    pub(super) fn records<T: Record>(&self, sql: Sql) -> Result<Vec<T>> {
        if let Some(records) = known(&self.records, &sql)
            && let Some(records) = records.downcast_ref::<Vec<T>>()
        {
            return Ok(records.clone());
        }
        let answer = self
            .read(&sql)
            .map_err(|error| constraint::embedded(&error, &sql.text))?;
        let rows = answer.rows.iter();
        let records = rows
            .map(|row| T::from_row(&Row::kept(&answer.names, row, true)))
            .collect::<Result<Vec<T>>>()?;
        keep(&self.records, sql, Rc::new(records.clone()));
        Ok(records)
    }

    fn read(&self, sql: &Sql) -> rusqlite::Result<Answer> {
        let mut statement = self.conn.prepare_cached(&sql.text)?;
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let width = names.len();
        let read = |row: &rusqlite::Row<'_>| (0..width).map(|n| row.get(n)).collect();
        let rows = statement
            .query_map(
                rusqlite::params_from_iter(sql.args.iter().map(embedded_arg)),
                read,
            )?
            .collect::<rusqlite::Result<Vec<Vec<Value>>>>()?;
        Ok(Answer { names, rows })
    }

    /// A number of a series, and how many to take if none is left (A35).
    pub(super) fn number(&self, series: Series, on: Date) -> std::result::Result<i64, i64> {
        let mut blocks = self.blocks.borrow_mut();
        match blocks.get_mut(&(series, on)) {
            Some((next, end)) if *next < *end => {
                *next = next.saturating_add(1);
                Ok(next.saturating_sub(1))
            }
            _ => Err(self.units),
        }
    }

    /// Keeps a block of numbers and gives the first of them.
    pub(super) fn stock(&self, series: Series, on: Date, first: i64) -> Result<i64> {
        let end = first.saturating_add(self.units);
        self.blocks.borrow_mut().insert((series, on), (first, end));
        self.number(series, on).map_err(|_| INTERNAL.error())
    }

    /// The numbers nobody took: of which series and date, and which is the first.
    pub(super) fn left(&self) -> Vec<(Series, Date, i64)> {
        let blocks = self.blocks.borrow();
        let left = blocks.iter().filter(|(_, (next, end))| next < end);
        left.map(|((series, on), (next, _))| (*series, *on, *next))
            .collect()
    }
}

fn known<T: ?Sized>(of: &Known<T>, sql: &Sql) -> Option<Rc<T>> {
    let of = of.borrow();
    let found = of
        .get(sql.text.as_ref())?
        .iter()
        .find(|(args, _)| *args == sql.args);
    found.map(|(_, known)| Rc::clone(known))
}

fn keep<T: ?Sized>(of: &Known<T>, sql: Sql, what: Rc<T>) {
    let mut of = of.borrow_mut();
    of.entry(sql.text.into_owned())
        .or_default()
        .push((sql.args, what));
}
