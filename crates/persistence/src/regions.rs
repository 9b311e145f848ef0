//! Regions: how they are kept and found.

use aftercare_domain::kernel::error::{DUPLICATE_CODE, NOT_FOUND};
use aftercare_domain::kernel::text::{RegionCode, search_fold};
use aftercare_domain::kernel::{Column as _, Result, Violation};
use aftercare_domain::regions::{Region, RegionFilter, RegionId, RegionLevel};

use crate::db::{ListBy, Table, Tx, Unique, Where, many, record};
use crate::platform::references::{referable, usable};

const TABLE: Table = Table::new("regions", "region").keyed(&["code"]).unique(UNIQUES);
const UNIQUES: &[Unique] = &[Unique {
    constraint: "regions_code_key",
    columns: "regions.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { Region: TABLE => id, code, name, level, parent_code, grade, is_active; meta; search = text_of }

referable!(Region);

impl ListBy<Region> for RegionFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("parent_code", self.parent_code.clone());
        w.eq("level", self.level);
        w.eq("grade", self.grade);
        w.search(self.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.is_active);
    }
}

/// What the text search looks into.
fn text_of(region: &Region) -> String {
    let en = region.name.en.as_ref().map_or("", |en| en.as_str());
    search_fold(&[region.code.as_str(), region.name.zh.as_str(), en])
}

/// The region of a code, if there is one.
pub async fn find(tx: &mut Tx<'_>, code: &RegionCode) -> Result<Option<Region>> {
    let found: Vec<Region> = many(tx, "code = $1", vec![code.to_raw()]).await?;
    Ok(found.into_iter().next())
}

/// The region of a code; `not_found` if there is none.
pub async fn get(tx: &mut Tx<'_>, code: &RegionCode) -> Result<Region> {
    find(tx, code).await?.ok_or_else(|| NOT_FOUND.error())
}

/// The region a member names; what is wrong with it is added to `wrong` (BD-2).
pub async fn refer(
    tx: &mut Tx<'_>,
    code: &RegionCode,
    pointer: &str,
    wrong: &mut Vec<Violation>,
) -> Result<Option<Region>> {
    Ok(usable(find(tx, code).await?, pointer, wrong))
}

/// The identifier of a region; `not_found` if there is none.
pub async fn id_of(tx: &mut Tx<'_>, code: &RegionCode) -> Result<RegionId> {
    get(tx, code).await.map(|region| region.id)
}

/// Every active city, in order of their codes.
pub async fn cities(tx: &mut Tx<'_>) -> Result<Vec<Region>> {
    let condition = "level = $1 and is_active = $2 order by code limit 2000";
    many(tx, condition, vec![RegionLevel::City.to_raw(), true.to_raw()]).await
}
