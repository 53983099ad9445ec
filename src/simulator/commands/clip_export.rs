//! ExportClipsAsFiles: the selected clips as WAV files, as they lie in their files, without gain
//! and fades. Also the exports that the simulator lacks: AAF and OMF, transcriptions.

use std::path::PathBuf;

use crate::model::stem::BitDepth;
use crate::model::{Range, file_name};
use crate::ptsl::wire::{
    self, CommandErrorType as Kind, CommandId, ExportClipsAsFilesRequestBody, ExportFileType,
    ExportFormat, ResolveDuplicateNamesBy,
};

use super::bring::{Bringer, Cut};
use super::files::place;
use super::import::bits;
use super::read;
use crate::simulator::work::{Change, Work};
use crate::simulator::world::clips::{Listed, channel_tail};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// The folder of the export. A path of the old Mac form must end with its colon.
fn folder(text: &str) -> Outcome<PathBuf> {
    let text = text.trim();
    let is_hfs = !text.contains(['/', '\\']) && text.contains(':');
    if is_hfs && !text.ends_with(':') {
        return Err(Failure::new(
            Kind::PtUnknownError,
            "The path of a folder must end with ':'.",
        ));
    }
    place(text)
}

/// The selected clips, each piece of a file once.
fn selected(session: &OpenSession) -> Outcome<Vec<Listed>> {
    let Range { start, end } = session.edit_range();
    if start >= end {
        return Err(Failure::new(
            Kind::PtNoSelection,
            "Nothing is selected on the timeline.",
        ));
    }
    let mut found: Vec<Listed> = Vec::new();
    for (strip, at) in session.selected_clips() {
        let lane = session.strips.get(strip).and_then(|strip| strip.lane);
        let lane = lane.and_then(|at| session.arrangement.lanes.get(at));
        let clip = lane.and_then(|lane| lane.clips.get(at));
        let listed = clip.and_then(|clip| session.clips.line_of(&session.arrangement, clip));
        if let Some(listed) = listed.filter(|listed| !found.contains(listed)) {
            found.push(listed.clone());
        }
    }
    if found.is_empty() {
        return Err(Failure::new(
            Kind::PtNoClipsFound,
            "No whole clip is selected.",
        ));
    }
    Ok(found)
}

fn depth(session: &OpenSession, request: &ExportClipsAsFilesRequestBody) -> BitDepth {
    match request.bit_depth() {
        wire::BitDepth::Bit16 => BitDepth::Int16,
        wire::BitDepth::Bit24 => BitDepth::Int24,
        wire::BitDepth::Bit32Float => BitDepth::Float32,
        _ => bits(session),
    }
}

/// What the request asks for that the simulator cannot write.
fn check(session: &OpenSession, request: &ExportClipsAsFilesRequestBody) -> Outcome<()> {
    if !matches!(
        request.file_type(),
        ExportFileType::Wav | ExportFileType::EfTypeUnknown
    ) {
        return Err(Failure::cannot("The simulator exports WAV files only."));
    }
    let rate = i64::from(request.sample_rate_custom);
    if rate != 0 && rate != i64::from(session.info.sample_rate) {
        return Err(Failure::cannot(format!(
            "The simulator exports at the session's {} Hz only.",
            session.info.sample_rate
        )));
    }
    Ok(())
}

/// One clip's files.
fn write(
    bringer: &mut Bringer<'_>,
    listed: &Listed,
    format: ExportFormat,
    replace: bool,
) -> Outcome<()> {
    let piece = &listed.piece;
    let name = file_name::sanitize(&listed.name, 200);
    let cut = Cut {
        offset: piece.offset,
        frames: piece.length,
    };
    match (format, listed.channels) {
        (ExportFormat::EfMono, 2) => {
            let sum = |frame: &[f64], out: &mut Vec<f64>| out.push(frame.iter().sum::<f64>() / 2.0);
            bringer.cut(&piece.file, cut, &name, replace, 1, sum)?;
        }
        (ExportFormat::EfMultipleMono, 2) => {
            for channel in 0..2_u16 {
                let name = format!("{name}{}", channel_tail(2, channel));
                let one = |frame: &[f64], out: &mut Vec<f64>| {
                    out.extend(frame.get(usize::from(channel)));
                };
                bringer.cut(&piece.file, cut, &name, replace, 1, one)?;
            }
        }
        (_, channels) => {
            let all = |frame: &[f64], out: &mut Vec<f64>| out.extend_from_slice(frame);
            bringer.cut(&piece.file, cut, &name, replace, channels, all)?;
        }
    }
    Ok(())
}

fn export(world: &mut World, body: &str) -> Outcome<Work> {
    let request: ExportClipsAsFilesRequestBody = read("ExportClipsAsFilesRequestBody", body)?;
    let fence = world.fence.clone();
    let session = world.session()?;
    let folder = fence.write(folder(&request.file_path)?)?;
    check(session, &request)?;
    let clips = selected(session)?;
    let format = match request.format() {
        ExportFormat::EFormatUnknown | ExportFormat::EfNone if !session.info.interleaved => {
            ExportFormat::EfMultipleMono
        }
        format => format,
    };
    let replace = request.duplicate_names() == ResolveDuplicateNamesBy::ReplacingWithNewFiles;
    let (rate, bits) = (session.info.sample_rate, depth(session, &request));
    Ok(Work::reporting(move |stop, progress| {
        if !folder.is_dir() {
            return Err(Failure::new(
                Kind::OsNoLocationFound,
                format!("There is no folder '{}'.", folder.display()),
            ));
        }
        let mut bringer = Bringer::new(folder, rate, bits, stop);
        for (index, listed) in clips.iter().enumerate() {
            progress.at(index as u64, clips.len() as u64);
            write(&mut bringer, listed, format, replace)?;
        }
        Ok(Change::none(None).wrote(bringer.keep()))
    }))
}

/// Work for commands of this room, `None` for all others.
pub fn prepare(world: &mut World, command: CommandId, body: &str) -> Outcome<Option<Work>> {
    match command {
        CommandId::ExportClipsAsFiles => export(world, body).map(Some),
        CommandId::ExportSelectedTracksAsAafomf => {
            let _: wire::ExportSelectedTracksAsAafomfRequestBody =
                read("ExportSelectedTracksAsAAFOMFRequestBody", body)?;
            if !world.session()?.strips.iter().any(|strip| strip.selected) {
                return Err(Failure::new(
                    Kind::PtNoTracksFound,
                    "No track is selected for the export.",
                ));
            }
            // Pro Tools opens a folder dialog and blocks; there is nobody here to close it.
            Err(Failure::cannot(
                "The export asks for a folder in a dialog, and this Pro Tools has no screen.",
            ))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_old_mac_form_end_with_a_colon() {
        for (text, expected) in [
            ("Macintosh HD:Users:a:", Ok("/Users/a")),
            ("Macintosh HD:Users:a", Err(Kind::PtUnknownError)),
            ("/tmp/a/", Ok("/tmp/a")),
            ("/tmp/a", Ok("/tmp/a")),
            ("a", Err(Kind::OsNoLocationFound)),
        ] {
            let found = folder(text).map_err(|failure| failure.kind);
            let expected = expected.map(PathBuf::from);
            assert_eq!(found, expected, "{text}");
        }
    }
}
