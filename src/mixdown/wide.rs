//! Lanes and buses of more than two channels. A lane of as many channels as its bus goes straight into
//! it, which is all that a print by the render engine asks for. The rest is how the simulator hears what
//! Pro Tools would pan: mono and stereo lie in front, between left and right; what is too wide for a
//! stereo bus is folded as ITU-R BS.775 says, and so is what goes from one wide layout to another.

use std::ops::Range as Span;

use super::lane::{Scratch, Window};
use super::{Block, Part};
use crate::audio::fold::Fold;
use crate::model::Layout;

impl Part<'_> {
    /// Adds what is heard of a window to the buses.
    pub(super) fn add_wide(
        &self,
        heard: Window,
        place: &Span<usize>,
        scratch: &mut Scratch,
        blocks: &mut [Block],
    ) {
        let channels = self.player.channels();
        scratch.stereo.clear();
        for bus in &self.buses {
            let Some(block) = blocks.get_mut(*bus) else {
                continue;
            };
            let width = block.channels;
            let sum = block.sum(place);
            if width == channels && channels > 2 {
                sum.add(&scratch.lane);
                continue;
            }
            if scratch.stereo.is_empty() {
                scratch.stereo.resize(heard.frames() * 2, 0.0);
                let mask = Layout::of(self.player.channels() as u16).map_or(0, Layout::mask);
                match Fold::new(channels, mask) {
                    Some(fold) => fold.apply(&scratch.lane, &mut scratch.stereo),
                    None => {
                        let pan = &self.player.pan;
                        pan.spread(heard.start, &scratch.lane, &mut scratch.stereo);
                    }
                }
            }
            match width {
                2 => sum.add(&scratch.stereo),
                _ => to_front(&scratch.stereo, sum.begun(), width),
            }
        }
    }
}

/// Adds stereo to the first two channels of wider frames.
pub fn to_front(stereo: &[f64], sum: &mut [f64], width: usize) {
    let (sides, _) = stereo.as_chunks::<2>();
    for (frame, sides) in sum.chunks_exact_mut(width.max(1)).zip(sides) {
        for (sample, side) in frame.iter_mut().zip(sides) {
            *sample += side;
        }
    }
}
