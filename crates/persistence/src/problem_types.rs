//! Problem types: how they are kept and found.

use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::kernel::text::search_fold;
use aftercare_domain::problem_types::{ProblemType, ProblemTypeFilter};

use crate::db::{ListBy, Table, Unique, Where, record};
use crate::platform::references::referable;

const TABLE: Table = Table::new("problem_types", "problem_type").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "problem_types_code_key",
    columns: "problem_types.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { ProblemType: TABLE =>
    id, code, name, parent_id, category_ids, default_impact, default_urgency, default_service_type,
    std_minutes, skill_ids, is_active; meta; search = text_of
}

referable!(ProblemType);

impl ListBy<ProblemType> for ProblemTypeFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "code"];

    fn apply(&self, w: &mut Where) {
        w.eq("parent_id", self.parent_id);
        w.eq("code", self.code.clone());
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn text_of(problem: &ProblemType) -> String {
    let en = problem.name.en.as_ref().map_or("", |en| en.as_str());
    search_fold(&[problem.code.as_str(), problem.name.zh.as_str(), en])
}
