//! What the clock does to an agreement (domain.md 3.23): it begins, is renewed, and ends.
//!
//! Nothing is scheduled: the next step follows from the state, and whoever looks first lets everything due happen.

use super::{AgreementStatus, Draft, Entitlement, RENEWAL_DAYS, ServiceAgreement};
use crate::kernel::{Date, Event, Result, Stamp};

/// What the clock does to an agreement, in this order on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgreementStep {
    /// It begins.
    Activate,
    /// The next one is drafted.
    Renew,
    /// It has ended.
    Expire,
}

/// A step the clock took.
#[derive(Clone, Debug, PartialEq)]
pub struct Stepped {
    /// On which day it was due.
    pub on: Date,
    /// What was done.
    pub step: AgreementStep,
    /// The draft that continues the agreement.
    pub next: Option<ServiceAgreement>,
    /// What is told.
    pub event: Event,
}

impl ServiceAgreement {
    /// What the clock does next and on which day; `is_renewed` says whether another one continues it already.
    pub fn next_step(&self, is_renewed: bool) -> Option<(Date, AgreementStep)> {
        match self.status {
            AgreementStatus::Approved => Some((self.starts_on, AgreementStep::Activate)),
            AgreementStatus::Active | AgreementStatus::Suspended => {
                let is_renewing = self.auto_renew && !is_renewed && self.status == AgreementStatus::Active;
                let renewal = (
                    self.ends_on.plus_days(-RENEWAL_DAYS).max(self.starts_on),
                    AgreementStep::Renew,
                );
                let end = (self.ends_on.plus_days(1), AgreementStep::Expire);
                Some(if is_renewing { renewal } else { end })
            }
            _ => None,
        }
    }

    /// The day another year begins for which nothing is granted yet, though the year before was.
    pub fn next_grant(&self, known: &[Entitlement]) -> Option<Date> {
        let is_running = matches!(self.status, AgreementStatus::Active | AgreementStatus::Suspended);
        let own = known.iter().filter(|it| is_running && it.agreement_id == self.id);
        let next = own.map(|it| (it.service_item_id, it.period_end.plus_days(1)));
        next.filter(|(_, day)| *day <= self.ends_on)
            .filter(|(item, day)| {
                let is_it = |it: &Entitlement| it.service_item_id == *item && it.holds_on(*day);
                !known.iter().any(is_it)
            })
            .map(|(_, day)| day)
            .min()
    }

    /// The day the clock next changes something.
    pub fn next_day(&self, is_renewed: bool, known: &[Entitlement]) -> Option<Date> {
        let step = self.next_step(is_renewed).map(|(day, _)| day);
        step.into_iter().chain(self.next_grant(known)).min()
    }

    /// The agreement as it stands on a day, whether or not the clock has come to it.
    #[must_use]
    pub fn as_of(&self, day: Date) -> ServiceAgreement {
        let mut it = self.clone();
        if it.status == AgreementStatus::Approved && it.starts_on <= day {
            it.status = AgreementStatus::Active;
        }
        let is_running = matches!(it.status, AgreementStatus::Active | AgreementStatus::Suspended);
        if is_running && it.ends_on < day {
            it.status = AgreementStatus::Expired;
        }
        it
    }

    /// Takes one step of the clock that is due today; the stamp is the system's, at the step's own instant. Whoever
    /// keeps it grants entitlements after `Activate`. None if nothing is due.
    pub fn take_step(
        &mut self,
        is_renewed: bool,
        draft: impl FnOnce() -> Result<Draft>,
        today: Date,
        at: &Stamp,
    ) -> Result<Option<Stepped>> {
        let Some((on, step)) = self.next_step(is_renewed).filter(|(on, _)| *on <= today) else {
            return Ok(None);
        };
        let (next, event) = match step {
            AgreementStep::Activate => {
                self.status = AgreementStatus::Active;
                (None, self.told("agreement.activated", at))
            }
            AgreementStep::Expire => {
                self.status = AgreementStatus::Expired;
                (None, self.told("agreement.expired", at))
            }
            AgreementStep::Renew => {
                let (next, event) = self.continued(draft()?, at);
                (Some(next), event)
            }
        };
        Ok(Some(Stepped {
            on,
            step,
            next,
            event,
        }))
    }
}
