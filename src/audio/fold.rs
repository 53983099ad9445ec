//! Sources of up to 7.1 as stereo, by the matrix of ITU-R BS.775: the centre and each surround pair
//! are added to left and right at -3 dB, a single surround at -6 dB, and the LFE is left out. Nothing
//! is scaled down. The pairs of 7.1 are added at -3 dB each, and the inner front pair at unity: these two
//! are ours, BS.775 ends with 3/2.

use std::f64::consts::FRAC_1_SQRT_2;

/// Most channels that are folded.
pub const MOST: usize = 8;

/// Places of a WAV's channel mask, lowest bit first, with what left and right get of each.
const PLACES: [(&str, f64, f64); 11] = [
    ("L", 1.0, 0.0),
    ("R", 0.0, 1.0),
    ("C", FRAC_1_SQRT_2, FRAC_1_SQRT_2),
    ("LFE", 0.0, 0.0),
    ("Lsr", FRAC_1_SQRT_2, 0.0),
    ("Rsr", 0.0, FRAC_1_SQRT_2),
    ("Lc", 1.0, 0.0),
    ("Rc", 0.0, 1.0),
    ("Cs", 0.5, 0.5),
    ("Lss", FRAC_1_SQRT_2, 0.0),
    ("Rss", 0.0, FRAC_1_SQRT_2),
];

/// What left and right get of each channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fold {
    channels: usize,
    gains: [(f64, f64); MOST],
    mask: u32,
}

impl Fold {
    /// For 3 to [`MOST`] channels. `mask` is that of WAVE_FORMAT_EXTENSIBLE; one that does not fit counts as
    /// none, and then the channels stand in the usual order of their number. `None` where no rule
    /// says how they sound in stereo.
    pub fn new(channels: usize, mask: u32) -> Option<Self> {
        if !(3..=MOST).contains(&channels) {
            return None;
        }
        let fits = mask >> PLACES.len() == 0 && mask.count_ones() as usize == channels;
        let mask = if fits { mask } else { usual(channels) };
        let mut gains = [(0.0, 0.0); MOST];
        for (gain, (_, left, right)) in gains.iter_mut().zip(places(mask)) {
            *gain = (*left, *right);
        }
        Some(Self {
            channels,
            gains,
            mask,
        })
    }

    /// Channels that go in.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The channels' names in their order, for people: `L R C LFE Lss Rss`.
    pub fn order(&self) -> String {
        let names: Vec<_> = places(self.mask).map(|(name, ..)| *name).collect();
        names.join(" ")
    }

    /// Folds interleaved frames; as many as both hold.
    pub fn apply(&self, from: &[f64], stereo: &mut [f64]) {
        let (sides, _) = stereo.as_chunks_mut::<2>();
        for (frame, [l, r]) in from.chunks_exact(self.channels).zip(sides) {
            (*l, *r) = (0.0, 0.0);
            for (sample, (left, right)) in frame.iter().zip(&self.gains) {
                *l += sample * left;
                *r += sample * right;
            }
        }
    }
}

fn places(mask: u32) -> impl Iterator<Item = &'static (&'static str, f64, f64)> {
    let set = move |(bit, _): &(usize, _)| mask & (1 << bit) != 0;
    PLACES
        .iter()
        .enumerate()
        .filter(set)
        .map(|(_, place)| place)
}

/// The mask that files without one mean.
fn usual(channels: usize) -> u32 {
    match channels {
        3 => 0b111,
        4 => 0x603,
        5 => 0x607,
        6 => 0x60F,
        7 => 0x70F,
        _ => 0x63F,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Channels, mask, their names, and what left and right get of each.
    type Case = (usize, u32, &'static str, &'static [(f64, f64)]);

    #[test]
    fn every_channel_goes_where_bs_775_says() {
        const H: f64 = FRAC_1_SQRT_2;
        let cases: [Case; 5] = [
            (3, 0, "L R C", &[(1.0, 0.0), (0.0, 1.0), (H, H)]),
            (
                4,
                0,
                "L R Lss Rss",
                &[(1.0, 0.0), (0.0, 1.0), (H, 0.0), (0.0, H)],
            ),
            (
                4,
                0x107,
                "L R C Cs",
                &[(1.0, 0.0), (0.0, 1.0), (H, H), (0.5, 0.5)],
            ),
            (
                6,
                0x3F,
                "L R C LFE Lsr Rsr",
                &[
                    (1.0, 0.0),
                    (0.0, 1.0),
                    (H, H),
                    (0.0, 0.0),
                    (H, 0.0),
                    (0.0, H),
                ],
            ),
            (
                8,
                0xFFFF_FFFF,
                "L R C LFE Lsr Rsr Lss Rss",
                &[
                    (1.0, 0.0),
                    (0.0, 1.0),
                    (H, H),
                    (0.0, 0.0),
                    (H, 0.0),
                    (0.0, H),
                    (H, 0.0),
                    (0.0, H),
                ],
            ),
        ];
        for (channels, mask, order, gains) in cases {
            let fold = Fold::new(channels, mask).unwrap();
            assert_eq!(fold.order(), order);
            for (channel, (left, right)) in gains.iter().enumerate() {
                let mut frame = vec![0.0; channels];
                frame[channel] = 0.5;
                let mut stereo = [9.0; 2];
                fold.apply(&frame, &mut stereo);
                assert_eq!(
                    stereo,
                    [0.5 * left, 0.5 * right],
                    "{order}, channel {channel}"
                );
            }
        }
        assert!(Fold::new(2, 0).is_none() && Fold::new(9, 0).is_none());
    }
}
