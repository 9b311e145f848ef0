//! Service agreements: what may stand beside what, and what the clock does to each (domain.md 3.23, AG-1, AG-2).
//!
//! Nothing is scheduled: an agreement's own row says when the clock next changes it, and whoever looks first lets
//! everything due happen, each at its own instant.

use aftercare_domain::agreement_templates::AgreementTemplate;
use aftercare_domain::codes;
use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::{Date, Error, Event, Result, Stamp, Time, Violation};
use aftercare_domain::product_categories::ProductCategory;
use aftercare_domain::service_agreements::entitlements::{granted_again, granted_on};
use aftercare_domain::service_agreements::{
    AgreementStatus, AgreementStep, Covers, CoversScope, Draft, Entitlement, Lineages, OVERLAPPING_AGREEMENT,
    ServiceAgreement, ServiceAgreementId,
};
use aftercare_persistence::platform::references::{refer, refer_child};
use aftercare_persistence::service_agreements::{beside, entitlements_of, renewal_of};
use aftercare_persistence::{
    Db, IfMatch, Tx, Work, engineers, find, get, get_for_update, insert, insert_all, numbers,
    product_categories, update,
};

use super::warranty;

codes! {
    AGREEMENT_RENEWED: Conflict = "agreement_renewed", "Another agreement continues it already", "该协议已续签";
}

/// More than the clock ever does to one agreement at once; beyond it something is wrong.
const MAX_STEPS: usize = 1_000;

/// What is told, and under which circumstances it happened.
type Told = Vec<(Stamp, Event)>;

/// Whether an agreement as it was read is behind the clock.
pub fn is_due(agreement: &ServiceAgreement, now: Time) -> bool {
    agreement.next_due_at.is_some_and(|due| due <= now)
}

/// Lets everything due in an agreement happen, in a unit of work of its own. Whether anything did.
pub async fn catch_up(db: &Db, id: ServiceAgreementId) -> Result<bool> {
    db.write(&Work::system("clock"), async move |tx: &mut Tx<'_>| {
        let mut agreement: ServiceAgreement = get_for_update(tx, id, &IfMatch::internal()).await?;
        if !is_due(&agreement, tx.now()) {
            return Ok(false);
        }
        keep(tx, &mut agreement, None).await?;
        Ok(true)
    })
    .await
}

/// Keeps what was decided about an agreement, lets what fell due with it happen, and tells of both.
pub async fn keep(tx: &mut Tx<'_>, agreement: &mut ServiceAgreement, told: Option<Event>) -> Result<()> {
    let asker = tx.stamp();
    let mut all: Told = told.into_iter().map(|event| (asker.clone(), event)).collect();
    let outcome = settle(tx, agreement, &asker, &mut all).await;
    tx.restamp(asker.clone());
    outcome?;
    update(tx, agreement).await?;
    for (at, event) in all {
        tx.restamp(at);
        tx.emit(event);
    }
    tx.restamp(asker);
    Ok(())
}

/// Takes every step that is due, as the system and at its own instant, and notes when the next one is.
async fn settle(
    tx: &mut Tx<'_>,
    agreement: &mut ServiceAgreement,
    asker: &Stamp,
    told: &mut Told,
) -> Result<()> {
    let mut known = match agreement.status {
        AgreementStatus::Draft | AgreementStatus::Submitted => Vec::new(),
        _ => entitlements_of(tx, agreement.id).await?,
    };
    let mut is_renewed = agreement.auto_renew && renewal_of(tx, agreement.id).await?.is_some();
    for _ in 0..MAX_STEPS {
        let Some(day) = agreement.next_day(is_renewed, &known) else {
            agreement.next_due_at = None;
            return Ok(());
        };
        let due = begins(day, tx)?;
        // Nothing the clock does comes before the approval that allowed it.
        let due = agreement.approved_at.map_or(due, |approved| due.max(approved));
        if due > asker.now {
            agreement.next_due_at = Some(due);
            return Ok(());
        }
        let at = asker.as_system().at(due);
        tx.restamp(at.clone());
        if agreement.next_grant(&known) == Some(day) {
            let new = granted_again(agreement, &known, day, &at);
            insert_all(tx, &new).await?;
            known.extend(new);
            continue;
        }
        let number = match agreement.next_step(is_renewed) {
            Some((_, AgreementStep::Renew)) => Some(numbers::next(tx, Series::Agreement).await?),
            _ => None,
        };
        let draft = || {
            number
                .map(|number| Draft { number, price: None })
                .ok_or_else(|| INTERNAL.error())
        };
        let Some(stepped) = agreement.take_step(is_renewed, draft, day, &at)? else {
            return Err(INTERNAL.error());
        };
        if stepped.step == AgreementStep::Activate {
            let new = first_grants(tx, agreement, &known, &at).await?;
            insert_all(tx, &new).await?;
            known.extend(new);
        }
        if let Some(next) = &stepped.next {
            is_renewed = true;
            match stand_beside(tx, next).await {
                Ok(()) => insert(tx, next).await?,
                // Somebody wrote the next term by hand: the clock steps aside.
                Err(error) if error.code == &OVERLAPPING_AGREEMENT => continue,
                Err(error) => return Err(error),
            }
        }
        told.push((at, stepped.event));
    }
    Err(INTERNAL.error())
}

/// What an agreement grants from its beginning, as its template has it now.
async fn first_grants(
    tx: &mut Tx<'_>,
    agreement: &ServiceAgreement,
    known: &[Entitlement],
    at: &Stamp,
) -> Result<Vec<Entitlement>> {
    let template: AgreementTemplate = get(tx, agreement.template_id).await?;
    let day = agreement.starts_on;
    Ok(granted_on(agreement, &template.service_items, known, day, at))
}

fn begins(day: Date, tx: &Tx<'_>) -> Result<Time> {
    day.start_in(tx.zone()).ok_or_else(|| INTERNAL.error())
}

/// Drafts the agreement that continues one, for whoever asks.
///
/// Errors: `agreement_renewed`, `invalid_transition`, `overlapping_agreement`.
pub async fn renew(tx: &mut Tx<'_>, agreement: &mut ServiceAgreement) -> Result<ServiceAgreement> {
    let at = tx.stamp();
    let number = numbers::next(tx, Series::Agreement).await?;
    let (next, event) = agreement.renew(Draft { number, price: None }, &at)?;
    if let Some(other) = renewal_of(tx, agreement.id).await? {
        return Err(AGREEMENT_RENEWED
            .error()
            .with("conflicting_id", other.to_string())
            .with("current_status", agreement.status.as_str()));
    }
    stand_beside(tx, &next).await?;
    insert(tx, &next).await?;
    keep(tx, agreement, Some(event)).await?;
    Ok(next)
}

/// Refuses an agreement beside others of its template; nobody else is judged until this unit of work ends.
///
/// Errors: `overlapping_agreement`, which names the other.
pub async fn stand_beside(tx: &mut Tx<'_>, agreement: &ServiceAgreement) -> Result<()> {
    let others = beside(
        tx,
        agreement.template_id,
        agreement.customer_id,
        agreement.starts_on,
    )
    .await?;
    let today = tx.today();
    let others: Vec<ServiceAgreement> = others.iter().map(|it| it.as_of(today)).collect();
    let covers = others.iter().chain([agreement]).map(|it| &it.covers);
    let lineages = lineages(tx, covers.collect()).await?;
    agreement.stand_beside(&others, &lineages)
}

/// The categories above everything some agreements name.
async fn lineages(tx: &mut Tx<'_>, covers: Vec<&Covers>) -> Result<Lineages> {
    let mut lineages = Lineages::default();
    if covers.iter().all(|it| it.scope == CoversScope::All) {
        return Ok(lineages);
    }
    for id in covers.iter().flat_map(|it| &it.product_category_ids) {
        if !lineages.of_category.contains_key(id) {
            let line = product_categories::lineage(tx, *id).await?;
            lineages.of_category.insert(*id, line);
        }
    }
    for id in covers.iter().flat_map(|it| &it.installed_product_ids) {
        if !lineages.of_unit.contains_key(id)
            && let Some(unit) = find::<InstalledProduct>(tx, id.0).await?
        {
            let scope = warranty::scope_of(tx, &unit).await?;
            lineages.of_unit.insert(*id, scope.product_category_ids);
        }
    }
    Ok(lineages)
}

/// Checks what an agreement newly names: categories, units of its customer and the engineer; what it held before stays valid (BD-2).
pub async fn refer_to(
    tx: &mut Tx<'_>,
    agreement: &ServiceAgreement,
    was: Option<&ServiceAgreement>,
    mut wrong: Vec<Violation>,
) -> Result<()> {
    wrong.extend(agreement.faults());
    for (n, id) in agreement.covers.product_category_ids.iter().enumerate() {
        if !was.is_some_and(|was| was.covers.product_category_ids.contains(id)) {
            let pointer = format!("#/covers/product_category_ids/{n}");
            refer::<ProductCategory>(tx, *id, &pointer, &mut wrong).await?;
        }
    }
    for (n, id) in agreement.covers.installed_product_ids.iter().enumerate() {
        if !was.is_some_and(|was| was.covers.installed_product_ids.contains(id)) {
            let (pointer, owner) = (
                format!("#/covers/installed_product_ids/{n}"),
                agreement.customer_id,
            );
            refer_child(tx, "installed_products", Some(id.0), owner, &pointer, &mut wrong).await?;
        }
    }
    if let Some(id) = agreement.dedicated_engineer_id
        && was.and_then(|was| was.dedicated_engineer_id) != Some(id)
    {
        engineers::refer(tx, id, "#/dedicated_engineer_id", &mut wrong).await?;
    }
    Error::all(wrong)
}
