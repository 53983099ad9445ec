//! From a desk's patch to nodes that can sound one after the other: ordered, without what only
//! passes sound on, without what nobody hears.

use std::collections::HashSet;

use super::graph::{Input, Node, Stage};

/// Puts every node behind those that it hears; an input that closes a loop goes.
pub fn order(nodes: Vec<Node>, outputs: Vec<usize>) -> (Vec<Node>, Vec<usize>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        /// At this place of the new order.
        Done(usize),
    }
    let mut seen = vec![Seen::Not; nodes.len()];
    let mut sorted: Vec<Node> = Vec::new();
    for start in &outputs {
        // Depth first, without recursion: chains may be long.
        let mut stack = vec![(*start, 0)];
        while let Some((at, next)) = stack.pop() {
            let Some(node) = nodes.get(at) else { continue };
            let state = seen.get(at).copied().unwrap_or(Seen::Open);
            if next == 0 {
                if state != Seen::Not {
                    continue;
                }
                set(&mut seen, at, Seen::Open);
            }
            if let Some(input) = node.inputs.get(next) {
                stack.push((at, next + 1));
                if seen.get(input.from) == Some(&Seen::Not) {
                    stack.push((input.from, 0));
                }
                continue;
            }
            let inputs = node.inputs.iter().filter_map(|input| {
                let Some(Seen::Done(from)) = seen.get(input.from).copied() else {
                    return None;
                };
                Some(Input { from, ..*input })
            });
            let fresh = Node {
                inputs: inputs.collect(),
                ..node.clone()
            };
            sorted.push(fresh);
            set(&mut seen, at, Seen::Done(sorted.len() - 1));
        }
    }
    let place = |index: &usize| match seen.get(*index) {
        Some(Seen::Done(place)) => *place,
        _ => 0,
    };
    let outputs = outputs.iter().map(place).collect();
    (sorted, outputs)
}

fn set<T>(list: &mut [T], index: usize, value: T) {
    if let Some(slot) = list.get_mut(index) {
        *slot = value;
    }
}

/// Hands on what nodes without a stage of effect hear to those that hear them, unless a lane would
/// come twice.
pub fn flatten(mut nodes: Vec<Node>) -> Vec<Node> {
    for index in 0..nodes.len() {
        let (before, rest) = nodes.split_at_mut(index);
        let Some(node) = rest.first_mut() else { break };
        node.stages.retain(|stage| match stage {
            Stage::Gain(gain) => *gain != 1.0,
            Stage::Fader(fader) => !fader.is_unity(),
            _ => true,
        });
        let mut inputs = Vec::new();
        let mut held: HashSet<usize> = node.lanes.iter().copied().collect();
        for input in std::mem::take(&mut node.inputs) {
            let passed = before
                .get(input.from)
                .filter(|from| from.stages.is_empty() && input.gain == 1.0)
                .filter(|from| from.width == node.width)
                .filter(|from| !from.lanes.iter().any(|lane| held.contains(lane)));
            match passed {
                Some(from) => {
                    held.extend(&from.lanes);
                    inputs.extend(&from.inputs);
                }
                None => inputs.push(input),
            }
        }
        node.inputs = inputs;
        node.lanes = held.into_iter().collect();
        node.lanes.sort_unstable();
    }
    nodes
}

/// Leaves out what no output hears.
pub fn prune(nodes: Vec<Node>, outputs: Vec<usize>) -> (Vec<Node>, Vec<usize>) {
    let mut wanted = vec![false; nodes.len()];
    for output in &outputs {
        set(&mut wanted, *output, true);
    }
    for (index, node) in nodes.iter().enumerate().rev() {
        if wanted.get(index) == Some(&true) {
            for input in &node.inputs {
                set(&mut wanted, input.from, true);
            }
        }
    }
    let mut places = vec![0; nodes.len()];
    let mut kept: Vec<Node> = Vec::new();
    for (index, node) in nodes.into_iter().enumerate() {
        if wanted.get(index) == Some(&true) {
            set(&mut places, index, kept.len());
            kept.push(node);
        }
    }
    let place = |index: usize| places.get(index).copied().unwrap_or(0);
    for node in &mut kept {
        for input in &mut node.inputs {
            input.from = place(input.from);
        }
    }
    let outputs = outputs.into_iter().map(place).collect();
    (kept, outputs)
}
