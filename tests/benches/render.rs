//! How fast stems are rendered: a generated session, once plain and once edited, printed at every
//! depth. `cargo bench --bench render [-- TRACKS SECONDS]`. Prints a table; asserts nothing.

#![allow(clippy::expect_used, clippy::indexing_slicing)]

use std::path::Path;
use std::time::{Duration, Instant};

use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::mixdown::{Bus, Mixdown};
use pt_stem::model::clip::{Arrangement, Clip, FadeShape, Lane, SourceFile};
use pt_stem::model::stem::BitDepth;
use pt_stem::model::{Breakpoint, Range};

const RATE: u32 = 48_000;
const STEMS: usize = 4;

fn main() {
    // `cargo bench` hands over its own flags too.
    let mut sizes = std::env::args().filter_map(|word| word.parse::<usize>().ok());
    let tracks = sizes.next().unwrap_or(16);
    let seconds = sizes.next().unwrap_or(60);
    let folder = tempfile::tempdir().expect("a folder for the session");
    let frames = seconds * RATE as usize;
    let files: Vec<SourceFile> = (0..tracks)
        .map(|track| source(folder.path(), track, frames))
        .collect();
    println!(
        "{tracks} stereo tracks of 24 bit, {seconds} s, {STEMS} stems, {} threads",
        rayon::current_num_threads()
    );
    println!("session   bits  seconds  x real time  Msamples/s per thread");
    for (name, edited) in [("plain", false), ("edited", true)] {
        let arrangement = Arrangement {
            sample_rate: RATE,
            length: frames as u64,
            files: files.clone(),
            lanes: (0..tracks).map(|i| lane(i, frames, edited)).collect(),
            ..Arrangement::default()
        };
        for bits in [BitDepth::Int16, BitDepth::Int24, BitDepth::Float32] {
            let best = (0..3)
                .map(|_| print_stems(folder.path(), &arrangement, bits))
                .min()
                .unwrap_or_default();
            let took = best.as_secs_f64();
            let samples = (tracks * frames * 2) as f64;
            println!(
                "{name:9} {:4}  {took:7.3}  {:11.1}  {:21.1}",
                bits.bits(),
                seconds as f64 / took,
                samples / took / 1e6 / rayon::current_num_threads() as f64,
            );
        }
    }
}

fn spec(bits: BitDepth) -> WriteSpec {
    WriteSpec {
        sample_rate: RATE,
        channels: 2,
        bits,
        time_reference: None,
    }
}

/// A file of noise: a multiplicative generator, a different seed a track.
fn source(folder: &Path, track: usize, frames: usize) -> SourceFile {
    let name = format!("{track}.wav");
    let path = folder.join(&name);
    let mut writer = Writer::create(&path, spec(BitDepth::Int24)).expect("a source");
    let mut state = track as u64 * 2 + 1;
    let mut block = vec![0.0; 2 * 48_000];
    let mut left = frames;
    while left > 0 {
        for sample in &mut block {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            *sample = (state >> 40) as f64 / (1_u64 << 26) as f64 - 0.125;
        }
        let turn = left.min(block.len() / 2);
        writer.write(&block[..turn * 2]).expect("a source");
        left -= turn;
    }
    writer.finish().expect("a source");
    SourceFile { path, name }
}

fn lane(index: usize, frames: usize, edited: bool) -> Lane {
    let clip = |start: usize, length: usize| Clip {
        file: index,
        start: start as i64,
        offset: start as u64,
        length: length as u64,
        gain_db: if edited { -2.0 } else { 0.0 },
        fade_in: if edited { 4_800 } else { 0 },
        fade_in_shape: FadeShape::EqualPower,
        fade_out: if edited { 4_800 } else { 0 },
        fade_out_shape: FadeShape::EqualPower,
        ..Clip::default()
    };
    let second = RATE as usize;
    let (clips, volume_points) = if edited {
        let starts = (0..frames).step_by(3 * second);
        let points = (0..frames).step_by(2 * second).enumerate();
        (
            starts.map(|at| clip(at, 3 * second + 4_800)).collect(),
            points
                .map(|(i, at)| Breakpoint {
                    at: at as i64,
                    value: if i % 2 == 0 { -6.0 } else { 0.0 },
                })
                .collect(),
        )
    } else {
        (vec![clip(0, frames)], Vec::new())
    };
    Lane {
        track: format!("track {index}"),
        channels: 2,
        volume_db: -6.0,
        pan: edited.then_some(0.25),
        volume_points,
        clips,
        ..Lane::default()
    }
}

fn print_stems(folder: &Path, arrangement: &Arrangement, bits: BitDepth) -> Duration {
    let start = Instant::now();
    let buses: Vec<Bus> = (0..STEMS)
        .map(|stem| Bus {
            lanes: (0..arrangement.lanes.len())
                .filter(|lane| lane % STEMS == stem)
                .collect(),
            gain_db: 0.0,
        })
        .collect();
    let mut writers: Vec<Writer> = (0..STEMS)
        .map(|stem| {
            let path = folder.join(format!("stem{stem}.wav"));
            Writer::create(&path, spec(bits)).expect("a stem")
        })
        .collect();
    let range = Range::new(0, arrangement.length as i64);
    let mut mixdown = Mixdown::new(arrangement, buses, range);
    while let Some(blocks) = mixdown.next_block().expect("sources that we wrote") {
        for (writer, block) in writers.iter_mut().zip(blocks) {
            writer.write(block).expect("a stem");
        }
    }
    for writer in writers {
        writer.finish().expect("a stem");
    }
    start.elapsed()
}
