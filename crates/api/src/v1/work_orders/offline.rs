//! The technician's offline log over HTTP.

use actix_web::post;
use aftercare_domain::work_orders::offline::{OfflineBatch, OfflineOutcome};
use aftercare_domain::work_orders::{WorkOrder, WorkOrderId, can};
use aftercare_persistence as persistence;
use aftercare_persistence::requests::find_for_part;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::WorkOrderView;
use crate::flows::field::{self, Answered};
use crate::http::{Answer, Body, Ctx, IntoAnswer as _, Part as _, Plain, ProblemResult};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(replay);
}

/// What became of one operation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfflineAnswer {
    /// The device's identifier.
    #[schema(value_type = String, format = "uuid", min_length = 36, max_length = 36)]
    pub client_id: Uuid,
    /// The order.
    pub work_order_id: WorkOrderId,
    /// What became of it.
    pub outcome: OfflineOutcome,
    /// The version of the order it led to; null for a conflict.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: Option<i64>,
    /// The refusal's code; null unless it is a conflict.
    #[schema(required, max_length = 64, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: Option<String>,
    /// For a conflict, the order as it stands after the batch; null if it is not the caller's to see.
    #[schema(required)]
    pub current: Option<WorkOrderView>,
}

/// What became of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfflineAnswers {
    /// One answer for each operation, in the order of the batch.
    #[schema(max_items = 200)]
    pub answers: Vec<OfflineAnswer>,
}

/// Tell what was done without a network.
///
/// The operations are done in their order, each by itself and by the rules of the action it names: `applied`, or
/// `conflict` with the refusal's code and the order as it stands. After a conflict the further operations on the same
/// order are conflicts too (`earlier_conflict`); other orders go on. `base_version` is the version the device knew: every
/// operation on an order carries that of the first in this batch, or one an operation of this batch before it made; any
/// other is a conflict (`precondition_failed`). What became of an operation is kept under its `client_id`: told again, what was applied
/// is a `duplicate` with the same version and a conflict is the same conflict. What is to be tried again gets an
/// identifier of its own. `occurred_at` is when it was accepted, departed, arrived, started or finished, but never before
/// the order's last fact; promises count by the server's clock.
#[utoipa::path(tag = "work_orders", operation_id = "replayOfflineWork", request_body = OfflineBatch,
    security(("bearer" = ["work_orders:replay_offline"])), responses((status = 200, body = OfflineAnswers)))]
#[post("/work-orders/offline-batches")]
async fn replay(ctx: Ctx<can::ReplayOffline>, cmd: Body<OfflineBatch>) -> ProblemResult<Answer> {
    let deeds = cmd.0.deeds()?;
    let batch = cmd.0.operations.into_iter().zip(deeds).collect();
    let answered = field::replay(&ctx.state.db, &ctx.work(), batch).await?;
    let mut shown: Vec<(WorkOrderId, Option<WorkOrderView>)> = Vec::new();
    let mut answers = Vec::new();
    for Answered { told, outcome } in answered {
        let id = told.work_order_id;
        let current = if outcome != OfflineOutcome::Conflict {
            None
        } else if let Some((_, known)) = shown.iter().find(|(known, _)| *known == id) {
            known.clone()
        } else {
            let found = current(&ctx, id).await?;
            shown.push((id, found.clone()));
            found
        };
        answers.push(OfflineAnswer {
            client_id: told.client_id,
            work_order_id: id,
            outcome,
            version: told.version,
            code: told.code,
            current,
        });
    }
    Ok(Plain(OfflineAnswers { answers }).into_answer()?)
}

/// An order as the caller sees it, its request caught up with the clock (A24).
async fn current(ctx: &Ctx<can::ReplayOffline>, id: WorkOrderId) -> ProblemResult<Option<WorkOrderView>> {
    let find = async || {
        ctx.load(async |tx| persistence::find::<WorkOrder>(tx, id.0).await)
            .await
    };
    let Some(order) = find().await? else {
        return Ok(None);
    };
    ctx.catch_up(order.service_request_id).await?;
    let Some(order) = find().await? else {
        return Ok(None);
    };
    let shown = ctx
        .load(async |tx| {
            let dossier = find_for_part(tx, order.service_request_id).await?;
            Ok(order.view(&dossier, &tx.stamp().actor))
        })
        .await?;
    Ok(Some(shown))
}
