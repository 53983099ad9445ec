//! What stands out in the samples of a file as they stand in it: runs at full scale, silence at both
//! ends, sound up to the last moment, offset, channels that are the same or belong together. Slices are
//! surveyed in any order and joined in theirs.

use super::loudness::SILENCE_DBFS;
use super::peaks;
use super::sum::gain;
use super::wide::wide;
use crate::model::level::{Clipping, Levels, decibels};

/// Samples in a row at full scale that are clipping and no chance.
const RUN: u64 = 3;
/// Of the integers that floats hold exactly.
const FLOAT_BITS: u16 = 24;
/// Samples whose sums are made side by side: whole frames of one, two, four and eight channels.
const TURN: usize = 16;

/// What a file is, and what is looked for in it.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    pub channels: u16,
    pub rate: u32,
    /// Bits of an integer sample, from 1 to 32; `None` for floats.
    pub integer_bits: Option<u16>,
    /// Where it ends, where that is known: without it nothing is told of its end.
    pub frames: Option<u64>,
    /// Offset and correlation too, which take every sample.
    pub full: bool,
}

impl Subject {
    fn width(&self) -> usize {
        usize::from(self.channels.max(1))
    }

    /// The last 500 ms begin here.
    fn end_from(&self) -> u64 {
        let span = u64::from(self.rate / 2);
        self.frames
            .map_or(u64::MAX, |frames| frames.saturating_sub(span))
    }

    /// The codes of an integer format that nothing goes beyond; of floats, what a clipper at 0 dBFS or a
    /// clipped integer leaves. What lies above goes on in a float and is not clipped.
    fn is_full(&self, sample: f64) -> bool {
        match self.integer_bits {
            Some(_) => sample >= self.full_from() || sample <= -1.0,
            None => (self.full_from()..=1.0).contains(&sample.abs()),
        }
    }

    fn full_from(&self) -> f64 {
        let bits = self.integer_bits.unwrap_or(FLOAT_BITS);
        1.0 - libm::exp2(1.0 - f64::from(bits))
    }
}

/// Samples in a row at full scale.
#[derive(Debug, Clone, Copy)]
struct Run {
    channel: usize,
    start: u64,
    length: u64,
}

/// A part of a file, from some frame on.
#[derive(Debug, Clone)]
pub struct Survey {
    subject: Subject,
    silence: f64,
    /// In the order of time, channel by channel.
    runs: Vec<Run>,
    over: u64,
    /// The first and the last frame that is not silent.
    heard: Option<(u64, u64)>,
    /// Highest sample of the last 500 ms, linear.
    end: f64,
    is_same: bool,
    /// Of each channel.
    sums: Vec<f64>,
    /// Left by left, right by right, left by right.
    products: [f64; 3],
}

impl Survey {
    pub fn new(subject: Subject) -> Self {
        Self {
            subject,
            silence: gain(SILENCE_DBFS),
            runs: Vec::new(),
            over: 0,
            heard: None,
            end: 0.0,
            is_same: true,
            sums: vec![0.0; subject.width()],
            products: [0.0; 3],
        }
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.runs.clear();
        (self.over, self.heard, self.end) = (0, None, 0.0);
        self.is_same = true;
        self.sums.fill(0.0);
        self.products = [0.0; 3];
    }

    /// Takes interleaved samples, whole frames, that stand in the file from a frame on; their highest is
    /// known. Finite numbers only.
    pub fn add(&mut self, at: u64, samples: &[f64], highest: f64) {
        let width = self.subject.width();
        let frames = (samples.len() / width) as u64;
        if highest >= self.silence {
            self.hear(at, samples);
        }
        if highest >= self.subject.full_from() {
            self.find_runs(at, samples);
        }
        let from = self.subject.end_from();
        if at + frames > from && highest > self.end {
            let skipped = usize::try_from(from.saturating_sub(at)).unwrap_or(usize::MAX);
            let end = samples.get(skipped.saturating_mul(width)..);
            self.end = self.end.max(peaks::highest(end.unwrap_or_default()));
        }
        if self.is_same && width > 1 && highest > 0.0 {
            self.is_same = samples.chunks_exact(width).all(is_same);
        }
        if self.subject.full && highest > 0.0 {
            self.sum(samples);
        }
    }

    fn hear(&mut self, at: u64, samples: &[f64]) {
        let width = self.subject.width();
        let is_heard = |sample: &f64| sample.abs() >= self.silence;
        let last = samples
            .iter()
            .rposition(is_heard)
            .map(|place| place / width);
        let Some(last) = last.map(|frame| at + frame as u64) else {
            return;
        };
        let first = self.heard.map_or_else(
            || at + (samples.iter().position(is_heard).unwrap_or(0) / width) as u64,
            |(first, _)| first,
        );
        self.heard = Some((first, last));
    }

    fn find_runs(&mut self, at: u64, samples: &[f64]) {
        let width = self.subject.width();
        if self.subject.integer_bits.is_none() {
            let over = samples.iter().filter(|sample| sample.abs() > 1.0);
            self.over += over.count() as u64;
        }
        for channel in 0..width {
            let mut open: Option<Run> = None;
            let own = samples.iter().skip(channel).step_by(width);
            for (sample, start) in own.zip(at..) {
                match (&mut open, self.subject.is_full(*sample)) {
                    (Some(run), true) => run.length += 1,
                    (None, true) => {
                        open = Some(Run {
                            channel,
                            start,
                            length: 1,
                        });
                    }
                    (_, false) => self.runs.extend(open.take()),
                }
            }
            self.runs.extend(open);
        }
    }

    fn sum(&mut self, samples: &[f64]) {
        match self.sums.as_mut_slice() {
            [left, right] => {
                let (turns, rest) = samples.as_chunks::<TURN>();
                let (sums, squares, crossed) = wide(
                    #[inline(always)]
                    || pairs(turns),
                );
                let rest = rest.as_chunks::<2>().0;
                let [ll, rr, lr] = &mut self.products;
                for (((l, r), (l2, r2)), cross) in halves(&sums).zip(halves(&squares)).zip(crossed)
                {
                    (*left, *right) = (*left + l, *right + r);
                    (*ll, *rr, *lr) = (*ll + l2, *rr + r2, *lr + cross);
                }
                for [l, r] in rest {
                    (*left, *right) = (*left + l, *right + r);
                    (*ll, *rr, *lr) = (*ll + l * l, *rr + r * r, *lr + l * r);
                }
            }
            sums if TURN.is_multiple_of(sums.len()) => {
                let (turns, rest) = samples.as_chunks::<TURN>();
                let lanes = wide(
                    #[inline(always)]
                    || turns.iter().fold([0.0; TURN], added),
                );
                add_frames(sums, &lanes);
                add_frames(sums, rest);
            }
            sums => add_frames(sums, samples),
        }
    }

    /// Takes over a part that follows.
    pub fn join(&mut self, later: &Self) {
        self.over += later.over;
        self.runs.extend_from_slice(&later.runs);
        self.heard = match (self.heard, later.heard) {
            (Some((first, _)), Some((_, last))) => Some((first, last)),
            (own, later) => own.or(later),
        };
        self.end = self.end.max(later.end);
        self.is_same &= later.is_same;
        for (own, later) in self.sums.iter_mut().zip(&later.sums) {
            *own += later;
        }
        for (own, later) in self.products.iter_mut().zip(later.products) {
            *own += later;
        }
    }
}

/// The whole of a file, from slices that come in order.
#[derive(Debug, Clone)]
pub struct Whole {
    seen: Survey,
    /// Not over yet, by channel.
    open: Vec<Option<Run>>,
    clipping: Clipping,
}

impl Whole {
    pub fn new(subject: Subject) -> Self {
        Self {
            seen: Survey::new(subject),
            open: vec![None; subject.width()],
            clipping: Clipping::default(),
        }
    }

    /// The next slice.
    pub fn join(&mut self, next: &Survey) {
        self.seen.join(next);
        for run in std::mem::take(&mut self.seen.runs) {
            let Some(open) = self.open.get_mut(run.channel) else {
                continue;
            };
            match open {
                Some(before) if before.start + before.length == run.start => {
                    before.length += run.length;
                }
                _ => count(&mut self.clipping, open.replace(run)),
            }
        }
    }

    /// Puts down what was seen in all of its frames.
    pub fn tell(mut self, frames: u64, levels: &mut Levels) {
        for open in self.open {
            count(&mut self.clipping, open);
        }
        let Survey {
            subject,
            over,
            heard,
            end,
            is_same,
            sums,
            products,
            ..
        } = self.seen;
        self.clipping.over_samples = over;
        levels.clipping = Some(self.clipping);
        let behind = |last: u64| frames.saturating_sub(last + 1);
        levels.head_silence = Some(heard.map_or(frames, |(first, _)| first));
        levels.tail_silence = Some(heard.map_or(frames, |(_, last)| behind(last)));
        levels.end_dbfs = subject.frames.and_then(|_| decibels(end));
        levels.same_channels = (subject.channels > 1 && heard.is_some()).then_some(is_same);
        if subject.full {
            let offsets = sums.iter().map(|sum| (sum / frames.max(1) as f64).abs());
            levels.dc_dbfs = decibels(offsets.fold(0.0, f64::max));
            let [ll, rr, lr] = products;
            let is_heard = subject.channels == 2 && heard.is_some() && ll > 0.0 && rr > 0.0;
            levels.correlation = is_heard.then(|| (lr / (ll * rr).sqrt()).clamp(-1.0, 1.0));
        }
    }
}

fn count(clipping: &mut Clipping, run: Option<Run>) {
    let Some(run) = run.filter(|run| run.length >= RUN) else {
        return;
    };
    clipping.runs += 1;
    clipping.longest = clipping.longest.max(run.length);
    let first = clipping.first_frame.get_or_insert(run.start);
    *first = run.start.min(*first);
}

fn is_same(frame: &[f64]) -> bool {
    let mut bits = frame.iter().map(|sample| sample.to_bits());
    let first = bits.next();
    bits.all(|other| Some(other) == first)
}

/// Left and right in turns.
fn halves(lanes: &[f64; TURN]) -> impl Iterator<Item = (f64, f64)> {
    lanes.as_chunks::<2>().0.iter().map(|[l, r]| (*l, *r))
}

fn add_frames(sums: &mut [f64], samples: &[f64]) {
    for frame in samples.chunks_exact(sums.len().max(1)) {
        for (sum, sample) in sums.iter_mut().zip(frame) {
            *sum += sample;
        }
    }
}

#[inline(always)]
fn added(mut lanes: [f64; TURN], turn: &[f64; TURN]) -> [f64; TURN] {
    for (lane, sample) in lanes.iter_mut().zip(turn) {
        *lane += sample;
    }
    lanes
}

/// Sums, squares, and left by right of stereo frames.
#[inline(always)]
fn pairs(turns: &[[f64; TURN]]) -> ([f64; TURN], [f64; TURN], [f64; TURN / 2]) {
    let (mut sums, mut squares, mut crossed) = ([0.0; TURN], [0.0; TURN], [0.0; TURN / 2]);
    for turn in turns {
        let lanes = sums.iter_mut().zip(&mut squares).zip(turn);
        for ((sum, square), sample) in lanes {
            *sum += sample;
            *square += sample * sample;
        }
        for (cross, [left, right]) in crossed.iter_mut().zip(turn.as_chunks::<2>().0) {
            *cross += left * right;
        }
    }
    (sums, squares, crossed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBJECT: Subject = Subject {
        channels: 2,
        rate: 1_000,
        integer_bits: Some(16),
        frames: Some(4_000),
        full: true,
    };

    fn levels(subject: Subject, samples: &[f64], cut: usize) -> Levels {
        let width = usize::from(subject.channels);
        let mut whole = Whole::new(subject);
        for (number, part) in samples.chunks(cut * width).enumerate() {
            let mut survey = Survey::new(subject);
            let at = number * cut;
            for (index, block) in part.chunks(64 * width).enumerate() {
                let at = (at + 64 * index) as u64;
                survey.add(at, block, peaks::highest(block));
            }
            whole.join(&survey);
        }
        let mut levels = Levels::default();
        whole.tell((samples.len() / width) as u64, &mut levels);
        levels
    }

    /// A tone between two silences, with runs at full scale over the edges of blocks and slices.
    fn samples() -> Vec<f64> {
        let top = 32_767.0 / 32_768.0;
        (0..4_000_usize)
            .flat_map(|i| match i {
                0..=99 => [0.0, 0.0],
                998..=1_002 => [top, 0.25],
                2_047..=2_049 => [0.1, -1.0],
                3_000..=3_001 => [top, -1.0],
                3_600.. => [0.0, 0.00001],
                i => [0.5 * (i as f64 * 0.3).sin() + 0.01, 0.4],
            })
            .collect()
    }

    #[test]
    fn cuts_change_nothing_but_roundings() {
        let samples = samples();
        let whole = levels(SUBJECT, &samples, 4_000);
        let clipping = whole.clipping.unwrap();
        assert_eq!(
            (clipping.runs, clipping.longest, clipping.first_frame),
            (2, 5, Some(998))
        );
        assert_eq!(
            (whole.head_silence, whole.tail_silence),
            (Some(100), Some(400))
        );
        assert_eq!(whole.same_channels, Some(false));
        let end = whole.end_dbfs.unwrap();
        assert!((-6.1..-5.8).contains(&end), "{end}: the tone, up to 3600");
        for cut in [1, 3, 50, 1_000, 1_001] {
            let mut cut = levels(SUBJECT, &samples, cut);
            let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-9;
            assert!(near(cut.dc_dbfs, whole.dc_dbfs));
            assert!(near(cut.correlation, whole.correlation));
            (cut.dc_dbfs, cut.correlation) = (whole.dc_dbfs, whole.correlation);
            assert_eq!(cut, whole);
        }
    }

    #[test]
    fn what_is_not_looked_for_is_not_told() {
        let basic = Subject {
            full: false,
            frames: None,
            ..SUBJECT
        };
        let told = levels(basic, &samples(), 4_000);
        assert_eq!(
            (told.dc_dbfs, told.correlation, told.end_dbfs),
            (None, None, None)
        );
        assert!(told.clipping.is_some());
        let mono = Subject {
            channels: 1,
            ..SUBJECT
        };
        let told = levels(mono, &[0.5; 4_000], 4_000);
        assert_eq!((told.same_channels, told.correlation), (None, None));
        assert!((told.dc_dbfs.unwrap() + 6.02).abs() < 0.01);
        let silent = levels(SUBJECT, &[0.0; 8_000], 100);
        assert_eq!(
            (silent.head_silence, silent.tail_silence),
            (Some(4_000), Some(4_000))
        );
        assert_eq!((silent.same_channels, silent.correlation), (None, None));
    }

    #[test]
    fn floats_are_counted_beyond_full_scale() {
        let float = Subject {
            integer_bits: None,
            ..SUBJECT
        };
        let mut samples = [0.5; 8_000];
        samples[200..206].fill(-1.0);
        samples[300..302].fill(1.5);
        samples[400..408].fill(1.5);
        let told = levels(float, &samples, 1_000);
        let clipping = told.clipping.unwrap();
        assert_eq!((clipping.runs, clipping.longest), (2, 3));
        assert_eq!(
            (clipping.first_frame, clipping.over_samples),
            (Some(100), 10)
        );
        assert_eq!(told.same_channels, Some(true));
        assert!((told.correlation.unwrap() - 1.0).abs() < 1e-12);
        let turned: Vec<f64> = (0..8_000)
            .map(|i| if i % 2 == 0 { 0.3 } else { -0.3 })
            .collect();
        assert!((levels(float, &turned, 1_000).correlation.unwrap() + 1.0).abs() < 1e-12);
    }
}
