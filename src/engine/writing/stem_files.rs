//! The files of one stem: one, or one for each channel (`name.L.wav`, `name.R.wav`). From the stem's
//! frames, stereo or wider, to the channels of its files, and back to what stands in them.

use std::sync::Weak;

use tokio_util::sync::CancellationToken;

use super::deliver::Finished;
use super::folder::OutputFolder;
use super::output::{Common, FileOutput, Strip};
use crate::engine::proof::StemSum;
use crate::engine::slices::{SLICE, Slice, Turn};
use crate::error::Result;
use crate::media::place::Placed;
use crate::model::Layout;
use crate::model::level::LiveLevels;
use crate::model::manifest::FileRole;
use crate::model::plan::PlannedStem;
use crate::model::stem::BitDepth;

/// Files being made, by several threads at once.
pub struct StemFiles {
    /// Of the stem, in however many files.
    layout: Layout,
    role: FileRole,
    bits: BitDepth,
    /// One, or one for each channel.
    files: Vec<FileOutput>,
}

/// A slice of them in the hands of a thread.
pub struct Strips {
    strips: Vec<Strip>,
    /// One channel.
    channel: Vec<f64>,
}

impl Strips {
    /// Begins anew at a frame of the files.
    pub fn begin(&mut self, at: u64) {
        for strip in &mut self.strips {
            strip.begin(at);
        }
    }
}

impl StemFiles {
    /// Opens the `.part` files.
    pub fn create(
        folder: &OutputFolder,
        common: Common,
        stem: &PlannedStem,
        role: FileRole,
    ) -> Result<Self> {
        let is_split = !stem.more_files.is_empty();
        let layout = stem.layout();
        let create = |(file, channel): (&String, &'static str)| {
            let mut of_file = stem.clone();
            of_file.channel_count = stem.file_channels();
            of_file.file.clone_from(file);
            of_file.more_files.clear();
            let channel = is_split.then_some(channel);
            FileOutput::create(folder, common.clone(), &of_file, role, channel)
        };
        Ok(Self {
            layout,
            role,
            bits: stem.bits,
            files: stem
                .written()
                .zip(layout.sides())
                .map(create)
                .collect::<Result<_>>()?,
        })
    }

    /// Of the frames that it takes: stereo, which mono is made of, or wider.
    pub fn layout(&self) -> Layout {
        match self.layout {
            Layout::Mono => Layout::Stereo,
            layout => layout,
        }
    }

    pub fn role(&self) -> FileRole {
        self.role
    }

    /// Highest sample so far before it was quantised, linear.
    pub fn meant_peak(&self) -> f64 {
        let peaks = self.files.iter().map(FileOutput::meant_peak);
        peaks.fold(0.0, f64::max)
    }

    /// What is written into, where it can be sent to the disk on the way.
    pub fn placed(&self) -> impl Iterator<Item = Weak<Placed>> {
        self.files.iter().filter_map(FileOutput::placed)
    }

    /// What it sounds like now; the recent peaks begin anew.
    pub fn live(&self) -> LiveLevels {
        let mut files = self.files.iter().map(FileOutput::live);
        let first = files.next().unwrap_or_default();
        files.fold(first, LiveLevels::beside)
    }

    /// Room for a thread.
    pub fn strips(&self) -> Strips {
        Strips {
            strips: self.files.iter().map(FileOutput::strip).collect(),
            channel: Vec::new(),
        }
    }

    /// Adds interleaved frames of [`Self::layout`], gain already in them, to the strips, and leaves in `block` what
    /// will stand in the files for them: quantised, in the channels of the stem. Returns how many samples
    /// were clipped.
    ///
    /// # Errors
    /// Samples that are no numbers.
    pub fn take(&self, strips: &mut Strips, block: &mut Vec<f64>) -> Result<u64> {
        if self.layout == Layout::Mono {
            fold(block);
        }
        let Strips { strips, channel } = strips;
        if let ([file], [strip]) = (self.files.as_slice(), strips.as_mut_slice()) {
            return file.take(strip, block);
        }
        let width = self.files.len().max(1);
        let mut clipped = 0;
        for (place, (file, strip)) in self.files.iter().zip(strips).enumerate() {
            channel.clear();
            channel.extend(block.iter().skip(place).step_by(width));
            clipped += file.take(strip, channel)?;
            let samples = block.iter_mut().skip(place).step_by(width);
            for (to, from) in samples.zip(channel.iter()) {
                *to = *from;
            }
        }
        Ok(clipped)
    }

    /// Adds what [`Self::take`] left to the sum of the stems.
    pub fn add_to(&self, sums: &mut StemSum, block: &[f64]) {
        sums.add(block, self.channels());
    }

    /// Says that [`Self::take`] clipped some of this.
    pub fn mark_clipped(&self, sums: &mut StemSum, block: &[f64]) {
        sums.mark_clipped(block, self.channels(), self.bits);
    }

    /// 1 to 8.
    pub fn channels(&self) -> u16 {
        self.layout.channels()
    }

    /// Writes strips, and does when their turn comes what needs the order of time.
    pub fn put(&self, turn: &Turn<'_>, strips: &Strips) -> Result<()> {
        let files = self.files.iter().zip(&strips.strips);
        files
            .into_iter()
            .try_for_each(|(file, strip)| file.put(turn, strip))
    }

    /// Made by one thread, from the first frame to the last.
    pub fn feed(&self) -> Feed<'_> {
        Feed {
            output: self,
            strips: self.strips(),
            block: Vec::new(),
            slice: Slice {
                number: 0,
                from: 0,
                to: 0,
            },
        }
    }

    /// Finishes the files, makes them durable, reads them back byte for byte; in the order of channels.
    ///
    /// # Errors
    /// When one has not the planned length or does not hold what was written, and when cancelled.
    pub fn finish(self, cancel: &CancellationToken) -> Result<Vec<Finished>> {
        let is_split = self.files.len() > 1;
        let finished = self.files.into_iter().map(|file| file.finish(cancel));
        let mut finished = finished.collect::<Result<Vec<_>>>()?;
        if !is_split {
            return Ok(finished);
        }
        let is_heard = finished.iter().any(|file| !file.file.levels.silent);
        for (finished, channel) in finished.iter_mut().zip(self.layout.sides()) {
            let file = &mut finished.file;
            file.channel = Some(channel.to_owned());
            if is_heard && file.levels.silent {
                // What plays may well stay on the other side.
                file.has_clips = None;
            }
        }
        Ok(finished)
    }
}

/// One block after the other.
pub struct Feed<'a> {
    output: &'a StemFiles,
    strips: Strips,
    block: Vec<f64>,
    /// What the strips hold.
    slice: Slice,
}

impl Feed<'_> {
    /// Appends interleaved frames of [`StemFiles::layout`], gain already in them.
    pub fn push(&mut self, frames: &[f64]) -> Result<()> {
        self.block.clear();
        self.block.extend_from_slice(frames);
        self.output.take(&mut self.strips, &mut self.block)?;
        self.slice.to += frames.len() as u64 / u64::from(self.output.layout().channels());
        if self.slice.frames() >= SLICE as u64 {
            self.flush()?;
        }
        Ok(())
    }

    /// After the last.
    pub fn end(mut self) -> Result<()> {
        if self.slice.frames() > 0 {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.output.put(&Turn::alone(self.slice), &self.strips)?;
        let from = self.slice.to;
        self.slice = Slice {
            number: self.slice.number + 1,
            from,
            to: from,
        };
        self.strips.begin(from);
        Ok(())
    }
}

/// Stereo to mono, half of both sides.
fn fold(block: &mut Vec<f64>) {
    let frames = block.len() / 2;
    for frame in 0..frames {
        let left = block.get(2 * frame).copied().unwrap_or_default();
        let right = block.get(2 * frame + 1).copied().unwrap_or_default();
        if let Some(sample) = block.get_mut(frame) {
            *sample = 0.5 * (left + right);
        }
    }
    block.truncate(frames);
}
