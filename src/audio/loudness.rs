//! Levels of a file's sound: its peaks in any order, its loudness and true peak in the order of time.

use super::peaks::{Peaks, higher};
use super::programme::Programme;
use crate::model::level::{Levels, LiveLevels, decibels};

/// What stays below this is called silent, dBFS.
pub const SILENCE_DBFS: f64 = -90.0;

/// Measures a stream of blocks.
#[derive(Debug, Clone)]
pub struct Meter {
    peak: f64,
    /// Since [`Meter::live`] was last asked.
    recent: Peaks,
    /// `None` where only the peak is asked for, or where the format is beyond the standard.
    programme: Option<Box<Programme>>,
}

impl Meter {
    /// `mask` tells where the channels stand, as in WAVE_FORMAT_EXTENSIBLE; 0 where nobody says. `full`
    /// measures loudness and true peak too; else the peak only.
    pub fn new(channels: u16, sample_rate: u32, mask: u32, full: bool) -> Self {
        let programme = || Programme::new(channels, sample_rate, mask);
        Self {
            peak: 0.0,
            recent: Peaks::new(channels),
            programme: full.then(programme).flatten().map(Box::new),
        }
    }

    /// Interleaved samples, whole frames.
    pub fn add(&mut self, interleaved: &[f64]) {
        let mut peaks = self.recent.clone();
        peaks.add(interleaved);
        self.add_peaks(&peaks);
        self.add_loudness(interleaved);
    }

    /// The peaks of samples; their order does not matter.
    pub fn add_peaks(&mut self, peaks: &Peaks) {
        self.recent.merge(peaks);
        self.peak = higher(self.peak, peaks.highest());
    }

    /// What is to be measured of samples beside their peaks, in their order.
    pub fn add_loudness(&mut self, interleaved: &[f64]) {
        if let Some(programme) = &mut self.programme {
            programme.add(interleaved);
        }
    }

    /// Highest sample so far, linear.
    pub fn peak(&self) -> f64 {
        self.peak
    }

    /// What it sounds like now; the recent peaks begin anew.
    pub fn live(&mut self) -> LiveLevels {
        let levels = self.finish();
        let recent_dbfs = self.recent.channels().map(decibels).collect();
        self.recent.clear();
        let programme = self.programme.as_deref();
        LiveLevels {
            recent_dbfs,
            peak_dbfs: levels.peak_dbfs,
            true_peak_dbtp: levels.true_peak_dbtp,
            momentary_lufs: programme.and_then(Programme::momentary_now),
            short_term_lufs: programme.and_then(Programme::short_term_now),
            integrated_lufs: levels.integrated_lufs,
            range_lu: levels.range_lu,
        }
    }

    /// The levels so far; what is no level stays as it is by default.
    pub fn finish(&self) -> Levels {
        let programme = self.programme.as_deref();
        let heard = programme.map(Programme::finish).unwrap_or_default();
        Levels {
            peak_dbfs: decibels(self.peak),
            true_peak_dbtp: heard.true_peak,
            integrated_lufs: heard.integrated,
            range_lu: heard.range,
            max_momentary_lufs: heard.momentary,
            max_short_term_lufs: heard.short_term,
            silent: decibels(self.peak).is_none_or(|peak| peak < SILENCE_DBFS),
            ..Levels::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(seconds: usize, peak: f64) -> Vec<f64> {
        (0..48_000 * seconds)
            .flat_map(|i| {
                let phase = i as f64 * 997.0 / 48_000.0 * std::f64::consts::TAU;
                [peak * phase.sin(); 2]
            })
            .collect()
    }

    fn near(got: Option<f64>, want: f64, tolerance: f64) {
        let got = got.expect("a level");
        assert!((got - want).abs() < tolerance, "{got}, not {want}");
    }

    /// EBU Tech 3341: a stereo sine of -23 dBFS peak reads -23 LUFS.
    #[test]
    fn a_tone_reads_its_level() {
        let mut meter = Meter::new(2, 48_000, 0, true);
        for block in tone(5, 10_f64.powf(-23.0 / 20.0)).chunks(2 * 777) {
            meter.add(block);
        }
        let levels = meter.finish();
        near(levels.integrated_lufs, -23.0, 0.1);
        near(levels.peak_dbfs, -23.0, 0.01);
        near(levels.true_peak_dbtp, -23.0, 0.2);
        near(levels.range_lu, 0.0, 0.1);
        assert!(!levels.silent);
    }

    #[test]
    fn live_levels_follow_the_sound_and_forget_recent_peaks() {
        let mut meter = Meter::new(2, 48_000, 0, true);
        meter.add(&tone(4, 0.5));
        let loud = meter.live();
        near(loud.recent_dbfs[0], -6.02, 0.01);
        near(loud.momentary_lufs, -6.02, 0.1);
        near(loud.short_term_lufs, -6.02, 0.1);
        let quiet: Vec<f64> = tone(1, 0.05).chunks(2).flat_map(|f| [f[0], 0.0]).collect();
        meter.add(&quiet);
        let now = meter.live();
        near(now.recent_dbfs[0], -26.02, 0.01);
        assert_eq!(now.recent_dbfs[1], None);
        near(now.peak_dbfs, -6.02, 0.01);
        // One side of the tone alone.
        near(now.momentary_lufs, -29.03, 0.2);
        assert!(now.short_term_lufs > now.momentary_lufs);
        assert_eq!(meter.live().recent_dbfs, [None, None]);
    }

    /// BS.1770: the LFE counts nothing, a surround 1.5 dB more than a front.
    #[test]
    fn wide_files_are_weighed_by_their_places() {
        for (sounding, lufs) in [(3, None), (5, Some(-24.5)), (0, Some(-26.0))] {
            let mut meter = Meter::new(6, 48_000, 0x3F, true);
            let tone = tone(5, 10_f64.powf(-23.0 / 20.0));
            let wide = tone.chunks(2).flat_map(|frame| {
                let mut wide = [0.0; 6];
                wide[sounding] = frame[0];
                wide
            });
            meter.add(&wide.collect::<Vec<f64>>());
            let heard = meter.finish().integrated_lufs;
            match lufs {
                Some(lufs) => near(heard, lufs, 0.1),
                None => assert_eq!(heard, None),
            }
        }
    }

    #[test]
    fn silence_has_no_level() {
        let mut meter = Meter::new(2, 48_000, 0, true);
        meter.add(&vec![0.0; 96_000]);
        let silence = Levels {
            silent: true,
            ..Levels::default()
        };
        assert_eq!(meter.finish(), silence);
        meter.add(&[0.000_03, 0.0]);
        assert!(meter.finish().silent, "-90.5 dBFS is silent");
        meter.add(&[0.000_04, 0.0]);
        assert!(!meter.finish().silent, "-88 dBFS is not");
    }

    #[test]
    fn the_plain_meter_knows_the_peak_only() {
        let mut meter = Meter::new(1, 44_100, 0, false);
        meter.add(&[0.1, -0.5, 0.2]);
        let levels = meter.finish();
        near(levels.peak_dbfs, -6.02, 0.01);
        assert_eq!(
            (levels.integrated_lufs, levels.true_peak_dbtp),
            (None, None)
        );
    }

    #[test]
    fn an_impossible_format_still_has_a_peak() {
        let mut meter = Meter::new(0, 0, 0, true);
        meter.add(&[0.5]);
        near(meter.finish().peak_dbfs, -6.02, 0.01);
    }
}
