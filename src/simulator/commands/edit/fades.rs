//! CreateFadesBasedOnPreset: how much audio lies behind each clip is looked up in the files.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::super::read;
use crate::audio::resample;
use crate::media::probe;
use crate::ptsl::wire;
use crate::simulator::work::{Change, Work};
use crate::simulator::world::{OpenSession, Outcome, fades};

/// Samples of the session that the files of the selected tracks are long; of those that cannot be read
/// none.
fn frames(session: &OpenSession, tracks: &[usize]) -> HashMap<usize, u64> {
    let mut frames = HashMap::new();
    let lanes = tracks.iter().filter_map(|track| session.lane(*track));
    for clip in lanes.flat_map(|lane| &lane.clips) {
        let Some(file) = session.arrangement.files.get(clip.file) else {
            continue;
        };
        frames.entry(clip.file).or_insert_with(|| {
            let info = probe::probe(&file.path).ok();
            let length = info.and_then(|info| {
                let rate = session.arrangement.sample_rate;
                Some(resample::length(info.frames?, info.sample_rate, rate))
            });
            length.unwrap_or(0)
        });
    }
    frames
}

pub fn prepare(session: &mut OpenSession, body: &str) -> Outcome<Work> {
    let request: wire::CreateFadesBasedOnPresetRequestBody =
        read("CreateFadesBasedOnPresetRequestBody", body)?;
    let rate = session.info.sample_rate;
    let fade = fades::preset(&request.fade_preset_name, rate, request.auto_adjust_bounds)?;
    let selected = session.selected()?;
    let mut faded = session.clone();
    Ok(Work::new(move |_| {
        let frames = frames(&faded, &selected.tracks);
        faded.fade_clips(fade, &frames)?;
        let arrangement = faded.arrangement;
        Ok(Change::new(move |world| {
            super::install(world, "Batch Fades", |session| {
                session.arrangement = Arc::clone(&arrangement);
            });
            Some(json!({
                "fade_preset_name": request.fade_preset_name,
                "auto_adjust_bounds": request.auto_adjust_bounds,
            }))
        }))
    }))
}
