//! Editing on the timeline: undo and redo, the clipboard, trimming, groups, repetition, selection,
//! renaming. What needs audio files (consolidating, crossfades, renaming on disk) is prepared for a
//! blocking thread.

mod consolidate;
mod fades;
mod rename;

use serde_json::json;

use super::read;
use crate::model::Now;
use crate::ptsl::wire::{self, CommandId, PasteSpecialOptions};
use crate::simulator::answer::{self, Body};
use crate::simulator::work::Work;
use crate::simulator::world::splice::Rules;
use crate::simulator::world::{Failure, OpenSession, Outcome, Settings, World};

/// Levels of undo or redo; what is not said is one.
fn levels(levels: i32) -> Outcome<usize> {
    match usize::try_from(levels) {
        Ok(0) => Ok(1),
        Ok(levels) => Ok(levels),
        Err(_) => Err(Failure::invalid("Levels of undo are counted from 1.")),
    }
}

fn history(session: &mut OpenSession, command: CommandId, body: &str) -> Outcome<Body> {
    let (undone, redone) = session.history.depth();
    // All messages of these answers have the one field.
    let operations = match command {
        CommandId::Undo => {
            let request: wire::UndoRequestBody = read("UndoRequestBody", body)?;
            session.undo(levels(request.levels)?)?
        }
        CommandId::Redo => {
            let request: wire::RedoRequestBody = read("RedoRequestBody", body)?;
            session.redo(levels(request.levels)?)?
        }
        CommandId::UndoAll if undone > 0 => session.undo(usize::MAX)?,
        CommandId::RedoAll if redone > 0 => session.redo(usize::MAX)?,
        CommandId::ClearUndoQueue => {
            session.history.clear();
            return Ok(None);
        }
        _ => Vec::new(),
    };
    answer::body("UndoResponseBody", &wire::UndoResponseBody { operations })
}

fn special(session: &mut OpenSession, command: CommandId, body: &str) -> Outcome<Body> {
    // The three messages have the same field.
    let request: wire::CutSpecialRequestBody = read("CutSpecialRequestBody", body)?;
    let data = request.automation_data_option();
    match command {
        CommandId::CutSpecial => {
            session.edit("Cut Special", |session| session.cut_special(data))?;
        }
        CommandId::CopySpecial => session.copy_special(data)?,
        _ => session.edit("Clear Special", |session| session.clear_special(data))?,
    }
    Ok(None)
}

fn paste_special(session: &mut OpenSession, body: &str, rules: Rules) -> Outcome<Body> {
    let request: wire::PasteSpecialRequestBody = read("PasteSpecialRequestBody", body)?;
    match request.paste_special_option() {
        PasteSpecialOptions::RepeatToFillSelection => session
            .edit("Repeat to Fill Selection", |session| {
                session.paste_to_fill(rules)
            })?,
        // Seen to complete without doing anything in Pro Tools too.
        PasteSpecialOptions::ToCurrentAutomationType => {}
        PasteSpecialOptions::Merge => {
            return Err(Failure::cannot("There is no MIDI on the clipboard."));
        }
        PasteSpecialOptions::MergeMarkers => {
            return Err(Failure::cannot("There are no markers on the clipboard."));
        }
        PasteSpecialOptions::PsOptionsUnknown => {
            return Err(Failure::invalid("paste_special_option must be given."));
        }
    }
    Ok(None)
}

fn select_clips(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::SelectAllClipsOnTrackRequestBody =
        read("SelectAllClipsOnTrackRequestBody", body)?;
    let track = session.track_at(&request.track_id, &request.track_name)?;
    session.select_all_clips(track)?;
    let track = session.strips.get(track).map(|strip| &strip.track);
    Ok(track.map(|track| json!({ "track_name": track.name, "track_id": track.id.0 })))
}

fn extend(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::ExtendSelectionToTargetTracksRequestBody =
        read("ExtendSelectionToTargetTracksRequestBody", body)?;
    let names = request.tracks_to_extend_to;
    if names.is_empty() {
        return Err(Failure::invalid("tracks_to_extend_to must be given."));
    }
    session.select_tracks(&names, wire::SelectionMode::SmAdd)?;
    Ok(Some(json!({ "tracks_to_extend_to": names })))
}

fn edit(session: &mut OpenSession, command: CommandId, rules: Rules) -> Outcome<Body> {
    use CommandId as C;
    type Edit = fn(&mut OpenSession, Rules) -> Outcome<()>;
    let (name, change): (&str, Edit) = match command {
        C::Cut => ("Cut", OpenSession::cut),
        C::Paste => ("Paste", OpenSession::paste),
        C::Clear => ("Clear", OpenSession::clear_selection),
        C::TrimToSelection => ("Trim Clip", OpenSession::trim_to_selection),
        C::GroupClips => ("Group Clips", |s, _| s.group_clips()),
        C::UngroupClips => ("Ungroup Clips", |s, _| s.ungroup_clips(false)),
        C::UngroupAllClips => ("Ungroup All Clips", |s, _| s.ungroup_clips(true)),
        C::RegroupClips => ("Regroup Clips", |s, _| s.regroup_clips()),
        _ => ("Duplicate", |s, rules| s.repeat_selection(1, rules)),
    };
    session.edit(name, |session| change(session, rules))?;
    Ok(None)
}

/// Takes over what a blocking thread has worked out, so that it can be undone. Sessions do not
/// change hands meanwhile: the queue waits.
fn install(world: &mut World, operation: &str, change: impl FnOnce(&mut OpenSession)) {
    if let Some(session) = &mut world.session {
        // An edit that cannot fail.
        let _ = session.edit(operation, |session| {
            change(session);
            Ok(())
        });
    }
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    use CommandId as C;
    type Run = fn(&mut OpenSession, &Settings, CommandId, &str) -> Outcome<Body>;
    let run: Run = match command {
        C::Undo | C::Redo | C::UndoAll | C::RedoAll | C::ClearUndoQueue => {
            |session, _, command, body| history(session, command, body)
        }
        C::Copy => |session, settings, _, _| session.copy(settings.rules()).map(|()| None),
        C::CutSpecial | C::CopySpecial | C::ClearSpecial => {
            |session, _, command, body| special(session, command, body)
        }
        C::PasteSpecial => {
            |session, settings, _, body| paste_special(session, body, settings.rules())
        }
        C::RepeatSelection => |session, settings, _, body| {
            let request: wire::RepeatSelectionRequestBody =
                read("RepeatSelectionRequestBody", body)?;
            let (times, rules) = (request.num_repeats.into(), settings.rules());
            session.edit("Repeat", |session| session.repeat_selection(times, rules))?;
            Ok(None)
        },
        C::SelectAllClipsOnTrack => |session, _, _, body| select_clips(session, body),
        C::ExtendSelectionToTargetTracks => |session, _, _, body| extend(session, body),
        C::Cut
        | C::Paste
        | C::Clear
        | C::TrimToSelection
        | C::GroupClips
        | C::UngroupClips
        | C::UngroupAllClips
        | C::RegroupClips
        | C::DuplicateSelection => {
            |session, settings, command, _| edit(session, command, settings.rules())
        }
        _ => return None,
    };
    let settings = world.settings.clone();
    let session = match world.session() {
        Ok(session) => session,
        Err(failure) => return Some(Err(failure)),
    };
    Some(run(session, &settings, command, body))
}

/// Work for commands of this room, `None` for all others.
pub fn prepare(world: &mut World, command: CommandId, body: &str) -> Outcome<Option<Work>> {
    let run: fn(&mut OpenSession, &str) -> Outcome<Work> = match command {
        CommandId::CreateFadesBasedOnPreset => fades::prepare,
        CommandId::ConsolidateClip => |session, _| consolidate::prepare(session),
        CommandId::RenameSelectedClip => rename::selected,
        CommandId::RenameTargetClip => rename::target,
        _ => return Ok(None),
    };
    run(world.session()?, body).map(Some)
}
