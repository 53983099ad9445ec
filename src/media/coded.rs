//! Every other format, through symphonia: frame-exact positions on top of its packets. Lossless
//! formats seek; lossy ones are decoded from the start and discarded, because what a packet sounds
//! like depends on those before it.

use std::fs::File;
use std::io;
use std::path::Path;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known as codec;
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions,
};
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{TimeBase, Timestamp};

use super::MediaError;
use super::caf;
use super::info::{AudioInfo, Ending};
use super::mp4::{self, Trim};
use crate::platform::contain::contain;

/// How far a decoder can be moved about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Every packet stands for itself.
    Lossless,
    /// Frames lean on their neighbours; the decoder removes what the encoder put around the sound.
    Lossy,
    /// As lossy, but the encoder's frames before the sound are ours to remove.
    Aac,
}

impl Kind {
    fn of(id: AudioCodecId) -> Self {
        if id == codec::CODEC_ID_AAC {
            Self::Aac
        } else if pcm_bits(id).is_some()
            || matches!(id, codec::CODEC_ID_FLAC | codec::CODEC_ID_ALAC)
        {
            Self::Lossless
        } else {
            Self::Lossy
        }
    }
}

/// An open file of any format that symphonia knows.
pub struct Coded {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// 0 until the first packet where the header does not say.
    channels: usize,
    sample_rate: u32,
    seekable: bool,
    /// Frames by which the end may miss what the header says: lengths in milliseconds are not exact,
    /// and the last packet of AAC may be left out.
    slack: u64,
    /// Frames promised by a header that can be believed.
    frames: Option<u64>,
    /// Decoded samples, interleaved, of which those before `taken` are used up.
    block: Vec<f64>,
    taken: usize,
    /// Frame of the file that `block[taken]` is.
    at: u64,
    /// Frames still to be thrown away before the file's first.
    priming: u64,
    /// The format was moved: the next packet says where it stands.
    lost: bool,
    ended: bool,
}

/// Opens `file` and finds its first sound.
pub fn open(path: &Path, file: File) -> Result<(Coded, AudioInfo), MediaError> {
    guarded(path, || begin(path, file))
}

/// Symphonia's readers panic on some broken headers (overflow and division by zero, seen with CAF):
/// for us that is a file like any other that cannot be read.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, MediaError>) -> Result<T, MediaError> {
    contain(work).unwrap_or_else(|| {
        Err(MediaError::Unreadable {
            path: path.to_owned(),
            reason: "its contents contradict each other".to_owned(),
        })
    })
}

fn begin(path: &Path, file: File) -> Result<(Coded, AudioInfo), MediaError> {
    let unreadable = |reason: String| MediaError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let source: Box<dyn MediaSource> = match caf::tidy(file) {
        Ok(tidy) => Box::new(tidy),
        Err(file) => Box::new(file),
    };
    let stream = MediaSourceStream::new(source, Default::default());
    let format = symphonia::default::get_probe()
        .probe(
            &hint,
            stream,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|fault| unreadable(explain(&fault)))?;
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| unreadable("it holds no sound".to_owned()))?;
    let params = track
        .codec_params
        .as_ref()
        .and_then(|params| params.audio())
        .ok_or_else(|| unreadable("its coding is unknown".to_owned()))?;
    let channels = params.channels.as_ref().map_or(0, |c| c.count());
    let mask = match &params.channels {
        Some(Channels::Positioned(places)) => u32::try_from(places.bits()).unwrap_or(0),
        _ => 0,
    };
    if let Some(reason) = beyond(params.codec, channels) {
        return Err(unreadable(reason.to_owned()));
    }
    let decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(|fault| unreadable(explain(&fault)))?;
    let kind = Kind::of(params.codec);
    let sample_rate = params
        .sample_rate
        .filter(|rate| *rate > 0)
        .ok_or_else(|| unreadable("its header says no sample rate".to_owned()))?;
    let (bits, float) = match (pcm_bits(params.codec), kind) {
        (Some(known), _) => known,
        (None, Kind::Lossless) => (coded_bits(params), false),
        (None, _) => (0, false),
    };
    // Where some writers count whole packets only (seen with ffmpeg).
    let is_caf = format.format_info().short_name == "caf";
    let frame_base = track.time_base == TimeBase::try_from_recip(sample_rate);
    let trim = match (kind, format.format_info().short_name) {
        (Kind::Aac, "isomp4") => {
            mp4::trim(&mut super::open_file(path)?, sample_rate).map_err(|fault| {
                unreadable(match fault {
                    mp4::Fault::Io(error) => error.to_string(),
                    mp4::Fault::Edited => {
                        "it is put together from several edits; export it as one".to_owned()
                    }
                })
            })?
        }
        (Kind::Aac, _) => Trim {
            priming: u64::from(track.delay.unwrap_or(0)),
            frames: None,
        },
        _ => Trim::default(),
    };
    let mut coded = Coded {
        track: track.id,
        channels,
        sample_rate,
        seekable: frame_base && kind == Kind::Lossless,
        slack: if kind == Kind::Aac { 2048 } else { 0 },
        frames: believable_frames(track, kind, frame_base)
            .filter(|_| !(is_caf && params.codec == codec::CODEC_ID_ALAC))
            .or(trim.frames),
        block: Vec::new(),
        taken: 0,
        at: 0,
        priming: trim.priming,
        lost: false,
        ended: false,
        decoder,
        format,
    };
    if coded.channels == 0 {
        // Some containers leave it to the first packet.
        coded.next_block(path)?;
    }
    let channels = u16::try_from(coded.channels).unwrap_or(0);
    if channels == 0 {
        return Err(unreadable("it has no channels".to_owned()));
    }
    let info = AudioInfo {
        sample_rate,
        channels,
        mask,
        frames: coded.frames,
        ending: Ending::Whole,
        uneven: None,
        bits,
        float,
        time_reference: None,
    };
    Ok((coded, info))
}

impl Coded {
    /// Next frame to be read.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Moves to a frame, exactly; past the end is allowed.
    pub fn seek(&mut self, path: &Path, frame: u64) -> Result<(), MediaError> {
        guarded(path, || self.move_to(path, frame))
    }

    /// Fills interleaved samples; returns frames, fewer than asked for only at the end.
    pub fn read(&mut self, path: &Path, interleaved: &mut [f64]) -> Result<usize, MediaError> {
        guarded(path, || self.fill(path, interleaved))
    }

    fn move_to(&mut self, path: &Path, frame: u64) -> Result<(), MediaError> {
        if self.frames.is_some_and(|frames| frame >= frames) {
            self.block.clear();
            self.taken = 0;
            self.at = frame;
            self.ended = true;
            return Ok(());
        }
        let ahead = frame >= self.at && !self.ended;
        let near = ahead && frame - self.at <= u64::from(self.sample_rate);
        if !near {
            let jumped = self.seekable && self.jump(frame);
            // A jump that failed has moved the format somewhere.
            if !jumped && (self.seekable || !ahead) {
                self.rewind(path)?;
            }
        }
        self.discard_to(path, frame)
    }

    /// Lets the format find a packet at or before `frame`; `false` leaves a state only fit for
    /// [`Self::rewind`].
    fn jump(&mut self, frame: u64) -> bool {
        let Ok(ts) = i64::try_from(frame) else {
            return false;
        };
        let to = SeekTo::Timestamp {
            ts: Timestamp::new(ts),
            track_id: self.track,
        };
        self.block.clear();
        self.taken = 0;
        self.ended = false;
        self.lost = true;
        self.at = 0;
        self.decoder.reset();
        matches!(
            self.format.seek(SeekMode::Accurate, to),
            Ok(there) if there.actual_ts.get() <= ts
        )
    }

    fn rewind(&mut self, path: &Path) -> Result<(), MediaError> {
        let file = super::open_file(path)?;
        let (fresh, _) = begin(path, file)?;
        *self = fresh;
        Ok(())
    }

    fn discard_to(&mut self, path: &Path, frame: u64) -> Result<(), MediaError> {
        while self.lost || self.at < frame {
            if self.taken >= self.block.len() && !self.next_block(path)? {
                self.at = frame;
                break;
            }
            if self.at > frame {
                return Err(self.damaged(path, "its packets are not where its index says".into()));
            }
            let have = (self.block.len() - self.taken) / self.channels.max(1);
            let skip = usize::try_from(frame - self.at).map_or(have, |n| n.min(have));
            self.take(skip);
        }
        Ok(())
    }

    fn take(&mut self, frames: usize) {
        self.taken += frames * self.channels;
        self.at = self
            .at
            .saturating_add(u64::try_from(frames).unwrap_or(u64::MAX));
    }

    fn fill(&mut self, path: &Path, interleaved: &mut [f64]) -> Result<usize, MediaError> {
        let channels = self.channels.max(1);
        let wanted = interleaved.len() / channels;
        let mut done = 0;
        while done < wanted {
            if self.taken >= self.block.len() && !self.next_block(path)? {
                break;
            }
            let have = self.block.get(self.taken..).unwrap_or(&[]);
            let frames = (have.len() / channels).min(wanted - done);
            let out = interleaved.get_mut(done * channels..(done + frames) * channels);
            if let (Some(out), Some(have)) = (out, have.get(..frames * channels)) {
                out.copy_from_slice(have);
            }
            self.take(frames);
            done += frames;
        }
        Ok(done)
    }

    /// Decodes the next packet that holds sound; `false` at the end.
    fn next_block(&mut self, path: &Path) -> Result<bool, MediaError> {
        self.block.clear();
        self.taken = 0;
        while !self.ended && self.block.is_empty() {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => packet,
                Ok(Some(_)) => continue,
                Ok(None) => {
                    self.end(path)?;
                    continue;
                }
                Err(Fault::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.end(path)?;
                    continue;
                }
                Err(fault) => return Err(self.damaged(path, explain(&fault))),
            };
            let decoded = match self.decoder.decode(&packet) {
                Ok(decoded) => decoded,
                Err(fault) => {
                    let reason = explain(&fault);
                    return Err(self.damaged(path, reason));
                }
            };
            let (channels, rate) = (decoded.spec().channels().count(), decoded.spec().rate());
            decoded.copy_to_vec_interleaved(&mut self.block);
            if self.channels == 0 {
                self.channels = channels;
            }
            if channels != self.channels || rate != self.sample_rate {
                return Err(self.damaged(path, "its format changes on the way".into()));
            }
            if self.lost {
                self.lost = false;
                self.at = u64::try_from(packet.pts.get()).unwrap_or(0);
            }
            self.trim();
        }
        Ok(!self.block.is_empty())
    }

    /// Cuts what the encoder put before and after the sound.
    fn trim(&mut self) {
        let channels = self.channels.max(1);
        let have = u64::try_from(self.block.len() / channels).unwrap_or(0);
        let skip = self.priming.min(have);
        self.priming -= skip;
        self.taken = usize::try_from(skip).unwrap_or(0) * channels;
        if let Some(frames) = self.frames {
            let keep = skip.saturating_add(frames.saturating_sub(self.at));
            if let Ok(keep) = usize::try_from(keep) {
                self.block.truncate(keep.saturating_mul(channels));
            }
            if self.at.saturating_add(have - skip) >= frames {
                self.ended = true;
            }
        }
        if self.taken >= self.block.len() {
            self.block.clear();
            self.taken = 0;
        }
    }

    /// No more packets: fine, unless the header promised more.
    fn end(&mut self, path: &Path) -> Result<(), MediaError> {
        self.ended = true;
        match self.frames {
            Some(frames) if self.at.saturating_add(self.slack) < frames && !self.lost => {
                let reason = format!("it ends here, its header promises {frames} frames");
                Err(self.damaged(path, reason))
            }
            _ => Ok(()),
        }
    }

    fn damaged(&self, path: &Path, reason: String) -> MediaError {
        MediaError::Damaged {
            path: path.to_owned(),
            frame: self.at,
            reason,
        }
    }
}

/// What symphonia 0.6 cannot decode, or decodes wrong: its coupled channels of a Vorbis file of
/// libvorbis in 5.1 come out as noise.
fn beyond(id: AudioCodecId, channels: usize) -> Option<&'static str> {
    match id {
        codec::CODEC_ID_VORBIS if channels > 2 => {
            Some("Vorbis of more than two channels is not read; convert it to WAV or FLAC")
        }
        codec::CODEC_ID_AAC if channels > 2 => {
            Some("AAC of more than two channels is not read; convert it to WAV or FLAC")
        }
        codec::CODEC_ID_OPUS => Some("Opus is not read; convert it to WAV or FLAC"),
        _ => None,
    }
}

/// Frame counts that are measured, not guessed from a bit rate.
fn believable_frames(track: &Track, kind: Kind, frame_base: bool) -> Option<u64> {
    let id = track.codec_params.as_ref().and_then(|p| p.audio())?.codec;
    let guessed = match kind {
        Kind::Lossless => !frame_base,
        // A Xing header without LAME's fields leaves the encoder's own frames in.
        Kind::Lossy if id == codec::CODEC_ID_VORBIS => !frame_base,
        Kind::Lossy => track.delay.is_none(),
        Kind::Aac => track.delay.is_none(),
    };
    track.num_frames.filter(|_| !guessed)
}

/// Bits of a sample and whether it is a float, for uncompressed codings.
fn pcm_bits(id: AudioCodecId) -> Option<(u16, bool)> {
    Some(match id {
        codec::CODEC_ID_PCM_S8 | codec::CODEC_ID_PCM_U8 => (8, false),
        codec::CODEC_ID_PCM_ALAW | codec::CODEC_ID_PCM_MULAW => (8, false),
        codec::CODEC_ID_PCM_S16LE | codec::CODEC_ID_PCM_S16BE => (16, false),
        codec::CODEC_ID_PCM_U16LE | codec::CODEC_ID_PCM_U16BE => (16, false),
        codec::CODEC_ID_PCM_S24LE | codec::CODEC_ID_PCM_S24BE => (24, false),
        codec::CODEC_ID_PCM_U24LE | codec::CODEC_ID_PCM_U24BE => (24, false),
        codec::CODEC_ID_PCM_S32LE | codec::CODEC_ID_PCM_S32BE => (32, false),
        codec::CODEC_ID_PCM_U32LE | codec::CODEC_ID_PCM_U32BE => (32, false),
        codec::CODEC_ID_PCM_F32LE | codec::CODEC_ID_PCM_F32BE => (32, true),
        codec::CODEC_ID_PCM_F64LE | codec::CODEC_ID_PCM_F64BE => (64, true),
        _ => return None,
    })
}

/// Symphonia's words, in the tone of ours.
fn explain(fault: &Fault) -> String {
    match fault {
        Fault::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "it ends too early".to_owned()
        }
        Fault::IoError(error) => error.to_string(),
        Fault::Unsupported(what) => format!("not an audio file that this program reads ({what})"),
        Fault::ResetRequired => "its format changes on the way".to_owned(),
        other => other.to_string(),
    }
}

/// Bits of a lossless format's samples. ALAC keeps them in its configuration, which some
/// containers wrap in one or two boxes.
fn coded_bits(params: &AudioCodecParameters) -> u16 {
    let alac = || {
        let config = params
            .extra_data
            .as_deref()
            .filter(|_| params.codec == codec::CODEC_ID_ALAC)?;
        let skip = match config.get(4..8)? {
            b"frma" => 24,
            b"alac" => 12,
            _ => 0,
        };
        config.get(skip + 5).copied().map(u32::from)
    };
    params
        .bits_per_sample
        .filter(|bits| *bits > 0)
        .or_else(alac)
        .and_then(|bits| u16::try_from(bits).ok())
        .unwrap_or(0)
}
