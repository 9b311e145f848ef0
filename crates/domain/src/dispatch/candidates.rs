//! Candidates for one request: hard rules with their words, then scored terms (WO-2, EN-2).

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use crate::engineers::availability::{Ask, Availability, EngineerDay, Unavailable};
use crate::kernel::text::{RegionCode, WordCode};
use crate::kernel::{Figure, Spot, Time};
use crate::label;
use crate::outlets::ServiceOutlet;
use crate::outlets::coverage::reaches;
use crate::product_categories::ProductCategoryId;
use crate::requests::{EngineerId, OutletId};
use crate::skills::{EngineerSkill, Skill, SkillLevel};

/// Points of a full skill, of nearness, of a free day and of a perfect record.
const SKILL: Figure = Figure::whole(40);
const NEARNESS: Figure = Figure::whole(25);
const ROOM: Figure = Figure::whole(20);
const RECORD: Figure = Figure::whole(15);
/// From this distance on nearness counts nothing, in metres.
const FAR: i64 = 30_000;
/// With so many open jobs room counts nothing.
const BUSY: i64 = 8;
/// Who has no final review yet counts as band C.
const NO_RECORD: Figure = Figure::whole(80);

label! {
    /// A rule without which nobody is sent.
    pub enum HardRule {
        /// 在职在岗
        Active = "active",
        /// 在班
        OnShift = "on_shift",
        /// 未请假
        NotOnLeave = "not_on_leave",
        /// 当日未满
        Capacity = "capacity",
        /// 证书有效
        Certificates = "certificates",
        /// 技能
        Skills = "skills",
        /// 网点可接单
        OutletActive = "outlet_active",
        /// 覆盖区域
        Region = "region",
        /// 覆盖品类
        Category = "category",
    }
}

impl HardRule {
    /// The rule as it was kept or broken: English, Chinese.
    pub const fn words(self, passed: bool) -> (&'static str, &'static str) {
        match (self, passed) {
            (Self::Active, true) => ("He is active", "工程师在岗"),
            (Self::Active, false) => ("He is not active", "工程师不在岗"),
            (Self::OnShift, true) => (
                "He is on shift, or stands by for the emergency",
                "在班次内，或为紧急服务待命",
            ),
            (Self::OnShift, false) => Unavailable::NotOnShift.words(),
            (Self::NotOnLeave, true) => ("He has no leave then", "该时间未请假"),
            (Self::NotOnLeave, false) => Unavailable::OnLeave.words(),
            (Self::Capacity, true) => ("He has room for another job that day", "当日仍可接单"),
            (Self::Capacity, false) => Unavailable::DailyJobsFull.words(),
            (Self::Certificates, true) => ("Every required certificate is valid", "所需证书均有效"),
            (Self::Certificates, false) => (
                "A required certificate is missing or expired",
                "所需证书缺失或已过期",
            ),
            (Self::Skills, true) => ("He has every required skill", "具备所需技能"),
            (Self::Skills, false) => (
                "A required skill or its certification is missing",
                "缺少所需技能或技能认证",
            ),
            (Self::OutletActive, true) => (
                "His outlet takes work, or he is own staff",
                "所属网点可接单，或为自有人员",
            ),
            (Self::OutletActive, false) => Unavailable::OutletNotInService.words(),
            (Self::Region, true) => ("The region is served", "覆盖该区域"),
            (Self::Region, false) => ("The region is not served", "未覆盖该区域"),
            (Self::Category, true) => ("The category is served", "覆盖该品类"),
            (Self::Category, false) => ("The category is not served", "未覆盖该品类"),
        }
    }
}

label! {
    /// What is scored.
    pub enum ScoreTerm {
        /// 技能
        Skill = "skill",
        /// 距离
        Nearness = "nearness",
        /// 空闲
        Room = "room",
        /// 绩效
        Record = "record",
    }
}

/// One hard rule as it was kept or broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// The rule.
    pub rule: HardRule,
    /// Whether it is kept.
    pub passed: bool,
}

/// The hard rules of being free, each as it was kept or broken (EN-2).
pub fn checks_of(availability: &Availability) -> Vec<Check> {
    const RULES: [(HardRule, &[Unavailable]); 5] = [
        (
            HardRule::Active,
            &[
                Unavailable::StatusOnLeave,
                Unavailable::StatusSuspended,
                Unavailable::StatusLeft,
            ],
        ),
        (HardRule::OnShift, &[Unavailable::NotOnShift]),
        (HardRule::NotOnLeave, &[Unavailable::OnLeave]),
        (HardRule::Capacity, &[Unavailable::DailyJobsFull]),
        (
            HardRule::Certificates,
            &[Unavailable::CertificateMissing, Unavailable::CertificateExpired],
        ),
    ];
    let is_kept = |broken: &[Unavailable]| !availability.reasons.iter().any(|reason| broken.contains(reason));
    let check = |(rule, broken): (HardRule, &[Unavailable])| Check {
        rule,
        passed: is_kept(broken),
    };
    RULES.into_iter().map(check).collect()
}

/// One term of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Term {
    /// What is scored.
    pub term: ScoreTerm,
    /// Its points, with two decimals.
    pub points: Figure,
}

/// What a job needs.
#[derive(Clone, Debug)]
pub struct Need<'a> {
    /// When somebody should be there.
    pub at: Time,
    /// The organisation's zone.
    pub zone: Tz,
    /// Whether it is an emergency (WO-4).
    pub is_emergency: bool,
    /// The region.
    pub region: Option<&'a RegionCode>,
    /// The category with those above it, itself first.
    pub lineage: &'a [ProductCategoryId],
    /// The skills the problem asks for.
    pub skills: &'a [Skill],
    /// Where it is.
    pub spot: Option<Spot>,
    /// The engineer the agreement names.
    pub dedicated: Option<EngineerId>,
}

/// What is known of one engineer.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// His day.
    pub day: EngineerDay<'a>,
    /// His skills.
    pub skills: &'a [EngineerSkill],
    /// His outlet; none for own staff.
    pub outlet: Option<&'a ServiceOutlet>,
    /// His last final performance total.
    pub kpi: Option<Figure>,
    /// His credit score.
    pub credit: i64,
}

/// A candidate with everything that was weighed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Candidate {
    /// The engineer.
    pub engineer_id: EngineerId,
    /// His outlet.
    #[schema(required)]
    pub outlet_id: Option<OutletId>,
    /// Whether every hard rule is kept.
    pub is_eligible: bool,
    /// Whether the agreement names him and he is placed first.
    pub is_dedicated: bool,
    /// The hard rules.
    #[schema(max_items = 9)]
    pub checks: Vec<Check>,
    /// The reasons why he is not available, more exactly.
    #[schema(max_items = 10)]
    pub unavailable: Vec<Unavailable>,
    /// The terms of the score.
    #[schema(max_items = 4)]
    pub terms: Vec<Term>,
    /// Their sum.
    pub score: Figure,
    /// Metres to go; null where a place is not known.
    #[schema(required, minimum = 0)]
    pub distance_m: Option<i64>,
    /// His open jobs that day.
    #[schema(minimum = 0)]
    pub open_jobs: i64,
    /// His credit score.
    #[schema(minimum = 0, maximum = 120)]
    pub credit: i64,
}

impl Candidate {
    /// Whether he keeps every hard rule a plan does not arrange by itself: all but shift and number of jobs.
    pub fn may_be_planned(&self) -> bool {
        let is_arranged = |rule| matches!(rule, HardRule::OnShift | HardRule::Capacity);
        self.checks
            .iter()
            .all(|check| check.passed || is_arranged(check.rule))
    }
}

impl Known<'_> {
    /// The least of his levels in the skills asked for; full where none is.
    fn level(&self, need: &Need<'_>) -> SkillLevel {
        let level_of = |skill: &Skill| {
            let own = self.skills.iter().find(|own| own.skill_id == skill.id);
            own.map_or(SkillLevel::None, |own| own.level)
        };
        need.skills
            .iter()
            .map(level_of)
            .min()
            .unwrap_or(SkillLevel::Expert)
    }

    fn is_certified(&self, need: &Need<'_>) -> bool {
        let day = need.at.date_in(need.zone);
        let is_fit = |skill: &Skill| {
            let own = self.skills.iter().find(|own| own.skill_id == skill.id);
            !skill.requires_certification || own.is_some_and(|own| own.is_certified_on(day))
        };
        need.skills.iter().all(is_fit)
    }

    /// Weighs him for a job.
    pub fn weigh(&self, need: &Need<'_>) -> Candidate {
        let certificates: Vec<WordCode> = need
            .skills
            .iter()
            .flat_map(|skill| skill.required_certificates.iter().cloned())
            .collect();
        let availability = self.day.availability(&Ask {
            at: need.at,
            zone: need.zone,
            is_emergency: need.is_emergency,
            certificates: &certificates,
        });
        let level = self.level(need);
        let own_regions = &self.day.engineer.profile.service_regions;
        let is_region = match (need.region, self.outlet) {
            (None, _) => true,
            (Some(region), _) if !own_regions.is_empty() => reaches(own_regions, region),
            (Some(region), Some(outlet)) => outlet.serves(Some(region), &[]),
            // Own staff without regions of their own go anywhere.
            (Some(_), None) => true,
        };
        let is_category = self.outlet.is_none_or(|outlet| outlet.serves(None, need.lineage));
        let check = |rule, passed| Check { rule, passed };
        let mut checks = checks_of(&availability);
        checks.extend([
            check(
                HardRule::Skills,
                level > SkillLevel::None && self.is_certified(need),
            ),
            check(
                HardRule::OutletActive,
                self.outlet.is_none_or(|outlet| outlet.status.takes_work()),
            ),
            check(HardRule::Region, is_region),
            check(HardRule::Category, is_category),
        ]);
        let is_eligible = checks.iter().all(|check| check.passed);
        let home = self
            .day
            .engineer
            .profile
            .home
            .and_then(|home| Spot::at(home.lat, home.lng));
        let distance_m = home.zip(need.spot).map(|(home, spot)| home.metres_to(spot));
        let terms = self.terms(level, distance_m);
        let is_named = need.dedicated == Some(self.day.engineer.id);
        Candidate {
            engineer_id: self.day.engineer.id,
            outlet_id: self.day.engineer.outlet_id,
            is_eligible,
            is_dedicated: is_named && is_eligible && level >= SkillLevel::Basic,
            checks,
            unavailable: availability.reasons,
            score: terms.iter().map(|term| term.points).sum(),
            terms,
            distance_m,
            open_jobs: self.day.open_jobs,
            credit: self.credit,
        }
    }

    fn terms(&self, level: SkillLevel, distance_m: Option<i64>) -> Vec<Term> {
        let part =
            |whole: Figure, of: i64, by: i64| whole.times_fraction(of.max(0), by, 2).unwrap_or_default();
        let kpi = self.kpi.unwrap_or(NO_RECORD);
        let near = distance_m.map_or(0, |metres| FAR.saturating_sub(metres));
        let term = |term, points| Term { term, points };
        vec![
            term(
                ScoreTerm::Skill,
                part(
                    SKILL,
                    level.figure().ten_thousandths(),
                    Figure::ONE.ten_thousandths(),
                ),
            ),
            term(ScoreTerm::Nearness, part(NEARNESS, near, FAR)),
            term(
                ScoreTerm::Room,
                part(ROOM, BUSY.saturating_sub(self.day.open_jobs), BUSY),
            ),
            term(
                ScoreTerm::Record,
                part(RECORD, kpi.ten_thousandths(), Figure::HUNDRED.ten_thousandths()),
            ),
        ]
    }
}

/// Everybody weighed: who may go first, the dedicated engineer before all, then by score, credit, fewer jobs, identifier.
pub fn candidates(need: &Need<'_>, known: &[Known<'_>]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = known.iter().map(|known| known.weigh(need)).collect();
    found.sort_by_key(|candidate| {
        (
            !candidate.is_eligible,
            !candidate.is_dedicated,
            std::cmp::Reverse(candidate.score),
            std::cmp::Reverse(candidate.credit),
            candidate.open_jobs,
            candidate.engineer_id,
        )
    });
    found
}

/// Whom the system may send, in their order: those who keep every hard rule with a score that is enough; the engineer the
/// agreement names whatever his score.
pub fn may_be_sent(found: &[Candidate], least: Option<Figure>) -> impl Iterator<Item = &Candidate> {
    found.iter().filter(move |candidate| {
        let is_enough = least.is_none_or(|least| candidate.score >= least);
        candidate.is_eligible && (candidate.is_dedicated || is_enough)
    })
}
