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

/// Sine, cosine.
type Point = (f64, f64);

/// An angle on its way.
#[derive(Debug, Clone)]
pub struct Turn {
    from: f64,
    to: f64,
    /// Samples from `from` to `to`.
    span: u64,
    /// By how much the samples of a step turn further than its first.
    steps: [Point; STEP],
    /// The step that was worked out last, by its number.
    last: Option<(u64, Point)>,
}

impl Turn {
    /// From the angle `from` at sample 0 to `to` at sample `span`, at least 1. Radian.
    pub fn new(from: f64, to: f64, span: u64) -> Self {
        let span = span.max(1);
        let mut steps = [(0.0, 1.0); STEP];
        for (sample, step) in (1..=span).zip(&mut steps[1..]) {
            *step = libm::sincos(straight(0.0, to - from, sample, span));
        }
        Self {
            from,
            to,
            span,
            steps,
            last: None,
        }
    }

    /// Gives `take` sine and cosine of `count` samples from `sample` on, each with its place.
    pub fn rise(&mut self, sample: u64, count: usize, mut take: impl FnMut(usize, f64, f64)) {
        let (mut done, mut sample) = (0, sample);
        while done < count {
            let (base, skip) = self.base(sample);
            let turn = (STEP - skip).min(count - done);
            for (place, step) in (done..done + turn).zip(&self.steps[skip..]) {
                let (sin, cos) = turned(base, *step);
                take(place, sin, cos);
            }
            (done, sample) = (done + turn, sample.saturating_add(turn as u64));
        }
    }

    /// As [`Self::rise`], backwards: the samples `sample`, `sample - 1` and so on.
    pub fn fall(&mut self, sample: u64, count: usize, mut take: impl FnMut(usize, f64, f64)) {
        let (mut done, mut sample) = (0, sample);
        while done < count {
            let (base, skip) = self.base(sample);
            let turn = (skip + 1).min(count - done);
            for (place, step) in (done..done + turn).zip(self.steps[..=skip].iter().rev()) {
                let (sin, cos) = turned(base, *step);
                take(place, sin, cos);
            }
            (done, sample) = (done + turn, sample.saturating_sub(turn as u64));
        }
    }

    /// The first point of a sample's step, and how far the sample is behind it.
    fn base(&mut self, sample: u64) -> (Point, usize) {
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

fn turned((sin, cos): Point, (by_sin, by_cos): Point) -> Point {
    (sin * by_cos + cos * by_sin, cos * by_cos - sin * by_sin)
}

#[cfg(test)]
mod tests {
    use core::f64::consts::FRAC_PI_2;

    use super::*;

    type List = Vec<(f64, f64)>;

    fn list(count: usize, run: impl FnOnce(&mut dyn FnMut(usize, f64, f64))) -> List {
        let mut list = vec![(f64::NAN, f64::NAN); count];
        run(&mut |place, sin, cos| list[place] = (sin, cos));
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
            let count = usize::try_from(span).unwrap() + 1;
            let got = list(count, |take| Turn::new(from, to, span).rise(0, count, take));
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
        let whole = list(1_000, |take| Turn::new(0.2, 1.5, 999).rise(0, 1_000, take));
        for block in [1, 7, 64, 100] {
            let mut turn = Turn::new(0.2, 1.5, 999);
            let mut again = Turn::new(0.2, 1.5, 999);
            for (part, at) in whole.chunks(block).zip((0..).step_by(block)) {
                let count = part.len();
                assert_eq!(list(count, |take| turn.rise(at, count, take)), part);
                let last = at + count as u64 - 1;
                let mut back = list(count, |take| again.fall(last, count, take));
                back.reverse();
                assert_eq!(back, part);
            }
        }
    }
}
