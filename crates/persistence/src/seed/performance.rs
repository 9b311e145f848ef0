//! The scheme engineers are reviewed by until a company has its own (domain.md 3.9, EN-5).

use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::{Date, Result};
use aftercare_domain::performance::{PerformanceScheme, seed};

use super::assessments::SINCE;
use crate::{Tx, db};

/// Adds the scheme if it is missing.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp().as_system();
    let since: Date = SINCE.parse().map_err(|_| INTERNAL.error())?;
    let standard = seed::standard(since).map_err(|_| INTERNAL.error())?;
    db::seed(tx, &[PerformanceScheme::add(standard, None, &at)]).await
}
