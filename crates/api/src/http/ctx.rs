//! The circumstances of a call: who asks, with which permission, and the only way to data.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use aftercare_domain::auth::SessionId;
use aftercare_domain::kernel::error::INSUFFICIENT_SCOPE;
use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Actor, Grant, Permission, Result, RoleSet};
use aftercare_domain::requests::{Dossier, ServiceRequest, ServiceRequestId};
use aftercare_persistence::db::Record;
use aftercare_persistence::platform::idempotency::{self, Key};
use aftercare_persistence::requests::glance_one;
use aftercare_persistence::{Cursor, ListBy, Listing, PageRequest, Tx, Work};
use uuid::Uuid;

use super::language::Lang;
use super::reply::{Answer, IntoAnswer, PageInfo, Plain};
use super::{Paging, Problem, ProblemResult, input};
use crate::flows::requests;
use crate::state::State;

/// What the guard found out about a call.
#[derive(Clone)]
pub struct Call {
    /// Who asks; nobody on public operations.
    pub actor: Option<Arc<Actor>>,
    /// In which session; none on public operations.
    pub session_id: Option<SessionId>,
    /// The language of texts.
    pub lang: Lang,
    /// The trace this call belongs to.
    pub trace_id: String,
    /// The key under which the work is done at most once.
    pub idempotency: Option<Key>,
    /// The caller's network address.
    pub address: String,
    /// The permission the operation documents, `signed_in` or `public`.
    pub permission: &'static str,
}

/// No permission at all: sign-in, health, the document.
pub struct Public;
impl Permission for Public {
    const GRANT: &'static Grant = &Grant {
        code: "public",
        roles: RoleSet::ALL,
    };
}

/// Whoever is signed in.
pub struct SignedIn;
impl Permission for SignedIn {
    const GRANT: &'static Grant = &Grant {
        code: "signed_in",
        roles: RoleSet::ALL,
    };
}

/// The circumstances of a call by someone who holds permission `P`.
pub struct Ctx<P> {
    /// Everything the process shares.
    pub state: Data<State>,
    /// What the guard found out.
    pub call: Call,
    permission: PhantomData<P>,
}

impl<P: Permission> FromRequest for Ctx<P> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let call = req.extensions().get::<Call>().cloned();
        let state = req.app_data::<Data<State>>().cloned();
        ready(match (state, call) {
            // A handler asks for the very permission its operation documents.
            (Some(_), Some(call)) if call.permission != P::GRANT.code => {
                Err(input::undeclared(P::GRANT.code))
            }
            (Some(state), Some(call)) => {
                let may = match &call.actor {
                    Some(actor) => actor.may(P::GRANT),
                    None => P::GRANT.code == Public::GRANT.code,
                };
                if may {
                    Ok(Ctx {
                        state,
                        call,
                        permission: PhantomData,
                    })
                } else {
                    Err(forbidden(P::GRANT))
                }
            }
            _ => Err(input::undeclared("the call")),
        })
    }
}

/// The refusal for a missing permission.
pub fn forbidden(grant: &Grant) -> Problem {
    Problem(INSUFFICIENT_SCOPE.error().with("required_scope", grant.code))
}

impl<P: Permission> Ctx<P> {
    /// Who asks.
    pub fn actor(&self) -> Arc<Actor> {
        self.call.actor.clone().unwrap_or_else(|| Arc::new(nobody()))
    }

    /// On whose behalf, and in which trace.
    pub fn work(&self) -> Work {
        Work {
            actor: self.actor(),
            trace_id: self.call.trace_id.clone(),
        }
    }

    /// Forgets here what a user's tokens grant; other replicas look again within seconds (A19).
    pub fn forget(&self, user_id: impl Into<Option<UserId>>) {
        if let Some(user_id) = user_id.into() {
            self.state.verifier.forget(user_id);
        }
    }

    /// Reads; nothing is changed.
    pub async fn read<F, T>(&self, f: F) -> ProblemResult<Answer>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T>,
        T: IntoAnswer,
    {
        Ok(self.state.db.read(&self.work(), f).await?.into_answer()?)
    }

    /// Reads a value a handler goes on with.
    pub async fn load<F, T>(&self, f: F) -> ProblemResult<T>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T>,
    {
        Ok(self.state.db.read(&self.work(), f).await?)
    }

    /// Runs a unit of work: at most once per idempotency key, kept before it is answered (W1, A27).
    pub async fn write<F, T>(&self, f: F) -> ProblemResult<Answer>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
        T: IntoAnswer + 'static,
    {
        let unit = boxed(move |tx| Box::pin(async move { f(tx).await?.into_answer() }));
        self.write_unit(unit).await
    }

    async fn write_unit(&self, unit: Unit) -> ProblemResult<Answer> {
        let key = self.call.idempotency.clone();
        let unit = async move |tx: &mut Tx<'_>| once_per_key(tx, key, unit).await;
        Ok(self.state.db.write(&self.work(), unit).await?)
    }

    /// The same for a registration that raises counters everybody raises (P5).
    pub async fn intake<F, T>(&self, f: F) -> ProblemResult<Answer>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T> + Clone + Send + Sync + 'static,
        T: IntoAnswer + 'static,
    {
        let key = self.call.idempotency.clone();
        let unit = async move |tx: &mut Tx<'_>| {
            let (key, f) = (key.clone(), f.clone());
            let unit = boxed(move |tx| Box::pin(async move { f(tx).await?.into_answer() }));
            once_per_key(tx, key, unit).await
        };
        Ok(self.state.db.intake(&self.work(), unit).await?)
    }

    /// Runs a unit of work about a request; what is due in it goes first, in a unit of its own (W7, A24).
    pub async fn act<F, T>(&self, id: ServiceRequestId, f: F) -> ProblemResult<Answer>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T> + Clone + Send + 'static,
        T: IntoAnswer + 'static,
    {
        for _ in 1..requests::TRIES {
            let unit = f.clone();
            match self.write(async move |tx| unit(tx).await).await {
                Err(problem) if problem.0.code == &requests::CATCH_UP_FIRST => {
                    requests::catch_up(&self.state.db, id).await?;
                }
                answer => return answer,
            }
        }
        self.write(async move |tx| f(tx).await).await
    }

    /// Reads a request that has caught up with the clock, and answers from it (W7).
    pub async fn read_request<F, T>(&self, id: ServiceRequestId, f: F) -> ProblemResult<Answer>
    where
        F: AsyncFn(&mut Tx<'_>, Dossier) -> Result<T>,
        T: IntoAnswer,
    {
        self.read_caught_up(id, async |tx| glance_one(tx, id).await, f)
            .await
    }

    /// The same, found in a way of its own: a caller may see a part though the request is no longer his (A39).
    pub(super) async fn read_caught_up<T: IntoAnswer>(
        &self,
        id: ServiceRequestId,
        find: impl AsyncFn(&mut Tx<'_>) -> Result<Dossier>,
        f: impl AsyncFn(&mut Tx<'_>, Dossier) -> Result<T>,
    ) -> ProblemResult<Answer> {
        for _ in 0..requests::TRIES {
            let answer = self
                .load(async |tx| {
                    let dossier = find(tx).await?;
                    if requests::is_due(&dossier.request, tx) {
                        return Ok(None);
                    }
                    f(tx, dossier).await?.into_answer().map(Some)
                })
                .await?;
            match answer {
                Some(answer) => return Ok(answer),
                None => requests::catch_up(&self.state.db, id).await?,
            };
        }
        Err(Problem(requests::CATCH_UP_FIRST.error()))
    }

    /// Lets a request catch up before a list about it is read; one nobody knows is left to the list (A24).
    pub async fn catch_up(&self, id: ServiceRequestId) -> ProblemResult<()> {
        let is_due = self
            .load(async |tx| {
                let found = aftercare_persistence::find::<ServiceRequest>(tx, id.0).await?;
                Ok(found.is_some_and(|request| requests::is_due(&request, tx)))
            })
            .await?;
        if is_due {
            requests::catch_up(&self.state.db, id).await?;
        }
        Ok(())
    }

    /// The same for lists under a request's own path: 404 if it is not the caller's to see.
    pub async fn catch_up_visible(&self, id: ServiceRequestId) -> ProblemResult<()> {
        self.load(async |tx| {
            aftercare_persistence::get::<ServiceRequest>(tx, id)
                .await
                .map(|_| ())
        })
        .await?;
        self.catch_up(id).await
    }

    /// One page of the records a filter lets through.
    pub async fn list<T, F, G>(&self, filter: F, paging: Paging) -> ProblemResult<Answer>
    where
        T: Record,
        F: ListBy<T>,
        G: From<(Vec<T>, PageInfo)> + serde::Serialize,
    {
        let page = self.page_request(&paging, F::SORTS)?;
        let listing = self
            .load(async |tx| aftercare_persistence::list(tx, &filter, &page).await)
            .await?;
        let (rows, info) = self.page_of(listing, &page, &paging);
        Ok(Plain(G::from((rows, info))).into_answer()?)
    }

    /// One page of a list that stands in the code; a cursor names the last row seen.
    pub fn list_told<T, G>(
        &self,
        all: Vec<T>,
        key: impl Fn(&T) -> &str,
        paging: &Paging,
    ) -> ProblemResult<Answer>
    where
        G: From<(Vec<T>, PageInfo)> + serde::Serialize,
    {
        let page = self.page_request(paging, &[])?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let seen = page
            .cursor
            .as_ref()
            .and_then(|cursor| cursor.keys.first()?.as_str());
        let begin = seen.and_then(|seen| all.iter().position(|it| key(it) == seen));
        let begin = begin.map_or(0, |at| at.saturating_add(1));
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_more = all.len() > begin.saturating_add(limit);
        let rows: Vec<T> = all.into_iter().skip(begin).take(limit).collect();
        let next = rows.last().filter(|_| has_more).map(|last| Cursor {
            keys: vec![key(last).into()],
            id: Uuid::nil(),
        });
        let listing = Listing {
            rows,
            next,
            total: page.with_total.then_some((total, false)),
        };
        let (rows, info) = self.page_of(listing, &page, paging);
        Ok(Plain(G::from((rows, info))).into_answer()?)
    }

    /// The page asked for, its cursor opened and its sort keys checked.
    pub fn page_request(
        &self,
        paging: &Paging,
        sorts: &'static [&'static str],
    ) -> ProblemResult<PageRequest> {
        let params = &paging.params;
        let cursor = match &params.cursor {
            Some(sealed) => Some(
                self.state
                    .seal
                    .open(sealed, &paging.subject)
                    .ok_or_else(|| input::INVALID_CURSOR.error())?,
            ),
            None => None,
        };
        Ok(PageRequest {
            limit: params.limit.unwrap_or(50).clamp(1, 200),
            cursor,
            sort: params.keys(sorts)?,
            with_total: params.with_total.unwrap_or(false),
        })
    }

    /// The rows and what is said about the page.
    pub fn page_of<T>(&self, listing: Listing<T>, page: &PageRequest, paging: &Paging) -> (Vec<T>, PageInfo) {
        let next_cursor = listing
            .next
            .map(|cursor| self.state.seal.close(&cursor, &paging.subject));
        let info = PageInfo {
            has_more: next_cursor.is_some(),
            next_cursor,
            limit: page.limit,
            total: listing.total.map(|(total, _)| total),
            total_capped: listing.total.map(|(_, capped)| capped),
        };
        (listing.rows, info)
    }
}

/// Whoever calls a public operation: no user, no role, no row.
fn nobody() -> Actor {
    Actor {
        name: "anonymous".to_owned(),
        is_system: false,
        ..Actor::system()
    }
}

/// A unit of work behind one type, so that what surrounds it is compiled once and not for every operation.
type Unit = Box<dyn for<'a, 'c> FnOnce(&'a mut Tx<'c>) -> Answering<'a> + Send>;
/// An answer being made.
type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answer>> + 'a>>;

fn boxed(unit: impl for<'a, 'c> FnOnce(&'a mut Tx<'c>) -> Answering<'a> + Send + 'static) -> Unit {
    Box::new(unit)
}

/// The work, done at most once for a key; the first answer again for every later call (A27).
async fn once_per_key(tx: &mut Tx<'_>, key: Option<Key>, unit: Unit) -> Result<Answer> {
    let Some(key) = key else {
        return unit(tx).await;
    };
    if let Some(stored) = idempotency::claim(tx, &key).await? {
        return Ok(Answer::replayed(stored));
    }
    let answer = unit(tx).await?;
    idempotency::complete(tx, &key, &answer.stored()).await?;
    Ok(answer)
}
