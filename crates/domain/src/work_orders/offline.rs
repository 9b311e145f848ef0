//! The technician's offline log: what he did without a network, told in order when he has one again.
//!
//! Each operation carries an identifier of the device and the version of the order it was done on. It is answered as
//! applied, as a duplicate of one told before, or as a conflict with the order as it stands. What is decided here is
//! what an operation may build on; the work itself is the ordinary one, each operation a unit of its own. What became
//! of it is kept under the device's identifier, so that a lost answer can be asked for again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::{ArriveWorkOrder, BookWorkOrder, CompleteWorkOrder, WorkOrderId};
use super::{Deed, EARLIER_CONFLICT};
use crate::kernel::error::{DATE_IN_FUTURE, PRECONDITION_FAILED, Place, REQUIRED};
use crate::kernel::meta::UserId;
use crate::kernel::text::Reason;
use crate::kernel::{Error, Result, Stamp, Time, Violation};
use crate::requests::BecauseOf;
use crate::{codes, id, label};

codes! {
    TOLD_MEANWHILE: Unavailable = "told_meanwhile", "Another call told it first; the call is made again", "另一调用刚提交了该操作，正在重试";
}

/// How far an operation may lie ahead of the server's clock: a device's own clock is never exact.
const AHEAD: i64 = 5 * 60_000;

label! {
    /// What was done.
    pub enum OfflineAction {
        /// 接单
        Accept = "accept",
        /// 拒单
        Refuse = "refuse",
        /// 预约
        Book = "book",
        /// 出发
        Depart = "depart",
        /// 到场
        Arrive = "arrive",
        /// 开工
        Start = "start",
        /// 待件
        WaitParts = "wait_parts",
        /// 继续
        Resume = "resume",
        /// 完成
        Complete = "complete",
        /// 更正
        Correct = "correct",
    }
}

/// One operation as the device kept it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12",
    "work_order_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "base_version": 3, "action": "depart",
    "occurred_at": "2026-11-23T01:00:00.000Z"}))]
pub struct OfflineOperation {
    /// The device's identifier of it; told twice, it is done once.
    #[schema(value_type = String, format = "uuid", min_length = 36, max_length = 36)]
    pub client_id: Uuid,
    /// The order.
    pub work_order_id: WorkOrderId,
    /// The version of the order the device knew: that of the first operation on it in this batch, or one an operation of
    /// this batch before it made.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub base_version: i64,
    /// What was done.
    pub action: OfflineAction,
    /// When, by the device's clock.
    pub occurred_at: Time,
    /// The reason, for `refuse` and `wait_parts`.
    #[serde(default)]
    pub reason: Option<Reason>,
    /// The window, for `book`.
    #[serde(default)]
    pub booking: Option<BookWorkOrder>,
    /// The place, for `arrive`.
    #[serde(default)]
    pub arrival: Option<ArriveWorkOrder>,
    /// The result, for `complete` and `correct`.
    #[serde(default)]
    pub result: Option<CompleteWorkOrder>,
}

label! {
    /// What became of an operation.
    pub enum OfflineOutcome {
        /// It is done.
        Applied = "applied",
        /// It was told before; nothing was done again.
        Duplicate = "duplicate",
        /// The order stands otherwise: nothing was done.
        Conflict = "conflict",
    }
}

/// What a device tells when it is back on the network, in the order it was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfflineBatch {
    /// The operations; each is answered by itself.
    #[schema(min_items = 1, max_items = 200)]
    pub operations: Vec<OfflineOperation>,
}

id!(ToldOperationId);

/// An operation that was told, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldOperation {
    /// Identifier.
    pub id: ToldOperationId,
    /// Who told it.
    pub user_id: UserId,
    /// The device's identifier.
    pub client_id: Uuid,
    /// The order.
    pub work_order_id: WorkOrderId,
    /// What was done.
    pub action: OfflineAction,
    /// `applied` or `conflict`.
    pub outcome: OfflineOutcome,
    /// The order's version after it; none for a conflict.
    pub version: Option<i64>,
    /// The refusal's code, for a conflict.
    pub code: Option<String>,
    /// When it was done, by the device's clock.
    pub occurred_at: Time,
    /// When it was told.
    pub told_at: Time,
}

impl OfflineBatch {
    /// What is to be done, operation by operation.
    ///
    /// Errors: `required` for what an operation does not say, at its place.
    pub fn deeds(&self) -> Result<Vec<Deed>> {
        let mut wrong = Vec::new();
        let mut deeds = Vec::new();
        for (index, operation) in self.operations.iter().enumerate() {
            match operation.deed() {
                Ok(deed) => deeds.push(deed),
                Err(member) => wrong.push(missing(index, member)),
            }
        }
        Error::all(wrong)?;
        Ok(deeds)
    }
}

fn missing(index: usize, member: &str) -> Violation {
    REQUIRED.violation(Place::Pointer(format!("#/operations/{index}/{member}")))
}

impl OfflineOperation {
    /// The deed, or the member it lacks.
    fn deed(&self) -> Result<Deed, &'static str> {
        let because = || match self.reason.clone() {
            Some(reason) => Ok(BecauseOf { reason }),
            None => Err("reason"),
        };
        let result = || self.result.clone().ok_or("result");
        Ok(match self.action {
            OfflineAction::Accept => Deed::Accept,
            OfflineAction::Refuse => Deed::Refuse(because()?),
            OfflineAction::Book => Deed::Book(self.booking.clone().ok_or("booking")?),
            OfflineAction::Depart => Deed::Depart,
            OfflineAction::Arrive => Deed::Arrive(self.arrival.unwrap_or_default()),
            OfflineAction::Start => Deed::Start,
            OfflineAction::WaitParts => Deed::WaitParts(because()?),
            OfflineAction::Resume => Deed::Resume,
            OfflineAction::Complete => Deed::Complete(result()?),
            OfflineAction::Correct => Deed::Correct(result()?),
        })
    }

    /// Refuses what lies ahead of the server's clock.
    ///
    /// Errors: `date_in_future`.
    pub fn check_time(&self, now: Time) -> Result<()> {
        if self.occurred_at > now.plus_millis(AHEAD) {
            return Err(DATE_IN_FUTURE.error());
        }
        Ok(())
    }

    /// Done: the order has this version now.
    pub fn applied(&self, version: i64, by: UserId, at: &Stamp) -> ToldOperation {
        ToldOperation {
            id: ToldOperationId::next(at),
            user_id: by,
            client_id: self.client_id,
            work_order_id: self.work_order_id,
            action: self.action,
            outcome: OfflineOutcome::Applied,
            version: Some(version),
            code: None,
            occurred_at: self.occurred_at,
            told_at: at.now,
        }
    }

    /// Not done, and why.
    pub fn refused(&self, code: &str, by: UserId, at: &Stamp) -> ToldOperation {
        ToldOperation {
            outcome: OfflineOutcome::Conflict,
            version: None,
            code: Some(code.to_owned()),
            ..self.applied(0, by, at)
        }
    }

    /// Whether what was told under its identifier is the same operation.
    pub fn is_same(&self, told: &ToldOperation) -> bool {
        self.work_order_id == told.work_order_id && self.action == told.action
    }
}

impl ToldOperation {
    /// How it is answered, now or when it was told before.
    pub fn answered(&self, is_duplicate: bool) -> OfflineOutcome {
        if is_duplicate && self.outcome == OfflineOutcome::Applied {
            OfflineOutcome::Duplicate
        } else {
            self.outcome
        }
    }
}

/// How far a batch has come: what each order is by this batch alone, and which orders are lost to it.
///
/// An order somebody else changed meanwhile is in conflict from its first operation on: what was done upon a wrong
/// belief is not done at all. Other orders of the batch go on.
#[derive(Clone, Debug, Default)]
pub struct Replay(Vec<Stand>);

/// An order in a batch.
#[derive(Clone, Debug)]
struct Stand {
    order: WorkOrderId,
    standing: Standing,
    /// The versions an operation may have been done on: what was said first, and what was made since.
    known: Vec<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// This batch brought it to a version.
    Applied(i64),
    /// An operation of it was told before and brought it to a version: the answer was lost.
    Told(i64),
    Lost,
}

impl Replay {
    /// The versions of its order an operation may find.
    ///
    /// Errors: `earlier_conflict` if an operation before it on the same order is in conflict; `precondition_failed` if it
    /// was done on a version this batch knows nothing of.
    pub fn footing(&self, operation: &OfflineOperation) -> Result<Vec<i64>> {
        let base = operation.base_version;
        let Some(stand) = self.stand(operation.work_order_id) else {
            return Ok(vec![base]);
        };
        let is_known = stand.known.contains(&base);
        match stand.standing {
            Standing::Lost => Err(EARLIER_CONFLICT.error()),
            Standing::Applied(version) | Standing::Told(version) if is_known => Ok(vec![version]),
            // The device may have read the order since it told the operation.
            Standing::Told(_) => Ok(vec![base]),
            Standing::Applied(_) => Err(PRECONDITION_FAILED.error()),
        }
    }

    /// Takes in what became of an operation, now or when it was told before.
    pub fn take(&mut self, operation: &OfflineOperation, told: &ToldOperation, is_duplicate: bool) {
        let order = told.work_order_id;
        let before = self.stand(order);
        let standing = match (told.version, before.map(|stand| stand.standing)) {
            (None, _) => Standing::Lost,
            // What this batch did is newer than anything told before.
            (Some(_), Some(known @ (Standing::Applied(_) | Standing::Lost))) if is_duplicate => known,
            (Some(version), _) if is_duplicate => Standing::Told(version),
            (Some(version), _) => Standing::Applied(version),
        };
        let mut known = before.map_or_else(Vec::new, |stand| stand.known.clone());
        if let Some(version) = told.version {
            // A version is made of an earlier one.
            known.extend(Some(operation.base_version).filter(|base| *base < version));
            known.push(version);
        }
        self.0.retain(|stand| stand.order != order);
        self.0.push(Stand {
            order,
            standing,
            known,
        });
    }

    fn stand(&self, order: WorkOrderId) -> Option<&Stand> {
        self.0.iter().find(|stand| stand.order == order)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::kernel::error::{INVALID_TRANSITION, NOT_FOUND};
    use crate::kernel::stamp::tests::stamp;

    /// Orders that take any action but `start`, and remember what was done and told.
    #[derive(Clone, Default)]
    struct Orders {
        versions: Vec<(WorkOrderId, i64)>,
        done: Vec<Uuid>,
        told: Vec<ToldOperation>,
    }

    /// What one operation was answered.
    #[derive(Debug, PartialEq)]
    struct Answer {
        outcome: OfflineOutcome,
        version: Option<i64>,
        code: Option<String>,
    }

    impl Orders {
        fn version(&self, id: WorkOrderId) -> Option<i64> {
            self.versions
                .iter()
                .find(|(known, _)| *known == id)
                .map(|(_, version)| *version)
        }

        fn apply(&mut self, operation: &OfflineOperation) -> Result<i64> {
            if operation.action == OfflineAction::Start {
                return Err(INVALID_TRANSITION.error());
            }
            let order = self
                .versions
                .iter_mut()
                .find(|(known, _)| *known == operation.work_order_id)
                .unwrap();
            order.1 += 1;
            self.done.push(operation.client_id);
            Ok(order.1)
        }

        fn tried(&mut self, operation: &OfflineOperation, replay: &Replay) -> Result<i64> {
            let footing = replay.footing(operation)?;
            let version = self
                .version(operation.work_order_id)
                .ok_or_else(|| NOT_FOUND.error())?;
            if !footing.contains(&version) {
                return Err(PRECONDITION_FAILED.error());
            }
            operation.check_time(stamp().now)?;
            self.apply(operation)
        }

        /// Works a batch off as the server does.
        fn replay(&mut self, batch: &[OfflineOperation]) -> Vec<Answer> {
            let mut replay = Replay::default();
            let (at, user) = (stamp(), UserId(Uuid::nil()));
            let mut answers = Vec::new();
            for operation in batch {
                let before = self
                    .told
                    .iter()
                    .find(|told| told.client_id == operation.client_id)
                    .cloned();
                let (told, is_duplicate) = match before {
                    Some(told) => (told, true),
                    None => {
                        let told = match self.tried(operation, &replay) {
                            Ok(version) => operation.applied(version, user, &at),
                            Err(error) => operation.refused(error.code.slug, user, &at),
                        };
                        self.told.push(told.clone());
                        (told, false)
                    }
                };
                replay.take(operation, &told, is_duplicate);
                answers.push(Answer {
                    outcome: told.answered(is_duplicate),
                    version: told.version,
                    code: told.code,
                });
            }
            answers
        }
    }

    fn order(n: u128) -> WorkOrderId {
        WorkOrderId(Uuid::from_u128(n))
    }

    fn operation(client: u128, on: u128, base: i64, action: &str) -> OfflineOperation {
        serde_json::from_value(
            json!({"client_id": Uuid::from_u128(client), "work_order_id": order(on),
            "base_version": base, "action": action, "occurred_at": "2026-11-23T00:30:00Z"}),
        )
        .unwrap()
    }

    fn orders() -> Orders {
        Orders {
            versions: vec![(order(1), 3), (order(2), 5)],
            ..Orders::default()
        }
    }

    fn outcomes(answers: &[Answer]) -> Vec<OfflineOutcome> {
        answers.iter().map(|answer| answer.outcome).collect()
    }

    use OfflineOutcome::{Applied, Conflict, Duplicate};

    #[test]
    fn operations_are_done_in_their_order_and_once() {
        let mut orders = orders();
        let batch = [
            operation(1, 1, 3, "depart"),
            operation(2, 1, 3, "arrive"),
            operation(1, 1, 3, "depart"),
        ];
        let answers = orders.replay(&batch);
        assert_eq!(outcomes(&answers), [Applied, Applied, Duplicate]);
        assert_eq!(answers[0].version, answers[2].version);
        assert_eq!(orders.version(order(1)), Some(5));
    }

    #[test]
    fn what_somebody_else_changed_is_in_conflict_and_other_orders_go_on() {
        let mut orders = orders();
        let batch = [
            operation(1, 1, 2, "depart"),
            operation(2, 1, 3, "arrive"),
            operation(3, 2, 5, "depart"),
        ];
        let answers = orders.replay(&batch);
        assert_eq!(outcomes(&answers), [Conflict, Conflict, Applied]);
        assert_eq!(answers[0].code.as_deref(), Some("precondition_failed"));
        assert_eq!(answers[1].code.as_deref(), Some("earlier_conflict"));
        assert_eq!(
            orders.replay(&batch)[1].code,
            answers[1].code,
            "a refusal is kept"
        );
    }

    #[test]
    fn a_lost_answer_lets_the_rest_of_the_batch_go_on() {
        let mut told = orders();
        told.replay(&[operation(1, 1, 3, "depart")]);
        let mut same = told.told.clone();
        let batch = [operation(1, 1, 3, "depart"), operation(2, 1, 3, "arrive")];
        assert_eq!(outcomes(&told.replay(&batch)), [Duplicate, Applied]);
        // Changed by somebody else after the answer was lost: not ours to go on from.
        let mut orders = orders();
        orders.told.append(&mut same);
        orders.versions[0].1 = 9;
        let batch = [operation(1, 1, 3, "depart"), operation(3, 1, 3, "arrive")];
        assert_eq!(outcomes(&orders.replay(&batch)), [Duplicate, Conflict]);
    }

    #[test]
    fn a_later_operation_carries_the_first_version_or_one_made_since() {
        let mut told = orders();
        let batch = [
            operation(1, 1, 3, "depart"),
            operation(2, 1, 4, "arrive"),
            operation(3, 1, 77, "depart"),
            operation(4, 2, 5, "depart"),
            operation(5, 2, 4, "arrive"),
        ];
        let answers = told.replay(&batch);
        assert_eq!(
            outcomes(&answers),
            [Applied, Applied, Conflict, Applied, Conflict]
        );
        assert_eq!(answers[2].code.as_deref(), Some("precondition_failed"));
        assert_eq!(told.versions, [(order(1), 5), (order(2), 6)]);
        // After a lost answer the order may have been read anew, but nobody read what never was.
        let mut read_since = told.clone();
        read_since.versions[0].1 = 9;
        let batch = [operation(1, 1, 3, "depart"), operation(6, 1, 9, "arrive")];
        assert_eq!(outcomes(&read_since.replay(&batch)), [Duplicate, Applied]);
        let batch = [operation(2, 1, 4, "arrive"), operation(7, 1, 77, "depart")];
        assert_eq!(outcomes(&told.replay(&batch)), [Duplicate, Conflict]);
    }

    #[test]
    fn a_refused_action_stops_its_order_alone() {
        let mut orders = orders();
        let batch = [
            operation(1, 1, 3, "start"),
            operation(2, 1, 3, "depart"),
            operation(3, 9, 1, "depart"),
        ];
        let answers = orders.replay(&batch);
        let codes: Vec<&str> = answers
            .iter()
            .filter_map(|answer| answer.code.as_deref())
            .collect();
        assert_eq!(codes, ["invalid_transition", "earlier_conflict", "not_found"]);
        let mut ahead = operation(4, 2, 5, "depart");
        ahead.occurred_at = stamp().now.plus_minutes(6);
        assert_eq!(orders.replay(&[ahead])[0].code.as_deref(), Some("date_in_future"));
    }

    #[test]
    fn what_an_operation_does_not_say_is_told_at_its_place() {
        let operations = vec![
            operation(1, 1, 3, "refuse"),
            operation(2, 1, 3, "arrive"),
            operation(3, 1, 3, "complete"),
        ];
        let refused = OfflineBatch { operations }.deeds().unwrap_err();
        let places: Vec<&Place> = refused.errors.iter().map(|fault| &fault.place).collect();
        let pointer = |text: &str| Place::Pointer(text.to_owned());
        assert_eq!(
            places,
            [
                &pointer("#/operations/0/reason"),
                &pointer("#/operations/2/result")
            ]
        );
    }

    proptest! {
        #[test]
        fn a_batch_told_twice_does_nothing_twice(ops in prop::collection::vec((1_u128..20, 1_u128..3, 0_usize..3), 0..20)) {
            let actions = ["depart", "arrive", "start"];
            let bases = [0, 3, 5];
            let batch: Vec<OfflineOperation> = ops
                .iter()
                .map(|(client, on, action)| operation(*client, *on, bases[usize::try_from(*on).unwrap()], actions[*action]))
                .collect();
            let mut orders = orders();
            let first = orders.replay(&batch);
            prop_assert_eq!(first.len(), batch.len());
            let (done, versions) = (orders.done.clone(), orders.versions.clone());
            let again = orders.replay(&batch);
            prop_assert_eq!((&orders.done, &orders.versions), (&done, &versions));
            let is_kept = first.iter().zip(&again).all(|(a, b)| {
                let outcome = if a.outcome == Conflict { Conflict } else { Duplicate };
                (b.outcome, b.version, &b.code) == (outcome, a.version, &a.code)
            });
            prop_assert!(is_kept);
        }
    }
}
