//! What ExportMix and BounceTrack ask alike: range, folder, format, names. Refuses what the
//! simulator cannot write, before anything starts.

use std::path::{Path, PathBuf};

use crate::media::encode::WriteSpec;
use crate::model::Range;
use crate::model::stem::BitDepth;
use crate::ptsl::wire::{
    self, CommandErrorType as Kind, EmAudioInfo, EmFileDestination, EmFileType, EmLocationInfo,
    ExportFormat, TimelineLocation,
};

use super::files::place;
use super::session::triple;
use crate::simulator::sound::print::Layout;
use crate::simulator::world::{Failure, OpenSession, Outcome};

/// WAV is what the simulator writes; what needs Pro Tools' own encoders is refused by name.
pub fn check_type(kind: EmFileType) -> Outcome<()> {
    let word = match kind {
        EmFileType::EmfTypeUnknown | EmFileType::EmfTypeNone | EmFileType::EmfTypeWav => {
            return Ok(());
        }
        EmFileType::EmfTypeMov => "QuickTime",
        EmFileType::EmfTypeAiff => "AIFF",
        EmFileType::EmfTypeMp3 => "MP3",
        EmFileType::EmfTypeMxfopAtom => "MXF",
        EmFileType::EmfTypeWavadm => "ADM BWF",
        EmFileType::EmfTypeM4a => "M4A",
        EmFileType::EmfTypeNull => "empty",
    };
    Err(Failure::cannot(format!(
        "The simulator bounces WAV files only; {word} files need the encoders of Pro Tools itself."
    )))
}

/// How the channels become files.
pub fn layout(audio: EmAudioInfo) -> Layout {
    match audio.export_format() {
        ExportFormat::EfMono => Layout::Mono,
        ExportFormat::EfMultipleMono => Layout::MultipleMono,
        _ => Layout::Interleaved,
    }
}

/// From `start` to `end`, each from the timeline selection where it is not given.
pub fn range(
    session: &OpenSession,
    start: &Option<TimelineLocation>,
    end: &Option<TimelineLocation>,
) -> Outcome<Option<Range>> {
    let times = session.times();
    let given = |place: &Option<TimelineLocation>| -> Outcome<Option<i64>> {
        match place {
            Some(place) if !place.location.trim().is_empty() => {
                times.parse(&place.location, place.time_type()).map(Some)
            }
            _ => Ok(None),
        }
    };
    let selection = session.selection;
    let range = Range::new(
        given(start)?.unwrap_or(selection.start),
        given(end)?.unwrap_or(selection.end),
    );
    Ok((!range.is_empty()).then_some(range))
}

/// A file name without its extension that every system can write.
pub fn file_name(name: &str) -> Outcome<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Failure::invalid("The bounce needs a file name."));
    }
    if name.len() > 240 {
        return Err(Failure::new(
            Kind::OsCharactersLimit,
            "The file name is too long.",
        ));
    }
    let is_illegal = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    if name.chars().any(is_illegal) || name.starts_with('.') {
        return Err(Failure::new(
            Kind::OsIllegalCharacters,
            format!("'{name}' cannot be the name of a file."),
        ));
    }
    Ok(name.to_owned())
}

/// Where the files go. `directory` is absolute, or the name of a folder in the session's own.
pub fn directory(session: &OpenSession, location: &EmLocationInfo) -> Outcome<PathBuf> {
    if triple(location.import_after_bounce) == Some(true) {
        return Err(Failure::cannot(
            "The simulator does not import after a bounce.",
        ));
    }
    let text = location.directory.trim();
    if location.file_destination() != EmFileDestination::EmFdSessionFolder {
        return place(text);
    }
    if Path::new(text).is_absolute() {
        return place(text);
    }
    let inside = text.trim_end_matches(['/', '\\', ':']);
    let inside = if inside.is_empty() {
        "Bounced Files"
    } else {
        inside
    };
    if inside.contains(['/', '\\']) || inside.starts_with('.') {
        return Err(Failure::new(
            Kind::OsNoLocationFound,
            "The folder must lie in the session's own.",
        ));
    }
    Ok(session.folder.join(inside))
}

/// Rate, depth and time stamp.
pub fn spec(session: &OpenSession, audio: EmAudioInfo, range: Range) -> Outcome<WriteSpec> {
    let sample_rate = session.info.sample_rate;
    let wanted = match audio.sample_rate {
        0 | 1 => audio.sample_rate_custom,
        rate => rate,
    };
    if wanted != 0 && i64::from(wanted) != i64::from(sample_rate) {
        return Err(Failure::cannot(format!(
            "The simulator bounces at the session's {sample_rate} Hz only."
        )));
    }
    let bits = match audio.bit_depth() {
        wire::BitDepth::Bit16 => BitDepth::Int16,
        wire::BitDepth::Bit32Float => BitDepth::Float32,
        wire::BitDepth::Bit24 => BitDepth::Int24,
        _ => BitDepth::try_from(session.info.bit_depth).unwrap_or_default(),
    };
    let start = i128::from(session.info.ruler.start_sample()) + i128::from(range.start);
    Ok(WriteSpec {
        sample_rate,
        channels: 2,
        bits,
        time_reference: u64::try_from(start).ok(),
    })
}
