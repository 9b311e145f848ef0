//! One customer under two records: the second becomes part of the first, for good (CU-8).

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Customer, CustomerId};
use crate::codes;
use crate::json_columns;
use crate::kernel::error::TOO_MANY_ITEMS;
use crate::kernel::meta::UserId;
use crate::kernel::{Event, Result, Stamp, Time};

/// Makes another customer part of this one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"}))]
pub struct MergeCustomers {
    /// The customer that becomes part of this one.
    pub from_id: CustomerId,
}

/// That one customer became part of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerMerge {
    /// The customer that remains.
    pub into_id: CustomerId,
    /// When.
    pub at: Time,
    /// Who did it.
    #[schema(required)]
    pub by: Option<UserId>,
}

json_columns!(CustomerMerge);

/// How many keys of other systems a customer may have.
const MOST_REFS: usize = 20;

impl Customer {
    /// Takes another customer in: his keys of other systems and his marks move here, he becomes inactive and stays
    /// readable. Whoever keeps it moves what hangs on him. `merged` says whether each of the two is merged already.
    ///
    /// Errors: `merge_into_itself`, `already_merged`, `too_many_items`.
    pub fn take_in(
        &mut self,
        from: &mut Customer,
        merged: (Option<&CustomerMerge>, Option<&CustomerMerge>),
        at: &Stamp,
    ) -> Result<(CustomerMerge, Event)> {
        if self.id == from.id {
            return Err(MERGE_INTO_ITSELF.at("#/from_id"));
        }
        if let (Some(merge), _) | (_, Some(merge)) = merged {
            return Err(ALREADY_MERGED.error().with("into_id", merge.into_id.to_string()));
        }
        let new_refs: Vec<_> = from
            .external_refs
            .iter()
            .filter(|key| !self.external_refs.contains(key))
            .cloned()
            .collect();
        if self.external_refs.len().saturating_add(new_refs.len()) > MOST_REFS {
            return Err(TOO_MANY_ITEMS.at("#/from_id"));
        }
        self.external_refs.extend(new_refs);
        from.external_refs.clear();
        from.is_active = false;
        // Whom one of the two records warns of, both warn of.
        self.sms_opt_out |= from.sms_opt_out;
        self.credit_blocked |= from.credit_blocked;
        let merge = CustomerMerge {
            into_id: self.id,
            at: at.now,
            by: at.actor.user_id,
        };
        let event = Event {
            kind: "customer.merged",
            resource: "customer",
            resource_id: from.id.0,
            at: at.now,
            data: json!({"into_id": self.id}),
        };
        Ok((merge, event))
    }
}

codes! {
    MERGE_INTO_ITSELF: Invalid = "merge_into_itself", "A customer cannot become part of himself", "客户不能与自身合并";
    ALREADY_MERGED: Conflict = "already_merged", "One of the customers became part of another already", "客户已被合并";
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kernel::stamp::tests::stamp;
    use crate::kernel::text::Number;

    fn customer(n: u128, system: &str) -> Customer {
        let cmd = json!({"kind": "consumer", "name": "刘芳", "phone": "13800138001",
            "external_refs": [{"system": system, "external_id": "1"}]});
        let number = Number::new("CU-20261123-000001").unwrap();
        Customer {
            id: CustomerId(uuid::Uuid::from_u128(n)),
            ..Customer::register(serde_json::from_value(cmd).unwrap(), number, &stamp())
        }
    }

    #[test]
    fn who_is_taken_in_keeps_nothing_but_his_record() {
        let (mut into, mut from) = (customer(1, "sap"), customer(2, "crm"));
        from.credit_blocked = true;
        let (merge, event) = into.take_in(&mut from, (None, None), &stamp()).unwrap();
        assert_eq!((merge.into_id, event.kind), (into.id, "customer.merged"));
        let systems: Vec<&str> = into.external_refs.iter().map(|key| key.system.as_str()).collect();
        assert_eq!(systems, ["sap", "crm"]);
        assert!(!from.is_active && from.external_refs.is_empty() && into.credit_blocked);
    }

    #[test]
    fn nobody_is_merged_with_himself_or_twice() {
        let (mut into, mut from) = (customer(1, "sap"), customer(2, "crm"));
        let mut same = into.clone();
        let refusal = into.take_in(&mut same, (None, None), &stamp()).unwrap_err();
        assert_eq!(refusal.code.slug, "merge_into_itself");
        let (merge, _) = into.take_in(&mut from, (None, None), &stamp()).unwrap();
        for merged in [(Some(&merge), None), (None, Some(&merge))] {
            let refusal = customer(3, "erp")
                .take_in(&mut from, merged, &stamp())
                .unwrap_err();
            assert_eq!(refusal.code.slug, "already_merged");
        }
    }
}
