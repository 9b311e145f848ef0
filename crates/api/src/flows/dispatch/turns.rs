//! Few at once: the others wait in the order they came and hold nothing of the database; too many are told to come back.

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::{INTERNAL, UNAVAILABLE};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Who may go on, and who may wait.
pub struct Turns {
    running: Semaphore,
    places: Semaphore,
    come_back: i64,
}

/// A turn; it ends when it is dropped.
pub struct Turn<'a> {
    _running: SemaphorePermit<'a>,
    _place: SemaphorePermit<'a>,
}

impl Turns {
    /// So many at once, so many with those who wait, and after how many seconds whoever found no place may come back.
    pub const fn new(at_once: usize, places: usize, come_back: i64) -> Turns {
        Turns {
            running: Semaphore::const_new(at_once),
            places: Semaphore::const_new(places),
            come_back,
        }
    }

    /// Waits for a turn, however long that takes.
    ///
    /// Errors: `unavailable` when too many wait.
    pub async fn take(&self) -> Result<Turn<'_>> {
        let place = self.places.try_acquire();
        let place = place.map_err(|_| UNAVAILABLE.error().with("retry_after", self.come_back))?;
        let running = self.running.acquire().await;
        Ok(Turn {
            _running: running.map_err(|_| INTERNAL.error())?,
            _place: place,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[actix_web::test]
    async fn whoever_finds_no_place_is_told_to_come_back_and_the_rest_come_one_after_the_other() {
        let turns = Turns::new(1, 2, 5);
        let first = turns.take().await.unwrap();
        let mut second = pin!(turns.take());
        let mut looking = Context::from_waker(Waker::noop());
        assert!(matches!(second.as_mut().poll(&mut looking), Poll::Pending));
        let refused = turns.take().await.err().unwrap();
        assert_eq!(
            (refused.code, &refused.extra["retry_after"]),
            (&UNAVAILABLE, &5.into())
        );
        drop(first);
        let second = second.await.unwrap();
        drop(second);
        assert!(turns.take().await.is_ok());
    }
}
