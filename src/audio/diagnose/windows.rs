//! The windows that are looked at: the loudest of the residual, and some all over it.

use super::Limits;
use super::pieces::{Pieces, Span};
use super::rates;
use super::survey::{Survey, sum_of};

/// The loudest, and the others.
const LOUDEST: usize = 4;
const SPREAD: usize = 4;

/// A window is looked at where its residual has so much of the loudest one's energy.
const WORTH: f64 = 1e-3;

pub(super) struct Windows {
    spans: Vec<Span>,
    residual: Pieces,
    sum: Pieces,
    wide_sum: Pieces,
    played_sum: Pieces,
    /// Frames of the whole.
    pub total: i64,
    /// How far a stem may be off, frames.
    pub reach: i64,
    pub bound: f64,
    pub rate: u32,
    scratch: Vec<f64>,
}

impl Windows {
    pub fn new(survey: &Survey, limits: &Limits) -> Self {
        let total = i64::try_from(survey.frames).unwrap_or(i64::MAX);
        let window = i64::try_from(survey.window).unwrap_or(1);
        let span = |at: &usize| {
            let from = i64::try_from(*at).unwrap_or(0) * window;
            Span {
                from,
                frames: window.min(total - from),
            }
        };
        let spans: Vec<Span> = places(&survey.energies).iter().map(span).collect();
        let reach = i64::from(limits.rate);
        Self {
            residual: Pieces::new(spans.clone()),
            sum: Pieces::new(spans.clone()),
            wide_sum: Pieces::new(wide(&spans, reach)),
            played_sum: Pieces::new(rates::spans(&spans)),
            spans,
            total,
            reach,
            bound: limits.bound,
            rate: limits.rate,
            scratch: Vec::new(),
        }
    }

    pub fn push(&mut self, stems: &[Vec<f64>], mix: &[f64]) {
        sum_of(stems, mix.len(), &mut self.scratch);
        self.sum.push(&self.scratch);
        self.wide_sum.push(&self.scratch);
        self.played_sum.push(&self.scratch);
        for (sum, mix) in self.scratch.iter_mut().zip(mix) {
            *sum -= mix;
        }
        self.residual.push(&self.scratch);
    }

    /// For the pieces of a stem.
    pub fn cores(&self) -> Pieces {
        Pieces::new(self.spans.clone())
    }

    /// The same with what lies in reach on both sides.
    pub fn wide(&self) -> Pieces {
        Pieces::new(wide(&self.spans, self.reach))
    }

    /// What is heard there at other speeds.
    pub fn played(&self) -> Pieces {
        Pieces::new(rates::spans(&self.spans))
    }

    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    pub fn residual(&self) -> &[Vec<f64>] {
        self.residual.samples()
    }

    pub fn sum(&self) -> &[Vec<f64>] {
        self.sum.samples()
    }

    pub fn wide_sum(&self) -> &[Vec<f64>] {
        self.wide_sum.samples()
    }

    pub fn played_sum(&self) -> &[Vec<f64>] {
        self.played_sum.samples()
    }

    /// Energy of the residual.
    pub fn energy(&self) -> f64 {
        self.residual().iter().flatten().map(|x| x * x).sum()
    }
}

fn wide(spans: &[Span], reach: i64) -> Vec<Span> {
    let widened = |span: &Span| Span {
        from: span.from - reach,
        frames: span.frames + 2 * reach,
    };
    spans.iter().map(widened).collect()
}

/// Which windows, the loudest first.
fn places(energies: &[f64]) -> Vec<usize> {
    let most = energies.iter().copied().fold(0.0, f64::max);
    let worth = energies
        .iter()
        .enumerate()
        .filter(|(_, energy)| **energy >= most * WORTH);
    let mut all: Vec<(usize, f64)> = worth.map(|(at, energy)| (at, *energy)).collect();
    let spread: Vec<usize> = {
        let step = (all.len() / SPREAD).max(1);
        all.iter()
            .skip(step / 2)
            .step_by(step)
            .take(SPREAD)
            .map(|(at, _)| *at)
            .collect()
    };
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut chosen: Vec<usize> = all.iter().take(LOUDEST).map(|(at, _)| *at).collect();
    // The first tells a wrong rate, which runs away from there: it stands among those that are asked for one.
    let first = energies
        .iter()
        .position(|energy| *energy > 0.0 && *energy >= most * WORTH);
    for at in spread {
        if !chosen.contains(&at) {
            chosen.push(at);
        }
    }
    if let Some(first) = first {
        chosen.retain(|at| *at != first);
        chosen.insert(chosen.len().min(1), first);
    }
    chosen
}
