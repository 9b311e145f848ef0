//! The priority matrix: one row.

use aftercare_domain::kernel::Result;
use aftercare_domain::sla::priority::{PriorityMatrix, PrioritySetting};

use crate::db::{Table, Tx, record};

const TABLE: Table = Table::new("priority_matrices", "priority_matrix");

record! { PrioritySetting: TABLE => id, cells; meta }

/// The matrix in force; the seeded one in a database without seeds.
pub async fn current(tx: &mut Tx<'_>) -> Result<PriorityMatrix> {
    let setting: Option<PrioritySetting> = crate::find(tx, PrioritySetting::ID.0).await?;
    Ok(setting.map(|setting| setting.cells).unwrap_or_default())
}
