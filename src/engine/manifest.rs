//! Making, merging, writing and reading `manifest.json`. What stands in a manifest from outside is
//! hostile: sizes and paths are checked before anything is opened.

use std::path::Path;

use super::writing::folder::is_plain_name;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{Proof, Report};
use crate::model::manifest::{
    Manifest, ManifestFile, ManifestMarker, ManifestPlan, ManifestSession, ManifestStem, Times,
    Versions,
};
use crate::model::plan::{PlannedStem, PlannedTrack};
use crate::model::stem::EngineKind;
use crate::model::{Marker, Now, Plan};
use crate::platform::atomic;

/// Its name beside the files.
pub const FILE_NAME: &str = "manifest.json";
/// Of what is written, and the only one that is read: fields are added, none ever changes.
const SCHEMA: u32 = 1;

/// Ten thousand files with long track lists fit well below this.
const MAX_BYTES: u64 = 64 << 20;

/// When a job ran, and what it spoke with.
pub struct Ran {
    pub begun: Now,
    pub ended: Now,
    /// Of PTSL, where Pro Tools was asked for anything.
    pub ptsl: Option<String>,
}

/// The manifest of one print.
pub fn of_print(plan: &Plan, report: &Report, ran: &Ran) -> Manifest {
    let printed_unix = ran.ended.unix_ms / 1000;
    let text = |now: Now| crate::clock::utc_text(now.unix_ms);
    let took_us = ran.ended.mono_us.saturating_sub(ran.begun.mono_us);
    let (about, ruler) = (&plan.about, &plan.ruler);
    let marker = |marker: &Marker| ManifestMarker {
        name: marker.name.clone(),
        sample: marker.start,
        timecode: ruler.timecode_at(marker.start).to_string(),
    };
    Manifest {
        schema: SCHEMA,
        program: format!("pt-stem {}", env!("CARGO_PKG_VERSION")),
        session: ManifestSession {
            name: plan.session.clone(),
            path: plan.session_path.clone(),
            sample_rate: plan.sample_rate,
            timecode_rate: ruler.rate.text().to_owned(),
            start_timecode: ruler.start().to_string(),
            origin_id: about.origin_id.clone(),
            instance_id: about.instance_id.clone(),
        },
        recipe_hash: plan.recipe_hash.clone(),
        recipe: (!about.recipe.is_empty()).then(|| about.recipe.clone()),
        printed_unix,
        printed: text(ran.ended),
        engine: plan.engine,
        range: plan.range,
        range_timecode: [
            ruler.timecode_at(plan.range.start).to_string(),
            ruler.timecode_at(plan.range.end).to_string(),
        ],
        markers: about.markers.iter().map(marker).collect(),
        plan: Some(asked(plan)),
        versions: Some(Versions {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schema: SCHEMA,
            ptsl: ran.ptsl.clone().filter(|version| !version.is_empty()),
        }),
        times: Some(Times {
            started: text(ran.begun),
            ended: text(ran.ended),
            seconds: took_us / 1_000_000,
        }),
        files: report.files.clone(),
        findings: report.findings.clone(),
        proof: report.proof.clone(),
    }
}

/// What a plan asks for.
fn asked(plan: &Plan) -> ManifestPlan {
    let names = |tracks: &[PlannedTrack]| tracks.iter().map(|track| track.name.clone()).collect();
    let is_bounce = plan.engine == EngineKind::Bounce;
    let stem = |stem: &PlannedStem| ManifestStem {
        name: stem.name.clone(),
        kind: stem.kind.clone(),
        files: stem.written().cloned().collect(),
        engine: stem.engine,
        way: (stem.engine == EngineKind::Bounce).then_some(stem.way),
        source: stem.source.clone(),
        gain_db: stem.gain_db,
        why: stem.why.clone(),
    };
    let output = &plan.output;
    ManifestPlan {
        stems: plan.files().map(stem).collect(),
        mix_tracks: names(&plan.mix_tracks),
        returns: names(&plan.returns),
        coverage: plan.coverage.clone(),
        dither: output.dither,
        measure: output.measure,
        proof: output.proof,
        channels: output.channels,
        mix_source: if is_bounce {
            output.mix_source.clone()
        } else {
            String::new()
        },
        online: is_bounce && output.online,
        tail: output.tail,
    }
}

fn damaged(path: &Path) -> Error {
    Error::new(
        ErrorKind::Check,
        format!("'{}' is no manifest of this program", path.display()),
    )
    .hint("Move it away to check or print the files without it")
}

/// The manifest of a folder, if there is one, with every path in it checked.
pub fn read(dir: &Path) -> Result<Option<Manifest>> {
    use std::io::Read as _;
    let path = dir.join(FILE_NAME);
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(damaged(&path).because(error)),
    };
    let mut text = Vec::new();
    file.take(MAX_BYTES)
        .read_to_end(&mut text)
        .map_err(|error| damaged(&path).because(error))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| damaged(&path).because(error))?;
    if manifest.schema != SCHEMA {
        return Err(Error::new(
            ErrorKind::Check,
            format!(
                "'{}' has schema {}, and this program knows schema 1",
                path.display(),
                manifest.schema
            ),
        )
        .hint("A newer version of this program wrote it"));
    }
    if manifest.range.end < manifest.range.start || manifest.session.sample_rate == 0 {
        return Err(damaged(&path).because("its range or its sample rate is impossible"));
    }
    if let Some(file) = manifest
        .files
        .iter()
        .find(|file| !is_plain_name(&file.path))
    {
        let shown = crate::model::text::clean(&file.path).into_owned();
        return Err(damaged(&path).because(format!("'{shown}' leads out of the folder")));
    }
    Ok(Some(manifest))
}

/// Writes the manifest, keeping the entries of earlier prints whose files still stand there. A
/// proof of before says nothing about the set as it is now.
pub fn write(dir: &Path, mut manifest: Manifest) -> Result<()> {
    if let Some(earlier) = read(dir).unwrap_or_default() {
        let kept: Vec<ManifestFile> = earlier
            .files
            .into_iter()
            .filter(|old| manifest.files.iter().all(|new| new.path != old.path))
            .filter(|old| dir.join(&old.path).is_file())
            .collect();
        manifest.files.extend(kept);
    }
    let path = dir.join(FILE_NAME);
    let mut text = serde_json::to_vec_pretty(&manifest).map_err(|error| {
        Error::new(ErrorKind::Internal, "the manifest cannot be written").because(error)
    })?;
    text.push(b'\n');
    atomic::write_part(&path, &text).map_err(|error| {
        Error::new(
            ErrorKind::Storage,
            format!("'{}' cannot be written", path.display()),
        )
        .because(error)
        .hint("The files are whole; print again to get a manifest")
    })
}

/// The report of a job that ended early.
pub fn unfinished(files: Vec<ManifestFile>, why: &str) -> Report {
    Report {
        files,
        findings: Vec::new(),
        proof: Proof {
            note: why.to_owned(),
            ..Proof::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_is_broken_or_newer_is_an_error_and_a_missing_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).unwrap().is_none());
        std::fs::write(dir.path().join(FILE_NAME), b"{}").unwrap();
        assert_eq!(read(dir.path()).unwrap_err().kind, ErrorKind::Check);
    }
}
