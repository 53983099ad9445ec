//! What is measured of files, against others: loudness and true peak against ffmpeg's `ebur128`, the rest
//! against numpy.

use std::path::{Path, PathBuf};
use std::process::Command;

use pt_stem::engine::verify::verify;
use pt_stem::model::level::Levels;
use pt_stem::model::manifest::ManifestFile;

use crate::{Random, have, run};

const SEED: u64 = 0x1770;
const RATES: [u32; 3] = [44_100, 48_000, 96_000];
/// LU and dB.
const MOST: f64 = 0.1;

struct Made {
    path: PathBuf,
    what: String,
}

/// A WAVE_FORMAT_EXTENSIBLE of 24-bit integers or 32-bit floats.
fn write(path: &Path, rate: u32, channels: u16, float: bool, samples: &[f64]) {
    let bits: u16 = if float { 32 } else { 24 };
    let mask: u32 = match channels {
        1 => 0x4,
        2 => 0x3,
        _ => 0x3F,
    };
    let frame = channels * bits / 8;
    let size = samples.len() as u32 * u32::from(bits / 8);
    let mut out = Vec::with_capacity(68 + size as usize);
    out.extend(b"RIFF");
    out.extend((60 + size).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(40_u32.to_le_bytes());
    out.extend(0xFFFE_u16.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend((rate * u32::from(frame)).to_le_bytes());
    out.extend(frame.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out.extend(22_u16.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out.extend(mask.to_le_bytes());
    out.extend(if float { 3_u16 } else { 1 }.to_le_bytes());
    out.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
    out.extend(b"data");
    out.extend(size.to_le_bytes());
    for sample in samples {
        if float {
            out.extend((*sample as f32).to_le_bytes());
        } else {
            let value = (sample * 8_388_608.0).round();
            let value = value.clamp(-8_388_608.0, 8_388_607.0) as i32;
            out.extend(&value.to_le_bytes()[..3]);
        }
    }
    std::fs::write(path, out).unwrap();
}

/// The levels of a programme over time, 0 in gaps: a second and its level.
fn envelope(kind: usize, seconds: usize, random: &mut Random) -> Vec<f64> {
    let db = |db: f64| 10_f64.powf(db / 20.0);
    (0..seconds)
        .map(|second| match kind {
            // A programme with quiet parts that the gates leave out.
            2 if second % 5 > 2 => db(random.real(-62.0, -45.0)),
            3 if second % 4 == 1 => 0.0,
            4 => 1.0,
            _ => db(random.real(-20.0, -6.0)),
        })
        .collect()
}

fn samples(kind: usize, rate: u32, channels: u16, random: &mut Random) -> Vec<f64> {
    let seconds = random.size(4, 6);
    let levels: Vec<Vec<f64>> = (0..channels)
        .map(|_| envelope(kind, seconds, random))
        .collect();
    let tones: Vec<f64> = (0..channels)
        .map(|_| 40.0 * 2_f64.powf(random.real(0.0, 8.0)))
        .collect();
    let mut low = vec![0.0; usize::from(channels)];
    let mut before = low.clone();
    let mut out = Vec::new();
    for frame in 0..seconds * rate as usize {
        let time = frame as f64 / f64::from(rate);
        for (channel, (low, before)) in low.iter_mut().zip(&mut before).enumerate() {
            let level = levels[channel][frame / rate as usize];
            let white = random.real(-1.0, 1.0);
            // Noise up to the last hertz peaks elsewhere on another grid of samples.
            let noise = 0.5 * (white + *before);
            *before = white;
            *low += 0.15 * (white - *low);
            let tone = (std::f64::consts::TAU * tones[channel] * time).sin();
            out.push(match kind {
                0 => level * tone,
                4 => (1.2 * noise).clamp(-0.98, 0.98),
                5 => level * noise,
                _ => level * (*low * 2.0 + 0.3 * tone),
            });
        }
    }
    out
}

fn make(dir: &Path) -> Vec<Made> {
    println!("seed {SEED:#x}");
    let mut random = Random(SEED);
    (0..30)
        .map(|number| {
            let (kind, turn) = (number % 6, number / 6);
            let rate = RATES[turn % 3];
            let channels = [1, 2, 6][(number + turn) % 3];
            let float = number % 2 == 1;
            let path = dir.join(format!("{number:02}.wav"));
            let made = samples(kind, rate, channels, &mut random);
            write(&path, rate, channels, float, &made);
            let what = format!("file {number}: kind {kind}, {rate} Hz, {channels} channels");
            Made { path, what }
        })
        .collect()
}

/// Integrated, range, highest momentary, highest short-term, true peak.
fn theirs(path: &Path) -> [f64; 5] {
    let filter = "ebur128=peak=true:framelog=verbose:metadata=1,ametadata=print:file=-";
    let mut command = Command::new("ffmpeg");
    command.args(["-nostats", "-hide_banner", "-v", "error", "-i"]);
    let text = run(command
        .arg(path)
        .args(["-af", filter, "-f", "null", "/dev/null"]));
    let values = |key: &str| -> Vec<f64> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(key));
        lines.map(|value| value.parse().unwrap()).collect()
    };
    let last = |key: &str| *values(key).last().unwrap();
    let most = |key: &str| values(key).into_iter().fold(f64::MIN, f64::max);
    [
        last("lavfi.r128.I="),
        last("lavfi.r128.LRA="),
        most("lavfi.r128.M="),
        most("lavfi.r128.S="),
        20.0 * last("lavfi.r128.true_peak=").log10(),
    ]
}

fn ours(levels: &Levels) -> [f64; 5] {
    [
        levels.integrated_lufs,
        levels.range_lu,
        levels.max_momentary_lufs,
        levels.max_short_term_lufs,
        levels.true_peak_dbtp,
    ]
    .map(|level| level.expect("a level"))
}

fn measured(dir: &Path) -> Vec<ManifestFile> {
    let mut files = verify(dir, None).unwrap().files;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[test]
fn thirty_files_measure_as_ffmpeg_measures_them() {
    if !have("ffmpeg", &["-version"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let made = make(dir.path());
    let files = measured(dir.path());
    assert_eq!(files.len(), made.len());
    let mut apart = [0.0_f64; 5];
    let mut wrong = Vec::new();
    for (made, file) in made.iter().zip(&files) {
        let (theirs, ours) = (theirs(&made.path), ours(&file.levels));
        for ((apart, theirs), ours) in apart.iter_mut().zip(theirs).zip(ours) {
            *apart = apart.max((theirs - ours).abs());
        }
        if theirs.iter().zip(ours).any(|(a, b)| (a - b).abs() > MOST) {
            wrong.push(format!(
                "{}: ffmpeg {theirs:.3?}, here {ours:.3?}",
                made.what
            ));
        }
    }
    let names = ["I", "LRA", "M", "S", "TP"];
    let largest: Vec<String> = names
        .iter()
        .zip(apart)
        .map(|(name, apart)| format!("{name} {apart:.3}"))
        .collect();
    println!("largest deviations in LU and dB: {}", largest.join(", "));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A folder of files of all kinds with what numpy says of each: offset, correlation, equal channels, head,
/// tail, the end, runs at full scale with the longest and the first, samples beyond 0 dBFS.
const NUMPY: &str = "
import json, sys
import numpy as np, soundfile as sf
rng = np.random.default_rng(int(sys.argv[2]))
def runs(full):
    found = []
    for c in range(full.shape[1]):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], full[:, c].astype(np.int8), [0]))))
        found += [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2]) if b - a >= 3]
    return found
def db(x): return float(20 * np.log10(x)) if x > 0 else None
for n in range(24):
    rate = int(rng.choice([44100, 48000]))
    channels = int(rng.choice([1, 2, 2, 2, 6]))
    subtype = ['PCM_16', 'PCM_24', 'FLOAT'][n % 3]
    frames = int(rng.integers(1000, 3 * rate))
    x = rng.uniform(-0.5, 0.5, (frames, channels)) + rng.uniform(-0.1, 0.1, channels)
    if n % 4 == 1: x[:] = x[:, :1]
    if n % 4 == 2 and channels == 2: x[:, 1] = -0.7 * x[:, 0] + 0.1 * x[:, 1]
    if n % 5 == 3: x *= 0.0
    for _ in range(int(rng.integers(0, 60))):
        at = int(rng.integers(0, frames)); c = int(rng.integers(0, channels))
        x[at:at + int(rng.integers(1, 7)), c] = rng.choice([-1.5, 1.5, 1.0, -1.0])
    if n % 5 == 4: x[:] = 0.0
    head, tail = int(rng.integers(0, frames // 3)), int(rng.integers(0, frames // 3))
    x[:head] *= 1e-6; x[frames - tail:] *= 1e-6
    path = f'{sys.argv[1]}/{n:02}.wav'
    sf.write(path, x if subtype == 'FLOAT' else np.clip(x, -1, 1), rate, subtype)
    y = sf.read(path, dtype='float64', always_2d=True)[0]
    top = 1 - 2.0 ** -(15 if subtype == 'PCM_16' else 23)
    full = (np.abs(y) >= top) & (np.abs(y) <= 1) if subtype == 'FLOAT' else (y >= top) | (y <= -1)
    loud = np.flatnonzero((np.abs(y) >= 10 ** (-90 / 20)).any(axis=1))
    found = runs(full)
    heard = len(loud) > 0
    ll, rr = (float((y[:, 0] ** 2).sum()), float((y[:, -1] ** 2).sum()))
    print(json.dumps({
        'dc_dbfs': db(np.abs(y.mean(axis=0)).max()),
        'correlation': float((y[:, 0] * y[:, 1]).sum() / np.sqrt(ll * rr)) if channels == 2 and heard and ll > 0 and rr > 0 else None,
        'same_channels': bool((y == y[:, :1]).all()) if channels > 1 and heard else None,
        'head_silence': int(loud[0]) if heard else len(y),
        'tail_silence': int(len(y) - 1 - loud[-1]) if heard else len(y),
        'end_dbfs': db(np.abs(y[max(0, len(y) - rate // 2):]).max()),
        'runs': len(found), 'longest': max((b for _, b in found), default=0),
        'first_frame': min((a for a, _ in found), default=None),
        'over_samples': int((np.abs(y) > 1).sum()),
    }))
";

#[test]
fn what_else_is_measured_is_what_numpy_finds() {
    if !have("python3", &["-c", "import numpy, soundfile"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    println!("seed {SEED}");
    let mut python = Command::new("python3");
    python.args(["-c", NUMPY]).arg(dir.path());
    let text = run(python.arg(SEED.to_string()));
    let wanted: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let files = measured(dir.path());
    assert_eq!((wanted.len(), files.len()), (24, 24));
    let mut with_runs = 0;
    for (want, file) in wanted.iter().zip(&files) {
        let (levels, what) = (&file.levels, &file.path);
        for (key, got) in [
            ("dc_dbfs", levels.dc_dbfs),
            ("correlation", levels.correlation),
            ("end_dbfs", levels.end_dbfs),
        ] {
            match (want[key].as_f64(), got) {
                // Below what sums of doubles tell, an offset is noise.
                (Some(want), got) if key == "dc_dbfs" && want < -200.0 => {
                    assert!(got.is_none_or(|got| got < -190.0), "{what} {key}");
                }
                (Some(want), Some(got)) => {
                    assert!((want - got).abs() < 1e-6, "{what} {key}: {got}, not {want}");
                }
                (want, got) => assert_eq!(got, want, "{what} {key}"),
            }
        }
        let count = |key: &str| want[key].as_u64();
        assert_eq!(
            levels.same_channels,
            want["same_channels"].as_bool(),
            "{what}"
        );
        assert_eq!(levels.head_silence, count("head_silence"), "{what}");
        assert_eq!(levels.tail_silence, count("tail_silence"), "{what}");
        let clipping = levels.clipping.unwrap();
        let got = (
            Some(clipping.runs),
            Some(clipping.longest),
            clipping.first_frame,
        );
        let want_runs = (count("runs"), count("longest"), count("first_frame"));
        assert_eq!(got, want_runs, "{what}");
        assert_eq!(Some(clipping.over_samples), count("over_samples"), "{what}");
        with_runs += u32::from(clipping.runs > 0);
    }
    assert!(with_runs > 8, "{with_runs} of 24 have runs at full scale");
}
