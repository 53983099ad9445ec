//! The plan as scripts read it (`stems plan --json`).

use serde_json::{Value, json};

use crate::model::Plan;

/// `{schema, session, engine, stems[{name, type, file, files, tracks, engine, way, bits, channels}], mix,
/// coverage, findings, range, bytes, scratch_bytes, seconds}`. Names are as the session has them.
pub fn report(plan: &Plan) -> Value {
    let stem = |stem: &crate::model::plan::PlannedStem| {
        json!({
            "name": stem.name,
            "type": stem.kind,
            "file": stem.file,
            "files": stem.written().collect::<Vec<_>>(),
            "tracks": stem.tracks.iter().map(|track| &track.name).collect::<Vec<_>>(),
            "engine": stem.engine,
            "way": stem.way,
            "why": stem.why,
            "source": stem.source,
            "format": stem.format,
            "bits": stem.bits.bits(),
            "channels": stem.channel_count,
            "gain_db": stem.gain_db,
        })
    };
    let tc = |sample| plan.ruler.timecode_at(sample).to_string();
    json!({
        "schema": 1,
        "session": plan.session,
        "engine": plan.engine,
        "dir": plan.output.dir.display().to_string(),
        "rate": plan.output.rate,
        "stems": plan.stems.iter().map(stem).collect::<Vec<_>>(),
        "mix": plan.mix.as_ref().map(stem),
        "returns": plan.returns.iter().map(|track| &track.name).collect::<Vec<_>>(),
        "coverage": {
            "orphans": plan.coverage.orphans,
            "doubles": plan.coverage.doubles,
            "ignored": plan.coverage.ignored,
        },
        "findings": plan.findings,
        "range": {
            "start": plan.range.start,
            "end": plan.range.end,
            "timecode": [tc(plan.range.start), tc(plan.range.end)],
        },
        "bytes": plan.bytes,
        "scratch_bytes": plan.scratch_bytes,
        "seconds": plan.seconds,
    })
}
