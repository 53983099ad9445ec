//! Reads the tags of a file of any container that is known here.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use flac_codec::metadata::{self, VorbisComment};

use super::{Cue, MOST_BYTES, Tags, bext, comments, cues, ixml};
use crate::media::MediaError;
use crate::media::bytes::array_at;
use crate::media::header::{Chunk, aiff_chunks, wave_chunks};

/// What a file says of itself; nothing for a container that has no such thing.
///
/// # Errors
/// [`MediaError::Missing`], [`MediaError::Unreadable`]. A chunk that makes no sense says nothing.
pub fn read(path: &Path) -> Result<Tags, MediaError> {
    let mut file = crate::media::open_file(path)?;
    let failed = |error: io::Error| MediaError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    match array_at::<4>(&mut file, 0).map_err(failed)?.as_ref() {
        Some(b"RIFF" | b"RF64" | b"BW64") => of_wave(&mut file).map_err(failed),
        Some(b"FORM") => of_aiff(&mut file).map_err(failed),
        Some(b"fLaC") => Ok(of_flac(&mut file)),
        _ => Ok(Tags::default()),
    }
}

/// When a FLAC file starts, should it say so.
pub fn time_of_flac(path: &Path) -> Option<u64> {
    let mut file = crate::media::open_file(path).ok()?;
    match array_at::<4>(&mut file, 0).ok()?.as_ref() {
        Some(b"fLaC") => of_flac(&mut file).time_reference,
        _ => None,
    }
}

/// When an AIFF file starts, from the body of its `ANNO`, should that say so.
pub fn time_of_note(file: &mut File, body: u64, length: u64) -> io::Result<Option<u64>> {
    let mut tags = Tags::default();
    let bytes = bytes_at(file, body, length)?;
    comments::decode(super::text(&bytes).lines(), &mut tags);
    Ok(tags.time_reference)
}

fn of_wave(file: &mut File) -> io::Result<Tags> {
    let mut tags = Tags::default();
    let (mut places, mut names) = (Vec::new(), HashMap::new());
    let mut history = None;
    for chunk in wave_chunks(file).unwrap_or_default() {
        match &chunk.id {
            b"bext" if history.is_none() => history = Some(body(file, chunk)?),
            b"iXML" if !tags.has_ixml => ixml::decode(&body(file, chunk)?, &mut tags),
            b"cue " if places.is_empty() => places = cues::read_points(&body(file, chunk)?),
            b"LIST" => cues::read_list(&body(file, chunk)?, &mut names),
            _ => {}
        }
    }
    if let Some(history) = history {
        bext::decode(&history, &mut tags);
    }
    let cue = |(number, frame)| Cue {
        frame,
        label: names.get(&number).cloned().unwrap_or_default(),
    };
    tags.cues = places.into_iter().map(cue).collect();
    tags.cues.sort_by_key(|cue| cue.frame);
    Ok(tags)
}

fn of_aiff(file: &mut File) -> io::Result<Tags> {
    let mut tags = Tags::default();
    for chunk in aiff_chunks(file).unwrap_or_default() {
        match &chunk.id {
            b"MARK" if tags.cues.is_empty() => tags.cues = cues::read_marks(&body(file, chunk)?),
            b"NAME" => tags.stem = super::text(&body(file, chunk)?),
            b"AUTH" => tags.originator = super::text(&body(file, chunk)?),
            b"ANNO" => {
                let text = super::text(&body(file, chunk)?);
                comments::decode(text.lines(), &mut tags);
            }
            _ => {}
        }
    }
    tags.cues.sort_by_key(|cue| cue.frame);
    Ok(tags)
}

fn of_flac(file: &mut File) -> Tags {
    let mut tags = Tags::default();
    let comment = file.seek(SeekFrom::Start(0)).ok().and_then(|_| {
        metadata::read_block::<_, VorbisComment>(&*file)
            .ok()
            .flatten()
    });
    if let Some(comment) = comment {
        comments::decode(comment.fields.iter().map(String::as_str), &mut tags);
    }
    tags.cues.sort_by_key(|cue| cue.frame);
    tags
}

/// The body of a chunk, up to a bound and to the end of the file.
fn body(file: &mut File, chunk: Chunk) -> io::Result<Vec<u8>> {
    bytes_at(file, chunk.body, chunk.length)
}

fn bytes_at(file: &mut File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.take(length.min(MOST_BYTES)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
