//! How a session's tracks are wired, where that is known (session folders; PTSL does not tell it):
//! signal paths, and what a channel strip does beyond clips, volume and pan. The render engine
//! mixes none of this; [`StripRouting::beyond_render`] says it in words.

/// Name of the main output where a session names none.
pub const MAIN_OUTPUT: &str = "Out 1-2";

/// What a signal path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathKind {
    /// Leaves the mixer.
    Output,
    /// Runs inside it: tracks and sends feed it, aux tracks read it.
    Bus,
}

/// An output or a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalPath {
    pub name: String,
    pub kind: PathKind,
    /// 1 or 2.
    pub channels: u16,
}

impl SignalPath {
    pub fn stereo(name: &str, kind: PathKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            channels: 2,
        }
    }
}

/// A send of a track into a bus.
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    pub bus: String,
    pub level_db: f64,
    /// Before the fader and its mute; else behind fader and pan.
    pub pre_fader: bool,
    pub muted: bool,
}

/// A reverb on an aux track or routing folder: only its sound, nothing dry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reverb {
    /// Until it has fallen by 60 dB.
    pub seconds: f64,
    /// Before its first sound.
    pub pre_delay_ms: f64,
    /// Hz above which the walls swallow.
    pub damp_hz: f64,
}

/// A peak limiter on a master fader: the one stage that is not linear.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limiter {
    /// Into the limiter.
    pub gain_db: f64,
    pub ceiling_db: f64,
    pub release_ms: f64,
}

/// The wiring of one track.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StripRouting {
    /// The track's name as it stands in the session.
    pub track: String,
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
                ..Self::default()
            }
    }

    /// What of this track a render leaves out, a few words each: `send to 'Verb'`.
    pub fn beyond_render(&self) -> Vec<String> {
        let mut out: Vec<String> = match self.output.as_deref() {
            None => Vec::new(),
            Some([]) => vec!["no output".to_owned()],
            Some(paths) => paths.iter().map(|p| format!("output to '{p}'")).collect(),
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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Routing {
    /// Paths that the session names itself; the first output is the main one. Busses that only
    /// tracks name are not in it.
    pub paths: Vec<SignalPath>,
    /// Tracks with a wiring of their own; of several with one name in the order of the session.
    pub strips: Vec<StripRouting>,
}

impl Routing {
    /// The wiring of the (first) track of this name.
    pub fn of(&self, track: &str) -> Option<&StripRouting> {
        self.strips.iter().find(|strip| strip.track == track)
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
        assert!(strip.is_plain() && strip.beyond_render().is_empty());
        let send = |bus: &str, muted| Send {
            bus: bus.to_owned(),
            level_db: 0.0,
            pre_fader: false,
            muted,
        };
        strip.sends = vec![send("Verb", false), send("Cue", true)];
        strip.output = Some(vec!["DX".to_owned()]);
        strip.vcas = vec!["All".to_owned()];
        assert!(!strip.is_plain());
        assert_eq!(
            strip.beyond_render(),
            ["output to 'DX'", "send to 'Verb'", "VCA 'All'"]
        );
    }
}
