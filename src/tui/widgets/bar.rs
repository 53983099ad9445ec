//! Progress bars with eight steps a cell.

/// A cell filled by so many eighths.
pub(super) const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar of `cells` columns, ends included: `▕████▌     ▏`, or `[####-----]` in ASCII.
/// `fraction` outside 0 to 1 is clamped. Empty when there is no room for at least one cell.
pub fn bar(fraction: f64, cells: usize, ascii: bool) -> String {
    let Some(inside) = cells.checked_sub(2).filter(|inside| *inside > 0) else {
        return String::new();
    };
    let fraction = if fraction.is_finite() {
        fraction.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let steps = (fraction * (inside * 8) as f64).floor() as usize;
    let (full, rest) = (steps / 8, steps % 8);
    if ascii {
        return format!("[{}{}]", "#".repeat(full), "-".repeat(inside - full));
    }
    let part = PARTS.get(rest).copied().unwrap_or("");
    let empty = inside - full - usize::from(rest > 0);
    format!("▕{}{part}{}▏", "█".repeat(full), " ".repeat(empty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::width;

    #[test]
    fn eighths_and_ends() {
        for (fraction, wanted) in [
            (0.0, "▕    ▏"),
            (0.5, "▕██  ▏"),
            (0.53125, "▕██▏ ▏"),
            (0.99, "▕███▉▏"),
            (1.0, "▕████▏"),
            (7.0, "▕████▏"),
            (-1.0, "▕    ▏"),
            (f64::NAN, "▕    ▏"),
        ] {
            assert_eq!(bar(fraction, 6, false), wanted, "{fraction}");
        }
        assert_eq!(bar(0.5, 6, true), "[##--]");
    }

    #[test]
    fn always_as_wide_as_asked() {
        for cells in 0..40 {
            for step in 0..=100 {
                let wanted = if cells < 3 { 0 } else { cells };
                assert_eq!(width(&bar(f64::from(step) / 100.0, cells, false)), wanted);
            }
        }
    }
}
