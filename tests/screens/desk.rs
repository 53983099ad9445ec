//! A session as the screens show it: built by the same messages that a connection sends.

use std::path::PathBuf;
use std::sync::Arc;

use pt_stem::app::state::{FileEntry, LogLine, Mode, Pane, Severity, Survey};
use pt_stem::app::{Msg, State, update};
use pt_stem::config::Config;
use pt_stem::model::job::{Course, Diagnosis, Item, Place, Proof, Report, Stage, Verdict};
use pt_stem::model::level::LiveLevels;
use pt_stem::model::link::ServerInfo;
use pt_stem::model::overview::{Overview, OverviewOf};
use pt_stem::model::session::SessionFolder;
use pt_stem::model::stem::EngineKind;
use pt_stem::model::track::Inherited;
use pt_stem::model::transport::TransportState;
use pt_stem::model::{
    Arrangement, Clip, Job, JobEvent, JobId, JobState, Lane, LinkEvent, LinkPhase, Marker, Now,
    Range, Ruler, SessionInfo, StemSpec, TimecodeRate, Track, TrackId, TrackKind, Transport,
};

/// The moment of every screen: 14:02:31 on some day, ten seconds after the start.
pub const NOW: Now = Now {
    mono_us: 10_000_000,
    unix_ms: 1_750_082_551_000,
    offset_s: 0,
};

pub fn tell(state: &mut State, msg: Msg) {
    update(state, msg, NOW);
}

/// Not connected, nothing known.
pub fn empty(mode: Mode) -> State {
    let mut state = State::new(Arc::new(Config::default()), mode);
    state.now = NOW;
    state
}

fn track(index: u32, name: &str, kind: TrackKind, format: &str, folder: Option<&str>) -> Track {
    Track {
        id: TrackId(format!("{{{index:08x}-0000-0000-00000000}}")),
        name: name.to_owned(),
        kind,
        index,
        channels: if format == "stereo" { 2 } else { 1 },
        format: format.to_owned(),
        color: (!kind.is_folder()).then_some([90, 169, 230]),
        folder: folder.map(str::to_owned),
        ..Track::default()
    }
}

pub fn tracks() -> Vec<Track> {
    use TrackKind::{Audio, Aux, Folder, Master, RoutingFolder};
    let mut tracks = vec![
        track(1, "DIALOGUE", Folder, "", None),
        track(2, "DX Boom A", Audio, "mono", Some("DIALOGUE")),
        track(3, "DX Lav 1", Audio, "mono", Some("DIALOGUE")),
        track(4, "ADR", Audio, "mono", Some("DIALOGUE")),
        track(5, "MUSIC", RoutingFolder, "stereo", None),
        track(6, "Score Strings", Audio, "stereo", Some("MUSIC")),
        track(7, "Score Perc", Audio, "stereo", Some("MUSIC")),
        track(8, "Songs (Licensed)", Audio, "stereo", Some("MUSIC")),
        track(9, "BG Traffic", Audio, "stereo", None),
        track(10, "FX Verb", Aux, "stereo", None),
        track(11, "Master", Master, "stereo", None),
        track(12, "Click", Audio, "mono", None),
    ];
    tracks[2].muted = true;
    tracks[3].record_enabled = true;
    tracks[3].input_monitoring = true;
    tracks[6].soloed = true;
    tracks[7].inactive = Inherited {
        explicit: true,
        implicit: false,
    };
    tracks
}

pub fn info() -> SessionInfo {
    SessionInfo {
        name: "REEL_3_MIX_v07".to_owned(),
        path: "/Volumes/MIX/REEL_3/REEL_3_MIX_v07.ptx".to_owned(),
        origin_id: String::new(),
        instance_id: String::new(),
        sample_rate: 48_000,
        bit_depth: 24,
        ruler: Ruler {
            rate: TimecodeRate::Fps2997Drop,
            sample_rate: 48_000,
            start_frame: 107_892,
        },
        max_length: None,
        audio_format: "WAV".to_owned(),
        interleaved: true,
    }
}

fn stem(name: &str, tracks: &[&str], folder: Option<&str>) -> StemSpec {
    StemSpec {
        name: name.to_owned(),
        tracks: tracks.iter().map(|track| (*track).to_owned()).collect(),
        folder: folder.map(str::to_owned),
        ..StemSpec::default()
    }
}

fn lane(track: &str) -> Lane {
    let clip = |seconds: i64, length: u64| Clip {
        start: 48_000 * seconds,
        length: 48_000 * length,
        ..Clip::default()
    };
    Lane {
        track: track.to_owned(),
        channels: 1,
        clips: vec![clip(12, 200), clip(324, 400)],
        ..Lane::default()
    }
}

fn folder() -> SessionFolder {
    SessionFolder {
        root: PathBuf::from("/Volumes/MIX/REEL_3"),
        arrangement: Arc::new(Arrangement {
            sample_rate: 48_000,
            length: 48_000 * 754,
            lanes: ["DX Boom A", "Score Strings"].map(lane).to_vec(),
            ..Arrangement::default()
        }),
        stems: vec![
            stem("DIA", &[], Some("DIALOGUE")),
            stem("MUS", &[], Some("MUSIC")),
            stem("FX", &["FX Verb"], None),
        ],
        ignore: vec!["Click".to_owned()],
        ..SessionFolder::default()
    }
}

fn marker(number: i32, name: &str, seconds: i64) -> Marker {
    Marker {
        number,
        name: name.to_owned(),
        start: seconds * 48_000,
        end: None,
        ..Marker::default()
    }
}

/// Connected, session read, playing.
pub fn linked() -> State {
    let mut state = empty(Mode::Live);
    for event in [
        LinkEvent::Phase(LinkPhase::Connecting),
        LinkEvent::Server(ServerInfo {
            ptsl_version: "2025.10".to_owned(),
            has_events: true,
        }),
        LinkEvent::Phase(LinkPhase::Linked),
        LinkEvent::Session(Some(Box::new(info()))),
        LinkEvent::Tracks(Arc::new(tracks())),
        LinkEvent::Markers(vec![marker(1, "Titles", 12), marker(8, "Chase", 324)]),
        LinkEvent::Transport(Transport {
            state: TransportState::Playing,
            play_start: 252 * 48_000,
            since: Some(Now {
                mono_us: 8_000_000,
                ..Now::default()
            }),
            ..Transport::default()
        }),
        LinkEvent::Selection(Some(Range::new(48_000 * 60, 48_000 * 300))),
        LinkEvent::Folder(Some(Arc::new(folder()))),
        LinkEvent::RoundTrip(1_800),
    ] {
        tell(&mut state, Msg::Link(event));
    }
    tell(
        &mut state,
        Msg::Surveyed {
            dir: PathBuf::from("./output"),
            survey: Survey {
                free_bytes: Some(812_000_000_000),
                answered: true,
                ..Survey::default()
            },
        },
    );
    state.log.clear();
    state.ui.toast = None;
    state
}

/// A render whose stems do not sum to the mix in two places.
pub fn failed_sum() -> State {
    let mut state = linked();
    let plan = state.plan.clone().unwrap().unwrap();
    let mut job = Job::new(JobId(1), "everything".to_owned(), plan, NOW.unix_ms);
    job.state = JobState::Failed;
    let peaks = (0..240).map(|span| match span {
        60..70 => Some(-43.4),
        200 => Some(-90.0),
        span if span % 3 == 0 => None,
        _ => Some(-130.0),
    });
    let place = |frame, timecode: &str, peak| Place {
        frame,
        timecode: timecode.to_owned(),
        peak_dbfs: Some(peak),
    };
    let worst = vec![
        place(61 * 131_072, "01:02:46:12", -43.4),
        place(200 * 131_072, "01:09:06:03", -90.0),
    ];
    let told = Diagnosis::new("gain", Some("MUS".to_owned()), Some((-0.5, "dB")));
    job.report = Some(Report {
        proof: Proof {
            verdict: Verdict::Fail,
            peak_dbfs: Some(-43.4),
            peak_at: worst.first().cloned(),
            rms_dbfs: Some(-71.0),
            threshold_dbfs: Some(-127.9),
            residual: Some(Course {
                frames_per_value: 131_072,
                peaks_dbfs: peaks.collect(),
                worst,
            }),
            diagnosis: vec![told],
            ..Proof::default()
        },
        ..Report::default()
    });
    tell(&mut state, Msg::Job(JobEvent::Restored(vec![job])));
    state
}

/// The same with jobs, files and a log.
pub fn busy() -> State {
    let mut state = linked();
    let plan = state.plan.clone().unwrap().unwrap();
    let mut done = Job::new(JobId(1), "DIA".to_owned(), plan.clone(), NOW.unix_ms);
    done.state = JobState::Done;
    done.items.truncate(1);
    done.items[0].stage = Stage::Done;
    done.report = Some(Report {
        proof: Proof {
            verdict: Verdict::Pass,
            peak_dbfs: Some(-138.5),
            rms_dbfs: Some(-151.0),
            threshold_dbfs: Some(-132.4),
            ..Proof::default()
        },
        ..Report::default()
    });
    let mut running = Job::new(JobId(2), "MUS, FX".to_owned(), plan.clone(), NOW.unix_ms);
    running.state = JobState::Running;
    running.rate = 8.4;
    running.items.remove(0);
    let set = |item: &mut Item, stage, tenths| {
        item.stage = stage;
        item.done = item.total / 10 * tenths;
    };
    set(&mut running.items[0], Stage::Printing, 6);
    let waiting = Job::new(JobId(3), "everything".to_owned(), plan, NOW.unix_ms);
    let jobs = vec![done, running, waiting];
    tell(&mut state, Msg::Job(JobEvent::Restored(jobs)));
    let entry = |name: &str, peak| FileEntry {
        name: name.to_owned(),
        bytes: 217_200_044,
        is_dir: false,
        is_part: name.ends_with(".part"),
        seconds: Some(754.0),
        peak_dbfs: peak,
        integrated_lufs: peak.map(|_| -23.1),
        ..FileEntry::default()
    };
    tell(
        &mut state,
        Msg::Files {
            dir: PathBuf::from("./output"),
            entries: Ok(vec![
                entry("REEL_3_MIX_v07_DIA.wav", Some(-3.2)),
                entry("REEL_3_MIX_v07_MUS.wav.part", None),
            ]),
        },
    );
    state.log.clear();
    for (severity, source, text) in [
        (Severity::Info, "link", "linked to localhost:31416"),
        (Severity::Warning, "plan", "track 'BG Traffic' has no stem"),
        (Severity::Ok, "job 1", "DIA done in 1:28"),
    ] {
        tell(
            &mut state,
            Msg::Log(LogLine {
                unix_ms: NOW.unix_ms - 20_000,
                severity,
                source: source.to_owned(),
                text: text.to_owned(),
            }),
        );
    }
    state.ui.toast = None;
    tell(&mut state, Msg::Point(Pane::Jobs, 1));
    tell(&mut state, Msg::Point(Pane::Tracks, 1));
    state
}

/// The same with the waveform of what is under the cursor, a job that renders with live levels, and
/// files that were proven.
pub fn rendering() -> State {
    let mut state = busy();
    let mut jobs = state.jobs.jobs().to_vec();
    for job in &mut jobs {
        job.plan.engine = EngineKind::Render;
    }
    let live = |left: f64, right: f64| {
        Some(Box::new(LiveLevels {
            recent_dbfs: vec![Some(left), Some(right)],
            peak_dbfs: Some(-2.4),
            true_peak_dbtp: Some(-2.1),
            momentary_lufs: Some(-18.7),
            short_term_lufs: Some(-21.0),
            integrated_lufs: Some(-23.4),
            range_lu: Some(7.2),
        }))
    };
    for (index, levels) in [live(-11.2, -11.9), live(-34.0, -41.5)]
        .into_iter()
        .enumerate()
    {
        let item = &mut jobs[1].items[index];
        item.stage = Stage::Printing;
        item.done = item.total / 10 * 6;
        item.live = levels;
    }
    tell(&mut state, Msg::Job(JobEvent::Restored(jobs)));
    let (sample, id) = (754 * 48_000, tracks()[1].id.clone());
    let peaks = (0..1024_i16).map(|at| (f32::from(at) / 60.0).sin().abs() * f32::from(at) / 900.0);
    let overview = Overview {
        peaks: peaks.collect(),
        frames: sample,
    };
    tell(
        &mut state,
        Msg::Overview {
            of: OverviewOf::Track(id),
            outcome: Ok(Arc::new(overview)),
        },
    );
    for (entry, verdict) in state
        .files
        .entries
        .iter_mut()
        .zip([Some(Verdict::Pass), None])
    {
        entry.verdict = verdict;
        entry.true_peak_dbtp = verdict.map(|_| -2.9);
    }
    state.ui.toast = None;
    state
}

/// A session of many tracks, in folders of ten.
pub fn many(count: u32) -> State {
    let mut state = linked();
    let tracks = (0..count).map(|number| {
        let folder = format!("Folder {}", number / 10);
        match number % 10 {
            0 => track(number + 1, &folder, TrackKind::Folder, "", None),
            _ => {
                let name = format!("Track {number} Long Name");
                track(number + 1, &name, TrackKind::Audio, "stereo", Some(&folder))
            }
        }
    });
    let tracks: Vec<Track> = tracks.collect();
    tell(&mut state, Msg::Link(LinkEvent::Tracks(Arc::new(tracks))));
    state.ui.toast = None;
    state
}
