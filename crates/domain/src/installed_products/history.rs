//! Days of a unit: whose it was, and which of them a repair took.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::addresses::AddressId;
use crate::customers::CustomerId;
use crate::kernel::Date;
use crate::label;

/// Whose a unit was and where it stood, first and last day included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitOwnership {
    /// The customer.
    pub customer_id: CustomerId,
    /// The address.
    #[schema(required)]
    pub address_id: Option<AddressId>,
    /// From this day.
    pub from_on: Date,
    /// To this day; null while it lasts.
    #[schema(required)]
    pub until_on: Option<Date>,
}

impl UnitOwnership {
    /// Whether it held on a day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.from_on <= day && self.until_on.is_none_or(|until| day <= until)
    }

    /// Whether the other one goes on where this one ended: the same customer, the same address, the next day.
    pub fn adjoins(&self, next: &UnitOwnership) -> bool {
        self.customer_id == next.customer_id
            && self.address_id == next.address_id
            && self.until_on.map(|until| until.plus_days(1)) == Some(next.from_on)
    }
}

label! {
    /// What took a unit from its owner.
    pub enum RepairKind {
        /// It was being repaired.
        Repair = "repair",
        /// It waited for parts.
        PartsWait = "parts_wait",
    }
}

/// Days on which a unit was in repair or waited for parts, first and last included (CU-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RepairPeriod {
    /// From this day.
    pub from_on: Date,
    /// To this day; null while it lasts.
    #[schema(required)]
    pub until_on: Option<Date>,
    /// What took it.
    pub kind: RepairKind,
}

/// Days in a row, first and last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DaySpan {
    /// The first.
    pub from: Date,
    /// The last.
    pub until: Date,
}

impl DaySpan {
    /// How many days these are.
    pub fn days(self) -> i64 {
        self.until.days_since(self.from).saturating_add(1)
    }
}

/// The days of all periods as spans that neither touch nor overlap, in order: each date counts once. A period that still
/// lasts reaches to `today`; one that ends before it begins, or has not begun, has no days.
pub fn spans(periods: &[RepairPeriod], today: Date) -> Vec<DaySpan> {
    let mut all: Vec<DaySpan> = periods
        .iter()
        .map(|period| DaySpan {
            from: period.from_on,
            until: period.until_on.unwrap_or(today),
        })
        .filter(|span| span.from <= span.until)
        .collect();
    all.sort_unstable();
    let mut joined: Vec<DaySpan> = Vec::new();
    for span in all {
        match joined.last_mut() {
            Some(last) if span.from <= last.until.plus_days(1) => last.until = last.until.max(span.until),
            _ => joined.push(span),
        }
    }
    joined
}

/// How many dates the periods take, each once.
pub fn days(periods: &[RepairPeriod], today: Date) -> i64 {
    spans(periods, today).into_iter().map(DaySpan::days).sum()
}
