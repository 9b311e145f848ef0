//! Shares and means as decimal text: whole numbers divided without a float between.

/// The quotient of two non-negative numbers with so many decimals, rounded half up; nothing when there is nothing to
/// divide by.
pub fn ratio(of: i64, by: i64, decimals: u32) -> Option<String> {
    let scale = 10_i128.checked_pow(decimals)?;
    let (of, by) = (i128::from(of), i128::from(by));
    let doubled = of.checked_mul(scale)?.checked_mul(2)?.checked_add(by)?;
    let rounded = doubled.checked_div(by.checked_mul(2)?)?;
    let (whole, fraction) = (rounded.checked_div(scale)?, rounded.checked_rem(scale)?);
    let width = usize::try_from(decimals).ok()?;
    Some(format!("{whole}.{fraction:0width$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_means_are_rounded_half_up() {
        assert_eq!(ratio(289 * 100, 298, 2).as_deref(), Some("96.98"));
        assert_eq!(ratio(1, 200, 2).as_deref(), Some("0.01"));
        assert_eq!(ratio(1, 1, 2).as_deref(), Some("1.00"));
        assert_eq!(ratio(2, 3, 4).as_deref(), Some("0.6667"));
        assert_eq!(ratio(i64::MAX, 1, 4).as_deref(), Some("9223372036854775807.0000"));
        assert_eq!(ratio(1, 0, 4), None);
    }
}
