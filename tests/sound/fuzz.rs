//! Readers of what others wrote, fed with mutants of small files: whatever the bytes, they end with a
//! result or an error that says what is wrong; never a panic, a hang, or room for a length that only
//! a field claims.
//!
//! `PT_STEM_FUZZ_SECONDS` says how long each reader is fed (`.ci/fuzz`, which also caps the memory); without
//! it each gets a few mutants. Every mutant follows from its seed. The last one stays in `target/tmp/fuzz`, also
//! when the process is ended; `PT_STEM_FUZZ_SEED` begins with it again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pt_stem::import::{self, text_export};
use pt_stem::media::decode::{self, Opened, Reader};
use pt_stem::model::clip::Arrangement;
use pt_stem::plan::recipe::Recipe;
use pt_stem::platform::contain;

use crate::Random;
use crate::hostile::listen_from;

/// Frames after which a file is believed to go on for ever.
const ENOUGH: usize = 300_000;
/// A mutant that takes longer hangs for whoever waits for it.
const LONGEST: Duration = Duration::from_secs(20);

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sound/corpus")
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Numbers at which readers go wrong, as bytes.
fn edge(random: &mut Random) -> Vec<u8> {
    let small = [
        0,
        1,
        2,
        7,
        0x7F,
        0x80,
        0xFF,
        0xFFFF,
        0x7FFF_FFFF,
        0x8000_0000,
        0xFFFF_FFFF,
    ];
    let wide = [u64::MAX, u64::MAX / 2, 1 << 40, u64::MAX - 7];
    let value = match random.chance(0.8) {
        true => random.pick(&small),
        false => random.pick(&wide),
    };
    let size = random.pick(&[1, 2, 3, 4, 8]);
    match random.chance(0.5) {
        true => value.to_le_bytes()[..size].to_vec(),
        false => value.to_be_bytes()[8 - size..].to_vec(),
    }
}

const WORDS: [&str; 28] = [
    "0",
    "-1",
    "1e999",
    "-1e-999",
    "NaN",
    "1.5",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[",
    "\u{feff}",
    "\u{202e}",
    "\0",
    "\r",
    "\t",
    "\n\n\n",
    "\\ud800",
    "23:59:59;29",
    "99:99:99:99",
    "100|9|999",
    "é",
    "((((((a*)*)*)*)*)*)",
];

/// One to a dozen changes; `other` lends parts.
fn mutant(bytes: &[u8], other: &[u8], is_text: bool, random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.size(1, 12) {
        // Headers are the more interesting part.
        let reach = if !is_text && random.chance(0.6) {
            300
        } else {
            bytes.len()
        };
        let at = random.size(0, reach.min(bytes.len()));
        let end = (at + random.size(0, 60)).min(bytes.len());
        match random.between(0, 9) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                let to = random.size(0, bytes.len());
                bytes.splice(to..to, part);
            }
            3 => {
                let from = random.size(0, other.len());
                let to = (from + random.size(0, 200)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            4 | 5 if is_text => {
                let word = random.pick(&WORDS);
                let end = if random.chance(0.5) { at } else { end };
                bytes.splice(at..end, word.bytes());
            }
            6 if is_text => replace_number(&mut bytes, at, random),
            4..=6 => {
                let value = edge(random);
                for (byte, value) in bytes[at..].iter_mut().zip(value) {
                    *byte = value;
                }
            }
            7 => {
                let word = random.pick(&["[", "{\"a\":", "(", "\n[", "\""]);
                let many = word.repeat(random.size(1, 3000));
                if random.chance(0.1) {
                    bytes.splice(at..at, many.bytes());
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.draw() as u8;
                }
            }
        }
    }
    bytes
}

/// Puts another number where the next one stands.
fn replace_number(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let is_part = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let Some(start) = bytes[at..].iter().position(is_part) else {
        return;
    };
    let start = at + start;
    let length = bytes[start..]
        .iter()
        .take_while(|byte| is_part(byte))
        .count();
    let word = random.pick(&WORDS[..10]);
    bytes.splice(start..start + length, word.bytes());
}

/// Feeds `reader` with mutants of the corpus files of some endings.
fn feed(target: &str, endings: &[&str], is_text: bool, mut reader: impl FnMut(&Path, &[u8])) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| endings.iter().any(|x| e == *x))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let bytes: Vec<Vec<u8>> = files
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("fuzz")
        .join(target);
    std::fs::create_dir_all(&folder).unwrap();
    // Only a run that is asked for goes other ways each time.
    let seconds = number("PT_STEM_FUZZ_SECONDS");
    let now = || {
        std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_secs()
            << 20
    };
    let first = number("PT_STEM_FUZZ_SEED").unwrap_or_else(|| seconds.map_or(0, |_| now()));
    println!("{target}: PT_STEM_FUZZ_SEED={first}");
    let begun = Instant::now();
    let mut count = 0;
    while match seconds {
        Some(seconds) => begun.elapsed() < Duration::from_secs(seconds),
        None => count < 150,
    } {
        let seed = first + count;
        let mut random = Random(seed);
        let pick = random.size(0, files.len() - 1);
        let other = random.size(0, files.len() - 1);
        let bytes = mutant(&bytes[pick], &bytes[other], is_text, &mut random);
        let name = files[pick].file_name().unwrap();
        let path = folder.join(name);
        std::fs::write(&path, &bytes).unwrap();
        std::fs::write(folder.join("seed"), format!("{seed} {name:?}\n")).unwrap();
        let started = Instant::now();
        reader(&path, &bytes);
        assert!(
            started.elapsed() < LONGEST,
            "{target}, seed {seed} takes too long"
        );
        count += 1;
    }
    println!("{target}: {count} mutants");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A panic of our own code was caught with those of the decoders.
static OWN_FAULT: AtomicBool = AtomicBool::new(false);

/// The decoders' own panics are caught by the reader: they are no news here.
fn hush() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_own = panic
            .location()
            .is_some_and(|place| place.file().starts_with("src"));
        if contain::is_contained() && !is_own {
            return;
        }
        OWN_FAULT.fetch_or(is_own, Ordering::SeqCst);
        usual(panic);
    }));
}

/// Reads the start, then from somewhere else.
fn listen(path: &Path, seed: u64) -> Result<(), pt_stem::media::MediaError> {
    let mut reader = match decode::open_for(path, 2)? {
        (_, Opened::Streamed(reader)) => reader,
        (..) => Reader::open(path)?,
    };
    listen_from(&mut reader, &[0, seed % 1000, u64::MAX - 5], ENOUGH)
}

#[test]
fn readers_of_audio_survive_mutants() {
    let endings = [
        "wav", "w64", "aif", "aifc", "caf", "flac", "m4a", "mov", "aac", "mp3", "ogg",
    ];
    hush();
    feed("audio", &endings, false, |path, bytes| {
        let outcome = listen(path, bytes.len() as u64);
        assert!(!OWN_FAULT.load(Ordering::SeqCst), "a panic was caught");
        if let Err(error) = outcome {
            let name = path.file_name().unwrap().to_str().unwrap();
            let text = error.to_string();
            assert!(text.contains(name), "it does not name the file: {text}");
        }
    });
}

/// What a session refers to must be there, or whoever plays it fails.
fn is_whole(arrangement: &Arrangement) {
    for clip in arrangement.lanes.iter().flat_map(|lane| &lane.clips) {
        assert!(clip.file < arrangement.files.len());
        assert!(clip.end() >= clip.start);
    }
}

#[test]
fn the_session_folder_survives_mutants() {
    feed("session", &["json"], true, |path, _| {
        match import::open(path) {
            Ok(session) => is_whole(&session.folder.arrangement),
            Err(error) => assert!(error.to_string().contains("session.json"), "{error}"),
        }
    });
}

#[test]
fn the_text_export_survives_mutants() {
    let options = text_export::Options {
        audio: Some(corpus()),
        allow_missing: true,
    };
    feed("text", &["txt"], true, |path, bytes| {
        let _ = text_export::parse_bytes(bytes);
        if let Ok(session) = import::open_with(path, &options) {
            is_whole(&session.folder.arrangement);
        }
    });
}

#[test]
fn recipes_survive_mutants() {
    feed("recipe", &["toml"], true, |_, bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Err(error) = Recipe::parse(&text, "recipe.toml") {
            assert!(error.to_string().contains("recipe.toml"), "{error}");
        }
    });
}
