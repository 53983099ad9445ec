//! RenameSelectedClip and RenameTargetClip. A clip's new name goes to every place where the clip
//! lies. The file is renamed with it only where the clip is the whole file, as in Pro Tools: as a
//! copy under the new name in the session's Audio Files, since a file here may belong to somebody
//! else's session, and an undo needs the old one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::read;
use crate::audio::resample;
use crate::media::probe;
use crate::model::clip::SourceFile;
use crate::model::{Clip, file_name};
use crate::platform::atomic;
use crate::ptsl::wire::{self, CommandErrorType as Kind};
use crate::simulator::work::{Change, Work, refused};
use crate::simulator::world::clips::{Listed, Piece, channel_tail};
use crate::simulator::world::edit::no_clips;
use crate::simulator::world::{Failure, OpenSession, Outcome};

/// RenameSelectedClip: the one clip that lies wholly in the edit selection. The simulator has no
/// selection of its own in the clip list: there too it is the one of the timeline.
pub fn selected(session: &mut OpenSession, body: &str) -> Outcome<Work> {
    let request: wire::RenameSelectedClipRequestBody = read("RenameSelectedClipRequestBody", body)?;
    let selected = session.selected()?;
    let list = session.clip_list();
    let mut found: Vec<Listed> = Vec::new();
    for track in selected.tracks {
        let clips = session.lane(track).map_or(&[][..], |lane| &lane.clips);
        let inside = clips
            .iter()
            .filter(|clip| clip.start >= selected.range.start && clip.end() <= selected.range.end);
        for line in inside.filter_map(|clip| list.line_of(&session.arrangement, clip)) {
            if !found.contains(line) {
                found.push(line.clone());
            }
        }
    }
    match found.as_slice() {
        [] => Err(no_clips()),
        [clip] => rename(session, clip, &request.new_name, request.rename_file),
        _ => Err(Failure::cannot("Several clips are selected: select one.")),
    }
}

/// RenameTargetClip: the clip of that name in the clip list.
pub fn target(session: &mut OpenSession, body: &str) -> Outcome<Work> {
    let request: wire::RenameTargetClipRequestBody = read("RenameTargetClipRequestBody", body)?;
    let list = session.clip_list();
    let wanted = request.clip_name.as_str();
    let is_wanted = |line: &&Listed| {
        let tails = (0..line.channels).map(|channel| channel_tail(line.channels, channel));
        line.name == wanted
            || tails
                .filter(|tail| !tail.is_empty())
                .any(|tail| wanted.strip_suffix(&*tail) == Some(&line.name))
    };
    let Some(line) = list.items().iter().find(is_wanted) else {
        return Err(Failure::new(
            Kind::PtNoClipsFound,
            format!("There is no clip named '{wanted}'."),
        ));
    };
    rename(session, line, &request.new_name, request.rename_file)
}

fn check_name(session: &OpenSession, name: &str) -> Outcome<()> {
    if name.trim().is_empty() {
        return Err(Failure::invalid("A clip needs a name."));
    }
    if name.len() > 255 {
        return Err(Failure::new(
            Kind::OsCharactersLimit,
            "The name of the clip is too long.",
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(Failure::new(
            Kind::OsIllegalCharacters,
            "The name of a clip cannot hold control characters.",
        ));
    }
    if session
        .clip_list()
        .items()
        .iter()
        .any(|line| line.name == name)
    {
        return Err(Failure::new(
            Kind::OsDuplicateName,
            format!("There is a clip named '{name}' already."),
        ));
    }
    Ok(())
}

fn rename(session: &OpenSession, line: &Listed, name: &str, with_file: bool) -> Outcome<Work> {
    check_name(session, name)?;
    if with_file && file_name::sanitize(name, 200) != name {
        return Err(Failure::new(
            Kind::OsIllegalCharacters,
            format!("'{name}' cannot be the name of a file."),
        ));
    }
    let (piece, name) = (line.piece.clone(), name.to_owned());
    let rate = session.arrangement.sample_rate;
    let folder = session.folder.join("Audio Files");
    Ok(Work::new(move |_| {
        let file = if with_file && is_whole(&piece, rate) {
            Some(copy(&piece.file, &folder, &name)?)
        } else {
            None
        };
        Ok(Change::new(move |world| {
            super::install(world, "Rename Clip", |session| {
                carry_out(session, piece, &name, file);
            });
            None
        }))
    }))
}

fn is_whole(piece: &Piece, sample_rate: u32) -> bool {
    let info = probe::probe(&piece.file).ok();
    let length = info.and_then(|info| {
        let frames = info.frames?;
        Some(resample::length(frames, info.sample_rate, sample_rate))
    });
    piece.offset == 0 && length.is_some_and(|length| length <= piece.length)
}

/// Copies the file under its new name; refuses one that is taken.
fn copy(file: &Path, folder: &Path, name: &str) -> Outcome<PathBuf> {
    let failed = |error: std::io::Error| refused(&format!("The file of '{name}'"), &error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut new = folder.join(name).into_os_string();
    if let Some(extension) = file.extension() {
        new.push(".");
        new.push(extension);
    }
    let new = PathBuf::from(new);
    let aside = folder.join(format!(".{}.part", uuid::Uuid::new_v4()));
    let aside = tempfile::TempPath::try_from_path(aside)
        .map_err(|error| refused("The clip cannot be written", &error))?;
    std::fs::copy(file, &aside).map_err(failed)?;
    atomic::publish(&aside, &new, false).map_err(failed)?;
    Ok(new)
}

/// Names all clips of the piece, in all playlists and in the clip list.
fn carry_out(session: &mut OpenSession, from: Piece, name: &str, file: Option<PathBuf>) {
    let arrangement = Arc::make_mut(&mut session.arrangement);
    let is_file = |known: &SourceFile| *known.path == *from.file;
    let files: Vec<bool> = arrangement.files.iter().map(is_file).collect();
    let is_piece = |clip: &Clip| {
        files.get(clip.file).copied().unwrap_or(false)
            && (clip.offset, clip.length) == (from.offset, from.length)
            && clip.name == from.name
    };
    for lane in &mut arrangement.lanes {
        let others = lane.alternates.iter_mut().flat_map(|list| &mut list.clips);
        for clip in lane.clips.iter_mut().chain(others).filter(|c| is_piece(c)) {
            name.clone_into(&mut clip.name);
        }
    }
    session.clips.rename(&from, name);
    let Some(new) = file else { return };
    for source in arrangement
        .files
        .iter_mut()
        .filter(|f| *f.path == *from.file)
    {
        source.name = new.display().to_string();
        source.path.clone_from(&new);
    }
    session.clips.move_file(&from.file, &new);
}
