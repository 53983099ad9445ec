//! Files that lie: whatever their bytes, reading ends with samples or an error that names the
//! file, never a crash.

use std::path::Path;

use pt_stem::media::MediaError;
use pt_stem::media::decode::Reader;

use crate::formats::{LOSSLESS, LOSSY, encoded};
use crate::wav::{Format, chunk, fmt, noise, riff};
use crate::{Random, have};

/// Frames after which a file is believed to go on for ever.
const ENOUGH: usize = 3_000_000;

/// Reads from each of these frames to the end, but not for ever.
pub fn listen_from(reader: &mut Reader, starts: &[u64], enough: usize) -> Result<(), MediaError> {
    let channels = usize::from(reader.info().channels);
    let mut block = vec![0.0; 4096 * channels];
    for start in starts {
        reader.seek(*start)?;
        let mut total = 0;
        while total < enough {
            match reader.read(&mut block)? {
                0 => break,
                got => total += got,
            }
        }
    }
    Ok(())
}

/// Reads it all, then from somewhere else.
fn exercise(path: &Path, random: &mut Random) {
    let outcome = (|| {
        let mut reader = Reader::open(path)?;
        listen_from(&mut reader, &[0, random.draw() % 100_000], ENOUGH)
    })();
    if let Err(error) = outcome {
        let text = error.to_string();
        assert!(text.contains("mutant"), "it does not name the file: {text}");
    }
}

fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.size(1, 12) {
        // Headers are the more interesting part.
        let reach = if random.chance(0.7) { 400 } else { bytes.len() };
        let at = random.size(0, reach.min(bytes.len()).saturating_sub(1));
        match random.between(0, 5) {
            0 => bytes.truncate(at.max(1)),
            1 => {
                let size = random.pick(&[0_u32, 1, 7, 0x7FFF_FFFF, 0x8000_0000, u32::MAX]);
                let raw = random.pick(&[size.to_le_bytes(), size.to_be_bytes()]);
                for (byte, value) in bytes[at..].iter_mut().zip(raw) {
                    *byte = value;
                }
            }
            2 => {
                let end = (at + random.size(1, 40)).min(bytes.len());
                bytes.drain(at..end);
                if bytes.is_empty() {
                    bytes.push(0);
                }
            }
            3 => {
                let more: Vec<u8> = (0..random.size(1, 40))
                    .map(|_| random.draw() as u8)
                    .collect();
                bytes.splice(at..at, more);
            }
            _ => bytes[at] = random.draw() as u8,
        }
    }
    bytes
}

fn attack(folder: &Path, name: &str, bytes: &[u8], rounds: u64) {
    let path = folder.join(format!("mutant-{name}"));
    for seed in 0..rounds {
        println!("{name}, seed {seed}");
        let mut random = Random(seed);
        std::fs::write(&path, mutate(bytes, &mut random)).unwrap();
        exercise(&path, &mut random);
    }
}

fn rounds() -> u64 {
    let wish = std::env::var("PT_STEM_ROUNDS").ok();
    wish.and_then(|n| n.parse().ok()).unwrap_or(40)
}

#[test]
fn mutated_wavs_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, _) = noise(Format::I24, 2 * 3000, &mut Random(1));
    let file = riff(&[
        chunk(b"bext", &[7; 602]),
        chunk(b"fmt ", &fmt(Format::I24, 2, 48_000)),
        chunk(b"data", &bytes),
        chunk(b"LIST", b"INFOISFT\x04\0\0\0abcd"),
    ]);
    attack(folder.path(), "plain.wav", &file, rounds() * 20);
}

#[test]
fn garbage_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(2);
    for name in [
        "mutant.wav",
        "mutant.mp3",
        "mutant.flac",
        "mutant.m4a",
        "mutant",
    ] {
        let path = folder.path().join(name);
        for size in [0, 1, 11, 44, 5000] {
            let bytes: Vec<u8> = (0..size).map(|_| random.draw() as u8).collect();
            std::fs::write(&path, bytes).unwrap();
            exercise(&path, &mut random);
        }
        std::fs::write(&path, "These are words and no sound.\n".repeat(500)).unwrap();
        assert!(Reader::open(&path).is_err(), "{name}");
    }
}

#[test]
fn mutated_files_of_every_format_do_no_harm() {
    if !have("ffmpeg", &["-version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let lossless = LOSSLESS.iter().map(|(name, options, _)| (*name, *options));
    for (name, options) in lossless.chain(LOSSY) {
        let options = format!("-t 0.3 {options}");
        if let Some(path) = encoded(folder.path(), name, &options) {
            let bytes = std::fs::read(path).unwrap();
            attack(folder.path(), name, &bytes, rounds());
        }
    }
}
