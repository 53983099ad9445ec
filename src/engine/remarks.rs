//! What is to be said of the sound of one file that is whole and not silent: an end that is cut off, runs
//! at full scale, samples beyond it, stereo that holds mono. Advice and warnings; nothing of it withholds
//! a file.

use crate::model::manifest::{FileRole, ManifestFile};
use crate::model::text::clean;
use crate::model::{Finding, Level};

/// Of a file that was just printed. `is_clipped` where it was told already.
pub fn of_print(file: &ManifestFile, is_clipped: bool) -> impl Iterator<Item = Finding> {
    let full_scale = full_scale(file).filter(|_| !is_clipped);
    let found = [tail_cut(file), full_scale, over(file), same_channels(file)];
    found.into_iter().flatten()
}

fn tail_cut(file: &ManifestFile) -> Option<Finding> {
    let end = file
        .levels
        .end_dbfs
        .filter(|_| file.levels.ends_sounding())?;
    let text = format!(
        "'{}' ends at {end:.1} dBFS in its last 500 ms: its tail may be cut",
        clean(&file.path)
    );
    let fix = "Print it with a longer range or tail (tail = \"2s\"), if its sound goes on there";
    Some(about(file, Level::Warning, "tail_cut", text).fix(fix))
}

fn full_scale(file: &ManifestFile) -> Option<Finding> {
    let clipping = file.levels.clipping.filter(|clipping| clipping.runs > 0)?;
    let times = match clipping.runs {
        1 => "once".to_owned(),
        more => format!("{more} times"),
    };
    let text = format!(
        "'{}' stays at full scale {times}, at most {} samples long, first at frame {}: it looks clipped",
        clean(&file.path),
        clipping.longest,
        clipping.first_frame.unwrap_or_default()
    );
    let fix = "Look for a clipped source or plug-in among its tracks, if that is not meant";
    Some(about(file, Level::Warning, "full_scale", text).fix(fix))
}

/// Floats keep what lies beyond full scale; whoever makes integers of them may not know.
fn over(file: &ManifestFile) -> Option<Finding> {
    let samples = file.levels.clipping?.over_samples;
    let peak = file.levels.peak_dbfs.filter(|_| samples > 0)?;
    let text = format!(
        "'{}' goes beyond 0 dBFS in {samples} samples, up to {peak:+.1} dBFS: its floats keep that",
        clean(&file.path)
    );
    let fix = "Turn it down before it becomes an integer file";
    Some(about(file, Level::Note, "over_full_scale", text).fix(fix))
}

fn same_channels(file: &ManifestFile) -> Option<Finding> {
    let is_mono = file.levels.same_channels == Some(true) && file.role == FileRole::Stem;
    is_mono.then(|| {
        let text = format!("'{}' has the same sound in all channels", clean(&file.path));
        let fix = "Print it in mono (channels = \"mono\"), if its tracks are";
        about(file, Level::Note, "dual_mono", text).fix(fix)
    })
}

fn about(file: &ManifestFile, level: Level, code: &str, text: String) -> Finding {
    Finding::new(level, code, text)
        .stem(file.name.clone())
        .file(file.path.clone())
}
