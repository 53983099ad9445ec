//! From energies every 100 ms to loudness (ITU-R BS.1770-4, EBU Tech 3341 and 3342): momentary over
//! 400 ms, short-term over 3 s, integrated and range through their gates. It takes the same room for any
//! length: blocks are counted by hundredths of a LU.

use std::collections::VecDeque;

/// Steps of 100 ms in the windows.
const MOMENTARY: usize = 4;
const SHORT_TERM: usize = 30;
/// What is quieter counts nowhere, LUFS.
const ABSOLUTE: f64 = -70.0;
/// Bins of a hundredth from the absolute gate to 20 LUFS; what is louder is counted in the last.
const BINS: usize = 9_000;
const PER_LU: f64 = 100.0;
/// How far below the mean the relative gates lie, LU.
const INTEGRATED_GATE: f64 = 10.0;
const RANGE_GATE: f64 = 20.0;
/// What of the blocks lies between the ends of the range.
const LOWEST: f64 = 0.10;
const HIGHEST: f64 = 0.95;

/// LUFS of an energy: a mean square behind the K-weighting, channels weighted and added.
pub fn lufs(energy: f64) -> f64 {
    -0.691 + 10.0 * libm::log10(energy)
}

/// Blocks above the absolute gate, by their loudness.
#[derive(Debug, Clone)]
struct Blocks {
    /// How many, and their energies together.
    bins: Vec<(u64, f64)>,
}

impl Blocks {
    fn new() -> Self {
        Self {
            bins: vec![(0, 0.0); BINS],
        }
    }

    fn bin(loudness: f64) -> usize {
        let place = (loudness - ABSOLUTE) * PER_LU;
        // Negative ones and what is no number become 0.
        (place as usize).min(BINS - 1)
    }

    fn add(&mut self, energy: f64, loudness: f64) {
        if loudness < ABSOLUTE {
            return;
        }
        if let Some((count, sum)) = self.bins.get_mut(Self::bin(loudness)) {
            *count += 1;
            *sum += energy;
        }
    }

    /// Mean energy from a bin on.
    fn mean(&self, from: usize) -> Option<f64> {
        let bins = self.bins.iter().skip(from);
        let (count, sum) = bins.fold((0, 0.0), |(count, sum), bin| (count + bin.0, sum + bin.1));
        (count > 0).then(|| sum / count as f64)
    }

    /// The first bin above the relative gate.
    fn gate(&self, below: f64) -> Option<usize> {
        self.mean(0).map(|mean| Self::bin(lufs(mean) - below))
    }

    /// LU between the quiet and the loud blocks.
    fn range(&self) -> Option<f64> {
        let from = self.gate(RANGE_GATE)?;
        let counts = || {
            let bins = self.bins.iter().enumerate().skip(from);
            bins.map(|(place, (count, _))| (place, *count))
        };
        let count: u64 = counts().map(|(_, count)| count).sum();
        // The block of this rank from 1, as ffmpeg counts them.
        let at = |part: f64| {
            let rank = (count as f64 * part).round().max(1.0) as u64;
            let mut passed = 0;
            counts().find_map(|(place, count)| {
                passed += count;
                (passed >= rank).then_some(place)
            })
        };
        let (low, high) = (at(LOWEST)?, at(HIGHEST)?);
        Some((high - low) as f64 / PER_LU)
    }
}

/// The loudness of a stream.
#[derive(Debug, Clone)]
pub struct Gating {
    /// The last 3 s.
    last: VecDeque<f64>,
    moments: Blocks,
    spans: Blocks,
    max_momentary: f64,
    max_short_term: f64,
}

impl Default for Gating {
    fn default() -> Self {
        Self {
            last: VecDeque::with_capacity(SHORT_TERM + 1),
            moments: Blocks::new(),
            spans: Blocks::new(),
            max_momentary: f64::NEG_INFINITY,
            max_short_term: f64::NEG_INFINITY,
        }
    }
}

impl Gating {
    /// The energy of the next 100 ms.
    pub fn add(&mut self, energy: f64) {
        self.last.push_back(energy);
        if self.last.len() > SHORT_TERM {
            self.last.pop_front();
        }
        if let Some(energy) = self.window(MOMENTARY) {
            self.moments.add(energy, lufs(energy));
        }
        if let Some(energy) = self.window(SHORT_TERM) {
            self.spans.add(energy, lufs(energy));
        }
        self.max_momentary = self.max_momentary.max(lufs(self.since_silence(MOMENTARY)));
        self.max_short_term = self
            .max_short_term
            .max(lufs(self.since_silence(SHORT_TERM)));
    }

    /// Mean energy of the last steps, with silence before the first: a stream shorter than the window has a
    /// loudest moment too, and a longer one has none that lies at its begin.
    fn since_silence(&self, steps: usize) -> f64 {
        let sum: f64 = self.last.iter().rev().take(steps).sum();
        sum / steps as f64
    }

    /// Mean energy of the last steps; `None` before there are so many.
    fn window(&self, steps: usize) -> Option<f64> {
        let first = self.last.len().checked_sub(steps)?;
        let sum: f64 = self.last.iter().skip(first).sum();
        Some(sum / steps as f64)
    }

    /// Of the last 400 ms and the last 3 s, LUFS.
    pub fn momentary(&self) -> Option<f64> {
        finite(lufs(self.window(MOMENTARY)?))
    }

    pub fn short_term(&self) -> Option<f64> {
        finite(lufs(self.window(SHORT_TERM)?))
    }

    /// The highest so far, LUFS.
    pub fn max_momentary(&self) -> Option<f64> {
        finite(self.max_momentary)
    }

    pub fn max_short_term(&self) -> Option<f64> {
        finite(self.max_short_term)
    }

    /// LUFS; `None` where nothing passes the gates.
    pub fn integrated(&self) -> Option<f64> {
        let gate = self.moments.gate(INTEGRATED_GATE)?;
        self.moments.mean(gate).map(lufs).and_then(finite)
    }

    /// LU; 0 of what is shorter than 3 s, `None` where nothing was heard.
    pub fn range(&self) -> Option<f64> {
        self.integrated()
            .map(|_| self.spans.range().unwrap_or_default())
    }
}

fn finite(loudness: f64) -> Option<f64> {
    loudness.is_finite().then_some(loudness)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn energy(lufs: f64) -> f64 {
        libm::pow(10.0, (lufs + 0.691) / 10.0)
    }

    /// So many seconds of each loudness.
    fn heard(parts: &[(f64, usize)]) -> Gating {
        let mut gating = Gating::default();
        for (loudness, seconds) in parts {
            (0..10 * seconds).for_each(|_| gating.add(energy(*loudness)));
        }
        gating
    }

    fn near(got: Option<f64>, want: f64) {
        let got = got.expect("a loudness");
        assert!((got - want).abs() < 0.06, "{got}, not {want}");
    }

    /// EBU Tech 3341, cases 3 and 4: what is below the gates does not count.
    #[test]
    fn the_gates_leave_out_what_is_quiet() {
        let case = [(-36.0, 10), (-23.0, 60), (-36.0, 10)];
        near(heard(&case).integrated(), -23.0);
        let case = [
            (-72.0, 10),
            (-36.0, 10),
            (-23.0, 60),
            (-36.0, 10),
            (-72.0, 10),
        ];
        near(heard(&case).integrated(), -23.0);
        let case = [(-26.0, 20), (-20.0, 20), (-26.0, 20)];
        near(heard(&case).integrated(), -23.0);
        let silence = heard(&[(-80.0, 5)]);
        assert_eq!((silence.integrated(), silence.range()), (None, None));
    }

    /// EBU Tech 3342, cases 1 to 4.
    #[test]
    fn the_range_is_that_of_the_loud_and_the_quiet() {
        near(heard(&[(-20.0, 20), (-30.0, 20)]).range(), 10.0);
        near(heard(&[(-20.0, 20), (-15.0, 20)]).range(), 5.0);
        near(heard(&[(-40.0, 20), (-20.0, 20)]).range(), 20.0);
        let steps = [
            (-50.0, 20),
            (-35.0, 20),
            (-20.0, 20),
            (-35.0, 20),
            (-50.0, 20),
        ];
        near(heard(&steps).range(), 15.0);
        assert_eq!(heard(&[(-20.0, 2)]).range(), Some(0.0));
    }

    #[test]
    fn the_loudest_moments_are_kept() {
        let mut gating = heard(&[(-23.0, 10)]);
        (0..4).for_each(|_| gating.add(energy(-10.0)));
        near(gating.momentary(), -10.0);
        let louder = lufs((4.0 * energy(-10.0) + 26.0 * energy(-23.0)) / 30.0);
        near(gating.short_term(), louder);
        (0..40).for_each(|_| gating.add(0.0));
        assert_eq!((gating.momentary(), gating.short_term()), (None, None));
        near(gating.max_momentary(), -10.0);
        near(gating.max_short_term(), louder);
        let short = heard(&[(-23.0, 2)]);
        near(
            short.max_short_term(),
            -23.0 + 10.0 * libm::log10(20.0 / 30.0),
        );
        near(short.max_momentary(), -23.0);
    }
}
