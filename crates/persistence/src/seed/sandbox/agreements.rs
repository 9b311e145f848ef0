//! The demo company's standard agreements and who signed which (domain.md 6.2).

use aftercare_domain::agreement_templates::{
    AgreementTemplate, AgreementTemplateId, AgreementType, FeeMode, GrantPeriod, GrantedItem,
};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::money::Currency;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::text::{ItemCode, Label200, MasterCode, Name, WordCode};
use aftercare_domain::kernel::{Column as _, Date, I18n, Meta, Money, Result, Stamp};
use aftercare_domain::service_agreements::entitlements::granted_on;
use aftercare_domain::service_agreements::{
    AgreementStatus, Covers, Entitlement, EntitlementId, ServiceAgreement, ServiceAgreementId,
};
use aftercare_domain::service_items::{ServiceItem, ServiceItemId};
use aftercare_domain::sla::policy::{SlaPolicy, SlaPolicyId};

use super::company::{customer, numbered};
use crate::db::many;
use crate::seed::base::text;
use crate::{Tx, insert_all, numbers};

/// Service items: code, 中文, English, minutes, service type.
const ITEMS: &[(&str, &str, &str, i64, &str)] = &[
    ("VISIT", "上门维修", "Repair visit", 60, "repair"),
    ("YEARLY-VISIT", "年度上门", "Yearly visit", 60, "inspect"),
    ("AC-CLEAN", "空调清洗", "Air-conditioner cleaning", 45, "maintain"),
];

/// One template: code, 中文, English, type, policy, way of paying, price in fen, services with their number a year
/// (0 for any), rule of maintenance.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    AgreementType,
    Option<&'static str>,
    FeeMode,
    i64,
    &'static [(&'static str, i64)],
    Option<&'static str>,
);

const TEMPLATES: &[Row] = &[
    (
        "STD",
        "标准保修",
        "Standard",
        AgreementType::Standard,
        None,
        FeeMode::Free,
        0,
        &[("VISIT", 0)],
        None,
    ),
    (
        "PREMIUM-7X24",
        "7×24高级服务",
        "Premium, around the clock",
        AgreementType::Premium,
        Some("SLA-7X24"),
        FeeMode::FixedAnnual,
        1_200_000,
        &[("VISIT", 0), ("YEARLY-VISIT", 4), ("AC-CLEAN", 40)],
        None,
    ),
    (
        "SPARES-FIRST",
        "备件先行",
        "Spares first",
        AgreementType::SparesFirst,
        Some("SLA-SPARES"),
        FeeMode::FixedAnnual,
        960_000,
        &[("VISIT", 0), ("YEARLY-VISIT", 2)],
        None,
    ),
    (
        "PROJECT-3Y",
        "工程项目三年服务",
        "Project, three years",
        AgreementType::Project,
        Some("SLA-PROJECT"),
        FeeMode::FixedAnnual,
        6_000_000,
        &[("VISIT", 0), ("YEARLY-VISIT", 4), ("AC-CLEAN", 120)],
        Some("WARRANTY-3Y"),
    ),
    (
        "EXT-12",
        "延长保修一年",
        "Extended warranty, one year",
        AgreementType::ExtendedWarranty,
        None,
        FeeMode::FixedAnnual,
        19_900,
        &[("VISIT", 0)],
        None,
    ),
    (
        "YEARLY-MAINT",
        "年度保养",
        "Yearly maintenance",
        AgreementType::Maintenance,
        None,
        FeeMode::PerVisit,
        29_900,
        &[("AC-CLEAN", 1)],
        None,
    ),
];

/// Who signed: customer's place, template, first day, last day, whether it is renewed by itself, signer.
const SIGNED: &[(usize, &str, &str, &str, bool, &str)] = &[
    (1, "PREMIUM-7X24", "2026-01-01", "2026-12-31", true, "行政部"),
    (2, "PROJECT-3Y", "2026-09-01", "2029-08-31", false, "总务处"),
    (3, "SPARES-FIRST", "2026-06-01", "2027-05-31", true, "设备科"),
];

fn item(code: &str) -> Option<ServiceItemId> {
    let place = ITEMS.iter().position(|row| row.0 == code)?;
    Some(ServiceItemId(numbered(20, place)))
}

fn name(zh: &str, en: &str) -> Result<I18n> {
    Ok(I18n {
        zh: text(Label200::new(zh))?,
        en: Some(text(Label200::new(en))?),
    })
}

fn day(on: &str) -> Result<Date> {
    text(on.parse::<Date>().map_err(|_| format!("no date {on}")))
}

/// Adds services, templates and agreements.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp();
    insert_all(tx, &items(&at)?).await?;
    let policies: Vec<SlaPolicy> = many(tx, "is_active = $1 order by id", vec![true.to_raw()]).await?;
    let templates = templates(&policies, &at)?;
    insert_all(tx, &templates).await?;
    let mut entitlements: Vec<Entitlement> = Vec::new();
    let mut agreements = Vec::new();
    for (place, row) in SIGNED.iter().enumerate() {
        let number = numbers::next(tx, Series::Agreement).await?;
        let template = templates.iter().find(|it| it.code.as_str() == row.1);
        let template = text(template.ok_or_else(|| format!("no template {}", row.1)))?;
        let mut agreement = ServiceAgreement {
            id: ServiceAgreementId(numbered(22, place)),
            number,
            customer_id: customer(row.0),
            template_id: template.id,
            covers: Covers::all(),
            starts_on: day(row.2)?,
            ends_on: day(row.3)?,
            status: AgreementStatus::Active,
            auto_renew: row.4,
            price: template.price,
            signed_by: Some(text(Name::new(row.5))?),
            dedicated_engineer_id: None,
            renews_id: None,
            submitted_by: None,
            approved_by: None,
            approved_at: None,
            status_reason: None,
            terminated_on: None,
            refund_proposal: None,
            external_refs: Vec::new(),
            next_due_at: None,
            meta: Meta::new(&at),
        };
        let granted = granted_on(&agreement, &template.service_items, &[], agreement.starts_on, &at);
        for mut grant in granted {
            grant.id = EntitlementId(numbered(23, entitlements.len()));
            entitlements.push(grant);
        }
        let next = agreement.next_day(false, &entitlements);
        agreement.next_due_at = match next {
            Some(next) => Some(next.start_in(tx.zone()).ok_or_else(|| INTERNAL.error())?),
            None => None,
        };
        agreements.push(agreement);
    }
    insert_all(tx, &agreements).await?;
    insert_all(tx, &entitlements).await
}

fn items(at: &Stamp) -> Result<Vec<ServiceItem>> {
    let mut made = Vec::new();
    for (place, (code, zh, en, minutes, service)) in ITEMS.iter().enumerate() {
        made.push(ServiceItem {
            id: ServiceItemId(numbered(20, place)),
            code: text(MasterCode::new(*code))?,
            name: name(zh, en)?,
            unit: text(ItemCode::new("job"))?,
            std_minutes: *minutes,
            service_type: Some(text(WordCode::new(*service))?),
            is_active: true,
            meta: Meta::new(at),
        });
    }
    Ok(made)
}

fn templates(policies: &[SlaPolicy], at: &Stamp) -> Result<Vec<AgreementTemplate>> {
    let policy = |code: Option<&str>| -> Option<SlaPolicyId> {
        let found = policies.iter().find(|it| Some(it.code.as_str()) == code);
        found.map(|policy| policy.id)
    };
    let mut made = Vec::new();
    for (place, row) in TEMPLATES.iter().enumerate() {
        let (code, zh, en, kind, agreed, fee_mode, price, services, rule) = row;
        let mut service_items = Vec::new();
        for (service, quantity) in *services {
            service_items.push(GrantedItem {
                service_item_id: text(item(service).ok_or_else(|| format!("no item {service}")))?,
                quantity: (*quantity > 0).then_some(*quantity),
                period: GrantPeriod::Year,
            });
        }
        made.push(AgreementTemplate {
            id: AgreementTemplateId(numbered(21, place)),
            code: text(MasterCode::new(*code))?,
            name: name(zh, en)?,
            agreement_type: *kind,
            sla_policy_id: policy(*agreed),
            terms: None,
            service_items,
            fee_mode: *fee_mode,
            price: Money {
                minor: *price,
                currency: Currency::Cny,
            },
            exchange_after_repairs: None,
            inspection_rule: match rule {
                Some(rule) => Some(text(MasterCode::new(*rule))?),
                None => None,
            },
            is_active: true,
            meta: Meta::new(at),
        });
    }
    Ok(made)
}
