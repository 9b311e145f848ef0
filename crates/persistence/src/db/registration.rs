//! Registrations: units of work that only read and add rows, so that a whole batch of them runs side by side.
//!
//! What they read is asked for all of them, what they write is laid aside and written table by table; counters and
//! other rows everybody touches are written once for the batch (performance.md §0.2, §0.3).
//!
//! A unit that does more, and every unit of a batch in which a write was refused, runs again by itself, in a savepoint
//! of its own: that path is the reference, the batch only its faster equal.

use std::pin::Pin;

use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Date, Result, Time};

use super::conn::Conn;
use super::rows::Aside;
use super::tx::Ledger;

/// Called with whether the commit succeeded; not called at all if the unit runs again.
pub(super) type Answer = Box<dyn FnOnce(bool) + Send>;
/// A future that stays on the thread that writes.
pub(super) type Local<'c, T> = Pin<Box<dyn Future<Output = T> + 'c>>;
/// A unit of work; it can be run again.
pub(super) type Work = Box<dyn for<'c> Fn(Conn<'c>, Time) -> Local<'c, Done> + Send>;
/// Writes what a whole batch leaves.
pub(super) type Settle = Box<dyn for<'c> Fn(Conn<'c>, Left) -> Local<'c, Result<()>> + Send>;

/// What the units of a batch leave.
#[derive(Default)]
pub(super) struct Left {
    pub(super) ledger: Ledger,
    pub(super) asides: Vec<Aside>,
    /// Numbers taken for the batch and not used: of which series and date, and the first.
    pub(super) numbers: Vec<(Series, Date, i64)>,
}

impl Left {
    /// Adds what one unit leaves.
    pub(super) fn add(&mut self, ledger: Ledger, aside: Aside) {
        self.ledger.absorb(ledger);
        self.asides.push(aside);
    }
}

/// How a unit ended.
pub(super) enum Done {
    /// To be kept: what it leaves.
    Kept(Ledger, Aside, Answer),
    /// Refused: nothing of it stays.
    Refused(Answer),
    /// It needs the connection for itself.
    Alone,
}

/// One waiting registration; the settlement of the last one in a batch writes what all of them leave.
pub(super) struct Registration {
    pub(super) work: Work,
    pub(super) settle: Settle,
}
