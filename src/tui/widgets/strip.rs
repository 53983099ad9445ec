//! Levels over time in one line: a cell for each span, as high as the highest level in it.

const STEPS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PLAIN: [&str; 5] = [" ", ".", ":", "+", "#"];

/// Steps go over so many dB below the highest.
const SPAN: f64 = 48.0;

/// `levels` in dB over `cells` columns. What is at or below `floor`, and `None`, is blank; `top` and above
/// is full.
pub fn strip(levels: &[Option<f64>], [floor, top]: [f64; 2], cells: usize, ascii: bool) -> String {
    let steps: &[&str] = if ascii { &PLAIN } else { &STEPS };
    let highest = steps.len() - 1;
    let span = (top - floor).clamp(f64::MIN_POSITIVE, SPAN);
    (0..cells)
        .map(|cell| {
            let (from, to) = bounds(levels.len(), cells, cell);
            let here = levels.get(from..to).unwrap_or_default();
            let level = here.iter().flatten().copied().fold(floor, f64::max);
            let part = ((level - top + span) / span).clamp(0.0, 1.0);
            // What is above the floor is seen.
            let step = ((part * highest as f64).ceil() as usize).max(usize::from(level > floor));
            steps.get(step).copied().unwrap_or(" ")
        })
        .collect()
}

/// The column in which a value of so many stands.
pub fn column(value: usize, count: usize, cells: usize) -> usize {
    let at = value.saturating_mul(cells) / count.max(1);
    at.min(cells.saturating_sub(1))
}

/// The values that stand in a cell: at least one.
fn bounds(count: usize, cells: usize, cell: usize) -> (usize, usize) {
    let from = cell * count / cells.max(1);
    let to = ((cell + 1) * count).div_ceil(cells.max(1));
    (from, to.max(from + 1).min(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_of_a_span_is_shown() {
        let mut levels = vec![None; 100];
        levels[50] = Some(-20.0);
        levels[99] = Some(-60.0);
        levels[20] = Some(-90.0);
        let range = [-100.0, -20.0];
        assert_eq!(strip(&levels, range, 10, false), "  ▁  █   ▂");
        assert_eq!(strip(&levels, range, 10, true), "  .  #   .");
        assert_eq!(column(50, 100, 10), 5);
        assert_eq!(column(99, 100, 10), 9);
    }

    #[test]
    fn few_values_fill_many_cells() {
        assert_eq!(strip(&[Some(0.0), None], [-10.0, 0.0], 6, false), "███   ");
        assert_eq!(strip(&[], [-10.0, 0.0], 3, false), "   ");
        assert_eq!(strip(&[Some(0.0)], [0.0, 0.0], 2, false).chars().count(), 2);
        assert_eq!(strip(&[Some(0.0)], [-1.0, 0.0], 0, false), "");
    }
}
