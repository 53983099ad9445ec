//! Signal paths and assignments of the open session: which paths there are, where a track goes,
//! what follows a renaming. Refuses paths that are not there and assignments that would feed a
//! path into itself.

use std::collections::{HashMap, VecDeque};

use crate::model::TrackKind;
use crate::model::routing::{MAIN_OUTPUT, PathKind, Routing, SignalPath, StripRouting};

use super::OpenSession;
use super::tracks::Strip;

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
    let mut wirings: HashMap<String, VecDeque<StripRouting>> = HashMap::new();
    for wiring in routing.strips {
        let name = wiring.track.clone();
        wirings.entry(name).or_default().push_back(wiring);
    }
    let folders: Vec<String> = strips
        .iter()
        .filter(|strip| strip.track.kind == TrackKind::RoutingFolder)
        .map(|strip| strip.track.name.clone())
        .collect();
    for strip in strips {
        let wiring = wirings
            .get_mut(&strip.track.name)
            .and_then(VecDeque::pop_front);
        strip.wiring = wiring.unwrap_or_default();
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

impl OpenSession {
    /// The wiring as a session folder writes it.
    pub fn routing(&self) -> Routing {
        let strips = self.strips.iter().map(|strip| StripRouting {
            track: strip.track.name.clone(),
            ..strip.wiring.clone()
        });
        Routing {
            paths: self.paths.clone(),
            strips: strips.filter(|strip| !strip.is_plain()).collect(),
        }
    }
}
