//! FLAC beside WAV: the same samples, for every decoder.

use std::path::Path;

use pt_stem::engine::verify::verify;
use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::job::Verdict;
use pt_stem::model::stem::{BitDepth, ChannelMode, EngineKind, FileFormat, Measure};

use crate::session::{LENGTH, RATE, World, at_depth, run, samples};

/// Writes noise that fills 24 bits.
fn noise(path: &Path) {
    let spec = WriteSpec {
        sample_rate: RATE,
        channels: 1,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let mut state = 7_u64;
    let samples: Vec<f64> = (0..LENGTH)
        .map(|_| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            (state >> 40) as f64 / f64::from(1 << 24) - 0.5
        })
        .collect();
    let mut writer = Writer::create(path, spec).unwrap();
    writer.write(&samples).unwrap();
    writer.finish().unwrap();
}

/// What another program decodes: 32 bit integers as parts of full scale. `None` where it is not there.
fn decoded_elsewhere(path: &Path) -> Option<Vec<f64>> {
    let mut ffmpeg = std::process::Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-xerror", "-i"]).arg(path);
    let Ok(output) = ffmpeg.args(["-f", "s32le", "-"]).output() else {
        assert!(std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none());
        println!("skipped: ffmpeg is not installed");
        return None;
    };
    assert!(output.status.success() && output.stderr.is_empty());
    let (samples, _) = output.stdout.as_chunks::<4>();
    let value = |bytes: &[u8; 4]| f64::from(i32::from_le_bytes(*bytes)) / 2_147_483_648.0;
    Some(samples.iter().map(value).collect())
}

#[tokio::test]
async fn flac_decodes_to_what_wav_holds() {
    for bits in [BitDepth::Int16, BitDepth::Int24] {
        for measure in [Measure::Off, Measure::Full] {
            let world = World::new();
            noise(&world.session().join("audio/Bass.wav"));
            let plan = at_depth(world.plan(EngineKind::Render), bits);
            run(&plan, &world.context()).await.unwrap();
            let mut flac = plan.clone();
            flac.output.measure = measure;
            for stem in &mut flac.stems {
                stem.format = FileFormat::Flac;
                stem.file = stem.file.replace(".wav", ".flac");
            }
            (flac.stems[0].channels, flac.stems[0].channel_count) = (ChannelMode::AsTracks, 1);
            let report = run(&flac, &world.context()).await.unwrap();
            assert_eq!(report.proof.verdict, Verdict::Pass);
            assert_eq!(report.files[1].bits, bits.bits());
            let wave = samples(&world.out().join("Bass.wav"));
            let path = world.out().join("Bass.flac");
            assert!(wave == samples(&path) && wave.iter().any(|x| *x < -0.4));
            if let Some(elsewhere) = decoded_elsewhere(&path) {
                assert!(wave == elsewhere, "another decoder disagrees");
            }
            let drums = samples(&world.out().join("Drums.flac"));
            assert_eq!((drums.len() as u64, drums[0]), (LENGTH, 0.1875));
            assert!(verify(&world.out(), None).unwrap().findings.is_empty());
        }
    }
}
