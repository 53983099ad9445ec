//! The tracks that a plan names, found in the session as it is now, and what keeps them from being
//! printed.

use std::collections::{HashMap, HashSet};

use crate::error::{Error, ErrorKind, Result};
use crate::model::plan::PlannedTrack;
use crate::model::text::nearest;
use crate::model::{Finding, Level, Track, TrackId};

/// Tracks by id and by name.
pub struct Known<'a> {
    ids: HashMap<&'a TrackId, &'a Track>,
    /// `None` where several share the name.
    names: HashMap<&'a str, Option<&'a Track>>,
}

impl<'a> Known<'a> {
    pub fn of(tracks: &'a [Track]) -> Self {
        let mut names = HashMap::new();
        for track in tracks {
            names
                .entry(track.name.as_str())
                .and_modify(|known| *known = None)
                .or_insert(Some(track));
        }
        let with_id = tracks.iter().filter(|track| !track.id.0.is_empty());
        Self {
            ids: with_id.map(|track| (&track.id, track)).collect(),
            names,
        }
    }

    pub fn find(&self, planned: &PlannedTrack) -> Result<&'a Track> {
        if let Some(track) = self.ids.get(&planned.id) {
            return Ok(track);
        }
        match self.names.get(planned.name.as_str()) {
            Some(Some(track)) => Ok(track),
            Some(None) => Err(ambiguous(&planned.name)),
            None => {
                let error = Error::new(
                    ErrorKind::Job,
                    format!("the session has no track '{}' any more", planned.name),
                );
                Err(match nearest(&planned.name, self.names.keys().copied()) {
                    Some(near) => {
                        error.hint(format!("The nearest is '{near}'; make the plan again"))
                    }
                    None => error.hint("Make the plan again"),
                })
            }
        }
    }
}

pub fn ambiguous(name: &str) -> Error {
    Error::new(
        ErrorKind::Job,
        format!("several tracks are called '{name}', and Pro Tools would change all of them"),
    )
    .hint("Give them names of their own, or let the job do it: --rename-duplicates")
}

pub fn unique(touched: &HashSet<&str>, tracks: &[Track]) -> Result<()> {
    let mut seen = HashSet::new();
    for track in tracks {
        if touched.contains(track.name.as_str()) && !seen.insert(track.name.as_str()) {
            return Err(ambiguous(&track.name));
        }
    }
    Ok(())
}

const INACTIVE: &str = "inactive";

/// Why Pro Tools would leave a track out of a bounce whatever its solo and mute say.
pub fn left_out(track: &Track) -> Option<&'static str> {
    if track.record_enabled {
        Some("record-armed")
    } else if track.input_monitoring {
        Some("monitoring its input")
    } else if track.inactive.is_set() {
        Some(INACTIVE)
    } else {
        None
    }
}

pub fn ready_to_print(track: &Track) -> Result<()> {
    let Some(what) = left_out(track).filter(|what| *what != INACTIVE) else {
        return Ok(());
    };
    Err(Error::new(
        ErrorKind::Job,
        format!(
            "'{}' is {what}: Pro Tools leaves it out of a bounce",
            track.name
        ),
    )
    .hint("Switch it off and print again"))
}

pub fn changed_since(track: &Track, audible: bool) -> Finding {
    let now = if audible { "audible" } else { "silent" };
    Finding::new(
        Level::Warning,
        "changed_since_plan",
        format!(
            "'{}' is {now} now, and was not when the plan was made",
            track.name
        ),
    )
    .track(track.name.clone())
    .fix("Make the plan again if the change was not meant")
}

pub fn safe_return(track: &Track) -> Finding {
    Finding::new(
        Level::Warning,
        "solo_safe_return",
        format!(
            "'{}' is solo-safe: it sounds in every stem, not only in its own",
            track.name
        ),
    )
    .track(track.name.clone())
    .fix("Take it out of the stem, or switch its solo-safe off")
}
