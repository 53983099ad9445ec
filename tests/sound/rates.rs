//! Files of another sample rate than the session's, read or written: the same bits wherever a block
//! begins and whoever renders it, as exact as a whole converted at once, and as clean as the formula
//! says.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::Command;

use pt_stem::audio::resample::{self, Resampler};
use pt_stem::mixdown::{BLOCK, Bus, Mixdown, MixdownError, Pace, Paced};
use pt_stem::model::Range;
use pt_stem::model::clip::{Arrangement, Clip, Lane, SourceFile};
use rayon::prelude::*;

use crate::mix::render;
use crate::wav::{Format, chunk, fmt, riff};
use crate::{Random, have, run};

fn write_wav(path: &Path, rate: u32, channels: u16, samples: &[f64]) {
    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    let fmt = fmt(Format::F64, channels, rate);
    std::fs::write(path, riff(&[chunk(b"fmt ", &fmt), chunk(b"data", &bytes)])).unwrap();
}

/// 24 bits, big endian.
fn write_aiff(path: &Path, rate: u32, channels: u16, samples: &[f64]) {
    let big_chunk = |id: &[u8; 4], body: &[u8]| {
        let mut out = id.to_vec();
        out.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        out.extend(body);
        out.resize(out.len().next_multiple_of(2), 0);
        out
    };
    let frames = u32::try_from(samples.len() / usize::from(channels)).unwrap();
    let mut common = channels.to_be_bytes().to_vec();
    common.extend(frames.to_be_bytes());
    common.extend(24_u16.to_be_bytes());
    // 80-bit float: exponent, then the digits with the first one standing.
    let shift = rate.leading_zeros();
    common.extend((16_383 + 31 - u16::try_from(shift).unwrap()).to_be_bytes());
    common.extend((u64::from(rate << shift) << 32).to_be_bytes());
    let mut sound = vec![0; 8];
    for sample in samples {
        let v = (sample * 8_388_608.0) as i32;
        sound.extend(&v.to_be_bytes()[1..]);
    }
    let body = [
        b"AIFF".to_vec(),
        big_chunk(b"COMM", &common),
        big_chunk(b"SSND", &sound),
    ];
    std::fs::write(path, big_chunk(b"FORM", &body.concat())).unwrap();
}

fn converted(from: u32, to: u32, channels: u16, samples: &[f64]) -> Vec<f64> {
    if from == to {
        return samples.to_vec();
    }
    let mut out = Vec::new();
    let mut resampler = Resampler::new(from, to, channels).unwrap();
    resampler.push(samples, &mut out).unwrap();
    resampler.finish(&mut out).unwrap();
    let frames = samples.len() as u64 / u64::from(channels);
    let length = resample::length(frames, from, to);
    assert_eq!(out.len() as u64, length * u64::from(channels));
    out
}

/// A session with lanes of one stereo file each, and what the files are at its rate.
struct Session {
    arrangement: Arrangement,
    files: Vec<Vec<f64>>,
}

impl Session {
    fn new(rate: u32, length: u64) -> Self {
        Self {
            arrangement: Arrangement {
                sample_rate: rate,
                length,
                ..Arrangement::default()
            },
            files: Vec::new(),
        }
    }

    fn add(&mut self, path: PathBuf, from: u32, samples: &[f64], clips: &[(i64, u64, u64)]) {
        let file = self.files.len();
        let to = self.arrangement.sample_rate;
        self.files.push(converted(from, to, 2, samples));
        let name = path.display().to_string();
        self.arrangement.files.push(SourceFile { path, name });
        let clip = |&(start, offset, length): &(i64, u64, u64)| Clip {
            file,
            start,
            offset,
            length,
            ..Clip::default()
        };
        self.arrangement.lanes.push(Lane {
            channels: 2,
            clips: clips.iter().map(clip).collect(),
            ..Lane::default()
        });
    }

    /// Left and right of one sample of the session, of all lanes.
    fn frame(&self, at: i64) -> [f64; 2] {
        let mut sum = [0.0; 2];
        if at < 0 || at >= self.arrangement.length as i64 {
            return sum;
        }
        for lane in &self.arrangement.lanes {
            let mut of_lane = [0.0; 2];
            for clip in &lane.clips {
                let Ok(i) = u64::try_from(at - clip.start) else {
                    continue;
                };
                let place = (clip.offset + i) as usize * 2;
                let frame = self.files[clip.file].get(place..place + 2);
                if let Some(frame) = frame.filter(|_| i < clip.length) {
                    of_lane = [of_lane[0] + frame[0], of_lane[1] + frame[1]];
                }
            }
            sum = [sum[0] + of_lane[0], sum[1] + of_lane[1]];
        }
        sum
    }
}

fn bus(lanes: usize) -> Bus {
    Bus {
        lanes: (0..lanes).collect(),
        gain_db: 0.0,
        ..Bus::default()
    }
}

/// Noise of 24 bits, so that every format holds it exactly.
fn noise(frames: usize, random: &mut Random) -> Vec<f64> {
    let value = |random: &mut Random| random.between(-6_000_000, 6_000_000) as f64 / 8_388_608.0;
    (0..frames * 2).map(|_| value(random)).collect()
}

#[test]
fn converted_files_sound_the_same_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(44_100);
    let mut session = Session::new(48_000, 60_000);
    for (number, (rate, frames)) in [
        (44_100, 40_000),
        (96_000, 70_001),
        (22_050, 9_999),
        (48_000, 30_000),
        (44_056, 41_234),
    ]
    .into_iter()
    .enumerate()
    {
        for (name, write) in [
            ("wav", write_wav as fn(&Path, u32, u16, &[f64])),
            ("aiff", write_aiff),
        ] {
            let samples = noise(frames, &mut random);
            let path = folder.path().join(format!("{number}.{name}"));
            write(&path, rate, 2, &samples);
            // Before the session, over its end, over the file's end, over each other.
            let clips = [
                (-1_234, 0, 9_000),
                (4_567, 12_345, 50_000),
                (5_000, 3, 1),
                (30_001, 700, 40_000),
            ];
            session.add(path, rate, &samples, &clips);
        }
    }
    let bus = bus(session.arrangement.lanes.len());
    for range in [
        Range::new(-100, 61_000),
        Range::new(4_568, 59_999),
        Range::new(33_333, 33_334),
    ] {
        let got = render(&session.arrangement, std::slice::from_ref(&bus), range).unwrap();
        for (frame, at) in got[0].chunks(2).zip(range.start..) {
            assert_eq!(frame, session.frame(at), "sample {at} of {range:?}");
        }
    }
    let mixdown = Mixdown::new(&session.arrangement, vec![bus], Range::new(0, 60_000));
    let places: Vec<u64> = (0..40)
        .map(|_| u64::try_from(random.between(0, 59_999)).unwrap())
        .collect();
    places.par_iter().for_each(|from| {
        let mut work = mixdown.workspace();
        let frames = mixdown.render(*from, &mut work).unwrap();
        assert_eq!(frames, BLOCK.min(60_000 - *from as usize));
        for (frame, at) in work.block_mut(0).unwrap().chunks(2).zip(*from..) {
            assert_eq!(frame, session.frame(at as i64), "sample {at} from {from}");
        }
    });
}

/// Read from packet to packet, by several threads that ask in any order.
#[test]
fn compressed_files_are_converted_too() {
    if !have("ffmpeg", &["-version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(24);
    let mut session = Session::new(48_000, 150_000);
    for rate in [44_100, 88_200] {
        let samples = noise(2 * rate as usize, &mut random);
        let plain = folder.path().join("plain.wav");
        write_wav(&plain, rate, 2, &samples);
        let path = folder.path().join(format!("{rate}.flac"));
        let mut encode = Command::new("ffmpeg");
        encode.args(["-loglevel", "error", "-i"]).arg(&plain);
        encode.args("-c:a flac -sample_fmt s32 -bits_per_raw_sample 24".split(' '));
        run(encode.arg(&path));
        let clips = [
            (-500, 0, 70_000),
            (90_000, 30_000, 90_000),
            (50_001, 7, 300),
        ];
        session.add(path, rate, &samples, &clips);
    }
    let bus = bus(2);
    let range = Range::new(0, 150_000);
    let got = render(&session.arrangement, std::slice::from_ref(&bus), range).unwrap();
    for (frame, at) in got[0].chunks(2).zip(0..) {
        assert_eq!(frame, session.frame(at), "sample {at}");
    }
    let mixdown = Mixdown::new(&session.arrangement, vec![bus], range);
    let mut places: Vec<u64> = (0..36).map(|block| block * BLOCK as u64).collect();
    places.reverse();
    places.par_iter().for_each(|from| {
        let mut work = mixdown.workspace();
        mixdown.render(*from, &mut work).unwrap();
        for (frame, at) in work.block_mut(0).unwrap().chunks(2).zip(*from..) {
            assert_eq!(frame, session.frame(at as i64), "sample {at} from {from}");
        }
    });
}

fn sine(rate: u32, hz: f64, frames: usize) -> Vec<f64> {
    let turns = |n: usize| (n as f64 * hz / f64::from(rate)).fract();
    (0..frames).map(|n| libm::sin(TAU * turns(n))).collect()
}

/// One clip of a mono file on one track.
fn alone(path: PathBuf, clip: Clip, sample_rate: u32, length: u64) -> Arrangement {
    Arrangement {
        sample_rate,
        length,
        files: vec![SourceFile {
            path,
            name: String::new(),
        }],
        lanes: vec![Lane {
            channels: 1,
            clips: vec![clip],
            ..Lane::default()
        }],
        ..Arrangement::default()
    }
}

/// A mono file played from session sample 5,001 on, its first 777 samples cut away: what is heard.
fn played(folder: &Path, from: u32, to: u32, samples: &[f64]) -> Vec<f64> {
    let path = folder.join("mono.wav");
    write_wav(&path, from, 1, samples);
    let length = resample::length(samples.len() as u64, from, to);
    let clip = Clip {
        start: 5_001,
        offset: 777,
        length: u64::MAX,
        ..Clip::default()
    };
    let arrangement = alone(path, clip, to, length + 4_224);
    let range = Range::new(5_001 - 777, arrangement.length as i64);
    let mut got = render(&arrangement, &[bus(1)], range).unwrap();
    let left: Vec<f64> = got.remove(0).chunks(2).map(|frame| frame[0]).collect();
    assert!(left[..777].iter().all(|x| *x == 0.0));
    assert_eq!(left.len() as u64, length);
    left
}

/// A mono file at the session's rate, mixed down at another rate by several threads that take spans of
/// any length in any order: what is heard of a range that begins before the file and ends after it.
fn printed(folder: &Path, from: u32, to: u32, samples: &[f64]) -> Vec<f64> {
    let path = folder.join("mono.wav");
    write_wav(&path, from, 1, samples);
    let frames = samples.len() as u64;
    let clip = Clip {
        start: 1_001,
        length: frames,
        ..Clip::default()
    };
    let arrangement = alone(path, clip, from, 2 * frames);
    // The clip only: what else the session has is not heard.
    let range = Range::new(1_001, 1_001 + frames as i64);
    let mixdown = Mixdown::new(&arrangement, vec![bus(1)], range);
    let pace = Pace { from, to, frames };
    let mut random = Random(u64::from(from ^ to));
    let (mut cuts, mut at) = (Vec::new(), 0);
    while at < pace.length() {
        let end = pace.length().min(at + random.between(1, 20_000) as u64);
        cuts.push(at..end);
        at = end;
    }
    cuts.reverse();
    let mut spans: Vec<(u64, Vec<f64>)> = cuts
        .par_iter()
        .map(|span| {
            let mut paced = Paced::new(pace, mixdown.widths()).unwrap();
            let mut work = mixdown.workspace();
            let goes_on = || Ok::<_, MixdownError>(());
            paced
                .render(span.clone(), &mixdown, &mut work, goes_on)
                .unwrap();
            let sides = paced.bus(0).unwrap();
            assert!(sides.chunks(2).all(|sides| sides[0] == sides[1]));
            (span.start, sides.iter().step_by(2).copied().collect())
        })
        .collect();
    spans.sort_by_key(|(start, _)| *start);
    let all: Vec<f64> = spans.into_iter().flat_map(|(_, samples)| samples).collect();
    assert!(
        all == converted(from, to, 1, samples),
        "another than in one go"
    );
    all
}

/// Least squares of a tone: level, turns of phase, dB of all else.
fn fit(samples: &[f64], rate: u32, hz: f64) -> (f64, f64, f64) {
    let middle = samples.len() / 3..samples.len() * 2 / 3;
    let rows = middle.map(|n| {
        let (sin, cos) = libm::sincos(TAU * (n as f64 * hz / f64::from(rate)).fract());
        (sin, cos, samples[n])
    });
    let rows: Vec<_> = rows.collect();
    let sum = |of: fn(&(f64, f64, f64)) -> f64| rows.iter().map(of).sum::<f64>();
    let (ss, sc, cc) = (sum(|r| r.0 * r.0), sum(|r| r.0 * r.1), sum(|r| r.1 * r.1));
    let (sy, cy) = (sum(|r| r.0 * r.2), sum(|r| r.1 * r.2));
    let divisor = ss * cc - sc * sc;
    let (a, b) = ((sy * cc - cy * sc) / divisor, (cy * ss - sy * sc) / divisor);
    let rest = rows.iter().map(|r| (r.2 - a * r.0 - b * r.1).powi(2));
    let ratio = rest.sum::<f64>() / rows.iter().map(|r| r.2 * r.2).sum::<f64>();
    let level = libm::hypot(a, b);
    (level, libm::atan2(b, a) / TAU, 10.0 * ratio.log10())
}

#[test]
fn tones_of_converted_files_are_clean_and_in_place() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in [(44_100, 48_000), (48_000, 44_100), (96_000, 48_000)] {
        for hz in [997.0, 10_000.0, 20_000.0] {
            let heard = played(folder.path(), from, to, &sine(from, hz, from as usize / 2));
            let (level, phase, rest) = fit(&heard, to, hz);
            assert!((level - 1.0).abs() < 1e-6, "{from} to {to}, {hz}: {level}");
            assert!(phase.abs() < 1e-9, "{from} to {to}, {hz} Hz: {phase} turns");
            assert!(rest < -180.0, "{from} to {to}, {hz} Hz: {rest} dB");
        }
    }
}

/// Tones by numpy's least squares, and a second of noise up to 20 kHz, of which numpy's Fourier
/// transform says what each sample is at the other rate.
const NUMPY: &str = r#"
import sys, numpy as np
folder, source, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
read = lambda name: np.fromfile(f"{folder}/{name}.f64", dtype="<f8")
for hz in (997, 10000, 20000):
    y = read(f"tone{hz}")
    n = np.arange(len(y) // 3, len(y) * 2 // 3)
    angle = 2 * np.pi * ((n * hz) % target) / target
    basis = np.stack([np.sin(angle), np.cos(angle)], 1)
    (a, b), *_ = np.linalg.lstsq(basis, y[n], rcond=None)
    rest = y[n] - basis @ np.array([a, b])
    thdn = 20 * np.log10(np.sqrt(np.mean(rest ** 2) / np.mean(y[n] ** 2)))
    shift = np.arctan2(b, a) / (2 * np.pi * hz) * target
    assert thdn < -180, (hz, thdn)
    assert abs(shift) < 1e-7, (hz, shift)
    print(f"{source} to {target}, {hz} Hz: THD+N {thdn:.1f} dB, shift {shift:.1e} samples")
x, y = read("noise"), read("noise_at_rate")
spectrum = np.fft.rfft(x[source : 2 * source])
want = np.fft.irfft(np.resize(spectrum[: 20001], 20001), n=target) * target / source
assert np.max(np.abs(spectrum[20001:])) < 1e-9 * np.max(np.abs(spectrum))
error = np.sqrt(np.mean((y[target : 2 * target] - want) ** 2) / np.mean(want ** 2))
assert error < 1e-6, error
print(f"noise: {20 * np.log10(error):.1f} dB from numpy")
"#;

fn keep(folder: &Path, name: &str, samples: &[f64]) {
    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(folder.join(format!("{name}.f64")), bytes).unwrap();
}

#[test]
fn numpy_hears_the_same() {
    if !have("python3", &["-c", "import numpy"]) {
        return;
    }
    type Convert = fn(&Path, u32, u32, &[f64]) -> Vec<f64>;
    let cases: [(Convert, u32, u32); 8] = [
        (played, 44_100, 48_000),
        (played, 48_000, 44_100),
        (played, 96_000, 48_000),
        (printed, 44_100, 48_000),
        (printed, 48_000, 44_100),
        (printed, 96_000, 48_000),
        (printed, 88_200, 96_000),
        (printed, 44_100, 192_000),
    ];
    for (convert, from, to) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for hz in [997_u32, 10_000, 20_000] {
            let tone = sine(from, f64::from(hz), from as usize / 2);
            keep(path, &format!("tone{hz}"), &convert(path, from, to, &tone));
        }
        let mut noise = vec![0.0; from as usize * 3];
        let mut random = Random(u64::from(from));
        for _ in 0..60 {
            let hz = random.between(1, 20_000) as u64;
            let turn = random.real(0.0, 1.0);
            for (n, sample) in (0_u64..).zip(&mut noise) {
                let at = (n * hz % u64::from(from)) as f64 / f64::from(from);
                *sample += 0.01 * (TAU * (at + turn)).sin();
            }
        }
        keep(path, "noise", &noise);
        keep(path, "noise_at_rate", &convert(path, from, to, &noise));
        let mut python = Command::new("python3");
        python.args(["-c", NUMPY]).arg(path);
        print!("{}", run(python.args([from.to_string(), to.to_string()])));
    }
}
