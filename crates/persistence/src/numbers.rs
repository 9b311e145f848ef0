//! Document numbers for people.

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::text::Number;

use crate::Tx;

/// The next number of a series, for example `CU-20261123-000001` (A35).
pub async fn next(tx: &mut Tx<'_>, series: Series) -> Result<Number> {
    let text = tx.next_number(series).await?;
    Number::new(text).map_err(|_| INTERNAL.error())
}
