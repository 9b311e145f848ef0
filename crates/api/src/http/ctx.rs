//! The circumstances of a call: who asks, with which permission, and the only way to data.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use aftercare_domain::auth::SessionId;
use aftercare_domain::kernel::error::INSUFFICIENT_SCOPE;
use aftercare_domain::kernel::{Actor, Grant, Permission, Result, RoleSet};
use aftercare_persistence::db::Record;
use aftercare_persistence::platform::idempotency::{self, Key};
use aftercare_persistence::{ListBy, Listing, PageRequest, Tx, Work};

use super::language::Lang;
use super::reply::{Answer, IntoAnswer, PageInfo, Plain};
use super::{Paging, Problem, ProblemResult, input};
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

    fn work(&self) -> Work {
        Work {
            actor: self.actor(),
            trace_id: self.call.trace_id.clone(),
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
        let key = self.call.idempotency.clone();
        let unit = async move |tx: &mut Tx<'_>| {
            let Some(key) = key else {
                return f(tx).await?.into_answer();
            };
            if let Some(stored) = idempotency::claim(tx, &key).await? {
                return Ok(Answer::replayed(stored));
            }
            let answer = f(tx).await?.into_answer()?;
            idempotency::complete(tx, &key, &answer.stored()).await?;
            Ok(answer)
        };
        Ok(self.state.db.write(&self.work(), unit).await?)
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
