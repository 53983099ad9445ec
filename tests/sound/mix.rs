//! Mixdowns of random sessions against the slow truth.

use std::path::Path;

use proptest::prelude::*;
use pt_stem::mixdown::{BLOCK, Bus, Mixdown, MixdownError};
use pt_stem::model::clip::{Arrangement, Clip, FadeShape, Lane, SourceFile};
use pt_stem::model::{Breakpoint, Range};

use crate::Random;
use crate::truth::{self, Sources};
use crate::wav::{FORMATS, Format, chunk, fmt, noise, riff};

const RATE: u32 = 48_000;

/// Everything that [`Mixdown`] gives for a range, a vector a bus.
pub fn render(
    arrangement: &Arrangement,
    buses: &[Bus],
    range: Range,
) -> Result<Vec<Vec<f64>>, MixdownError> {
    let mut mixdown = Mixdown::new(arrangement, buses.to_vec(), range);
    let mut whole = vec![Vec::new(); buses.len()];
    while let Some(blocks) = mixdown.next_block()? {
        for (whole, block) in whole.iter_mut().zip(blocks) {
            assert!(block.len() <= BLOCK * 2);
            whole.extend_from_slice(block);
        }
    }
    Ok(whole)
}

/// Writes a file of noise and adds it to the arrangement.
fn add_file(
    folder: &Path,
    arrangement: &mut Arrangement,
    sources: &mut Sources,
    (format, channels, frames): (Format, u16, usize),
    random: &mut Random,
) -> usize {
    let name = format!("{}.wav", sources.len());
    let (bytes, values) = noise(format, frames * usize::from(channels), random);
    let file = riff(&[
        chunk(b"fmt ", &fmt(format, channels, RATE)),
        chunk(b"data", &bytes),
    ]);
    let path = folder.join(&name);
    std::fs::write(&path, file).unwrap();
    arrangement.files.push(SourceFile { path, name });
    sources.push(values);
    sources.len() - 1
}

fn clip(file: usize, frames: usize, length: i64, random: &mut Random) -> Clip {
    let own = random.between(0, 40_000);
    let fade = |random: &mut Random| match random.between(0, 4) {
        0 | 1 => 0,
        2 => 1,
        // Beyond the half, so that both of a clip may cover the same samples.
        _ => u64::try_from(random.between(0, own)).unwrap(),
    };
    let shape = |random: &mut Random| -> FadeShape {
        let words = [
            "linear",
            "equal_power",
            "s_curve",
            "s_curve_power",
            "linear+30",
            "s_curve-80",
        ];
        random.pick(&words).parse().unwrap()
    };
    Clip {
        file,
        start: random.between(-20_000, length + 2_000),
        offset: u64::try_from(random.between(0, frames as i64 + 500)).unwrap(),
        length: u64::try_from(own).unwrap(),
        gain_db: random.pick(&[0.0, -6.3, 2.5]),
        fade_in: fade(random),
        fade_in_shape: shape(random),
        fade_out: fade(random),
        fade_out_shape: shape(random),
        muted: random.chance(0.1),
        ..Clip::default()
    }
}

fn points(random: &mut Random, length: i64, low: f64, high: f64) -> Vec<Breakpoint> {
    let mut at = random.between(-5_000, length / 2);
    (0..random.between(0, 8))
        .map(|_| {
            at += random.pick(&[0, 1, 50, 700, 9_000]);
            let value = random.real(low, high);
            Breakpoint { at, value }
        })
        .collect()
}

fn session(folder: &Path, random: &mut Random) -> (Arrangement, Sources) {
    let length = random.between(1, 50_000);
    let mut arrangement = Arrangement {
        sample_rate: RATE,
        length: u64::try_from(length).unwrap(),
        ..Arrangement::default()
    };
    let mut sources = Sources::new();
    for number in 0..random.between(1, 4) {
        let channels = random.pick(&[1, 2]);
        let files: Vec<(usize, usize)> = (0..random.between(1, 2))
            .map(|_| {
                let (format, frames) = (random.pick(&FORMATS), random.size(0, 30_000));
                let facts = (format, channels, frames);
                let file = add_file(folder, &mut arrangement, &mut sources, facts, random);
                (file, frames)
            })
            .collect();
        let lane = Lane {
            track: format!("track {number}"),
            channels,
            volume_db: random.real(-12.0, 3.0),
            pan: random.chance(0.7).then(|| random.real(-1.0, 1.0)),
            volume_points: points(random, length, -40.0, 3.0),
            pan_points: points(random, length, -1.0, 1.0),
            clips: (0..random.between(0, 5))
                .map(|_| {
                    let (file, frames) = random.pick(&files);
                    clip(file, frames, length, random)
                })
                .collect(),
            ..Lane::default()
        };
        arrangement.lanes.push(lane);
    }
    (arrangement, sources)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Stems over any range equal the truth; the same samples come out bit for bit when the range
    /// begins elsewhere, so that blocks leave no trace.
    #[test]
    fn a_mixdown_is_the_truth(seed: u64) {
        let folder = tempfile::tempdir().unwrap();
        let mut random = Random(seed);
        let (arrangement, sources) = session(folder.path(), &mut random);
        let length = arrangement.length as i64;
        let all: Vec<usize> = (0..arrangement.lanes.len()).collect();
        let buses = [
            Bus { lanes: all.clone(), gain_db: 0.0, ..Bus::default() },
            Bus { lanes: all.into_iter().filter(|_| random.chance(0.5)).collect(), gain_db: -4.5, ..Bus::default() },
            Bus { lanes: vec![0, 0], gain_db: 0.0, ..Bus::default() },
            Bus { lanes: vec![], gain_db: 6.0, ..Bus::default() },
        ];
        let start = random.between(-3_000, length);
        let range = Range::new(start, start + random.between(0, length + 3_000));
        let rendered = render(&arrangement, &buses, range).unwrap();
        for (bus, got) in buses.iter().zip(&rendered) {
            let mut bus = bus.clone();
            bus.lanes.dedup();
            let want = truth::render(&arrangement, &sources, &bus, range);
            prop_assert_eq!(got.len(), want.len());
            for (i, (got, want)) in got.iter().zip(&want).enumerate() {
                let error = (got - want).abs();
                prop_assert!(error < 1e-13, "{} off at frame {} of {:?}", error, i / 2, range);
            }
        }
        let later = range.start + random.between(0, range.len() as i64);
        let part = render(&arrangement, &buses, Range::new(later, range.end)).unwrap();
        let skip = usize::try_from(later - range.start).unwrap() * 2;
        for (whole, part) in rendered.iter().zip(&part) {
            prop_assert!(whole[skip..] == part[..], "the range's start shows");
        }
    }
}

fn one_clip(file: usize, start: i64, length: u64) -> Clip {
    Clip {
        file,
        start,
        length,
        ..Clip::default()
    }
}

/// A cut without a gap is not heard, to the last bit: blocks across it are worked out on another way
/// than those in which nothing changes.
#[test]
fn a_clip_cut_in_many_is_the_clip() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(11);
    for format in FORMATS {
        for channels in [1, 2] {
            let mut arrangement = Arrangement {
                sample_rate: RATE,
                length: 50_000,
                ..Arrangement::default()
            };
            let (mut sources, facts) = (Sources::new(), (format, channels, 50_000));
            let folder = folder.path();
            let file = add_file(folder, &mut arrangement, &mut sources, facts, &mut random);
            arrangement.lanes.push(Lane {
                channels,
                volume_db: -3.3,
                pan: Some(0.3),
                clips: vec![Clip {
                    gain_db: -1.7,
                    ..one_clip(file, 0, 50_000)
                }],
                ..Lane::default()
            });
            let mut cut = arrangement.clone();
            let mut at = 0;
            cut.lanes[0].clips.clear();
            while at < 50_000 {
                let length = random.between(1, 3_000).min(50_000 - at);
                cut.lanes[0].clips.push(Clip {
                    gain_db: -1.7,
                    offset: at as u64,
                    ..one_clip(file, at, length as u64)
                });
                at += length;
            }
            let bus = Bus {
                lanes: vec![0],
                gain_db: 0.0,
                ..Bus::default()
            };
            for count in 1..=3 {
                let (buses, range) = (vec![bus.clone(); count], Range::new(0, 50_000));
                let whole = render(&arrangement, &buses, range).unwrap();
                let parts = render(&cut, &buses, range).unwrap();
                assert!(whole == parts, "{format:?}, {channels} channels");
                assert!(whole[0] == whole[count - 1] && whole[0].iter().any(|x| *x != 0.0));
            }
        }
    }
}

/// More clips at once than files may be open.
#[test]
fn three_hundred_clips_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(5);
    let mut arrangement = Arrangement {
        sample_rate: RATE,
        length: 40_000,
        ..Arrangement::default()
    };
    let mut sources = Sources::new();
    let facts = (Format::I16, 1, 40_000);
    let file = add_file(
        folder.path(),
        &mut arrangement,
        &mut sources,
        facts,
        &mut random,
    );
    arrangement.lanes.push(Lane {
        channels: 1,
        volume_db: -50.0,
        clips: (0..300).map(|i| one_clip(file, i * 10, 40_000)).collect(),
        ..Lane::default()
    });
    let bus = Bus {
        lanes: vec![0],
        gain_db: 0.0,
        ..Bus::default()
    };
    let range = Range::new(0, 40_000);
    let got = render(&arrangement, std::slice::from_ref(&bus), range).unwrap();
    let want = truth::render(&arrangement, &sources, &bus, range);
    let worst = got[0].iter().zip(&want).map(|(a, b)| (a - b).abs());
    assert!(worst.fold(0.0, f64::max) < 1e-13);
}

#[test]
fn ranges_beyond_everything_are_silence() {
    let arrangement = Arrangement::default();
    let bus = Bus {
        lanes: vec![0, 7],
        gain_db: 0.0,
        ..Bus::default()
    };
    let silent = render(
        &arrangement,
        std::slice::from_ref(&bus),
        Range::new(-10, 20_000),
    )
    .unwrap();
    assert_eq!(silent, [vec![0.0; 40_020]]);
    for range in [Range::new(5, 5), Range::new(9, 3)] {
        assert!(render(&arrangement, std::slice::from_ref(&bus), range).unwrap()[0].is_empty());
    }
    let mut mixdown = Mixdown::new(&arrangement, vec![bus], Range::new(i64::MIN, i64::MAX));
    assert!(mixdown.next_block().unwrap().is_some());
}

/// What goes wrong says which track, where, which file.
#[test]
fn errors_name_track_place_and_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(6);
    let mut arrangement = Arrangement {
        sample_rate: RATE,
        length: 60_000,
        ..Arrangement::default()
    };
    let mut sources = Sources::new();
    let facts = (Format::I16, 2, 100);
    add_file(
        folder.path(),
        &mut arrangement,
        &mut sources,
        facts,
        &mut random,
    );
    arrangement.files.push(SourceFile {
        path: folder.path().join("gone.wav"),
        name: "gone.wav".into(),
    });
    for (channels, rate, file, words) in [
        (2, RATE, 1, vec!["Kick", "34567", "gone.wav", "missing"]),
        (1, RATE, 0, vec!["Kick", "34567", "0.wav", "2 channels"]),
        (
            2,
            500,
            0,
            vec!["Kick", "34567", "0.wav", "500 Hz is no sample rate"],
        ),
    ] {
        arrangement.sample_rate = rate;
        arrangement.lanes = vec![Lane {
            track: "Kick".into(),
            channels,
            clips: vec![one_clip(file, 34_567, 100)],
            ..Lane::default()
        }];
        let bus = Bus {
            lanes: vec![0],
            gain_db: 0.0,
            ..Bus::default()
        };
        let mut mixdown = Mixdown::new(&arrangement, vec![bus], Range::new(0, 60_000));
        let mut blocks = 0;
        let error = loop {
            match mixdown.next_block() {
                Ok(block) => {
                    assert!(block.is_some(), "it ends without an error");
                    blocks += 1;
                }
                Err(error) => break error,
            }
        };
        assert!(blocks > 0, "not opened before it plays");
        let text = error.to_string();
        for word in words {
            assert!(text.contains(word), "'{word}' is not in: {text}");
        }
    }
}
