//! What an agreement grants, period by period, and what of it was used (AG-2).
//!
//! A service is reserved when somebody is assigned, used when the work is verified, given back when it is cancelled. Used
//! and reserved together never exceed what was granted; who asks for more is charged, never refused.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{ReverseUsage, ServiceAgreement, ServiceAgreementId, USAGE_NOT_CONSUMED};
use crate::agreement_templates::{GrantPeriod, GrantedItem};
use crate::kernel::meta::UserId;
use crate::kernel::text::Reason;
use crate::kernel::{Date, Event, Meta, Result, Stamp, Time};
use crate::requests::ServiceRequestId;
use crate::service_items::ServiceItemId;
use crate::{id, label};

id!(EntitlementId, UsageId);

/// What is granted of one service within one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Entitlement {
    /// Machine identifier.
    pub id: EntitlementId,
    /// The agreement.
    pub agreement_id: ServiceAgreementId,
    /// The service.
    pub service_item_id: ServiceItemId,
    /// How many; null for any number.
    #[schema(required, minimum = 1, maximum = 100_000)]
    pub granted: Option<i64>,
    /// How many were used.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub used: i64,
    /// How many are reserved for work that goes on.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub reserved: i64,
    /// First day of the period.
    pub period_start: Date,
    /// Last day of the period, included.
    pub period_end: Date,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

label! {
    /// How a use of an entitlement stands.
    pub enum UsageStatus {
        /// Set aside for work that goes on.
        Reserved = "reserved",
        /// Used.
        Consumed = "consumed",
        /// Given back before it was used.
        Released = "released",
        /// Given back after it was used.
        Reversed = "reversed",
    }
}

/// One use of an entitlement by one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Usage {
    /// Machine identifier.
    pub id: UsageId,
    /// The entitlement.
    pub entitlement_id: EntitlementId,
    /// The request it served.
    pub service_request_id: ServiceRequestId,
    /// How many.
    #[schema(minimum = 1, maximum = 100_000)]
    pub quantity: i64,
    /// How it stands.
    pub status: UsageStatus,
    /// When it came to stand so.
    pub at: Time,
    /// Who took it back after it was used.
    #[schema(required)]
    pub reversed_by: Option<UserId>,
    /// Why.
    #[schema(required)]
    pub reverse_reason: Option<Reason>,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

impl Entitlement {
    /// How many are left; none for any number.
    pub fn left(&self) -> Option<i64> {
        let taken = self.used.saturating_add(self.reserved);
        self.granted.map(|granted| granted.saturating_sub(taken).max(0))
    }

    /// Whether so many more may be had.
    pub fn has(&self, quantity: i64) -> bool {
        quantity > 0 && self.left().is_none_or(|left| quantity <= left)
    }

    /// Whether a day lies within its period.
    pub fn holds_on(&self, day: Date) -> bool {
        self.period_start <= day && day <= self.period_end
    }

    /// Sets so many aside for a request; nothing if there are not so many left, which is a reason to charge, no error.
    pub fn reserve(&mut self, request: ServiceRequestId, quantity: i64, at: &Stamp) -> Option<Usage> {
        if !self.has(quantity) {
            return None;
        }
        self.reserved = self.reserved.saturating_add(quantity);
        Some(Usage {
            id: UsageId::next(at),
            entitlement_id: self.id,
            service_request_id: request,
            quantity,
            status: UsageStatus::Reserved,
            at: at.now,
            reversed_by: None,
            reverse_reason: None,
            meta: Meta::new(at),
        })
    }

    /// What was set aside is used. Whether it was just now.
    pub fn consume(&mut self, usage: &mut Usage, at: &Stamp) -> bool {
        let is_done = self.turn(usage, UsageStatus::Reserved, UsageStatus::Consumed, at);
        if is_done {
            self.reserved = self.reserved.saturating_sub(usage.quantity);
            self.used = self.used.saturating_add(usage.quantity);
        }
        is_done
    }

    /// What was set aside is given back. Whether it was just now.
    pub fn release(&mut self, usage: &mut Usage, at: &Stamp) -> bool {
        let is_done = self.turn(usage, UsageStatus::Reserved, UsageStatus::Released, at);
        if is_done {
            self.reserved = self.reserved.saturating_sub(usage.quantity);
        }
        is_done
    }

    /// What was used is given back. Whether it was just now.
    pub fn reverse(&mut self, usage: &mut Usage, at: &Stamp) -> bool {
        let is_done = self.turn(usage, UsageStatus::Consumed, UsageStatus::Reversed, at);
        if is_done {
            self.used = self.used.saturating_sub(usage.quantity);
            usage.reversed_by = at.actor.user_id;
        }
        is_done
    }

    /// A manager takes a use back and says why: the number is there again, the use stays in the ledger.
    ///
    /// Errors: `usage_not_consumed`.
    pub fn take_back(&mut self, usage: &mut Usage, cmd: &ReverseUsage, at: &Stamp) -> Result<Event> {
        if !self.reverse(usage, at) {
            return Err(USAGE_NOT_CONSUMED
                .error()
                .with("current_status", usage.status.as_str()));
        }
        usage.reverse_reason = Some(cmd.reason.clone());
        Ok(Event {
            kind: "entitlement.usage_reversed",
            resource: "entitlement",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"agreement_id": self.agreement_id, "service_item_id": self.service_item_id,
                "usage_id": usage.id, "service_request_id": usage.service_request_id}),
        })
    }

    /// What is told once nothing is left.
    pub fn exhausted(&self, at: &Stamp) -> Option<Event> {
        (self.left() == Some(0)).then(|| Event {
            kind: "entitlement.exhausted",
            resource: "entitlement",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"agreement_id": self.agreement_id, "service_item_id": self.service_item_id}),
        })
    }

    /// One step of a use of this entitlement; a step taken twice is taken once.
    fn turn(&self, usage: &mut Usage, from: UsageStatus, to: UsageStatus, at: &Stamp) -> bool {
        if usage.entitlement_id != self.id || usage.status != from {
            return false;
        }
        usage.status = to;
        usage.at = at.now;
        true
    }
}

/// The first and the last day of the period a day lies in; none outside the agreement's term.
pub fn period_of(period: GrantPeriod, starts_on: Date, ends_on: Date, day: Date) -> Option<(Date, Date)> {
    if day < starts_on || day > ends_on {
        return None;
    }
    if period == GrantPeriod::Term {
        return Some((starts_on, ends_on));
    }
    // No agreement lasts longer than the calendar; each year is counted from the first day, so that a leap day is
    // found again.
    let mut first = starts_on;
    for year in 1..=10_000_i64 {
        let next = starts_on.plus_months(year.saturating_mul(12));
        if day < next || next <= first {
            return Some((first, next.plus_days(-1).min(ends_on).max(first)));
        }
        first = next;
    }
    None
}

/// What the agreement grants on a day and has not been written down yet: at its beginning and with each new year.
pub fn granted_on(
    agreement: &ServiceAgreement,
    items: &[GrantedItem],
    known: &[Entitlement],
    day: Date,
    at: &Stamp,
) -> Vec<Entitlement> {
    let new = items.iter().filter_map(|item| {
        let (period_start, period_end) = period_of(item.period, agreement.starts_on, agreement.ends_on, day)?;
        let is_known = known.iter().any(|entitlement| {
            entitlement.agreement_id == agreement.id
                && entitlement.service_item_id == item.service_item_id
                && entitlement.holds_on(day)
        });
        (!is_known).then(|| Entitlement {
            id: EntitlementId::next(at),
            agreement_id: agreement.id,
            service_item_id: item.service_item_id,
            granted: item.quantity,
            used: 0,
            reserved: 0,
            period_start,
            period_end,
            meta: Meta::new(at),
        })
    });
    new.collect()
}

/// What a new year grants: the same as the year before, whatever became of the template.
pub fn granted_again(
    agreement: &ServiceAgreement,
    known: &[Entitlement],
    day: Date,
    at: &Stamp,
) -> Vec<Entitlement> {
    let before = known
        .iter()
        .filter(|it| it.agreement_id == agreement.id && it.period_end.plus_days(1) == day);
    let again = before.map(|it| GrantedItem {
        service_item_id: it.service_item_id,
        quantity: it.granted,
        period: GrantPeriod::Year,
    });
    let items: Vec<GrantedItem> = again.collect();
    granted_on(agreement, &items, known, day, at)
}
