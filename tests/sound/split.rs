//! Sources of several files and of many channels: a split pair sounds as the same pair interleaved,
//! and what is wider than stereo is folded by a stated matrix.

use std::path::Path;

use pt_stem::media::decode::Reader;
use pt_stem::mixdown::Bus;
use pt_stem::model::Range;
use pt_stem::model::clip::{Arrangement, Clip, Lane, SourceFile};

use crate::Random;
use crate::mix::render;
use crate::read_all;
use crate::wav::{FORMATS, Format, chunk, extensible, fmt, noise, riff};

const FRAMES: usize = 9001;

fn write(path: &Path, format: Vec<u8>, data: &[u8]) {
    let wav = riff(&[chunk(b"fmt ", &format), chunk(b"data", data)]);
    std::fs::write(path, wav).unwrap();
}

/// The mix of one stereo track that plays a file from its 100th frame on.
fn mixed(path: &Path) -> Vec<f64> {
    let length = FRAMES as u64 - 100;
    let arrangement = Arrangement {
        sample_rate: 48_000,
        length,
        files: vec![SourceFile {
            path: path.to_owned(),
            name: "source".to_owned(),
        }],
        lanes: vec![Lane {
            track: "Track".to_owned(),
            channels: 2,
            clips: vec![Clip {
                offset: 100,
                length,
                ..Clip::default()
            }],
            ..Lane::default()
        }],
        ..Arrangement::default()
    };
    let buses = [Bus {
        lanes: vec![0],
        gain_db: 0.0,
        ..Bus::default()
    }];
    let range = Range::new(0, length as i64);
    render(&arrangement, &buses, range).unwrap().remove(0)
}

#[test]
fn a_split_pair_sounds_as_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(1);
    for (left, right) in [(0, 0), (1, 1), (2, 2), (5, 5), (1, 4)] {
        let formats = [FORMATS[left], FORMATS[right]];
        let sides = formats.map(|format| noise(format, FRAMES, &mut random));
        for (side, (format, (bytes, _))) in ["L", "R"].iter().zip(formats.iter().zip(&sides)) {
            let path = folder.path().join(format!("Vox.{side}.wav"));
            write(&path, fmt(*format, 1, 48_000), bytes);
        }
        let want: Vec<f64> = (0..FRAMES)
            .flat_map(|i| [sides[0].1[i], sides[1].1[i]])
            .collect();
        let source = folder.path().join("Vox.wav");
        for block in [1, 255, 4096] {
            assert!(read_all(&source, block).unwrap() == want, "{formats:?}");
        }
        assert!(mixed(&source) == want[200..], "{formats:?}");
    }
    // What the shorter one lacks is silence.
    let (bytes, _) = noise(Format::I16, 50, &mut random);
    write(
        &folder.path().join("Vox.R.wav"),
        fmt(Format::I16, 1, 48_000),
        &bytes,
    );
    let read = read_all(&folder.path().join("Vox.wav"), 60).unwrap();
    assert_eq!(read.len(), 2 * FRAMES);
    assert!(read[2 * 50..].iter().skip(1).step_by(2).all(|x| *x == 0.0));
    assert!(read[2 * 50..].iter().step_by(2).any(|x| *x != 0.0));
}

#[test]
fn sides_that_do_not_fit_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let bytes = [0; 400];
    write(&at("Vox.L.wav"), fmt(Format::I16, 1, 48_000), &bytes);
    for (format, reason) in [
        (fmt(Format::I16, 1, 44_100), "44100 Hz"),
        (fmt(Format::I16, 2, 48_000), "2 channels"),
    ] {
        write(&at("Vox.R.wav"), format, &bytes);
        let error = Reader::open(&at("Vox.wav")).err().unwrap().to_string();
        assert!(
            error.contains("Vox.R.wav") && error.contains(reason),
            "{error}"
        );
    }
    std::fs::remove_file(at("Vox.R.wav")).unwrap();
    let error = Reader::open(&at("Vox.wav")).err().unwrap().to_string();
    assert!(error.contains("is missing"), "{error}");
}

/// 5.1 interleaved with a mask and without, and split: the same sound, folded in the mixer alone.
#[test]
fn surround_is_heard_in_stereo() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (bytes, samples) = noise(Format::I24, 6 * FRAMES, &mut Random(2));
    let h = std::f64::consts::FRAC_1_SQRT_2;
    let want: Vec<f64> = samples
        .chunks(6)
        .flat_map(|s| [s[0] + s[2] * h + s[4] * h, s[1] + s[2] * h + s[5] * h])
        .collect();
    write(&at("plain.wav"), fmt(Format::I24, 6, 48_000), &bytes);
    let mut masked = extensible(Format::I24, 6, 48_000, 24);
    masked[20..24].copy_from_slice(&0x3F_u32.to_le_bytes());
    write(&at("masked.wav"), masked, &bytes);
    for (channel, side) in ["L", "R", "C", "LFE", "Ls", "Rs"].iter().enumerate() {
        let frames = bytes.chunks(18).flat_map(|f| &f[3 * channel..][..3]);
        let frames: Vec<u8> = frames.copied().collect();
        write(
            &at(&format!("split.{side}.wav")),
            fmt(Format::I24, 1, 48_000),
            &frames,
        );
    }
    for name in ["plain.wav", "masked.wav", "split.wav"] {
        assert!(read_all(&at(name), 1000).unwrap() == samples, "{name}");
        let got = mixed(&at(name));
        assert_eq!(got.len(), want.len() - 200, "{name}");
        let apart = got.iter().zip(&want[200..]).map(|(a, b)| (a - b).abs());
        let apart = apart.fold(0.0, f64::max);
        assert!(apart < 1e-15, "{name}: {apart}");
    }
}
