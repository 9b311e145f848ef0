//! Courses and who needs one: how they are kept, found and referred to.

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::DUPLICATE_CODE;
use aftercare_domain::training_courses::{
    TrainingCourse, TrainingCourseFilter, TrainingCourseId, TrainingNeed, TrainingNeedFilter, TrainingNeedId,
};

use crate::db::{ListBy, Table, Tx, Unique, Where, record, sql};
use crate::dictionaries::text_of;
use crate::engineers::of_visible;
use crate::platform::references::referable;

const TABLE: Table = Table::new("training_courses", "training_course").unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "training_courses_code_key",
    columns: "training_courses.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { TrainingCourse: TABLE =>
    id, code, name, kind, skill_id, dimension, description, from, to, seats, is_active; meta; search = search_text
}

referable!(TrainingCourse);

impl ListBy<TrainingCourse> for TrainingCourseFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("code", self.code.clone());
        w.eq("kind", self.kind);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn search_text(course: &TrainingCourse) -> String {
    text_of(course.code.as_str(), &course.name)
}

const NEEDS: Table = Table::new("training_needs", "training_need").scoped(of_visible);

record! { TrainingNeed: NEEDS => id, engineer_id, reason, dimension, evidence_id, status, course_id; meta }

impl ListBy<TrainingNeed> for TrainingNeedFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("engineer_id", self.engineer_id);
        w.any("status", self.status.as_ref());
    }
}

/// How many seats of a course others have taken.
pub async fn seats_taken(tx: &mut Tx<'_>, course: TrainingCourseId, but: TrainingNeedId) -> Result<i64> {
    tx.scalar(sql!(
        "select count(*) as value from training_needs where course_id = $1 and id <> $2",
        course,
        but
    ))
    .await
}
