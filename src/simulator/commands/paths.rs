//! Signal paths: CreateSignalPath and SetTrackMainOutputAssignments. Refuses what this mixer has
//! not: inputs, renderers, paths of a layout that it does not know.

use crate::model::routing::{PathKind, SignalPath};
use crate::model::{Layout, Now};
use crate::ptsl::wire::{self, CommandErrorType as Kind, CommandId, SignalPathType, StemFormat};

use super::read;
use crate::simulator::answer::{self, Body};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

fn stem_format(layout: Layout) -> StemFormat {
    match layout {
        Layout::Mono => StemFormat::SFormatMono,
        Layout::Stereo => StemFormat::SFormatStereo,
        Layout::Lcr => StemFormat::SFormatLcr,
        Layout::Quad => StemFormat::SFormatQuad,
        Layout::Five0 => StemFormat::SFormat50,
        Layout::Five1 => StemFormat::SFormat51,
        Layout::Seven0 => StemFormat::SFormat70,
        Layout::Seven1 => StemFormat::SFormat71,
    }
}

fn create(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::CreateSignalPathRequestBody = read("CreateSignalPathRequestBody", body)?;
    let kind = match request.signalpath_type() {
        SignalPathType::SpTypeOutput => PathKind::Output,
        SignalPathType::SpTypeBus => PathKind::Bus,
        _ => return Err(Failure::cannot("Only outputs and busses can be created.")),
    };
    let layout = match request.signalpath_format() {
        StemFormat::SFormatUnknown => Some(Layout::Stereo),
        format => Layout::ALL.into_iter().find(|l| stem_format(*l) == format),
    };
    let layout = layout.ok_or_else(|| {
        Failure::cannot("The simulator's mixer has no paths of this format: mono, stereo, LCR, quad, 5.0, 5.1, 7.0 and 7.1 it has.")
    })?;
    let id = session.create_path(SignalPath {
        layout,
        ..SignalPath::stereo(request.signalpath_name.trim(), kind)
    })?;
    answer::body(
        "CreateSignalPathResponseBody",
        &wire::CreateSignalPathResponseBody {
            signalpath_info: Some(wire::SignalPathInfo {
                id,
                name: request.signalpath_name.trim().to_owned(),
                r#type: request.signalpath_type,
                format: stem_format(layout) as i32,
                is_active: true,
                in_use: false,
            }),
        },
    )
}

fn assign(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::SetTrackMainOutputAssignmentsRequestBody =
        read("SetTrackMainOutputAssignmentsRequestBody", body)?;
    if request.track_ids.is_empty() == request.track_names.is_empty() {
        return Err(Failure::invalid(
            "Either track ids or track names must be given.",
        ));
    }
    let position = |text: &String, is_it: &dyn Fn(&crate::model::Track) -> bool| {
        let found = session.strips.iter().position(|s| is_it(&s.track));
        found.ok_or_else(|| {
            Failure::new(
                Kind::PtNoTrackFound,
                format!("The track '{text}' was not found."),
            )
        })
    };
    let by_id = request.track_ids.iter();
    let by_id = by_id.map(|id| position(id, &|track| track.id.0.eq_ignore_ascii_case(id)));
    let by_name = request.track_names.iter();
    let by_name = by_name.map(|name| position(name, &|track| track.name == *name));
    let tracks = by_id.chain(by_name).collect::<Outcome<Vec<usize>>>()?;
    session.assign_outputs(&tracks, &request.signalpath_ids)?;
    Ok(None)
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    let run: fn(&mut OpenSession, &str) -> Outcome<Body> = match command {
        CommandId::CIdCreateSignalPath => create,
        CommandId::CIdSetTrackMainOutputAssignments => assign,
        _ => return None,
    };
    Some(world.session().and_then(|session| run(session, body)))
}
