//! What a file's sound measures: peak and silence, and in full loudness and true peak.

use ebur128::{EbuR128, Mode};

use crate::error::{Error, ErrorKind, Result};
use crate::model::level::{Levels, decibels};
use crate::model::stem::Measure;

/// At or below this peak a file counts as silent (what Ardour's export calls silence); above the
/// dither of a 16-bit file.
pub const SILENCE_DBFS: f64 = -90.0;

/// Measures a stream of samples.
pub struct Meter {
    measure: Measure,
    channels: u32,
    peak: f64,
    loudness: Option<EbuR128>,
}

impl Meter {
    pub fn new(channels: u16, rate: u32, measure: Measure) -> Result<Self> {
        let channels = u32::from(channels);
        let loudness = (measure == Measure::Full)
            .then(|| EbuR128::new(channels, rate, Mode::I | Mode::LRA | Mode::TRUE_PEAK))
            .transpose()
            .map_err(|error| {
                Error::new(
                    ErrorKind::Internal,
                    format!("loudness cannot be measured at {rate} Hz"),
                )
                .because(error)
            })?;
        Ok(Self {
            measure,
            channels,
            peak: 0.0,
            loudness,
        })
    }

    /// Takes interleaved samples, whole frames.
    pub fn add(&mut self, samples: &[f64]) {
        self.peak = samples
            .iter()
            .fold(self.peak, |peak, sample| peak.max(sample.abs()));
        if let Some(loudness) = &mut self.loudness {
            // Fails only for a part of a frame, which nobody hands in.
            let _ = loudness.add_frames_f64(samples);
        }
    }

    /// The levels as far as they were asked for.
    pub fn levels(&self) -> Levels {
        let mut levels = Levels::default();
        if self.measure == Measure::Off {
            return levels;
        }
        levels.peak_dbfs = decibels(self.peak);
        levels.silent = levels.peak_dbfs.is_none_or(|db| db <= SILENCE_DBFS);
        if let Some(loudness) = &self.loudness {
            let finite = |value: f64| value.is_finite().then_some(value);
            levels.integrated_lufs = loudness.loudness_global().ok().and_then(finite);
            levels.range_lu = loudness
                .loudness_range()
                .ok()
                .filter(|_| levels.integrated_lufs.is_some())
                .and_then(finite);
            levels.true_peak_dbtp = (0..self.channels)
                .filter_map(|channel| loudness.true_peak(channel).ok())
                .reduce(f64::max)
                .and_then(decibels);
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_sine_measures_as_the_standard_says() {
        // EBU Tech 3341 case: a stereo sine of 1 kHz at -23 dBFS reads -23 LUFS.
        let mut meter = Meter::new(2, 48_000, Measure::Full).unwrap();
        let gain = 10_f64.powf(-23.0 / 20.0);
        let samples: Vec<f64> = (0..48_000 * 4)
            .flat_map(|i| {
                let x = gain * (f64::from(i) * 1000.0 / 48_000.0 * std::f64::consts::TAU).sin();
                [x, x]
            })
            .collect();
        meter.add(&samples);
        let levels = meter.levels();
        assert!((levels.integrated_lufs.unwrap() + 23.0).abs() < 0.1);
        assert!((levels.peak_dbfs.unwrap() + 23.0).abs() < 0.01);
        assert!((levels.true_peak_dbtp.unwrap() + 23.0).abs() < 0.1);
        assert!(!levels.silent);
    }

    #[test]
    fn silence_has_no_levels_and_is_called_silent() {
        for (measure, silent) in [
            (Measure::Off, false),
            (Measure::Basic, true),
            (Measure::Full, true),
        ] {
            let mut meter = Meter::new(1, 44_100, measure).unwrap();
            meter.add(&vec![0.0; 44_100]);
            let levels = meter.levels();
            assert_eq!((levels.peak_dbfs, levels.integrated_lufs), (None, None));
            assert_eq!(levels.silent, silent);
        }
    }
}
