//! Makes the demo session: every player records at once, and a rough mix is taken meanwhile.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::describe::TrackFile;
use super::parts::{HEAD, Part, Placement, Studio, Take};
use super::score::{BAR, BARS, CHORUS_2};
use super::song::{self, Source, Strip};
use super::synth::{drive, gain};
use super::wav;

/// Goes up whenever a byte of the session changes, so that a newer program remakes it.
pub const VERSION: u32 = 3;

/// Writes `session.json` and `audio/` into an empty folder.
pub fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir(folder.join("audio"))?;
    let studio = Studio::new();
    let rough = Rough::new();
    let strips = song::strips();
    let mut tracks = strips
        .par_iter()
        .filter_map(|strip| match strip.source {
            Source::Player(play) => Some((strip, play)),
            Source::Reference => None,
        })
        .map(|(strip, play)| {
            let part = play(&studio);
            if !strip.muted && strip.group.is_some() {
                rough.add(strip, &part);
            }
            save(folder, strip, &part)
        })
        .collect::<io::Result<Vec<TrackFile>>>()?;
    let reference = rough.print();
    for strip in strips
        .iter()
        .filter(|strip| matches!(strip.source, Source::Reference))
    {
        tracks.push(save(folder, strip, &reference)?);
    }
    let mut text = serde_json::to_string_pretty(&song::session(tracks))?;
    text.push('\n');
    std::fs::write(folder.join("session.json"), text)
}

/// Writes the takes of a part, and describes its track.
fn save(folder: &Path, strip: &Strip, part: &Part) -> io::Result<TrackFile> {
    for take in &part.takes {
        let name = format!("{}.wav", take.name);
        wav::write(&folder.join("audio").join(name), &take.channels, 48_000)?;
    }
    let names: Vec<String> = part
        .takes
        .iter()
        .map(|take| format!("audio/{}.wav", take.name))
        .collect();
    Ok(song::track(strip, part, |take| {
        names.get(take).cloned().unwrap_or_default()
    }))
}

/// A rough mix: faders and pans without automation. Parts arrive in any order, so it adds whole
/// numbers, whose sum does not depend on it.
struct Rough {
    sides: Mutex<[Vec<i32>; 2]>,
}

/// The rough mix starts here.
const FROM: i64 = CHORUS_2.bar;

/// One in the whole numbers; leaves room for 128 times full scale.
const UNIT: f32 = 16_777_216.0;

impl Rough {
    fn new() -> Self {
        let length = usize::try_from((BARS - FROM) * BAR).unwrap_or(0);
        Self {
            sides: Mutex::new([vec![0; length], vec![0; length]]),
        }
    }

    fn add(&self, strip: &Strip, part: &Part) {
        let mut sides = self.sides.lock().unwrap_or_else(PoisonError::into_inner);
        let level = gain(strip.volume_db as f32) * UNIT;
        let angle = (strip.pan.unwrap_or(0.0) as f32 + 1.0) * std::f32::consts::FRAC_PI_4;
        let pans = [libm::cosf(angle), libm::sinf(angle)];
        for placed in part.placements.iter().filter(|placed| placed.bar >= FROM) {
            let Some(take) = part.takes.get(placed.take) else {
                continue;
            };
            for (index, (side, pan)) in sides.iter_mut().zip(pans).enumerate() {
                let channel = take.channels.get(index).or(take.channels.first());
                let stereo = take.channels.len() == 2;
                let level = level * if stereo { (pan * 1.414).min(1.0) } else { pan };
                add_bars(side, placed, channel.map_or(&[], Vec::as_slice), level);
            }
        }
    }

    /// The mix as a part of its own, held below full scale.
    fn print(self) -> Part {
        let sides = self
            .sides
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let channels = sides.map(|side| {
            let mut channel = vec![0.0; usize::try_from(HEAD).unwrap_or(0)];
            channel.extend(side.iter().map(|x| 0.9 * drive(1.25 * *x as f32 / UNIT)));
            channel
        });
        let mut part = Part::new();
        part.takes.push(Take {
            name: "Ref Mix_01".to_owned(),
            channels: channels.to_vec(),
        });
        part.place(0, FROM, 0, BARS - FROM, 0.0);
        part
    }
}

fn add_bars(side: &mut [i32], placed: &Placement, source: &[f32], level: f32) {
    let index = |at: i64| usize::try_from(at).unwrap_or(0);
    let source = source
        .get(index(HEAD + placed.skip * BAR)..)
        .unwrap_or_default();
    let target = side
        .get_mut(index((placed.bar - FROM) * BAR)..)
        .unwrap_or_default();
    for (t, s) in target.iter_mut().zip(source).take(index(placed.bars * BAR)) {
        *t = t.wrapping_add((s * level) as i32);
    }
}
