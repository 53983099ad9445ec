//! True peak (ITU-R BS.1770-4, annex 2): the highest value between the samples too, from four times the
//! rate, twice from 96 kHz on. What cannot hold a new highest is not looked at more closely.

use super::peaks;
use super::wide::wide;

/// Samples from which each value between two is made: as many as libswresample takes, which tells peaks
/// of noise to a tenth of a decibel where the standard's shortest filter misses half of one.
const TAPS: usize = 32;
/// Of the Kaiser window.
const BETA: f64 = 9.0;
/// Values that are made together.
const TURN: usize = 16;
/// Samples that are kept of what came before: enough for a whole turn with a single new one.
const KEPT: usize = TAPS + TURN - 2;
/// Frames that are worked on at once.
const PART: usize = 256;

/// The highest value of a stream.
#[derive(Debug, Clone)]
pub struct TruePeak {
    channels: usize,
    /// For the places between two samples; none where the rate is enough.
    phases: Vec<[f32; TAPS]>,
    /// What a value between samples is at most, to the highest of them.
    gain: f64,
    highest: f64,
    /// The last samples of each channel, and the highest of them all.
    kept: Vec<[f32; KEPT]>,
    kept_peak: f64,
    /// One channel: what was kept, what is new.
    line: Vec<f32>,
}

impl TruePeak {
    pub fn new(channels: usize, rate: u32) -> Self {
        let phases = match rate {
            0..96_000 => between(4),
            96_000..192_000 => between(2),
            _ => Vec::new(),
        };
        let sum = |taps: &[f32; TAPS]| taps.iter().map(|tap| f64::from(tap.abs())).sum();
        // A little more than that, for the rounding.
        let gain = 1.001 * phases.iter().map(sum).fold(1.0, f64::max);
        Self {
            channels: channels.max(1),
            phases,
            gain,
            highest: 0.0,
            kept: vec![[0.0; KEPT]; channels.max(1)],
            kept_peak: 0.0,
            line: Vec::new(),
        }
    }

    /// So far, linear.
    pub fn highest(&self) -> f64 {
        self.highest
    }

    /// Takes interleaved samples, whole frames.
    pub fn add(&mut self, interleaved: &[f64]) {
        for part in interleaved.chunks(PART * self.channels) {
            let peak = peaks::highest(part);
            let most = self.kept_peak.max(peak) * self.gain;
            self.highest = peaks::higher(self.highest, peak);
            let is_close = !self.phases.is_empty() && most > self.highest;
            for channel in 0..self.channels {
                self.channel(channel, part, is_close);
            }
            let frames = part.len() / self.channels;
            self.kept_peak = match frames >= KEPT {
                true => peak,
                false => self.kept_peak.max(peak),
            };
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn channel(&mut self, channel: usize, part: &[f64], is_close: bool) {
        let Some(kept) = self.kept.get_mut(channel) else {
            return;
        };
        let frames = part.len() / self.channels;
        // Of what is only kept, the end will do.
        let skipped = if is_close {
            0
        } else {
            frames.saturating_sub(KEPT)
        };
        let own = part
            .iter()
            .skip(channel)
            .step_by(self.channels)
            .skip(skipped);
        self.line.clear();
        self.line.extend_from_slice(kept.as_slice());
        self.line.extend(own.map(|sample| *sample as f32));
        if is_close {
            let found = highest_between(&self.phases, &self.line);
            self.highest = peaks::higher(self.highest, f64::from(found));
        }
        if let Some(last) = self.line.last_chunk::<KEPT>() {
            *kept = *last;
        }
    }
}

/// The filters of the places between two samples, when there are so many times more.
#[allow(clippy::cast_possible_truncation)]
fn between(factor: usize) -> Vec<[f32; TAPS]> {
    let count = (TAPS * factor) as f64;
    let tap = |place: usize| {
        let from_middle = place as f64 - count / 2.0;
        let turn = std::f64::consts::PI * from_middle / factor as f64;
        let sinc = match from_middle == 0.0 {
            true => 1.0,
            false => libm::sin(turn) / turn,
        };
        let edge = 2.0 * from_middle / count;
        let window = bessel(BETA * (1.0 - edge * edge).max(0.0).sqrt()) / bessel(BETA);
        (sinc * window) as f32
    };
    let phase = |phase: usize| std::array::from_fn(|at| tap(phase + at * factor));
    (1..factor).map(phase).collect()
}

/// The modified Bessel function of the first kind of order zero.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        let factor = x / (2.0 * f64::from(k));
        term *= factor * factor;
        sum += term;
    }
    sum
}

/// The highest value between the samples of a line that has at least a turn of them.
fn highest_between(phases: &[[f32; TAPS]], line: &[f32]) -> f32 {
    const SPAN: usize = TURN + TAPS - 1;
    wide(
        #[inline(always)]
        || {
            let mut highest = [0.0_f32; TURN];
            // The last turn ends with the line: values that are made twice change nothing.
            let end = line.len().saturating_sub(SPAN);
            let starts = (0..end).step_by(TURN).chain([end]);
            for span in starts.filter_map(|start| line.get(start..start + SPAN)) {
                for taps in phases {
                    let mut made = [0.0_f32; TURN];
                    for (tap, samples) in taps.iter().zip(span.windows(TURN)) {
                        for (made, sample) in made.iter_mut().zip(samples) {
                            *made += tap * sample;
                        }
                    }
                    for (highest, made) in highest.iter_mut().zip(made) {
                        let level = made.abs();
                        *highest = if level > *highest { level } else { *highest };
                    }
                }
            }
            highest.into_iter().fold(0.0, f32::max)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(channels: usize, rate: u32, samples: &[f64], cut: usize) -> f64 {
        let mut peak = TruePeak::new(channels, rate);
        for part in samples.chunks(cut * channels) {
            peak.add(part);
        }
        peak.highest()
    }

    /// EBU Tech 3341, cases 15 to 19: a quarter of the rate, sampled beside its peaks.
    #[test]
    fn peaks_between_samples_are_found() {
        for (divisor, degrees, want) in [
            (4.0, 0.0, 0.5),
            (4.0, 45.0, 0.5),
            (6.0, 60.0, 0.5),
            (8.0, 67.5, 0.5),
            (4.0, 45.0, 1.41),
        ] {
            let tone = |i: usize| {
                let phase = std::f64::consts::TAU * (i as f64 / divisor + degrees / 360.0);
                // Faded in and out, as the standard's signals are.
                let fade = (i.min(9_600 - i) as f64 / 2_000.0).min(1.0);
                want * fade * phase.sin()
            };
            let samples: Vec<f64> = (0..9_600).map(tone).collect();
            let db = 20.0 * (heard(1, 48_000, &samples, 500) / want).log10();
            assert!((-0.4..0.2).contains(&db), "{divisor} {degrees}: {db} dB");
        }
    }

    /// However it is cut, and though most is not looked at closely.
    #[test]
    fn nothing_higher_is_passed_over() {
        let noise = |i: usize| (((i * i) % 7919) as f64 / 7919.0 - 0.5) * (i as f64 / 999.0).sin();
        for (channels, rate) in [(1, 44_100), (2, 48_000), (3, 96_000), (6, 48_000)] {
            let samples: Vec<f64> = (0..6_000 * channels).map(noise).collect();
            let mut all = 0.0_f32;
            for channel in 0..channels {
                let own = samples.iter().skip(channel).step_by(channels);
                let mut line = vec![0.0; KEPT];
                line.extend(own.map(|sample| *sample as f32));
                all = all.max(highest_between(&TruePeak::new(1, rate).phases, &line));
            }
            let all = f64::from(all).max(peaks::highest(&samples));
            for cut in [1, 5, 17, 256, 1_000, 6_000] {
                assert_eq!(
                    heard(channels, rate, &samples, cut),
                    all,
                    "{channels} {cut}"
                );
            }
        }
        assert_eq!(heard(2, 192_000, &[0.1, -0.7, 0.3, 0.2], 1), 0.7);
    }
}
