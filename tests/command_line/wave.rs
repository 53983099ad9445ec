//! Audio files of the tests' own sessions.

use std::path::Path;

/// Hz, of every file that has no other.
pub const RATE: u32 = 48_000;

/// Writes a file and its folder; the samples of a frame follow one another.
pub fn write(path: &Path, channels: u16, bits: u16, samples: impl Iterator<Item = i32>) {
    write_at(RATE, path, channels, bits, samples);
}

/// The same at another rate.
pub fn write_at(
    sample_rate: u32,
    path: &Path,
    channels: u16,
    bits: u16,
    samples: impl Iterator<Item = i32>,
) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels,
        sample_rate,
        bits_per_sample: bits,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        wav.write_sample(sample).unwrap();
    }
    wav.finalize().unwrap();
}

/// A file of 16 bits with a tone, the same in every channel.
pub fn tone(path: &Path, channels: u16, hertz: f64, level: f64, frames: u32) {
    let samples = (0..frames).flat_map(|frame| {
        let turns = f64::from(frame) * hertz / f64::from(RATE);
        let sample = (turns * std::f64::consts::TAU).sin() * level;
        std::iter::repeat_n(sample as i32, usize::from(channels))
    });
    write(path, channels, 16, samples);
}
