//! One customer under two records: the second becomes part of the first, for good (CU-8).

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Customer, CustomerId};
use crate::codes;
use crate::kernel::error::{INACTIVE_REFERENCE, TOO_MANY_ITEMS};
use crate::kernel::{Event, Result, Stamp};

/// Makes another customer part of this one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12"}))]
pub struct MergeCustomers {
    /// The customer that becomes part of this one.
    pub from_id: CustomerId,
}

/// How many keys of other systems a customer may have.
const MOST_REFS: usize = 20;

impl Customer {
    /// Takes another customer in: his keys of other systems move here, he becomes inactive and stays readable. Whoever
    /// keeps it moves what hangs on him.
    ///
    /// Errors: `merge_into_itself`, `already_merged`, `too_many_items`.
    pub fn take_in(&mut self, from: &mut Customer, at: &Stamp) -> Result<Event> {
        if self.id == from.id {
            return Err(MERGE_INTO_ITSELF.at("#/from_id"));
        }
        self.stands()?;
        from.stands()?;
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
        from.merged_into_id = Some(self.id);
        Ok(Event {
            kind: "customer.merged",
            resource: "customer",
            resource_id: from.id.0,
            at: at.now,
            data: json!({"into_id": self.id}),
        })
    }

    /// Refuses to change a customer who became part of another.
    ///
    /// Errors: `already_merged` with `conflicting_id`.
    pub fn stands(&self) -> Result<()> {
        match self.merged_into_id {
            Some(id) => Err(ALREADY_MERGED.error().with("conflicting_id", id.to_string())),
            None => Ok(()),
        }
    }

    /// Refuses whatever is to be new under a customer who became part of another or is kept inactive (BD-2).
    ///
    /// Errors: `already_merged` with `conflicting_id`, `inactive_reference`.
    pub fn takes_new(&self) -> Result<()> {
        self.stands()?;
        match self.is_active {
            true => Ok(()),
            false => Err(INACTIVE_REFERENCE.parameter("customer_id")),
        }
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
        let event = into.take_in(&mut from, &stamp()).unwrap();
        assert_eq!(
            (from.merged_into_id, event.kind),
            (Some(into.id), "customer.merged")
        );
        let systems: Vec<&str> = into.external_refs.iter().map(|key| key.system.as_str()).collect();
        assert_eq!(systems, ["sap", "crm"]);
        assert!(!from.is_active && from.external_refs.is_empty() && into.credit_blocked);
    }

    #[test]
    fn nobody_is_merged_with_himself_or_twice() {
        let (mut into, mut from) = (customer(1, "sap"), customer(2, "crm"));
        let mut same = into.clone();
        let refusal = into.take_in(&mut same, &stamp()).unwrap_err();
        assert_eq!(refusal.code.slug, "merge_into_itself");
        into.take_in(&mut from, &stamp()).unwrap();
        let mut third = customer(3, "erp");
        for refusal in [
            third.take_in(&mut from, &stamp()),
            from.take_in(&mut third, &stamp()),
        ] {
            let refusal = refusal.unwrap_err();
            assert_eq!(refusal.code.slug, "already_merged");
            assert_eq!(refusal.extra["conflicting_id"], into.id.to_string());
        }
    }
}
