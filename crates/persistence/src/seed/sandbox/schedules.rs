//! What the engineers of the demo company can do, and when they work (domain.md 6.2).

use aftercare_domain::engineers::{Certificate, Engineer, EngineerProfile};
use aftercare_domain::kernel::text::{DayTime, Label64, MasterCode, RegionCode, WordCode};
use aftercare_domain::kernel::{Date, Meta, Result, Stamp};
use aftercare_domain::requests::EngineerId;
use aftercare_domain::shifts::rosters::GenerateRoster;
use aftercare_domain::shifts::{PatrolTeam, Roster, RosterId, Shift, ShiftCreate, ShiftId, ShiftKind};
use aftercare_domain::skills::{EngineerSkill, EngineerSkillId, Skill, SkillId, SkillLevel};
use aftercare_domain::work_orders::Geo;

use super::company::{category, i18n, numbered};
use crate::db::many;
use crate::seed::base::text;
use crate::{Tx, insert_all, shift_templates};

/// Skills: code, 中文, English, category, the certificate it takes.
const SKILLS: &[(&str, &str, &str, &str, &str)] = &[
    ("AC-REPAIR", "空调维修", "Air conditioners", "AC", ""),
    ("FRIDGE-REPAIR", "冰箱维修", "Refrigerators", "FRIDGE", ""),
    ("WASHER-REPAIR", "洗衣机维修", "Washing machines", "WASHER", ""),
    ("HEATER-REPAIR", "热水器维修", "Water heaters", "HEATER", ""),
    ("TV-REPAIR", "电视维修", "Television sets", "TV", ""),
    (
        "AC-AT-HEIGHT",
        "空调高处作业",
        "Air conditioners at height",
        "AC",
        "work_at_height",
    ),
];

/// Who can do what: name, skill, how well.
const HELD: &[(&str, &str, SkillLevel)] = &[
    ("张伟", "AC-REPAIR", SkillLevel::Expert),
    ("张伟", "HEATER-REPAIR", SkillLevel::Strong),
    ("张伟", "AC-AT-HEIGHT", SkillLevel::Strong),
    ("刘洋", "FRIDGE-REPAIR", SkillLevel::Strong),
    ("陈勇", "AC-REPAIR", SkillLevel::Strong),
    ("高强", "AC-REPAIR", SkillLevel::Expert),
    ("高强", "TV-REPAIR", SkillLevel::Strong),
    ("马超", "WASHER-REPAIR", SkillLevel::Expert),
    ("胡军", "AC-REPAIR", SkillLevel::Expert),
    ("黄磊", "HEATER-REPAIR", SkillLevel::Expert),
    ("何明", "AC-REPAIR", SkillLevel::Strong),
    ("罗飞", "FRIDGE-REPAIR", SkillLevel::Expert),
    ("谢涛", "AC-REPAIR", SkillLevel::Expert),
];

/// Where they set out from and which region they serve: name, region, latitude, longitude, patrol group.
const HOMES: &[(&str, &str, f64, f64, Option<PatrolTeam>)] = &[
    ("张伟", "510100", 30.6570, 104.0800, None),
    ("刘洋", "510100", 30.6600, 104.0630, None),
    ("陈勇", "510100", 30.6410, 104.0430, Some(PatrolTeam::A)),
    ("高强", "110100", 39.9210, 116.4430, Some(PatrolTeam::A)),
    ("马超", "110100", 39.9080, 116.4570, Some(PatrolTeam::B)),
    ("胡军", "310100", 31.2210, 121.5440, Some(PatrolTeam::B)),
];

/// Who stands by for emergencies in the nights of the first week.
const STANDS_BY: &str = "黄磊";

/// What is told of an engineer of the demo company.
pub(super) fn profile_of(name: &str) -> Result<EngineerProfile> {
    let mut profile = EngineerProfile::default();
    if let Some((_, region, lat, lng, team)) = HOMES.iter().find(|row| row.0 == name) {
        profile.service_regions = vec![text(RegionCode::new(*region))?];
        profile.home = Some(Geo { lat: *lat, lng: *lng });
        profile.team = *team;
    }
    if HELD.iter().any(|row| row.0 == name && row.1 == "AC-AT-HEIGHT") {
        profile.certificates = vec![Certificate {
            kind: text(WordCode::new("work_at_height"))?,
            number: text(Label64::new("T510104-2026-0815"))?,
            valid_until: text("2028-06-30".parse::<Date>())?,
        }];
    }
    Ok(profile)
}

/// Adds skills, who has them, a roster of the two patrol groups and the nights somebody stands by.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp();
    insert_all(tx, &skills(&at)?).await?;
    let engineers: Vec<Engineer> = many(tx, "1 = 1 order by number", Vec::new()).await?;
    let named = |name: &str| engineers.iter().find(|engineer| engineer.name.as_str() == name);
    let mut held = Vec::new();
    for (place, (name, code, level)) in HELD.iter().enumerate() {
        if let (Some(engineer), Some(skill_id)) = (named(name), skill(code)) {
            held.push(EngineerSkill {
                id: EngineerSkillId(numbered(41, place)),
                engineer_id: engineer.id,
                skill_id,
                level: *level,
                certified_until: None,
                meta: Meta::new(&at),
            });
        }
    }
    insert_all(tx, &held).await?;
    let mut nights = Vec::new();
    if let Some(engineer) = named(STANDS_BY) {
        nights = standby(tx, engineer.id, &at)?;
    }
    patrol(tx, &engineers, &at).await?;
    insert_all(tx, &nights).await
}

fn skill(code: &str) -> Option<SkillId> {
    let place = SKILLS.iter().position(|row| row.0 == code)?;
    Some(SkillId(numbered(40, place)))
}

fn skills(at: &Stamp) -> Result<Vec<Skill>> {
    let mut made = Vec::new();
    for (place, (code, zh, en, of, certificate)) in SKILLS.iter().enumerate() {
        let certificates = [*certificate].into_iter().filter(|kind| !kind.is_empty());
        made.push(Skill {
            id: SkillId(numbered(40, place)),
            code: text(MasterCode::new(*code))?,
            name: i18n(zh, en)?,
            category_id: category(of),
            required_certificates: certificates
                .map(|kind| text(WordCode::new(kind)))
                .collect::<Result<_>>()?,
            requires_certification: false,
            external_refs: Vec::new(),
            is_active: true,
            meta: Meta::new(at),
        });
    }
    Ok(made)
}

/// The nights of the first week.
fn standby(tx: &Tx<'_>, engineer: EngineerId, at: &Stamp) -> Result<Vec<Shift>> {
    let mut nights: Vec<Shift> = Vec::new();
    for (place, offset) in (0..7).enumerate() {
        let hours = ShiftCreate {
            date: tx.today().plus_days(offset),
            start: text(DayTime::new("18:00"))?,
            end: text(DayTime::new("08:30"))?,
            kind: ShiftKind::Standby,
            team: None,
        };
        let mut night = Shift::add(engineer, hours, &nights, tx.zone(), at)?;
        night.id = ShiftId(numbered(42, place));
        nights.push(night);
    }
    Ok(nights)
}

/// Two weeks of the two groups, approved.
async fn patrol(tx: &mut Tx<'_>, engineers: &[Engineer], at: &Stamp) -> Result<()> {
    let Some(template) = shift_templates::of_patrol(tx).await? else {
        return Ok(());
    };
    let today = tx.today();
    let rule = GenerateRoster {
        teams: PatrolTeam::ALL.to_vec(),
        from: today,
        to: today.plus_days(13),
        shift_template_id: Some(template.id),
        engineer_ids: Vec::new(),
        dry_run: false,
    };
    let system = at.as_system();
    let (mut roster, mut shifts) = Roster::generate(&rule, &template, engineers, &[], tx.zone(), &system)?;
    roster.id = RosterId(numbered(43, 0));
    for action in ["submit", "approve"] {
        roster.act(action, None, today, &system)?;
    }
    for (place, shift) in shifts.iter_mut().enumerate() {
        shift.id = ShiftId(numbered(44, place));
        shift.roster_id = Some(roster.id);
    }
    crate::insert(tx, &roster).await?;
    insert_all(tx, &shifts).await
}
