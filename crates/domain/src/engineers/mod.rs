//! Engineers: the people who go to the customer and put things right (R-098, A29).
//!
//! An engineer may be a user of the system or only a name in it; only who is active gets new work, and only up to
//! a number of open jobs a day. Skills, shifts and leaves come with their own modules; what else is told of him is
//! his [`EngineerProfile`], and whether he is free at an instant, and why not, his [`availability`].

pub mod availability;
pub mod profile;
pub mod route;
pub mod workbench;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

pub use profile::{Certificate, EngineerProfile, EngineerProfilePatch, ServedRegion};

use crate::kernel::meta::UserId;
use crate::kernel::patch::replace;
use crate::kernel::text::{Label64, Name, Number, Phone, RegionCode};
use crate::kernel::{Csv, Event, Meta, Patch, Role, RoleSet, Stamp};
use crate::requests::refs::{EngineerId, OutletId};
use crate::skills::SkillId;
use crate::{codes, label, permissions};

// ---- entity -----------------------------------------------------------------------------------------------------

label! {
    /// Whether an engineer takes work.
    pub enum EngineerStatus {
        /// 在岗
        Active = "active",
        /// 休假
        OnLeave = "on_leave",
        /// 停职
        Suspended = "suspended",
        /// 离职
        Left = "left",
    }
}

/// An engineer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Engineer {
    /// Machine identifier.
    pub id: EngineerId,
    /// Number for people, for example `EN-20261123-000001`.
    pub number: Number,
    /// The user he signs in as.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Name.
    pub name: Name,
    /// Telephone.
    pub phone: Phone,
    /// The outlet he belongs to; null for own staff.
    #[schema(required)]
    pub outlet_id: Option<OutletId>,
    /// Whether he takes work.
    pub status: EngineerStatus,
    /// Open jobs a day at most.
    #[schema(minimum = 1, maximum = 100)]
    pub max_daily_jobs: i64,
    /// Grade, regions, home, certificates.
    pub profile: EngineerProfile,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands ---------------------------------------------------------------------------------------------------

/// What is needed to enter an engineer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "张伟", "phone": "13900139001"}))]
pub struct EngineerCreate {
    /// Name.
    pub name: Name,
    /// Telephone.
    pub phone: Phone,
    /// The user he signs in as.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// The outlet he belongs to.
    #[serde(default)]
    pub outlet_id: Option<OutletId>,
    /// Open jobs a day at most; 8 if absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub max_daily_jobs: Option<i64>,
    /// Grade, regions, home, certificates.
    #[serde(default)]
    #[schema(nullable = false)]
    pub profile: Option<EngineerProfilePatch>,
}

/// What may change on an engineer; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"max_daily_jobs": 6}))]
pub struct EngineerPatch {
    /// Name.
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<Name>,
    /// Telephone.
    #[serde(default)]
    #[schema(nullable = false)]
    pub phone: Option<Phone>,
    /// The user he signs in as.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub user_id: Patch<UserId>,
    /// The outlet he belongs to.
    #[serde(default)]
    #[schema(value_type = Option<OutletId>)]
    pub outlet_id: Patch<OutletId>,
    /// Whether he takes work; a change is told as `engineer.status_changed`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub availability: Option<EngineerStatus>,
    /// Open jobs a day at most.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub max_daily_jobs: Option<i64>,
    /// What changes of grade, regions, home, certificates; absent members stay.
    #[serde(default)]
    #[schema(nullable = false)]
    pub profile: Option<EngineerProfilePatch>,
}

// ---- filter -----------------------------------------------------------------------------------------------------

/// Narrows a list of engineers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct EngineerFilter {
    /// One or more states, comma-separated.
    #[param(value_type = Option<Vec<EngineerStatus>>, style = Form, explode = false, nullable = false)]
    pub status: Option<Csv<EngineerStatus>>,
    /// The outlet.
    #[param(nullable = false)]
    pub outlet_id: Option<OutletId>,
    /// The user.
    #[param(nullable = false)]
    pub user_id: Option<UserId>,
    /// Graded in this skill.
    #[param(nullable = false)]
    pub skill_id: Option<SkillId>,
    /// Told to serve this region.
    #[param(nullable = false)]
    pub region_code: Option<RegionCode>,
    /// Words in name, telephone or number.
    #[param(nullable = false)]
    pub q: Option<Label64>,
}

// ---- rules ------------------------------------------------------------------------------------------------------

/// Open jobs a day unless said otherwise (domain.md 3.9).
const DEFAULT_DAILY_JOBS: i64 = 8;

impl Engineer {
    /// A new engineer under a number drawn for him.
    pub fn enter(cmd: EngineerCreate, number: Number, at: &Stamp) -> Engineer {
        let mut profile = EngineerProfile::default();
        profile.revise(cmd.profile.unwrap_or_default());
        Engineer {
            id: EngineerId::next(at),
            number,
            user_id: cmd.user_id,
            name: cmd.name,
            phone: cmd.phone,
            outlet_id: cmd.outlet_id,
            status: EngineerStatus::Active,
            max_daily_jobs: cmd.max_daily_jobs.unwrap_or(DEFAULT_DAILY_JOBS),
            profile,
            meta: Meta::new(at),
        }
    }

    /// Applies a patch; what is told if he takes work otherwise from now on.
    pub fn revise(&mut self, patch: EngineerPatch, at: &Stamp) -> Option<Event> {
        let was = self.status;
        replace(patch.name, &mut self.name);
        replace(patch.phone, &mut self.phone);
        patch.user_id.onto(&mut self.user_id);
        patch.outlet_id.onto(&mut self.outlet_id);
        replace(patch.availability, &mut self.status);
        replace(patch.max_daily_jobs, &mut self.max_daily_jobs);
        self.profile.revise(patch.profile.unwrap_or_default());
        (self.status != was).then(|| Event {
            kind: "engineer.status_changed",
            resource: "engineer",
            resource_id: self.id.0,
            at: at.now,
            data: json!({"from": was, "to": self.status}),
        })
    }
}

// ---- codes ------------------------------------------------------------------------------------------------------

codes! {
    CERTIFICATE_TWICE: Invalid = "certificate_twice", "The same certificate is given twice", "同一证书重复";
    DUPLICATE_ENGINEER: Conflict = "duplicate_engineer", "Another engineer signs in as this user", "该用户已对应其他工程师";
}

// ---- permissions (domain.md 3.0, row "engineers, schedules") -----------------------------------------------------

/// Who keeps engineers and what they can do.
pub(crate) const KEEPERS: RoleSet = RoleSet::of(&[
    Role::Admin,
    Role::ServiceManager,
    Role::Supervisor,
    Role::OutletManager,
]);
/// Who sees them.
pub(crate) const READERS: RoleSet = KEEPERS.union(RoleSet::of(&[
    Role::CustomerService,
    Role::Dispatcher,
    Role::Engineer,
    Role::Analyst,
    Role::Executive,
]));

permissions! {
    Read = "engineers:read" for READERS;
    Create = "engineers:create" for KEEPERS;
    Update = "engineers:update" for KEEPERS;
}
