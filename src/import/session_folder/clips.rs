//! Clips of `session.json`: those of a track's playlists, and the list of those that lie on none.
//! Fades have the shapes that `model::fade_shape` reads.

use super::MOST_CLIPS;
use super::audio::{Files, OddClip};
use super::fields::{FURTHEST, FieldError, Fields, GAINS, Place};
use crate::model::clip::ListedClip;
use crate::model::{Clip, FadeShape, layout};

/// Channels of a clip.
const MOST: i64 = layout::MOST as i64;

pub(super) fn read(
    fields: &Fields<'_>,
    track: &str,
    files: &mut Files,
    odd: &mut Vec<OddClip>,
) -> Result<Vec<Clip>, FieldError> {
    let list = fields.list("clips", MOST_CLIPS)?;
    let mut clips = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let number = index + 1;
        let fields = Fields::of(value, "clips", Place::Clip { track, number })?;
        clips.push(clip(&fields, track, index, files, odd)?);
    }
    Ok(clips)
}

/// Clips of the session that lie on no track.
pub(super) fn clip_list(
    session: &Fields<'_>,
    files: &mut Files,
) -> Result<Vec<ListedClip>, FieldError> {
    session
        .list("clip_list", MOST_CLIPS)?
        .iter()
        .map(|value| {
            let fields = Fields::of(value, "clip_list", Place::Session)?;
            Ok(ListedClip {
                file: file(&fields, files)?.1,
                offset: fields.samples("offset")?.unwrap_or(0),
                length: length(&fields)?,
                channels: fields.whole("channels", 1..=MOST)?.unwrap_or(1) as u16,
                name: fields.text("name")?.unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

fn file<'a>(fields: &Fields<'a>, files: &mut Files) -> Result<(&'a str, usize), FieldError> {
    let file = fields
        .text("file")?
        .filter(|file| !file.is_empty())
        .ok_or_else(|| fields.wrong("file", "the audio file's path"))?;
    Ok((file, files.index_of(file)))
}

fn length(fields: &Fields<'_>) -> Result<u64, FieldError> {
    fields
        .samples("length")?
        .ok_or_else(|| fields.wrong("length", "a count of samples"))
}

fn clip(
    fields: &Fields<'_>,
    track: &str,
    index: usize,
    files: &mut Files,
    odd: &mut Vec<OddClip>,
) -> Result<Clip, FieldError> {
    let (file, at) = file(fields, files)?;
    let mut shape = |key| -> Result<FadeShape, FieldError> {
        let Some(word) = fields.text(key)? else {
            return Ok(FadeShape::default());
        };
        Ok(word.parse().unwrap_or_else(|_| {
            odd.push(OddClip::new(track, index, file, word));
            FadeShape::default()
        }))
    };
    Ok(Clip {
        file: at,
        fade_in_shape: shape("fade_in_shape")?,
        fade_out_shape: shape("fade_out_shape")?,
        start: fields
            .whole("start", -FURTHEST..=FURTHEST)?
            .ok_or_else(|| fields.wrong("start", "a place in samples"))?,
        offset: fields.samples("offset")?.unwrap_or(0),
        length: length(fields)?,
        gain_db: fields.number("gain_db", GAINS)?.unwrap_or(0.0),
        fade_in: fields.samples("fade_in")?.unwrap_or(0),
        fade_out: fields.samples("fade_out")?.unwrap_or(0),
        muted: fields.flag("mute")?.unwrap_or(false),
        name: fields.text("name")?.unwrap_or_default().to_owned(),
        fade_in_skip: fields.samples("fade_in_skip")?.unwrap_or(0),
        fade_out_skip: fields.samples("fade_out_skip")?.unwrap_or(0),
        groups: fields.texts("groups")?,
    })
}
