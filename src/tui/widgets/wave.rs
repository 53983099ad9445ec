//! The shape of a sound in a few lines: braille dots where the terminal has them, ASCII elsewhere.

/// With what a shape is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Two peaks a cell, four steps a line.
    Braille,
    /// One peak a cell, three steps a line.
    Ascii,
}

impl Ink {
    /// Peaks that stand in one cell.
    pub fn peaks(self) -> usize {
        match self {
            Self::Braille => 2,
            Self::Ascii => 1,
        }
    }

    fn steps(self) -> usize {
        match self {
            Self::Braille => 4,
            Self::Ascii => 3,
        }
    }

    fn glyph(self, left: usize, right: usize) -> char {
        match self {
            Self::Ascii => [' ', '.', ':', '#'].get(left).copied().unwrap_or('#'),
            Self::Braille => {
                let lit = |dots: [u32; 4], count: usize| dots.iter().take(count).sum::<u32>();
                // From the lowest dot of each column to the highest.
                let bits =
                    lit([0x40, 0x04, 0x02, 0x01], left) + lit([0x80, 0x20, 0x10, 0x08], right);
                match bits {
                    0 => ' ',
                    bits => char::from_u32(0x2800 + bits).unwrap_or(' '),
                }
            }
        }
    }
}

/// Linear peaks (full scale 1.0), [`Ink::peaks`] for each cell, as `lines` lines from top to bottom.
/// Heights go with the root of the peak, so that quiet sound is seen; any sound lights a dot.
pub fn wave(peaks: &[f32], lines: usize, ink: Ink) -> Vec<String> {
    let top = lines * ink.steps();
    let heights: Vec<usize> = peaks.iter().map(|peak| height(*peak, top)).collect();
    (0..lines)
        .map(|line| {
            let below = (lines - 1 - line) * ink.steps();
            let lit = |height: usize| height.saturating_sub(below).min(ink.steps());
            heights
                .chunks(ink.peaks())
                .map(|cell| {
                    let left = cell.first().copied().unwrap_or(0);
                    let right = cell.get(1).copied().unwrap_or(0);
                    ink.glyph(lit(left), lit(right))
                })
                .collect()
        })
        .collect()
}

fn height(peak: f32, top: usize) -> usize {
    if !peak.is_finite() || peak <= 0.0 {
        return 0;
    }
    let part = f64::from(peak.min(1.0)).sqrt();
    ((part * top as f64).round() as usize).clamp(1, top.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::width;

    #[test]
    fn peaks_rise_from_the_bottom() {
        let shape = wave(&[0.0, 1.0, 0.25, 1.0], 2, Ink::Braille);
        assert_eq!(shape, ["⢸⢸", "⢸⣿"]);
        let shape = wave(&[0.0, 1.0, 0.25, 1e-6], 2, Ink::Ascii);
        assert_eq!(shape, [" #  ", " ##."]);
    }

    #[test]
    fn nothing_breaks_it() {
        for peaks in [
            vec![],
            vec![f32::NAN, f32::INFINITY, -1.0, 7.0],
            vec![0.5; 31],
        ] {
            for lines in 0..4 {
                for ink in [Ink::Braille, Ink::Ascii] {
                    let shape = wave(&peaks, lines, ink);
                    assert_eq!(shape.len(), lines);
                    let cells = peaks.len().div_ceil(ink.peaks());
                    assert!(shape.iter().all(|line| width(line) == cells));
                }
            }
        }
    }
}
