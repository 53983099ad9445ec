//! ExportMix: which lanes, which range, which files; then the rendering, aside, renamed when whole.
//! Refuses existing names, unknown sources, empty ranges and formats that it cannot write.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::media::MediaError;
use crate::media::encode::{WriteSpec, Writer};
use crate::mixdown::{Bus, Mixdown};
use crate::model::stem::BitDepth;
use crate::model::{Arrangement, Range};
use crate::platform::atomic;
use crate::ptsl::wire::{
    self, CommandErrorType as Kind, EmDeliveryFormat, EmFileDestination, EmFileType, EmSourceType,
    ExportFormat, ExportMixRequestBody,
};

use super::files::place;
use super::read;
use super::session::triple;
use crate::simulator::answer::Body;
use crate::simulator::work::{Change, Progress, Work, refused};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// The main output of every session here.
pub const OUTPUT: &str = "Out 1-2";

/// How two channels become files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Interleaved,
    /// Half the sum.
    Mono,
    /// `.L` and `.R`.
    MultipleMono,
}

/// One file or pair of files: a sum of lanes.
struct Output {
    name: String,
    lanes: Vec<usize>,
}

struct Job {
    arrangement: Arc<Arrangement>,
    range: Range,
    directory: PathBuf,
    outputs: Vec<Output>,
    layout: Layout,
    spec: WriteSpec,
    /// Files of these names may go.
    replaces: bool,
}

/// Names of the mix sources of a type: routing folders are the busses of this world.
pub fn sources(session: &OpenSession, kind: EmSourceType) -> Vec<String> {
    match kind {
        EmSourceType::EmsTypeOutput | EmSourceType::EmsTypePhysicalOut => vec![OUTPUT.to_owned()],
        EmSourceType::EmsTypeBus => session
            .strips
            .iter()
            .filter(|strip| strip.track.kind == crate::model::TrackKind::RoutingFolder)
            .map(|strip| strip.track.name.clone())
            .collect(),
        _ => Vec::new(),
    }
}

/// GetExportMixSourceList.
pub fn source_list(world: &mut World, body: &str) -> Outcome<Body> {
    let request: wire::GetExportMixSourceListRequestBody =
        read("GetExportMixSourceListRequestBody", body)?;
    let kind = match request.r#type() {
        EmSourceType::EmsTypeUnknown => EmSourceType::EmsTypeOutput,
        kind => kind,
    };
    let list = sources(world.session()?, kind);
    Ok(Some(json!({ "source_list": list })))
}

/// The lanes that sound at a mix source, or what PTSL answers to a wrong one.
fn lanes_at(session: &OpenSession, source: &wire::EmSourceInfo) -> Outcome<Vec<usize>> {
    let kind = match source.source_type() {
        EmSourceType::EmsTypeUnknown => EmSourceType::EmsTypeOutput,
        kind => kind,
    };
    let wanted = source.name.trim();
    let plain = wanted
        .strip_suffix(" (Stereo)")
        .or_else(|| wanted.strip_suffix(" (Mono)"))
        .unwrap_or(wanted);
    let known = sources(session, kind);
    if !known.iter().any(|name| name == plain || name == wanted) {
        return Err(Failure::invalid(format!(
            "The required mix source '{wanted}' was not found."
        )));
    }
    if kind != EmSourceType::EmsTypeBus {
        return Ok(session.audible_lanes(None));
    }
    let folder = session
        .strips
        .iter()
        .position(|s| s.track.kind.is_folder() && [plain, wanted].contains(&&*s.track.name));
    Ok(session.audible_lanes(folder))
}

fn range(session: &OpenSession, request: &ExportMixRequestBody) -> Outcome<Range> {
    let times = session.times();
    let given = |place: &Option<wire::TimelineLocation>| -> Outcome<Option<i64>> {
        match place {
            Some(place) if !place.location.trim().is_empty() => {
                times.parse(&place.location, place.time_type()).map(Some)
            }
            _ => Ok(None),
        }
    };
    let selection = session.selection;
    let range = Range::new(
        given(&request.start_time)?.unwrap_or(selection.start),
        given(&request.end_time)?.unwrap_or(selection.end),
    );
    if range.is_empty() {
        return Err(Failure::new(
            Kind::PtNoSelection,
            "There is nothing to bounce: the timeline selection is empty.",
        ));
    }
    Ok(range)
}

/// A file name without its extension that every system can write.
fn file_name(name: &str) -> Outcome<String> {
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

fn directory(session: &OpenSession, request: &ExportMixRequestBody) -> Outcome<PathBuf> {
    let location = request.location_info.clone().unwrap_or_default();
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

fn spec(session: &OpenSession, request: &ExportMixRequestBody, range: Range) -> Outcome<WriteSpec> {
    let audio = request.audio_info.unwrap_or_default();
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

/// Checks everything that can be checked without the disk.
pub fn prepare(world: &mut World, body: &str) -> Outcome<Work> {
    let request: ExportMixRequestBody = read("ExportMixRequestBody", body)?;
    world.session()?.transport.stop();
    let world = &*world;
    let session = world.session.as_ref().ok_or_else(Failure::no_session)?;
    if !matches!(
        request.file_type(),
        EmFileType::EmfTypeUnknown | EmFileType::EmfTypeNone | EmFileType::EmfTypeWav
    ) {
        return Err(Failure::cannot("The simulator bounces WAV files only."));
    }
    let mut wanted = request.mix_source_list.clone();
    wanted.extend(request.files_list.iter().cloned());
    if wanted.is_empty() {
        return Err(Failure::invalid("The required mix source was not found."));
    }
    let name = file_name(&request.file_name)?;
    let audio = request.audio_info.unwrap_or_default();
    let is_single = audio.delivery_format() != EmDeliveryFormat::EmDfFilePerMixSource;
    if is_single && wanted.len() > 1 {
        return Err(Failure::invalid(
            "Several mix sources cannot go into a single file.",
        ));
    }
    let mut outputs = Vec::new();
    for source in &wanted {
        outputs.push(Output {
            name: if is_single {
                name.clone()
            } else {
                file_name(&format!("{name} ({})", source.name))?
            },
            lanes: lanes_at(session, source)?,
        });
    }
    let range = range(session, &request)?;
    let layout = match audio.export_format() {
        ExportFormat::EfMono => Layout::Mono,
        ExportFormat::EfMultipleMono => Layout::MultipleMono,
        _ => Layout::Interleaved,
    };
    let mut spec = spec(session, &request, range)?;
    spec.channels = if layout == Layout::Interleaved { 2 } else { 1 };
    let own_folder = session.folder.clone();
    let job = Job {
        arrangement: Arc::clone(&session.arrangement),
        range,
        directory: directory(session, &request)?,
        outputs,
        layout,
        spec,
        replaces: world.replaces_files,
    };
    Ok(Work::reporting(move |stop, progress| {
        if job.directory.parent() == Some(&own_folder) && !job.directory.exists() {
            std::fs::create_dir_all(&job.directory)
                .map_err(|error| refused("The bounce folder cannot be made", &error))?;
        }
        let files = job.run(stop, progress)?;
        Ok(Change::none(None).wrote(files))
    }))
}

/// A file being written; what is left of it goes when it was not published.
struct Part {
    aside: PathBuf,
    name: PathBuf,
    writer: Option<Writer>,
    replaces: bool,
}

impl Part {
    fn create(directory: &Path, name: &str, spec: WriteSpec, replaces: bool) -> Outcome<Self> {
        let file = directory.join(format!("{name}.wav"));
        if file.exists() && !replaces {
            return Err(duplicate(&file));
        }
        let aside = directory.join(format!(".{}.part", uuid::Uuid::new_v4()));
        let writer = Writer::create(&aside, spec).map_err(|error| media(&error))?;
        Ok(Self {
            aside,
            name: file,
            writer: Some(writer),
            replaces,
        })
    }

    fn write(&mut self, samples: &[f64]) -> Outcome<()> {
        match &mut self.writer {
            Some(writer) => writer.write(samples).map_err(|error| media(&error)),
            None => Ok(()),
        }
    }

    fn publish(&mut self) -> Outcome<PathBuf> {
        if let Some(writer) = self.writer.take() {
            writer.finish().map_err(|error| media(&error))?;
        }
        atomic::publish(&self.aside, &self.name, self.replaces).map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                duplicate(&self.name)
            } else {
                refused("The bounce cannot be given its name", &error)
            }
        })?;
        Ok(self.name.clone())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.writer = None;
        // Gone already once it was published.
        let _ = std::fs::remove_file(&self.aside);
    }
}

fn duplicate(file: &Path) -> Failure {
    Failure::new(
        Kind::OsDuplicateName,
        format!("There is a file '{}' already.", file.display()),
    )
}

fn media(error: &MediaError) -> Failure {
    match error {
        MediaError::Write { source, .. } => refused("The bounce cannot be written", source),
        MediaError::Missing { .. } => Failure::new(Kind::PtFileNotFound, format!("{error}.")),
        error => Failure::new(Kind::OsReadError, format!("{error}.")),
    }
}

impl Job {
    fn parts(&self) -> Outcome<Vec<Vec<Part>>> {
        let tails: &[&str] = match self.layout {
            Layout::MultipleMono => &[".L", ".R"],
            _ => &[""],
        };
        self.outputs
            .iter()
            .map(|output| {
                tails
                    .iter()
                    .map(|tail| {
                        let name = format!("{}{tail}", output.name);
                        Part::create(&self.directory, &name, self.spec, self.replaces)
                    })
                    .collect()
            })
            .collect()
    }

    fn run(&self, stop: &CancellationToken, progress: &Progress) -> Outcome<Vec<PathBuf>> {
        if !self.directory.is_dir() {
            return Err(Failure::new(
                Kind::OsNoLocationFound,
                format!("There is no folder '{}'.", self.directory.display()),
            ));
        }
        let mut parts = self.parts()?;
        let buses = self
            .outputs
            .iter()
            .map(|output| Bus {
                lanes: output.lanes.clone(),
                gain_db: 0.0,
            })
            .collect();
        let mut done = 0;
        let mut mixdown = Mixdown::new(&self.arrangement, buses, self.range);
        while let Some(sums) = mixdown.next_block().map_err(|error| {
            let failure = media(&error.source);
            Failure::new(failure.kind, format!("{error}."))
        })? {
            if stop.is_cancelled() {
                return Err(Failure::cannot("The bounce was stopped."));
            }
            let frames = sums.first().map_or(0, |sum| sum.len() / 2);
            done += u64::try_from(frames).unwrap_or(0);
            progress.at(done, self.range.len());
            for (files, sum) in parts.iter_mut().zip(sums) {
                self.write(files, sum)?;
            }
        }
        parts.iter_mut().flatten().map(Part::publish).collect()
    }

    fn write(&self, files: &mut [Part], stereo: &[f64]) -> Outcome<()> {
        match (self.layout, files) {
            (Layout::Interleaved, [file]) => file.write(stereo),
            (Layout::Mono, [file]) => {
                let mono: Vec<f64> = stereo
                    .chunks_exact(2)
                    .map(|pair| pair.iter().sum::<f64>() / 2.0)
                    .collect();
                file.write(&mono)
            }
            (_, files) => {
                for (channel, file) in files.iter_mut().enumerate() {
                    let one: Vec<f64> = stereo.iter().skip(channel).step_by(2).copied().collect();
                    file.write(&one)?;
                }
                Ok(())
            }
        }
    }
}
