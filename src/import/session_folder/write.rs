//! Writing `session.json`: everything that reading it gives, atomically. Audio files below the
//! folder are named relative to it, others by their absolute path; none is copied.

use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value, json};

use super::routing;
use crate::error::{Error, ErrorKind, Result};
use crate::model::clip::ListedClip;
use crate::model::routing::StripRouting;
use crate::model::session::{ImportedSession, StripSetup};
use crate::model::stem::{ChannelMode, StemSpec};
use crate::model::track::tie;
use crate::model::{Arrangement, Breakpoint, Clip, Lane, Marker, Track};
use crate::platform::atomic;

/// Writes `<root>/session.json`, replacing what is there only once all is written.
pub fn write(session: &ImportedSession, root: &Path) -> Result<()> {
    let value = to_json(session, root)?;
    let file = root.join(super::FILE);
    let fault = |error: std::io::Error| {
        Error::new(
            ErrorKind::Storage,
            format!("'{}' cannot be written: {error}", file.display()),
        )
        .because(error)
    };
    let mut bytes = serde_json::to_vec_pretty(&value).map_err(|error| fault(error.into()))?;
    bytes.push(b'\n');
    atomic::write(&file, &bytes).map_err(fault)
}

/// The session as the JSON of a session folder at `root`. Fails when an audio file's path is not
/// Unicode, which JSON cannot name.
pub fn to_json(session: &ImportedSession, root: &Path) -> Result<Value> {
    let arrangement = &session.folder.arrangement;
    let names = file_names(arrangement, root)?;
    let tracks: Vec<Value> = strips(session)
        .map(|strip| strip_json(&strip, &names))
        .collect();
    let clip_list: Vec<Value> = arrangement
        .clip_list
        .iter()
        .map(|clip| listed_json(clip, &names))
        .collect();
    let (info, setup) = (&session.info, &session.setup);
    let ruler = &info.ruler;
    let mut value = json!({
        "version": version(session),
        "name": session.info.name,
        "rate": arrangement.sample_rate,
        "length": arrangement.length,
        "bit_depth": session.info.bit_depth,
        "timecode_rate": ruler.rate.text(),
        "start_timecode": ruler.start().to_string(),
        "max_length": info.max_length,
        "audio_format": info.audio_format,
        "interleaved": info.interleaved,
        "origin_id": info.origin_id,
        "instance_id": info.instance_id,
        "parent_id": setup.parent_id,
        "feet_frames": setup.feet_frames.text(),
        "audio_pull": setup.audio_pull,
        "video_pull": setup.video_pull,
        "system_delay": setup.system_delay,
        "delay_compensation": setup.delay_compensation,
        "tracks": tracks,
        "markers": session.markers.iter().map(marker_json).collect::<Vec<_>>(),
        "stems": session.folder.stems.iter().map(stem_json).collect::<Vec<_>>(),
        "ignore": session.folder.ignore,
        "clip_list": clip_list,
        "returns": session.folder.returns,
        "gaps": session.folder.gaps,
        "live": session.folder.is_live,
    });
    if let Value::Object(map) = &mut value {
        routing::put_paths(&session.folder.routing, map);
    }
    Ok(value)
}

/// The lowest that says it all.
fn version(session: &ImportedSession) -> i64 {
    let lanes = &session.folder.arrangement.lanes;
    let paths = &session.folder.routing.paths;
    let is_wide = lanes.iter().any(|lane| lane.channels > 2)
        || paths.iter().any(|path| path.layout.is_wide());
    match is_wide {
        true => super::WIDE,
        false => 1,
    }
}

fn file_names(arrangement: &Arrangement, root: &Path) -> Result<Vec<String>> {
    let root = plain(root);
    arrangement
        .files
        .iter()
        .map(|file| {
            let path = plain(&file.path);
            match path.strip_prefix(&root) {
                Ok(below) => below
                    .components()
                    .map(|part| part.as_os_str().to_str())
                    .collect::<Option<Vec<_>>>()
                    .map(|parts| parts.join("/")),
                Err(_) => path.to_str().map(str::to_owned),
            }
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Storage,
                    format!(
                        "the path '{}' is not Unicode; a session file cannot name it",
                        path.display()
                    ),
                )
                .hint("rename the file or its folder")
            })
        })
        .collect()
}

/// Absolute, without `.` and `..`, so that two ways to write one folder compare equal. Symbolic
/// links stay as they are.
fn plain(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut out = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A track with all that is kept of it elsewhere.
struct Strip<'a> {
    track: &'a Track,
    lane: Option<&'a Lane>,
    wiring: Option<&'a StripRouting>,
    setup: StripSetup,
}

fn strips(session: &ImportedSession) -> impl Iterator<Item = Strip<'_>> {
    let lanes = &session.folder.arrangement.lanes;
    let wirings = &session.folder.routing.strips;
    let of_lanes = tie(
        &session.tracks,
        lanes.iter().map(|lane| (&lane.track_id, &*lane.track)),
    );
    let of_wirings = tie(
        &session.tracks,
        wirings.iter().map(|strip| (&strip.track_id, &*strip.track)),
    );
    let tied = session.tracks.iter().zip(of_lanes).zip(of_wirings);
    tied.map(|((track, lane), wiring)| Strip {
        track,
        lane: lane.and_then(|at| lanes.get(at)),
        wiring: wiring.and_then(|at| wirings.get(at)),
        setup: session
            .setup
            .strips
            .get(&track.id)
            .copied()
            .unwrap_or_default(),
    })
}

fn strip_json(strip: &Strip<'_>, names: &[String]) -> Value {
    let mut map = track_json(strip.track, strip.lane, names);
    for (key, is_on) in [
        ("selected", strip.setup.selected),
        ("smart_dsp", strip.setup.smart_dsp),
        ("dsp_safe", strip.setup.dsp_safe),
        ("offline", strip.setup.offline),
    ] {
        if is_on {
            map.insert(key.to_owned(), json!(true));
        }
    }
    if let Some(wiring) = strip.wiring {
        routing::put_strip(wiring, &mut map);
    }
    Value::Object(map)
}

fn track_json(track: &Track, lane: Option<&Lane>, names: &[String]) -> Map<String, Value> {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    put("name", json!(track.name));
    if !track.id.0.is_empty() {
        put("id", json!(track.id.0));
    }
    put("type", json!(track.kind.word()));
    let channels = lane.map_or(track.channels, |lane| lane.channels);
    if channels > 0 {
        put("channels", json!(channels));
    }
    if !track.format.is_empty() {
        put("format", json!(track.format));
    }
    put("color", json!(track.color_hex()));
    put("folder", json!(track.folder));
    if let Some(folder) = &track.folder_id {
        put("folder_id", json!(folder.0));
    }
    for (key, on) in [
        ("mute", track.muted),
        ("solo", track.soloed),
        ("solo_safe", track.solo_safe),
        ("record_enabled", track.record_enabled),
        ("input_monitoring", track.input_monitoring),
        ("hidden", track.hidden.explicit),
        ("inactive", track.inactive.explicit),
        ("frozen", track.frozen),
        ("record_safe", track.record_safe),
        ("follows_bars", track.follows_bars),
    ] {
        put(key, json!(on));
    }
    if track.kind.is_folder() {
        put("open", json!(track.open));
    }
    if !track.comments.is_empty() {
        put("comments", json!(track.comments));
    }
    if let Some(lane) = lane {
        put("volume_db", json!(lane.volume_db));
        put("pan", json!(lane.pan));
        put("volume_points", points_json(&lane.volume_points));
        put("pan_points", points_json(&lane.pan_points));
        put("clips", clips_json(&lane.clips, names));
        if !lane.alternates.is_empty() {
            let playlists = lane.alternates.iter().map(|playlist| {
                json!({ "name": playlist.name, "clips": clips_json(&playlist.clips, names) })
            });
            put("playlists", playlists.collect());
        }
    } else {
        put("volume_db", json!(track.volume_db));
        put("pan", json!(track.pan));
    }
    map
}

fn points_json(points: &[Breakpoint]) -> Value {
    points
        .iter()
        .map(|point| json!([point.at, point.value]))
        .collect()
}

fn clips_json(clips: &[Clip], names: &[String]) -> Value {
    clips.iter().map(|clip| clip_json(clip, names)).collect()
}

fn listed_json(clip: &ListedClip, names: &[String]) -> Value {
    json!({
        "file": names.get(clip.file),
        "offset": clip.offset,
        "length": clip.length,
        "channels": clip.channels,
        "name": clip.name,
    })
}

fn clip_json(clip: &Clip, names: &[String]) -> Value {
    let mut value = json!({
        "file": names.get(clip.file),
        "start": clip.start,
        "offset": clip.offset,
        "length": clip.length,
        "gain_db": clip.gain_db,
        "fade_in": clip.fade_in,
        "fade_in_shape": clip.fade_in_shape,
        "fade_out": clip.fade_out,
        "fade_out_shape": clip.fade_out_shape,
        "mute": clip.muted,
    });
    if let Value::Object(map) = &mut value {
        for (key, is_said, value) in [
            ("name", !clip.name.is_empty(), json!(clip.name)),
            (
                "fade_in_skip",
                clip.fade_in_skip > 0,
                json!(clip.fade_in_skip),
            ),
            (
                "fade_out_skip",
                clip.fade_out_skip > 0,
                json!(clip.fade_out_skip),
            ),
            ("groups", !clip.groups.is_empty(), json!(clip.groups)),
        ] {
            if is_said {
                map.insert(key.to_owned(), value);
            }
        }
    }
    value
}

fn marker_json(marker: &Marker) -> Value {
    json!({
        "number": marker.number,
        "name": marker.name,
        "start": marker.start,
        "end": marker.end,
        "comments": marker.comments,
        "track": marker.track,
        "color": marker.color,
        "ruler": marker.ruler,
        "follows_bars": marker.follows_bars,
    })
}

fn stem_json(stem: &StemSpec) -> Value {
    let mut value = json!(stem);
    if let Value::Object(map) = &mut value {
        let channels = match stem.channels {
            Some(ChannelMode::Mono) => json!(1),
            Some(ChannelMode::Stereo) => json!(2),
            Some(mode @ (ChannelMode::AsTracks | ChannelMode::Wide(_))) => json!(mode),
            None => Value::Null,
        };
        map.insert("channels".to_owned(), channels);
    }
    value
}
