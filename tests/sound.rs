//! Sound, from files to stems: every format read exactly, mixdowns against a slow truth of direct
//! formulas, written files read back by others.

#[path = "sound/diagnosis.rs"]
mod diagnosis;
#[path = "sound/edges.rs"]
mod edges;
#[path = "sound/foreign.rs"]
mod foreign;
#[path = "sound/formats.rs"]
mod formats;
#[path = "sound/fuzz.rs"]
mod fuzz;
#[path = "sound/hostile.rs"]
mod hostile;
#[path = "sound/laws.rs"]
mod laws;
#[path = "sound/loudness.rs"]
mod loudness;
#[path = "sound/mix.rs"]
mod mix;
#[path = "sound/null.rs"]
mod null;
#[path = "sound/rates.rs"]
mod rates;
#[path = "sound/sources.rs"]
mod sources;
#[path = "sound/split.rs"]
mod split;
#[path = "sound/truth.rs"]
mod truth;
#[path = "sound/wav.rs"]
mod wav;

use std::path::Path;
use std::process::Command;

use pt_stem::media::MediaError;
use pt_stem::media::decode::Reader;

/// Small, seeded, the same everywhere: splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low) + 1;
        low + i64::try_from(self.draw() % span).unwrap()
    }

    pub fn size(&mut self, low: usize, high: usize) -> usize {
        usize::try_from(self.between(low as i64, high as i64)).unwrap()
    }

    /// From `low` to `high`.
    pub fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn chance(&mut self, part: f64) -> bool {
        self.real(0.0, 1.0) < part
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.size(0, list.len() - 1)]
    }
}

/// All samples of a file, read in blocks of `frames`.
pub fn read_all(path: &Path, frames: usize) -> Result<Vec<f64>, MediaError> {
    let mut reader = Reader::open(path)?;
    let channels = usize::from(reader.info().channels);
    let mut samples = Vec::new();
    let mut block = vec![0.0; frames * channels];
    loop {
        let got = reader.read(&mut block)?;
        samples.extend_from_slice(&block[..got * channels]);
        if got == 0 {
            return Ok(samples);
        }
    }
}

/// Whether a program can be started; says so when it cannot. The gate installs them all and sets
/// `PT_STEM_REQUIRE_FOREIGN`: there nothing may be skipped.
pub fn have(program: &str, probe: &[&str]) -> bool {
    let found = Command::new(program)
        .args(probe)
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: {program} {} does not run here", probe.join(" "));
        assert!(std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none());
    }
    found
}

/// Runs a program to its end; its words are shown when it fails.
pub fn run(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?} failed:\n{text}\n{errors}"
    );
    text
}
