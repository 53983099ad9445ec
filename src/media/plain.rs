//! Uncompressed samples in a file: read at any frame, by several threads at once, and the exact value of
//! every sample.

use std::fs::File;
use std::io;

use super::bytes::read_at;
use crate::audio::fold::{self, Fold};

/// Bytes read from the disk at once.
const BUFFER: usize = 256 * 1024;

/// Which end of a sample comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Little,
    Big,
}

/// How a sample lies in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Unsigned8,
    Signed8,
    Int16(Order),
    Int24(Order),
    Int32(Order),
    Float32(Order),
    Float64(Order),
    /// G.711, 13 bits in 8.
    ALaw,
    /// G.711, 14 bits in 8.
    MuLaw,
}

impl Coding {
    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 | Self::Signed8 | Self::ALaw | Self::MuLaw => 1,
            Self::Int16(_) => 2,
            Self::Int24(_) => 3,
            Self::Int32(_) | Self::Float32(_) => 4,
            Self::Float64(_) => 8,
        }
    }

    /// Bits of a sample.
    pub fn bits(self) -> u16 {
        match self {
            Self::Unsigned8 | Self::Signed8 | Self::ALaw | Self::MuLaw => 8,
            Self::Int16(_) => 16,
            Self::Int24(_) => 24,
            Self::Int32(_) | Self::Float32(_) => 32,
            Self::Float64(_) => 64,
        }
    }

    pub fn is_float(self) -> bool {
        matches!(self, Self::Float32(_) | Self::Float64(_))
    }
}

/// Where the samples of a source lie: interleaved in one file, or each channel in its own.
#[derive(Debug)]
pub struct Plain {
    /// One, or one mono file a channel.
    files: Vec<Part>,
    channels: usize,
    fold: Option<Box<Fold>>,
    /// Whole frames, of the longest file.
    pub frames: u64,
}

/// Where the samples of a file lie.
#[derive(Debug)]
pub struct Part {
    pub file: File,
    pub coding: Coding,
    pub channels: usize,
    /// Byte offset of the first sample.
    pub data_start: u64,
    /// Whole frames.
    pub frames: u64,
}

impl Plain {
    /// A source in one file.
    pub fn one(file: Part) -> Self {
        Self {
            channels: file.channels.max(1),
            frames: file.frames,
            files: vec![file],
            fold: None,
        }
    }

    /// A source in several mono files; what a shorter one lacks is silence.
    pub fn split(files: Vec<Part>) -> Self {
        Self {
            channels: files.len().max(1),
            frames: files.iter().map(|file| file.frames).max().unwrap_or(0),
            files,
            fold: None,
        }
    }

    /// Gives stereo from now on.
    pub(super) fn fold(&mut self, fold: Fold) {
        self.fold = Some(Box::new(fold));
    }

    /// Fills interleaved samples from `frame` on; returns frames, fewer than asked for only at the
    /// end. `bytes` is room that is used again.
    ///
    /// # Errors
    /// What the file's system says; `UnexpectedEof` for a file that became shorter since it was opened.
    pub fn read_at(
        &self,
        frame: u64,
        interleaved: &mut [f64],
        bytes: &mut Vec<u8>,
    ) -> io::Result<usize> {
        let Some(fold) = self.fold.as_deref() else {
            return self.read_all_channels(frame, interleaved, bytes);
        };
        fold_in_parts(fold, interleaved, |wide, done| {
            let done = u64::try_from(done).unwrap_or(u64::MAX);
            self.read_all_channels(frame.saturating_add(done), wide, bytes)
        })
    }

    fn read_all_channels(
        &self,
        frame: u64,
        interleaved: &mut [f64],
        bytes: &mut Vec<u8>,
    ) -> io::Result<usize> {
        let left = usize::try_from(self.frames.saturating_sub(frame)).unwrap_or(usize::MAX);
        let wanted = (interleaved.len() / self.channels).min(left);
        let out = interleaved
            .get_mut(..wanted * self.channels)
            .unwrap_or_default();
        if let [file] = self.files.as_slice() {
            return file.read_at(frame, wanted, bytes, |bytes, at| {
                let out = out.get_mut(at * self.channels..).unwrap_or_default();
                convert(bytes, file.coding, out);
            });
        }
        for (channel, file) in self.files.iter().enumerate() {
            let done = file.read_at(frame, wanted, bytes, |bytes, at| {
                let out = out.get_mut(at * self.channels + channel..);
                scatter(bytes, file.coding, out.unwrap_or_default(), self.channels);
            })?;
            let silent = out.get_mut(done * self.channels..).unwrap_or_default();
            let samples = silent.iter_mut().skip(channel).step_by(self.channels);
            samples.for_each(|sample| *sample = 0.0);
        }
        Ok(wanted)
    }
}

impl Part {
    /// Reads frames and hands their bytes on, with the frames that came before. Returns the frames that
    /// the file has of those wanted.
    fn read_at(
        &self,
        frame: u64,
        wanted: usize,
        bytes: &mut Vec<u8>,
        mut put: impl FnMut(&[u8], usize),
    ) -> io::Result<usize> {
        let stride = self.channels.max(1) * self.coding.bytes();
        let left = usize::try_from(self.frames.saturating_sub(frame)).unwrap_or(usize::MAX);
        let wanted = wanted.min(left);
        let per_turn = (BUFFER / stride).max(1);
        let mut done = 0;
        while done < wanted {
            let turn = per_turn.min(wanted - done);
            if bytes.len() < turn * stride {
                bytes.resize(turn * stride, 0);
            }
            let at = frame.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            let offset = at.saturating_mul(u64::try_from(stride).unwrap_or(u64::MAX));
            let room = bytes.get_mut(..turn * stride).unwrap_or_default();
            let got = fill_from(&self.file, room, self.data_start.saturating_add(offset))? / stride;
            if got < turn {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "it became shorter while it was read",
                ));
            }
            put(room, done);
            done += got;
        }
        Ok(done)
    }
}

/// Fills `stereo` from reads of all channels, which get the frames that came before; returns frames.
pub(super) fn fold_in_parts<E>(
    fold: &Fold,
    stereo: &mut [f64],
    mut read: impl FnMut(&mut [f64], usize) -> Result<usize, E>,
) -> Result<usize, E> {
    let mut wide = [0.0; 512 * fold::MOST];
    let mut done = 0;
    for part in stereo.chunks_mut(2 * 512) {
        let frames = part.len() / 2;
        let wide = wide.get_mut(..frames * fold.channels()).unwrap_or_default();
        let got = read(wide, done)?;
        fold.apply(wide.get(..got * fold.channels()).unwrap_or_default(), part);
        done += got;
        if got < frames {
            break;
        }
    }
    Ok(done)
}

/// The samples one after the other.
pub struct Samples {
    plain: Plain,
    /// Next frame to be read.
    at: u64,
    bytes: Vec<u8>,
}

impl Samples {
    /// At the first frame.
    pub fn new(plain: Plain) -> Self {
        Self {
            plain,
            at: 0,
            bytes: Vec::new(),
        }
    }

    /// Next frame to be read.
    pub fn position(&self) -> u64 {
        self.at
    }

    pub fn seek(&mut self, frame: u64) {
        self.at = frame.min(self.plain.frames);
    }

    /// Fills interleaved samples; returns frames, fewer than asked for only at the end.
    pub fn read(&mut self, interleaved: &mut [f64]) -> io::Result<usize> {
        let done = self.plain.read_at(self.at, interleaved, &mut self.bytes)?;
        self.at += u64::try_from(done).unwrap_or(0);
        Ok(done)
    }
}

/// Fills as much as the file still has behind `offset`.
fn fill_from(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let at = offset.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
        match read_at(file, rest, at) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// Dividing by a power of two is exact, so that every integer keeps its value.
fn convert(bytes: &[u8], coding: Coding, out: &mut [f64]) {
    use Order::{Big, Little};
    const FULL_32: f64 = 2_147_483_648.0;
    match coding {
        Coding::Unsigned8 => fill(bytes, out, |[b]| (f64::from(b) - 128.0) / 128.0),
        Coding::Signed8 => fill(bytes, out, |[b]| f64::from(b.cast_signed()) / 128.0),
        Coding::Int16(Little) => fill(bytes, out, |b| f64::from(i16::from_le_bytes(b)) / 32_768.0),
        Coding::Int16(Big) => fill(bytes, out, |b| f64::from(i16::from_be_bytes(b)) / 32_768.0),
        Coding::Int24(Little) => int24(bytes, out),
        Coding::Int24(Big) => fill(bytes, out, |[a, b, c]| {
            f64::from(i32::from_be_bytes([a, b, c, 0])) / FULL_32
        }),
        Coding::Int32(Little) => fill(bytes, out, |b| f64::from(i32::from_le_bytes(b)) / FULL_32),
        Coding::Int32(Big) => fill(bytes, out, |b| f64::from(i32::from_be_bytes(b)) / FULL_32),
        Coding::Float32(Little) => fill(bytes, out, |b| f64::from(f32::from_le_bytes(b))),
        Coding::Float32(Big) => fill(bytes, out, |b| f64::from(f32::from_be_bytes(b))),
        Coding::Float64(Little) => fill(bytes, out, f64::from_le_bytes),
        Coding::Float64(Big) => fill(bytes, out, f64::from_be_bytes),
        Coding::ALaw => fill(bytes, out, |[b]| f64::from(a_law(b)) / 32_768.0),
        Coding::MuLaw => fill(bytes, out, |[b]| f64::from(mu_law(b)) / 32_768.0),
    }
}

/// Samples of one channel into every `step`th place.
fn scatter(bytes: &[u8], coding: Coding, out: &mut [f64], step: usize) {
    let mut some = [0.0; 256];
    let mut places = out.iter_mut().step_by(step.max(1));
    for bytes in bytes.chunks(some.len() * coding.bytes()) {
        let count = bytes.len() / coding.bytes();
        let some = some.get_mut(..count).unwrap_or_default();
        convert(bytes, coding, some);
        for (sample, place) in some.iter().zip(&mut places) {
            *place = *sample;
        }
    }
}

/// ITU-T G.711, table 1, scaled to 16 bits: every second bit is inverted, three bits choose the
/// segment, four the step in it.
fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (segment, step) = ((byte >> 4) & 7, i16::from(byte & 0x0F) << 4);
    let size = match segment {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    if byte & 0x80 == 0 { -size } else { size }
}

/// ITU-T G.711, table 2, scaled to 16 bits: all bits are inverted.
fn mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let size = (((i16::from(byte & 0x0F) << 3) + 0x84) << ((byte >> 4) & 7)) - 0x84;
    if byte & 0x80 == 0 { size } else { -size }
}

fn fill<const N: usize>(bytes: &[u8], out: &mut [f64], value: impl Fn([u8; N]) -> f64) {
    let (samples, _) = bytes.as_chunks::<N>();
    for (out, sample) in out.iter_mut().zip(samples) {
        *out = value(*sample);
    }
}

/// Four samples are three words: several times as fast as byte by byte.
fn int24(bytes: &[u8], out: &mut [f64]) {
    let (fours, rest) = bytes.as_chunks::<12>();
    let (outs, out_rest) = out.as_chunks_mut::<4>();
    for (out, four) in outs.iter_mut().zip(fours) {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *four;
        let words = [[a, b, c, d], [e, f, g, h], [i, j, k, l]].map(u32::from_le_bytes);
        let [one, two, three] = words;
        let samples = [
            one << 8,
            (two << 16) | ((one >> 24) << 8),
            (three << 24) | ((two >> 16) << 8),
            three & 0xFFFF_FF00,
        ];
        *out = samples.map(|sample| f64::from(sample.cast_signed()) * (1.0 / 2_147_483_648.0));
    }
    fill(rest, out_rest, |[a, b, c]| {
        f64::from(i32::from_le_bytes([0, a, b, c])) / 2_147_483_648.0
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_bytes_are_the_same_sample_alone_and_among_others() {
        let bytes: Vec<u8> = (0..3 * 23_u32)
            .map(|i| u8::try_from(i.wrapping_mul(2_654_435_761) >> 24).unwrap())
            .collect();
        for count in 0..23 {
            let mut together = vec![0.0; count];
            convert(
                &bytes[..3 * count],
                Coding::Int24(Order::Little),
                &mut together,
            );
            let alone: Vec<f64> = (0..count)
                .map(|i| {
                    let b = &bytes[3 * i..];
                    f64::from(i32::from_le_bytes([0, b[0], b[1], b[2]])) / 2_147_483_648.0
                })
                .collect();
            assert_eq!(together, alone);
        }
    }
}
