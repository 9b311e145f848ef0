//! Skills, and who has them: how they are kept, found and referred to.

use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::kernel::{Column as _, Result};
use aftercare_domain::requests::EngineerId;
use aftercare_domain::skills::{DUPLICATE_SKILL, EngineerSkill, Skill, SkillFilter, SkillId};

use crate::db::{ListBy, Table, Tx, Unique, Where, many, record};
use crate::dictionaries::text_of;
use crate::engineers::{OfEngineer, of_visible};
use crate::platform::references::referable;

const TABLE: Table = Table::new("skills", "skill").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "skills_code_key",
    columns: "skills.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { Skill: TABLE =>
    id, code, name, category_id, required_certificates, requires_certification, external_refs, is_active; meta; search = search_text
}

referable!(Skill);

impl ListBy<Skill> for SkillFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("category_id", self.category_id);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn search_text(skill: &Skill) -> String {
    text_of(skill.code.as_str(), &skill.name)
}

const HELD: Table = Table::new("engineer_skills", "engineer_skill")
    .scoped(of_visible)
    .unique(HELD_ONCE);
const HELD_ONCE: &[Unique] = &[Unique {
    constraint: "engineer_skills_engineer_skill_key",
    columns: "engineer_skills.engineer_id, engineer_skills.skill_id",
    code: &DUPLICATE_SKILL,
    pointer: "#/skill_id",
}];

record! { EngineerSkill: HELD => id, engineer_id, skill_id, level, certified_until; meta }

impl ListBy<EngineerSkill> for OfEngineer {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "level"];

    fn apply(&self, w: &mut Where) {
        w.eq("engineer_id", Some(self.0));
    }
}

/// What an engineer can do of a skill, whoever asks.
pub async fn held(
    tx: &mut Tx<'_>,
    engineer_id: EngineerId,
    skill_id: SkillId,
) -> Result<Option<EngineerSkill>> {
    let args = vec![engineer_id.to_raw(), skill_id.to_raw()];
    let found = many(tx, "engineer_id = $1 and skill_id = $2", args).await?;
    Ok(found.into_iter().next())
}
