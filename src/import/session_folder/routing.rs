//! The wiring fields of `session.json`, both ways: outputs and busses of the session; output, input,
//! sends, reverb, limiter and VCAs of a track. Owns their defaults and limits; what a name leads
//! to is the reader's of the model to find out.

use serde_json::{Map, Value, json};

use super::WIDE;
use super::fields::{FieldError, Fields, GAINS, Place};
use crate::model::routing::{
    Limiter, MAIN_OUTPUT, PathKind, Reverb, Routing, Send, SignalPath, StripRouting,
};
use crate::model::{Finding, Layout, Level, Track, TrackId, TrackKind, layout, text};

/// Paths of a session, sends and VCAs of a track.
const MOST: usize = 4_096;
const MOST_SENDS: usize = 64;

/// The session's own paths; wide ones from version 2 on.
pub(super) fn paths(session: &Fields<'_>, version: i64) -> Result<Vec<SignalPath>, FieldError> {
    let mut paths = Vec::new();
    for (key, kind) in [("outputs", PathKind::Output), ("busses", PathKind::Bus)] {
        for value in session.list(key, MOST)? {
            let (name, layout) = match value {
                Value::String(name) => (Some(name.as_str()), Layout::Stereo),
                value => {
                    let path = Fields::of(value, key, Place::Session)?;
                    (path.text("name")?, path_layout(&path, version)?)
                }
            };
            let name = name
                .filter(|name| !name.trim().is_empty() && name.len() <= 4_096)
                .ok_or_else(|| session.wrong(key, "a list of names, or of {name, channels}"))?;
            paths.push(SignalPath {
                layout,
                ..SignalPath::stereo(name, kind)
            });
        }
    }
    Ok(paths)
}

/// From the format's name, or the usual one of so many channels.
fn path_layout(path: &Fields<'_>, version: i64) -> Result<Layout, FieldError> {
    let most = match version >= WIDE {
        true => layout::MOST,
        false => 2,
    };
    let fits = |layout: &Layout| layout.channels() <= most;
    let counted = path.whole("channels", 1..=i64::from(most))?;
    let counted = counted.and_then(|count| Layout::of(count as u16));
    let Some(name) = path.text("format")? else {
        return Ok(counted.unwrap_or_default());
    };
    let named = Layout::named(name).filter(fits);
    named.ok_or_else(|| match most {
        2 => path.wrong(
            "format",
            format!("mono or stereo, others with \"version\": {WIDE}"),
        ),
        _ => path.wrong("format", "a layout such as stereo, 5.1 or 7.1"),
    })
}

/// The wiring of one track.
pub(super) fn strip(track: &Fields<'_>, name: &str) -> Result<StripRouting, FieldError> {
    let output = match (track.list("output", MOST), track.text("output")) {
        (_, Ok(None)) => None,
        (_, Ok(Some(path))) => Some(vec![path.to_owned()]),
        (Ok(_), Err(_)) => Some(track.texts("output")?),
        (Err(_), Err(_)) => return Err(track.wrong("output", "a name or a list of names")),
    };
    Ok(StripRouting {
        track: name.to_owned(),
        track_id: TrackId::default(),
        output,
        input: track
            .text("input")?
            .filter(|bus| !bus.is_empty())
            .map(str::to_owned),
        sends: sends(track, name)?,
        reverb: reverb(track, name)?,
        limiter: limiter(track, name)?,
        vcas: track.texts("vcas")?,
    })
}

/// Faders of tracks that play nothing themselves, where they do something.
pub(super) fn faders(tracks: &[Track]) -> Vec<(String, f64)> {
    use TrackKind::{Master, RoutingFolder, Vca};
    let shapes = |track: &&Track| matches!(track.kind, RoutingFolder | Vca | Master);
    let shaping = tracks.iter().filter(shapes);
    shaping
        .filter_map(|track| Some((track.name.clone(), track.volume_db.filter(|db| *db != 0.0)?)))
        .collect()
}

fn sends(track: &Fields<'_>, name: &str) -> Result<Vec<Send>, FieldError> {
    let mut sends = Vec::new();
    for value in track.list("sends", MOST_SENDS)? {
        let send = inner(value, "sends", name)?;
        sends.push(Send {
            bus: send
                .text("bus")?
                .filter(|bus| !bus.is_empty())
                .ok_or_else(|| send.wrong("bus", "the bus's name"))?
                .to_owned(),
            level_db: send.number("level_db", GAINS)?.unwrap_or(0.0),
            pre_fader: send.flag("pre_fader")?.unwrap_or(false),
            muted: send.flag("mute")?.unwrap_or(false),
        });
    }
    Ok(sends)
}

fn reverb(track: &Fields<'_>, name: &str) -> Result<Option<Reverb>, FieldError> {
    let Some(value) = track.value("reverb") else {
        return Ok(None);
    };
    let room = inner(value, "reverb", name)?;
    Ok(Some(Reverb {
        seconds: room.number("seconds", 0.05..=60.0)?.unwrap_or(1.8),
        pre_delay_ms: room.number("pre_delay_ms", 0.0..=1_000.0)?.unwrap_or(20.0),
        damp_hz: room.number("damp_hz", 100.0..=20_000.0)?.unwrap_or(5_000.0),
    }))
}

fn limiter(track: &Fields<'_>, name: &str) -> Result<Option<Limiter>, FieldError> {
    let Some(value) = track.value("limiter") else {
        return Ok(None);
    };
    let limiter = inner(value, "limiter", name)?;
    Ok(Some(Limiter {
        gain_db: limiter.number("gain_db", -60.0..=60.0)?.unwrap_or(0.0),
        ceiling_db: limiter.number("ceiling_db", -60.0..=0.0)?.unwrap_or(-1.0),
        release_ms: limiter
            .number("release_ms", 1.0..=10_000.0)?
            .unwrap_or(60.0),
    }))
}

/// Wiring that does nothing: VCA masters that are none, effects where they are not heard.
pub(super) fn report(tracks: &[Track], strips: &[StripRouting], findings: &mut Vec<Finding>) {
    let is_vca = |name: &str| {
        let mut vcas = tracks.iter().filter(|track| track.kind == TrackKind::Vca);
        vcas.any(|track| track.name == name)
    };
    let mut add = |track: &str, text: String, fix: &str| {
        let text = format!("track '{}' {text}", text::fit(track, 60));
        let finding = Finding::new(Level::Warning, "idle_wiring", text);
        findings.push(finding.track(track).fix(fix));
    };
    for strip in strips {
        let kind = tracks.iter().find(|track| track.id == strip.track_id);
        let kind = kind.map_or(TrackKind::Other, |track| track.kind);
        for vca in strip.vcas.iter().filter(|vca| !is_vca(vca)) {
            let text = format!(
                "is a member of '{}', which is no VCA master here",
                text::fit(vca, 60)
            );
            add(
                &strip.track,
                text,
                "give that track the type 'vca', or correct the name",
            );
        }
        if strip.reverb.is_some() && !matches!(kind, TrackKind::Aux | TrackKind::RoutingFolder) {
            let text = "has a reverb, which sounds on aux tracks and routing folders only";
            add(
                &strip.track,
                text.to_owned(),
                "put it on an aux track and send to that",
            );
        }
        if strip.limiter.is_some() && kind != TrackKind::Master {
            let text = "has a limiter, which works on master faders only";
            add(
                &strip.track,
                text.to_owned(),
                "put it on a track of the type 'master'",
            );
        }
        if strip.input.is_some() && kind != TrackKind::Aux {
            let text = "has an input, which only aux tracks read";
            add(&strip.track, text.to_owned(), "give it the type 'aux'");
        }
    }
}

fn inner<'a>(
    value: &'a Value,
    field: &'static str,
    name: &'a str,
) -> Result<Fields<'a>, FieldError> {
    Fields::of(value, field, Place::Wiring { track: name, field })
}

/// Adds the fields of one track.
pub(super) fn put_strip(strip: &StripRouting, map: &mut Map<String, Value>) {
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    match strip.output.as_deref() {
        None => {}
        Some([path]) => put("output", json!(path)),
        Some(paths) => put("output", json!(paths)),
    }
    if let Some(bus) = &strip.input {
        put("input", json!(bus));
    }
    if !strip.sends.is_empty() {
        let sends = strip.sends.iter().map(|send| {
            json!({
                "bus": send.bus,
                "level_db": send.level_db,
                "pre_fader": send.pre_fader,
                "mute": send.muted,
            })
        });
        put("sends", sends.collect());
    }
    if let Some(room) = strip.reverb {
        put(
            "reverb",
            json!({
                "seconds": room.seconds,
                "pre_delay_ms": room.pre_delay_ms,
                "damp_hz": room.damp_hz,
            }),
        );
    }
    if let Some(limiter) = strip.limiter {
        put(
            "limiter",
            json!({
                "gain_db": limiter.gain_db,
                "ceiling_db": limiter.ceiling_db,
                "release_ms": limiter.release_ms,
            }),
        );
    }
    if !strip.vcas.is_empty() {
        put("vcas", json!(strip.vcas));
    }
}

/// Adds the session's paths. A session whose only path is the usual main output names none.
pub(super) fn put_paths(routing: &Routing, map: &mut Map<String, Value>) {
    for (key, kind) in [("outputs", PathKind::Output), ("busses", PathKind::Bus)] {
        let paths: Vec<Value> = routing
            .paths
            .iter()
            .filter(|path| path.kind == kind)
            .map(|path| match path.layout {
                Layout::Mono => json!({ "name": path.name, "channels": 1 }),
                Layout::Stereo => json!(path.name),
                wide => json!({ "name": path.name, "format": wide }),
            })
            .collect();
        if !paths.is_empty() && paths != [json!(MAIN_OUTPUT)] {
            map.insert(key.to_owned(), Value::Array(paths));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import;

    fn open(session: &Value) -> crate::error::Result<Routing> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("session.json"), session.to_string()).unwrap();
        let read = import::open(dir.path())?;
        let elsewhere = tempfile::tempdir().unwrap();
        import::session_folder::write(&read, elsewhere.path()).unwrap();
        let again = import::open(elsewhere.path()).unwrap();
        assert_eq!(
            again.folder.routing, read.folder.routing,
            "written as it was read"
        );
        assert_eq!(again.folder.returns, read.folder.returns);
        Ok(read.folder.routing)
    }

    fn with(track: Value) -> Value {
        json!({ "version": 1, "rate": 48000, "length": 10, "returns": ["Verb*"],
            "outputs": ["Main", {"name": "Phones", "channels": 1}], "busses": ["Verb"],
            "tracks": [{ "name": "Plain" }, track] })
    }

    #[test]
    fn wiring_is_read_and_written() {
        let routing = open(&with(json!({
            "name": "Lead", "output": ["DX", "Main"], "vcas": ["All"], "future": 1,
            "sends": [{"bus": "Verb", "level_db": -6.0}, {"bus": "Cue", "pre_fader": true, "mute": true}],
        })))
        .unwrap();
        let names: Vec<_> = routing
            .paths
            .iter()
            .map(|p| (&*p.name, p.layout.channels()))
            .collect();
        assert_eq!(names, [("Main", 2), ("Phones", 1), ("Verb", 2)]);
        assert_eq!(routing.strips.len(), 1, "plain tracks are left out");
        let lead = routing.of("Lead").unwrap();
        assert_eq!(lead.output, Some(vec!["DX".to_owned(), "Main".to_owned()]));
        assert_eq!(
            (lead.sends[0].level_db, lead.sends[0].pre_fader),
            (-6.0, false)
        );
        assert!(lead.sends[1].pre_fader && lead.sends[1].muted);
        assert_eq!(lead.vcas, ["All"]);

        let aux = json!({ "name": "Verb", "type": "aux", "input": "Verb", "output": "Main",
            "reverb": { "seconds": 2.5 } });
        let aux = open(&with(aux)).unwrap().of("Verb").cloned().unwrap();
        assert_eq!(aux.input.as_deref(), Some("Verb"));
        assert_eq!(aux.output, Some(vec!["Main".to_owned()]));
        assert_eq!(aux.reverb.unwrap().seconds, 2.5);

        let master = json!({ "name": "Mix", "type": "master", "output": [],
            "limiter": { "ceiling_db": -3.0 } });
        let master = open(&with(master)).unwrap().of("Mix").cloned().unwrap();
        assert_eq!(
            master.output,
            Some(Vec::new()),
            "no output is not the default"
        );
        assert_eq!(master.limiter.unwrap().ceiling_db, -3.0);
    }

    #[test]
    fn wiring_that_does_nothing_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let session = with(json!({ "name": "Lead", "vcas": ["Plain"], "input": "Verb",
            "reverb": {}, "limiter": {} }));
        std::fs::write(dir.path().join("session.json"), session.to_string()).unwrap();
        let findings = import::open(dir.path()).unwrap().findings;
        let told: Vec<_> = findings
            .iter()
            .filter(|f| f.code == "idle_wiring")
            .collect();
        assert_eq!(told.len(), 4, "{told:?}");
        for (finding, word) in told.iter().zip(["'Plain'", "reverb", "limiter", "input"]) {
            assert!(finding.text.contains("'Lead'") && finding.text.contains(word));
        }
    }

    #[test]
    fn wrong_wiring_is_refused_with_its_place() {
        for (track, wanted) in [
            (json!({"name": "A", "output": 3}), "'output' must be"),
            (
                json!({"name": "A", "sends": [{"level_db": 0}]}),
                "'sends': 'bus'",
            ),
            (json!({"name": "A", "sends": [7]}), "'sends'"),
            (
                json!({"name": "A", "sends": [{"bus": "B", "level_db": 1e9}]}),
                "'level_db'",
            ),
            (
                json!({"name": "A", "reverb": {"seconds": 1e9}}),
                "'seconds'",
            ),
            (json!({"name": "A", "reverb": true}), "'reverb'"),
            (
                json!({"name": "A", "limiter": {"ceiling_db": 3}}),
                "'ceiling_db'",
            ),
            (json!({"name": "A", "vcas": "B"}), "'vcas'"),
        ] {
            let error = open(&with(track)).unwrap_err().to_string();
            assert!(error.contains("'A'") && error.contains(wanted), "{error}");
        }
    }
}
