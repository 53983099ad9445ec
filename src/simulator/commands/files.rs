//! Sessions and files: open, save, save as, close, create, the text export.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use crate::import::session_folder;
use crate::model::file_name;
use crate::model::session::{ImportedSession, SessionFolder, Setup};
use crate::model::{Arrangement, Ruler, SessionInfo, Timecode, TimecodeRate};
use crate::platform::atomic;
use crate::ptsl::wire::{self, CommandErrorType as Kind, CommandId, EsiOutputType};

use super::{AUDIO_FILES, BOUNCED_FILES, read};
use crate::simulator::fence::Fence;
use crate::simulator::store::{self, Home};
use crate::simulator::work::{Change, Work, refused};
use crate::simulator::world::events::Opening;
use crate::simulator::world::{Failure, OpenSession, Outcome, World, text, tracks};

/// A path as clients write them: POSIX, Windows, or `Macintosh HD:Users:…:`.
pub fn place(text: &str) -> Outcome<PathBuf> {
    let text = text.trim();
    let path = Path::new(text);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    if !text.contains(['/', '\\']) && text.contains(':') {
        let mut parts = text.split(':');
        let volume = parts.next().unwrap_or_default();
        let rest: PathBuf = parts.filter(|part| !part.is_empty()).collect();
        let root = Path::new("/");
        return Ok(match volume {
            "Macintosh HD" | "" => root.join(rest),
            volume => root.join("Volumes").join(volume).join(rest),
        });
    }
    Err(Failure::new(
        Kind::OsNoLocationFound,
        "The path is not absolute.",
    ))
}

/// A failure to read or write a session.
fn failed(error: &crate::error::Error) -> Failure {
    use std::error::Error as _;
    let io = error.source().and_then(|s| s.downcast_ref());
    if let Some(io) = io {
        return refused(&error.message, io);
    }
    Failure::new(Kind::OsNoSessionFound, format!("{}.", error.chain()))
}

/// Work for commands of this room, `None` for all others.
pub fn prepare(
    world: &mut World,
    home: &Home,
    command: CommandId,
    body: &str,
) -> Outcome<Option<Work>> {
    Ok(Some(match command {
        CommandId::OpenSession => open(world, home, body)?,
        CommandId::SaveSession => save(world, false)?,
        CommandId::CloseSession => {
            let request: wire::CloseSessionRequestBody = read("CloseSessionRequestBody", body)?;
            world.session()?.transport.stop();
            if request.save_on_close {
                save(world, true)?
            } else {
                Work::new(|_| Ok(Change::new(closed)))
            }
        }
        CommandId::SaveSessionAs => save_as(world, body)?,
        CommandId::CreateSession => create(world, body)?,
        CommandId::ExportSessionInfoAsText => export_text(world, body)?,
        _ => return Ok(None),
    }))
}

fn closed(world: &mut World) -> Option<serde_json::Value> {
    world.session = None;
    None
}

/// Saves what is open and changed, before something takes its place.
fn keep_open_session(session: Option<&ImportedSession>) -> Outcome<()> {
    if let Some(session) = session {
        store::save(session, &session.folder.root).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn changed(world: &World) -> Option<ImportedSession> {
    let session = world.session.as_ref()?;
    session.changed.then(|| session.to_imported())
}

fn open(world: &World, home: &Home, body: &str) -> Outcome<Work> {
    let request: wire::OpenSessionRequestBody = read("OpenSessionRequestBody", body)?;
    if request.session_path.trim().is_empty() {
        return Err(Failure::new(Kind::OsNoFilePathFound, "No path was given."));
    }
    let path = place(&request.session_path)?;
    let (home, fence, before) = (home.clone(), world.fence.clone(), changed(world));
    Ok(Work::new(move |_| {
        check_there(&fence, &path)?;
        keep_open_session(before.as_ref())?;
        let session = opened(&home, &fence, &path)?;
        Ok(Change::new(move |world| {
            world.session = Some(session);
            None
        }))
    }))
}

fn check_there(fence: &Fence, path: &Path) -> Outcome<()> {
    fence.read(path.to_owned())?;
    if !path.exists() {
        return Err(Failure::new(
            Kind::OsNoSessionFound,
            format!("There is no session at '{}'.", path.display()),
        ));
    }
    Ok(())
}

/// The session at a path.
pub fn opened(home: &Home, fence: &Fence, path: &Path) -> Outcome<OpenSession> {
    check_there(fence, path)?;
    let session = home.open(path).map_err(|error| failed(&error))?;
    fence.home(&session.folder)?;
    fence.audio(&session.arrangement)?;
    Ok(session)
}

fn save(world: &mut World, and_close: bool) -> Outcome<Work> {
    let session = world.session()?.to_imported();
    Ok(Work::new(move |_| {
        store::save(&session, &session.folder.root).map_err(|error| failed(&error))?;
        Ok(Change::new(move |world| {
            if and_close {
                return closed(world);
            }
            if let Some(session) = &mut world.session {
                session.changed = false;
            }
            None
        }))
    }))
}

/// Bytes of the longest name of a session.
const LONGEST_NAME: usize = 200;

/// `<location>/<name>`, a folder that must not hold a session yet.
fn new_folder(fence: &Fence, location: &str, name: &str) -> Outcome<PathBuf> {
    if name.trim().is_empty() {
        return Err(Failure::invalid("The session needs a name."));
    }
    if name.len() > LONGEST_NAME {
        return Err(Failure::new(
            Kind::OsCharactersLimit,
            format!("The name of a session has at most {LONGEST_NAME} bytes."),
        ));
    }
    if file_name::sanitize(name, LONGEST_NAME) != name {
        return Err(Failure::new(
            Kind::OsIllegalCharacters,
            format!("'{name}' cannot be the name of a session."),
        ));
    }
    let folder = place(location)?.join(name);
    fence.home(&folder)?;
    Ok(folder)
}

fn check_new(folder: &Path) -> Outcome<()> {
    if !folder.parent().is_some_and(Path::is_dir) {
        return Err(Failure::new(
            Kind::OsNoLocationFound,
            format!("There is no folder for '{}'.", folder.display()),
        ));
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let taken = [
        folder.join(session_folder::FILE),
        session_folder::session_file(folder, &name),
    ];
    if taken.iter().any(|file| file.exists()) {
        return Err(Failure::new(
            Kind::OsDuplicateName,
            format!("There is a session in '{}' already.", folder.display()),
        ));
    }
    Ok(())
}

fn save_as(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::SaveSessionAsRequestBody = read("SaveSessionAsRequestBody", body)?;
    let fence = world.fence.clone();
    let session = world.session()?;
    let folder = new_folder(&fence, &request.session_location, &request.session_name)?;
    let mut saved = session.clone();
    saved.setup.parent_id.clone_from(&session.info.instance_id);
    saved.info.instance_id = tracks::identity(&[
        &session.info.instance_id,
        &folder.display().to_string(),
        "instance",
    ]);
    saved.info.name = request.session_name;
    saved.folder = folder;
    Ok(Work::new(move |_| {
        check_new(&saved.folder)?;
        let file =
            store::save(&saved.to_imported(), &saved.folder).map_err(|error| failed(&error))?;
        saved.info.path = file.display().to_string();
        saved.changed = false;
        Ok(Change::new(move |world| {
            world.session = Some(saved);
            None
        }))
    }))
}

/// What a session can be made from: nothing but itself.
fn check_source(fence: &Fence, request: &wire::CreateSessionRequestBody) -> Outcome<()> {
    if request.is_cloud_project {
        return Err(Failure::cannot("There is no connection to cloud projects."));
    }
    if request.create_from_template {
        let (kind, what) = match (&*request.template_group, &*request.template_name) {
            ("", _) => (Kind::PtNoTemplateGroup, "The template group is missing."),
            (_, "") => (Kind::PtNoTemplate, "The template is missing."),
            _ => (
                Kind::PtNoTemplateGroup,
                "There is no template group of that name.",
            ),
        };
        return Err(Failure::new(kind, what));
    }
    if request.create_from_aaf {
        if request.path_to_aaf.trim().is_empty() {
            return Err(Failure::new(Kind::OsNoFilePathFound, "No AAF was given."));
        }
        if !fence.read(place(&request.path_to_aaf)?)?.is_file() {
            return Err(Failure::new(Kind::PtFileNotFound, "There is no such AAF."));
        }
        return Err(Failure::cannot("The AAF could not be read."));
    }
    Ok(())
}

/// Like Pro Tools, it silently overwrites a session of the same name; but only one that was made
/// here, which its session file tells: nobody's own folder is touched.
fn check_overwrite(folder: &Path, name: &str) -> Outcome<()> {
    match store::is_own(&session_folder::session_file(folder, name)) {
        true => Ok(()),
        false => check_new(folder),
    }
}

fn create(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::CreateSessionRequestBody = read("CreateSessionRequestBody", body)?;
    check_source(&world.fence, &request)?;
    let folder = new_folder(
        &world.fence,
        &request.session_location,
        &request.session_name,
    )?;
    let sample_rate = match request.sample_rate {
        0 | 1 => 48_000,
        rate @ 44_100..=192_000 => u32::try_from(rate).unwrap_or(48_000),
        _ => return Err(Failure::invalid("There is no such sample rate.")),
    };
    if !matches!(request.file_type, 0..=2) {
        return Err(Failure::invalid("A session's files are WAV or AIFF."));
    }
    let rate = TimecodeRate::Fps25;
    let hour = u64::from(rate.nominal()) * 3600;
    let imported = ImportedSession {
        info: SessionInfo {
            name: request.session_name.clone(),
            path: String::new(),
            origin_id: tracks::identity(&[&folder.display().to_string(), "created"]),
            instance_id: String::new(),
            sample_rate,
            bit_depth: match request.bit_depth() {
                wire::BitDepth::Bit16 => 16,
                wire::BitDepth::Bit32Float => 32,
                _ => 24,
            },
            ruler: Ruler {
                rate,
                sample_rate,
                start_frame: Timecode::new(hour, rate).frame,
            },
            max_length: None,
            audio_format: match request.file_type() {
                wire::FileType::FtAiff => "AIFF".to_owned(),
                _ => "WAV".to_owned(),
            },
            interleaved: request.is_interleaved,
        },
        tracks: Vec::new(),
        markers: Vec::new(),
        folder: SessionFolder {
            root: folder.clone(),
            arrangement: Arc::new(Arrangement {
                sample_rate,
                ..Arrangement::default()
            }),
            ..SessionFolder::default()
        },
        findings: Vec::new(),
        setup: Setup::default(),
    };
    let before = changed(world);
    Ok(Work::new(move |_| {
        check_overwrite(&folder, &imported.info.name)?;
        keep_open_session(before.as_ref())?;
        let file = store::save(&imported, &folder).map_err(|error| failed(&error))?;
        for inside in [AUDIO_FILES, BOUNCED_FILES] {
            let path = folder.join(inside);
            std::fs::create_dir_all(&path)
                .map_err(|error| refused(&format!("'{}'", path.display()), &error))?;
        }
        let mut session = OpenSession::new(imported, file.display().to_string(), folder);
        session.opening = Arc::new(Opening::Created);
        Ok(Change::new(move |world| {
            world.session = Some(session);
            None
        }))
    }))
}

fn export_text(world: &mut World, body: &str) -> Outcome<Work> {
    let request: wire::ExportSessionInfoAsTextRequestBody =
        read("ExportSessionInfoAsTextRequestBody", body)?;
    let session = world.session()?;
    let text = text::export(session, &request);
    if request.output_type() != EsiOutputType::EsiFile {
        return Ok(Work::new(move |_| {
            Ok(Change::none(Some(json!({ "session_info": text }))))
        }));
    }
    let path = world.fence.write(place(&request.output_path)?)?;
    Ok(Work::new(move |_| {
        if !path.parent().is_some_and(Path::is_dir) {
            return Err(Failure::new(
                Kind::OsNoLocationFound,
                format!("There is no folder for '{}'.", path.display()),
            ));
        }
        atomic::write(&path, text.as_bytes())
            .map_err(|error| refused(&format!("'{}'", path.display()), &error))?;
        Ok(Change::none(Some(json!({ "session_info": "" }))))
    }))
}
