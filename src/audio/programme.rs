//! Loudness of a whole programme of any of the usual layouts: channels at their places (BS.1770: LFE
//! counts nothing, sides and surrounds more), true peaks, and the loudest moments.

use super::gating::Gating;
use super::kweight::KWeighting;
use super::true_peak::TruePeak;
use crate::model::level::decibels;

/// What was measured. `None` for silence, and for what takes longer than was heard.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Loudness {
    /// LUFS.
    pub integrated: Option<f64>,
    /// LU.
    pub range: Option<f64>,
    /// The highest over 3 s and over 400 ms, LUFS.
    pub short_term: Option<f64>,
    pub momentary: Option<f64>,
    /// dBTP.
    pub true_peak: Option<f64>,
}

/// Measures a stream of blocks, however it is cut.
#[derive(Debug, Clone)]
pub struct Programme {
    weighting: KWeighting,
    gating: Gating,
    true_peak: TruePeak,
}

/// The channel masks of what is usual, where nobody says.
fn usual_mask(channels: u16) -> u32 {
    match channels {
        3 => 0x7,
        4 => 0x33,
        5 => 0x37,
        6 => 0x3F,
        7 => 0x70F,
        8 => 0x63F,
        _ => 0,
    }
}

/// How much the channel at a place of a mask counts. Where there are sides, the pair behind them is far
/// behind and counts as the front does.
fn weight(bit: u32, mask: u32) -> f64 {
    let has_sides = mask & 0x600 != 0;
    match bit {
        3 => 0.0,
        4 | 5 if has_sides => 1.0,
        4 | 5 | 9 | 10 => 1.41,
        _ => 1.0,
    }
}

/// Of each channel. What the mask does not place counts as the front does.
fn weights(channels: u16, mask: u32) -> Vec<f64> {
    let mask = match (mask, channels) {
        (_, ..=2) => 0,
        (0, channels) => usual_mask(channels),
        (mask, _) => mask,
    };
    let bits = (0..32).filter(|bit| mask & (1 << bit) != 0);
    let placed = bits.map(|bit| weight(bit, mask));
    placed
        .chain(std::iter::repeat(1.0))
        .take(usize::from(channels))
        .collect()
}

impl Programme {
    /// `mask` as in WAVE_FORMAT_EXTENSIBLE, 0 where nobody says. `None` for a format beyond the standard.
    pub fn new(channels: u16, sample_rate: u32, mask: u32) -> Option<Self> {
        let is_known = (1..=64).contains(&channels) && (8_000..=768_000).contains(&sample_rate);
        is_known.then(|| Self {
            weighting: KWeighting::new(weights(channels, mask), sample_rate),
            gating: Gating::default(),
            true_peak: TruePeak::new(usize::from(channels), sample_rate),
        })
    }

    /// Interleaved samples, whole frames.
    pub fn add(&mut self, interleaved: &[f64]) {
        let gating = &mut self.gating;
        self.weighting.add(interleaved, |energy| gating.add(energy));
        self.true_peak.add(interleaved);
    }

    /// Of the last 400 ms, LUFS.
    pub fn momentary_now(&self) -> Option<f64> {
        self.gating.momentary()
    }

    /// Of the last 3 s, LUFS.
    pub fn short_term_now(&self) -> Option<f64> {
        self.gating.short_term()
    }

    /// Of everything so far.
    pub fn finish(&self) -> Loudness {
        Loudness {
            integrated: self.gating.integrated(),
            range: self.gating.range(),
            short_term: self.gating.max_short_term(),
            momentary: self.gating.max_momentary(),
            true_peak: decibels(self.true_peak.highest()),
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
        let mut programme = Programme::new(channels, 48_000, mask).unwrap();
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
