//! Formats that others write: `ffmpeg` encodes a known signal, we read it back.

use std::path::{Path, PathBuf};
use std::process::Command;

use pt_stem::media::decode::Reader;
use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::media::probe::probe;
use pt_stem::model::stem::{BitDepth, Dither};

use crate::{Random, have, read_all, run};

const FRAMES: usize = 60_000;

/// Two channels of sines that glide a little, and of a bit of noise; exact at 16 bits.
fn signal() -> Vec<f64> {
    let mut random = Random(11);
    (0..FRAMES)
        .flat_map(|i| {
            let t = i as f64 / 48_000.0;
            let left = 0.3 * (2_000.0 * t + 300.0 * t * t).sin() + random.real(-0.005, 0.005);
            let right = 0.25 * (5_000.0 * t - 400.0 * t * t).sin() + random.real(-0.005, 0.005);
            [left, right].map(|x| (x * 32_768.0).round() / 32_768.0)
        })
        .collect()
}

fn write(path: &Path, samples: &[f64], bits: BitDepth) {
    let spec = WriteSpec {
        sample_rate: 48_000,
        channels: 2,
        bits,
        time_reference: None,
    };
    let mut writer = Writer::create(path, spec).unwrap();
    writer.write(samples).unwrap();
    writer.finish().unwrap();
}

/// Encodes the signal; `None` where this ffmpeg lacks the encoder.
pub fn encoded(folder: &Path, name: &str, options: &str) -> Option<PathBuf> {
    let source = folder.join("source.wav");
    if !source.exists() {
        write(&source, &signal(), BitDepth::Int24);
    }
    let path = folder.join(name);
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i"])
        .arg(&source)
        .args(options.split_whitespace())
        .arg(&path)
        .status()
        .unwrap();
    if !done.success() {
        println!("skipped: this ffmpeg does not write {name}");
        return None;
    }
    Some(path)
}

/// Random reads after seeks equal the file read in one go.
fn seeks_agree(path: &Path, whole: &[f64], seed: u64) {
    let mut random = Random(seed);
    let mut reader = Reader::open(path).unwrap();
    let mut block = vec![0.0; 2 * 700];
    for _ in 0..25 {
        let frame = random.size(0, whole.len() / 2 + 50);
        reader.seek(frame as u64).unwrap();
        let got = reader.read(&mut block).unwrap();
        let want = whole.get(frame * 2..).unwrap_or(&[]);
        let want = &want[..want.len().min(block.len())];
        assert_eq!(got * 2, want.len(), "frames at {frame} of {path:?}");
        assert!(block[..got * 2] == *want, "samples at {frame} of {path:?}");
    }
}

pub const LOSSLESS: [(&str, &str, u16); 17] = [
    ("s16.aiff", "-c:a pcm_s16be", 16),
    ("s24.aif", "-c:a pcm_s24be", 24),
    ("s32.aif", "-c:a pcm_s32be", 32),
    ("f32.aifc", "-f aiff -c:a pcm_f32be", 32),
    ("f64.aifc", "-f aiff -c:a pcm_f64be", 64),
    ("sowt.aifc", "-f aiff -c:a pcm_s16le", 16),
    ("s16.flac", "-c:a flac -sample_fmt s16", 16),
    (
        "s24.flac",
        "-c:a flac -sample_fmt s32 -bits_per_raw_sample 24",
        24,
    ),
    (
        "s24.ogg",
        "-f ogg -c:a flac -sample_fmt s32 -bits_per_raw_sample 24",
        24,
    ),
    ("s16.caf", "-c:a pcm_s16be", 16),
    ("s24.caf", "-c:a pcm_s24le", 24),
    ("f32.caf", "-c:a pcm_f32le", 32),
    ("alac16.m4a", "-c:a alac -sample_fmt s16p", 16),
    (
        "alac24.m4a",
        "-c:a alac -sample_fmt s32p -bits_per_raw_sample 24",
        24,
    ),
    ("alac.caf", "-c:a alac -sample_fmt s16p", 16),
    ("s24.wav", "-c:a pcm_s24le", 24),
    ("f64.wav", "-c:a pcm_f64le", 64),
];

#[test]
fn lossless_formats_are_exact() {
    if !have("ffmpeg", &["-version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let want = signal();
    for (name, options, bits) in LOSSLESS {
        let Some(path) = encoded(folder.path(), name, options) else {
            continue;
        };
        let info = probe(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((info.sample_rate, info.channels), (48_000, 2), "{name}");
        // ffmpeg's packet table of ALAC in CAF counts whole packets: not to be believed.
        let frames = (name != "alac.caf").then_some(FRAMES as u64);
        assert_eq!(info.frames, frames, "{name}");
        assert_eq!(
            (info.bits, info.float),
            (bits, name.starts_with('f')),
            "{name}"
        );
        let got = read_all(&path, 4096).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(got.len(), want.len(), "{name}");
        assert!(got == want, "{name} differs");
        seeks_agree(&path, &got, 1);
    }
}

pub const LOSSY: [(&str, &str); 5] = [
    ("a.mp3", "-c:a libmp3lame -b:a 256k"),
    ("v.mp3", "-c:a libmp3lame -q:a 2"),
    ("a.m4a", "-c:a aac -b:a 256k"),
    ("a.aac", "-c:a aac -b:a 256k"),
    ("a.ogg", "-c:a libvorbis -q:a 8"),
];

#[test]
fn lossy_formats_keep_place_length_and_sound() {
    if !have("ffmpeg", &["-version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let want = signal();
    for (name, options) in LOSSY {
        let Some(path) = encoded(folder.path(), name, options) else {
            continue;
        };
        let info = probe(&path).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (info.sample_rate, info.channels, info.bits),
            (48_000, 2, 0),
            "{name}"
        );
        let got = read_all(&path, 5000).unwrap_or_else(|error| panic!("{error}"));
        let frames = got.len() / 2;
        if let Some(promised) = info.frames {
            assert_eq!(frames as u64, promised, "{name}");
        }
        // A raw AAC stream does not say what its encoder put in front.
        let late = if name == "a.aac" { 1024 } else { 0 };
        let padding = if name.contains(".aa") || name.contains(".m4a") {
            3000
        } else {
            0
        };
        assert!(
            (FRAMES..=FRAMES + padding).contains(&frames),
            "{name} has {frames} frames"
        );
        let (mut error, mut power) = (0.0, 0.0);
        for (got, want) in got[late * 2..].iter().zip(&want).skip(4000) {
            error += (got - want).powi(2);
            power += want.powi(2);
        }
        let ratio = 10.0 * (power / error).log10();
        assert!(ratio > 25.0, "{name}: signal to error {ratio:.1} dB");
        seeks_agree(&path, &got, 2);
    }
}

const READ_BACK: &str = "
import sys, numpy as np, soundfile as sf
want = np.fromfile(sys.argv[1]).reshape(-1, 2)
for path, subtype, scale in zip(sys.argv[2::3], sys.argv[3::3], sys.argv[4::3]):
    f = sf.SoundFile(path)
    assert (f.format, f.subtype, f.samplerate, f.channels) == ('WAV', subtype, 48000, 2), f
    assert f.frames == len(want), f.frames
    got = f.read(dtype='float64', always_2d=True)
    if subtype == 'FLOAT':
        assert (got == want.astype(np.float32)).all(), path
    else:
        s = float(scale)
        assert (got * s == np.clip(np.rint(want * s), -s, s - 1)).all(), path
print('agreed')
";

/// What we write, libsndfile reads as numpy would have rounded it.
#[test]
fn others_read_what_we_write() {
    if !have("python3", &["-c", "import numpy, soundfile"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(12);
    // Odd in frames, some beyond full scale, some exactly between two steps of 16 bits.
    let mut samples: Vec<f64> = (0..2 * 5001).map(|_| random.real(-1.2, 1.2)).collect();
    for (i, sample) in (0_u32..).zip(&mut samples).take(1000) {
        *sample = (f64::from(i) - 500.5) / 32_768.0;
    }
    let raw = folder.path().join("want.f64");
    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(&raw, bytes).unwrap();
    let mut python = Command::new("python3");
    python.args(["-c", READ_BACK]).arg(&raw);
    for (bits, subtype, scale) in [
        (BitDepth::Int16, "PCM_16", "32768"),
        (BitDepth::Int24, "PCM_24", "8388608"),
        (BitDepth::Float32, "FLOAT", "0"),
    ] {
        let path = folder.path().join(format!("{subtype}.wav"));
        write(&path, &samples, bits);
        python.arg(&path).args([subtype, scale]);
    }
    assert_eq!(run(&mut python).trim(), "agreed");
}

/// Dither keeps within its bound and leaves floats alone.
#[test]
fn dither_stays_within_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let samples = signal();
    for (bits, bound) in [
        (BitDepth::Int16, 1.5 / 32_768.0),
        (BitDepth::Int24, 1.5 / 8_388_608.0),
        (BitDepth::Float32, 0.0),
    ] {
        let path = folder.path().join("dithered.wav");
        let spec = WriteSpec {
            sample_rate: 48_000,
            channels: 2,
            bits,
            time_reference: None,
        };
        let mut writer = Writer::create(&path, spec).unwrap().dithered(Dither::Tpdf);
        writer.write(&samples).unwrap();
        writer.finish().unwrap();
        let read = read_all(&path, 1000).unwrap();
        let worst = read.iter().zip(&samples).map(|(a, b)| (a - b).abs());
        let worst = worst.fold(0.0, f64::max);
        assert!(worst <= bound, "{worst} at {} bits", bits.bits());
        assert!(
            bound == 0.0 || worst > bound / 3.0,
            "no dither at {} bits",
            bits.bits()
        );
    }
}

/// A FLAC stream lies in it, as a search for one finds out.
#[test]
fn matroska_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mka");
    let mut bytes = vec![0x1a, 0x45, 0xdf, 0xa3, 0x80];
    bytes.extend(b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0");
    // 48000 Hz, one channel, 16 bits, 48000 frames, no MD5.
    bytes.extend([0x0b, 0xb8, 0x00, 0xf0, 0x00, 0x00, 0xbb, 0x80]);
    bytes.resize(bytes.len() + 4096, 0);
    std::fs::write(&path, bytes).unwrap();
    let refused = probe(&path).unwrap_err().to_string();
    assert!(refused.contains("it is Matroska"), "{refused}");
    assert!(Reader::open(&path).is_err());
}
