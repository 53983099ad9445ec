//! The application as scripts: events and actions in, state and effects out. No screen, no network.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use pt_stem::action::{Action, Motion, Switch, catalogue};
use pt_stem::app::choices::{AssignChoice, assign_choices, palette};
use pt_stem::app::state::{FileEntry, Mode, Overlay, Pane, PrintField, RecipeState, Severity};
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
        desk.link(LinkEvent::Tracks(band()));
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
            Effect::Survey(dir) => Some(dir.clone()),
            _ => None,
        });
        let dir = asked.expect("a folder was asked about");
        self.msg(Msg::Surveyed {
            dir,
            free_bytes: Some(1 << 40),
            existing: existing.iter().map(|name| (*name).to_owned()).collect(),
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
        let names = self.state.shown(Pane::Tracks).into_iter();
        names
            .map(|index| self.state.tracks()[index].name.as_str())
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

#[test]
fn the_cursor_moves_within_its_list_and_keeps_its_track() {
    let mut desk = Desk::linked();
    assert_eq!(
        desk.row_names(),
        ["DRUMS", "Kick", "Snare", "Bass", "Verb", "Click"]
    );
    desk.act(&["up"]);
    assert_eq!(desk.cursor_name(), "DRUMS");
    desk.act(&["bottom", "down"]);
    assert_eq!(desk.cursor_name(), "Click");
    desk.msg(Msg::PageRows(Pane::Tracks, 4))
        .act(&["half-page-up"]);
    assert_eq!(desk.cursor_name(), "Bass");
    desk.act(&["page-up"]);
    assert_eq!(desk.cursor_name(), "DRUMS");
    desk.act(&["bottom", "toggle-hidden"]);
    assert_eq!(desk.cursor_name(), "Click", "a row appears above");
    assert!(desk.row_names().contains(&"Guide"));
    let mut fewer = band();
    fewer.truncate(2);
    desk.link(LinkEvent::Tracks(fewer));
    assert_eq!(desk.cursor_name(), "Kick", "the list became short");
}

#[test]
fn folders_fold_with_enter_and_arrows() {
    let mut desk = Desk::linked();
    desk.act(&["open"]);
    assert_eq!(desk.row_names(), ["DRUMS", "Bass", "Verb", "Click"]);
    desk.act(&["right", "down", "down"]);
    assert_eq!(desk.cursor_name(), "Snare");
    desk.act(&["left"]);
    assert_eq!(desk.cursor_name(), "DRUMS", "left goes to the folder");
    desk.act(&["left"]);
    assert_eq!(desk.row_names().len(), 4);
    desk.act(&["down", "open"]);
    assert_eq!(desk.state.ui.overlay, Some(Overlay::Inspector));
}

#[test]
fn selections_by_row_range_and_inversion() {
    let mut desk = Desk::linked();
    desk.act(&["down", "select-row", "down", "down", "select-range", "down"]);
    assert_eq!(desk.selected(), ["Bass", "Kick", "Verb"]);
    desk.act(&["up", "up"]);
    assert_eq!(
        desk.selected(),
        ["Bass", "Kick", "Snare"],
        "a range shrinks too"
    );
    desk.act(&["select-range", "top"]);
    assert_eq!(desk.selected().len(), 3, "ended");
    desk.act(&["select-invert"]);
    assert_eq!(desk.selected(), ["Click", "DRUMS", "Verb"]);
    desk.act(&["back"]);
    assert!(desk.selected().is_empty());
}

#[test]
fn a_mute_is_pending_until_the_track_list_says_so() {
    let mut desk = Desk::linked();
    desk.act(&["down", "mute"]);
    let expected = Request::SetFlag {
        flag: TrackFlag::Mute,
        tracks: vec!["Kick".to_owned()],
        on: true,
    };
    assert_eq!(desk.requests()[0].1, expected);
    let kick = || (TrackId("id-Kick".to_owned()), TrackFlag::Mute);
    assert!(desk.state.pending[&kick()].on);
    // A poll that was under way still shows the old state.
    desk.link(LinkEvent::Tracks(band()));
    assert!(desk.state.pending.contains_key(&kick()));
    let mut muted = band();
    muted[1].muted = true;
    desk.link(LinkEvent::Tracks(muted));
    assert!(desk.state.pending.contains_key(&kick()), "not answered yet");
    desk.answer(Ok(None));
    assert!(desk.state.pending.is_empty());
    assert!(desk.state.tracks()[1].muted);
}

#[test]
fn a_refused_change_is_rolled_back_and_said() {
    let mut desk = Desk::linked();
    desk.act(&["down", "solo"]);
    desk.answer(Err(fault(ErrorKind::Refused, "a dialog is open")));
    assert!(desk.state.pending.is_empty());
    assert_eq!(desk.toast(), "could not solo 'Kick': a dialog is open");
    assert_eq!(
        desk.state.ui.toast.as_ref().unwrap().severity,
        Severity::Error
    );
    desk.act(&["last-error"]);
    assert!(matches!(desk.state.ui.overlay, Some(Overlay::Fault(_))));
}

#[test]
fn a_change_that_never_shows_is_given_up() {
    let mut desk = Desk::linked();
    desk.act(&["down", "mute"]).answer(Ok(None));
    desk.later(3);
    assert_eq!(desk.state.pending.len(), 1);
    desk.later(3);
    assert!(desk.state.pending.is_empty());
    assert_eq!(desk.toast(), "Pro Tools did not mute 'Kick'");
}

#[test]
fn without_a_connection_changes_are_refused_at_once_with_the_reason() {
    let mut desk = Desk::linked();
    let reason = fault(ErrorKind::NotConnected, "nothing answers");
    desk.link(LinkEvent::Phase(LinkPhase::Waiting {
        retry_at_us: 0,
        reason,
    }));
    for action in [
        "mute",
        "toggle-play",
        "record",
        "save-session",
        "call GetPTSLVersion",
    ] {
        desk.act(&[action]);
        assert_eq!(desk.toast(), "not connected: nothing answers", "{action}");
    }
    assert!(desk.requests().is_empty());
    assert_eq!(desk.row_names().len(), 6, "what was known stays");
    desk.act(&["down", "select-row"]);
    assert_eq!(desk.selected(), ["Kick"], "what needs no connection works");
}

#[test]
fn a_toggle_turns_all_on_unless_all_are_and_undo_puts_each_back() {
    let mut desk = Desk::linked();
    let mut tracks = band();
    tracks[1].muted = true;
    desk.link(LinkEvent::Tracks(tracks.clone()));
    desk.act(&["down", "select-row", "down", "select-row", "mute"]);
    let names = |request: &Request| match request {
        Request::SetFlag { tracks, on, .. } => (tracks.clone(), *on),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        names(&desk.requests()[0].1),
        (vec!["Snare".to_owned()], true)
    );
    desk.act(&["mute"]);
    let both = vec!["Kick".to_owned(), "Snare".to_owned()];
    assert_eq!(names(&desk.requests()[1].1), (both.clone(), false));
    desk.act(&["undo"]);
    assert_eq!(names(&desk.requests()[2].1), (both, true));
    desk.act(&["undo", "redo"]);
    assert_eq!(
        names(&desk.requests()[3].1),
        (vec!["Snare".to_owned()], false)
    );
    assert_eq!(
        names(&desk.requests()[4].1),
        (vec!["Snare".to_owned()], true)
    );
}

#[test]
fn a_name_that_stands_for_two_tracks_is_not_sent() {
    let mut desk = Desk::linked();
    let mut tracks = band();
    let mut twin = tracks[1].clone();
    twin.id = TrackId("id-twin".to_owned());
    tracks.push(twin);
    desk.link(LinkEvent::Tracks(tracks));
    desk.act(&["down", "mute"]);
    assert!(desk.requests().is_empty());
    assert!(
        desk.toast().starts_with("'Kick' stands for several tracks"),
        "{}",
        desk.toast()
    );
    assert!(desk.state.pending.is_empty() && desk.state.undo.is_empty());
}

#[test]
fn named_tracks_are_found_or_the_nearest_is_named() {
    let mut desk = Desk::linked();
    desk.act(&["mute Snare Bass"]);
    assert_eq!(desk.requests().len(), 1);
    desk.act(&["mute Snaer"]);
    assert_eq!(
        desk.toast(),
        "there is no track 'Snaer'; did you mean 'Snare'?"
    );
    desk.act(&["arm Verb"]);
    assert_eq!(desk.toast(), "there is nothing to arm here");
}

#[test]
fn the_filter_narrows_shows_folders_of_matches_and_steps() {
    let mut desk = Desk::linked();
    desk.act(&["filter"]).typed("sna");
    assert!(desk.state.is_typing());
    assert_eq!(desk.row_names(), ["DRUMS", "Snare"]);
    assert_eq!(desk.cursor_name(), "Snare", "the cursor goes to the match");
    desk.msg(Msg::Input(Input::Submit));
    assert!(!desk.state.is_typing());
    desk.act(&["next-match"]);
    assert_eq!(
        desk.cursor_name(),
        "Snare",
        "folders that only hold matches are passed"
    );
    desk.act(&["back"]);
    assert_eq!(desk.row_names().len(), 6);
    assert_eq!(desk.cursor_name(), "Snare");
}

#[test]
fn play_record_and_places() {
    let mut desk = Desk::linked();
    desk.act(&["toggle-play"]);
    assert_eq!(desk.requests()[0].1, Request::Play);
    desk.link(LinkEvent::Transport(Transport {
        state: TransportState::Playing,
        ..Transport::default()
    }));
    desk.act(&["toggle-play"]);
    assert_eq!(desk.requests()[1].1, Request::Stop);
    desk.act(&["record"]);
    assert_eq!(desk.toast(), "no track is record-armed");
    let mut armed = band();
    armed[3].record_enabled = true;
    desk.link(LinkEvent::Tracks(armed)).act(&["record"]);
    assert_eq!(desk.requests().len(), 2, "asks first");
    desk.act(&["open"]);
    assert_eq!(desk.requests().len(), 2, "Enter is no yes");
    desk.act(&["confirm"]);
    assert_eq!(desk.requests()[2].1, Request::Record);
    for (place, sample) in [
        ("locate", 0),
        ("locate verse", 48_000),
        ("locate 12345", 12_345),
        ("locate 00:00:02:00", 96_000),
    ] {
        desk.act(&[place]);
        let (_, request) = desk.requests().last().unwrap().clone();
        assert_eq!(request, Request::Locate(sample), "{place}");
    }
    desk.act(&["locate Verze"]);
    assert!(
        desk.toast().contains("did you mean 'Verse'?"),
        "{}",
        desk.toast()
    );
    desk.act(&["pane 6", "open"]);
    assert_eq!(desk.requests().last().unwrap().1, Request::Locate(48_000));
}

#[test]
fn the_plan_follows_the_session_and_assignments_by_hand() {
    let mut desk = Desk::linked();
    assert_eq!(desk.stem_of("Kick"), ["Drums"]);
    assert_eq!(desk.stem_of("Bass"), ["Rest"]);
    assert!(desk.stem_of("Click").is_empty());
    desk.act(&["down", "select-row", "assign"]).typed("Low");
    let choices = assign_choices(&desk.state, "Low");
    assert_eq!(choices, [AssignChoice::New("Low".to_owned())]);
    desk.msg(Msg::Input(Input::Submit));
    assert_eq!(
        desk.stem_of("Kick"),
        ["Low"],
        "taken out of the folder's stem"
    );
    assert_eq!(desk.stem_of("Snare"), ["Drums"]);
    desk.act(&["undo"]);
    assert_eq!(desk.stem_of("Kick"), ["Drums"]);
    desk.act(&["redo"]);
    assert_eq!(desk.stem_of("Kick"), ["Low"]);
    desk.act(&["back", "assign Rest"]);
    assert_eq!(desk.stem_of("Kick"), ["Rest"]);
    let plan = desk.state.plan.clone().unwrap().unwrap();
    assert!(!plan.has_errors(), "{:?}", plan.findings);
    assert!(plan.stems.iter().all(|stem| stem.name != "Low"));
}

#[test]
fn file_names_carry_the_date_of_this_place() {
    let mut desk = Desk::linked();
    desk.now.unix_ms = 1_735_689_599_000;
    desk.now.offset_s = 3600;
    let text = "[output]\nfile = \"{stem}_{date}\"\n[[stem]]\nname = \"Drums\"\nfolder = \"DRUMS\"";
    let recipe = pt_stem::plan::recipe::Recipe::parse(text, "r.toml").unwrap();
    desk.msg(Msg::RecipeLoaded {
        path: PathBuf::from("r.toml"),
        source: Ok(Box::new(pt_stem::plan::Source::Recipe(Box::new(recipe)))),
    });
    let plan = desk.state.plan.clone().unwrap().unwrap();
    assert_eq!(plan.stems[0].file, "Drums_2025-01-01.wav");
}

#[test]
fn a_folder_assigned_stands_for_what_is_in_it() {
    let mut desk = Desk::linked();
    desk.act(&["assign Rest"]);
    assert_eq!(desk.stem_of("Kick"), ["Rest"]);
    assert_eq!(desk.stem_of("Snare"), ["Rest"]);
}

#[test]
fn printing_shows_what_will_be_written_and_enter_is_no_yes() {
    let mut desk = Desk::linked();
    desk.act(&["down", "print"]);
    let dialog = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => (**dialog).clone(),
        other => panic!("{other:?}"),
    };
    let plan = dialog(&desk).plan.unwrap();
    let files: Vec<&str> = plan.files().map(|stem| stem.file.as_str()).collect();
    assert_eq!(files, ["song_Drums.wav"]);
    assert_eq!(
        plan.engine,
        EngineKind::Render,
        "auto in a simulated session"
    );
    // Folder, engine, format, bits.
    desk.act(&["down", "down", "down", "right"]);
    assert_eq!(dialog(&desk).focused(), PrintField::Bits);
    assert_eq!(dialog(&desk).value(PrintField::Bits), "32 float");
    desk.act(&["top", "open"]);
    assert!(desk.state.is_typing());
    desk.msg(Msg::Input(Input::Clear))
        .typed("/stems")
        .act(&["open"]);
    assert_eq!(
        dialog(&desk).plan.unwrap().output.dir,
        PathBuf::from("/stems")
    );
    assert_eq!(
        desk.effects.last(),
        Some(&Effect::Survey(PathBuf::from("/stems")))
    );
    assert!(desk.submitted().is_none());
    let asked = desk.effects.len();
    desk.survey(&["song_Drums.wav"]);
    assert_eq!(desk.effects.len(), asked, "an answer asks nothing again");
    desk.act(&["confirm"]);
    assert!(desk.submitted().is_none(), "the file is there already");
    assert!(desk.state.ui.toast.is_some());
    desk.act(&["down", "down", "down", "down", "down", "right"]);
    assert_eq!(
        dialog(&desk).overrides.on_existing,
        Some(OnExisting::Version)
    );
    desk.act(&["confirm"]);
    let job = desk.submitted().expect("queued");
    assert_eq!(job.title, "Drums");
    assert_eq!(desk.state.ui.overlay, None);
}

#[test]
fn a_render_from_a_live_session_asks_for_its_clips_once() {
    let mut desk = Desk::linked();
    desk.state.mode = Mode::Live;
    let folder = desk.state.session.as_ref().unwrap().folder.clone().unwrap();
    desk.link(LinkEvent::Folder(None));
    let stem = StemSpec {
        name: "Low".to_owned(),
        tracks: vec!["Bass".to_owned()],
        ..Default::default()
    };
    let recipe = pt_stem::plan::recipe::Recipe {
        stems: vec![stem],
        output: pt_stem::plan::recipe::OutputSpec {
            range: Some("0..480000".to_owned()),
            ..Default::default()
        },
        ..Default::default()
    };
    let source = Ok(Box::new(pt_stem::plan::Source::Recipe(Box::new(recipe))));
    let path = PathBuf::from("r.toml");
    desk.msg(Msg::RecipeLoaded { path, source });
    let asks = |desk: &Desk| {
        desk.effects
            .iter()
            .filter(|e| **e == Effect::ReadClips)
            .count()
    };
    desk.act(&["print-all", "down", "right"]);
    let engine = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => dialog.overrides.engine,
        other => panic!("{other:?}"),
    };
    for _ in 0..3 {
        if engine(&desk) != Some(EngineKind::Render) {
            assert_eq!(asks(&desk), 0, "a bounce needs none");
            desk.act(&["right"]);
        }
    }
    assert_eq!((engine(&desk), asks(&desk)), (Some(EngineKind::Render), 1));
    let mut live = (*folder).clone();
    live.is_live = true;
    desk.msg(Msg::Clips(Ok(Arc::new(live))));
    assert_eq!(asks(&desk), 1);
    assert!(desk.state.session.as_ref().unwrap().folder.is_some());
    desk.act(&["back", "print-all"]);
    let session = desk.state.session.as_ref().unwrap();
    assert_eq!(session.folder, None, "they may have been moved since");
    desk.msg(Msg::Clips(Ok(folder)));
    assert_eq!(
        desk.state.session.as_ref().unwrap().folder,
        None,
        "nobody asked"
    );
}

#[test]
fn tracks_in_no_stem_can_be_allowed_in_the_dialog() {
    let mut desk = Desk::linked();
    let text = "[[stem]]\nname = \"Drums\"\nfolder = \"DRUMS\"";
    let recipe = pt_stem::plan::recipe::Recipe::parse(text, "r.toml").unwrap();
    desk.msg(Msg::RecipeLoaded {
        path: PathBuf::from("r.toml"),
        source: Ok(Box::new(pt_stem::plan::Source::Recipe(Box::new(recipe)))),
    });
    desk.act(&["print-all", "confirm"]);
    assert!(desk.submitted().is_none(), "orphans of a recipe are errors");
    desk.act(&["bottom", "right", "confirm"]);
    assert_eq!(desk.submitted().unwrap().title, "Drums");
}

#[test]
fn printing_everything_and_named_stems() {
    let mut desk = Desk::linked();
    desk.act(&["print-all", "confirm"]);
    assert_eq!(desk.submitted().unwrap().plan.stems.len(), 2);
    desk.effects.clear();
    desk.act(&["print Dums"]);
    assert_eq!(
        desk.toast(),
        "there is no stem 'Dums'; did you mean 'Drums'?"
    );
    desk.act(&["bottom", "print"]);
    assert_eq!(desk.toast(), "the track is in no stem: assign it with s");
    assert!(desk.submitted().is_none());
    desk.act(&["pane 2", "down", "print", "confirm"]);
    assert_eq!(desk.submitted().unwrap().title, "Rest");
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

#[test]
fn jobs_are_cancelled_after_a_question_and_others_touched_as_they_allow() {
    let mut desk = with_job(JobState::Running, EngineKind::Render);
    desk.act(&["cancel"]);
    assert!(desk.effects.is_empty(), "asks first");
    desk.act(&["confirm"]);
    assert_eq!(desk.effects, [Effect::Job(JobCommand::Cancel(JobId(1)))]);
    desk.act(&["pause"]);
    assert_eq!(
        desk.toast(),
        "job 1 is running: it can be cancelled, not paused"
    );
    desk.act(&["retry 9"]);
    assert_eq!(desk.toast(), "there is no job 9");
    let mut desk = with_job(JobState::Queued, EngineKind::Render);
    desk.act(&["pane 3", "pause"]);
    assert_eq!(desk.effects, [Effect::Job(JobCommand::Pause(JobId(1)))]);
    desk.effects.clear();
    desk.act(&["open-folder"]);
    assert_eq!(desk.state.ui.focus, Pane::Files);
    assert!(matches!(desk.effects[..], [Effect::ListFiles(_)]));
}

#[test]
fn the_cursor_goes_to_a_new_job() {
    let mut desk = with_job(JobState::Done, EngineKind::Render);
    assert_eq!(desk.state.cursor(Pane::Jobs), 0);
    let mut job = desk.state.jobs.jobs()[0].clone();
    job.id = JobId(2);
    job.state = JobState::Queued;
    desk.msg(Msg::Job(JobEvent::Added(Box::new(job))));
    assert_eq!(desk.state.cursor(Pane::Jobs), 1);
    desk.act(&["pane 3", "up"]);
    assert_eq!(
        desk.state.cursor(Pane::Jobs),
        0,
        "and leaves it to the user"
    );
}

#[test]
fn a_running_bounce_keeps_its_solo_and_mute() {
    let mut desk = with_job(JobState::Running, EngineKind::Bounce);
    for action in ["mute Kick", "solo Kick", "play", "close-session"] {
        desk.act(&[action]);
        assert!(
            desk.toast().starts_with("job 1 is bouncing"),
            "{action}: {}",
            desk.toast()
        );
    }
    assert!(desk.requests().is_empty());
    desk.act(&["stop"]);
    assert_eq!(desk.requests().len(), 1, "stopping is always possible");
}

#[test]
fn leaving_asks_while_jobs_run_and_two_ctrl_c_are_one_q() {
    let mut desk = with_job(JobState::Running, EngineKind::Render);
    desk.act(&["quit"]);
    assert!(!desk.state.quitting);
    desk.act(&["interrupt"]);
    assert_eq!(desk.state.ui.overlay, None, "the first steps out");
    desk.later(2).act(&["interrupt"]);
    assert_eq!(desk.state.ui.overlay, None, "too late for a second");
    desk.act(&["interrupt"]);
    assert!(matches!(
        desk.state.ui.overlay,
        Some(Overlay::Confirm { .. })
    ));
    desk.act(&["confirm"]);
    assert!(desk.state.quitting);
    assert_eq!(desk.effects, [Effect::Quit]);
    let mut idle = Desk::linked();
    idle.act(&["quit"]);
    assert!(idle.state.quitting);
}

#[test]
fn escape_steps_out_one_level_at_a_time_and_never_quits() {
    let mut desk = Desk::linked();
    desk.act(&["select-row", "filter"]).typed("a");
    desk.msg(Msg::Input(Input::Submit))
        .act(&["palette"])
        .typed("xy");
    desk.act(&["back"]);
    assert_eq!(desk.state.ui.overlay, None);
    assert_eq!(desk.state.filter_text(Pane::Tracks), "a");
    desk.act(&["back"]);
    assert_eq!(desk.state.filter_text(Pane::Tracks), "");
    assert_eq!(desk.selected(), ["DRUMS"]);
    desk.act(&["back"]);
    assert!(desk.selected().is_empty());
    desk.act(&["back", "back"]);
    assert!(!desk.state.quitting);
}

#[test]
fn the_palette_finds_runs_and_asks_for_arguments() {
    let mut desk = Desk::linked();
    assert_eq!(palette(&desk.state, "").len(), catalogue().len());
    assert_eq!(palette(&desk.state, "zoo")[0].info.name, "zoom");
    let rescue = palette(&desk.state, "rescue").remove(0);
    assert_eq!(
        rescue.reason.as_deref(),
        Some("there is nothing to put back")
    );
    desk.act(&["palette"]).typed("zom").act(&["open"]);
    assert!(desk.state.ui.zoomed);
    desk.act(&["palette"]).typed("unmu").act(&["open"]);
    let Some(Overlay::Palette { input, .. }) = &desk.state.ui.overlay else {
        panic!("it needs a name");
    };
    assert_eq!(input.text, "unmute ");
    desk.typed("Kick").act(&["open"]);
    assert_eq!(desk.state.ui.overlay, None);
    desk.act(&["palette"]).typed("solo Kick").act(&["open"]);
    assert_eq!(
        desk.requests().len(),
        1,
        "unmute of an unmuted track changes nothing"
    );
}

#[test]
fn another_session_forgets_what_belonged_to_the_old_one_and_the_same_one_does_not() {
    let mut desk = Desk::linked();
    desk.act(&["down", "select-row", "assign Rest", "mute"]);
    desk.link(LinkEvent::Phase(LinkPhase::Connecting));
    desk.link(LinkEvent::Session(Some(Box::new(info("song")))));
    desk.link(LinkEvent::Tracks(band()));
    desk.link(LinkEvent::Phase(LinkPhase::Linked));
    assert_eq!(desk.selected(), ["Kick"]);
    assert_eq!(desk.stem_of("Kick"), ["Rest"]);
    desk.link(LinkEvent::Session(Some(Box::new(info("other")))));
    assert!(desk.selected().is_empty() && desk.state.assigned.is_empty());
    assert!(desk.state.tracks().is_empty() && desk.state.undo.is_empty());
    assert_eq!(desk.state.plan, None);
    desk.link(LinkEvent::Session(None));
    assert_eq!(desk.state.session, None);
}

#[test]
fn solo_makes_no_new_plan_but_mute_does() {
    let mut desk = Desk::linked();
    let silent = |desk: &Desk| {
        let plan = desk.state.plan.clone().unwrap().unwrap();
        plan.stems[0].tracks[0].silent
    };
    let mut tracks = band();
    tracks[1].soloed = true;
    desk.state.plan = None;
    desk.link(LinkEvent::Tracks(tracks.clone()));
    assert_eq!(desk.state.plan, None);
    tracks[1].muted = true;
    desk.link(LinkEvent::Tracks(tracks));
    assert!(silent(&desk));
}

#[test]
fn recipes_are_loaded_and_a_broken_one_is_said() {
    let mut desk = Desk::linked();
    desk.act(&["recipe my.toml"]);
    let path = PathBuf::from("my.toml");
    assert_eq!(desk.effects, [Effect::LoadRecipe(path.clone())]);
    desk.msg(Msg::RecipeLoaded {
        path: path.clone(),
        source: Err(fault(ErrorKind::Recipe, "my.toml:3:1 is no key")),
    });
    assert_eq!(desk.toast(), "my.toml:3:1 is no key");
    assert!(matches!(desk.state.recipe, RecipeState::Broken { .. }));
    let text = "[[stem]]\nname = \"All\"\ntracks = [\"*\"]\n";
    let recipe = pt_stem::plan::recipe::Recipe::parse(text, "my.toml").unwrap();
    let source = pt_stem::plan::Source::Recipe(Box::new(recipe));
    desk.msg(Msg::RecipeLoaded {
        path,
        source: Ok(Box::new(source)),
    });
    assert_eq!(desk.stem_of("Kick"), ["All"]);
}

#[test]
fn an_interrupted_bounce_is_said_at_the_start_and_rescued() {
    let mut desk = Desk::linked();
    desk.msg(Msg::Leases(vec![(JobId(3), "song".to_owned())]));
    assert!(desk.toast().contains(":rescue"), "{}", desk.toast());
    desk.act(&["rescue"]);
    assert_eq!(desk.effects, [Effect::Rescue]);
    desk.msg(Msg::Rescued(Ok(vec!["Kick".to_owned()])));
    assert_eq!(desk.toast(), "1 track put back");
    assert!(desk.state.open_leases.is_empty());
}

#[test]
fn paths_are_copied_and_folders_walked() {
    let mut desk = Desk::linked();
    desk.act(&["copy-path"]);
    let session = Effect::Copy("/sessions/song/song.ptx".to_owned());
    assert_eq!(desk.effects, [session]);
    let entry = |name: &str, is_dir| FileEntry {
        name: name.to_owned(),
        bytes: 1,
        is_dir,
        is_part: false,
        seconds: None,
        peak_dbfs: None,
        integrated_lufs: None,
    };
    let dir = desk.state.files.dir.clone();
    desk.msg(Msg::Files {
        dir: dir.clone(),
        entries: Ok(vec![entry("old", true), entry("a.wav", false)]),
    });
    desk.act(&["pane 4", "down", "copy-path"]);
    let file = dir.join("a.wav").display().to_string();
    assert_eq!(desk.effects.last(), Some(&Effect::Copy(file)));
    desk.act(&["up", "open"]);
    assert_eq!(
        desk.effects.last(),
        Some(&Effect::ListFiles(dir.join("old")))
    );
    // The answer about the folder that was left comes too late.
    desk.msg(Msg::Files {
        dir,
        entries: Ok(vec![entry("late", false)]),
    });
    assert!(desk.state.files.entries.is_empty());
}

#[test]
fn what_is_shown_is_clean_and_bounded() {
    let mut desk = Desk::linked();
    for number in 0..1500 {
        desk.link(LinkEvent::Notice(fault(
            ErrorKind::Refused,
            &format!("n {number}\u{1b}[2J"),
        )));
    }
    assert_eq!(desk.state.log.len(), 1000);
    let last = &desk.state.log.back().unwrap().text;
    assert_eq!(last, "n 1499\u{fffd}[2J");
    assert_eq!(desk.state.cursor(Pane::Log), 999, "follows the end");
    desk.act(&["mute Nobody"]);
    assert!(!desk.toast().is_empty());
    desk.later(60);
    assert_eq!(desk.toast(), "");
}

fn any_motion() -> impl Strategy<Value = Motion> {
    prop::sample::select(vec![
        Motion::Up,
        Motion::Down,
        Motion::Left,
        Motion::Right,
        Motion::PageUp,
        Motion::PageDown,
        Motion::HalfPageUp,
        Motion::HalfPageDown,
        Motion::Top,
        Motion::Bottom,
    ])
}

fn any_msg() -> impl Strategy<Value = Msg> {
    let named = prop::sample::select(
        catalogue()
            .iter()
            .filter_map(|info| Action::parse(info.name).ok())
            .collect::<Vec<_>>(),
    );
    let flag = prop::sample::select(vec![
        TrackFlag::Mute,
        TrackFlag::Solo,
        TrackFlag::RecordEnable,
        TrackFlag::InputMonitor,
    ]);
    let tracks =
        (prop::collection::vec(any::<bool>(), 7), any::<bool>()).prop_map(|(keep, muted)| {
            let mut tracks = band();
            let mut keep = keep.into_iter();
            tracks.retain(|_| keep.next().unwrap_or(true));
            tracks.iter_mut().for_each(|track| track.muted = muted);
            Msg::Link(LinkEvent::Tracks(tracks))
        });
    prop_oneof![
        8 => named.prop_map(Msg::Action),
        4 => any_motion().prop_map(|motion| Msg::Action(Action::Move(motion))),
        2 => flag.prop_map(|flag| Msg::Action(Action::Flag {
            flag,
            tracks: Vec::new(),
            switch: Switch::Toggle,
        })),
        2 => (0_u8..8).prop_map(|pane| Msg::Action(Action::Pane(pane))),
        3 => "[a-zé\u{1b} ]{0,4}".prop_map(|text| Msg::Input(Input::Insert(text))),
        2 => prop::sample::select(vec![
            Input::Backspace, Input::Delete, Input::Left, Input::Right, Input::Home, Input::End,
            Input::DeleteWord, Input::Clear, Input::Submit,
        ]).prop_map(Msg::Input),
        3 => tracks,
        1 => any::<u64>().prop_map(|id| Msg::Link(LinkEvent::Answer {
            id: RequestId(id % 20),
            outcome: if id % 2 == 0 { Ok(None) } else { Err(fault(ErrorKind::Refused, "no")) },
        })),
        1 => any::<bool>().prop_map(|open| Msg::Link(LinkEvent::Session(
            open.then(|| Box::new(info("other")))
        ))),
        1 => prop::sample::select(vec![
            LinkPhase::Linked, LinkPhase::Offline, LinkPhase::NoSession { may_be_dialog: false },
            LinkPhase::Stale { since_us: 1 }, LinkPhase::Blocked { since_us: 1 },
        ]).prop_map(|phase| Msg::Link(LinkEvent::Phase(phase))),
        1 => (0_usize..30).prop_map(|row| Msg::Point(Pane::Tracks, row)),
        1 => (0_usize..40).prop_map(|rows| Msg::PageRows(Pane::Tracks, rows)),
        1 => Just(Msg::Tick),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_sequence_of_messages_breaks_the_state(
        messages in prop::collection::vec(any_msg(), 0..80)
    ) {
        let mut desk = Desk::linked();
        for msg in messages {
            desk.msg(msg);
            let state = &desk.state;
            let ids: BTreeSet<&TrackId> = state.tracks().iter().map(|t| &t.id).collect();
            prop_assert!(state.ui.selected.iter().all(|id| ids.contains(id)));
            prop_assert!(state.rows.iter().all(|row| row.track < state.tracks().len()));
            prop_assert!(state.pending.keys().all(|(id, _)| ids.contains(id)));
            for pane in Pane::ALL {
                let (row, count) = (state.cursor(pane), state.row_count(pane));
                prop_assert!(row < count.max(1), "{:?}: row {} of {}", pane, row, count);
            }
            prop_assert!(state.undo.len() <= 200);
            let shown = state.ui.toast.iter().map(|toast| &toast.text);
            for text in shown.chain(state.log.iter().map(|line| &line.text)) {
                prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
            }
            for info in catalogue() {
                if let Ok(action) = Action::parse(info.name) {
                    unavailable(state, &action);
                }
            }
        }
    }
}
