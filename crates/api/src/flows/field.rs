//! Work in the field: one way for a call of its own and for a line of the offline log.

use std::sync::Arc;

use aftercare_domain::fault_codes::FaultCodeKind;
use aftercare_domain::kernel::error::{INSUFFICIENT_SCOPE, Place, UNKNOWN_REFERENCE};
use aftercare_domain::kernel::meta::UserId;
use aftercare_domain::kernel::{Actor, Error, Kind, Result, Stamp};
use aftercare_domain::requests::{Context, Dossier};
use aftercare_domain::work_orders::field::Spell;
use aftercare_domain::work_orders::offline::{
    OfflineOperation, OfflineOutcome, Replay, TOLD_MEANWHILE, ToldOperation,
};
use aftercare_domain::work_orders::{CLIENT_ID_REUSED, Deed, WorkOrder, WorkOrderId, WorkOrderStatus};
use aftercare_persistence::requests::{has_attachment, keep_spells, place_of, told_before, work_besides};
use aftercare_persistence::{
    self as persistence, Db, IfMatch, Tx, Work, dictionaries, engineers, fault_codes,
};

use super::{dispatch, requests};

/// Does what is done on an order. What the order itself forbids is told before what the words of a result point at.
pub async fn perform(
    tx: &mut Tx<'_>,
    dossier: &mut Dossier,
    id: WorkOrderId,
    deed: &Deed,
    ctx: &mut Context<'_>,
    at: &Stamp,
) -> Result<()> {
    look_up(tx, dossier, id, deed, at).await?;
    dossier.act_on_order(id, deed, ctx, at)?;
    check_words(tx, dossier, deed).await?;
    if deed.tells_labor() {
        // What a leading order ends has been worked on by its helpers too, unless their word is not taken.
        let is_told = |order: &&WorkOrder| {
            order.id == id || order.team_of == Some(id) && order.status != WorkOrderStatus::Rejected
        };
        for order in dossier.orders.iter().filter(is_told) {
            keep_spells(tx, order).await?;
        }
    }
    Ok(())
}

/// What the rules ask of other records: where the customer is, and when the engineers worked elsewhere.
async fn look_up(
    tx: &mut Tx<'_>,
    dossier: &mut Dossier,
    id: WorkOrderId,
    deed: &Deed,
    at: &Stamp,
) -> Result<()> {
    if let (Deed::Arrive(_), Some(address)) = (deed, dossier.request.address_id) {
        dossier.place = place_of(tx, address).await?;
    }
    if let Deed::Book(window) = deed {
        let engineer = dossier.order(id)?.engineer_id;
        for (pointer, instant) in [("#/from", window.from), ("#/to", window.to.plus_millis(-1))] {
            if !dispatch::works_at(tx, engineer, instant, dossier.request.emergency).await? {
                dossier.off_shift.push(pointer);
            }
        }
    }
    if deed.tells_labor() {
        dossier.other_work = work_elsewhere(tx, dossier, id, deed, at).await?;
    }
    Ok(())
}

/// When those who worked on an order, and on the orders that end with it, worked on other jobs about that time.
async fn work_elsewhere(
    tx: &mut Tx<'_>,
    dossier: &Dossier,
    id: WorkOrderId,
    deed: &Deed,
    at: &Stamp,
) -> Result<Vec<Spell>> {
    let order = dossier.order(id)?;
    let own = match deed.labor() {
        [] => order.labor.clone(),
        said => order.lines(said),
    };
    let is_helper = |order: &&WorkOrder| order.team_of == Some(id) && order.status.is_open();
    let helpers = dossier.orders.iter().filter(is_helper);
    let sheets = helpers.map(|order| (order, order.labor.clone()));
    let (mut from, mut to, mut engineers) = (at.now, at.now, Vec::new());
    for (order, lines) in std::iter::once((order, own)).chain(sheets) {
        let minutes = lines.iter().map(|line| line.minutes).fold(0, i64::saturating_add);
        let end = order.finished_at.unwrap_or(at.now);
        to = to.max(end);
        // Told late it ended earlier, at the earliest with the order's last fact.
        from = from.min(order.last_fact().min(end).plus_minutes(minutes.saturating_neg()));
        engineers.extend(lines.iter().map(|line| line.engineer_id));
    }
    work_besides(tx, id, &engineers, from, to).await
}

/// Whoever is said to have worked is known here, the pictures are the request's, the exclusion is a word of ours, and a
/// fault code is of its kind.
async fn check_words(tx: &mut Tx<'_>, dossier: &Dossier, deed: &Deed) -> Result<()> {
    let mut wrong = Vec::new();
    for (n, line) in deed.labor().iter().enumerate() {
        if let Some(id) = line.engineer_id {
            let pointer = format!("#/labor/{n}/engineer_id");
            engineers::refer(tx, id, &pointer, &mut wrong).await?;
        }
    }
    for (n, photo) in deed.photos().iter().enumerate() {
        if !has_attachment(tx, dossier.request.id, photo.attachment_id).await? {
            let pointer = format!("#/photos/{n}/attachment_id");
            wrong.push(UNKNOWN_REFERENCE.violation(Place::Pointer(pointer)));
        }
    }
    if let Some(result) = deed.result() {
        let said = [
            (&result.mode_code, FaultCodeKind::Mode, "#/mode_code"),
            (
                &result.mechanism_code,
                FaultCodeKind::Mechanism,
                "#/mechanism_code",
            ),
            (&result.cause_code, FaultCodeKind::Cause, "#/cause_code"),
            (&result.remedy_code, FaultCodeKind::Remedy, "#/remedy_code"),
        ];
        for (code, kind, pointer) in said {
            if let Some(code) = code {
                fault_codes::refer(tx, kind, code, pointer, &mut wrong).await?;
            }
        }
    }
    if let Some(cause) = deed.result().and_then(|result| result.exclusion_cause.as_ref()) {
        let (named, pointer) = ("warranty_exclusion", "#/exclusion_cause");
        dictionaries::refer_item(tx, named, cause.as_str(), pointer, &mut wrong).await?;
    }
    Error::all(wrong)
}

/// What one operation of a batch is answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What became of it, as it is kept.
    pub told: ToldOperation,
    /// Now, or when it was told before.
    pub outcome: OfflineOutcome,
}

/// Works a batch off in its order, each operation in a unit of work of its own: what is done is done, whatever becomes
/// of the rest. What cannot be done now, through no fault of the operation, ends the batch; told again it goes on there.
pub async fn replay(db: &Db, work: &Work, batch: Vec<(OfflineOperation, Deed)>) -> Result<Vec<Answered>> {
    let user = work.actor.user_id.ok_or_else(|| INSUFFICIENT_SCOPE.error())?;
    let mut replay = Replay::default();
    let mut answers = Vec::new();
    for (operation, deed) in batch {
        let line = Arc::new(Line {
            operation,
            deed,
            user,
        });
        let answered = Arc::clone(&line).told(db, work, &replay).await?;
        replay.take(
            &line.operation,
            &answered.told,
            answered.outcome == OfflineOutcome::Duplicate,
        );
        answers.push(answered);
    }
    Ok(answers)
}

/// One operation of a batch and who tells it.
struct Line {
    operation: OfflineOperation,
    deed: Deed,
    user: UserId,
}

impl Line {
    async fn told(self: Arc<Self>, db: &Db, work: &Work, replay: &Replay) -> Result<Answered> {
        for _ in 1..requests::TRIES {
            match self.clone().tried(db, work, replay).await {
                Err(error) if error.code == &requests::CATCH_UP_FIRST => self.catch_up(db, work).await?,
                Err(error) if error.code == &TOLD_MEANWHILE => {}
                answer => return answer,
            }
        }
        self.tried(db, work, replay).await
    }

    /// Done, or refused; a refusal is kept too, so that the same question has the same answer.
    async fn tried(self: Arc<Self>, db: &Db, work: &Work, replay: &Replay) -> Result<Answered> {
        let footing = replay.footing(&self.operation);
        let line = Arc::clone(&self);
        let done = db
            .write(work, async move |tx: &mut Tx<'_>| line.done(tx, footing).await)
            .await;
        let refused = match done {
            Err(error) if !is_passing(&error) => error,
            answer => return answer,
        };
        let code = refused.code.slug;
        if refused.code == &CLIENT_ID_REUSED {
            // The identifier stays with the operation that has it.
            return db
                .read(work, async |tx| Ok(self.refused(code, &tx.stamp())))
                .await;
        }
        db.write(work, async move |tx: &mut Tx<'_>| {
            let answered = self.refused(code, &tx.stamp());
            persistence::insert(tx, &answered.told).await?;
            Ok(answered)
        })
        .await
    }

    async fn done(&self, tx: &mut Tx<'_>, footing: Result<Vec<i64>>) -> Result<Answered> {
        let operation = &self.operation;
        if let Some(told) = told_before(tx, self.user, operation.client_id).await? {
            if !operation.is_same(&told) {
                return Err(CLIENT_ID_REUSED.error());
            }
            let outcome = told.answered(true);
            return Ok(Answered { told, outcome });
        }
        let at = tx.stamp();
        self.check_right(&at.actor)?;
        let seen = IfMatch::Versions(footing?);
        operation.check_time(at.now)?;
        let id = operation.work_order_id;
        let order: WorkOrder = persistence::get(tx, id).await?;
        let is_fresh = |dossier: &Dossier| seen.check(&dossier.order(id)?.meta);
        let dossier = requests::act_on_part(
            tx,
            order.service_request_id,
            self.deed.action(),
            is_fresh,
            async |tx, dossier, ctx, at| {
                dossier.happened_at = Some(operation.occurred_at);
                perform(tx, dossier, id, &self.deed, ctx, at).await
            },
        )
        .await?;
        let version = dossier.order(id)?.meta.version;
        let told = operation.applied(version, self.user, &at);
        persistence::insert(tx, &told).await?;
        let outcome = told.answered(false);
        Ok(Answered { told, outcome })
    }

    /// Whoever may tell a batch may not for that do what he could not do in a call of its own.
    fn check_right(&self, actor: &Actor) -> Result<()> {
        let grant = self.deed.grant();
        if actor.may(grant) {
            return Ok(());
        }
        Err(INSUFFICIENT_SCOPE.error().with("required_scope", grant.code))
    }

    fn refused(&self, code: &str, at: &Stamp) -> Answered {
        let told = self.operation.refused(code, self.user, at);
        let outcome = told.answered(false);
        Answered { told, outcome }
    }

    /// Lets the clock of the request go first; an order out of sight by now is found out at the next try.
    async fn catch_up(&self, db: &Db, work: &Work) -> Result<()> {
        let id = self.operation.work_order_id.0;
        let order = db
            .read(work, async |tx: &mut Tx<'_>| {
                persistence::find::<WorkOrder>(tx, id).await
            })
            .await?;
        if let Some(order) = order {
            requests::catch_up(db, order.service_request_id).await?;
        }
        Ok(())
    }
}

/// Whether a refusal says nothing about the operation: the same call may succeed later.
fn is_passing(error: &Error) -> bool {
    matches!(
        error.code.kind,
        Kind::Unavailable | Kind::Internal | Kind::Timeout | Kind::TooMany
    )
}
