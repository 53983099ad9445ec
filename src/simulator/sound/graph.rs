//! The mixer's graph: what is heard where, from the world as it stands. Pure; owns the order of
//! nodes and what runs into what. A path that feeds itself is cut where the loop closes.
//!
//! What only passes sound on unchanged is taken out, so that a dry session sums its lanes in their
//! order, to the bit as a render does.

use std::collections::HashMap;
use std::sync::Arc;

use crate::audio::sum;
use crate::model::routing::{Limiter, Reverb};
use crate::model::{Arrangement, Breakpoint, TrackKind};
use crate::simulator::world::OpenSession;
use crate::simulator::world::audible::Heard;
use crate::simulator::world::routing::{Place, Wires};

use super::sort::{flatten, order, prune};

/// What happens to a node's sum, in this order of a strip.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Both sides become half their sum.
    Fold,
    Gain(f64),
    Room(Reverb),
    Limiter(Limiter),
    Fader(Fader),
}

/// Volume and pan of an aux track or routing folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Fader {
    pub channels: u16,
    pub volume_db: f64,
    pub volume_points: Vec<Breakpoint>,
    pub pan: Option<f64>,
    pub pan_points: Vec<Breakpoint>,
}

impl Fader {
    /// Whether it changes nothing.
    pub fn is_unity(&self) -> bool {
        let centred = match self.channels {
            1 => self.pan.is_none(),
            2 => self.pan.is_none_or(|pan| pan == 0.0),
            // It has no pan.
            _ => true,
        };
        self.volume_db == 0.0
            && self.volume_points.is_empty()
            && self.pan_points.is_empty()
            && centred
    }
}

/// What a node hears of another, which stands before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Input {
    pub from: usize,
    pub gain: f64,
}

/// A sum with what happens to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Channels of the sum: 2, or more of something wider.
    pub width: u16,
    /// Indices into the graph's lanes.
    pub lanes: Vec<usize>,
    pub inputs: Vec<Input>,
    pub stages: Vec<Stage>,
}

impl Node {
    pub fn of(channels: u16) -> Self {
        Self {
            width: channels.max(2),
            lanes: Vec::new(),
            inputs: Vec::new(),
            stages: Vec::new(),
        }
    }
}

/// What a bounce wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An output or bus, behind its master fader.
    Place(Place),
    /// One strip by itself, whatever is muted or soloed.
    Strip {
        index: usize,
        volume: bool,
        pan: bool,
    },
}

/// Nodes in the order in which they sound.
#[derive(Debug, Clone)]
pub struct Graph {
    /// The session's, with faders as VCAs move them and a lane more for each send.
    pub arrangement: Arc<Arrangement>,
    pub nodes: Vec<Node>,
    /// The node of each source.
    pub outputs: Vec<usize>,
}

/// Builds the graph of what is wanted.
pub fn graph(session: &OpenSession, wanted: &[Source]) -> Graph {
    let mut desk = Desk::new(session);
    desk.patch();
    let outputs = wanted.iter().map(|source| match source {
        Source::Place(place) => desk.node_of(*place),
        Source::Strip { index, volume, pan } => desk.alone(*index, *volume, *pan),
    });
    let outputs = outputs.collect();
    let (nodes, outputs) = order(desk.nodes, outputs);
    let (nodes, outputs) = prune(flatten(nodes), outputs);
    Graph {
        arrangement: Arc::new(desk.arrangement),
        nodes,
        outputs,
    }
}

/// The graph in the making.
struct Desk<'a> {
    session: &'a OpenSession,
    wires: Wires<'a>,
    heard: Heard,
    arrangement: Arrangement,
    nodes: Vec<Node>,
    places: HashMap<Place, usize>,
    /// Of each strip that reads a bus: the nodes before and behind its fader.
    strips: HashMap<usize, (usize, usize)>,
}

impl<'a> Desk<'a> {
    fn new(session: &'a OpenSession) -> Self {
        let wires = Wires::new(session);
        let mut arrangement = (*session.arrangement).clone();
        for (index, strip) in session.strips.iter().enumerate() {
            if let Some(lane) = strip.lane.and_then(|l| arrangement.lanes.get_mut(l)) {
                lane.volume_db += wires.vca_db(index);
            }
        }
        Self {
            session,
            heard: wires.heard(),
            wires,
            arrangement,
            nodes: Vec::new(),
            places: HashMap::new(),
            strips: HashMap::new(),
        }
    }

    fn node(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// The node of an output or bus, with the master faders that control it.
    fn node_of(&mut self, place: Place) -> usize {
        if let Some(node) = self.places.get(&place) {
            return *node;
        }
        let mut stages = Vec::new();
        let channels = self.wires.channels_of(place);
        if channels == 1 {
            stages.push(Stage::Fold);
        }
        for (index, strip) in self.session.strips.iter().enumerate() {
            let track = &strip.track;
            let is_at_work = track.kind == TrackKind::Master && !track.inactive.is_set();
            if is_at_work && self.wires.outputs_of(index).contains(&place) {
                let fader = track.volume_db.unwrap_or(0.0) + self.wires.vca_db(index);
                stages.push(Stage::Gain(sum::gain(fader)));
                stages.extend(strip.wiring.limiter.map(Stage::Limiter));
            }
        }
        let node = self.node(Node {
            stages,
            ..Node::of(channels)
        });
        self.places.insert(place, node);
        node
    }

    fn patch(&mut self) {
        for index in 0..self.session.strips.len() {
            self.patch_strip(index);
        }
    }

    fn patch_strip(&mut self, index: usize) {
        let Some(strip) = self.session.strips.get(index) else {
            return;
        };
        let kind = strip.track.kind;
        if !kind.is_sounding() && kind != TrackKind::RoutingFolder {
            return;
        }
        let sounds = self.heard.output.get(index).copied().unwrap_or(false);
        let feeds_early = self.heard.pre_fader.get(index).copied().unwrap_or(false);
        if let Some(lane) = strip.lane.filter(|_| sounds) {
            for place in self.wires.outputs_of(index) {
                self.add_lane(place, lane);
            }
        }
        let strip_nodes = self.strip_nodes(index);
        if let Some((_, behind)) = strip_nodes.filter(|_| sounds) {
            for place in self.wires.outputs_of(index) {
                self.add_input(place, behind, 1.0);
            }
        }
        for send in strip.wiring.sends.iter().filter(|send| !send.muted) {
            let Some(place) = self.wires.place(&send.bus) else {
                continue;
            };
            if !(if send.pre_fader { feeds_early } else { sounds }) {
                continue;
            }
            if let Some((before, behind)) = strip_nodes {
                let from = if send.pre_fader { before } else { behind };
                self.add_input(place, from, sum::gain(send.level_db));
            }
            if let Some(lane) = strip.lane {
                let lane = self.send_lane(lane, send.level_db, send.pre_fader);
                self.add_lane(place, lane);
            }
        }
    }

    fn add_lane(&mut self, place: Place, lane: usize) {
        let node = self.node_of(place);
        if let Some(node) = self.nodes.get_mut(node) {
            node.lanes.push(lane);
        }
    }

    fn add_input(&mut self, place: Place, from: usize, gain: f64) {
        let node = self.node_of(place);
        if let Some(node) = self.nodes.get_mut(node) {
            node.inputs.push(Input { from, gain });
        }
    }

    /// A lane as a send hears it.
    fn send_lane(&mut self, lane: usize, level_db: f64, pre_fader: bool) -> usize {
        let Some(mut copy) = self.arrangement.lanes.get(lane).cloned() else {
            return lane;
        };
        if pre_fader {
            copy.volume_db = level_db;
            copy.volume_points.clear();
            copy.pan = None;
            copy.pan_points.clear();
        } else {
            copy.volume_db += level_db;
        }
        self.arrangement.lanes.push(copy);
        self.arrangement.lanes.len() - 1
    }

    /// Nodes of a strip that reads a bus: before and behind its fader.
    fn strip_nodes(&mut self, index: usize) -> Option<(usize, usize)> {
        if let Some(nodes) = self.strips.get(&index) {
            return Some(*nodes);
        }
        let place = self.wires.input_of(index)?;
        let fader = self.fader(index)?;
        let channels = fader.channels;
        let before = self.insert_node(index, place, channels)?;
        let behind = self.node(Node {
            inputs: vec![Input {
                from: before,
                gain: 1.0,
            }],
            stages: vec![Stage::Fader(fader)],
            ..Node::of(channels)
        });
        self.strips.insert(index, (before, behind));
        Some((before, behind))
    }

    fn insert_node(&mut self, index: usize, place: Place, channels: u16) -> Option<usize> {
        let from = self.node_of(place);
        let mut stages: Vec<Stage> = Vec::new();
        if channels == 1 {
            stages.push(Stage::Fold);
        }
        if let Some(room) = self.session.strips.get(index)?.wiring.reverb {
            stages.push(Stage::Room(room));
            if channels == 1 {
                stages.push(Stage::Fold);
            }
        }
        Some(self.node(Node {
            inputs: vec![Input { from, gain: 1.0 }],
            stages,
            ..Node::of(channels)
        }))
    }

    fn fader(&self, index: usize) -> Option<Fader> {
        let strip = self.session.strips.get(index)?;
        let lane = strip
            .lane
            .and_then(|l| self.session.arrangement.lanes.get(l));
        let fader_db = lane.map_or(strip.track.volume_db.unwrap_or(0.0), |l| l.volume_db);
        Some(Fader {
            channels: strip.track.layout().unwrap_or_default().channels(),
            volume_db: fader_db + self.wires.vca_db(index),
            volume_points: lane.map(|l| l.volume_points.clone()).unwrap_or_default(),
            pan: lane.map_or(strip.track.pan, |l| l.pan),
            pan_points: lane.map(|l| l.pan_points.clone()).unwrap_or_default(),
        })
    }

    /// A strip by itself.
    fn alone(&mut self, index: usize, volume: bool, pan: bool) -> usize {
        let strip = self.session.strips.get(index);
        let layout = strip.and_then(|strip| strip.track.layout());
        let width = layout.unwrap_or_default().channels();
        let mut node = Node::of(width);
        if let Some(mut lane) = strip
            .and_then(|strip| strip.lane)
            .and_then(|lane| self.arrangement.lanes.get(lane).cloned())
        {
            if !volume {
                lane.volume_db = 0.0;
                lane.volume_points.clear();
            }
            if !pan {
                lane.pan = None;
                lane.pan_points.clear();
            }
            self.arrangement.lanes.push(lane);
            node.lanes.push(self.arrangement.lanes.len() - 1);
        }
        let before = self.strip_nodes(index).map(|(before, _)| before);
        if let Some((from, mut fader)) = before.zip(self.fader(index)) {
            if !volume {
                fader.volume_db = 0.0;
                fader.volume_points.clear();
            }
            if !pan {
                fader.pan = None;
                fader.pan_points.clear();
            }
            let behind = self.node(Node {
                inputs: vec![Input { from, gain: 1.0 }],
                stages: vec![Stage::Fader(fader)],
                ..Node::of(width)
            });
            node.inputs.push(Input {
                from: behind,
                gain: 1.0,
            });
        }
        self.node(node)
    }
}
