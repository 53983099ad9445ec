//! Source files that change, shrink or vanish while they are mixed.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use pt_stem::mixdown::{BLOCK, Bus, Mixdown};
use pt_stem::model::Range;
use pt_stem::model::clip::{Arrangement, Clip, Lane, SourceFile};

use crate::Random;
use crate::wav::{Format, chunk, fmt, noise, riff};

const FRAMES: usize = 40 * BLOCK;

/// Two tracks of one file each.
fn session(folder: &Path) -> (Arrangement, [PathBuf; 2]) {
    let paths = ["one.wav", "two.wav"].map(|name| folder.join(name));
    let mut arrangement = Arrangement {
        sample_rate: 48_000,
        length: FRAMES as u64,
        ..Arrangement::default()
    };
    for (file, path) in paths.iter().enumerate() {
        let (bytes, _) = noise(Format::I16, FRAMES, &mut Random(file as u64));
        let wav = riff(&[
            chunk(b"fmt ", &fmt(Format::I16, 1, 48_000)),
            chunk(b"data", &bytes),
        ]);
        std::fs::write(path, wav).unwrap();
        arrangement.files.push(SourceFile {
            path: path.clone(),
            name: format!("{file}.wav"),
        });
        arrangement.lanes.push(Lane {
            track: format!("Track {file}"),
            channels: 1,
            clips: vec![Clip {
                file,
                length: FRAMES as u64,
                ..Clip::default()
            }],
            ..Lane::default()
        });
    }
    (arrangement, paths)
}

fn buses() -> Vec<Bus> {
    vec![Bus {
        lanes: vec![0, 1],
        gain_db: 0.0,
        ..Bus::default()
    }]
}

fn whole() -> Range {
    Range::new(0, FRAMES as i64)
}

fn drain(mixdown: &mut Mixdown<'_>) {
    while mixdown.next_block().unwrap().is_some() {}
}

fn append(path: &Path) {
    let mut file = File::options().append(true).open(path).unwrap();
    file.write_all(b"more").unwrap();
}

/// As a program does that writes the same number of bytes.
fn touch(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    let later = SystemTime::now() + Duration::from_secs(60);
    file.set_modified(later).unwrap();
}

#[test]
fn a_source_that_changed_is_named_at_the_end() {
    let change: [fn(&Path); 3] = [append, touch, |path| std::fs::remove_file(path).unwrap()];
    for change in change {
        let folder = tempfile::tempdir().unwrap();
        let (arrangement, [one, two]) = session(folder.path());
        // Before it was opened, a change is none.
        touch(&one);
        let mut mixdown = Mixdown::new(&arrangement, buses(), whole());
        mixdown.next_block().unwrap();
        assert_eq!(mixdown.changed_sources(), Vec::<PathBuf>::new());
        change(&two);
        drain(&mut mixdown);
        assert_eq!(mixdown.changed_sources(), [two]);
    }
}

#[test]
fn a_source_that_shrinks_ends_the_mixdown_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (arrangement, [_, two]) = session(folder.path());
    let mixdown = Mixdown::new(&arrangement, buses(), whole());
    let mut work = mixdown.workspace();
    mixdown.render(0, &mut work).unwrap();
    let file = File::options().write(true).open(&two).unwrap();
    file.set_len(44 + 2 * 10 * BLOCK as u64).unwrap();
    mixdown.render(9 * BLOCK as u64, &mut work).unwrap();
    let error = mixdown.render(10 * BLOCK as u64, &mut work).unwrap_err();
    let text = error.to_string();
    for word in ["Track 1", "two.wav", "frame 40960", "shorter"] {
        assert!(text.contains(word), "{text}");
    }
}
