//! What the clock does to an agreement (domain.md 3.23): it begins, is renewed, and ends.
//!
//! Nothing is scheduled: the next step follows from the state, and whoever looks first lets everything due happen.

use super::{AgreementStatus, Draft, RENEWAL_DAYS, ServiceAgreement};
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
