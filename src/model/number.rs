//! Exact numbers for times: decimal digits as whole counts of a small unit, and ratios rounded to
//! the nearest. No floating point, so that a sample stays a sample.

/// A decimal number as a count of `10^-digits`; further digits are dropped. `None` for what is not
/// digits with at most one point, and for more than twelve digits before it.
pub fn decimal(text: &str, digits: u32) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let mut value: i128 = whole.parse().ok()?;
    let mut rest = fraction.bytes();
    for _ in 0..digits {
        value = value * 10 + i128::from(rest.next().unwrap_or(b'0') - b'0');
    }
    Some(value)
}

/// `numerator / denominator`, to the nearest, halves up; a denominator below 1 counts as 1. `None`
/// where no `i64` holds it.
pub fn nearest(numerator: i128, denominator: i128) -> Option<i64> {
    let denominator = denominator.max(1);
    let rounded = (2 * numerator + denominator).div_euclid(2 * denominator);
    i64::try_from(rounded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_counts() {
        for (text, digits, count) in [
            ("12", 0, Some(12)),
            ("12.5", 3, Some(12_500)),
            ("0.0019", 3, Some(1)),
            ("1.", 2, Some(100)),
            (".5", 2, None),
            ("", 2, None),
            ("-1", 0, None),
            ("1.2.3", 2, None),
            (" 1", 0, None),
            ("1234567890123", 0, None),
        ] {
            assert_eq!(decimal(text, digits), count, "{text:?} {digits}");
        }
    }

    #[test]
    fn ratios_round_to_the_nearest() {
        for (numerator, denominator, rounded) in [
            (7, 2, Some(4)),
            (-7, 2, Some(-3)),
            (10, 4, Some(3)),
            (5, 0, Some(5)),
            (i128::from(i64::MAX) + 1, 1, None),
        ] {
            assert_eq!(
                nearest(numerator, denominator),
                rounded,
                "{numerator}/{denominator}"
            );
        }
    }
}
