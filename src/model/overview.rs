//! The shape of a sound over time, for drawing: highest peaks in equal stretches.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Arrangement, TrackId};

/// Of what an overview is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OverviewOf {
    /// What a track plays, from the session's start to its end.
    Track(TrackId),
    /// A file, from its first frame to its last.
    File(PathBuf),
}

/// Where the sound of an overview comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum OverviewSource {
    /// A lane of an arrangement, over its whole length.
    Lane {
        arrangement: Arc<Arrangement>,
        lane: usize,
    },
    File(PathBuf),
}

/// Highest peaks in equal stretches of a sound.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overview {
    /// Linear, full scale 1.0; higher where it would clip. One a stretch, in the order of time.
    pub peaks: Vec<f32>,
    /// Frames of the whole sound.
    pub frames: u64,
}

impl Overview {
    /// Its highest peak in each of `columns` equal parts of the frames from `from` up to `to`.
    /// Parts outside of the sound are silent.
    pub fn columns(&self, from: u64, to: u64, columns: usize) -> Vec<f32> {
        let count = self.peaks.len() as f64;
        let frames = self.frames.max(1) as f64;
        let width = to.saturating_sub(from) as f64 / columns.max(1) as f64;
        let place = |column: usize| {
            let frame = from as f64 + width * column as f64;
            (frame / frames * count).max(0.0)
        };
        (0..columns)
            .map(|column| {
                let first = place(column) as usize;
                // At least one stretch, even where a column is narrower than that.
                let end = (place(column + 1).ceil() as usize).max(first + 1);
                let part = self.peaks.get(first..end.min(self.peaks.len()));
                part.unwrap_or_default().iter().copied().fold(0.0, f32::max)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_show_every_peak_and_silence_outside() {
        let mut peaks = vec![0.0; 1024];
        peaks[700] = 0.5;
        let overview = Overview {
            peaks,
            frames: 48_000,
        };
        for columns in [1, 7, 40, 300, 1024, 4000] {
            let all = overview.columns(0, 48_000, columns);
            assert_eq!(all.len(), columns);
            assert_eq!(all.iter().copied().fold(0.0, f32::max), 0.5, "{columns}");
        }
        let part = overview.columns(0, 24_000, 100);
        assert!(part.iter().all(|peak| *peak == 0.0));
        let beyond = overview.columns(24_000, 96_000, 3);
        assert_eq!(beyond, [0.5, 0.0, 0.0]);
        assert_eq!(overview.columns(5, 5, 2), [0.0, 0.0]);
        assert_eq!(Overview::default().columns(0, 10, 2), [0.0, 0.0]);
    }
}
