//! What ExportMix and BounceTrack ask alike: range, folder, format, names, import of the result.
//! Refuses what the simulator cannot write, before anything starts.

use std::path::{Path, PathBuf};

use crate::media::encode::WriteSpec;
use crate::model::Range;
use crate::model::stem::BitDepth;
use crate::ptsl::wire::{
    self, CommandErrorType as Kind, EmAudioInfo, EmFileDestination, EmFileType, EmLocationInfo,
    ExportFormat, TimelineLocation,
};

use super::BOUNCED_FILES;
use super::files::place;
use super::session::triple;
use crate::simulator::fence::Fence;
use crate::simulator::sound::container::Container;
use crate::simulator::sound::print::Layout;
use crate::simulator::world::{Failure, OpenSession, Outcome};

/// What is written; what needs Pro Tools' own encoders is refused by name.
pub fn container(kind: EmFileType) -> Outcome<Container> {
    let word = match kind {
        EmFileType::EmfTypeUnknown | EmFileType::EmfTypeNone | EmFileType::EmfTypeWav => {
            return Ok(Container::Wav);
        }
        EmFileType::EmfTypeAiff => return Ok(Container::Aiff),
        EmFileType::EmfTypeWavadm => return Ok(Container::Adm),
        EmFileType::EmfTypeMov => "QuickTime",
        EmFileType::EmfTypeMp3 => "MP3",
        EmFileType::EmfTypeMxfopAtom => "MXF",
        EmFileType::EmfTypeM4a => "M4A",
        EmFileType::EmfTypeNull => "empty",
    };
    Err(Failure::cannot(format!(
        "The simulator bounces WAV, AIFF and ADM BWF; {word} files need the encoders of Pro Tools \
         itself."
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
pub fn directory(
    fence: &Fence,
    session: &OpenSession,
    location: &EmLocationInfo,
) -> Outcome<PathBuf> {
    let text = location.directory.trim();
    if location.file_destination() != EmFileDestination::EmFdSessionFolder {
        return fence.write(place(text)?);
    }
    if Path::new(text).is_absolute() {
        return fence.write(place(text)?);
    }
    let inside = text.trim_end_matches(['/', '\\', ':']);
    let inside = if inside.is_empty() {
        BOUNCED_FILES
    } else {
        inside
    };
    if inside.contains(['/', '\\', ':']) || inside.starts_with('.') {
        return Err(Failure::new(
            Kind::OsNoLocationFound,
            "The folder must lie in the session's own.",
        ));
    }
    fence.write(session.folder.join(inside))
}

/// Whether the files become tracks of the session, which takes those of its rate alone.
pub fn imports(
    session: &OpenSession,
    location: &EmLocationInfo,
    range: Range,
    rate: u32,
) -> Outcome<bool> {
    let imports = triple(location.import_after_bounce) == Some(true);
    if imports && rate != session.info.sample_rate {
        return Err(Failure::new(
            Kind::PtSampleRateMismatch,
            format!(
                "Only a bounce at the session's {} Hz can be imported after it.",
                session.info.sample_rate
            ),
        ));
    }
    if imports && range.start < 0 {
        return Err(Failure::new(
            Kind::PtArgumentOutOfRange,
            "A bounce from before the session's start cannot be imported after it.",
        ));
    }
    Ok(imports)
}

/// Hz that files can have.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=384_000;

/// Rate, depth and time stamp.
pub fn spec(
    session: &OpenSession,
    audio: EmAudioInfo,
    range: Range,
    container: Container,
) -> Outcome<WriteSpec> {
    let own = session.info.sample_rate;
    let wanted = match audio.sample_rate {
        0 | 1 => audio.sample_rate_custom,
        rate => rate,
    };
    let sample_rate = match wanted {
        0 => own,
        rate => u32::try_from(rate)
            .ok()
            .filter(|rate| RATES.contains(rate))
            .ok_or_else(|| Failure::invalid(format!("No file has {rate} Hz.")))?,
    };
    let bits = match audio.bit_depth() {
        wire::BitDepth::Bit16 => BitDepth::Int16,
        wire::BitDepth::Bit32Float => BitDepth::Float32,
        wire::BitDepth::Bit24 => BitDepth::Int24,
        _ => BitDepth::try_from(session.info.bit_depth).unwrap_or_default(),
    };
    if container == Container::Aiff && bits == BitDepth::Float32 {
        return Err(Failure::invalid("AIFF files have 16 or 24 bits."));
    }
    let start = i128::from(session.info.ruler.start_sample()) + i128::from(range.start);
    let start = start * i128::from(sample_rate) / i128::from(own.max(1));
    Ok(WriteSpec {
        sample_rate,
        channels: 2,
        bits,
        time_reference: u64::try_from(start).ok(),
    })
}
