//! Uncompressed samples in a file: read at any frame, by several threads at once, and the exact value of
//! every sample.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::bytes::read_at;
use crate::audio::fold::{self, Fold};
use crate::audio::int24;

/// Bytes read from the disk at once, at most.
const BUFFER: usize = 256 * 1024;
/// Frames read from the disk at once, at least.
const AHEAD: usize = 4096;
/// Files read ahead by one reader: the sides of a source, or clips that sound together on a track.
const SLOTS: usize = 8;

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
    /// Tells it from all others of this run.
    id: u64,
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
            id: next_id(),
            channels: file.channels.max(1),
            frames: file.frames,
            files: vec![file],
            fold: None,
        }
    }

    /// A source in several mono files; what a shorter one lacks is silence.
    pub fn split(files: Vec<Part>) -> Self {
        Self {
            id: next_id(),
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
    /// end. `room` is used again: what was read ahead is kept in it.
    ///
    /// # Errors
    /// What the file's system says; `UnexpectedEof` for a file that became shorter since it was opened.
    pub fn read_at(
        &self,
        frame: u64,
        interleaved: &mut [f64],
        room: &mut Room,
    ) -> io::Result<usize> {
        let Some(fold) = self.fold.as_deref() else {
            return self.read_all_channels(frame, interleaved, room);
        };
        fold_in_parts(fold, interleaved, |wide, done| {
            let done = u64::try_from(done).unwrap_or(u64::MAX);
            self.read_all_channels(frame.saturating_add(done), wide, room)
        })
    }

    /// The bytes of frames as they stand in the file, where they are [`int24`]; `None` where they are not,
    /// or where not all of them are there at once. Errors as those of [`Self::read_at`].
    pub fn int24<'r>(
        &self,
        frame: u64,
        frames: usize,
        room: &'r mut Room,
    ) -> io::Result<Option<&'r [u8]>> {
        let (None, [file]) = (&self.fold, self.files.as_slice()) else {
            return Ok(None);
        };
        let end = frame.saturating_add(u64::try_from(frames).unwrap_or(u64::MAX));
        if file.coding != Coding::Int24(Order::Little) || end > file.frames {
            return Ok(None);
        }
        let bytes = room.get(file, (self.id, 0), frame, frames)?;
        Ok((bytes.len() == frames * file.stride()).then_some(bytes))
    }

    fn read_all_channels(
        &self,
        frame: u64,
        interleaved: &mut [f64],
        room: &mut Room,
    ) -> io::Result<usize> {
        let left = usize::try_from(self.frames.saturating_sub(frame)).unwrap_or(usize::MAX);
        let wanted = (interleaved.len() / self.channels).min(left);
        let out = interleaved
            .get_mut(..wanted * self.channels)
            .unwrap_or_default();
        if let [file] = self.files.as_slice() {
            return file.read_at((self.id, 0), frame, wanted, room, |bytes, at| {
                let out = out.get_mut(at * self.channels..).unwrap_or_default();
                convert(bytes, file.coding, out);
            });
        }
        for (channel, file) in self.files.iter().enumerate() {
            let done = file.read_at((self.id, channel), frame, wanted, room, |bytes, at| {
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

/// Counts the sources of this run from 1 on.
fn next_id() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// A source, and which of its files.
type Key = (u64, usize);

/// Room of one reader, with what it read ahead: asking for neighbouring parts reads the file once.
#[derive(Debug, Default)]
pub struct Room {
    /// At most [`SLOTS`].
    slots: Vec<Slot>,
    /// Used next.
    next: usize,
}

/// Bytes of a file in whole frames.
#[derive(Debug, Default)]
struct Slot {
    key: Key,
    from: u64,
    frames: usize,
    bytes: Vec<u8>,
}

impl Slot {
    /// How many frames into it one is.
    fn place(&self, key: Key, frame: u64) -> Option<usize> {
        let place = usize::try_from(frame.checked_sub(self.from)?).ok()?;
        (self.key == key && place < self.frames).then_some(place)
    }
}

impl Room {
    /// Bytes of at least one frame from `frame` on, which the file has, and of at most `wanted`.
    fn get(&mut self, part: &Part, key: Key, frame: u64, wanted: usize) -> io::Result<&[u8]> {
        let stride = part.stride();
        let known = |slot: &Slot| slot.place(key, frame).is_some();
        let index = match self.slots.iter().position(known) {
            Some(index) => index,
            None => {
                let index = self.next;
                self.next = (index + 1) % SLOTS;
                if index >= self.slots.len() {
                    self.slots.push(Slot::default());
                }
                index
            }
        };
        let Some(slot) = self.slots.get_mut(index) else {
            return Ok(&[]);
        };
        if slot.place(key, frame).is_none() {
            let left = part.frames.saturating_sub(frame);
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let frames = wanted.max(AHEAD).min(BUFFER / stride).max(1).min(most);
            // Nothing, should reading fail.
            (slot.key, slot.frames, slot.from) = (key, 0, frame);
            slot.bytes.resize(frames * stride, 0);
            let offset = frame.saturating_mul(u64::try_from(stride).unwrap_or(u64::MAX));
            let start = part.data_start.saturating_add(offset);
            if fill_from(&part.file, &mut slot.bytes, start)? < frames * stride {
                let text = "it became shorter while it was read";
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
            }
            slot.frames = frames;
        }
        let place = slot.place(key, frame).unwrap_or(slot.frames);
        let end = slot.frames.min(place.saturating_add(wanted));
        Ok(slot
            .bytes
            .get(place * stride..end * stride)
            .unwrap_or_default())
    }
}

impl Part {
    fn stride(&self) -> usize {
        self.channels.max(1) * self.coding.bytes()
    }

    /// Reads frames and hands their bytes on, with the frames that came before. Returns the frames that
    /// the file has of those wanted.
    fn read_at(
        &self,
        key: Key,
        frame: u64,
        wanted: usize,
        room: &mut Room,
        mut put: impl FnMut(&[u8], usize),
    ) -> io::Result<usize> {
        let left = usize::try_from(self.frames.saturating_sub(frame)).unwrap_or(usize::MAX);
        let wanted = wanted.min(left);
        let mut done = 0;
        while done < wanted {
            let at = frame.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            let bytes = room.get(self, key, at, wanted - done)?;
            put(bytes, done);
            done += (bytes.len() / self.stride()).max(1);
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
    room: Room,
}

impl Samples {
    /// At the first frame.
    pub fn new(plain: Plain) -> Self {
        Self {
            plain,
            at: 0,
            room: Room::default(),
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
        let done = self.plain.read_at(self.at, interleaved, &mut self.room)?;
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
        Coding::Int24(Little) => int24::convert(bytes, out),
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
