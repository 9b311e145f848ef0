//! Calls refused for want of a sign-in or a permission, on their way into the audit trail (S079, S128).
//!
//! They are laid down here, up to a bound, and written a moment later in one unit of work: whoever is refused a thousand
//! times a second must not make the database write a thousand times.

use std::sync::{Arc, Mutex, PoisonError};

use aftercare_domain::kernel::{Actor, Time};

/// How many are laid down between two looks; of the others only the number is kept.
const KEPT: usize = 1_000;

/// A call that was refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When.
    pub at: Time,
    /// Who asked; nobody without a sign-in.
    pub actor: Option<Arc<Actor>>,
    /// The call.
    pub trace_id: String,
    /// What was asked.
    pub operation: &'static str,
    /// How it was refused: 401 or 403.
    pub status: u16,
}

/// The calls refused since the last look.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<(Vec<Refused>, u64)>);

impl Refusals {
    /// Lays a refused call down.
    pub fn lay(&self, refused: Refused) {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if laid.0.len() < KEPT {
            laid.0.push(refused);
        } else {
            laid.1 = laid.1.saturating_add(1);
        }
    }

    /// Takes what was laid down, and how many more there were.
    pub fn take(&self) -> (Vec<Refused>, u64) {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_bound_only_the_number_grows() {
        let refusals = Refusals::default();
        let refused = Refused {
            at: Time::from_millis(0),
            actor: None,
            trace_id: String::new(),
            operation: "listCustomers",
            status: 401,
        };
        for _ in 0..KEPT.saturating_add(7) {
            refusals.lay(refused.clone());
        }
        let (laid, more) = refusals.take();
        assert_eq!((laid.len(), more), (KEPT, 7));
        let (laid, more) = refusals.take();
        assert_eq!((laid.len(), more), (0, 0));
    }
}
