//! From a finished file to a delivered one: what is said of its sound, and its final name.

use super::folder::{OutputFolder, PartFile};
use crate::audio::loudness::SILENCE_DBFS;
use crate::engine::sink::Sink;
use crate::engine::{remarks, silence};
use crate::error::Result;
use crate::model::level::decibels;
use crate::model::manifest::ManifestFile;
use crate::model::{Finding, Level};

/// A file that is whole, read back and measured, and has no final name yet.
#[derive(Debug)]
pub struct Finished {
    pub file: ManifestFile,
    /// Highest sample that was meant to be in it, linear.
    pub meant_peak: f64,
    /// Highest sample that was written and read back, linear.
    pub peak: f64,
    pub part: PartFile,
}

impl Finished {
    /// Gives it its final name.
    pub fn publish(self, folder: &OutputFolder) -> Result<ManifestFile> {
        folder.publish(self.part)?;
        Ok(self.file)
    }
}

/// Publishes the files of a stem unless the sound of one was lost; says whether it did.
pub fn deliver(finished: Vec<Finished>, folder: &OutputFolder, sink: &Sink) -> Result<bool> {
    if let Some(lost) = finished.iter().find(|file| is_lost_sound(file)) {
        let path = lost.file.path.clone();
        sink.finding_blocking(
            Finding::new(
                Level::Error,
                "silent",
                format!("'{path}' came out silent although its tracks play"),
            )
            .stem(lost.file.name.clone())
            .file(path)
            .fix("The file was not delivered; print it again"),
        );
        return Ok(false);
    }
    for file in finished {
        let clipped = clipping(&file);
        let remarks = remarks::of_print(&file.file, clipped.is_some());
        let silent = silence::warning(&file.file).into_iter();
        for finding in silent.chain(clipped).chain(remarks) {
            sink.finding_blocking(finding);
        }
        sink.file_blocking(file.publish(folder)?);
    }
    Ok(true)
}

/// Peaks that the format cannot hold. With a gain or in mono no sum would tell of them.
fn clipping(finished: &Finished) -> Option<Finding> {
    let (path, count) = (&finished.file.path, finished.file.levels.clipped_samples);
    let over = decibels(finished.meant_peak).unwrap_or_default();
    let samples = if count == 1 { "sample" } else { "samples" };
    (count > 0).then(|| {
        Finding::new(
            Level::Warning,
            "clipped",
            format!("'{path}' is clipped in {count} {samples}: it would peak at {over:+.1} dBFS"),
        )
        .stem(finished.file.name.clone())
        .file(path.clone())
        .fix("Print it with --bits 32, which cannot clip, or turn the stem down with gain_db")
    })
}

/// Sound went in and none came back.
fn is_lost_sound(finished: &Finished) -> bool {
    let audible = decibels(finished.meant_peak).is_some_and(|db| db > SILENCE_DBFS);
    let silent = decibels(finished.peak).is_none_or(|db| db <= SILENCE_DBFS);
    audible && silent
}
