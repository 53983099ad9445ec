//! What a render from a live session lacks, track by track, in words.

use super::ask::{Told, TrackTold};
use crate::import::text_export::TrackBlock;
use crate::model::session::Gap;
use crate::model::{Finding, Level, Track, TrackKind, text};

/// Plug-ins that one finding names.
const MOST_PLUG_INS: usize = 12;

/// Characters of names that one finding spells out.
const MOST_OF_NAMES: usize = 300;

fn gap(track: &Track, code: &str, text: String, fix: &str) -> Gap {
    Gap {
        finding: Finding::new(Level::Warning, code, text)
            .track(&track.name)
            .fix(fix),
        range: None,
    }
}

pub(super) fn of_track(
    track: &Track,
    told: &TrackTold,
    block: Option<&TrackBlock>,
    all: &Told,
) -> Vec<Gap> {
    let shown = text::fit(&track.name, 60);
    let kind = match track.kind {
        TrackKind::Instrument => "an instrument track",
        TrackKind::Aux => "an aux track",
        TrackKind::Audio => return of_audio(track, told, block, all),
        _ => return Vec::new(),
    };
    vec![gap(
        track,
        "not_rendered",
        format!(
            "track '{shown}' is {kind}: a render plays audio files only, and it is not in this one"
        ),
        "print with --engine bounce, or commit the track to audio",
    )]
}

fn of_audio(track: &Track, told: &TrackTold, block: Option<&TrackBlock>, all: &Told) -> Vec<Gap> {
    let shown = text::fit(&track.name, 60);
    let mut gaps = Vec::new();
    if track.channels > 2 {
        gaps.push(gap(
            track,
            "too_many_channels",
            format!("track '{shown}' is {}: only mono and stereo can be rendered, and it is not in this render", text::fit(&track.format, 20)),
            "print with --engine bounce",
        ));
        if let Some(gap) = gaps.last_mut() {
            gap.finding.level = Level::Error;
        }
        return gaps;
    }
    if !all.has_playlists && block.is_none() {
        let mut gap = gap(
            track,
            "offset_unknown",
            format!("track '{shown}': Pro Tools does not tell its clips"),
            "print with --engine bounce, or give the track a name of its own",
        );
        gap.finding.level = Level::Error;
        gaps.push(gap);
    }
    let plug_ins = block.and_then(|block| block.plug_ins.as_ref());
    let mut unknown = vec!["clip gain", "sends", "outputs", "VCAs", "mute automation"];
    if told.volume.is_empty() {
        unknown.push("fader and volume automation");
    }
    unknown.push(if told.pan.is_empty() {
        "pan"
    } else {
        "pan depth"
    });
    if plug_ins.is_none() {
        unknown.push("plug-ins");
    }
    gaps.push(gap(
        track,
        "not_in_render",
        format!(
            "track '{shown}': not told by Pro Tools, and not in this render: {}",
            unknown.join(", ")
        ),
        "print with --engine bounce where they matter",
    ));
    if let Some(names) = plug_ins.filter(|names| !names.is_empty()) {
        let names: Vec<String> = names
            .iter()
            .take(MOST_PLUG_INS)
            .map(|name| text::fit(name, 40))
            .collect();
        gaps.push(gap(
            track,
            "plug_ins_not_rendered",
            format!(
                "track '{shown}' has plug-ins that are not in this render: {}",
                names.join(", ")
            ),
            "print with --engine bounce, or commit the track to audio",
        ));
    }
    if let Some(delay) = block
        .map(|block| block.user_delay)
        .filter(|delay| *delay != 0)
    {
        gaps.push(gap(
            track,
            "user_delay_not_rendered",
            format!("track '{shown}' is delayed by {delay} samples, and not in this render"),
            "set the user delay to 0, or print with --engine bounce",
        ));
    }
    gaps
}

/// What concerns all tracks.
pub(super) fn of_session(told: &Told, tracks: &[Track]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut whole = |code: &str, text: String, fix: &str| {
        gaps.push(Gap {
            finding: Finding::new(Level::Warning, code, text).fix(fix),
            range: None,
        });
    };
    if !told.has_playlists {
        whole(
            "clips_from_text",
            "this Pro Tools does not tell its playlists: clips were taken from the session as text, and found in the clip list by name".to_owned(),
            "listen to one stem before the whole set",
        );
    }
    let kinds = [
        (TrackKind::Master, "master_not_rendered", "master faders"),
        (TrackKind::Vca, "vca_not_rendered", "VCAs"),
        (
            TrackKind::RoutingFolder,
            "routing_folder_not_rendered",
            "routing folders",
        ),
    ];
    for (kind, code, word) in kinds {
        let active = |track: &&Track| track.kind == kind && !track.inactive.is_set();
        let names: Vec<String> = tracks
            .iter()
            .filter(active)
            .map(|track| format!("'{}'", text::fit(&track.name, 60)))
            .collect();
        if !names.is_empty() {
            let names = text::fit(&names.join(", "), MOST_OF_NAMES);
            whole(
                code,
                format!("what {word} do is not in this render: {names}"),
                "print with --engine bounce where it matters",
            );
        }
    }
    gaps
}
