//! Faults that keep a stem at its time: gain, polarity, presence, swapped channels.

use super::windows::Windows;
use super::{Fault, Kind};

/// How a stem stands to the residual.
pub(super) struct Stood {
    pub stem: Option<usize>,
    pub faults: Vec<Fault>,
    /// How much of the residual it holds: 1 where the residual is a part of it.
    pub share: f64,
    /// Of the stem, in the windows.
    pub energy: f64,
    /// Gain of the target over the stem.
    pub target: f64,
}

/// A gain so near to a plain one is that one.
const NEAR: f64 = 5e-4;

pub(super) fn examine(
    stem: Option<usize>,
    cores: &[Vec<f64>],
    windows: &Windows,
    error: f64,
) -> Stood {
    let (mut own, mut both) = (0.0, 0.0);
    for (x, r) in pairs(cores, windows) {
        own += x * x;
        both += x * r;
    }
    let all = windows.energy();
    let mut stood = Stood {
        stem,
        faults: Vec::new(),
        share: both / all.max(f64::MIN_POSITIVE),
        energy: own,
        target: 1.0,
    };
    // Silence explains nothing.
    if own <= error * error {
        return stood;
    }
    stood.target = 1.0 - both / own;
    let plain = [0.0, -1.0, 0.5, 2.0]
        .into_iter()
        .find(|plain| (stood.target - plain).abs() < NEAR);
    let target = plain.unwrap_or(stood.target);
    let mut left = Left::default();
    for (x, r) in pairs(cores, windows) {
        left.add((1.0 - target) * x - r);
    }
    let bound = windows.bound + (1.0 - target).abs() * error;
    stood
        .faults
        .push(left.fault(stem, kind_of(target), all, bound));
    let (mut swapped, mut apart) = (Left::default(), 0.0_f64);
    for (core, residual) in cores.iter().zip(windows.residual()) {
        for (x, r) in core.chunks_exact(2).zip(residual.chunks_exact(2)) {
            if let ([a, b], [left, right]) = (x, r) {
                swapped.add(a - left - b);
                swapped.add(b - right - a);
                apart = apart.max((a - b).abs());
            }
        }
    }
    let bound = windows.bound + 2.0 * error;
    // What is the same on both sides cannot be swapped.
    if apart > 2.0 * error {
        stood
            .faults
            .push(swapped.fault(stem, Kind::Swapped, all, bound));
    }
    stood
}

fn kind_of(target: f64) -> Kind {
    if target == 0.0 {
        Kind::NotInMix
    } else if target == 0.5 {
        Kind::CountedTwice
    } else if target == 2.0 {
        Kind::TwiceInMix
    } else if target == -1.0 {
        Kind::Polarity
    } else {
        Kind::Gain(-20.0 * target.abs().max(1e-12).log10())
    }
}

fn pairs<'a>(cores: &'a [Vec<f64>], windows: &'a Windows) -> impl Iterator<Item = (f64, f64)> + 'a {
    let pairs = cores.iter().zip(windows.residual());
    pairs.flat_map(|(core, residual)| core.iter().copied().zip(residual.iter().copied()))
}

/// What an explanation leaves of the residual.
#[derive(Default)]
pub(super) struct Left {
    energy: f64,
    peak: f64,
}

impl Left {
    pub fn add(&mut self, left: f64) {
        self.energy += left * left;
        self.peak = self.peak.max(left.abs());
    }

    /// Of so much energy.
    pub fn fault(&self, stem: Option<usize>, kind: Kind, of: f64, bound: f64) -> Fault {
        Fault {
            kind,
            stem,
            left: self.energy / of.max(f64::MIN_POSITIVE),
            is_whole: self.peak <= bound,
        }
    }
}
