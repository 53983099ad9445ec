//! The peaks of a stream in equal stretches, for [`Overview`].

use crate::model::overview::Overview;

/// Stretches of an overview: more than the widest terminal has columns, twice over.
pub const STRETCHES: u64 = 1024;

/// Gathers the peaks of a stream whose length is known.
#[derive(Debug, Clone)]
pub struct Gatherer {
    frames: u64,
    at: u64,
    peaks: Vec<f32>,
}

impl Gatherer {
    /// For a stream of `frames` frames.
    pub fn new(frames: u64) -> Self {
        Self {
            frames,
            at: 0,
            peaks: vec![0.0; usize::try_from(frames.min(STRETCHES)).unwrap_or(0)],
        }
    }

    /// The next frames, interleaved; those beyond the length count to the last stretch.
    pub fn add(&mut self, interleaved: &[f64], channels: usize) {
        let count = self.peaks.len() as u64;
        let mut rest = interleaved;
        while let Some(index) = self.stretch(self.at) {
            let ends = (u128::from(index) + 1) * u128::from(self.frames);
            let ends = u64::try_from(ends.div_ceil(u128::from(count.max(1)))).unwrap_or(u64::MAX);
            let is_last = index + 1 == count;
            let frames = match usize::try_from(ends.saturating_sub(self.at).max(1)) {
                Ok(frames) if !is_last => frames.min(rest.len() / channels.max(1)),
                _ => rest.len() / channels.max(1),
            };
            let Some((part, later)) = rest.split_at_checked(frames * channels) else {
                return;
            };
            if part.is_empty() {
                return;
            }
            let peak = part.iter().fold(0.0_f64, |peak, x| peak.max(x.abs())) as f32;
            if let Some(kept) = self.peaks.get_mut(usize::try_from(index).unwrap_or(0)) {
                *kept = kept.max(peak);
            }
            self.at += frames as u64;
            rest = later;
        }
    }

    /// Nothing sounds for some frames.
    pub fn skip(&mut self, frames: u64) {
        self.at = self.at.saturating_add(frames);
    }

    pub fn finish(self) -> Overview {
        Overview {
            peaks: self.peaks,
            frames: self.frames,
        }
    }

    /// The stretch of a frame; `None` when there are none at all.
    fn stretch(&self, frame: u64) -> Option<u64> {
        let count = self.peaks.len() as u64;
        let last = count.checked_sub(1)?;
        let index = u128::from(frame) * u128::from(count) / u128::from(self.frames.max(1));
        Some(u64::try_from(index).unwrap_or(last).min(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_counts_in_its_stretch_whatever_the_blocks() {
        for frames in [1_u64, 3, 1000, 1024, 5000, 48_001] {
            for block in [1_usize, 7, 1024, 100_000] {
                let samples: Vec<f64> = (0..frames)
                    .flat_map(|i| [i as f64 / frames as f64, -(i as f64) / frames as f64])
                    .collect();
                let mut gatherer = Gatherer::new(frames);
                samples
                    .chunks(2 * block)
                    .for_each(|part| gatherer.add(part, 2));
                let overview = gatherer.finish();
                let count = frames.min(STRETCHES);
                assert_eq!(overview.peaks.len() as u64, count);
                for (index, peak) in overview.peaks.iter().enumerate() {
                    let last = ((index as u64 + 1) * frames).div_ceil(count) - 1;
                    let want = (last as f64 / frames as f64) as f32;
                    assert_eq!(*peak, want, "{frames} frames by {block}, stretch {index}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_nothing() {
        let mut gatherer = Gatherer::new(0);
        gatherer.add(&[0.5, 0.5], 2);
        assert!(gatherer.finish().peaks.is_empty());
        let mut skipped = Gatherer::new(100);
        skipped.skip(99);
        skipped.add(&[0.5], 1);
        let peaks = skipped.finish().peaks;
        assert_eq!((peaks[99], peaks[98]), (0.5, 0.0));
    }
}
