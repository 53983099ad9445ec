//! Samples that lie on a coarser grid than their file's: something took bits away from them.

use super::survey::Survey;
use super::{Fault, Kind, Limits};

/// Steps of 32 bits in full scale.
const STEPS: f64 = 2_147_483_648.0;
/// So many times what its file may be off is a step that the file does not need.
const COARSE: f64 = 8.0;
/// Of a step: what cutting off, with noise or without, may be off at most.
const CUT: f64 = 2.0;
/// Of a step: RMS of what is left where it is loudest, at least. Rounding leaves 0.29.
const LEAST: f64 = 0.2;

/// The grid on which all samples lie.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Grid {
    /// The bits that are set in any.
    seen: i64,
    is_finer: bool,
}

impl Grid {
    pub fn push(&mut self, samples: &[f64]) {
        if self.is_finer {
            return;
        }
        for sample in samples {
            let code = sample * STEPS;
            if libm::trunc(code) != code {
                self.is_finer = true;
                return;
            }
            // What is no integer of 32 bits saturates, and is no step of a grid that counts here.
            self.seen |= code as i64;
        }
    }

    /// Bits of the integers that hold it all, from 1; `None` where that are more than 32, and of silence.
    fn bits(self) -> Option<u32> {
        let is_told = !self.is_finer && self.seen != 0;
        is_told.then(|| 32_u32.saturating_sub(self.seen.trailing_zeros()).max(1))
    }
}

fn step(bits: u32) -> f64 {
    libm::exp2(1.0 - f64::from(bits))
}

/// The stems, or the mix, that lost bits, where that explains all that is left.
pub(super) fn examine(survey: &Survey, limits: &Limits) -> Vec<Fault> {
    let finest = survey.grids.iter().chain([&survey.mix_grid]);
    let finest = finest.filter_map(|grid| match grid.is_finer {
        true => Some(u32::MAX),
        false => grid.bits(),
    });
    let finest = finest.max().unwrap_or(0);
    let coarse = |grid: &Grid, error: f64| {
        let is_coarse = |bits: &u32| *bits < finest && step(*bits) > COARSE * error;
        grid.bits().filter(is_coarse)
    };
    let stems = survey.grids.iter().zip(&limits.errors).enumerate();
    let of_stems =
        stems.filter_map(|(stem, (grid, error))| Some((Some(stem), coarse(grid, *error)?)));
    let error = limits.errors.iter().copied().fold(0.0, f64::max);
    let of_mix = coarse(&survey.mix_grid, error).map(|bits| (None, bits));
    let found: Vec<(Option<usize>, u32)> = of_stems.chain(of_mix).collect();
    // What was made on a coarse grid lost nothing: a step must be of the size of what is left.
    let mut grids: Vec<u32> = found.iter().map(|(_, bits)| *bits).collect();
    grids.sort_unstable();
    grids.dedup();
    let lost = grids.into_iter().find(|bits| {
        let cut = found.iter().filter(|(_, other)| other == bits).count();
        let most = CUT * step(*bits) * cut as f64;
        survey.highest() <= limits.bound + most && survey.loudest() >= LEAST * step(*bits)
    });
    let told = found.into_iter().filter(|(_, bits)| Some(*bits) == lost);
    told.map(|(stem, bits)| Fault {
        kind: Kind::FewerBits(bits),
        stem,
        left: 0.0,
        is_whole: true,
    })
    .collect()
}
