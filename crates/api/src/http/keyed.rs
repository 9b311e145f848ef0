//! Reading and writing a record by another system's key (C26).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use aftercare_domain::codes;
use aftercare_domain::customers::ExternalRef;
use aftercare_domain::kernel::error::NOT_FOUND;
use aftercare_domain::kernel::text::{Label64, WordCode};
use aftercare_domain::kernel::{Permission, Result};
use aftercare_persistence::Tx;
use aftercare_persistence::platform::external_refs::{self, Linked};
use uuid::Uuid;

use super::{Answer, Ctx, PathId, Precondition, Problem, ProblemResult};

codes! {
    KEY_TAKEN: Unavailable = "key_taken", "Another call took the key first; the call is made again", "该键刚被其他调用占用，正在重试";
}

/// How often a call starts over because another took its key.
const TRIES: usize = 5;

/// The key in the path.
pub struct Key(pub ExternalRef);

impl FromRequest for Key {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = PathId::<(WordCode, Label64)>::from_request(req, payload).into_inner();
        ready(path.map(|path| {
            let (system, external_id) = path.0;
            Key(ExternalRef { system, external_id })
        }))
    }
}

/// The record a key leads to; `not_found` if it leads to none. Whether the caller may see it is not asked yet.
pub async fn known<T: Linked>(tx: &mut Tx<'_>, key: &ExternalRef) -> Result<Uuid> {
    external_refs::find::<T>(tx, key)
        .await?
        .ok_or_else(|| NOT_FOUND.error())
}

/// Takes the key for a new record. Whoever takes it first creates; the others wait here, and start over.
pub async fn claim<T: Linked>(tx: &mut Tx<'_>, id: Uuid, key: &ExternalRef) -> Result<()> {
    if external_refs::claim::<T>(tx, id, key).await? {
        Ok(())
    } else {
        Err(KEY_TAKEN.error())
    }
}

/// Creates a record under a key that leads nowhere, unless the caller has seen one there, or changes the one it leads to.
/// `create` claims the key.
pub async fn upsert<T: Linked, P: Permission>(
    ctx: &Ctx<P>,
    key: &ExternalRef,
    condition: &Precondition,
    create: impl AsyncFn() -> ProblemResult<Answer>,
    change: impl AsyncFn(Uuid) -> ProblemResult<Answer>,
) -> ProblemResult<Answer> {
    for _ in 0..TRIES {
        let found = ctx
            .load(async |tx| external_refs::find::<T>(tx, key).await)
            .await?;
        if let Some(id) = found {
            return change(id).await;
        }
        condition.check_absent()?;
        match create().await {
            Err(problem) if problem.0.code == &KEY_TAKEN => {}
            answer => return answer,
        }
    }
    Err(Problem(KEY_TAKEN.error()))
}
