//! The queue over crashes, several instances and engines that misbehave; and the real engine over
//! the simulator.

mod hooks;
mod record;
mod runner;
mod shared;
mod whole;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use pt_stem::app::shape;
use pt_stem::clock::ManualClock;
use pt_stem::engine::{Context, EngineEvent};
use pt_stem::error::{Error, ErrorKind};
use pt_stem::jobs::hooks::Hooks;
use pt_stem::jobs::queue::{JobCommand, Queue};
use pt_stem::jobs::runner::{Print, Runner};
use pt_stem::jobs::store::{self, Granted, Store, Wish};
use pt_stem::model::job::{Report, Stage};
use pt_stem::model::manifest::{FileRole, ManifestFile};
use pt_stem::model::plan::{Coverage, Output, PlanKind, PlannedStem};
use pt_stem::model::stem::{EngineKind, OnExisting, Way};
use pt_stem::model::{Finding, Job, JobEvent, JobId, JobState, Level, Plan, Range, Ruler};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A plan of two files of one second.
fn plan(dir: &Path) -> Plan {
    let stem = |name: &str| PlannedStem {
        name: name.to_owned(),
        kind: None,
        file: format!("{name}.wav"),
        more_files: Vec::new(),
        tracks: Vec::new(),
        engine: EngineKind::Render,
        way: Way::Solo,
        gain_db: 0.0,
        format: Default::default(),
        bits: Default::default(),
        channels: Default::default(),
        channel_count: 2,
        has_clips: None,
        why: String::new(),
        source: None,
        formula: None,
    };
    Plan {
        kind: PlanKind::Stems,
        session: "song".to_owned(),
        session_path: "/song/song.ptx".to_owned(),
        folder: None,
        sample_rate: 48_000,
        ruler: Ruler::default(),
        range: Range::new(0, 48_000),
        engine: EngineKind::Render,
        output: Output {
            dir: dir.to_owned(),
            format: Default::default(),
            bits: Default::default(),
            rate: 48_000,
            channels: Default::default(),
            dither: Default::default(),
            on_existing: OnExisting::Refuse,
            mix_source: String::new(),
            online: false,
            pan_law: pt_stem::model::PanLaw::SessionFolder,
            proof: Default::default(),
            measure: Default::default(),
            tail: 0,
            rename_duplicates: false,
            md5: false,
            preset: None,
        },
        stems: vec![stem("Drums"), stem("Bass")],
        mix_tracks: Vec::new(),
        mix: None,
        versions: Vec::new(),
        coverage: Coverage::default(),
        findings: Vec::new(),
        bytes: 0,
        scratch_bytes: 0,
        seconds: 1.0,
        recipe_hash: String::new(),
        returns: Vec::new(),
        unrendered: None,
        about: Default::default(),
    }
}

fn job(id: u32) -> Job {
    Job::new(JobId(id), format!("job {id}"), plan(Path::new("/out")), 1)
}

fn state(id: u32, state: JobState) -> JobEvent {
    JobEvent::State {
        id: JobId(id),
        state,
        at_ms: 5,
    }
}

fn states(jobs: &[Job]) -> Vec<(u32, JobState)> {
    jobs.iter().map(|job| (job.id.0, job.state)).collect()
}
