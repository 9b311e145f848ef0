//! Units of work that change something: how each engine runs them, and when their callers are answered (W1, W2).

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::{INTERNAL, UNAVAILABLE};
use sqlx::Executor as _;
use tokio::sync::oneshot;

use super::conn::Conn;
use super::embedded::{Waiting, complete};
use super::open::{Db, Engine, Work};
use super::registration::{self, Answer, Done, Registration};
use super::server::unreachable;
use super::{Tx, rows};
use crate::platform::numbers;

/// What a unit answers, whatever it is: what surrounds a unit is compiled once and not for every caller.
type Value = Box<dyn Any + Send>;
/// A unit of work.
type Unit = Box<dyn for<'a, 'c> FnOnce(&'a mut Tx<'c>) -> Running<'a> + Send>;
/// A unit at work.
type Running<'a> = Pin<Box<dyn Future<Output = Result<Value>> + 'a>>;
/// A unit that can be run again.
type Again = Arc<dyn Fn() -> Unit + Send + Sync>;

fn unit<F, T>(f: F) -> Unit
where
    F: AsyncFnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    fn boxed(run: impl for<'a, 'c> FnOnce(&'a mut Tx<'c>) -> Running<'a> + Send + 'static) -> Unit {
        Box::new(run)
    }
    boxed(move |tx| {
        Box::pin(async move {
            let value: Value = Box::new(f(tx).await?);
            Ok(value)
        })
    })
}

fn typed<T: 'static>(value: Value) -> Result<T> {
    value.downcast().map(|value| *value).map_err(|_| INTERNAL.error())
}

impl Db {
    /// Runs a unit of work to its end, whatever happens to the caller, and answers after the commit (W1, W2).
    pub async fn write<F, T>(&self, work: &Work, f: F) -> Result<T>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        typed(self.write_unit(work, unit(f)).await?)
    }

    async fn write_unit(&self, work: &Work, unit: Unit) -> Result<Value> {
        let (sender, answer) = oneshot::channel();
        let db = self.clone();
        let work = work.clone();
        match self.engine() {
            Engine::Embedded(engine) => engine.submit(Waiting::Unit(Box::new(move |conn, now| {
                let mut tx = db.tx(Conn::Embedded(conn), &work, now);
                let outcome = complete(async {
                    let value = unit(&mut tx).await?;
                    tx.settle().await?;
                    Ok(value)
                })
                .unwrap_or_else(|| Err(INTERNAL.error()));
                let keep = outcome.is_ok();
                let reply: Answer = Box::new(move |is_kept| {
                    // The caller may be gone; the work stands all the same.
                    let _ = sender.send(if keep && !is_kept {
                        Err(UNAVAILABLE.error())
                    } else {
                        outcome
                    });
                });
                (keep, reply)
            })))?,
            Engine::Server(_) => {
                tokio::task::spawn_local(async move {
                    let _ = sender.send(db.write_on_server(&work, unit).await);
                });
            }
        }
        answer.await.unwrap_or_else(|_| Err(INTERNAL.error()))
    }

    async fn write_on_server(&self, work: &Work, unit: Unit) -> Result<Value> {
        let Engine::Server(engine) = self.engine() else {
            return Err(INTERNAL.error());
        };
        let mut conn = engine.writes.acquire().await.map_err(|e| unreachable(&e))?;
        conn.execute("begin").await.map_err(|e| unreachable(&e))?;
        let mut tx = self.tx(Conn::Server(&mut conn), work, self.clock().now());
        let running = AssertUnwindSafe(async {
            let value = unit(&mut tx).await?;
            tx.settle().await?;
            Ok(value)
        });
        match caught(running).await {
            Some(Ok(value)) => {
                conn.execute("commit").await.map_err(|e| unreachable(&e))?;
                Ok(value)
            }
            Some(Err(refusal)) => {
                // If this fails the pool's own rollback or the closed session does the same.
                let _ = conn.execute("rollback").await;
                Err(refusal)
            }
            None => {
                let _ = conn.execute("rollback").await;
                Err(INTERNAL.error())
            }
        }
    }

    /// Runs a registration: as [`Db::write`], but those that wait at the same time run side by side and share one commit,
    /// so that they do not queue on the counters they all raise. It may run more than once; only one run is kept.
    pub async fn intake<F, T>(&self, work: &Work, f: F) -> Result<T>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T> + Clone + Send + Sync + 'static,
        T: Send + 'static,
    {
        let again: Again = Arc::new(move || {
            let f = f.clone();
            unit(async move |tx: &mut Tx<'_>| f(tx).await)
        });
        typed(self.intake_unit(work, again).await?)
    }

    async fn intake_unit(&self, work: &Work, again: Again) -> Result<Value> {
        let (sender, answer) = oneshot::channel();
        let sender = Arc::new(Mutex::new(Some(sender)));
        let (db, settler) = (self.clone(), self.clone());
        let work = work.clone();
        let work: registration::Work = Box::new(move |conn, now| {
            let (db, work, unit, sender) = (db.clone(), work.clone(), again(), Arc::clone(&sender));
            Box::pin(async move {
                let is_in_batch = matches!(conn, Conn::Gathered(_) | Conn::Memo(_));
                let mut tx = db.tx(conn, &work, now);
                if is_in_batch {
                    tx = tx.in_batch();
                }
                let outcome = caught(AssertUnwindSafe(unit(&mut tx))).await;
                let outcome = outcome.unwrap_or_else(|| Err(INTERNAL.error()));
                let aside = tx.take_aside();
                if aside.is_out_of_turn {
                    return Done::Alone;
                }
                let left = outcome.is_ok().then(|| tx.take_ledger());
                let reply: Answer = Box::new(move |is_kept| {
                    let sender = sender.lock().ok().and_then(|mut sender| sender.take());
                    let outcome = match outcome {
                        Ok(_) if !is_kept => Err(UNAVAILABLE.error()),
                        outcome => outcome,
                    };
                    // The caller may be gone; the work stands all the same.
                    if let Some(sender) = sender {
                        let _ = sender.send(outcome);
                    }
                });
                match left {
                    Some(left) => Done::Kept(left, aside, reply),
                    None => Done::Refused(reply),
                }
            })
        });
        let settle: registration::Settle = Box::new(move |mut conn, left| {
            let settler = settler.clone();
            Box::pin(async move {
                let now = settler.clock().now();
                let system = Work::system("intake");
                let mut tx = settler.tx(conn.lend(), &system, now);
                for (series, on, next) in left.numbers {
                    numbers::give_back(&mut tx, series, on, next).await?;
                }
                let mut tx = tx.in_batch();
                tx.keep_ledger(left.ledger).await?;
                let mut asides = left.asides;
                asides.push(tx.take_aside());
                rows::keep(conn, asides).await
            })
        });
        let registration = Registration { work, settle };
        match self.engine() {
            Engine::Embedded(engine) => engine.submit(Waiting::Registration(registration))?,
            Engine::Server(engine) => engine.intake.submit(registration)?,
        }
        answer.await.unwrap_or_else(|_| Err(UNAVAILABLE.error()))
    }
}

/// The outcome of a future, or nothing if it panicked; the panic itself is logged by the hook.
async fn caught<T>(future: AssertUnwindSafe<impl Future<Output = T>>) -> Option<T> {
    let mut future = Box::pin(future.0);
    std::future::poll_fn(move |context| {
        match std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(std::task::Poll::Ready(value)) => std::task::Poll::Ready(Some(value)),
            Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
            Err(_) => std::task::Poll::Ready(None),
        }
    })
    .await
}
