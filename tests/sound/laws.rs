//! Pan laws and shapes of fades through the whole mixer, against their formulas.

use std::f64::consts::PI;

use pt_stem::mixdown::{Bus, Mixdown};
use pt_stem::model::clip::{Arrangement, Clip, Lane, SourceFile};
use pt_stem::model::{Breakpoint, PanLaw, Range};

use crate::wav::{Format, chunk, fmt, riff};

const LENGTH: usize = 10_000;

/// A session of one track, whose file is 0.5 throughout.
fn constant(folder: &std::path::Path, lane: Lane) -> Arrangement {
    let path = folder.join(format!("{}.wav", lane.channels));
    let samples = vec![0.5_f32.to_le_bytes(); LENGTH * usize::from(lane.channels)].concat();
    let fmt = fmt(Format::F32, lane.channels, 48_000);
    std::fs::write(
        &path,
        riff(&[chunk(b"fmt ", &fmt), chunk(b"data", &samples)]),
    )
    .unwrap();
    Arrangement {
        sample_rate: 48_000,
        length: LENGTH as u64,
        files: vec![SourceFile {
            path,
            name: String::new(),
        }],
        lanes: vec![lane],
        ..Arrangement::default()
    }
}

fn whole() -> Clip {
    Clip {
        length: LENGTH as u64,
        ..Clip::default()
    }
}

/// Left and right of the only bus.
fn heard(arrangement: &Arrangement, law: PanLaw) -> Vec<[f64; 2]> {
    let bus = Bus {
        lanes: vec![0],
        gain_db: 0.0,
        ..Bus::default()
    };
    let range = Range::new(0, LENGTH as i64);
    let mut mixdown = Mixdown::new(arrangement, vec![bus], range).panned_by(law);
    let mut out = Vec::new();
    while let Some(blocks) = mixdown.next_block().unwrap() {
        out.extend(blocks[0].chunks(2).map(|frame| [frame[0], frame[1]]));
    }
    out
}

#[test]
fn every_pan_law_reaches_the_mix() {
    let folder = tempfile::tempdir().unwrap();
    for (law, k) in [
        (PanLaw::SessionFolder, 1.0),
        (PanLaw::Depth2_5, 5.0 / 6.0),
        (PanLaw::Depth3, 1.0),
        (PanLaw::Depth4_5, 1.5),
        (PanLaw::Depth6, 2.0),
    ] {
        for (channels, is_moving) in [(1, false), (2, false), (1, true), (2, true)] {
            let points = [(500, -1.0), (9_500, 1.0)].map(Breakpoint::from);
            let lane = Lane {
                channels,
                pan: Some(0.3),
                pan_points: points[..if is_moving { 2 } else { 0 }].to_vec(),
                clips: vec![whole()],
                ..Lane::default()
            };
            let got = heard(&constant(folder.path(), lane), law);
            for (at, frame) in got.iter().enumerate() {
                let position = match is_moving {
                    true => (at.clamp(500, 9_500) as f64 - 5_000.0) / 4_500.0,
                    false => 0.3,
                };
                let angle = (position + 1.0) / 4.0 * PI;
                let side = |x: f64| match channels {
                    1 => 0.5 * x.powf(k),
                    _ => 0.5 * (2_f64.sqrt() * x).powf(k).min(1.0),
                };
                let want = [side(angle.cos()), side(angle.sin())];
                let error = (frame[0] - want[0]).abs().max((frame[1] - want[1]).abs());
                assert!(error < 1e-13, "{law}, {channels} channels at {at}: {error}");
            }
        }
    }
}
