//! The plan as scripts read it (`stems plan --json`).

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::model::Plan;
use crate::model::plan::PlannedTrack;

/// `{schema, session, engine, stems[{name, type, file, files, tracks, engine, way, bits, channels}], mix,
/// versions, coverage, matrix[{track, stems, state}], findings, range, bytes, scratch_bytes, seconds}`. Names are as the session has them.
pub fn report(plan: &Plan) -> Value {
    let stem = |stem: &crate::model::plan::PlannedStem| {
        json!({
            "name": stem.name,
            "type": stem.kind,
            "file": stem.file,
            "files": stem.written().collect::<Vec<_>>(),
            "tracks": stem.tracks.iter().map(|track| &track.name).collect::<Vec<_>>(),
            "engine": stem.engine,
            "way": stem.way,
            "why": stem.why,
            "source": stem.source,
            "format": stem.format,
            "bits": stem.bits.bits(),
            "channels": stem.channel_count,
            "gain_db": stem.gain_db,
            "formula": stem.formula.as_ref().map(|formula| &formula.text),
        })
    };
    let tc = |sample| plan.ruler.timecode_at(sample).to_string();
    json!({
        "schema": 1,
        "session": plan.session,
        "engine": plan.engine,
        "dir": plan.output.dir.display().to_string(),
        "rate": plan.output.rate,
        "stems": plan.stems.iter().map(stem).collect::<Vec<_>>(),
        "mix": plan.mix.as_ref().map(stem),
        "versions": plan.versions.iter().map(stem).collect::<Vec<_>>(),
        "returns": plan.returns.iter().map(|track| &track.name).collect::<Vec<_>>(),
        "coverage": {
            "orphans": plan.coverage.orphans,
            "doubles": plan.coverage.doubles,
            "ignored": plan.coverage.ignored,
        },
        "matrix": matrix(plan)
            .iter()
            .map(|place| {
                let names = place.stems.iter().filter_map(|stem| plan.stems.get(*stem));
                let names: Vec<_> = names.map(|stem| &stem.name).collect();
                json!({ "track": place.track, "stems": names, "state": place.state })
            })
            .collect::<Vec<_>>(),
        "findings": plan.findings,
        "range": {
            "start": plan.range.start,
            "end": plan.range.end,
            "timecode": [tc(plan.range.start), tc(plan.range.end)],
        },
        "bytes": plan.bytes,
        "scratch_bytes": plan.scratch_bytes,
        "seconds": plan.seconds,
    })
}

/// A track of the session and where a plan puts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'p> {
    pub track: &'p str,
    /// Places in [`Plan::stems`].
    pub stems: Vec<usize>,
    pub state: &'static str,
}

/// Every sounding track of the mix in the order of the session, then the others that stand in a stem, then
/// those that are ignored. States: `stem`, `double`, `orphan`, `return`, `ignored`.
pub fn matrix(plan: &Plan) -> Vec<Place<'_>> {
    let mut stems: HashMap<Mark<'_>, Vec<usize>> = HashMap::new();
    for (place, stem) in plan.stems.iter().enumerate() {
        for track in &stem.tracks {
            stems.entry(mark(track)).or_default().push(place);
        }
    }
    let returns: HashSet<Mark<'_>> = plan.returns.iter().map(mark).collect();
    let mut seen = HashSet::new();
    let in_stems = plan.stems.iter().flat_map(|stem| &stem.tracks);
    let tracks = plan.mix_tracks.iter().chain(in_stems);
    let mut places: Vec<Place<'_>> = tracks
        .filter(|track| seen.insert(mark(track)))
        .map(|track| {
            let stems = stems.remove(&mark(track)).unwrap_or_default();
            let state = match stems.len() {
                _ if returns.contains(&mark(track)) => "return",
                0 => "orphan",
                1 => "stem",
                _ => "double",
            };
            Place {
                track: &track.name,
                stems,
                state,
            }
        })
        .collect();
    places.extend(plan.coverage.ignored.iter().map(|track| Place {
        track,
        stems: Vec::new(),
        state: "ignored",
    }));
    places
}

/// What tells a track from others.
type Mark<'p> = (&'p str, &'p str);

fn mark(track: &PlannedTrack) -> Mark<'_> {
    match track.id.0.as_str() {
        "" => ("", &track.name),
        id => (id, ""),
    }
}
