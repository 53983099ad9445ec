//! Formats that only Pro Tools can write: its file is moved to its place as it is, and the manifest
//! says that nothing about its sound was checked.

use std::path::Path;

use super::sink::Sink;
use super::writing::check::checksum;
use super::writing::folder::OutputFolder;
use crate::error::{Error, ErrorKind, Result};
use crate::model::level::Levels;
use crate::model::manifest::{FileRole, ManifestFile};
use crate::model::plan::PlannedStem;
use crate::model::stem::EngineKind;
use crate::model::{Finding, Level, Plan};
use crate::platform::atomic;

/// Moves what Pro Tools made to its final name; says whether there was anything.
pub fn deliver(
    bounced: Option<&Path>,
    plan: &Plan,
    stem: &PlannedStem,
    role: FileRole,
    folder: &OutputFolder,
    sink: &Sink,
) -> Result<bool> {
    let Some(bounced) = bounced else {
        sink.finding_blocking(not_made(stem));
        return Ok(false);
    };
    let part = folder.part(&stem.file);
    atomic::relocate(bounced, part.path()).map_err(|error| {
        Error::new(
            ErrorKind::Storage,
            format!("'{}' cannot be moved to its place", bounced.display()),
        )
        .because(error)
        .hint("Check that the folder may be written and has room")
    })?;
    let (checksum, bytes) = checksum(part.path())?;
    if bytes == 0 {
        return Err(Error::new(
            ErrorKind::Check,
            format!("Pro Tools made an empty file of '{}'", stem.name),
        )
        .hint("Print again; look at Pro Tools' own messages"));
    }
    let file = ManifestFile {
        name: stem.name.clone(),
        path: stem.file.clone(),
        role,
        tracks: Vec::new(),
        track_ids: Vec::new(),
        formula: None,
        engine: stem.engine,
        way: (stem.engine == EngineKind::Bounce).then_some(stem.way),
        frames: 0,
        rate: plan.sample_rate,
        bits: 0,
        channels: 0,
        channel: None,
        bytes,
        checksum,
        md5: None,
        time_reference: None,
        has_clips: stem.has_clips,
        levels: Levels::default(),
        dither_seed: None,
        pan_law: None,
        handed_through: true,
    }
    .of_tracks(stem);
    folder.publish(part)?;
    sink.file_blocking(file);
    Ok(true)
}

fn not_made(stem: &PlannedStem) -> Finding {
    Finding::new(
        Level::Error,
        "silent",
        format!(
            "'{}' was not made: all its tracks are silent, and only Pro Tools can write '{}'",
            stem.file,
            stem.format.word()
        ),
    )
    .stem(stem.name.clone())
    .file(stem.file.clone())
    .fix("unmute its tracks, or leave the stem out")
}
