//! Cuts pieces out of stereo frames that stream past.

/// Frames; `from` may lie before the beginning, where there is silence, as behind the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: i64,
    pub frames: i64,
}

pub(super) struct Pieces {
    spans: Vec<Span>,
    samples: Vec<Vec<f64>>,
    at: i64,
}

impl Pieces {
    pub fn new(spans: Vec<Span>) -> Self {
        let silence = |span: &Span| vec![0.0; places(span.frames)];
        Self {
            samples: spans.iter().map(silence).collect(),
            spans,
            at: 0,
        }
    }

    /// The frames that come next.
    pub fn push(&mut self, block: &[f64]) {
        let frames = i64::try_from(block.len() / 2).unwrap_or(0);
        let end = self.at + frames;
        for (span, samples) in self.spans.iter().zip(&mut self.samples) {
            let (from, to) = (span.from.max(self.at), end.min(span.from + span.frames));
            if from >= to {
                continue;
            }
            let into = samples.get_mut(places(from - span.from)..places(to - span.from));
            let out_of = block.get(places(from - self.at)..places(to - self.at));
            if let (Some(into), Some(out_of)) = (into, out_of) {
                into.copy_from_slice(out_of);
            }
        }
        self.at = end;
    }

    /// One a span.
    pub fn samples(&self) -> &[Vec<f64>] {
        &self.samples
    }
}

/// Samples of so many frames.
fn places(frames: i64) -> usize {
    usize::try_from(frames).unwrap_or(0) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_reach_over_blocks_and_both_ends() {
        let span = |from, frames| Span { from, frames };
        let mut pieces = Pieces::new(vec![span(-2, 4), span(3, 4), span(8, 4)]);
        let sample = |at: i32| [f64::from(at), -f64::from(at)];
        let frames: Vec<f64> = (1..=10).flat_map(sample).collect();
        frames.chunks(6).for_each(|block| pieces.push(block));
        let left =
            |at: usize| -> Vec<f64> { pieces.samples()[at].iter().step_by(2).copied().collect() };
        assert_eq!(left(0), [0.0, 0.0, 1.0, 2.0]);
        assert_eq!(left(1), [4.0, 5.0, 6.0, 7.0]);
        assert_eq!(left(2), [9.0, 10.0, 0.0, 0.0]);
    }
}
