//! The tags as `KEY=value`: Vorbis comments of FLAC, and lines of AIFF's `ANNO`. The keys are called as
//! the fields of a `bext`; ffmpeg keeps `TIME_REFERENCE` and `CODING_HISTORY` when it converts.

use super::{Cue, FEWEST_CUES, Loudness, MOST_CUES, MOST_NAME, Tags, cut};
use crate::media::container::WriteSpec;
use crate::model::TimecodeRate;

/// The fields in a fixed order; what is empty is left out.
pub fn encode(tags: &Tags, spec: &WriteSpec) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut put = |key: &str, value: &str| {
        let value = value.replace("\r\n", "; ");
        let value: String = value
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let value = value.trim().trim_end_matches(';');
        if !value.is_empty() {
            out.push((key.to_owned(), value.to_owned()));
        }
    };
    put("TITLE", cut(&tags.stem, MOST_NAME));
    put("ALBUM", cut(&tags.session, MOST_NAME));
    put("DESCRIPTION", cut(&tags.description, MOST_NAME));
    put("ORIGINATOR", cut(&tags.originator, MOST_NAME));
    put(
        "ORIGINATOR_REFERENCE",
        cut(&tags.originator_reference, MOST_NAME),
    );
    put("ORIGINATION_DATE", &tags.date);
    put("ORIGINATION_TIME", &tags.time);
    if let Some(time) = spec.time_reference {
        put("TIME_REFERENCE", &time.to_string());
    }
    put("CODING_HISTORY", cut(&tags.coding_history, 4096));
    if let Some(rate) = tags.timecode {
        put("TIMECODE_RATE", rate.text());
    }
    for track in tags.tracks.iter().take(MOST_CUES) {
        put("TRACK_NAME", cut(track, MOST_NAME));
    }
    out
}

/// The keys of the loudness fields, in the order of `bext`.
const LOUDNESS: [&str; 5] = [
    "LOUDNESS_VALUE",
    "LOUDNESS_RANGE",
    "MAX_TRUE_PEAK_LEVEL",
    "MAX_MOMENTARY_LOUDNESS",
    "MAX_SHORT_TERM_LOUDNESS",
];

/// The levels that are known: LUFS, LU, dBTP.
pub fn loudness(loudness: &Loudness) -> Vec<(String, String)> {
    let levels = LOUDNESS.into_iter().zip(loudness.fields());
    let known =
        levels.filter_map(|(key, level)| Some((key, level.filter(|level| level.is_finite())?)));
    known
        .map(|(key, level)| (key.to_owned(), format!("{level:.2}")))
        .collect()
}

/// Chapters of the markers, to the millisecond as others read them and to the frame.
pub fn chapters(cues: &[Cue], rate: u32) -> Vec<(String, String)> {
    let mut out = Vec::new();
    // Their numbers have three digits.
    for (number, cue) in (1..).zip(cues.iter().take(FEWEST_CUES)) {
        let ms = u128::from(cue.frame) * 1000 / u128::from(rate.max(1));
        let (s, m, h) = (ms / 1000 % 60, ms / 60_000 % 60, ms / 3_600_000);
        let key = format!("CHAPTER{number:03}");
        out.push((
            key.clone(),
            format!("{h:02}:{m:02}:{s:02}.{:03}", ms % 1000),
        ));
        out.push((format!("{key}NAME"), cut(&cue.label, MOST_NAME).to_owned()));
        out.push((format!("{key}FRAME"), cue.frame.to_string()));
    }
    out
}

/// All of it, a line each; as long for the same texts, whatever the levels.
pub fn lines(tags: &Tags, spec: &WriteSpec) -> String {
    let fields = encode(tags, spec).into_iter();
    let mut lines: Vec<String> = fields
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    for (key, level) in LOUDNESS.into_iter().zip(tags.loudness.fields()) {
        let level = level.filter(|level| level.abs() < 1000.0);
        let level = level.map_or_else(String::new, |level| format!("{level:.2}"));
        lines.push(format!("{key}={level:<8}"));
    }
    lines.join("\n")
}

/// Reads `KEY=value` into the tags.
pub fn decode<'a>(fields: impl Iterator<Item = &'a str>, tags: &mut Tags) {
    let mut frames = Vec::new();
    let mut names = Vec::new();
    let mut levels = [None; 5];
    for (key, value) in fields.filter_map(|field| field.split_once('=')) {
        let text = || cut(value.trim(), MOST_NAME).to_owned();
        let key = key.trim().to_ascii_uppercase();
        match key.as_str() {
            "TITLE" => tags.stem = text(),
            "ALBUM" => tags.session = text(),
            "DESCRIPTION" => tags.description = text(),
            "ORIGINATOR" => tags.originator = text(),
            "ORIGINATOR_REFERENCE" => tags.originator_reference = text(),
            "ORIGINATION_DATE" => tags.date = text(),
            "ORIGINATION_TIME" => tags.time = text(),
            "TIME_REFERENCE" => tags.time_reference = value.trim().parse().ok(),
            "CODING_HISTORY" => tags.coding_history = cut(value, 4096).to_owned(),
            "TIMECODE_RATE" => tags.timecode = TimecodeRate::parse(value).ok(),
            "TRACK_NAME" if tags.tracks.len() < MOST_CUES => tags.tracks.push(text()),
            _ => {
                let place = LOUDNESS.iter().position(|known| *known == key);
                if let Some(level) = place.and_then(|place| levels.get_mut(place)) {
                    *level = value
                        .trim()
                        .parse()
                        .ok()
                        .filter(|level: &f64| level.is_finite());
                }
                let chapter = key.strip_prefix("CHAPTER");
                let parts = chapter.and_then(|rest| rest.split_at_checked(3));
                match parts {
                    Some((number, "NAME")) => names.push((number.to_owned(), text())),
                    Some((number, "FRAME")) => {
                        frames.extend(
                            value
                                .trim()
                                .parse()
                                .ok()
                                .map(|at: u64| (number.to_owned(), at)),
                        );
                    }
                    _ => {}
                }
            }
        }
    }
    tags.loudness = Loudness::of_fields(levels);
    let named = frames.into_iter().take(MOST_CUES).map(|(number, frame)| {
        let name = names.iter().find(|(other, _)| *other == number);
        Cue {
            frame,
            label: name.map(|(_, name)| name.clone()).unwrap_or_default(),
        }
    });
    tags.cues.extend(named);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stem::BitDepth;

    #[test]
    fn what_is_written_is_read_back() {
        let spec = WriteSpec {
            sample_rate: 48_000,
            channels: 2,
            bits: BitDepth::Int24,
            time_reference: Some(172_800_000),
        };
        let tags = Tags {
            stem: "Drums".to_owned(),
            session: "Song = 1".to_owned(),
            coding_history: "A=PCM,F=48000\r\nA=PCM,F=44100\r\n".to_owned(),
            tracks: vec!["Kick".to_owned(), "Snare\nTop".to_owned()],
            timecode: TimecodeRate::ALL.into_iter().next(),
            cues: vec![Cue {
                frame: 3600 * 48_000 + 47,
                label: "Verse".to_owned(),
            }],
            ..Tags::default()
        };
        let told = lines(&tags, &spec);
        let mut louder = tags.clone();
        louder.loudness.range_lu = Some(f64::NAN);
        louder.loudness.integrated_lufs = Some(-999.994);
        assert_eq!(lines(&louder, &spec).len(), told.len());
        let mut fields: Vec<String> = told.lines().map(str::to_owned).collect();
        for (key, value) in chapters(&tags.cues, 48_000) {
            fields.push(format!("{key}={value}"));
        }
        assert!(
            fields.contains(&"CHAPTER001=01:00:00.000".to_owned()),
            "{fields:?}"
        );
        let mut back = Tags::default();
        decode(fields.iter().map(String::as_str), &mut back);
        assert_eq!(back.time_reference, Some(172_800_000));
        assert_eq!(
            (back.stem.as_str(), back.session.as_str()),
            ("Drums", "Song = 1")
        );
        assert_eq!(back.coding_history, "A=PCM,F=48000; A=PCM,F=44100");
        assert_eq!(back.tracks, ["Kick", "Snare Top"]);
        assert_eq!((back.timecode, back.cues), (tags.timecode, tags.cues));
    }
}
