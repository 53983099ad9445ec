//! Sine and cosine of an angle that runs straight over many samples, without working each of them
//! out.
//!
//! Every 64th sample, counted from where the angle starts, comes from `libm`; those between are it
//! turned by one of 64 angles that all steps share. What a sample gets depends on its number alone,
//! never on where a block begins, and is within 5e-16 of the formula (angles up to a quarter turn).

#![allow(clippy::indexing_slicing)]

use super::automation::straight;

/// Samples between two exact values.
const STEP: usize = 64;

/// An angle on its way.
#[derive(Debug, Clone)]
pub struct Turn {
    from: f64,
    to: f64,
    /// Samples from `from` to `to`.
    span: u64,
    /// By how much the samples of a step turn further than its first.
    sin: [f64; STEP],
    cos: [f64; STEP],
    /// The step that was worked out last, by its number.
    last: Option<(u64, (f64, f64))>,
}

/// Samples within a step, in the order of time.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Sine and cosine where the step begins.
    base: (f64, f64),
    sin: &'a [f64],
    cos: &'a [f64],
}

impl Part<'_> {
    pub fn count(&self) -> usize {
        self.sin.len()
    }

    /// Sines.
    pub fn sines(&self) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator {
        let (sin, cos) = self.base;
        let steps = self.sin.iter().zip(self.cos);
        steps.map(move |(by_sin, by_cos)| sin * by_cos + cos * by_sin)
    }

    /// Sines and cosines.
    pub fn points(&self) -> impl ExactSizeIterator<Item = (f64, f64)> {
        let (sin, cos) = self.base;
        let steps = self.sin.iter().zip(self.cos);
        steps
            .map(move |(by_sin, by_cos)| (sin * by_cos + cos * by_sin, cos * by_cos - sin * by_sin))
    }
}

impl Turn {
    /// From the angle `from` at sample 0 to `to` at sample `span`, at least 1. Radian.
    pub fn new(from: f64, to: f64, span: u64) -> Self {
        let span = span.max(1);
        let (mut sin, mut cos) = ([0.0; STEP], [1.0; STEP]);
        let steps = sin.iter_mut().zip(&mut cos).skip(1);
        for (sample, (sin, cos)) in (1..=span).zip(steps) {
            (*sin, *cos) = libm::sincos(straight(0.0, to - from, sample, span));
        }
        Self {
            from,
            to,
            span,
            sin,
            cos,
            last: None,
        }
    }

    /// At most `most` samples from `sample` on, at least one.
    pub fn rise(&mut self, sample: u64, most: usize) -> Part<'_> {
        let (base, skip) = self.base(sample);
        let count = (STEP - skip).min(most).max(1);
        self.part(base, skip, count)
    }

    /// At most `most` samples up to `sample` and with it, at least one.
    pub fn fall(&mut self, sample: u64, most: usize) -> Part<'_> {
        let (base, skip) = self.base(sample);
        let count = (skip + 1).min(most).max(1);
        self.part(base, skip + 1 - count, count)
    }

    fn part(&self, base: (f64, f64), skip: usize, count: usize) -> Part<'_> {
        Part {
            base,
            sin: &self.sin[skip..skip + count],
            cos: &self.cos[skip..skip + count],
        }
    }

    /// The first point of a sample's step, and how far the sample is behind it.
    fn base(&mut self, sample: u64) -> ((f64, f64), usize) {
        let step = STEP as u64;
        let number = sample / step;
        let skip = usize::try_from(sample % step).unwrap_or(0);
        let point = match self.last {
            Some((last, point)) if last == number => point,
            _ => libm::sincos(straight(self.from, self.to, number * step, self.span)),
        };
        self.last = Some((number, point));
        (point, skip)
    }
}

#[cfg(test)]
mod tests {
    use core::f64::consts::FRAC_PI_2;

    use super::*;

    /// Samples `from..to`, at most `most` at a time.
    fn points(turn: &mut Turn, from: u64, to: u64, most: usize) -> Vec<(f64, f64)> {
        let mut list = Vec::new();
        while from + (list.len() as u64) < to {
            let at = from + list.len() as u64;
            let left = usize::try_from(to - at).unwrap();
            let part = turn.rise(at, most.min(left));
            assert!(part.sines().eq(part.points().map(|(sin, _)| sin)));
            list.extend(part.points());
        }
        list
    }

    #[test]
    fn every_sample_is_near_the_formula() {
        let mut worst = 0.0_f64;
        for (from, to, span) in [
            (0.0, FRAC_PI_2, 1),
            (0.0, FRAC_PI_2, 63),
            (0.0, FRAC_PI_2, 480_000),
            (FRAC_PI_2, 0.0, 12_345),
            (1.1, 0.3, 7_000),
            (FRAC_PI_2, 1.2, 99_999),
        ] {
            let got = points(&mut Turn::new(from, to, span), 0, span + 1, 1_000);
            for (sample, (sin, cos)) in (0..).zip(got) {
                let want = libm::sincos(straight(from, to, sample, span));
                worst = worst.max((sin - want.0).abs()).max((cos - want.1).abs());
            }
        }

        assert!(worst < 5e-16, "{worst}");
        assert!(worst > 0.0);
    }

    #[test]
    fn neither_blocks_nor_direction_leave_a_trace() {
        let new = || Turn::new(0.2, 1.5, 999);
        let whole = points(&mut new(), 0, 1_000, 64);
        for block in [1, 7, 63, 100] {
            assert_eq!(points(&mut new(), 0, 1_000, block), whole);
            let (mut turn, mut end) = (new(), 1_000);
            while end > 0 {
                let part = turn.fall(end as u64 - 1, block.min(end));
                let start = end - part.count();
                let sines = whole[start..end].iter().map(|(sin, _)| *sin);
                assert!(part.sines().eq(sines));
                end = start;
            }
        }
    }
}
