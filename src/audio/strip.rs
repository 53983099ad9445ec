//! The highest values over time, in cells of equal length that widen together when time goes on:
//! what a strip of a screen shows, whatever the length.

/// Frames of a cell at first.
const FINEST: u64 = 1024;
/// Cells at most.
const MOST: u64 = 1024;

/// What is highest in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cell {
    /// Linear, not negative.
    pub peak: f64,
    /// Where it is.
    pub frame: u64,
}

/// Takes values in any order.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    span: u64,
    cells: Vec<Cell>,
}

impl Default for Strip {
    fn default() -> Self {
        Self {
            span: FINEST,
            cells: Vec::new(),
        }
    }
}

impl Strip {
    /// Notes a value at a frame.
    pub fn put(&mut self, frame: u64, peak: f64) {
        while frame / self.span >= MOST {
            self.widen();
        }
        let at = usize::try_from(frame / self.span).unwrap_or(usize::MAX);
        if at >= self.cells.len() {
            if self.cells.capacity() == 0 {
                self.cells.reserve(64);
            }
            self.cells.resize(at + 1, Cell::default());
        }
        if let Some(cell) = self.cells.get_mut(at)
            && peak > cell.peak
        {
            *cell = Cell { peak, frame };
        }
    }

    /// Takes over another, whose first frame is this one of ours.
    pub fn join(&mut self, other: &Self, from: u64) {
        for cell in other.cells.iter().filter(|cell| cell.peak > 0.0) {
            self.put(from.saturating_add(cell.frame), cell.peak);
        }
    }

    /// In order of time; what holds nothing is 0 at frame 0.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Frames of a cell.
    pub fn span(&self) -> u64 {
        self.span
    }

    /// Widens the cells until there are no more than so many.
    #[must_use]
    pub fn within(mut self, most: usize) -> Self {
        while self.cells.len() > most.max(1) {
            self.widen();
        }
        self
    }

    /// The highest cells above `bound`, the highest first, none nearer to a higher one than `apart` cells.
    pub fn highest(&self, bound: f64, most: usize, apart: usize) -> Vec<Cell> {
        let mut order: Vec<(usize, Cell)> = self.cells.iter().copied().enumerate().collect();
        order.retain(|(_, cell)| cell.peak > bound);
        order.sort_by(|(a, x), (b, y)| y.peak.total_cmp(&x.peak).then(a.cmp(b)));
        let mut chosen: Vec<(usize, Cell)> = Vec::new();
        for (at, cell) in order {
            if chosen.len() >= most {
                break;
            }
            if chosen.iter().all(|(other, _)| at.abs_diff(*other) >= apart) {
                chosen.push((at, cell));
            }
        }
        chosen.into_iter().map(|(_, cell)| cell).collect()
    }

    fn widen(&mut self) {
        self.span = self.span.saturating_mul(2);
        self.cells = self
            .cells
            .chunks(2)
            .map(|pair| {
                let higher = |a: Cell, b: &Cell| if b.peak > a.peak { *b } else { a };
                pair.iter().fold(Cell::default(), higher)
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_fit_and_keep_their_highest_places() {
        let mut strip = Strip::default();
        let day = 24 * 3600 * 48_000_u64;
        for frame in (0..day).step_by(480_000) {
            strip.put(frame, 0.001);
        }
        strip.put(day / 3, 0.5);
        strip.put(day / 2, 0.25);
        assert!(strip.cells().len() <= 1024);
        assert!(strip.span() * (strip.cells().len() as u64) >= day - 480_000);
        let highest = strip.highest(0.01, 8, 1);
        let places: Vec<u64> = highest.iter().map(|cell| cell.frame).collect();
        assert_eq!(places, [day / 3, day / 2]);
        assert!(strip.within(100).cells().len() <= 100);
    }

    #[test]
    fn parts_join_to_the_whole() {
        let value = |frame: u64| ((frame * 7919) % 1009) as f64;
        let (mut whole, mut joined) = (Strip::default(), Strip::default());
        for from in (0..200_000_u64).step_by(5000) {
            let mut part = Strip::default();
            for frame in (0..5000).step_by(100) {
                whole.put(from + frame, value(from + frame));
                part.put(frame, value(from + frame));
            }
            joined.join(&part, from);
        }
        let (whole, joined) = (whole.highest(0.0, 1, 1), joined.highest(0.0, 1, 1));
        assert_eq!(whole[0].peak, joined[0].peak);
    }

    #[test]
    fn near_places_count_once() {
        let mut strip = Strip::default();
        strip.put(10 * FINEST, 1.0);
        strip.put(11 * FINEST, 0.9);
        strip.put(20 * FINEST, 0.5);
        let peaks = strip.highest(0.1, 8, 5);
        let peaks: Vec<f64> = peaks.iter().map(|cell| cell.peak).collect();
        assert_eq!(peaks, [1.0, 0.5]);
    }
}
