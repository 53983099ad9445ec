//! A stem or a mix as it lies on disk, in one file or in one for each channel, read from the beginning.
//! Refuses more channels than a layout has.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::model::stem::BitDepth;
use crate::model::{Layout, layout};

/// Read in step with others.
pub struct Voice {
    /// One of all channels, or a mono one for each.
    parts: Vec<Part>,
    channels: u16,
    samples: Vec<f64>,
    /// Highest sample so far, linear.
    peak: f64,
    /// Where samples at the ends of what its files hold were clipped there.
    clips: Option<BitDepth>,
    /// Of a wider file: the first channel that is read, and how many the file has.
    picked: Option<(usize, usize)>,
}

struct Part {
    path: PathBuf,
    reader: Reader,
    /// One channel, where there are several parts.
    samples: Vec<f64>,
}

impl Voice {
    /// Opens one file, or those of the channels in their order.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        let open = |path: &PathBuf| {
            Ok(Part {
                reader: Reader::open(path)?,
                path: path.clone(),
                samples: Vec::new(),
            })
        };
        let parts = paths.iter().map(open).collect::<Result<Vec<_>>>()?;
        let channels = match parts.as_slice() {
            [only] => only.reader.info().channels,
            parts => u16::try_from(parts.len()).unwrap_or(u16::MAX),
        };
        let is_mono = |part: &&Part| part.reader.info().channels == 1;
        if let Some(wide) = parts.iter().find(|part| parts.len() > 1 && !is_mono(part)) {
            let text = format!(
                "'{}' is one channel of a stem and not mono",
                wide.path.display()
            );
            return Err(Error::new(ErrorKind::Check, text));
        }
        let voice = Self {
            parts,
            channels,
            samples: Vec::new(),
            peak: 0.0,
            clips: None,
            picked: None,
        };
        if Layout::of(channels).is_some() {
            return Ok(voice);
        }
        let text = format!(
            "'{}' has {channels} channels, and sums are checked in up to {}",
            voice.path().display(),
            layout::MOST
        );
        Err(Error::new(ErrorKind::Check, text))
    }

    /// One or two channels of a wider file, from `first` on.
    ///
    /// # Errors
    /// A file that cannot be read, or has fewer channels.
    pub fn of_channels(path: &Path, first: usize, count: u16) -> Result<Self> {
        let reader = Reader::open(path)?;
        let width = usize::from(reader.info().channels);
        if first + usize::from(count) > width || !(1..=2).contains(&count) {
            let text = format!("'{}' has {width} channels", path.display());
            return Err(Error::new(ErrorKind::Check, text));
        }
        Ok(Self {
            parts: vec![Part {
                reader,
                path: path.to_owned(),
                samples: Vec::new(),
            }],
            channels: count,
            samples: Vec::new(),
            peak: 0.0,
            clips: None,
            picked: Some((first, width)),
        })
    }

    /// 1 to 8.
    pub fn channels(&self) -> u16 {
        self.channels
    }

    /// Hz.
    pub fn rate(&self) -> u32 {
        let first = self.parts.first();
        first.map_or(0, |part| part.reader.info().sample_rate)
    }

    /// The same, of files that were clipped to integers of this depth.
    #[must_use]
    pub fn clipped_to(mut self, bits: Option<BitDepth>) -> Self {
        self.clips = bits;
        self
    }

    /// To which integers its files were clipped, where they were.
    pub fn clips(&self) -> Option<BitDepth> {
        self.clips
    }

    /// The highest sample that was read, linear.
    pub fn peak(&self) -> f64 {
        self.peak
    }

    /// The first of its files.
    pub fn path(&self) -> &Path {
        self.parts.first().map_or(Path::new(""), |part| &part.path)
    }

    /// The next frames, interleaved; fewer than asked for only at the end.
    ///
    /// # Errors
    /// A file that cannot be read, or that ends before another channel's, named.
    pub fn read(&mut self, frames: usize) -> Result<&[f64]> {
        let channels = usize::from(self.channels);
        self.samples.resize(frames * channels, 0.0);
        if let ([only], Some((first, width))) = (self.parts.as_mut_slice(), self.picked) {
            only.samples.resize(frames * width, 0.0);
            let got = fill(&mut only.reader, &mut only.samples, width)?;
            let from = only.samples.chunks_exact(width).take(got);
            for (to, from) in self.samples.chunks_exact_mut(channels).zip(from) {
                for (to, from) in to.iter_mut().zip(from.iter().skip(first)) {
                    *to = *from;
                }
            }
            self.samples.truncate(got * channels);
        } else if let [only] = self.parts.as_mut_slice() {
            let got = fill(&mut only.reader, &mut self.samples, channels)?;
            self.samples.truncate(got * channels);
        } else {
            let mut least = frames;
            for (place, part) in self.parts.iter_mut().enumerate() {
                part.samples.resize(frames, 0.0);
                let got = fill(&mut part.reader, &mut part.samples, 1)?;
                if place > 0 && got != least {
                    let text =
                        format!("'{}' is not as long as its other side", part.path.display());
                    return Err(Error::new(ErrorKind::Check, text));
                }
                least = got;
                let to = self.samples.iter_mut().skip(place).step_by(channels);
                for (to, from) in to.zip(&part.samples) {
                    *to = *from;
                }
            }
            self.samples.truncate(least * channels);
        }
        let peak = |peak: f64, sample: &f64| peak.max(sample.abs());
        self.peak = self.samples.iter().fold(self.peak, peak);
        Ok(&self.samples)
    }
}

/// Reads until the block is full or the file ends; returns the frames.
fn fill(reader: &mut Reader, block: &mut [f64], channels: usize) -> Result<usize> {
    let mut frames = 0;
    while let Some(rest) = block.get_mut(frames * channels..) {
        if rest.len() < channels {
            break;
        }
        let got = reader.read(rest)?;
        if got == 0 {
            break;
        }
        frames += got;
    }
    Ok(frames)
}
