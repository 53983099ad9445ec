//! Signal paths and assignments of the open session: which paths there are, where a track goes,
//! what follows a renaming. Refuses paths that are not there and assignments that would feed a
//! path into itself.

use std::collections::HashMap;

use crate::model::routing::{MAIN_OUTPUT, PathKind, Routing, SignalPath, StripRouting};
use crate::model::track::{Track, TrackKind, tie};
use crate::model::tree::Tree;

use super::tracks::{Strip, identity};
use super::{Failure, OpenSession, Outcome};
use crate::ptsl::wire::CommandErrorType;

/// Outputs and busses of a session.
const MOST_PATHS: usize = 4_096;

/// Hands the tracks their wiring and gives the session's paths: those that it names, the main
/// output, and the busses that only tracks name.
pub fn paths(routing: Routing, strips: &mut [Strip]) -> Vec<SignalPath> {
    let mut paths: Vec<SignalPath> = Vec::new();
    let add = |paths: &mut Vec<SignalPath>, path: SignalPath| {
        if !paths.iter().any(|known| known.name == path.name) {
            paths.push(path);
        }
    };
    for path in routing.paths {
        add(&mut paths, path);
    }
    if !paths.iter().any(|path| path.kind == PathKind::Output) {
        paths.insert(0, SignalPath::stereo(MAIN_OUTPUT, PathKind::Output));
    }
    let tracks: Vec<Track> = strips.iter().map(|strip| strip.track.clone()).collect();
    let owners = routing.strips.iter();
    let wirings = tie(&tracks, owners.map(|own| (&own.track_id, &*own.track)));
    let folders: Vec<String> = strips
        .iter()
        .filter(|strip| strip.track.kind == TrackKind::RoutingFolder)
        .map(|strip| strip.track.name.clone())
        .collect();
    for (strip, wiring) in strips.iter_mut().zip(wirings) {
        let wiring = wiring.and_then(|at| routing.strips.get(at));
        strip.wiring = wiring.cloned().unwrap_or_default();
        let sends = strip.wiring.sends.iter().map(|send| &send.bus);
        let outputs = strip.wiring.output.iter().flatten();
        for name in sends.chain(outputs).chain(&strip.wiring.input) {
            if !folders.contains(name) {
                add(&mut paths, SignalPath::stereo(name, PathKind::Bus));
            }
        }
    }
    paths
}

/// Where sound can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// An output or a bus: index into [`OpenSession::paths`].
    Path(usize),
    /// The bus of a routing folder: index of its strip.
    Folder(usize),
}

/// The session's wiring with its names looked up.
pub struct Wires<'a> {
    pub session: &'a OpenSession,
    tree: Tree,
    places: HashMap<&'a str, Place>,
    vcas: HashMap<&'a str, usize>,
}

impl<'a> Wires<'a> {
    pub fn new(session: &'a OpenSession) -> Self {
        let mut places = HashMap::new();
        let mut vcas = HashMap::new();
        for (index, path) in session.paths.iter().enumerate() {
            places.entry(&*path.name).or_insert(Place::Path(index));
        }
        for (index, strip) in session.strips.iter().enumerate() {
            let name = &*strip.track.name;
            match strip.track.kind {
                TrackKind::RoutingFolder => {
                    places.entry(name).or_insert(Place::Folder(index));
                }
                TrackKind::Vca => {
                    vcas.entry(name).or_insert(index);
                }
                _ => {}
            }
        }
        Self {
            tree: session.tree(),
            session,
            places,
            vcas,
        }
    }

    /// The path or routing folder of this name.
    pub fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }

    pub fn channels_of(&self, place: Place) -> u16 {
        match place {
            Place::Path(index) => self
                .session
                .paths
                .get(index)
                .map_or(2, |p| p.layout.channels()),
            Place::Folder(index) => {
                let strip = self.session.strips.get(index);
                let layout = strip.and_then(|strip| strip.track.layout());
                layout.unwrap_or_default().channels().max(2)
            }
        }
    }

    /// Folders that the track lies in, from the inside out.
    pub fn above(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.tree.parent(index), |at| self.tree.parent(*at))
    }

    /// Where the main output of a track goes, each place once. Of a master fader: what it
    /// controls. Names that lead nowhere are silence.
    pub fn outputs_of(&self, index: usize) -> Vec<Place> {
        let Some(strip) = self.session.strips.get(index) else {
            return Vec::new();
        };
        let Some(names) = &strip.wiring.output else {
            let is_folder = |at: &usize| {
                let folder = self.session.strips.get(*at);
                folder.is_some_and(|s| s.track.kind == TrackKind::RoutingFolder)
            };
            let folder = match strip.track.kind {
                TrackKind::Master => None,
                _ => self.above(index).find(is_folder).map(Place::Folder),
            };
            return folder.or_else(|| self.main()).into_iter().collect();
        };
        let mut places = Vec::new();
        for place in names.iter().filter_map(|name| self.place(name)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    fn main(&self) -> Option<Place> {
        let is_output = |path: &SignalPath| path.kind == PathKind::Output;
        self.session
            .paths
            .iter()
            .position(is_output)
            .map(Place::Path)
    }

    /// The bus that a strip reads.
    pub fn input_of(&self, index: usize) -> Option<Place> {
        let strip = self.session.strips.get(index)?;
        match strip.track.kind {
            TrackKind::RoutingFolder => Some(Place::Folder(index)),
            TrackKind::Aux => self.place(strip.wiring.input.as_ref()?),
            _ => None,
        }
    }

    /// Active VCA masters that move a track, those of VCA masters included.
    pub fn vcas_of(&self, index: usize) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut at = Some(index);
        let mut next = 0;
        while let Some(strip) = at.and_then(|at| self.session.strips.get(at)) {
            for vca in strip.wiring.vcas.iter().filter_map(|v| self.vcas.get(&**v)) {
                let is_active = self
                    .session
                    .strips
                    .get(*vca)
                    .is_some_and(|vca| !vca.track.inactive.is_set());
                if is_active && *vca != index && !found.contains(vca) {
                    found.push(*vca);
                }
            }
            at = found.get(next).copied();
            next += 1;
        }
        found
    }

    /// What VCA masters add to a track's fader, dB.
    pub fn vca_db(&self, index: usize) -> f64 {
        let volume = |vca: usize| {
            let strip = self.session.strips.get(vca);
            strip.and_then(|strip| strip.track.volume_db).unwrap_or(0.0)
        };
        self.vcas_of(index).into_iter().map(volume).sum()
    }
}

impl Wires<'_> {
    /// Whether what comes to `from` comes to `to`, over aux tracks and routing folders. Tracks in
    /// `changed` feed `places` instead of their outputs.
    fn reaches(&self, from: Place, to: Place, changed: &[usize], places: &[Place]) -> bool {
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(at) = seen.get(next).copied() {
            if at == to {
                return true;
            }
            next += 1;
            for (index, strip) in self.session.strips.iter().enumerate() {
                if self.input_of(index) != Some(at) {
                    continue;
                }
                let outputs = match changed.contains(&index) {
                    true => places.to_vec(),
                    false => self.outputs_of(index),
                };
                let sends = strip.wiring.sends.iter();
                let sends = sends.filter_map(|send| self.place(&send.bus));
                for place in outputs.into_iter().chain(sends) {
                    if !seen.contains(&place) {
                        seen.push(place);
                    }
                }
            }
        }
        false
    }
}

impl OpenSession {
    /// The id of a path, in the form of a track's.
    fn path_id(&self, name: &str) -> String {
        identity(&[&self.info.origin_id, "path", name])
    }

    /// Makes an output or bus; gives its id. The name must be free.
    pub fn create_path(&mut self, path: SignalPath) -> Outcome<String> {
        if path.name.is_empty() || path.name.len() > 255 {
            return Err(Failure::invalid("A signal path needs a name."));
        }
        if self.paths.len() >= MOST_PATHS {
            return Err(Failure::cannot("There are no more signal paths."));
        }
        if Wires::new(self).place(&path.name).is_some() {
            return Err(Failure::new(
                CommandErrorType::OsDuplicateName,
                format!("There is a signal path '{}' already.", path.name),
            ));
        }
        let id = self.path_id(&path.name);
        self.paths.push(path);
        self.changed = true;
        Ok(id)
    }

    /// Sets the main outputs of tracks to the paths of these ids, none for no output.
    pub fn assign_outputs(&mut self, tracks: &[usize], ids: &[String]) -> Outcome<()> {
        let wires = Wires::new(self);
        let folders = self.strips.iter().map(|strip| &strip.track);
        let folders = folders.filter(|track| track.kind == TrackKind::RoutingFolder);
        let names: Vec<&String> = self
            .paths
            .iter()
            .map(|path| &path.name)
            .chain(folders.map(|track| &track.name))
            .collect();
        let mut outputs: Vec<String> = Vec::new();
        for id in ids {
            let name = names.iter().find(|name| self.path_id(name) == *id);
            let name = name.ok_or_else(|| {
                Failure::invalid(format!("There is no signal path of the id '{id}'."))
            })?;
            outputs.push((*name).clone());
        }
        let places: Vec<Place> = outputs.iter().filter_map(|n| wires.place(n)).collect();
        for index in tracks {
            let Some(strip) = self.strips.get(*index) else {
                continue;
            };
            let track = &strip.track;
            if !track.kind.is_sounding() && track.kind != TrackKind::RoutingFolder {
                return Err(Failure::new(
                    CommandErrorType::PtForbiddenTrackType,
                    format!("The track '{}' has no main output.", track.name),
                ));
            }
            let input = wires.input_of(*index);
            let feeds_itself = |input: Place| {
                let mut places_of = places.iter();
                places_of.any(|place| wires.reaches(*place, input, tracks, &places))
            };
            if input.is_some_and(feeds_itself) {
                return Err(Failure::cannot(format!(
                    "The track '{}' would feed itself.",
                    track.name
                )));
            }
        }
        for index in tracks {
            if let Some(strip) = self.strips.get_mut(*index) {
                strip.wiring.output = Some(outputs.clone());
            }
        }
        self.changed = true;
        Ok(())
    }

    /// A VCA master that is soloed takes the solo of its members away.
    pub(super) fn clear_solo_below(&mut self, vca: usize) {
        let wires = Wires::new(self);
        let members: Vec<usize> = (0..self.strips.len())
            .filter(|index| wires.vcas_of(*index).contains(&vca))
            .collect();
        for member in members {
            if let Some(strip) = self.strips.get_mut(member) {
                strip.track.soloed = false;
            }
        }
    }

    /// Wiring names tracks: what is called `from` is now called `to`.
    pub(super) fn rename_wiring(&mut self, from: &str, to: &str) {
        let is_path = self.paths.iter().any(|path| path.name == from);
        let rename = |name: &mut String| {
            if name == from {
                to.clone_into(name);
            }
        };
        for strip in &mut self.strips {
            strip.wiring.vcas.iter_mut().for_each(rename);
            if !is_path {
                strip.wiring.output.iter_mut().flatten().for_each(rename);
                let sends = strip.wiring.sends.iter_mut();
                sends.map(|send| &mut send.bus).for_each(rename);
                strip.wiring.input.iter_mut().for_each(rename);
            }
        }
    }

    /// The wiring as a session folder writes it.
    pub fn routing(&self) -> Routing {
        let strips = self.strips.iter().map(|strip| StripRouting {
            track: strip.track.name.clone(),
            track_id: strip.track.id.clone(),
            ..strip.wiring.clone()
        });
        Routing {
            paths: self.paths.clone(),
            strips: strips.filter(|strip| !strip.is_plain()).collect(),
            ..Routing::default()
        }
    }
}
