//! Which sample of which source is no number (NaN or an infinity). Asked only when something is wrong
//! already: the files are read again for it, so that no block pays for the question.

use std::ops::Range as Span;

use super::lane::Window;
use super::{Mixdown, MixdownError};
use crate::media::decode::Reader;
use crate::media::{MediaError, split};
use crate::model::clip::Clip;

/// Frames read at once.
const READ: usize = 16_384;

impl Mixdown<'_> {
    /// The earliest sample that is no number of those that clips play in these frames, counted from the
    /// range's start: a sum of them is no number either. What a conversion of rates spreads a sample over,
    /// a second at most, is looked through as well. `None` where all sources are sound, or cannot be read.
    pub fn no_number(&self, span: Span<u64>) -> Option<MixdownError> {
        let second = i64::from(self.sources.rate());
        let place = |frame| self.range.start.saturating_add_unsigned(frame);
        let window = Window {
            start: place(span.start).saturating_sub(second),
            end: place(span.end).saturating_add(second),
        };
        let mut first: Option<(i64, MixdownError)> = None;
        for player in self.parts.iter().map(|part| &part.player) {
            for clip in player.heard_in(window) {
                let Some((at, source)) = self.in_clip(clip, window) else {
                    continue;
                };
                if first.as_ref().is_none_or(|(known, _)| at < *known) {
                    let (track, clip_start) = (player.track().to_owned(), clip.start);
                    let error = MixdownError {
                        track,
                        clip_start,
                        source,
                    };
                    first = Some((at, error));
                }
            }
        }
        first.map(|(_, error)| error)
    }

    /// Where it is on the timeline, and in which file.
    fn in_clip(&self, clip: &Clip, window: Window) -> Option<(i64, MediaError)> {
        let file = self.sources.file(clip)?;
        let into = |place: i64| place.clamp(clip.start, clip.end()).abs_diff(clip.start);
        let played =
            [into(window.start), into(window.end)].map(|at| clip.offset.saturating_add(at));
        let found = split::files_of(file).into_iter().filter_map(|path| {
            let mut reader = Reader::open(&path).ok()?;
            let (rate, own) = (self.sources.rate(), reader.info().sample_rate);
            let [from, to] = played.map(|at| scaled(at, own, rate));
            let frame = first_in(&mut reader, from..to)?;
            let into = scaled(frame, rate, own).saturating_sub(clip.offset);
            let at = clip.start.saturating_add_unsigned(into);
            let reason = format!(
                "no number (NaN or an infinity) stands there, heard at sample {at} of the session"
            );
            Some((
                at,
                MediaError::Damaged {
                    path,
                    frame,
                    reason,
                },
            ))
        });
        found.min_by_key(|(at, _)| *at)
    }
}

/// A count of frames at another rate.
fn scaled(frames: u64, to: u32, from: u32) -> u64 {
    let scaled = u128::from(frames) * u128::from(to) / u128::from(from.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn first_in(reader: &mut Reader, frames: Span<u64>) -> Option<u64> {
    let channels = usize::from(reader.info().channels.max(1));
    let mut block = vec![0.0_f64; READ * channels];
    reader.seek(frames.start).ok()?;
    let mut at = frames.start;
    while at < frames.end {
        let got = reader.read(&mut block).ok().filter(|got| *got > 0)?;
        let samples = block.get(..got.saturating_mul(channels))?;
        if let Some(bad) = samples.iter().position(|sample| !sample.is_finite()) {
            let frame = at.saturating_add(u64::try_from(bad / channels).ok()?);
            return (frame < frames.end).then_some(frame);
        }
        at = at.saturating_add(u64::try_from(got).ok()?);
    }
    None
}
