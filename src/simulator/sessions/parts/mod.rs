//! The players: score and sound makers become takes, and takes are placed in the song.

pub mod bass;
pub mod drums;
pub mod effects;
pub mod guitars;
pub mod keys;
pub mod vocals;

use super::score::{BAR, Section};
use super::synth::drums::Kit;

/// Samples of a take before its first bar line.
pub const HEAD: i64 = 9_600;

/// A recording of some bars: one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    pub name: String,
    /// One or two channels of equal length; the first bar line stands at [`HEAD`].
    pub channels: Vec<Vec<f32>>,
}

/// Some bars of a take, put somewhere in the song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    pub take: usize,
    /// Bar of the song.
    pub bar: i64,
    /// Bars of the take left out at its start.
    pub skip: i64,
    pub bars: i64,
    pub gain_db: f64,
}

/// Everything that a track plays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    pub takes: Vec<Take>,
    /// In order of time, not overlapping.
    pub placements: Vec<Placement>,
    /// Samples of the crossfade where one placement follows another.
    pub crossfade: i64,
}

impl Part {
    /// A part whose takes are crossfaded just before the bar line.
    pub fn new() -> Self {
        Self {
            crossfade: 960,
            ..Self::default()
        }
    }

    /// Adds a take and places it at its section.
    pub fn record(&mut self, take: Take, section: Section) {
        self.takes.push(take);
        self.place(self.takes.len() - 1, section.bar, 0, section.bars, 0.0);
    }

    pub fn place(&mut self, take: usize, bar: i64, skip: i64, bars: i64, gain_db: f64) {
        self.placements.push(Placement {
            take,
            bar,
            skip,
            bars,
            gain_db,
        });
        self.placements.sort_by_key(|placement| placement.bar);
    }
}

/// Samples of a take of `bars` with room for what rings on.
pub fn take_length(bars: i64, tail_seconds: f32) -> usize {
    let tail = super::synth::samples(tail_seconds);
    usize::try_from(HEAD + bars * BAR).unwrap_or(0) + tail
}

/// What all players share.
#[derive(Debug)]
pub struct Studio {
    pub kit: Kit,
    /// The lead vocal, which the printed effects listen to.
    pub lead: Part,
}

impl Studio {
    pub fn new() -> Self {
        let (kit, lead) = rayon::join(|| Kit::new(11), vocals::lead);
        Self { kit, lead }
    }
}
