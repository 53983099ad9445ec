//! The application as scripts: events and actions in, state and effects out. No screen, no network.

mod any;
mod commands;
mod desk;
mod flags;
mod jobs;
mod lists;
mod order;
mod picks;
mod places;
mod planning;
mod printing;
mod snapshots;
mod stems;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use pt_stem::action::{Action, Motion, Switch, catalogue};
use pt_stem::app::choices::{AssignChoice, assign_choices, palette};
use pt_stem::app::state::{
    FileEntry, Mode, Overlay, Pane, PrintField, PrintQuestion, RecipeState, Severity, Survey,
};
use pt_stem::app::{Effect, Input, Msg, State, unavailable, update};
use pt_stem::config::Config;
use pt_stem::error::ErrorKind;
use pt_stem::jobs::queue::JobCommand;
use pt_stem::model::link::{Fault, RequestId};
use pt_stem::model::session::SessionFolder;
use pt_stem::model::stem::{EngineKind, OnExisting};
use pt_stem::model::track::{Inherited, TrackFlag, TrackKind};
use pt_stem::model::{
    Arrangement, Job, JobEvent, JobId, JobState, LinkEvent, LinkPhase, Marker, Now, Ruler,
    SessionInfo, StemSpec, Track, TrackId, Transport, TransportState,
};
use pt_stem::ptsl::request::{LinkCommand, Request};

fn track(name: &str, kind: TrackKind, folder: Option<&str>) -> Track {
    Track {
        id: TrackId(format!("id-{name}")),
        name: name.to_owned(),
        kind,
        channels: 2,
        format: "stereo".to_owned(),
        folder: folder.map(str::to_owned),
        open: kind.is_folder(),
        ..Track::default()
    }
}

/// Drums in a folder, bass, a hidden guide, a click that is ignored.
fn band() -> Vec<Track> {
    let mut guide = track("Guide", TrackKind::Audio, None);
    guide.hidden = Inherited {
        explicit: true,
        implicit: false,
    };
    vec![
        track("DRUMS", TrackKind::Folder, None),
        track("Kick", TrackKind::Audio, Some("DRUMS")),
        track("Snare", TrackKind::Audio, Some("DRUMS")),
        track("Bass", TrackKind::Audio, None),
        track("Verb", TrackKind::Aux, None),
        guide,
        track("Click", TrackKind::Audio, None),
    ]
}

fn info(name: &str) -> SessionInfo {
    SessionInfo {
        name: name.to_owned(),
        path: format!("/sessions/{name}/{name}.ptx"),
        origin_id: String::new(),
        instance_id: name.to_owned(),
        sample_rate: 48_000,
        bit_depth: 24,
        ruler: Ruler::default(),
        max_length: None,
        audio_format: "WAV".to_owned(),
        interleaved: true,
    }
}

fn stem(name: &str, tracks: &[&str]) -> StemSpec {
    StemSpec {
        name: name.to_owned(),
        tracks: tracks.iter().map(|t| (*t).to_owned()).collect(),
        ..StemSpec::default()
    }
}

/// The state with everything that was asked for.
struct Desk {
    state: State,
    effects: Vec<Effect>,
    now: Now,
}

impl Desk {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Self {
            state: State::new(Arc::new(config), Mode::Demo("demo".to_owned())),
            effects: Vec::new(),
            now: Now::default(),
        }
    }

    /// Linked to a session with stems of its own.
    fn linked() -> Self {
        let mut desk = Self::new();
        desk.link(LinkEvent::Session(Some(Box::new(info("song")))));
        desk.link(LinkEvent::Tracks(Arc::new(band())));
        desk.link(LinkEvent::Markers(vec![Marker {
            number: 1,
            name: "Verse".to_owned(),
            start: 48_000,
            end: None,
            ..Marker::default()
        }]));
        desk.link(LinkEvent::Folder(Some(Arc::new(SessionFolder {
            root: PathBuf::from("/sessions/song"),
            arrangement: Arc::new(Arrangement {
                sample_rate: 48_000,
                length: 480_000,
                ..Arrangement::default()
            }),
            stems: vec![
                StemSpec {
                    folder: Some("DRUMS".to_owned()),
                    ..stem("Drums", &[])
                },
                stem("Rest", &["Bass", "Verb", "Guide"]),
            ],
            ignore: vec!["Click".to_owned()],
            audio_findings: Default::default(),
            ..SessionFolder::default()
        }))));
        desk.link(LinkEvent::Phase(LinkPhase::Linked));
        desk.survey(&[]);
        desk.effects.clear();
        desk
    }

    fn msg(&mut self, msg: Msg) -> &mut Self {
        self.now.mono_us += 1000;
        self.now.unix_ms += 1;
        let effects = update(&mut self.state, msg, self.now);
        self.effects.extend(effects);
        self
    }

    fn link(&mut self, event: LinkEvent) -> &mut Self {
        self.msg(Msg::Link(event))
    }

    /// Actions by their names, as keys and `:` say them.
    fn act(&mut self, actions: &[&str]) -> &mut Self {
        for action in actions {
            self.msg(Msg::Action(Action::parse(action).unwrap()));
        }
        self
    }

    fn typed(&mut self, text: &str) -> &mut Self {
        self.msg(Msg::Input(Input::Insert(text.to_owned())))
    }

    /// Answers the last question about a folder.
    fn survey(&mut self, existing: &[&str]) -> &mut Self {
        let asked = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Survey { dir, .. } => Some(dir.clone()),
            _ => None,
        });
        let dir = asked.expect("a folder was asked about");
        self.msg(Msg::Surveyed {
            dir,
            survey: Survey {
                free_bytes: Some(1 << 40),
                existing: existing.iter().map(|name| (*name).to_owned()).collect(),
                own_audio: Vec::new(),
                answered: true,
            },
        })
    }

    fn later(&mut self, seconds: u64) -> &mut Self {
        self.now.mono_us += seconds * 1_000_000;
        self.msg(Msg::Tick)
    }

    fn requests(&self) -> Vec<(RequestId, Request)> {
        let request = |effect: &Effect| match effect {
            Effect::Link(LinkCommand::Request { id, request }) => Some((*id, request.clone())),
            _ => None,
        };
        self.effects.iter().filter_map(request).collect()
    }

    fn submitted(&self) -> Option<Job> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Job(JobCommand::Submit { title, plan }) => {
                Some(Job::new(JobId(1), title.clone(), (**plan).clone(), 0))
            }
            _ => None,
        })
    }

    fn answer(&mut self, outcome: Result<Option<String>, Fault>) -> &mut Self {
        let (id, _) = self.requests().last().unwrap().clone();
        self.link(LinkEvent::Answer { id, outcome })
    }

    fn row_names(&self) -> Vec<&str> {
        let shown = self.state.shown(Pane::Tracks);
        shown
            .iter()
            .map(|index| self.state.tracks()[*index].name.as_str())
            .collect()
    }

    fn cursor_name(&self) -> &str {
        &self.state.cursor_track().unwrap().name
    }

    fn selected(&self) -> Vec<&str> {
        let ids = self.state.ui.selected.iter();
        ids.map(|id| id.0.trim_start_matches("id-")).collect()
    }

    fn toast(&self) -> &str {
        self.state.ui.toast.as_ref().map_or("", |toast| &toast.text)
    }

    fn stem_of(&self, name: &str) -> Vec<String> {
        let id = TrackId(format!("id-{name}"));
        self.state.stem_of.get(&id).cloned().unwrap_or_default()
    }
}

fn fault(kind: ErrorKind, message: &str) -> Fault {
    Fault {
        kind,
        message: message.to_owned(),
        hints: Vec::new(),
    }
}

/// A desk with a job in the given state.
fn with_job(state: JobState, engine: EngineKind) -> Desk {
    let mut desk = Desk::linked();
    desk.act(&["print-all", "confirm"]);
    let mut job = desk.submitted().unwrap();
    job.plan.engine = engine;
    job.state = state;
    desk.msg(Msg::Job(JobEvent::Added(Box::new(job))));
    desk.effects.clear();
    desk
}
