//! A session folder whose tracks hold known constants, plans for it, and ways to run them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pt_stem::clock::SystemClock;
use pt_stem::engine::{Context, EngineEvent, print};
use pt_stem::error::Result;
use pt_stem::media::decode::Reader;
use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::job::Report;
use pt_stem::model::plan::{Coverage, Output, PlanKind, PlannedStem, PlannedTrack};
use pt_stem::model::stem::{
    BitDepth, ChannelMode, Dither, EngineKind, FileFormat, Measure, OnExisting, ProofMode, Way,
};
use pt_stem::model::{Finding, JobId, Plan, Range, Ruler, Timecode, TimecodeRate, TrackId};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub const RATE: u32 = 48_000;
/// Longer than a block, and no multiple of one.
pub const LENGTH: u64 = 50_000;

/// Track, channels, constant sample, muted. All values and their sums are exact in every format.
pub const TRACKS: [(&str, u16, f64, bool); 6] = [
    ("Kick", 1, 0.125, false),
    ("Snare", 1, 0.0625, false),
    ("Bass", 1, 0.25, false),
    ("Pad", 2, 0.03125, false),
    ("Muted", 1, 0.5, true),
    ("Click", 1, 0.375, false),
];

/// A folder with a session, an output folder and a state folder.
pub struct World {
    pub root: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let world = Self { root };
        std::fs::create_dir_all(world.session().join("audio")).unwrap();
        let mut tracks = Vec::new();
        for (name, channels, value, mute) in TRACKS {
            let file = format!("audio/{name}.wav");
            wav(&world.session().join(&file), channels, value, LENGTH);
            tracks.push(json!({
                "name": name, "channels": channels, "mute": mute, "volume_db": 0.0, "pan": null,
                "volume_points": [],
                "clips": [{ "file": file, "start": 0, "offset": 0, "length": LENGTH,
                    "gain_db": 0.0, "fade_in": 0, "fade_in_shape": "linear", "fade_out": 0,
                    "fade_out_shape": "linear", "mute": false }],
            }));
        }
        let text = json!({
            "version": 1, "rate": RATE, "length": LENGTH, "name": "Test", "tracks": tracks,
            "ignore": ["Click"], "stems": [],
        });
        std::fs::write(world.session().join("session.json"), text.to_string()).unwrap();
        world
    }

    pub fn session(&self) -> PathBuf {
        self.root.path().join("session")
    }

    pub fn out(&self) -> PathBuf {
        self.root.path().join("out")
    }

    pub fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    pub fn context(&self) -> Context {
        Context {
            client: None,
            clock: Arc::new(SystemClock::default()),
            state_dir: self.state(),
            is_embedded: false,
            paths: Default::default(),
            brake: Default::default(),
        }
    }

    /// Drums (Kick, Snare), Bass and Pad cover the mix exactly; 24 bit stereo.
    pub fn plan(&self, engine: EngineKind) -> Plan {
        self.plan_of(
            engine,
            &[
                ("Drums", &["Kick", "Snare", "Muted"]),
                ("Bass", &["Bass"]),
                ("Pad", &["Pad"]),
            ],
        )
    }

    pub fn plan_of(&self, engine: EngineKind, stems: &[(&str, &[&str])]) -> Plan {
        let stems: Vec<PlannedStem> = stems
            .iter()
            .map(|(name, tracks)| stem(name, tracks, engine))
            .collect();
        Plan {
            kind: PlanKind::Stems,
            session: "Test".into(),
            session_path: String::new(),
            folder: Some(self.session()),
            sample_rate: RATE,
            ruler: Ruler {
                rate: TimecodeRate::Fps25,
                start_frame: Timecode::parse("01:00:00:00", TimecodeRate::Fps25)
                    .unwrap()
                    .frame,
                sample_rate: RATE,
            },
            range: Range::new(0, LENGTH as i64),
            engine,
            output: Output {
                dir: self.out(),
                format: FileFormat::Wav,
                bits: BitDepth::Int24,
                rate: RATE,
                channels: ChannelMode::Stereo,
                dither: Dither::None,
                on_existing: OnExisting::Refuse,
                mix_source: "output:Out 1-2".into(),
                online: false,
                pan_law: pt_stem::model::PanLaw::SessionFolder,
                proof: ProofMode::Auto,
                measure: Measure::Full,
                tail: 0,
                rename_duplicates: false,
                md5: false,
                preset: None,
            },
            stems,
            mix_tracks: planned(&["Kick", "Snare", "Bass", "Pad", "Muted"]),
            mix: None,
            versions: Vec::new(),
            coverage: Coverage::default(),
            findings: Vec::new(),
            bytes: 0,
            scratch_bytes: 0,
            seconds: LENGTH as f64 / f64::from(RATE),
            recipe_hash: String::new(),
            returns: Vec::new(),
            unrendered: None,
            about: Default::default(),
        }
    }
}

fn planned(tracks: &[&str]) -> Vec<PlannedTrack> {
    tracks
        .iter()
        .map(|name| PlannedTrack {
            name: (*name).into(),
            id: TrackId::default(),
            silent: *name == "Muted",
        })
        .collect()
}

pub fn stem(name: &str, tracks: &[&str], engine: EngineKind) -> PlannedStem {
    PlannedStem {
        name: name.into(),
        kind: None,
        file: format!("{name}.wav"),
        more_files: Vec::new(),
        tracks: planned(tracks),
        engine,
        way: Way::Solo,
        gain_db: 0.0,
        format: FileFormat::Wav,
        bits: BitDepth::Int24,
        channels: ChannelMode::Stereo,
        channel_count: 2,
        has_clips: Some(true),
        why: String::new(),
        source: None,
        formula: None,
    }
}

/// All files of a plan in this depth.
pub fn at_depth(mut plan: Plan, bits: BitDepth) -> Plan {
    plan.output.bits = bits;
    for stem in plan.stems.iter_mut().chain(plan.mix.as_mut()) {
        stem.bits = bits;
    }
    plan
}

/// Asks for the mix as a file too.
pub fn with_mix(mut plan: Plan) -> Plan {
    let mut mix = stem("mix", &[], plan.engine);
    mix.tracks = plan.mix_tracks.clone();
    plan.mix = Some(mix);
    plan
}

/// A file of one value, as float.
pub fn wav(path: &Path, channels: u16, value: f64, frames: u64) {
    let samples = vec![value; frames as usize * usize::from(channels)];
    wav_of(path, channels, RATE, &samples);
}

/// A file of these samples, as float.
pub fn wav_of(path: &Path, channels: u16, rate: u32, samples: &[f64]) {
    let spec = WriteSpec {
        sample_rate: rate,
        channels,
        bits: BitDepth::Float32,
        time_reference: None,
    };
    let mut writer = Writer::create(path, spec).unwrap();
    writer.write(samples).unwrap();
    writer.finish().unwrap();
}

/// All samples of a file.
pub fn samples(path: &Path) -> Vec<f64> {
    let mut reader = Reader::open(path).unwrap();
    let channels = usize::from(reader.info().channels);
    let (mut all, mut block) = (Vec::new(), vec![0.0; 4096 * channels]);
    loop {
        let got = reader.read(&mut block).unwrap();
        if got == 0 {
            return all;
        }
        all.extend_from_slice(&block[..got * channels]);
    }
}

/// Findings, but for what constants always have: the same sound on both sides, up to the last frame.
pub fn findings(report: &Report) -> Vec<&Finding> {
    let is_known = |finding: &&Finding| ["tail_cut", "dual_mono"].contains(&finding.code.as_str());
    let all = report.findings.iter();
    all.filter(|finding| !is_known(finding)).collect()
}

/// Names in a folder, sorted.
pub fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .map(|entries| {
            entries
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

/// Prints, with `meanwhile` called on every event before the next one can be sent.
pub async fn run_with(
    id: u32,
    plan: &Plan,
    context: &Context,
    cancel: &CancellationToken,
    mut meanwhile: impl FnMut(&EngineEvent),
) -> Result<Report> {
    // One place in the channel: the engine cannot run ahead of the test.
    let (events, mut received) = mpsc::channel(1);
    let printing = print(JobId(id), plan, context, events, cancel.clone());
    let watching = async {
        while let Some(event) = received.recv().await {
            meanwhile(&event);
        }
    };
    tokio::join!(printing, watching).0
}

pub async fn run(plan: &Plan, context: &Context) -> Result<Report> {
    run_with(1, plan, context, &CancellationToken::new(), |_| {}).await
}
