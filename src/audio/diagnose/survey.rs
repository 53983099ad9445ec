//! The first time through: where the residual is, and where each stem ends.

use super::Limits;
use super::grid::Grid;

/// What was seen of the whole.
pub(super) struct Survey {
    /// Frames of a window.
    pub window: usize,
    bound: f64,
    errors: Vec<f64>,
    /// Frames seen.
    pub frames: u64,
    /// Of the residual, a window each.
    pub energies: Vec<f64>,
    /// First frame whose residual is above the bound, and the frame behind the last.
    above: Option<(u64, u64)>,
    /// The frame behind the last that each stem sounds in; 0 for silence.
    pub ends: Vec<u64>,
    pub mix_end: u64,
    pub grids: Vec<Grid>,
    pub mix_grid: Grid,
    highest: f64,
    /// Of the residual, and of what the stems, the sum and the residual have in common.
    energy: f64,
    common: Vec<f64>,
    sum_common: f64,
    sum: Vec<f64>,
}

impl Survey {
    pub fn new(stems: usize, limits: &Limits) -> Self {
        let quarter = usize::try_from(limits.rate / 4).unwrap_or(0);
        Self {
            window: quarter.clamp(1024, 65_536).next_power_of_two(),
            bound: limits.bound,
            errors: limits.errors.clone(),
            frames: 0,
            energies: Vec::new(),
            above: None,
            ends: vec![0; stems],
            mix_end: 0,
            grids: vec![Grid::default(); stems],
            mix_grid: Grid::default(),
            highest: 0.0,
            energy: 0.0,
            common: vec![0.0; stems],
            sum_common: 0.0,
            sum: Vec::new(),
        }
    }

    /// The frames above the bound: the first, and the one behind the last.
    pub fn residual(&self) -> Option<(u64, u64)> {
        self.above
    }

    /// The highest sample of the residual.
    pub fn highest(&self) -> f64 {
        self.highest
    }

    /// RMS of the residual's loudest window.
    pub fn loudest(&self) -> f64 {
        let loudest = self.energies.iter().copied().fold(0.0, f64::max);
        (loudest / (2 * self.window) as f64).sqrt()
    }

    /// How much of the residual each stem holds: 1 where the residual is a part of it.
    pub fn shares(&self) -> impl Iterator<Item = f64> + '_ {
        let all = self.energy.max(f64::MIN_POSITIVE);
        self.common.iter().map(move |common| common / all)
    }

    /// How often the sum holds the residual.
    pub fn sum_share(&self) -> f64 {
        self.sum_common / self.energy.max(f64::MIN_POSITIVE)
    }

    pub fn push(&mut self, stems: &[Vec<f64>], mix: &[f64]) {
        sum_of(stems, mix.len(), &mut self.sum);
        for (at, (sums, mixes)) in (self.frames..).zip(self.sum.chunks(2).zip(mix.chunks(2))) {
            let (mut energy, mut high) = (0.0, 0.0_f64);
            for (sum, mix) in sums.iter().zip(mixes) {
                let left = sum - mix;
                energy += left * left;
                high = high.max(left.abs());
            }
            let place = usize::try_from(at).unwrap_or(usize::MAX) / self.window;
            match self.energies.get_mut(place) {
                Some(all) => *all += energy,
                None => self.energies.push(energy),
            }
            self.highest = self.highest.max(high);
            if high > self.bound {
                let first = self.above.map_or(at, |(first, _)| first);
                self.above = Some((first, at + 1));
            }
        }
        for (sum, mix) in self.sum.iter_mut().zip(mix) {
            let left = *sum - mix;
            self.energy += left * left;
            self.sum_common += *sum * left;
            *sum = left;
        }
        for (common, stem) in self.common.iter_mut().zip(stems) {
            let pairs = stem.iter().zip(&self.sum);
            *common += pairs.map(|(x, r)| x * r).sum::<f64>();
        }
        for (grid, stem) in self.grids.iter_mut().zip(stems) {
            grid.push(stem);
        }
        self.mix_grid.push(mix);
        let from = self.frames;
        let end = |samples: &[f64], error: f64| {
            let place = samples.iter().rposition(|x| x.abs() > error * 1.01);
            place.map(|place| from + u64::try_from(place / 2).unwrap_or(0) + 1)
        };
        for ((stem, error), last) in stems.iter().zip(&self.errors).zip(&mut self.ends) {
            *last = end(stem, *error).unwrap_or(*last);
        }
        // The mix is as exact as a stem.
        let error = self.errors.iter().copied().fold(0.0, f64::max);
        self.mix_end = end(mix, error).unwrap_or(self.mix_end);
        self.frames += u64::try_from(mix.len() / 2).unwrap_or(0);
    }
}

/// What the stems add up to.
pub(super) fn sum_of(stems: &[Vec<f64>], samples: usize, sum: &mut Vec<f64>) {
    sum.clear();
    sum.resize(samples, 0.0);
    for stem in stems {
        crate::audio::sum::add(sum, stem);
    }
}
