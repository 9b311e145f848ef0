//! Parts of a request with a path of their own: work orders and follow-ups.
//!
//! Who sees a part may act on it, whoever holds the request (A39). The request's clock goes first (A24), and what is
//! decided about the part is decided about the whole request.

use aftercare_domain::kernel::{Actor, Meta, Permission, Result, Stamp};
use aftercare_domain::requests::{Context, Dossier, ServiceRequestId};
use aftercare_persistence::db::{Id, Record};
use aftercare_persistence::requests::{find_for_part, glance_parts, owner_of};
use aftercare_persistence::{ListBy, Listing, Tx};
use serde::Serialize;

use super::reply::Resource;
use super::{Answer, Ctx, IfMatchHeader, IntoAnswer, PageInfo, Paging, Plain, ProblemResult, Versioned};
use crate::flows::requests;

/// A part of a request.
pub trait Part: Record {
    /// Its identifier.
    type Id: Into<Id> + Copy + Send + Sync + 'static;
    /// The part on the wire.
    type View: Resource + 'static;

    /// The part among the others of its request; `not_found` if it is not one of them.
    fn of(dossier: &Dossier, id: Self::Id) -> Result<&Self>;
    /// The request it belongs to.
    fn request_id(&self) -> ServiceRequestId;
    /// Version and times.
    fn version(&self) -> &Meta;
    /// What a caller sees of it.
    fn view(&self, dossier: &Dossier, actor: &Actor) -> Self::View;
}

impl<P: Permission> Ctx<P> {
    /// Answers from a part whose request has caught up with the clock (W7).
    pub async fn read_part<T: Part, R: IntoAnswer>(
        &self,
        id: T::Id,
        answer: impl Fn(&T, &Dossier, &Actor) -> R,
    ) -> ProblemResult<Answer> {
        let request = self.owner::<T>(id).await?;
        let find = async |tx: &mut Tx<'_>| find_for_part(tx, request).await;
        self.read_caught_up(request, find, async |tx, dossier| {
            Ok(answer(T::of(&dossier, id)?, &dossier, &tx.stamp().actor))
        })
        .await
    }

    /// One page of the parts a filter lets through.
    pub async fn list_parts<T, F, G>(&self, filter: &F, paging: &Paging) -> ProblemResult<Answer>
    where
        T: Part,
        F: ListBy<T>,
        G: From<(Vec<T::View>, PageInfo)> + Serialize,
    {
        let page = self.page_request(paging, F::SORTS)?;
        let listing = self
            .load(async |tx| {
                let found = aftercare_persistence::list(tx, filter, &page).await?;
                let owners = found.rows.iter().map(T::request_id).collect();
                let dossiers = glance_parts(tx, owners).await?;
                let actor = tx.stamp().actor;
                let view = |part: &T| {
                    let dossier = dossiers.iter().find(|d| d.request.id == part.request_id())?;
                    Some(part.view(dossier, &actor))
                };
                Ok(Listing {
                    rows: found.rows.iter().filter_map(view).collect(),
                    next: found.next,
                    total: found.total,
                })
            })
            .await?;
        Ok(Plain(G::from(self.page_of(listing, &page, paging))).into_answer()?)
    }

    /// Acts on a part and answers with it as it stands then (C20).
    pub async fn act_on_part<T: Part, C: Clone + Send + 'static>(
        &self,
        id: T::Id,
        seen: IfMatchHeader,
        action: &'static str,
        cmd: C,
        decide: impl AsyncFn(&mut Tx<'_>, &mut Dossier, T::Id, &C, &mut Context<'_>, &Stamp) -> Result<()>
        + Clone
        + Send
        + 'static,
    ) -> ProblemResult<Answer> {
        let request = self.owner::<T>(id).await?;
        let seen = seen.0;
        self.act(request, async move |tx| {
            let is_fresh = |dossier: &Dossier| seen.check(T::of(dossier, id)?.version());
            let dossier =
                requests::act_on_part(tx, request, action, is_fresh, async |tx, dossier, ctx, at| {
                    decide(tx, dossier, id, &cmd, ctx, at).await
                })
                .await?;
            Ok(Versioned(T::of(&dossier, id)?.view(&dossier, &tx.stamp().actor)))
        })
        .await
    }

    /// The request a part belongs to, if the caller may see the part.
    async fn owner<T: Part>(&self, id: T::Id) -> ProblemResult<ServiceRequestId> {
        self.load(async |tx| owner_of(tx, id, T::request_id).await).await
    }
}
