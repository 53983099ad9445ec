//! Whether a session folder says what the open session plays. One call, which tells the places of
//! all clips; what it does not tell, or not at once, is let pass.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::import::text_export::{self, TextExport, Times};
use crate::model::{Arrangement, Lane, Plan, Ruler, text};
use crate::ptsl::client::Client;

/// A render needs no Pro Tools, so it does not wait long for one.
const PATIENCE: Duration = Duration::from_secs(5);

/// Start, end and mute of the clips of a lane, in the order of time.
type Places = Vec<(i64, i64, bool)>;

/// Refuses a plan whose tracks were edited since the session was saved.
pub(super) async fn check(plan: &Plan, folder: &Arrangement, client: &Client) -> Result<()> {
    let asked = tokio::time::timeout(PATIENCE, client.export_session_text()).await;
    let Ok(Ok(told)) = asked else {
        return Ok(());
    };
    let export = text_export::parse(&told.replace("\r\n", "\n"));
    let planned = plan.files().flat_map(|stem| &stem.tracks);
    let planned = planned.chain(&plan.mix_tracks).filter(|t| !t.silent);
    let planned: HashSet<&str> = planned.map(|track| track.name.as_str()).collect();
    let Some(track) = edited(folder, &export, plan.ruler, &planned) else {
        return Ok(());
    };
    let text = format!(
        "the session was edited since it was saved: its folder has other clips on track '{}'",
        text::fit(track, 60)
    );
    Err(Error::new(ErrorKind::Job, text).hint("Save the session and make the plan again"))
}

/// The first of these tracks whose clips lie elsewhere in the export than in the folder.
fn edited<'a>(
    folder: &'a Arrangement,
    export: &TextExport,
    ruler: Ruler,
    tracks: &HashSet<&str>,
) -> Option<&'a str> {
    let times = Times::of(export, ruler);
    if times.unit() > 0 {
        return None;
    }
    let mut now: HashMap<&str, Option<Places>> = HashMap::new();
    for block in &export.tracks {
        let (clips, lost) = text_export::clips(block, &times);
        let heard = clips.iter().filter(|c| c.place.end > c.place.start);
        let places = heard.map(|c| (c.place.start, c.place.end, c.muted));
        let places = lost.is_empty().then(|| sorted(places.collect()));
        now.entry(&block.name)
            .and_modify(|known| *known = None)
            .or_insert(places);
    }
    let differs = |lane: &&Lane| {
        let Some(Some(now)) = now.get(lane.track.as_str()) else {
            return false;
        };
        let clips = lane.clips.iter().filter(|clip| clip.length > 0);
        let saved: Places = clips.map(|c| (c.start, c.end(), c.muted)).collect();
        // Places before the session are not told.
        saved.iter().all(|(start, ..)| *start >= 0) && sorted(saved) != *now
    };
    let mut lanes = folder.lanes.iter();
    let lane = lanes.find(|lane| tracks.contains(lane.track.as_str()) && differs(lane))?;
    Some(&lane.track)
}

fn sorted(mut places: Places) -> Places {
    places.sort_unstable();
    places
}
