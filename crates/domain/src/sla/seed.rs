//! The seeded policies of domain.md 3.4, as data.

use uuid::Uuid;

use super::policy::{AppliesWhen, CalendarId, SlaPolicy, SlaPolicyCreate, SlaPolicyId, Target, TargetKind};
use crate::business_calendars::seed as calendars;
use crate::kernel::text::{Label200, MasterCode, WordCode};
use crate::kernel::{I18n, Result, Stamp};

struct Row {
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    is_always: bool,
    targets: &'static [Target],
    agreement_type: Option<&'static str>,
    service_type: Option<&'static str>,
    allows_third_party: bool,
}

const fn minutes(kind: TargetKind, priority: Option<i64>, minutes: i64) -> Target {
    Target {
        kind,
        priority,
        minutes: Some(minutes),
        working_days: None,
    }
}

const ROWS: &[Row] = &[
    Row {
        code: "SLA-7X24",
        zh: "7×24小时服务",
        en: "Service around the clock",
        is_always: true,
        targets: &[
            minutes(TargetKind::Response, None, 30),
            minutes(TargetKind::Arrival, None, 240),
            minutes(TargetKind::Resolution, None, 480),
        ],
        agreement_type: Some("premium"),
        service_type: None,
        allows_third_party: false,
    },
    Row {
        code: "SLA-PROJECT",
        zh: "工程项目服务",
        en: "Project service",
        is_always: true,
        targets: &[
            minutes(TargetKind::Arrangement, None, 120),
            minutes(TargetKind::Arrival, None, 240),
            minutes(TargetKind::Resolution, None, 1440),
        ],
        agreement_type: Some("project"),
        service_type: None,
        allows_third_party: true,
    },
    Row {
        code: "SLA-SPARES",
        zh: "备件先行",
        en: "Spares first",
        is_always: true,
        targets: &[minutes(TargetKind::Arrival, None, 120)],
        agreement_type: Some("spares_first"),
        service_type: None,
        allows_third_party: false,
    },
    Row {
        code: "SLA-DEPOT",
        zh: "送修返还",
        en: "Depot repair",
        is_always: false,
        targets: &[Target {
            kind: TargetKind::DepotReturn,
            priority: None,
            minutes: None,
            working_days: Some(5),
        }],
        agreement_type: None,
        service_type: None,
        allows_third_party: false,
    },
    Row {
        code: "SLA-COMPLAINT",
        zh: "投诉响应",
        en: "Complaint response",
        is_always: true,
        targets: &[minutes(TargetKind::ComplaintResponse, None, 120)],
        agreement_type: None,
        service_type: Some("complaint"),
        allows_third_party: false,
    },
    Row {
        code: "SLA-STD",
        zh: "标准服务",
        en: "Standard service",
        is_always: false,
        targets: &[
            minutes(TargetKind::Response, Some(1), 30),
            minutes(TargetKind::Response, Some(2), 45),
            minutes(TargetKind::Response, Some(3), 60),
            minutes(TargetKind::Response, Some(4), 120),
            minutes(TargetKind::Arrival, Some(1), 240),
            minutes(TargetKind::Arrival, Some(2), 360),
            minutes(TargetKind::Arrival, Some(3), 480),
            minutes(TargetKind::Arrival, Some(4), 960),
            minutes(TargetKind::Resolution, Some(1), 480),
            minutes(TargetKind::Resolution, Some(2), 720),
            minutes(TargetKind::Resolution, Some(3), 960),
            minutes(TargetKind::Resolution, Some(4), 1920),
        ],
        agreement_type: None,
        service_type: None,
        allows_third_party: false,
    },
];

/// The seeded policies, for the calendar that never closes and the default calendar; `SLA-STD` is the default.
pub fn policies(always: CalendarId, default: CalendarId) -> Vec<SlaPolicyCreate> {
    ROWS.iter()
        .filter_map(|row| {
            let word = |text: Option<&str>| text.and_then(|t| WordCode::new(t).ok());
            Some(SlaPolicyCreate {
                code: MasterCode::new(row.code).ok()?,
                name: I18n {
                    zh: Label200::new(row.zh).ok()?,
                    en: Label200::new(row.en).ok(),
                },
                calendar_id: if row.is_always { always } else { default },
                targets: row.targets.to_vec(),
                warn_pct: None,
                applies_when: AppliesWhen {
                    agreement_type: word(row.agreement_type),
                    service_type: word(row.service_type),
                    ..AppliesWhen::default()
                },
                rank: None,
                is_default: row.code == "SLA-STD",
                allows_third_party: row.allows_third_party,
            })
        })
        .collect()
}

/// The seeded policies as records on the seeded calendars. Their identifiers never change, so that a sandbox reset
/// keeps every reference to them (A31).
///
/// Errors: none that a test would not have found.
pub fn records(at: &Stamp) -> Result<Vec<SlaPolicy>> {
    const FIRST: u128 = 0x0199_0000_0000_7000_8000_0000_0001_0001;
    policies(calendars::ALWAYS_OPEN, calendars::STANDARD)
        .into_iter()
        .zip(FIRST..)
        .map(|(cmd, id)| {
            Ok(SlaPolicy {
                id: SlaPolicyId(Uuid::from_u128(id)),
                ..SlaPolicy::establish(cmd, at)?
            })
        })
        .collect()
}
