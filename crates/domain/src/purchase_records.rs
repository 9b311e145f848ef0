//! Purchase records: who bought what, when and where; warranty begins here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::customers::{CustomerId, KEEPERS, READERS};
use crate::kernel::error::{DATE_IN_FUTURE, OUT_OF_RANGE, Place};
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Label200};
use crate::kernel::{Date, Meta, Money, Patch, Stamp, Violation};
use crate::products::{Product, ProductId};
use crate::{id, label, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(PurchaseRecordId);

label! {
    /// Where a purchase record comes from.
    pub enum PurchaseSource {
        /// The customer system.
        Crm = "crm",
        /// The business system.
        Erp = "erp",
        /// A person.
        Manual = "manual",
    }
}

/// A purchase of a customer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PurchaseRecord {
    /// Machine identifier.
    pub id: PurchaseRecordId,
    /// Who bought.
    pub customer_id: CustomerId,
    /// What was bought.
    pub product_id: ProductId,
    /// The model as it stands on the invoice.
    pub model: Label64,
    /// How many pieces.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: i64,
    /// On which day.
    pub purchased_on: Date,
    /// Number of the invoice.
    #[schema(required)]
    pub invoice_no: Option<Label64>,
    /// Price on the invoice; not negative.
    #[schema(required)]
    pub invoice_price: Option<Money>,
    /// Who sold it.
    #[schema(required)]
    pub dealer: Option<Label200>,
    /// Number of the order.
    #[schema(required)]
    pub order_no: Option<Label64>,
    /// Where the record comes from.
    pub source: PurchaseSource,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to record a purchase.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"product_id": "0192f0c1-8a00-7c55-9a53-4f0c1e0f6a12", "quantity": 1, "purchased_on": "2026-03-01",
    "invoice_no": "INV-1001", "invoice_price": {"amount": "2999.00", "currency": "CNY"}}))]
pub struct PurchaseRecordCreate {
    /// What was bought; an active product.
    pub product_id: ProductId,
    /// The model as it stands on the invoice; the product's if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub model: Option<Label64>,
    /// How many pieces; 1 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
    pub quantity: Option<i64>,
    /// On which day; not later than today in the default zone.
    pub purchased_on: Date,
    /// Number of the invoice.
    #[serde(default)]
    pub invoice_no: Option<Label64>,
    /// Price on the invoice; not negative.
    #[serde(default)]
    pub invoice_price: Option<Money>,
    /// Who sold it.
    #[serde(default)]
    pub dealer: Option<Label200>,
    /// Number of the order.
    #[serde(default)]
    pub order_no: Option<Label64>,
    /// Where the record comes from; `manual` if absent.
    #[serde(default)]
    #[schema(nullable = false)]
    pub source: Option<PurchaseSource>,
}

/// What may change on a purchase record; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"quantity": 2, "dealer": null}))]
pub struct PurchaseRecordPatch {
    /// What was bought; an active product.
    #[schema(nullable = false)]
    pub product_id: Option<ProductId>,
    /// The model as it stands on the invoice.
    #[schema(nullable = false)]
    pub model: Option<Label64>,
    /// How many pieces.
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000)]
    pub quantity: Option<i64>,
    /// On which day; not later than today in the default zone.
    #[schema(nullable = false)]
    pub purchased_on: Option<Date>,
    /// Number of the invoice.
    #[schema(value_type = Option<Label64>)]
    pub invoice_no: Patch<Label64>,
    /// Price on the invoice; not negative.
    #[schema(value_type = Option<Money>)]
    pub invoice_price: Patch<Money>,
    /// Who sold it.
    #[schema(value_type = Option<Label200>)]
    pub dealer: Patch<Label200>,
    /// Number of the order.
    #[schema(value_type = Option<Label64>)]
    pub order_no: Patch<Label64>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl PurchaseRecordCreate {
    /// What is wrong with it by itself: a future day (`date_in_future`), a price below nothing (`out_of_range`).
    pub fn faults(&self, today: Date) -> Vec<Violation> {
        faults(self.purchased_on, self.invoice_price, today)
    }

    /// The new record of a customer's purchase of this product.
    pub fn record(self, customer_id: CustomerId, product: &Product, at: &Stamp) -> PurchaseRecord {
        PurchaseRecord {
            id: PurchaseRecordId::next(at),
            customer_id,
            product_id: product.id,
            model: self.model.unwrap_or_else(|| product.model.clone()),
            quantity: self.quantity.unwrap_or(1),
            purchased_on: self.purchased_on,
            invoice_no: self.invoice_no,
            invoice_price: self.invoice_price,
            dealer: self.dealer,
            order_no: self.order_no,
            source: self.source.unwrap_or(PurchaseSource::Manual),
            meta: Meta::new(at),
        }
    }
}

impl PurchaseRecord {
    /// Applies a patch whose product was found fit.
    pub fn revise(&mut self, patch: PurchaseRecordPatch) {
        replace(patch.product_id, &mut self.product_id);
        replace(patch.model, &mut self.model);
        replace(patch.quantity, &mut self.quantity);
        replace(patch.purchased_on, &mut self.purchased_on);
        patch.invoice_no.onto(&mut self.invoice_no);
        patch.invoice_price.onto(&mut self.invoice_price);
        patch.dealer.onto(&mut self.dealer);
        patch.order_no.onto(&mut self.order_no);
    }

    /// What is wrong with it by itself: a future day (`date_in_future`), a price below nothing (`out_of_range`).
    pub fn faults(&self, today: Date) -> Vec<Violation> {
        faults(self.purchased_on, self.invoice_price, today)
    }
}

fn faults(purchased_on: Date, price: Option<Money>, today: Date) -> Vec<Violation> {
    let mut wrong = Vec::new();
    if purchased_on > today {
        wrong.push(DATE_IN_FUTURE.violation(Place::Pointer("#/purchased_on".to_owned())));
    }
    if price.is_some_and(|price| price.minor < 0) {
        wrong.push(OUT_OF_RANGE.violation(Place::Pointer("#/invoice_price/amount".to_owned())));
    }
    wrong
}

// ---- permissions: who may do what (domain.md 3.0, row "customers") ----------------------------------------------

permissions! {
    Read = "purchase_records:read" for READERS;
    Create = "purchase_records:create" for KEEPERS;
    Update = "purchase_records:update" for KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Currency;

    #[test]
    fn nobody_buys_tomorrow_or_below_nothing() {
        let today: Date = "2026-11-23".parse().unwrap();
        let price = |minor| {
            Some(Money {
                minor,
                currency: Currency::Cny,
            })
        };
        assert!(faults(today, price(0), today).is_empty());
        let codes: Vec<&str> = faults(today.plus_days(1), price(-1), today)
            .iter()
            .map(|v| v.code.slug)
            .collect();
        assert_eq!(codes, ["date_in_future", "out_of_range"]);
    }
}
