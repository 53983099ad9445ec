//! A graph at work: lanes come from `mixdown`, a block each node, then nodes hear each other.

use crate::audio::automation::Volume;
use crate::audio::fold::Fold;
use crate::audio::pan::Pan;
use crate::audio::sum;
use crate::mixdown::{Bus, Mixdown, MixdownError, wide};
use crate::model::{Layout, Range};

use super::graph::{Fader, Graph, Stage};
use super::limiter::Limiter;
use super::reverb::Room;

/// A stage with its state.
enum Running<'a> {
    Fold,
    Gain(f64),
    Room(Box<Room>),
    Limiter(Limiter),
    Fader {
        channels: usize,
        volume: Volume<'a>,
        pan: Pan<'a>,
    },
}

/// A running graph. 64-bit, at the session's rate.
pub struct Mixer<'a> {
    graph: &'a Graph,
    mixdown: Mixdown<'a>,
    stages: Vec<Vec<Running<'a>>>,
    /// What each node gives out.
    blocks: Vec<Vec<f64>>,
    scratch: Vec<f64>,
    at: i64,
}

impl<'a> Mixer<'a> {
    pub fn new(graph: &'a Graph, range: Range) -> Self {
        let rate = graph.arrangement.sample_rate;
        let buses = graph.nodes.iter().map(|node| Bus {
            channels: node.width,
            lanes: node.lanes.clone(),
            gain_db: 0.0,
            others: Vec::new(),
        });
        let stages = graph.nodes.iter().map(|node| {
            let stages = node.stages.iter();
            stages.map(|stage| running(stage, rate)).collect()
        });
        Self {
            mixdown: Mixdown::new(&graph.arrangement, buses.collect(), range),
            stages: stages.collect(),
            blocks: vec![Vec::new(); graph.nodes.len()],
            scratch: Vec::new(),
            graph,
            at: range.start,
        }
    }

    /// The next block: for each output of the graph its interleaved samples; `None` after
    /// the range's last frame.
    ///
    /// # Errors
    /// As [`Mixdown::next_block`].
    pub fn next_block(&mut self) -> Result<Option<Vec<&[f64]>>, MixdownError> {
        let Some(sums) = self.mixdown.next_block()? else {
            return Ok(None);
        };
        let mut frames = 0;
        let nodes = self.graph.nodes.iter().zip(&mut self.stages).zip(sums);
        for (index, ((node, stages), lanes)) in nodes.enumerate() {
            let width = usize::from(node.width);
            frames = lanes.len() / width;
            // Nodes hear only those before them.
            let here = index.min(self.blocks.len());
            let (before, rest) = self.blocks.split_at_mut(here);
            let Some(block) = rest.first_mut() else {
                break;
            };
            block.clear();
            block.extend_from_slice(lanes);
            for input in &node.inputs {
                let from = self.graph.nodes.get(input.from).map(|node| node.width);
                if let (Some(heard), Some(from)) = (before.get(input.from), from) {
                    match from == node.width {
                        true => add_scaled(block, heard, input.gain),
                        false => {
                            let heard = converted(heard, from, node.width);
                            add_scaled(block, &heard, input.gain);
                        }
                    }
                }
            }
            for stage in stages {
                stage.apply(self.at, block, width, &mut self.scratch);
            }
        }
        self.at = self
            .at
            .saturating_add(i64::try_from(frames).unwrap_or(i64::MAX));
        let outputs = self.graph.outputs.iter();
        let block = |index: &usize| self.blocks.get(*index).map_or(&[][..], Vec::as_slice);
        Ok(Some(outputs.map(block).collect()))
    }
}

/// From one layout to another: folded to stereo, and laid in front of what is wider.
fn converted(samples: &[f64], from: u16, to: u16) -> Vec<f64> {
    let mut stereo = stereo(samples, from);
    if to > 2 {
        let frames = stereo.len() / 2;
        let mut wide = vec![0.0; frames * usize::from(to)];
        wide::to_front(&stereo, &mut wide, usize::from(to));
        stereo = wide;
    }
    stereo
}

/// Frames of so many channels in stereo.
pub(super) fn stereo(samples: &[f64], channels: u16) -> Vec<f64> {
    let mask = Layout::of(channels).map_or(0, Layout::mask);
    let Some(fold) = Fold::new(usize::from(channels), mask) else {
        return samples.to_vec();
    };
    let mut stereo = vec![0.0; samples.len() / usize::from(channels) * 2];
    fold.apply(samples, &mut stereo);
    stereo
}

fn add_scaled(into: &mut [f64], from: &[f64], gain: f64) {
    if gain == 1.0 {
        sum::add(into, from);
    } else {
        for (sum, sample) in into.iter_mut().zip(from) {
            *sum += sample * gain;
        }
    }
}

fn running(stage: &Stage, sample_rate: u32) -> Running<'_> {
    match stage {
        Stage::Fold => Running::Fold,
        Stage::Gain(gain) => Running::Gain(*gain),
        Stage::Room(how) => Running::Room(Box::new(Room::new(how, sample_rate))),
        Stage::Limiter(how) => Running::Limiter(Limiter::new(how, sample_rate)),
        Stage::Fader(fader) => {
            let Fader {
                channels,
                volume_db,
                volume_points,
                pan,
                pan_points,
            } = fader;
            Running::Fader {
                channels: usize::from(*channels),
                volume: Volume::new(*volume_db, volume_points),
                pan: Pan::from_parts(usize::from(*channels), *pan, pan_points),
            }
        }
    }
}

impl Running<'_> {
    fn apply(&mut self, at: i64, samples: &mut [f64], width: usize, scratch: &mut Vec<f64>) {
        match self {
            Self::Room(room) if width > 2 => {
                // A room sounds between left and right.
                let mut sides = stereo(samples, u16::try_from(width).unwrap_or(0));
                room.apply(&mut sides);
                samples.fill(0.0);
                wide::to_front(&sides, samples, width);
            }
            // Both sides of a mono path; what is wider has none.
            Self::Fold if width > 2 => {}
            Self::Fold => {
                let (frames, _) = samples.as_chunks_mut::<2>();
                for frame in frames {
                    *frame = [(frame[0] + frame[1]) / 2.0; 2];
                }
            }
            Self::Gain(gain) => sum::scale(samples, *gain),
            Self::Room(room) => room.apply(samples),
            Self::Limiter(limiter) => limiter.apply(samples, width),
            Self::Fader {
                channels, volume, ..
            } if *channels > 2 => volume.apply(at, samples, *channels),
            Self::Fader {
                channels,
                volume,
                pan,
            } => {
                scratch.clear();
                // A mono strip has the same on both sides: one of them is its signal.
                scratch.extend(samples.iter().step_by(if *channels == 1 { 2 } else { 1 }));
                volume.apply(at, scratch, *channels);
                pan.spread(at, scratch, samples);
            }
        }
    }
}
