//! The JSON shapes of the state, shared by the command line and REST. Field names are a contract.

use serde_json::{Value, json};

use super::state::{FileEntry, FilesView, LogLine, State};
use super::wire::Seat;
use crate::model::job::{Proof, Report};
use crate::model::link::LinkPhase;
use crate::model::manifest::ManifestFile;
use crate::model::{Job, Now, Session, SessionInfo, Track, TrackFlag, Transport, TransportState};

/// Version of all shapes.
pub const SCHEMA: u32 = 1;

/// The word for a phase: `offline`, `connecting`, `waiting`, `no_session`, `linked`, `stale`,
/// `blocked`.
pub fn phase_word(phase: &LinkPhase) -> &'static str {
    match phase {
        LinkPhase::Offline => "offline",
        LinkPhase::Connecting => "connecting",
        LinkPhase::Waiting { .. } => "waiting",
        LinkPhase::NoSession { .. } => "no_session",
        LinkPhase::Linked => "linked",
        LinkPhase::Stale { .. } => "stale",
        LinkPhase::Blocked { .. } => "blocked",
    }
}

/// The word for a transport state.
pub fn transport_word(state: TransportState) -> &'static str {
    match state {
        TransportState::Stopped => "stopped",
        TransportState::Playing => "playing",
        TransportState::Recording => "recording",
        TransportState::Busy => "paused",
    }
}

/// One track; `stem` is the stem that the plan puts it in.
pub fn track(track: &Track, stem: Option<&str>) -> Value {
    json!({
        "name": track.name,
        "id": track.id.0,
        "index": track.index,
        "type": track.kind.word(),
        "format": track.format,
        "color": track.color_hex(),
        "folder": track.folder,
        "is_muted": track.muted,
        "is_soloed": track.soloed,
        "is_solo_safe": track.solo_safe,
        "is_record_enabled": track.record_enabled,
        "is_input_monitoring": track.input_monitoring,
        "is_hidden": track.hidden.is_set(),
        "is_inactive": track.inactive.is_set(),
        "volume": track.volume_db,
        "pan": track.pan.map(|pan| pan * 100.0),
        "comments": track.comments,
        "stem": stem,
    })
}

/// All tracks of the session, in its order.
pub fn tracks(state: &State) -> Value {
    let rows: Vec<Value> = state
        .session
        .iter()
        .flat_map(|session| session.tracks.iter())
        .map(|row| {
            let stems = state.stem_of.get(&row.id);
            track(row, stems.and_then(|s| s.first()).map(String::as_str))
        })
        .collect();
    json!({ "schema": SCHEMA, "total_count": rows.len(), "tracks": rows })
}

fn seconds(samples: i64, rate: u32) -> f64 {
    samples as f64 / f64::from(rate.max(1))
}

/// Transport state and position in seconds from the session start.
pub fn transport(session: &Session, now: Now) -> Value {
    transport_of(&session.info, &session.transport, now)
}

/// The same, of its parts.
pub fn transport_of(info: &SessionInfo, transport: &Transport, now: Now) -> Value {
    let rate = info.sample_rate;
    let position = transport.position(rate, now);
    json!({
        "state": transport_word(transport.state),
        "position": seconds(position, rate),
        "timecode": info.ruler.timecode_at(position).to_string(),
        "position_is_estimate": transport.is_estimate(),
        "is_playing": transport.is_rolling(),
        "is_recording": transport.state == TransportState::Recording,
        "is_record_armed": transport.record_armed,
        "tempo": null,
    })
}

/// The facts of the session.
pub fn session(session: &Session) -> Value {
    let info = &session.info;
    let rate = info.sample_rate;
    let length = session.content_length();
    json!({
        "session_name": info.name,
        "session_path": info.path,
        "origin_id": info.origin_id,
        "instance_id": info.instance_id,
        "sample_rate": rate,
        "bit_depth": info.bit_depth,
        "audio_format": info.audio_format,
        "is_interleaved": info.interleaved,
        "timecode_rate": info.ruler.rate.text(),
        "start_timecode": info.ruler.start().to_string(),
        "duration": length.map(|samples| samples as f64 / f64::from(rate.max(1))),
        "track_count": session.tracks.len(),
        "marker_count": session.markers.len(),
        "is_playing": session.transport.is_rolling(),
        "is_recording": session.transport.state == TransportState::Recording,
        "transport_state": transport_word(session.transport.state),
        "selection": session.selection.map(|range| json!({
            "in": info.ruler.timecode_at(range.start).to_string(),
            "out": info.ruler.timecode_at(range.end).to_string(),
            "in_samples": range.start,
            "out_samples": range.end,
        })),
        "markers": session.markers.iter().map(|marker| json!({
            "number": marker.number,
            "name": marker.name,
            "timecode": info.ruler.timecode_at(marker.start).to_string(),
            "position": seconds(marker.start, rate),
        })).collect::<Vec<_>>(),
    })
}

/// One line of the job list.
pub fn job(job: &Job) -> Value {
    json!({
        "id": job.id.0,
        "title": job.title,
        "state": job.state.word(),
        "is_cancelling": job.cancelling,
        "engine": job.plan.engine.word(),
        "session": job.plan.session,
        "output_dir": job.plan.output.dir,
        "progress": percent(job),
        "done": job.frames().0,
        "total": job.frames().1,
        "estimated_time_remaining": job.seconds_left(),
        "rate": job.rate,
        "created_ms": job.created_ms,
        "started_ms": job.started_ms,
        "ended_ms": job.ended_ms,
        "verdict": job.report.as_ref().map(|report| report.proof.verdict),
        "error": job.fault.as_ref().map(|fault| json!({
            "message": fault.message,
            "hints": fault.hints,
        })),
        "items": job.items.iter().map(|item| json!({
            "name": item.name,
            "file": item.file,
            "files": item.written().collect::<Vec<_>>(),
            "stage": item.stage,
            "done": item.done,
            "total": item.total,
            "rate": job.rate_of(item),
            "estimated_time_remaining": job.seconds_left_of(item),
        })).collect::<Vec<_>>(),
    })
}

fn percent(job: &Job) -> f64 {
    (job.fraction() * 1000.0).round() / 10.0
}

/// How far a job is: a line of what `stems print` tells while it runs. `done` and `total` count frames,
/// `rate` is audio seconds a second of wall time, of all files together and of each that is printed.
pub fn progress(job: &Job) -> Value {
    let (done, total) = job.frames();
    json!({
        "schema": SCHEMA,
        "job": job.id.0,
        "state": job.state.word(),
        "progress": percent(job),
        "done": done,
        "total": total,
        "rate": job.rate,
        "estimated_time_remaining": job.seconds_left(),
        "items": job.items.iter().map(|item| json!({
            "name": item.name,
            "stage": item.stage,
            "done": item.done,
            "total": item.total,
            "rate": job.rate_of(item),
            "estimated_time_remaining": job.seconds_left_of(item),
        })).collect::<Vec<_>>(),
    })
}

/// A line of the log.
pub fn log_line(line: &LogLine) -> Value {
    json!({
        "unix_ms": line.unix_ms,
        "severity": line.severity.word(),
        "source": line.source,
        "text": line.text,
    })
}

/// A job with its plan and its report.
pub fn job_in_full(whole: &Job) -> Value {
    let mut value = job(whole);
    if let Value::Object(map) = &mut value {
        map.insert("schema".into(), json!(SCHEMA));
        map.insert("plan".into(), crate::plan::report(&whole.plan));
        map.insert(
            "report".into(),
            whole.report.as_ref().map_or(Value::Null, report),
        );
    }
    value
}

/// A printed file.
pub fn file(file: &ManifestFile) -> Value {
    json!({
        "name": file.name,
        "path": file.path,
        "role": file.role,
        "tracks": file.tracks,
        "formula": file.formula,
        "engine": file.engine.word(),
        "frames": file.frames,
        "rate": file.rate,
        "bits": file.bits,
        "channels": file.channels,
        "channel": file.channel,
        "bytes": file.bytes,
        "peak": file.levels.peak_dbfs,
        "true_peak": file.levels.true_peak_dbtp,
        "loudness": file.levels.integrated_lufs,
        "range": file.levels.range_lu,
        "max_momentary": file.levels.max_momentary_lufs,
        "max_short_term": file.levels.max_short_term_lufs,
        "dc": file.levels.dc_dbfs,
        "correlation": file.levels.correlation,
        "same_channels": file.levels.same_channels,
        "head_silence": file.levels.head_silence,
        "tail_silence": file.levels.tail_silence,
        "end": file.levels.end_dbfs,
        "clipping": file.levels.clipping,
        "is_silent": file.levels.silent,
        "checksum": file.checksum,
    })
}

/// The verdict of the sum.
pub fn proof(proof: &Proof) -> Value {
    json!({
        "verdict": proof.verdict,
        "peak_dbfs": proof.peak_dbfs,
        "peak_at": proof.peak_at,
        "rms_dbfs": proof.rms_dbfs,
        "threshold_dbfs": proof.threshold_dbfs,
        "residual": proof.residual,
        "diagnosis": proof.diagnosis,
        "note": proof.note,
    })
}

/// What a print or a verification came to.
pub fn report(report: &Report) -> Value {
    json!({
        "schema": SCHEMA,
        "files": report.files.iter().map(file).collect::<Vec<_>>(),
        "findings": report.findings,
        "proof": proof(&report.proof),
    })
}

/// The generated files of a folder.
pub fn files(view: &FilesView) -> Value {
    let entry = |entry: &FileEntry| {
        json!({
            "name": entry.name,
            "size": entry.bytes,
            "is_folder": entry.is_dir,
            "is_unfinished": entry.is_part,
            "duration": entry.seconds,
            "peak": entry.peak_dbfs,
            "loudness": entry.integrated_lufs,
        })
    };
    json!({
        "schema": SCHEMA,
        "dir": view.dir,
        "files": view.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

/// The tracks on which each switch is on, by name.
fn switches(tracks: &[Track]) -> Value {
    let on = |flag| -> Vec<&str> {
        let on = tracks.iter().filter(|track| track.flag(flag));
        on.map(|track| track.name.as_str()).collect()
    };
    json!({
        "muted": on(TrackFlag::Mute),
        "soloed": on(TrackFlag::Solo),
        "record_enabled": on(TrackFlag::RecordEnable),
        "input_monitoring": on(TrackFlag::InputMonitor),
    })
}

/// Where the connection stands.
pub fn connection(state: &State) -> Value {
    json!({
        "connected": matches!(
            state.link.phase,
            LinkPhase::Linked
                | LinkPhase::NoSession { .. }
                | LinkPhase::Stale { .. }
                | LinkPhase::Blocked { .. }
        ),
        "state": phase_word(&state.link.phase),
        "address": state.link.address,
        "ptsl_version": state.link.server.ptsl_version,
        "is_simulated": state.mode.is_simulated(),
        "held_by": match state.link.seat {
            Seat::Own => None,
            Seat::Guest { pid } => Some(pid),
        },
    })
}

/// Connection, session, switches, transport and jobs in one object.
pub fn status(state: &State, now: Now) -> Value {
    let jobs: Vec<Value> = state
        .jobs
        .jobs()
        .iter()
        .filter(|job| !job.state.is_over())
        .map(job)
        .collect();
    json!({
        "schema": SCHEMA,
        "connection": connection(state),
        "session": state.session.as_ref().map(session),
        "switches": state.session.as_ref().map(|session| switches(&session.tracks)),
        "transport": state.session.as_ref().map(|session| transport(session, now)),
        "work": state.link.work.as_ref().map(|work| json!({
            "command": work.command,
            "progress": work.progress,
            "hold": work.hold,
        })),
        "jobs": jobs,
        "open_leases": state.open_leases.len(),
    })
}
