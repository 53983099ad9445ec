//! How a session's tracks are wired, where that is known (session folders; PTSL does not tell it):
//! signal paths, and what a channel strip does beyond clips, volume and pan. The render engine
//! mixes none of this; [`Routing::beyond_render`] says it in words.

use serde::{Deserialize, Serialize};

use super::{Layout, TrackId};

/// Name of the main output where a session names none.
pub const MAIN_OUTPUT: &str = "Out 1-2";

/// What a signal path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PathKind {
    /// Leaves the mixer.
    Output,
    /// Runs inside it: tracks and sends feed it, aux tracks read it.
    Bus,
}

/// An output or a bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalPath {
    pub name: String,
    pub kind: PathKind,
    pub layout: Layout,
}

impl SignalPath {
    pub fn stereo(name: &str, kind: PathKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            layout: Layout::Stereo,
        }
    }
}

/// A send of a track into a bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Send {
    pub bus: String,
    pub level_db: f64,
    /// Before the fader and its mute; else behind fader and pan.
    pub pre_fader: bool,
    pub muted: bool,
}

/// A reverb on an aux track or routing folder: only its sound, nothing dry.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reverb {
    /// Until it has fallen by 60 dB.
    pub seconds: f64,
    /// Before its first sound.
    pub pre_delay_ms: f64,
    /// Hz above which the walls swallow.
    pub damp_hz: f64,
}

/// A peak limiter on a master fader: the one stage that is not linear.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limiter {
    /// Into the limiter.
    pub gain_db: f64,
    pub ceiling_db: f64,
    pub release_ms: f64,
}

/// The wiring of one track.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StripRouting {
    /// The track's name as it stands in the session.
    pub track: String,
    /// The track's identity; empty where only its name is known.
    pub track_id: TrackId,
    /// Paths that the main output feeds, none if empty. `None` is the routing folder that the
    /// track lies in, else the main output. A master fader's is the path that it controls.
    pub output: Option<Vec<String>>,
    /// The bus that an aux track reads.
    pub input: Option<String>,
    pub sends: Vec<Send>,
    pub reverb: Option<Reverb>,
    pub limiter: Option<Limiter>,
    /// VCA masters that this track is a member of.
    pub vcas: Vec<String>,
}

impl StripRouting {
    /// Whether it only has a name.
    pub fn is_plain(&self) -> bool {
        *self
            == Self {
                track: self.track.clone(),
                track_id: self.track_id.clone(),
                ..Self::default()
            }
    }

    /// What of this track a render leaves out, a few words each: `send to 'Verb'`. What goes to the
    /// main output goes where a render has it.
    fn beyond_render(&self, main: &str) -> Vec<String> {
        let mut out: Vec<String> = match self.output.as_deref() {
            None => Vec::new(),
            Some([]) => vec!["no output".to_owned()],
            Some(paths) => {
                let others = paths.iter().filter(|path| *path != main);
                others.map(|path| format!("output to '{path}'")).collect()
            }
        };
        let sounding = self.sends.iter().filter(|send| !send.muted);
        out.extend(sounding.map(|send| format!("send to '{}'", send.bus)));
        out.extend(self.input.iter().map(|bus| format!("input from '{bus}'")));
        out.extend(self.vcas.iter().map(|vca| format!("VCA '{vca}'")));
        out.extend(self.reverb.map(|_| "reverb".to_owned()));
        out.extend(self.limiter.map(|_| "limiter".to_owned()));
        out
    }
}

/// The wiring of a session. Empty for a session of which nothing is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Routing {
    /// Paths that the session names itself; the first output is the main one. Busses that only
    /// tracks name are not in it.
    pub paths: Vec<SignalPath>,
    /// Tracks with a wiring of their own; of several with one name in the order of the session.
    pub strips: Vec<StripRouting>,
    /// Faders in dB of tracks that play no clips (folders, VCAs, masters), where they are not at 0.
    pub faders: Vec<(String, f64)>,
}

impl Routing {
    /// The wiring of the (first) track of this name.
    pub fn of(&self, track: &str) -> Option<&StripRouting> {
        self.strips.iter().find(|strip| strip.track == track)
    }

    /// A path that the session names itself.
    pub fn path(&self, name: &str) -> Option<&SignalPath> {
        self.paths.iter().find(|path| path.name == name)
    }

    /// Where tracks go that name no output.
    pub fn main_output(&self) -> &str {
        let mut outputs = self.paths.iter().filter(|p| p.kind == PathKind::Output);
        outputs.next().map_or(MAIN_OUTPUT, |path| &path.name)
    }

    /// Tracks of which a render leaves something out, each with what that is in a few words.
    pub fn beyond_render(&self) -> Vec<(&str, Vec<String>)> {
        let main = self.main_output();
        let strips = self.strips.iter();
        let mut out: Vec<(&str, Vec<String>)> = strips
            .map(|strip| (&*strip.track, strip.beyond_render(main)))
            .collect();
        for (track, db) in &self.faders {
            let words = format!("fader at {db:+} dB");
            match out.iter_mut().find(|(known, _)| known == track) {
                Some((_, list)) => list.push(words),
                None => out.push((track, vec![words])),
            }
        }
        out.retain(|(_, words)| !words.is_empty());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_render_leaves_out_is_told() {
        let mut strip = StripRouting {
            track: "Lead".to_owned(),
            ..StripRouting::default()
        };
        assert!(strip.is_plain());
        let send = |bus: &str, muted| Send {
            bus: bus.to_owned(),
            level_db: 0.0,
            pre_fader: false,
            muted,
        };
        strip.sends = vec![send("Verb", false), send("Cue", true)];
        strip.output = Some(vec!["DX".to_owned(), MAIN_OUTPUT.to_owned()]);
        strip.vcas = vec!["All".to_owned()];
        assert!(!strip.is_plain());
        let plain = StripRouting {
            track: "Plain".to_owned(),
            output: Some(vec![MAIN_OUTPUT.to_owned()]),
            ..StripRouting::default()
        };
        let folder = StripRouting {
            track: "DRUMS".to_owned(),
            sends: vec![send("Room", false)],
            ..StripRouting::default()
        };
        let routing = Routing {
            strips: vec![strip, plain, folder],
            faders: vec![("DRUMS".to_owned(), 2.5), ("All".to_owned(), -1.0)],
            ..Routing::default()
        };
        let told = routing.beyond_render();
        let told: Vec<_> = told
            .iter()
            .map(|(t, words)| (*t, words.join(", ")))
            .collect();
        let expected = [
            ("Lead", "output to 'DX', send to 'Verb', VCA 'All'"),
            ("DRUMS", "send to 'Room', fader at +2.5 dB"),
            ("All", "fader at -1 dB"),
        ];
        assert_eq!(told, expected.map(|(t, words)| (t, words.to_owned())));
    }
}
