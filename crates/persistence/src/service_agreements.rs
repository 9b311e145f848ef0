//! Service agreements: how they are kept and found, with what they grant and what of it was used.

use aftercare_domain::agreement_templates::AgreementTemplateId;
use aftercare_domain::customers::CustomerId;
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::kernel::{Actor, Column as _, Date, Raw, Result, Role, RoleSet, Time};
use aftercare_domain::requests::ServiceRequestId;
use aftercare_domain::service_agreements::{
    Entitlement, EntitlementFilter, ServiceAgreement, ServiceAgreementFilter, ServiceAgreementId, Usage,
    UsageFilter,
};
use aftercare_domain::service_items::ServiceItemId;

use crate::db::{IfMatch, ListBy, Sql, Table, Tx, Where, dialect, get_for_update, many, record, sql};

const AGREEMENTS: Table = Table::new("service_agreements", "service_agreement").scoped(visible);

record! { ServiceAgreement: AGREEMENTS =>
    id, number, customer_id, template_id, covers, starts_on, ends_on, status, auto_renew, price, signed_by,
    dedicated_engineer_id, renews_id, submitted_by, approved_by, approved_at, status_reason, terminated_on,
    refund_proposal, external_refs, next_due_at; meta; search = text_of
}

record! { Entitlement: Table::new("entitlements", "entitlement").scoped(of_visible) =>
    id, agreement_id, service_item_id, granted, used, reserved, period_start, period_end; meta
}

// The ledger is its own record: who wants to know reads it.
record! { Usage: Table::new("usages", "usage").part().quiet().scoped(used_visibly) =>
    id, entitlement_id, service_request_id, quantity, status, at, reversed_by, reverse_reason; meta
}

impl ListBy<ServiceAgreement> for ServiceAgreementFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "number", "starts_on", "ends_on"];

    fn apply(&self, w: &mut Where) {
        w.any("status", self.status.as_ref());
        w.eq("customer_id", self.customer_id);
        w.eq("template_id", self.template_id);
        w.eq("renews_id", self.renews_id);
        w.eq("number", self.number.clone());
        w.compare("ends_on", ">=", self.ends_on_gte);
        w.compare("ends_on", "<", self.ends_on_lt);
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

impl ListBy<Entitlement> for EntitlementFilter {
    const SORTS: &'static [&'static str] = &["created_at", "period_start"];

    fn apply(&self, w: &mut Where) {
        w.eq("agreement_id", Some(self.agreement_id));
    }
}

impl ListBy<Usage> for UsageFilter {
    const SORTS: &'static [&'static str] = &["created_at", "at"];

    fn apply(&self, w: &mut Where) {
        w.raw(
            "entitlement_id in (select id from entitlements where agreement_id = ?)",
            Some(self.agreement_id.to_raw()),
        );
    }
}

fn text_of(agreement: &ServiceAgreement) -> String {
    let signer = agreement.signed_by.as_ref().map_or("", |name| name.as_str());
    search_fold(&[agreement.number.as_str(), signer])
}

/// A customer sees his own; whoever works here and may read them sees all (domain.md 3.0).
fn own(column: &str, actor: &Actor, w: &mut Where) {
    if actor.is_system || actor.is_any(RoleSet::STAFF.with(Role::Integration)) {
        return;
    }
    match actor.customer_id {
        Some(id) => w.raw(column, Some(Raw::Uuid(Some(id)))),
        None => w.nothing(),
    }
}

fn visible(actor: &Actor, w: &mut Where) {
    own("customer_id = ?", actor, w);
}

fn of_visible(actor: &Actor, w: &mut Where) {
    own(
        "agreement_id in (select id from service_agreements where customer_id = ?)",
        actor,
        w,
    );
}

fn used_visibly(actor: &Actor, w: &mut Where) {
    own(
        "entitlement_id in (select e.id from entitlements e join service_agreements a on a.id = e.agreement_id
         where a.customer_id = ?)",
        actor,
        w,
    );
}

/// A customer's agreements, the longest lasting first; no scope, because a rule asks.
pub async fn of_customer(tx: &mut Tx<'_>, id: CustomerId) -> Result<Vec<ServiceAgreement>> {
    let condition = "customer_id = $1 order by ends_on desc, id desc limit 100";
    many(tx, condition, vec![id.to_raw()]).await
}

/// The customer's other agreements of a template that have not ended by a day; nobody else looks until this unit of work
/// ends, so that of two at once one finds the other.
pub async fn beside(
    tx: &mut Tx<'_>,
    template_id: AgreementTemplateId,
    customer_id: CustomerId,
    from: Date,
) -> Result<Vec<ServiceAgreement>> {
    let text = format!(
        "select id as value from agreement_templates where id = $1{}",
        dialect::for_update(tx)
    );
    let _: Vec<AgreementTemplateId> = tx
        .read(Sql::new(text, vec![template_id.to_raw()]), |row| row.get("value"))
        .await?;
    let condition = "customer_id = $1 and template_id = $2 and ends_on >= $3 order by id";
    let args = vec![customer_id.to_raw(), template_id.to_raw(), from.to_raw()];
    many(tx, condition, args).await
}

/// The agreement that continues this one, if there is one.
pub async fn renewal_of(tx: &mut Tx<'_>, id: ServiceAgreementId) -> Result<Option<ServiceAgreementId>> {
    let text = sql!("select id from service_agreements where renews_id = $1", id);
    let found = tx.read(text, |row| row.get("id")).await?;
    Ok(found.into_iter().next())
}

/// Agreements in which something is due, the longest waiting first.
pub async fn due(tx: &mut Tx<'_>, now: Time, limit: i64) -> Result<Vec<ServiceAgreementId>> {
    let text = sql!(
        "select id from service_agreements where next_due_at <= $1 order by next_due_at, id limit $2",
        now,
        limit
    );
    tx.read(text, |row| row.get("id")).await
}

/// The first instant at which something is due in any agreement.
pub async fn first_due(tx: &mut Tx<'_>) -> Result<Option<Time>> {
    tx.scalar(sql!("select min(next_due_at) as value from service_agreements"))
        .await
}

/// Everything an agreement grants.
pub async fn entitlements_of(tx: &mut Tx<'_>, id: ServiceAgreementId) -> Result<Vec<Entitlement>> {
    many(
        tx,
        "agreement_id = $1 order by period_start, id",
        vec![id.to_raw()],
    )
    .await
}

/// What an agreement grants of a service on a day.
pub async fn entitlement_on(
    tx: &mut Tx<'_>,
    id: ServiceAgreementId,
    item: ServiceItemId,
    day: Date,
) -> Result<Option<Entitlement>> {
    let condition = "agreement_id = $1 and service_item_id = $2 and period_start <= $3 and period_end >= $3 \
                     order by period_start desc limit 1";
    let args = vec![id.to_raw(), item.to_raw(), day.to_raw()];
    let found = many(tx, condition, args).await?;
    Ok(found.into_iter().next())
}

/// The use a request makes of an entitlement: reserved, used, or taken back after it was used. Locked until the unit of
/// work ends.
pub async fn usage_of(tx: &mut Tx<'_>, id: ServiceRequestId) -> Result<Option<Usage>> {
    let condition =
        "service_request_id = $1 and status in ('reserved', 'consumed', 'reversed') order by id desc limit 1";
    let found: Vec<Usage> = many(tx, condition, vec![id.to_raw()]).await?;
    match found.into_iter().next() {
        Some(usage) => get_for_update(tx, usage.id, &IfMatch::internal()).await.map(Some),
        None => Ok(None),
    }
}

/// The request that waits longest for what an entitlement grants: told that nothing is left, and not settled yet by a
/// job or a manager's word. It is locked; one somebody else works on is passed over.
pub async fn waiting_for(
    tx: &mut Tx<'_>,
    of: &Entitlement,
    but: ServiceRequestId,
) -> Result<Option<ServiceRequestId>> {
    let zone = tx.zone();
    let (from, to) = (
        of.period_start.start_in(zone),
        of.period_end.plus_days(1).start_in(zone),
    );
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(None);
    };
    let text = format!(
        "select id from service_requests
         where agreement_id = $1 and service_item_id = $2 and id <> $3 and created_at >= $4 and created_at < $5
           and status in ('pending_assignment', 'assigned', 'on_hold')
           and coverage_record ->> 'frozen_at' is null and coverage_record ->> 'overridden' is null
           and coverage_record -> 'verdict' ->> 'reasons' like '%quota_exhausted%'
         order by created_at, id limit 1{}",
        dialect::skip_locked(tx)
    );
    let args = vec![
        of.agreement_id.to_raw(),
        of.service_item_id.to_raw(),
        but.to_raw(),
        from.to_raw(),
        to.to_raw(),
    ];
    let found = tx.read(Sql::new(text, args), |row| row.get("id")).await?;
    Ok(found.into_iter().next())
}
