//! BounceTrack: one track by itself, behind its own fader if volume is to be rendered, whatever is
//! muted or soloed. Refuses ids that are none, tracks without sound of their own, and formats that
//! it cannot write.
//!
//! The file is named by the prefix (the track's name where there is none), stereo ones with `-St`
//! behind it. A VCA master is bounced with success and without files, as Pro Tools does.

use serde_json::json;

use crate::model::TrackKind;
use crate::model::file_name::sanitize;
use crate::ptsl::wire::{BounceTrackRequestBody, CommandErrorType as Kind};

use super::{delivery, import, read};
use crate::simulator::sound::graph::{Source, graph};
use crate::simulator::sound::print::{Job, Layout, Output};
use crate::simulator::work::{Change, Work};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// Index of the track with this id, braces included.
fn track(session: &OpenSession, id: &str) -> Outcome<usize> {
    let id = id.trim();
    let is_one = id.starts_with('{')
        && id.ends_with('}')
        && id.trim_matches(['{', '}']).split('-').count() == 4;
    if !is_one {
        return Err(Failure::invalid("Could not parse Sys_TrackUID."));
    }
    let strips = &session.strips;
    strips
        .iter()
        .position(|strip| strip.track.id.0.eq_ignore_ascii_case(id))
        .ok_or_else(|| Failure::new(Kind::PtNoTrackFound, format!("There is no track {id}.")))
}

/// Whether there is something to bounce; `false` for a VCA master.
fn check(session: &OpenSession, index: usize) -> Outcome<bool> {
    let Some(strip) = session.strips.get(index) else {
        return Ok(false);
    };
    let track = &strip.track;
    match track.kind {
        TrackKind::Vca => return Ok(false),
        kind if kind.is_sounding() || kind == TrackKind::RoutingFolder => {}
        _ => {
            return Err(Failure::new(
                Kind::PtForbiddenTrackType,
                format!("The track '{}' has no sound to bounce.", track.name),
            ));
        }
    }
    if track.inactive.is_set() {
        return Err(Failure::cannot(format!(
            "The track '{}' is inactive.",
            track.name
        )));
    }
    Ok(true)
}

fn output(
    session: &OpenSession,
    index: usize,
    request: &BounceTrackRequestBody,
) -> Outcome<Output> {
    let track = session.strips.get(index).map(|strip| &strip.track);
    let (name, channels) = track.map_or(("", 2), |track| (&*track.name, track.channels));
    let pan = request.automation_options.unwrap_or_default();
    let layout = match delivery::layout(request.audio_info.unwrap_or_default()) {
        // Without its pan a mono track stays mono.
        _ if channels == 1 && !pan.render_pan_automation => Layout::Mono,
        layout => layout,
    };
    let prefix = request.file_name_prefix.trim();
    let name = match prefix {
        "" => sanitize(name, 200),
        prefix => prefix.to_owned(),
    };
    let tail = if layout == Layout::Interleaved {
        "-St"
    } else {
        ""
    };
    Ok(Output {
        name: delivery::file_name(&format!("{name}{tail}"))?,
        layout,
    })
}

/// Checks everything that can be checked without the disk.
pub fn prepare(world: &mut World, body: &str) -> Outcome<Work> {
    let request: BounceTrackRequestBody = read("BounceTrackRequestBody", body)?;
    world.session()?.transport.stop();
    let world = &*world;
    let session = world.session.as_ref().ok_or_else(Failure::no_session)?;
    let index = track(session, &request.src_track_id)?;
    let container = delivery::container(request.file_type())?;
    let range = delivery::range(session, &request.in_location, &request.out_location)?;
    let range = range.ok_or_else(|| {
        Failure::new(
            Kind::PtNoSelection,
            "There is no content on the timeline to bounce: the selection is empty.",
        )
    })?;
    if !check(session, index)? {
        return Ok(Work::new(|_| {
            Ok(Change::none(Some(json!({ "file_paths": [] }))))
        }));
    }
    let what = request.automation_options.unwrap_or_default();
    let source = Source::Strip {
        index,
        volume: what.render_volume_automation,
        pan: what.render_pan_automation,
    };
    let location = request.location_info.clone().unwrap_or_default();
    let audio = request.audio_info.unwrap_or_default();
    let spec = delivery::spec(session, audio, range, container)?;
    let imports = delivery::imports(session, &location, range, spec.sample_rate)?;
    let job = Job {
        range,
        directory: delivery::directory(&world.fence, session, &location)?,
        session_folder: session.folder.clone(),
        files: vec![output(session, index, &request)?],
        spec,
        container,
        taken: world.taken_names,
        graph: graph(session, &[source]),
    };
    Ok(Work::reporting(move |stop, progress| {
        let files = job.run(stop, progress)?;
        let paths: Vec<String> = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let body = json!({ "file_paths": paths });
        import::after_bounce(files, imports.then_some(range.start), Some(body))
    }))
}
