//! The scheme outlets are assessed by until a company has its own (domain.md 3.10).

use aftercare_domain::assessments::{AssessmentScheme, seed};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Date, Result};

use crate::{Tx, db};

/// Since when it holds: before any outlet or engineer was known here.
pub(super) const SINCE: &str = "2020-01-01";

/// Adds the scheme if it is missing.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp().as_system();
    let since: Date = SINCE.parse().map_err(|_| INTERNAL.error())?;
    let standard = seed::standard(since).map_err(|_| INTERNAL.error())?;
    db::seed(tx, &[AssessmentScheme::add(standard, None, &at)]).await
}
