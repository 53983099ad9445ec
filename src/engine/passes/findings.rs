//! What a pass has to say of its files.

use super::grouping::File;
use crate::error::{Error, ErrorKind};
use crate::model::level::decibels;
use crate::model::plan::PlannedStem;
use crate::model::stem::ChannelMode;
use crate::model::{Finding, Level};

pub(super) fn names(pass: &[File<'_>]) -> String {
    let names: Vec<String> = pass.iter().map(|f| format!("'{}'", f.stem.name)).collect();
    names.join(", ")
}

/// Says which file an error is about.
pub(super) fn about(stem: &PlannedStem, error: Error) -> Error {
    if error.kind == ErrorKind::Interrupted || error.message.contains(&stem.name) {
        return error;
    }
    let mut whole = Error::new(error.kind, format!("'{}': {}", stem.name, error.message));
    whole.source = error.source;
    whole.hints = error.hints;
    whole
}

pub(super) fn printed_again(pass: &[File<'_>], what: &str) -> Finding {
    let finding = Finding::new(
        Level::Warning,
        "printed_again",
        format!("{} is printed again: {what}", names(pass)),
    )
    .fix("leave Pro Tools alone while a job runs; what came out silent once is worth a listen");
    match pass {
        [only] => finding.stem(only.stem.name.clone()),
        _ => finding,
    }
}

pub(super) fn silent_stem(stem: &PlannedStem) -> Finding {
    Finding::new(
        Level::Warning,
        "silent_stem",
        format!(
            "every track of '{}' is muted or inactive: the file is silence",
            stem.name
        ),
    )
    .stem(stem.name.clone())
    .file(stem.file.clone())
    .fix("Unmute its tracks and print again if sound was meant")
}

/// Sides that are this far apart, linear, are two: floats round to less.
const APART: f64 = 1e-6;

/// A stem whose tracks are mono and whose bounce is not must not lose a side unsaid.
pub(super) fn not_mono(stem: &PlannedStem, apart: f64) -> Option<Finding> {
    let is_left_to_tracks = stem.channels == ChannelMode::AsTracks && stem.channel_count == 1;
    (is_left_to_tracks && apart > APART).then(|| {
        Finding::new(
            Level::Error,
            "not_mono",
            format!(
                "the tracks of '{}' are mono and centred, and what Pro Tools bounced has two sides \
                 ({:.1} dBFS apart)",
                stem.name,
                decibels(apart).unwrap_or_default()
            ),
        )
        .stem(stem.name.clone())
        .file(stem.file.clone())
        .fix("It was not delivered: write channels = \"stereo\" into the stem, or \"mono\" for half of both sides")
    })
}
