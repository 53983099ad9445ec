//! ConsolidateClip: what the clips of the edit selection play, one new file a track, written into
//! the session's Audio Files and put in their place. Clip gain and fades are in it, volume and pan
//! are not; muted clips are silence. An undo brings the clips back and leaves the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::media::MediaError;
use crate::media::encode::{WriteSpec, Writer};
use crate::mixdown::{Bus, Mixdown};
use crate::model::clip::SourceFile;
use crate::model::stem::BitDepth;
use crate::model::{Arrangement, Clip, Lane, Range, file_name, layout};
use crate::platform::atomic;
use crate::ptsl::wire::CommandErrorType as Kind;
use crate::simulator::work::{Change, Work, media_refused, refused};
use crate::simulator::world::edit::no_clips;
use crate::simulator::world::{Failure, OpenSession, Outcome};

/// A track's part of the selection.
struct Part {
    strip: usize,
    name: String,
    /// Its lane alone, without fader, pan and automation.
    arrangement: Arrangement,
    spec: WriteSpec,
}

pub fn prepare(session: &mut OpenSession) -> Outcome<Work> {
    let selected = session.selected()?;
    let range = selected.range;
    let mut parts = Vec::new();
    for strip in selected.tracks {
        if let Some(part) = part(session, strip, range) {
            parts.push(part);
        }
    }
    if parts.is_empty() {
        return Err(no_clips());
    }
    let folder = session.folder.join("Audio Files");
    Ok(Work::new(move |stop| {
        std::fs::create_dir_all(&folder)
            .map_err(|error| refused(&format!("'{}'", folder.display()), &error))?;
        let mut made = Vec::new();
        for part in &parts {
            made.push((part.strip, part.write(range, &folder, stop)?));
        }
        Ok(Change::new(move |world| {
            super::install(world, "Consolidate Clip", |session| {
                for (strip, file) in &made {
                    lay(session, *strip, range, file);
                }
            });
            None
        }))
    }))
}

fn part(session: &OpenSession, strip: usize, range: Range) -> Option<Part> {
    let lane = session.lane(strip)?;
    let is_inside = |clip: &&Clip| clip.start < range.end && clip.end() > range.start;
    let clips: Vec<Clip> = lane.clips.iter().filter(is_inside).cloned().collect();
    if clips.is_empty() {
        return None;
    }
    let start = i128::from(session.info.ruler.start_sample()) + i128::from(range.start);
    Some(Part {
        strip,
        name: session.strips.get(strip)?.track.name.clone(),
        arrangement: Arrangement {
            sample_rate: session.arrangement.sample_rate,
            length: u64::try_from(range.end).unwrap_or(0),
            files: session.arrangement.files.clone(),
            lanes: vec![Lane {
                track: lane.track.clone(),
                channels: lane.channels,
                clips,
                ..Lane::default()
            }],
            ..Arrangement::default()
        },
        spec: WriteSpec {
            sample_rate: session.arrangement.sample_rate,
            channels: lane.channels.clamp(1, layout::MOST),
            bits: BitDepth::try_from(session.info.bit_depth).unwrap_or_default(),
            time_reference: u64::try_from(start).ok(),
        },
    })
}

fn failed(error: &MediaError) -> Failure {
    media_refused("The clip cannot be written", error)
}

impl Part {
    /// Writes the file aside and gives it the first free name, `Kick_01.wav`.
    fn write(&self, range: Range, folder: &Path, stop: &CancellationToken) -> Outcome<PathBuf> {
        let aside = folder.join(format!(".{}.part", uuid::Uuid::new_v4()));
        // Removes what is left of it on every other way out.
        let aside = tempfile::TempPath::try_from_path(aside)
            .map_err(|error| refused("The clip cannot be written", &error))?;
        self.render(range, &aside, stop)?;
        let name = file_name::sanitize(&self.name, 200);
        for number in 1..10_000 {
            let path = folder.join(format!("{name}_{number:02}.wav"));
            match atomic::publish(&aside, &path, false) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(refused("The clip cannot be given its name", &error)),
            }
        }
        Err(Failure::new(
            Kind::OsDuplicateName,
            format!("There is no free name for '{name}'."),
        ))
    }

    fn render(&self, range: Range, aside: &Path, stop: &CancellationToken) -> Outcome<()> {
        let mut writer = Writer::create(aside, self.spec).map_err(|error| failed(&error))?;
        let bus = Bus {
            channels: self.spec.channels.max(2),
            lanes: vec![0],
            ..Bus::default()
        };
        let mut mixdown = Mixdown::new(&self.arrangement, vec![bus], range);
        let is_mono = self.spec.channels == 1;
        while let Some(block) = mixdown
            .next_block()
            .map_err(|error| failed(&error.source))?
        {
            if stop.is_cancelled() {
                return Err(Failure::cannot("The consolidation was stopped."));
            }
            let stereo = block.first().map_or(&[][..], |bus| bus);
            let written = if is_mono {
                // Without a pan stage both sides are the one channel.
                let left: Vec<f64> = stereo.iter().step_by(2).copied().collect();
                writer.write(&left)
            } else {
                writer.write(stereo)
            };
            written.map_err(|error| failed(&error))?;
        }
        writer.finish().map_err(|error| failed(&error))?;
        Ok(())
    }
}

/// Puts the file in the place of what it was made from.
fn lay(session: &mut OpenSession, strip: usize, range: Range, path: &Path) {
    let arrangement = Arc::make_mut(&mut session.arrangement);
    let lane = session.strips.get(strip).and_then(|strip| strip.lane);
    let Some(lane) = lane.and_then(|lane| arrangement.lanes.get_mut(lane)) else {
        return;
    };
    arrangement.files.push(SourceFile {
        path: path.to_owned(),
        name: path.display().to_string(),
    });
    crate::model::clip::clear(&mut lane.clips, range.start, range.end);
    lane.clips.push(Clip {
        file: arrangement.files.len() - 1,
        start: range.start,
        length: range.len(),
        name: path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
        ..Clip::default()
    });
    lane.clips.sort_by_key(|clip| clip.start);
}
