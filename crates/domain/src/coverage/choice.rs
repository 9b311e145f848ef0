//! Which agreement a request goes by (AG-1).

use std::cmp::Reverse;

use crate::agreement_templates::{AgreementTemplate, AgreementType};
use crate::customers::CustomerId;
use crate::kernel::Date;
use crate::label;
use crate::service_agreements::{
    AgreementStatus, CoversScope, ServiceAgreement, ServiceAgreementId, UnitScope,
};
use crate::service_items::ServiceItemId;

label! {
    /// Why an agreement was not chosen.
    pub enum LossReason {
        /// Somebody else signed it.
        OtherCustomer = "other_customer",
        /// It is a draft or waits for approval.
        NotApproved = "not_approved",
        /// It has not begun on that day.
        NotBegun = "not_begun",
        /// It rests.
        Suspended = "suspended",
        /// It had ended by that day.
        Ended = "ended",
        /// It was terminated.
        Terminated = "terminated",
        /// It does not cover the unit.
        UnitNotCovered = "unit_not_covered",
        /// It does not grant the service.
        ServiceNotGranted = "service_not_granted",
        /// Another one covers the unit more particularly.
        LessParticular = "less_particular",
        /// Another one is of a stronger kind.
        WeakerKind = "weaker_kind",
        /// Another one began later.
        BeganEarlier = "began_earlier",
        /// Another one stands first, all else being equal.
        StandsLater = "stands_later",
    }
}

/// An agreement that may be chosen, with its template.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The agreement.
    pub agreement: &'a ServiceAgreement,
    /// Its template.
    pub template: &'a AgreementTemplate,
}

/// An agreement that was not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loser {
    /// Which.
    pub agreement_id: ServiceAgreementId,
    /// Why.
    pub reason: LossReason,
}

/// What came of the choice: the winner and the losers together are all that were offered.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The agreement the request goes by.
    pub chosen: Option<Offer<'a>>,
    /// All others, in the order in which they were offered.
    pub losers: Vec<Loser>,
}

/// How well an agreement fits: the greatest wins, and no two are equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    reach: CoversScope,
    kind: AgreementType,
    starts_on: Date,
    id: Reverse<ServiceAgreementId>,
}

/// The agreement for a request of this customer, on the local date it was registered: active, covers the unit, grants
/// the service; the more particular one, then the stronger kind, then the one that began later, then the first by id.
pub fn choose<'a>(
    offers: &[Offer<'a>],
    customer_id: CustomerId,
    unit: &UnitScope,
    item: Option<ServiceItemId>,
    on: Date,
) -> Choice<'a> {
    let judged: Vec<(Offer<'a>, Result<Fit, LossReason>)> = offers
        .iter()
        .map(|offer| (*offer, fit(offer, customer_id, unit, item, on)))
        .collect();
    let best = judged
        .iter()
        .enumerate()
        .filter_map(|(place, (offer, fit))| Some((place, *offer, fit.ok()?)))
        .max_by_key(|(place, _, fit)| (*fit, Reverse(*place)));
    let losers = judged
        .iter()
        .enumerate()
        .filter(|(place, _)| best.is_none_or(|(winner, ..)| *place != winner))
        .map(|(_, (offer, fit))| Loser {
            agreement_id: offer.agreement.id,
            reason: match (fit, best) {
                (Err(reason), _) => *reason,
                (Ok(fit), Some((.., winner))) => fit.loses_to(winner),
                (Ok(_), None) => LossReason::StandsLater,
            },
        })
        .collect();
    Choice {
        chosen: best.map(|(_, offer, _)| offer),
        losers,
    }
}

impl Fit {
    fn loses_to(self, winner: Fit) -> LossReason {
        if self.reach != winner.reach {
            LossReason::LessParticular
        } else if self.kind != winner.kind {
            LossReason::WeakerKind
        } else if self.starts_on != winner.starts_on {
            LossReason::BeganEarlier
        } else {
            LossReason::StandsLater
        }
    }
}

fn fit(
    offer: &Offer<'_>,
    customer_id: CustomerId,
    unit: &UnitScope,
    item: Option<ServiceItemId>,
    on: Date,
) -> Result<Fit, LossReason> {
    let it = offer.agreement;
    if it.customer_id != customer_id {
        return Err(LossReason::OtherCustomer);
    }
    match it.status {
        AgreementStatus::Draft | AgreementStatus::Submitted => return Err(LossReason::NotApproved),
        AgreementStatus::Approved => return Err(LossReason::NotBegun),
        AgreementStatus::Suspended => return Err(LossReason::Suspended),
        AgreementStatus::Terminated => return Err(LossReason::Terminated),
        AgreementStatus::Expired => return Err(LossReason::Ended),
        AgreementStatus::Active => {}
    }
    if on < it.starts_on {
        return Err(LossReason::NotBegun);
    }
    if on > it.ends_on {
        return Err(LossReason::Ended);
    }
    let reach = it.covers.reach(unit).ok_or(LossReason::UnitNotCovered)?;
    if !offer.template.grants(item) {
        return Err(LossReason::ServiceNotGranted);
    }
    Ok(Fit {
        reach,
        kind: offer.template.agreement_type,
        starts_on: it.starts_on,
        id: Reverse(it.id),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::Stamp;
    use crate::kernel::stamp::tests::stamp;
    use crate::kernel::text::Number;

    fn template(kind: AgreementType) -> AgreementTemplate {
        let cmd = json!({"code": "T1", "name": {"zh": "协议"}, "agreement_type": kind, "fee_mode": "free",
            "price": {"amount": "0.00", "currency": "CNY"}});
        AgreementTemplate::add(serde_json::from_value(cmd).unwrap(), &stamp())
    }

    fn customer() -> CustomerId {
        CustomerId(Uuid::from_u128(1))
    }

    fn agreement(id: u128, from: &str, covers: serde_json::Value) -> ServiceAgreement {
        let at: Stamp = stamp();
        let cmd = json!({"customer_id": customer(), "template_id": Uuid::nil(), "covers": covers, "starts_on": from,
            "ends_on": "2028-12-31"});
        let number = Number::new("AG-20261123-000001").unwrap();
        ServiceAgreement {
            id: ServiceAgreementId(Uuid::from_u128(id)),
            status: AgreementStatus::Active,
            ..ServiceAgreement::draft(
                serde_json::from_value(cmd).unwrap(),
                &template(AgreementType::Standard),
                number,
                &at,
            )
        }
    }

    #[test]
    fn the_more_particular_then_the_stronger_then_the_later_agreement_is_chosen() {
        let on: Date = "2027-06-01".parse().unwrap();
        let unit_id = Uuid::from_u128(77);
        let unit = UnitScope {
            installed_product_id: Some(crate::installed_products::InstalledProductId(unit_id)),
            product_category_ids: Vec::new(),
        };
        let all = json!({"scope": "all"});
        let this = json!({"scope": "installed_products", "installed_product_ids": [unit_id]});
        let (standard, premium) = (
            template(AgreementType::Standard),
            template(AgreementType::Premium),
        );
        let rows = [
            (
                agreement(1, "2027-01-01", all),
                &premium,
                Some(LossReason::LessParticular),
            ),
            (
                agreement(2, "2027-05-01", this.clone()),
                &standard,
                Some(LossReason::WeakerKind),
            ),
            (
                agreement(3, "2027-01-01", this.clone()),
                &premium,
                Some(LossReason::BeganEarlier),
            ),
            (agreement(4, "2027-02-01", this.clone()), &premium, None),
            (
                agreement(5, "2027-02-01", this.clone()),
                &premium,
                Some(LossReason::StandsLater),
            ),
            (
                agreement(6, "2027-07-01", this),
                &premium,
                Some(LossReason::NotBegun),
            ),
        ];
        let offers: Vec<Offer<'_>> = rows
            .iter()
            .map(|(agreement, template, _)| Offer { agreement, template })
            .collect();
        let choice = choose(&offers, customer(), &unit, None, on);
        assert_eq!(choice.chosen.unwrap().agreement.id.0.as_u128(), 4);
        for (agreement, _, loss) in &rows {
            let found = choice
                .losers
                .iter()
                .find(|loser| loser.agreement_id == agreement.id);
            assert_eq!(found.map(|loser| loser.reason), *loss, "{}", agreement.id);
        }
        let stranger = choose(&offers, CustomerId(Uuid::nil()), &unit, None, on);
        assert!(stranger.chosen.is_none() && stranger.losers.len() == rows.len());
    }
}
