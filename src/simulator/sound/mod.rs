//! What the simulator sounds like: the mixer's graph from the world, its stages, and the files that
//! a bounce writes. Streams in blocks: memory does not grow with the session's length, and the
//! result does not depend on where blocks begin.
//!
//! A choice where Pro Tools' own way is not published: pre-fader sends leave before fader and mute,
//! so that a muted track, or one that another's solo silences, still feeds them; post-fader sends
//! follow fader, mute and pan; a room is empty where the bounce begins.

pub mod container;
pub mod graph;
mod limiter;
mod mixer;
pub mod print;
mod reverb;
mod sort;
