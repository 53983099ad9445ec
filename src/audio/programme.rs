//! Loudness of a whole programme of any of the usual layouts: channels at their places (BS.1770: LFE
//! counts nothing, sides and surrounds more), true peaks, and the loudest moments.

use ebur128::{Channel, EbuR128, Mode};

use crate::model::level::decibels;

/// What was measured. `None` for silence, and where the format is beyond the standard.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Loudness {
    /// LUFS.
    pub integrated: Option<f64>,
    /// Highest of the last 3 s and the last 400 ms, LUFS; where asked for.
    pub short_term: Option<f64>,
    pub momentary: Option<f64>,
    /// dBTP.
    pub true_peak: Option<f64>,
}

/// Measures a stream of blocks.
pub struct Programme {
    meter: Option<EbuR128>,
    channels: usize,
    /// Frames of 100 ms, where the loudest moments are asked for.
    step: Option<usize>,
    pending: usize,
    short_term: f64,
    momentary: f64,
}

/// The weights of places in a WAV's channel mask. Where there are sides, the pair behind them is
/// far behind and counts as the front does.
fn place(bit: u32, mask: u32) -> Channel {
    let has_sides = mask & 0x600 != 0;
    match bit {
        0 => Channel::Left,
        1 => Channel::Right,
        2 => Channel::Center,
        3 => Channel::Unused,
        4 if has_sides => Channel::Mp135,
        5 if has_sides => Channel::Mm135,
        4 | 9 => Channel::LeftSurround,
        5 | 10 => Channel::RightSurround,
        8 => Channel::Mp180,
        _ => Channel::Unused,
    }
}

/// A meter whose channels stand at their places; `None` where the format is beyond the standard.
/// `mask` as in WAVE_FORMAT_EXTENSIBLE, 0 where nobody says.
pub(super) fn meter(channels: u16, sample_rate: u32, mask: u32, mode: Mode) -> Option<EbuR128> {
    let mut meter = EbuR128::new(u32::from(channels), sample_rate, mode).ok()?;
    let mask = match (mask, channels) {
        (0, 8) => 0x63F,
        (mask, _) => mask,
    };
    let bits = (0..32).filter(|bit| mask & (1 << bit) != 0);
    if channels > 2 {
        for (channel, bit) in (0..u32::from(channels)).zip(bits) {
            let _ = meter.set_channel(channel, place(bit, mask));
        }
    }
    Some(meter)
}

impl Programme {
    /// `mask` as in WAVE_FORMAT_EXTENSIBLE, 0 where the file does not say. `moments` asks for the loudest
    /// ones.
    pub fn new(channels: u16, sample_rate: u32, mask: u32, moments: bool) -> Self {
        let mode = Mode::I | Mode::S | Mode::M | Mode::TRUE_PEAK;
        Self {
            meter: meter(channels, sample_rate, mask, mode),
            channels: usize::from(channels.max(1)),
            step: moments.then_some(sample_rate as usize / 10),
            pending: 0,
            short_term: f64::NEG_INFINITY,
            momentary: f64::NEG_INFINITY,
        }
    }

    /// Interleaved samples, whole frames.
    pub fn add(&mut self, interleaved: &[f64]) {
        let Some(step) = self.step.filter(|step| *step > 0) else {
            self.put(interleaved);
            return;
        };
        let mut rest = interleaved;
        while !rest.is_empty() {
            let frames = rest.len() / self.channels;
            let take = (step - self.pending).min(frames.max(1));
            let (now, later) = rest.split_at((take * self.channels).min(rest.len()));
            self.put(now);
            self.pending += take;
            if self.pending >= step {
                self.pending = 0;
                self.look();
            }
            rest = later;
        }
    }

    fn put(&mut self, interleaved: &[f64]) {
        let failed = self
            .meter
            .as_mut()
            .is_some_and(|meter| meter.add_frames_f64(interleaved).is_err());
        if failed {
            self.meter = None;
        }
    }

    fn look(&mut self) {
        if let Some(meter) = &self.meter {
            let loudest = |so_far: f64, now: f64| match now.is_finite() {
                true => so_far.max(now),
                false => so_far,
            };
            let short = meter.loudness_shortterm().unwrap_or(f64::NEG_INFINITY);
            let momentary = meter.loudness_momentary().unwrap_or(f64::NEG_INFINITY);
            self.short_term = loudest(self.short_term, short);
            self.momentary = loudest(self.momentary, momentary);
        }
    }

    pub fn finish(&self) -> Loudness {
        let finite = |lufs: f64| Some(lufs).filter(|lufs| lufs.is_finite());
        let meter = self.meter.as_ref();
        let peak = |meter: &EbuR128| {
            (0..meter.channels())
                .map(|channel| meter.true_peak(channel).ok())
                .try_fold(0.0, |highest: f64, peak| Some(highest.max(peak?)))
        };
        Loudness {
            integrated: meter
                .and_then(|meter| meter.loudness_global().ok())
                .and_then(finite),
            short_term: finite(self.short_term),
            momentary: finite(self.momentary),
            true_peak: meter.and_then(peak).and_then(decibels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many seconds of a tone in some of the channels.
    fn tone(channels: usize, sounding: &[usize], seconds: usize) -> Vec<f64> {
        (0..48_000 * seconds)
            .flat_map(|frame| {
                let phase = frame as f64 * 997.0 / 48_000.0 * std::f64::consts::TAU;
                let sample = libm::pow(10.0, -23.0 / 20.0) * phase.sin();
                (0..channels).map(move |channel| match sounding.contains(&channel) {
                    true => sample,
                    false => 0.0,
                })
            })
            .collect()
    }

    fn loudness(channels: u16, mask: u32, sounding: &[usize]) -> Loudness {
        let mut programme = Programme::new(channels, 48_000, mask, true);
        for block in tone(usize::from(channels), sounding, 5).chunks(usize::from(channels) * 1111) {
            programme.add(block);
        }
        programme.finish()
    }

    /// BS.1770-4: LFE is not counted, surrounds with 1.5 dB more, what is far behind as the front.
    #[test]
    fn each_place_has_its_weight() {
        for (channels, mask, sounding, lufs) in [
            (2, 3, &[0, 1][..], Some(-23.0)),
            (6, 0x3F, &[0, 1], Some(-23.0)),
            (6, 0x3F, &[2], Some(-26.0)),
            (6, 0x3F, &[3], None),
            (6, 0x60F, &[4], Some(-24.5)),
            (6, 0, &[5], Some(-24.5)),
            (8, 0x63F, &[4], Some(-26.0)),
            (8, 0x63F, &[6], Some(-24.5)),
            (8, 0, &[7], Some(-24.5)),
        ] {
            let heard = loudness(channels, mask, sounding);
            match (heard.integrated, lufs) {
                (Some(got), Some(want)) => {
                    assert!((got - want).abs() < 0.1, "{mask:x} {sounding:?}: {got}");
                    let moment = heard.momentary.unwrap();
                    assert!((moment - want).abs() < 0.2, "{mask:x}: {moment}");
                }
                (got, want) => assert_eq!(got, want, "{mask:x} {sounding:?}"),
            }
            assert!((heard.true_peak.unwrap() + 23.0).abs() < 0.2);
        }
    }
}
