//! K-weighting (ITU-R BS.1770): a shelf as the head makes it, a high-pass, and the energy of what comes
//! through, in steps of 100 ms. The result is the same however the samples are cut.

use std::ops::{Add, Mul, Sub};

use super::peaks;
use super::wide::wide;

/// A filter's memory below this is rest: it would only decay into slow, tiny numbers.
const REST: f64 = 1e-30;

/// One sample of each of `N` channels.
#[derive(Debug, Clone, Copy)]
struct Lanes<const N: usize>([f64; N]);

impl<const N: usize> Lanes<N> {
    #[inline(always)]
    fn join(mut self, other: Self, work: impl Fn(f64, f64) -> f64) -> Self {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = work(*own, other);
        }
        self
    }
}

impl<const N: usize> Add for Lanes<N> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.join(other, |a, b| a + b)
    }
}

impl<const N: usize> Sub for Lanes<N> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.join(other, |a, b| a - b)
    }
}

impl<const N: usize> Mul<f64> for Lanes<N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, factor: f64) -> Self {
        self.join(self, |a, _| a * factor)
    }
}

/// Both filters at one sample rate.
#[derive(Debug, Clone, Copy)]
struct Coefficients {
    shelf: [f64; 3],
    shelf_back: [f64; 2],
    pass_back: [f64; 2],
}

impl Coefficients {
    /// The analogue prototypes behind the standard's table for 48 kHz, warped to another rate.
    fn of(rate: f64) -> Self {
        let (high, quality) = (
            libm::pow(10.0, 3.999_843_853_973_347 / 20.0),
            0.707_175_236_955_419_6,
        );
        let band = libm::pow(high, 0.499_666_774_154_541_6);
        let k = libm::tan(std::f64::consts::PI * 1_681.974_450_955_533 / rate);
        let scale = 1.0 + k / quality + k * k;
        let shelf = [
            (high + band * k / quality + k * k) / scale,
            2.0 * (k * k - high) / scale,
            (high - band * k / quality + k * k) / scale,
        ];
        let back = |k: f64, quality: f64| {
            let scale = 1.0 + k / quality + k * k;
            [
                2.0 * (k * k - 1.0) / scale,
                (1.0 - k / quality + k * k) / scale,
            ]
        };
        let low = libm::tan(std::f64::consts::PI * 38.135_470_876_024_44 / rate);
        Self {
            shelf,
            shelf_back: back(k, quality),
            pass_back: back(low, 0.500_327_037_323_877_3),
        }
    }
}

/// What the filters of one channel remember: the last two of the shelf, the last two of the high-pass.
type Memory = [f64; 4];

/// Filters interleaved samples and adds up what comes through.
#[derive(Debug, Clone)]
pub struct KWeighting {
    filter: Coefficients,
    memories: Vec<Memory>,
    /// How much each channel counts.
    weights: Vec<f64>,
    /// Of the present step, by channel.
    sums: Vec<f64>,
    /// Frames of a step, and how many of the present one are over.
    step: usize,
    done: usize,
}

impl KWeighting {
    /// For as many channels as there are weights, at a rate above 4 kHz.
    pub fn new(weights: Vec<f64>, rate: u32) -> Self {
        Self {
            filter: Coefficients::of(f64::from(rate)),
            memories: vec![[0.0; 4]; weights.len()],
            sums: vec![0.0; weights.len()],
            weights,
            step: (rate as usize + 5) / 10,
            done: 0,
        }
    }

    /// Takes interleaved samples, whole frames; hands on the weighted mean square of each step that is
    /// over.
    pub fn add(&mut self, interleaved: &[f64], mut hand_on: impl FnMut(f64)) {
        let mut rest = interleaved;
        let width = self.weights.len().max(1);
        while !rest.is_empty() {
            let frames = (self.step - self.done).min((rest.len() / width).max(1));
            let (now, later) = rest.split_at((frames * width).min(rest.len()));
            self.filter(now);
            self.done += frames;
            if self.done >= self.step {
                hand_on(self.close());
            }
            rest = later;
        }
    }

    /// Ends a step.
    fn close(&mut self) -> f64 {
        let sums = self.sums.iter().zip(&self.weights);
        let energy: f64 = sums.map(|(sum, weight)| sum * weight).sum();
        self.sums.fill(0.0);
        self.done = 0;
        for value in self.memories.iter_mut().flatten() {
            if value.abs() < REST {
                *value = 0.0;
            }
        }
        energy / self.step as f64
    }

    fn filter(&mut self, frames: &[f64]) {
        let is_at_rest = self.memories.iter().flatten().all(|value| *value == 0.0);
        if is_at_rest && peaks::highest(frames) == 0.0 {
            return;
        }
        match self.weights.len() {
            1 => self.filter_all::<1>(frames),
            2 => self.filter_all::<2>(frames),
            4 => self.filter_all::<4>(frames),
            6 => self.filter_all::<6>(frames),
            8 => self.filter_all::<8>(frames),
            width => {
                let channels = self.memories.iter_mut().zip(&mut self.sums).enumerate();
                for (channel, (memory, sum)) in channels {
                    let samples = frames.iter().skip(channel).step_by(width);
                    let (one, total) = (&mut [*memory], &mut [*sum]);
                    run(&self.filter, samples.map(|sample| [*sample]), one, total);
                    ([*memory], [*sum]) = (*one, *total);
                }
            }
        }
    }

    fn filter_all<const N: usize>(&mut self, frames: &[f64]) {
        let (memories, _) = self.memories.as_chunks_mut::<N>();
        let (sums, _) = self.sums.as_chunks_mut::<N>();
        if let (Some(memories), Some(sums)) = (memories.first_mut(), sums.first_mut()) {
            let (frames, _) = frames.as_chunks::<N>();
            let filter = self.filter;
            wide(
                #[inline(always)]
                || run(&filter, frames.iter().copied(), memories, sums),
            );
        }
    }
}

/// Both filters as direct form II: what comes last in each line waits for the sample before.
#[inline(always)]
fn run<const N: usize>(
    filter: &Coefficients,
    frames: impl Iterator<Item = [f64; N]>,
    memories: &mut [Memory; N],
    sums: &mut [f64; N],
) {
    let [b0, b1, b2] = filter.shelf;
    let [a1, a2] = filter.shelf_back;
    let [c1, c2] = filter.pass_back;
    let mut w1 = Lanes(memories.map(|[w1, ..]| w1));
    let mut w2 = Lanes(memories.map(|[_, w2, ..]| w2));
    let mut v1 = Lanes(memories.map(|[_, _, v1, _]| v1));
    let mut v2 = Lanes(memories.map(|[_, _, _, v2]| v2));
    let mut total = Lanes(*sums);
    for frame in frames {
        let w = Lanes(frame) - w2 * a2 - w1 * a1;
        let shelved = w * b0 + w2 * b2 + w1 * b1;
        (w2, w1) = (w1, w);
        let v = shelved - v2 * c2 - v1 * c1;
        let passed = v + v2 - v1 * 2.0;
        (v2, v1) = (v1, v);
        total = total + passed.join(passed, |a, b| a * b);
    }
    *sums = total.0;
    let (w, v) = (w1.0.into_iter().zip(w2.0), v1.0.into_iter().zip(v2.0));
    for ((memory, (w1, w2)), (v1, v2)) in memories.iter_mut().zip(w).zip(v) {
        *memory = [w1, w2, v1, v2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(weights: &[f64], rate: u32, samples: &[f64], cut: usize) -> Vec<f64> {
        let (mut filter, mut steps) = (KWeighting::new(weights.to_vec(), rate), Vec::new());
        for part in samples.chunks(cut * weights.len()) {
            filter.add(part, |energy| steps.push(energy));
        }
        steps
    }

    /// BS.1770-4, tables 1 and 2.
    #[test]
    fn the_filters_are_those_of_the_standard() {
        let filter = Coefficients::of(48_000.0);
        let table = [
            (filter.shelf[0], 1.535_124_859_586_97),
            (filter.shelf[1], -2.691_696_189_406_38),
            (filter.shelf[2], 1.198_392_810_852_85),
            (filter.shelf_back[0], -1.690_659_293_182_41),
            (filter.shelf_back[1], 0.732_480_774_215_85),
            (filter.pass_back[0], -1.990_047_454_833_98),
            (filter.pass_back[1], 0.990_072_250_366_21),
        ];
        for (got, want) in table {
            assert!((got - want).abs() < 1e-8, "{got}, not {want}");
        }
    }

    #[test]
    fn cuts_and_widths_change_nothing() {
        let noise = |i: usize| ((i * 7919 + 13) % 1009) as f64 / 1009.0 - 0.5;
        for width in 1..=9 {
            let samples: Vec<f64> = (0..9_600 * width).map(noise).collect();
            let weights: Vec<f64> = (0..width).map(|c| 1.0 + c as f64 / 10.0).collect();
            let whole = steps(&weights, 48_000, &samples, 9_600);
            assert_eq!(whole.len(), 2);
            for cut in [1, 777, 4_800] {
                assert_eq!(steps(&weights, 48_000, &samples, cut), whole);
            }
            let alone = (0..width).map(|channel| {
                let own: Vec<f64> = samples
                    .iter()
                    .skip(channel)
                    .step_by(width)
                    .copied()
                    .collect();
                steps(&weights[channel..=channel], 48_000, &own, 9_600)[1]
            });
            let alone: f64 = alone.sum();
            assert!((alone - whole[1]).abs() < 1e-12 * alone, "{width} channels");
        }
    }

    #[test]
    fn silence_after_sound_comes_to_rest() {
        let mut filter = KWeighting::new(vec![1.0, 1.0], 48_000);
        filter.add(&[0.5; 9_600], |_| ());
        let mut last = 1.0;
        filter.add(&vec![0.0; 96_000 * 2], |energy| last = energy);
        assert_eq!(last, 0.0);
        assert!(filter.memories.iter().flatten().all(|value| *value == 0.0));
    }
}
