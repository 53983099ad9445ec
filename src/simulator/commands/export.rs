//! ExportMix and its list of mix sources: which sources, which range, which files. The sound is
//! `sound`'s. Refuses unknown sources, empty ranges and formats that it cannot write.

use serde_json::json;

use crate::model::file_name::sanitize;
use crate::model::routing::PathKind;
use crate::model::{Layout as Channels, TrackKind};
use crate::ptsl::wire::{
    self, CommandErrorType as Kind, EmDeliveryFormat, EmSourceType, ExportMixRequestBody,
};

use super::{delivery, import, read};
use crate::simulator::answer::Body;
use crate::simulator::sound::graph::{Source, graph};
use crate::simulator::sound::print::{Job, Layout, Output};
use crate::simulator::work::Work;
use crate::simulator::world::routing::Place;
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// The mix sources of a type: outputs; busses and the routing folders, which are busses too. The
/// physical outputs are those that the outputs are patched to; there is no renderer.
fn sources(session: &OpenSession, kind: EmSourceType) -> Vec<(&str, Place)> {
    let wanted = match kind {
        EmSourceType::EmsTypeBus => PathKind::Bus,
        EmSourceType::EmsTypeRenderer => return Vec::new(),
        _ => PathKind::Output,
    };
    let paths = session.paths.iter().enumerate();
    let mut found: Vec<(&str, Place)> = paths
        .filter(|(_, path)| path.kind == wanted)
        .map(|(index, path)| (&*path.name, Place::Path(index)))
        .collect();
    if wanted == PathKind::Bus {
        for (index, strip) in session.strips.iter().enumerate() {
            let name = &*strip.track.name;
            let is_new = !found.iter().any(|(known, _)| *known == name);
            if strip.track.kind == TrackKind::RoutingFolder && is_new {
                found.push((name, Place::Folder(index)));
            }
        }
    }
    found
}

/// GetExportMixSourceList.
pub fn source_list(world: &mut World, body: &str) -> Outcome<Body> {
    let request: wire::GetExportMixSourceListRequestBody =
        read("GetExportMixSourceListRequestBody", body)?;
    let list = sources(world.session()?, request.r#type());
    let names: Vec<&str> = list.into_iter().map(|(name, _)| name).collect();
    Ok(Some(json!({ "source_list": names })))
}

/// The mix source of that name and type, or what PTSL answers to a wrong one. The name may carry
/// its format behind it.
fn source<'a>(session: &'a OpenSession, wanted: &wire::EmSourceInfo) -> Outcome<(&'a str, Place)> {
    let name = wanted.name.trim();
    let plain = name
        .strip_suffix(" (Stereo)")
        .or_else(|| name.strip_suffix(" (Mono)"))
        .unwrap_or(name);
    let known = sources(session, wanted.source_type());
    let find = |name: &str| known.iter().find(|(known, _)| *known == name).copied();
    find(name)
        .or_else(|| find(plain))
        .ok_or_else(|| Failure::invalid(format!("The required mix source '{name}' was not found.")))
}

/// The sources with the names of their files.
fn outputs(
    session: &OpenSession,
    request: &ExportMixRequestBody,
) -> Outcome<(Vec<Source>, Vec<Output>)> {
    let wanted: Vec<_> = [&request.mix_source_list, &request.files_list]
        .into_iter()
        .flatten()
        .collect();
    if wanted.is_empty() {
        return Err(Failure::invalid("The required mix source was not found."));
    }
    let name = delivery::file_name(&request.file_name)?;
    let audio = request.audio_info.unwrap_or_default();
    let is_single = audio.delivery_format() != EmDeliveryFormat::EmDfFilePerMixSource;
    if is_single && wanted.len() > 1 {
        return Err(Failure::invalid(
            "Several mix sources cannot go into a single file.",
        ));
    }
    let mut places: Vec<Source> = Vec::new();
    let mut outputs: Vec<Output> = Vec::new();
    for wanted in wanted {
        let (source, place) = source(session, wanted)?;
        let name = match is_single {
            true => name.clone(),
            false => delivery::file_name(&format!("{name} ({})", sanitize(source, 120)))?,
        };
        if outputs.iter().any(|output| output.name == name) {
            return Err(Failure::invalid(format!(
                "The mix source '{source}' was asked for twice."
            )));
        }
        let is_mono = matches!(place, Place::Path(index)
            if session.paths.get(index).is_some_and(|path| path.layout == Channels::Mono));
        outputs.push(Output {
            name,
            layout: if is_mono {
                Layout::Mono
            } else {
                delivery::layout(audio)
            },
        });
        places.push(Source::Place(place));
    }
    Ok((places, outputs))
}

/// Checks everything that can be checked without the disk.
pub fn prepare(world: &mut World, body: &str) -> Outcome<Work> {
    let request: ExportMixRequestBody = read("ExportMixRequestBody", body)?;
    world.session()?.transport.stop();
    let world = &*world;
    let session = world.session.as_ref().ok_or_else(Failure::no_session)?;
    let container = delivery::container(request.file_type())?;
    let (places, files) = outputs(session, &request)?;
    let range = delivery::range(session, &request.start_time, &request.end_time)?;
    let range = range.ok_or_else(|| {
        Failure::new(
            Kind::PtNoSelection,
            "There is nothing to bounce: the timeline selection is empty.",
        )
    })?;
    let location = request.location_info.clone().unwrap_or_default();
    let audio = request.audio_info.unwrap_or_default();
    let spec = delivery::spec(session, audio, range, container)?;
    let imports = delivery::imports(session, &location, range, spec.sample_rate)?;
    let job = Job {
        range,
        directory: delivery::directory(&world.fence, session, &location)?,
        session_folder: session.folder.clone(),
        files,
        spec,
        container,
        taken: world.taken_names,
        graph: graph(session, &places),
    };
    Ok(Work::reporting(move |stop, progress| {
        let files = job.run(stop, progress)?;
        import::after_bounce(files, imports.then_some(range.start), None)
    }))
}
