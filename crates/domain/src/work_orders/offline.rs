//! The technician's offline log: what he did without a network, told in order when he has one again.
//!
//! Each operation carries an identifier of the device and the version of the order it was done on. It is answered as
//! applied, as a duplicate of one told before, or as a conflict with the order as it stands. The function is pure: the
//! caller says how an operation is tried, and keeps the outcome under the client's identifier.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::{ArriveWorkOrder, BookWorkOrder, CompleteWorkOrder, WorkOrderId};
use crate::kernel::text::Reason;
use crate::kernel::{Error, Result, Time};
use crate::label;

/// How many operations one batch may have.
pub const MOST_OPERATIONS: usize = 200;
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
    /// The version of the order the device knew, before the operations of this batch.
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

/// What became of one operation.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OfflineAnswer {
    /// The device's identifier.
    #[schema(value_type = String, format = "uuid", min_length = 36, max_length = 36)]
    pub client_id: Uuid,
    /// The order.
    pub work_order_id: WorkOrderId,
    /// What became of it.
    pub outcome: OfflineOutcome,
    /// The version of the order now; null if there is no such order for the caller.
    #[schema(required, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub version: Option<i64>,
    /// The refusal's code, for a conflict.
    #[schema(required, max_length = 64, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: Option<String>,
    /// The order as it stands, for a conflict.
    #[schema(required, value_type = Option<Object>)]
    pub current: Option<Value>,
}

/// An operation that was told before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The device's identifier.
    pub client_id: Uuid,
    /// The order's version after it.
    pub version: i64,
}

/// The orders the batch speaks of, as they stand and as they change.
pub trait OfflineOrders {
    /// The version of an order; none if it does not exist for the caller.
    fn version(&self, id: WorkOrderId) -> Option<i64>;

    /// Tries an operation by the ordinary rules; the new version.
    ///
    /// # Errors
    /// Whatever the ordinary action refuses; the order is unchanged then.
    fn apply(&mut self, operation: &OfflineOperation) -> Result<i64>;

    /// The order as the caller sees it.
    fn current(&self, id: WorkOrderId) -> Option<Value>;
}

/// Works a batch off in its order. An order somebody else changed meanwhile is in conflict from its first operation on:
/// what was done upon a wrong belief is not done at all. Other orders of the batch go on.
pub fn replay(
    batch: &[OfflineOperation],
    told: &[Told],
    now: Time,
    orders: &mut impl OfflineOrders,
) -> Vec<OfflineAnswer> {
    let mut told: Vec<Told> = told.to_vec();
    // The version each order has by this batch alone, and the orders that are lost to it.
    let mut ours: Vec<(WorkOrderId, i64)> = Vec::new();
    let mut lost: Vec<WorkOrderId> = Vec::new();
    let mut answers = Vec::new();
    for operation in batch {
        let id = operation.work_order_id;
        let answer = |outcome, version, error: Option<&str>, current| OfflineAnswer {
            client_id: operation.client_id,
            work_order_id: id,
            outcome,
            version,
            code: error.map(str::to_owned),
            current,
        };
        if let Some(before) = told.iter().find(|told| told.client_id == operation.client_id) {
            // Told before and answered lost: the device goes on from the version it led to.
            let version = before.version;
            let is_unchanged = orders.version(id) == Some(version);
            if is_unchanged && !ours.iter().any(|(known, _)| *known == id) {
                ours.push((id, version));
            }
            answers.push(answer(OfflineOutcome::Duplicate, orders.version(id), None, None));
            continue;
        }
        let known = ours
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, version)| *version);
        let tried = match orders.version(id) {
            _ if lost.contains(&id) => Err("earlier_conflict".to_owned()),
            None => Err("not_found".to_owned()),
            Some(version) if version != known.unwrap_or(operation.base_version) => {
                Err("precondition_failed".to_owned())
            }
            Some(_) if operation.occurred_at > now.plus_millis(AHEAD) => Err("date_in_future".to_owned()),
            Some(_) => orders
                .apply(operation)
                .map_err(|error: Error| error.code.slug.to_owned()),
        };
        match tried {
            Ok(version) => {
                told.push(Told {
                    client_id: operation.client_id,
                    version,
                });
                ours.retain(|(known, _)| *known != id);
                ours.push((id, version));
                answers.push(answer(OfflineOutcome::Applied, Some(version), None, None));
            }
            Err(code) => {
                lost.push(id);
                let (version, current) = (orders.version(id), orders.current(id));
                answers.push(answer(OfflineOutcome::Conflict, version, Some(&code), current));
            }
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::kernel::error::INVALID_TRANSITION;

    /// Orders that take any action but `start`, and remember what was done.
    #[derive(Default)]
    struct Orders {
        versions: Vec<(WorkOrderId, i64)>,
        done: Vec<Uuid>,
    }

    impl OfflineOrders for Orders {
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

        fn current(&self, id: WorkOrderId) -> Option<Value> {
            self.version(id).map(|version| json!({"version": version}))
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
            done: Vec::new(),
        }
    }

    fn now() -> Time {
        "2026-11-23T01:00:00Z".parse().unwrap()
    }

    fn outcomes(answers: &[OfflineAnswer]) -> Vec<OfflineOutcome> {
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
        let answers = replay(&batch, &[], now(), &mut orders);
        assert_eq!(outcomes(&answers), [Applied, Applied, Duplicate]);
        assert_eq!(orders.version(order(1)), Some(5));
    }

    #[test]
    fn what_somebody_else_changed_is_in_conflict_and_told_as_it_stands() {
        let mut orders = orders();
        let batch = [
            operation(1, 1, 2, "depart"),
            operation(2, 1, 2, "arrive"),
            operation(3, 2, 5, "depart"),
        ];
        let answers = replay(&batch, &[], now(), &mut orders);
        assert_eq!(outcomes(&answers), [Conflict, Conflict, Applied]);
        assert_eq!(answers[0].code.as_deref(), Some("precondition_failed"));
        assert_eq!(answers[1].code.as_deref(), Some("earlier_conflict"));
        assert_eq!(answers[0].current, Some(json!({"version": 3})));
    }

    #[test]
    fn a_lost_answer_lets_the_rest_of_the_batch_go_on() {
        let mut orders = orders();
        orders.versions[0].1 = 4;
        let told = [Told {
            client_id: Uuid::from_u128(1),
            version: 4,
        }];
        let batch = [operation(1, 1, 3, "depart"), operation(2, 1, 3, "arrive")];
        assert_eq!(
            outcomes(&replay(&batch, &told, now(), &mut orders)),
            [Duplicate, Applied]
        );
        // Changed by somebody else after the answer was lost: not ours to go on from.
        orders.versions[0].1 = 9;
        let batch = [operation(1, 1, 3, "depart"), operation(3, 1, 3, "arrive")];
        assert_eq!(
            outcomes(&replay(&batch, &told, now(), &mut orders)),
            [Duplicate, Conflict]
        );
    }

    #[test]
    fn a_refused_action_stops_its_order_alone() {
        let mut orders = orders();
        let batch = [
            operation(1, 1, 3, "start"),
            operation(2, 1, 3, "complete"),
            operation(3, 9, 1, "depart"),
        ];
        let answers = replay(&batch, &[], now(), &mut orders);
        let codes: Vec<&str> = answers
            .iter()
            .filter_map(|answer| answer.code.as_deref())
            .collect();
        assert_eq!(codes, ["invalid_transition", "earlier_conflict", "not_found"]);
        let mut ahead = operation(4, 2, 5, "depart");
        ahead.occurred_at = now().plus_minutes(6);
        let answers = replay(&[ahead], &[], now(), &mut orders);
        assert_eq!(answers[0].code.as_deref(), Some("date_in_future"));
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
            let first = replay(&batch, &[], now(), &mut orders);
            prop_assert_eq!(first.len(), batch.len());
            let told: Vec<Told> = first
                .iter()
                .filter(|answer| answer.outcome == Applied)
                .map(|answer| Told { client_id: answer.client_id, version: answer.version.unwrap() })
                .collect();
            let again = replay(&batch, &told, now(), &mut orders);
            let is_kept = first.iter().zip(&again).all(|(a, b)| a.outcome == Conflict || b.outcome == Duplicate);
            prop_assert!(is_kept);
            let mut done = orders.done.clone();
            done.sort_unstable();
            done.dedup();
            prop_assert_eq!(done.len(), orders.done.len());
        }
    }
}
