//! The session folder that a plan is printed from: its lanes by the names of tracks, the sums that files
//! are made of, and what keeps them from being made.

use std::collections::HashMap;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::import;
use crate::media::split;
use crate::mixdown::Bus;
use crate::model::clip::Clip;
use crate::model::plan::PlannedTrack;
use crate::model::session::ImportedSession;
use crate::model::{Arrangement, Layout, Plan};

/// The session folder of a plan, read again and checked.
pub struct Source {
    session: ImportedSession,
    /// Lane by track name; `None` where several lanes share it.
    lanes: HashMap<String, Option<usize>>,
}

impl Source {
    /// Opens the folder and checks that the plan still fits it.
    pub fn open(plan: &Plan) -> Result<Self> {
        let Some(folder) = &plan.folder else {
            return Err(Error::new(
                ErrorKind::Job,
                "the render engine needs a session folder that it can read",
            )
            .hint("Print with --engine bounce, or open the session with --open"));
        };
        let session = import::open(folder)?;
        let rate = session.folder.arrangement.sample_rate;
        if rate != plan.sample_rate {
            return Err(changed(format!(
                "it runs at {rate} Hz now, and the plan was made for {} Hz",
                plan.sample_rate
            )));
        }
        let mut lanes = HashMap::new();
        for (index, lane) in session.folder.arrangement.lanes.iter().enumerate() {
            lanes
                .entry(lane.track.clone())
                .and_modify(|known| *known = None)
                .or_insert(Some(index));
        }
        Ok(Self { session, lanes })
    }

    pub fn arrangement(&self) -> &Arrangement {
        &self.session.folder.arrangement
    }

    /// The bus of some tracks. Muted and inactive ones are left out; tracks without audio of their
    /// own (aux, instrument) add nothing here. `channels` are those of the file.
    ///
    /// # Errors
    /// Tracks that are not there, or that do not go straight into so many channels.
    pub fn bus(&self, tracks: &[PlannedTrack], gain_db: f64, channels: u16) -> Result<Bus> {
        let channels = channels.max(2);
        let mut lanes = Vec::new();
        for track in tracks.iter().filter(|track| !track.silent) {
            match self.lanes.get(&track.name) {
                Some(Some(lane)) => {
                    self.goes_straight(*lane, channels)?;
                    lanes.push(*lane);
                }
                Some(None) => {
                    return Err(Error::new(
                        ErrorKind::Job,
                        format!("several tracks are called '{}'", track.name),
                    )
                    .hint("Give them names of their own and plan again"));
                }
                None if self.session.tracks.iter().any(|t| t.name == track.name) => {}
                None => {
                    return Err(changed(format!(
                        "it has no track '{}' any more",
                        track.name
                    )));
                }
            }
        }
        Ok(Bus {
            channels,
            lanes,
            gain_db,
            others: Vec::new(),
        })
    }

    /// Refuses what would have to be panned into more channels than two, or folded into fewer.
    fn goes_straight(&self, lane: usize, channels: u16) -> Result<()> {
        let lane = self.arrangement().lanes.get(lane);
        let Some(lane) = lane.filter(|lane| lane.channels.max(2) != channels) else {
            return Ok(());
        };
        let name = |count| Layout::of(count).unwrap_or_default();
        let text = format!(
            "track '{}' is {} and the file {}: how it is heard there is Pro Tools' own",
            lane.track,
            name(lane.channels),
            name(channels)
        );
        Err(Error::new(ErrorKind::Job, text).hint("Print it with --engine bounce"))
    }

    /// Refuses when an audio file that is heard in the range is missing, before anything is made.
    pub fn check_files(&self, plan: &Plan, buses: &[Bus]) -> Result<()> {
        let arrangement = self.arrangement();
        let mut missing = Vec::new();
        let mut used: Vec<usize> = buses.iter().flat_map(|bus| bus.lanes.clone()).collect();
        used.sort_unstable();
        used.dedup();
        for lane in used.iter().filter_map(|lane| arrangement.lanes.get(*lane)) {
            for clip in lane.clips.iter().filter(|clip| !clip.muted) {
                if clip.end() <= plan.range.start || clip.start >= plan.range.end {
                    continue;
                }
                let Some(file) = arrangement.files.get(clip.file) else {
                    continue;
                };
                if split::files_of(&file.path).is_empty() {
                    missing.push(place(&file.path, &lane.track, plan, clip.start));
                }
            }
        }
        let text = match missing.as_slice() {
            [] => return Ok(()),
            [one] => format!("{one} is missing"),
            [first, ..] => format!("{} clips lack their audio file: {first}, …", missing.len()),
        };
        Err(Error::new(ErrorKind::Media, text)
            .hint("Put the files back where the session has them, or mute the clips"))
    }

    /// A file with the first clip that plays it.
    pub fn first_place(&self, path: &Path, plan: &Plan) -> String {
        let arrangement = self.arrangement();
        let plays = |clip: &&Clip| {
            let file = arrangement.files.get(clip.file);
            !clip.muted && file.is_some_and(|file| file.path == path)
        };
        let clips = arrangement.lanes.iter().flat_map(|lane| {
            let clips = lane.clips.iter().filter(plays);
            clips.map(|clip| (clip.start, lane.track.as_str()))
        });
        match clips.min() {
            Some((start, track)) => place(path, track, plan, start),
            None => format!("'{}'", path.display()),
        }
    }
}

fn place(path: &Path, track: &str, plan: &Plan, start: i64) -> String {
    let (path, at) = (path.display(), plan.ruler.timecode_at(start));
    format!("'{path}' (track '{track}', at {at})")
}

fn changed(what: String) -> Error {
    Error::new(
        ErrorKind::Job,
        format!("the session was changed since the plan was made: {what}"),
    )
    .hint("Make the plan again")
}
