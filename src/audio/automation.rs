//! Automation: breakpoints as runs that are level or ramp, and volume as gain per sample.
//!
//! Values run straight from point to point (volume: straight in dB), hold before the first and
//! after the last; of two points on one sample the later one holds from that sample.

#![allow(clippy::indexing_slicing)]

use std::borrow::Cow;

use crate::model::Breakpoint;

use super::sum;
use super::wide::wide;

/// A stretch on which the value is level or runs straight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Run {
    Level {
        frames: usize,
        value: f64,
    },
    /// From `from` at sample `start` to `to` at `start + span`; the stretch begins `offset`
    /// samples after `start`.
    Ramp {
        frames: usize,
        from: f64,
        to: f64,
        start: i64,
        span: u64,
        offset: u64,
    },
}

impl Run {
    pub fn frames(&self) -> usize {
        match self {
            Self::Level { frames, .. } | Self::Ramp { frames, .. } => *frames,
        }
    }
}

/// Points in the order of time.
#[derive(Debug, Clone)]
pub struct Points<'a>(Cow<'a, [Breakpoint]>);

impl<'a> Points<'a> {
    /// Sorts them where they are not; points on one sample keep their order.
    pub fn new(points: &'a [Breakpoint]) -> Self {
        if points.is_sorted_by_key(|point| point.at) {
            return Self(Cow::Borrowed(points));
        }
        let mut sorted = points.to_vec();
        sorted.sort_by_key(|point| point.at);
        Self(Cow::Owned(sorted))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The run at sample `at`, at most `limit` frames of it; `None` without points.
    pub fn run(&self, at: i64, limit: usize) -> Option<Run> {
        let next = self.0.partition_point(|point| point.at <= at);
        let until =
            |end: i64| usize::try_from(end.saturating_sub(at)).map_or(limit, |n| n.min(limit));
        let (before, after) = (next.checked_sub(1).map(|i| self.0[i]), self.0.get(next));
        Some(match (before, after) {
            (None, None) => return None,
            (None, Some(first)) => Run::Level {
                frames: until(first.at),
                value: first.value,
            },
            (Some(last), None) => Run::Level {
                frames: limit,
                value: last.value,
            },
            (Some(a), Some(b)) if a.value == b.value => Run::Level {
                frames: until(b.at),
                value: a.value,
            },
            (Some(a), Some(b)) => Run::Ramp {
                frames: until(b.at),
                from: a.value,
                to: b.value,
                start: a.at,
                span: b.at.abs_diff(a.at),
                offset: at.abs_diff(a.at),
            },
        })
    }

    /// The value at one sample; `None` without points.
    pub fn value(&self, at: i64) -> Option<f64> {
        Some(match self.run(at, 1)? {
            Run::Level { value, .. } => value,
            Run::Ramp {
                from,
                to,
                span,
                offset,
                ..
            } => straight(from, to, offset, span),
        })
    }
}

/// The value `offset` samples into a ramp of `span`.
#[allow(clippy::cast_precision_loss)]
pub fn straight(from: f64, to: f64, offset: u64, span: u64) -> f64 {
    from + (to - from) * offset as f64 / span as f64
}

/// Samples between two exact values of a volume ramp; see [`Volume::apply`].
const STEP: usize = 128;

/// Fader and volume automation of a track.
#[derive(Debug, Clone)]
pub struct Volume<'a> {
    fader_db: f64,
    /// The same, linear.
    fader: f64,
    points: Points<'a>,
    /// Gains of the first [`STEP`] samples of a ramp that starts at 1, for `ratio_db` a sample.
    steps: Box<[f64; STEP]>,
    ratio_db: f64,
}

impl<'a> Volume<'a> {
    pub fn new(fader_db: f64, points: &'a [Breakpoint]) -> Self {
        Self {
            fader_db,
            fader: sum::gain(fader_db),
            points: Points::new(points),
            steps: Box::new([1.0; STEP]),
            ratio_db: 0.0,
        }
    }

    /// The gain of a fader that rests, linear.
    pub fn constant(&self) -> Option<f64> {
        self.points.is_empty().then_some(self.fader)
    }

    /// Multiplies interleaved samples of which the first frame is session sample `at`.
    ///
    /// A ramp is 10^(dB/20) at every sample. Every 128th sample of a ramp is worked out, counted
    /// from the ramp's start; those between are its product with one of 128 gains that all steps of
    /// the ramp share. That stays within 2 units in the last place.
    pub fn apply(&mut self, at: i64, samples: &mut [f64], channels: usize) {
        let channels = channels.max(1);
        if self.points.is_empty() {
            sum::scale(samples, self.fader);
            return;
        }
        let (mut at, mut rest) = (at, samples);
        while !rest.is_empty() {
            let Some(run) = self.points.run(at, rest.len() / channels) else {
                return;
            };
            if run.frames() == 0 {
                return;
            }
            let (part, after) = rest.split_at_mut(run.frames() * channels);
            match run {
                Run::Level { value, .. } => sum::scale(part, sum::gain(value + self.fader_db)),
                Run::Ramp {
                    from,
                    to,
                    span,
                    offset,
                    ..
                } => self.ramp(part, channels, (from, to), offset, span),
            }
            at = at.saturating_add(i64::try_from(run.frames()).unwrap_or(i64::MAX));
            rest = after;
        }
    }

    fn ramp(
        &mut self,
        samples: &mut [f64],
        channels: usize,
        (from, to): (f64, f64),
        offset: u64,
        span: u64,
    ) {
        self.learn(straight(0.0, to - from, 1, span));
        let step = STEP as u64;
        let mut anchor = offset - offset % step;
        let mut skip = usize::try_from(offset % step).unwrap_or(0);
        let mut rest = samples;
        while !rest.is_empty() {
            let base = sum::gain(straight(from, to, anchor, span) + self.fader_db);
            let frames = (STEP - skip).min(rest.len() / channels);
            let (part, after) = rest.split_at_mut(frames * channels);
            raise(part, channels, base, &self.steps[skip..]);
            (anchor, skip, rest) = (anchor + step, 0, after);
        }
    }

    fn learn(&mut self, ratio_db: f64) {
        if self.ratio_db.to_bits() != ratio_db.to_bits() {
            self.ratio_db = ratio_db;
            for (i, gain) in (0_u32..).zip(self.steps.iter_mut()) {
                *gain = sum::gain(ratio_db * f64::from(i));
            }
        }
    }
}

/// Multiplies frames by `base` and a gain each.
fn raise(samples: &mut [f64], channels: usize, base: f64, gains: &[f64]) {
    wide(
        #[inline(always)]
        || match channels {
            1 => {
                for (sample, gain) in samples.iter_mut().zip(gains) {
                    *sample *= base * gain;
                }
            }
            2 => {
                let (frames, _) = samples.as_chunks_mut::<2>();
                for (frame, gain) in frames.iter_mut().zip(gains) {
                    let gain = base * gain;
                    *frame = [frame[0] * gain, frame[1] * gain];
                }
            }
            channels => {
                for (frame, gain) in samples.chunks_exact_mut(channels).zip(gains) {
                    let gain = base * gain;
                    frame.iter_mut().for_each(|sample| *sample *= gain);
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(list: &[(i64, f64)]) -> Vec<Breakpoint> {
        list.iter().map(|&p| Breakpoint::from(p)).collect()
    }

    #[test]
    fn values_hold_ramp_and_jump() {
        let list = points(&[(10, -6.0), (20, 0.0), (20, -12.0), (30, -12.0), (40, 3.0)]);
        let lane = Points::new(&list);
        for (at, want) in [
            (-5, -6.0),
            (10, -6.0),
            (15, -3.0),
            (19, -0.6),
            (20, -12.0),
            (25, -12.0),
            (35, -4.5),
            (40, 3.0),
            (9_999, 3.0),
        ] {
            let got = lane.value(at).unwrap();
            assert!((got - want).abs() < 1e-12, "{got} at {at}, not {want}");
        }
        assert_eq!(Points::new(&[]).value(3), None);
    }

    #[test]
    fn points_out_of_order_are_put_in_order() {
        let list = points(&[(40, 3.0), (10, -6.0)]);
        assert_eq!(Points::new(&list).value(10), Some(-6.0));
    }

    /// Against the plain formula, for blocks of any size, from before the first to after the last.
    #[test]
    fn gains_follow_decibels_at_every_sample() {
        let list = points(&[
            (-30, -40.0),
            (7, 3.0),
            (8, 3.0),
            (500, -12.25),
            (500, 0.0),
            (1200, -60.0),
        ]);
        let lane = Points::new(&list);
        for block in [1, 63, 64, 1000] {
            let mut volume = Volume::new(-1.5, &list);
            let mut at = -100;
            while at < 1400 {
                let mut samples = vec![1.0; block];
                volume.apply(at, &mut samples, 1);
                for (sample, at) in samples.iter().zip(at..) {
                    let want = libm::pow(10.0, (lane.value(at).unwrap() - 1.5) / 20.0);
                    let error = (sample - want).abs() / want;
                    assert!(error < 5e-15, "off by {error} at {at}, blocks of {block}");
                }
                at += i64::try_from(block).unwrap();
            }
        }
    }

    #[test]
    fn blocks_do_not_change_the_bits() {
        let list = points(&[(3, -20.0), (5000, 1.0)]);
        let whole = {
            let mut samples = vec![0.3; 6000];
            Volume::new(0.0, &list).apply(0, &mut samples, 1);
            samples
        };
        let mut volume = Volume::new(0.0, &list);
        let mut parts = vec![0.3; 6000];
        for (i, part) in parts.chunks_mut(77).enumerate() {
            volume.apply(i64::try_from(i * 77).unwrap(), part, 1);
        }
        assert_eq!(whole, parts);
    }
}
