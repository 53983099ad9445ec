//! Tracks and their switches: what may be set on which kind, what folders pass on, selection,
//! creation, renaming. A call with one wrong name changes nothing.

use std::collections::{BTreeMap, HashMap};

use crate::model::Arrangement;
use crate::model::routing::StripRouting;
use crate::model::session::StripSetup;
use crate::model::track::{Inherited, Track, TrackId, TrackKind, tie};
use crate::model::tree::Tree;
use crate::ptsl::wire::CommandErrorType::{PtForbiddenTrackType, PtNoTrackFound};
use crate::ptsl::wire::{SelectionMode, TrackInsertionPoint};

use super::{Failure, OpenSession, Outcome};
use crate::simulator::faults::DuplicateNames;

/// The id of nothing.
pub const NO_IDENTITY: &str = "{00000000-00000000-00000000-00000000}";

/// A channel strip with what only Pro Tools knows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    pub track: Track,
    /// Index into the arrangement's lanes; `None` makes no sound.
    pub lane: Option<usize>,
    pub selected: bool,
    pub smart_dsp: bool,
    pub dsp_safe: bool,
    pub online: bool,
    /// `track` in it is of no use here; see [`OpenSession::routing`].
    pub wiring: StripRouting,
}

impl Strip {
    fn new(track: Track, lane: Option<usize>) -> Self {
        Self {
            online: track.kind == TrackKind::Video,
            track,
            lane,
            selected: false,
            smart_dsp: false,
            dsp_safe: false,
            wiring: StripRouting::default(),
        }
    }

    /// What a save keeps of it beside the track and its lane.
    pub fn setup(&self) -> StripSetup {
        StripSetup {
            selected: self.selected,
            smart_dsp: self.smart_dsp,
            dsp_safe: self.dsp_safe,
            offline: self.track.kind == TrackKind::Video && !self.online,
        }
    }
}

/// A switch that PTSL can set on tracks by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    Mute,
    Solo,
    SoloSafe,
    RecordEnable,
    RecordSafe,
    InputMonitor,
    SmartDsp,
    Hidden,
    Inactive,
    Frozen,
    Open,
    Online,
    DspSafe,
}

impl Switch {
    /// Whether Pro Tools has this switch on that kind of track.
    pub fn allows(self, kind: TrackKind) -> bool {
        use TrackKind::{Audio, Aux, Folder, Instrument, Master, Midi, RoutingFolder, Vca, Video};
        match self {
            Self::Mute | Self::Solo | Self::SoloSafe => {
                !matches!(kind, Video | Master | TrackKind::Other)
            }
            Self::RecordEnable | Self::RecordSafe => {
                matches!(kind, Audio | Instrument | Midi | Vca)
            }
            Self::InputMonitor => matches!(kind, Audio | Instrument | Vca),
            Self::SmartDsp | Self::DspSafe => {
                matches!(kind, Audio | Aux | Instrument | Master | RoutingFolder)
            }
            Self::Frozen => matches!(kind, Audio | Instrument | Aux | RoutingFolder),
            Self::Open => matches!(kind, Folder | RoutingFolder),
            Self::Online => kind == Video,
            Self::Inactive => !matches!(kind, Video | TrackKind::Other),
            Self::Hidden => true,
        }
    }

    fn set(self, strip: &mut Strip, on: bool) {
        let track = &mut strip.track;
        match self {
            Self::Mute => track.muted = on,
            Self::Solo => track.soloed = on,
            Self::SoloSafe => track.solo_safe = on,
            Self::RecordEnable => track.record_enabled = on && !track.record_safe,
            Self::RecordSafe => {
                track.record_safe = on;
                track.record_enabled &= !on;
            }
            Self::InputMonitor => track.input_monitoring = on,
            Self::SmartDsp => strip.smart_dsp = on,
            Self::DspSafe => strip.dsp_safe = on,
            Self::Hidden => track.hidden.explicit = on,
            Self::Inactive => track.inactive.explicit = on,
            Self::Frozen => track.frozen = on,
            Self::Open => track.open = on,
            Self::Online => strip.online = on,
        }
    }
}

/// An id in Pro Tools' form, the same for the same words.
pub fn identity(words: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        hasher.update(word.as_bytes());
        hasher.update(&[0]);
    }
    let hex = hasher.finalize().to_hex();
    let part = |at: usize| hex.get(at..at + 8).unwrap_or("00000000").to_owned();
    format!("{{{}-{}-{}-{}}}", part(0), part(8), part(16), part(24))
}

/// Joins tracks with their lanes, and with what else is kept of them.
pub fn strips(
    tracks: Vec<Track>,
    arrangement: &Arrangement,
    setups: &BTreeMap<TrackId, StripSetup>,
    seed: &str,
) -> Vec<Strip> {
    let lanes = arrangement.lanes.iter();
    let lanes = tie(&tracks, lanes.map(|lane| (&lane.track_id, &*lane.track)));
    let mut strips: Vec<Strip> = tracks
        .into_iter()
        .zip(lanes)
        .enumerate()
        .map(|(index, (mut track, lane))| {
            if track.id.0.is_empty() {
                track.id = TrackId(identity(&[seed, &index.to_string(), &track.name]));
            }
            let setup = setups.get(&track.id).copied().unwrap_or_default();
            let mut strip = Strip::new(track, lane);
            strip.selected = setup.selected;
            strip.smart_dsp = setup.smart_dsp;
            strip.dsp_safe = setup.dsp_safe;
            strip.online &= !setup.offline;
            strip
        })
        .collect();
    settle(&mut strips);
    strips
}

/// Numbers the tracks and works out what folders pass on.
pub(super) fn settle(strips: &mut [Strip]) {
    let tracks: Vec<Track> = strips.iter().map(|strip| strip.track.clone()).collect();
    let tree = Tree::new(&tracks);
    for (index, strip) in strips.iter_mut().enumerate() {
        let above = |is_set: &dyn Fn(&Track) -> bool| {
            let mut at = tree.parent(index);
            while let Some(parent) = at {
                if tracks.get(parent).is_some_and(is_set) {
                    return true;
                }
                at = tree.parent(parent);
            }
            false
        };
        let hidden = above(&|track| track.hidden.explicit);
        let inactive = above(&|track| track.inactive.explicit);
        let parent = tree.parent(index).and_then(|parent| tracks.get(parent));
        let track = &mut strip.track;
        track.folder = parent.map(|folder| folder.name.clone());
        track.folder_id = parent.map(|folder| folder.id.clone());
        track.index = u32::try_from(index + 1).unwrap_or(u32::MAX);
        track.hidden.implicit = hidden;
        track.inactive.implicit = inactive;
    }
}

/// The number of PTSL's TrackAttributeState: None, SetExplicitly, SetImplicitly, both.
pub fn attribute(state: Inherited) -> i32 {
    match (state.explicit, state.implicit) {
        (false, false) => 1,
        (true, false) => 2,
        (false, true) => 3,
        (true, true) => 4,
    }
}

/// What [`OpenSession::create_tracks`] is asked for.
#[derive(Debug, Clone)]
pub struct NewTracks {
    pub count: usize,
    pub name: String,
    pub kind: TrackKind,
    pub channels: u16,
    pub format: String,
    pub at: TrackInsertionPoint,
    pub beside: String,
}

/// A name that a session file takes.
fn check_length(name: &str) -> Outcome<()> {
    if name.chars().count() <= 255 {
        return Ok(());
    }
    Err(Failure::new(
        crate::ptsl::wire::CommandErrorType::OsCharactersLimit,
        "The name of a track has at most 255 characters.",
    ))
}

impl OpenSession {
    /// All tracks of these names, each name found; duplicates of a name all count.
    pub fn named(&self, names: &[String]) -> Outcome<Vec<usize>> {
        if names.is_empty() {
            return Err(Failure::invalid("No track names were given."));
        }
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, strip) in self.strips.iter().enumerate() {
            by_name.entry(&strip.track.name).or_default().push(index);
        }
        let mut found = Vec::new();
        for name in names {
            let Some(indices) = by_name.get(name.as_str()) else {
                return Err(Failure::new(
                    PtNoTrackFound,
                    format!("The track '{name}' was not found."),
                ));
            };
            match self.duplicate_names {
                DuplicateNames::Refuse if indices.len() > 1 => {
                    return Err(Failure::invalid(format!(
                        "Several tracks are named '{name}'."
                    )));
                }
                DuplicateNames::First => found.extend(indices.first()),
                _ => found.extend_from_slice(indices),
            }
        }
        Ok(found)
    }

    /// Sets a switch on all tracks of these names, or on none.
    pub fn switch(&mut self, switch: Switch, names: &[String], on: bool) -> Outcome<()> {
        let found = self.named(names)?;
        for strip in found.iter().filter_map(|index| self.strips.get(*index)) {
            if !switch.allows(strip.track.kind) {
                return Err(Failure::new(
                    PtForbiddenTrackType,
                    format!(
                        "The track '{}' is of a type that does not allow this.",
                        strip.track.name
                    ),
                ));
            }
            if switch == Switch::RecordEnable && on && strip.track.record_safe {
                return Err(Failure::cannot(format!(
                    "The track '{}' is record safe.",
                    strip.track.name
                )));
            }
        }
        for index in found {
            if let Some(strip) = self.strips.get_mut(index) {
                switch.set(strip, on);
                if switch == Switch::Solo && on && strip.track.kind == TrackKind::Vca {
                    self.clear_solo_below(index);
                }
            }
        }
        if matches!(switch, Switch::Hidden | Switch::Inactive) {
            settle(&mut self.strips);
        }
        self.changed = true;
        Ok(())
    }

    /// Selects tracks by name.
    pub fn select_tracks(&mut self, names: &[String], mode: SelectionMode) -> Outcome<()> {
        let found = if names.is_empty() && mode != SelectionMode::SmAdd {
            Vec::new()
        } else {
            self.named(names)?
        };
        if matches!(mode, SelectionMode::SmReplace | SelectionMode::SmUnknown) {
            for strip in &mut self.strips {
                strip.selected = false;
            }
        }
        for index in found {
            if let Some(strip) = self.strips.get_mut(index) {
                strip.selected = mode != SelectionMode::SmSubtract;
            }
        }
        Ok(())
    }

    /// Gives one track another name; the name must be free and not empty.
    pub fn rename_track(&mut self, from: &str, to: &str) -> Outcome<()> {
        if to.trim().is_empty() {
            return Err(Failure::invalid("A track needs a name."));
        }
        check_length(to)?;
        let found = self.named(&[from.to_owned()])?;
        if from != to && self.strips.iter().any(|strip| strip.track.name == to) {
            return Err(Failure::new(
                crate::ptsl::wire::CommandErrorType::OsDuplicateName,
                format!("There is a track named '{to}' already."),
            ));
        }
        if let Some(strip) = found.first().and_then(|index| self.strips.get_mut(*index)) {
            to.clone_into(&mut strip.track.name);
        }
        self.rename_wiring(from, to);
        settle(&mut self.strips);
        self.changed = true;
        Ok(())
    }

    /// Gives the track of this identity another name, one that is taken as well: sessions hold
    /// tracks of one name, and nobody has written down that this way to them is closed.
    pub fn rename_identified(&mut self, id: &str, to: &str) -> Outcome<()> {
        if to.trim().is_empty() {
            return Err(Failure::invalid("A track needs a name."));
        }
        check_length(to)?;
        let is_it = |strip: &&mut Strip| strip.track.id.0 == id;
        let strip = self.strips.iter_mut().find(is_it);
        let strip = strip.ok_or_else(|| {
            Failure::new(
                crate::ptsl::wire::CommandErrorType::PtNoTrackFound,
                "There is no track of that identity.",
            )
        })?;
        let from = std::mem::replace(&mut strip.track.name, to.to_owned());
        let is_shared = |strip: &Strip| strip.track.name == from;
        if !self.strips.iter().any(is_shared) {
            self.rename_wiring(&from, to);
        }
        settle(&mut self.strips);
        self.changed = true;
        Ok(())
    }

    /// Makes silent tracks; returns their names and ids. A name in use gets a number.
    pub fn create_tracks(&mut self, wanted: &NewTracks) -> Outcome<Vec<(String, String)>> {
        if !(1..=1000).contains(&wanted.count) {
            return Err(Failure::invalid(
                "The number of tracks must be between 1 and 1000.",
            ));
        }
        check_length(&wanted.name)?;
        let first = match wanted.at {
            TrackInsertionPoint::TiPointFirst => 0,
            TrackInsertionPoint::TiPointBefore | TrackInsertionPoint::TiPointAfter => {
                let beside = self.named(std::slice::from_ref(&wanted.beside))?;
                let beside = beside.first().copied().unwrap_or(0);
                beside + usize::from(wanted.at == TrackInsertionPoint::TiPointAfter)
            }
            _ => self.strips.len(),
        };
        let mut made = Vec::new();
        for at in first..first + wanted.count {
            let name = self.free_name(&wanted.name, wanted.count > 1);
            let id = identity(&[
                &self.info.instance_id,
                &self.strips.len().to_string(),
                &name,
                "new",
            ]);
            made.push((name.clone(), id.clone()));
            let track = Track {
                id: TrackId(id),
                name,
                kind: wanted.kind,
                channels: wanted.channels,
                format: wanted.format.clone(),
                open: wanted.kind.is_folder(),
                // Which costs a mono one 3 dB a side.
                volume_db: wanted.kind.is_sounding().then_some(0.0),
                pan: wanted.kind.is_sounding().then_some(0.0),
                ..Track::default()
            };
            self.strips.insert(at, Strip::new(track, None));
        }
        settle(&mut self.strips);
        self.changed = true;
        Ok(made)
    }

    /// Puts a track after all others; gives its place. One without an id gets one.
    pub fn add_track(&mut self, mut track: Track) -> usize {
        let place = self.strips.len();
        if track.id.0.is_empty() {
            let instance = &self.info.instance_id;
            let id = identity(&[instance, &place.to_string(), &track.name, "added"]);
            track.id = TrackId(id);
        }
        self.strips.push(Strip::new(track, None));
        settle(&mut self.strips);
        place
    }

    /// A name like that which no track has; `numbered` where it shall have a number in any case.
    pub fn free_name(&self, wanted: &str, numbered: bool) -> String {
        let stem = if wanted.trim().is_empty() {
            "Track"
        } else {
            wanted
        };
        let is_free = |name: &str| !self.strips.iter().any(|s| s.track.name == name);
        if !numbered && is_free(stem) {
            return stem.to_owned();
        }
        (1..)
            .map(|number| format!("{stem} {number}"))
            .find(|name| is_free(name))
            .unwrap_or_default()
    }
}
