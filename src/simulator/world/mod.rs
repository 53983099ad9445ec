//! The world: what a Pro Tools has in mind. A pure state machine: no files, no network, and the
//! time is handed in. Refuses what Pro Tools refuses, and then changes nothing.

pub mod audible;
pub mod batch;
pub mod clipboard;
pub mod clips;
pub mod deletion;
pub mod edit;
pub mod events;
pub mod fades;
pub mod groups;
pub mod lay;
pub mod markers;
pub mod playlists;
pub mod points;
pub mod routing;
pub mod settings;
pub mod setup;
pub mod splice;
pub mod text;
pub mod times;
pub mod tracks;
pub mod transport;
pub mod undo;

#[cfg(test)]
mod edit_laws;

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::routing::SignalPath;
use crate::model::session::{Gap, ImportedSession, SessionFolder, Setup, StripSetup};
use crate::model::tree::Tree;
use crate::model::{Arrangement, Finding, Range, SessionInfo, StemSpec};
use crate::ptsl::wire::CommandErrorType;

use crate::simulator::api::Api;
use crate::simulator::faults::{DuplicateNames, Filters};
use crate::simulator::fence::Fence;
pub use settings::Settings;
use tracks::Strip;
pub use transport::Transport;

/// What Pro Tools answers instead of doing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: CommandErrorType,
    /// One sentence.
    pub message: String,
}

impl Failure {
    pub fn new(kind: CommandErrorType, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// PT_InvalidParameter.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(CommandErrorType::PtInvalidParameter, message)
    }

    /// PT_CannotBeDone.
    pub fn cannot(message: impl Into<String>) -> Self {
        Self::new(CommandErrorType::PtCannotBeDone, message)
    }

    /// PT_NoOpenedSession.
    pub fn no_session() -> Self {
        Self::new(
            CommandErrorType::PtNoOpenedSession,
            "There is no open session.",
        )
    }
}

/// Result of something asked of the world.
pub type Outcome<T> = Result<T, Failure>;

/// A bounce that meets a file of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Taken {
    #[default]
    Refused,
    /// A human has said so.
    Replaced,
    KeptToo,
}

/// The program: at most one open session, and what outlives it.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub session: Option<OpenSession>,
    pub settings: Settings,
    /// The PTSL version that it speaks.
    pub api: Api,
    /// Where clients may write and read.
    pub fence: Fence,
    /// What becomes of files whose names the next bounce takes.
    pub taken_names: Taken,
    /// session_id of the connection whose command runs.
    pub caller: String,
    pub watchers: events::Watchers,
    pub batch: batch::BatchJobs,
    /// What clients put into the menus, and how often.
    pub menu_items: Vec<settings::MenuItem>,
    pub menus_made: u64,
}

impl World {
    /// The open session, or PT_NoOpenedSession.
    pub fn session(&mut self) -> Outcome<&mut OpenSession> {
        self.session.as_mut().ok_or_else(Failure::no_session)
    }
}

/// The open session.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// `path` is the session file that clients are told.
    pub info: SessionInfo,
    /// The folder that a save writes to.
    pub folder: PathBuf,
    pub strips: Vec<Strip>,
    pub arrangement: Arc<Arrangement>,
    pub stems: Vec<StemSpec>,
    pub ignore: Vec<String>,
    pub audio_findings: Vec<Finding>,
    /// What else was found when it was read from disk.
    pub findings: Vec<Finding>,
    pub markers: Vec<markers::MemoryLocation>,
    pub transport: Transport,
    /// Timeline selection; the play start marker is the transport's.
    pub selection: Range,
    pub rolls: transport::Rolls,
    /// Whether something changed since it was opened or saved.
    pub changed: bool,
    /// Which tracks a name means that several have.
    pub duplicate_names: DuplicateNames,
    /// How several filters go together.
    pub filters: Filters,
    /// Names or globs of aux returns that belong to every stem.
    pub returns: Vec<String>,
    /// What of the session's sound is not in its clips.
    pub gaps: Vec<Gap>,
    /// Outputs and busses; the first output is the main one.
    pub paths: Vec<SignalPath>,
    /// Edits that can be undone or redone.
    pub history: undo::History,
    pub setup: Setup,
    /// Tells one opening from another; copies of a session share it.
    pub opening: Arc<events::Opening>,
    /// All clips, on the timeline or not.
    pub clips: clips::ClipList,
    /// The range of the edit selection while it is not linked with the timeline's; its tracks are
    /// the selected ones.
    pub edit_selection: Option<Range>,
    pub clipboard: Option<clipboard::Clipboard>,
    pub ungrouped: groups::Ungrouped,
}

impl OpenSession {
    /// Takes over what was read from disk; `file` is the session file to be told to clients.
    pub fn new(imported: ImportedSession, file: String, folder: PathBuf) -> Self {
        let mut info = imported.info;
        info.path = file;
        if info.origin_id.is_empty() {
            info.origin_id = tracks::identity(&[&info.name, "origin"]);
        }
        if info.instance_id.is_empty() {
            info.instance_id = info.origin_id.clone();
        }
        let mut setup = imported.setup;
        if setup.parent_id.is_empty() {
            tracks::NO_IDENTITY.clone_into(&mut setup.parent_id);
        }
        let arrangement = imported.folder.arrangement;
        let mut strips = tracks::strips(
            imported.tracks,
            &arrangement,
            &std::mem::take(&mut setup.strips),
            &info.origin_id,
        );
        let mut clips = clips::ClipList::default();
        clips.note(&arrangement);
        Self {
            markers: imported
                .markers
                .into_iter()
                .map(markers::MemoryLocation::from)
                .collect(),
            info,
            folder,
            arrangement,
            stems: imported.folder.stems,
            ignore: imported.folder.ignore,
            audio_findings: imported.folder.audio_findings,
            findings: imported.findings,
            transport: Transport::default(),
            selection: Range::default(),
            rolls: transport::Rolls::default(),
            changed: false,
            duplicate_names: DuplicateNames::default(),
            filters: Filters::default(),
            returns: imported.folder.returns,
            gaps: imported.folder.gaps,
            paths: routing::paths(imported.folder.routing, &mut strips),
            strips,
            history: undo::History::default(),
            setup,
            opening: Arc::new(events::Opening::Opened),
            clips,
            edit_selection: None,
            clipboard: None,
            ungrouped: groups::Ungrouped::default(),
        }
    }

    /// What a save writes: the present state in the form that `import` reads.
    pub fn to_imported(&self) -> ImportedSession {
        let mut arrangement = (*self.arrangement).clone();
        let mut lanes = Vec::new();
        for strip in &self.strips {
            let Some(mut lane) = strip
                .lane
                .and_then(|index| arrangement.lanes.get(index).cloned())
            else {
                continue;
            };
            lane.track.clone_from(&strip.track.name);
            lane.track_id = strip.track.id.clone();
            lanes.push(lane);
        }
        arrangement.lanes = lanes;
        self.keep_loose_clips(&mut arrangement);
        ImportedSession {
            info: self.info.clone(),
            tracks: self.strips.iter().map(|s| s.track.clone()).collect(),
            markers: self.markers.iter().map(|m| m.to_marker()).collect(),
            folder: SessionFolder {
                root: self.folder.clone(),
                arrangement: Arc::new(arrangement),
                stems: self.stems.clone(),
                ignore: self.ignore.clone(),
                returns: self.returns.clone(),
                gaps: self.gaps.clone(),
                is_live: false,
                audio_findings: self.audio_findings.clone(),
                routing: self.routing(),
            },
            findings: Vec::new(),
            setup: Setup {
                strips: self
                    .strips
                    .iter()
                    .map(|strip| (strip.track.id.clone(), strip.setup()))
                    .filter(|(_, setup)| *setup != StripSetup::default())
                    .collect(),
                ..self.setup.clone()
            },
        }
    }

    /// Folder relations of the present track list.
    pub fn tree(&self) -> Tree {
        let tracks: Vec<_> = self.strips.iter().map(|s| s.track.clone()).collect();
        Tree::new(&tracks)
    }

    /// Times in all formats.
    pub fn times(&self) -> times::Times {
        times::Times {
            ruler: self.info.ruler,
            feet_frames: self.setup.feet_frames,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::model::track::{Track, TrackKind};
    use crate::model::{Lane, Ruler, TimecodeRate};

    fn track(name: &str, kind: TrackKind, folder: Option<&str>) -> Track {
        Track {
            name: name.to_owned(),
            kind,
            folder: folder.map(str::to_owned),
            channels: u16::from(!kind.is_folder()) * 2,
            format: "stereo".to_owned(),
            ..Track::default()
        }
    }

    /// A basic folder DRUMS (Kick, Snare), a routing folder VOX (Lead), Bass, an aux Verb, a
    /// master; the four audio tracks have lanes.
    pub fn session() -> OpenSession {
        use TrackKind::{Audio, Aux, Folder, Master, RoutingFolder};
        let lane = |name: &str| Lane {
            track: name.to_owned(),
            channels: 2,
            ..Lane::default()
        };
        let imported = ImportedSession {
            info: SessionInfo {
                name: "Song".to_owned(),
                path: String::new(),
                origin_id: String::new(),
                instance_id: String::new(),
                sample_rate: 48_000,
                bit_depth: 24,
                ruler: Ruler {
                    rate: TimecodeRate::Fps25,
                    sample_rate: 48_000,
                    start_frame: 25 * 3600,
                },
                max_length: None,
                audio_format: "WAV".to_owned(),
                interleaved: true,
            },
            tracks: vec![
                track("DRUMS", Folder, None),
                track("Kick", Audio, Some("DRUMS")),
                track("Snare", Audio, Some("DRUMS")),
                track("VOX", RoutingFolder, None),
                track("Lead", Audio, Some("VOX")),
                track("Bass", Audio, None),
                track("Verb", Aux, None),
                track("Mix", Master, None),
            ],
            markers: Vec::new(),
            folder: SessionFolder {
                root: PathBuf::from("/nowhere"),
                arrangement: Arc::new(Arrangement {
                    sample_rate: 48_000,
                    length: 480_000,
                    lanes: ["Kick", "Snare", "Lead", "Bass"].map(lane).to_vec(),
                    ..Arrangement::default()
                }),
                ..SessionFolder::default()
            },
            findings: Vec::new(),
            setup: Setup::default(),
        };
        OpenSession::new(imported, "/nowhere/Song.ptx".to_owned(), "/nowhere".into())
    }

    #[test]
    fn a_wrong_name_or_kind_changes_nothing() {
        use tracks::Switch;
        let mut session = session();
        let names = ["Kick".to_owned(), "Kik".to_owned()];
        let error = session.switch(Switch::Mute, &names, true).unwrap_err();
        assert_eq!(error.kind, CommandErrorType::PtNoTrackFound);
        let names = ["Kick".to_owned(), "Verb".to_owned()];
        let error = session
            .switch(Switch::RecordEnable, &names, true)
            .unwrap_err();
        assert_eq!(error.kind, CommandErrorType::PtForbiddenTrackType);
        assert!(session.strips.iter().all(|s| !s.track.muted));
        assert!(session.strips.iter().all(|s| !s.track.record_enabled));
        assert!(!session.changed);
    }

    #[test]
    fn folders_pass_hidden_and_inactive_on() {
        use tracks::Switch;
        let mut session = session();
        session
            .switch(Switch::Hidden, &["DRUMS".to_owned()], true)
            .unwrap();
        session
            .switch(Switch::Hidden, &["Kick".to_owned()], true)
            .unwrap();
        let states: Vec<_> = session
            .strips
            .iter()
            .take(4)
            .map(|s| tracks::attribute(s.track.hidden))
            .collect();
        assert_eq!(states, [2, 4, 3, 1]);
    }

    #[test]
    fn a_save_follows_renaming() {
        let mut session = session();
        session.rename_track("Bass", "Bass DI").unwrap();
        session.rename_track("DRUMS", "Kit").unwrap();
        assert!(session.rename_track("Kick", "Snare").is_err());
        let id = session.strips[1].track.id.0.clone();
        assert!(session.rename_identified(&id, &"x".repeat(300)).is_err());
        let imported = session.to_imported();
        let lanes: Vec<_> = imported
            .folder
            .arrangement
            .lanes
            .iter()
            .map(|lane| lane.track.as_str())
            .collect();
        assert_eq!(lanes, ["Kick", "Snare", "Lead", "Bass DI"]);
        assert_eq!(imported.tracks[1].folder.as_deref(), Some("Kit"));
    }
}
