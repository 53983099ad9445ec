//! The files of a bounce: written aside while the graph plays, renamed when all are whole. Owns how
//! channels become files; refuses names that are taken.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::audio::resample::{ResampleError, Resampler};
use crate::media::MediaError;
use crate::media::encode::WriteSpec;
use crate::model::{Layout as Channels, Range};
use crate::platform::atomic;
use crate::ptsl::wire::CommandErrorType as Kind;
use crate::simulator::work::{Progress, media_refused, refused};
use crate::simulator::world::{Failure, Outcome, Taken};

use super::container::{Container, Sink};
use super::graph::Graph;
use super::mixer::{Mixer, stereo};

/// How channels become files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Interleaved,
    /// Half the sum.
    Mono,
    /// `.L`, `.R` and what more there are.
    MultipleMono,
}

impl Layout {
    /// Channels of each file of what has so many.
    pub fn channels(self, width: u16) -> u16 {
        match self {
            Self::Interleaved => width,
            Self::Mono | Self::MultipleMono => 1,
        }
    }
}

/// One file, or a pair.
pub struct Output {
    /// Without extension.
    pub name: String,
    pub layout: Layout,
}

/// A bounce: each output of the graph becomes one file, or a pair.
pub struct Job {
    pub graph: Graph,
    pub range: Range,
    pub directory: PathBuf,
    /// The session's own folder: what is missing in it is made.
    pub session_folder: PathBuf,
    /// One for each output of the graph.
    pub files: Vec<Output>,
    /// Channels are those of each output's layout.
    pub spec: WriteSpec,
    pub container: Container,
    /// What becomes of files that bear these names.
    pub taken: Taken,
}

/// A file being written; what is left of it goes when it was not published.
struct Part {
    aside: PathBuf,
    name: PathBuf,
    writer: Option<Sink>,
    /// From the session's rate to the file's, where they differ.
    resampler: Option<Resampler>,
    replaces: bool,
}

/// The first `name_01`, `name_02` … that is free.
fn beside(directory: &Path, name: &str, ending: &str) -> PathBuf {
    let named = |number: u32| directory.join(format!("{name}_{number:02}.{ending}"));
    (1..)
        .map(named)
        .find(|file| !file.exists())
        .unwrap_or_default()
}

impl Part {
    fn create(job: &Job, name: &str, spec: WriteSpec) -> Outcome<Self> {
        let (directory, ending) = (&job.directory, job.container.extension());
        let mut file = directory.join(format!("{name}.{ending}"));
        if file.exists() {
            match job.taken {
                Taken::Refused => return Err(duplicate(&file)),
                Taken::Replaced => {}
                Taken::KeptToo => file = beside(directory, name, ending),
            }
        }
        let rate = job.graph.arrangement.sample_rate;
        let resampler = (rate != spec.sample_rate)
            .then(|| Resampler::new(rate, spec.sample_rate, spec.channels))
            .transpose()
            .map_err(|error| rate_failed(&error))?;
        let aside = directory.join(format!(".{}.part", uuid::Uuid::new_v4()));
        let writer = Sink::create(&aside, spec, job.container).map_err(|error| media(&error))?;
        Ok(Self {
            aside,
            name: file,
            writer: Some(writer),
            resampler,
            replaces: job.taken == Taken::Replaced,
        })
    }

    fn write(&mut self, samples: &[f64]) -> Outcome<()> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let written = match &mut self.resampler {
            None => writer.write(samples),
            Some(resampler) => {
                let mut out = Vec::new();
                resampler
                    .push(samples, &mut out)
                    .map_err(|error| rate_failed(&error))?;
                writer.write(&out)
            }
        };
        written.map_err(|error| media(&error))
    }

    fn publish(&mut self) -> Outcome<PathBuf> {
        if let Some(mut writer) = self.writer.take() {
            if let Some(resampler) = self.resampler.take() {
                let mut rest = Vec::new();
                resampler
                    .finish(&mut rest)
                    .map_err(|error| rate_failed(&error))?;
                writer.write(&rest).map_err(|error| media(&error))?;
            }
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
    media_refused("The bounce cannot be written", error)
}

fn rate_failed(error: &ResampleError) -> Failure {
    Failure::cannot(format!("The bounce cannot be written: {error}."))
}

impl Job {
    /// Plays and writes; gives the files, in the order of the names.
    pub fn run(&self, stop: &CancellationToken, progress: &Progress) -> Outcome<Vec<PathBuf>> {
        self.find_directory()?;
        let mut parts = self.parts()?;
        let mut done = 0;
        let mut mixer = Mixer::new(&self.graph, self.range);
        while let Some(blocks) = mixer.next_block().map_err(|error| {
            let failure = media(&error.source);
            Failure::new(failure.kind, format!("{error}."))
        })? {
            if stop.is_cancelled() {
                return Err(Failure::cannot("The bounce was stopped."));
            }
            let widths = self.widths();
            let first = blocks.first().zip(widths.first());
            let frames = first.map_or(0, |(block, width)| block.len() / usize::from(*width));
            done += u64::try_from(frames).unwrap_or(0);
            progress.at(done, self.range.len());
            let outputs = parts.iter_mut().zip(&self.files).zip(widths);
            for (((files, output), width), block) in outputs.zip(blocks) {
                write(files, output.layout, width, block)?;
            }
        }
        parts.iter_mut().flatten().map(Part::publish).collect()
    }

    /// Channels of each output.
    fn widths(&self) -> Vec<u16> {
        let outputs = self.graph.outputs.iter();
        let width = |node: &usize| self.graph.nodes.get(*node).map_or(2, |node| node.width);
        outputs.map(width).collect()
    }

    fn find_directory(&self) -> Outcome<()> {
        let is_own = self.directory.parent() == Some(&self.session_folder);
        if is_own && !self.directory.exists() {
            std::fs::create_dir_all(&self.directory)
                .map_err(|error| refused("The bounce folder cannot be made", &error))?;
        }
        if self.directory.is_dir() {
            return Ok(());
        }
        Err(Failure::new(
            Kind::OsNoLocationFound,
            format!("There is no folder '{}'.", self.directory.display()),
        ))
    }

    fn parts(&self) -> Outcome<Vec<Vec<Part>>> {
        let of_output = |(output, width): (&Output, u16)| {
            let channels = Channels::of(width).unwrap_or_default();
            let tails: Vec<String> = match output.layout {
                Layout::MultipleMono => {
                    let sides = channels.sides().into_iter();
                    sides.map(|side| format!(".{side}")).collect()
                }
                _ => vec![String::new()],
            };
            let spec = WriteSpec {
                channels: output.layout.channels(width),
                ..self.spec
            };
            tails
                .iter()
                .map(|tail| {
                    let name = format!("{}{tail}", output.name);
                    Part::create(self, &name, spec)
                })
                .collect()
        };
        self.files
            .iter()
            .zip(self.widths())
            .map(of_output)
            .collect()
    }
}

fn write(files: &mut [Part], layout: Layout, width: u16, samples: &[f64]) -> Outcome<()> {
    match (layout, files) {
        (Layout::Interleaved, [file]) => file.write(samples),
        (Layout::Mono, [file]) => {
            let stereo = stereo(samples, width);
            let (frames, _) = stereo.as_chunks::<2>();
            let mono: Vec<f64> = frames.iter().map(|[l, r]| (l + r) / 2.0).collect();
            file.write(&mono)
        }
        (_, files) => {
            let width = usize::from(width);
            for (channel, file) in files.iter_mut().enumerate() {
                let one = samples.iter().skip(channel).step_by(width);
                let one: Vec<f64> = one.copied().collect();
                file.write(&one)?;
            }
            Ok(())
        }
    }
}
