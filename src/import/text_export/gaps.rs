//! What a session made from an export lacks, in words.

use std::collections::BTreeMap;

use super::join::{Joined, Why};
use super::rows::{TextExport, TrackBlock};
use super::time::Times;
use crate::model::session::Gap;
use crate::model::{Finding, Level, Range, text};

/// Paths that one finding names.
const MOST_PATHS: usize = 4;

fn gap(level: Level, code: &str, track: &str, text: String, fix: &str) -> Gap {
    Gap {
        finding: Finding::new(level, code, text).track(track).fix(fix),
        range: None,
    }
}

/// What the export says of a track beside its clips.
pub(super) fn of_track(block: &TrackBlock) -> Vec<Gap> {
    let shown = text::fit(&block.name, 60);
    let mut gaps = Vec::new();
    if let Some(names) = block.plug_ins.as_ref().filter(|names| !names.is_empty()) {
        let names: Vec<String> = names
            .iter()
            .take(12)
            .map(|name| text::fit(name, 40))
            .collect();
        gaps.push(gap(
            Level::Warning,
            "plug_ins_not_rendered",
            &block.name,
            format!(
                "track '{shown}' has plug-ins that are not in this render: {}",
                names.join(", ")
            ),
            "bounce it in Pro Tools, or commit the track there first",
        ));
    }
    if block.user_delay != 0 {
        gaps.push(gap(
            Level::Warning,
            "user_delay_not_rendered",
            &block.name,
            format!(
                "track '{shown}' is delayed by {} samples, and not in this render",
                block.user_delay
            ),
            "set the user delay to 0, or bounce it in Pro Tools",
        ));
    }
    let fades = block.events.iter().filter(|event| event.is_fade()).count();
    if fades > 0 {
        gaps.push(gap(
            Level::Warning,
            "fades_not_rendered",
            &block.name,
            format!("track '{shown}' has {fades} fades whose shape the export does not tell; they are not in this render"),
            "bounce it in Pro Tools, or consolidate the clips there first",
        ));
    }
    gaps
}

/// What no export says.
pub(super) fn of_export(export: &TextExport, times: &Times) -> Vec<Gap> {
    let whole = |level, code, text: String, fix: &str| Gap {
        finding: Finding::new(level, code, text).fix(fix),
        range: None,
    };
    let mut gaps = vec![whole(
        Level::Warning,
        "not_in_render",
        "a text export does not tell faders, pans, automation, clip gain, fades, sends and routing; none of them is in this render".to_owned(),
        "bounce in Pro Tools where they matter",
    )];
    let has_events = export.tracks.iter().any(|track| !track.events.is_empty());
    if times.is_fine() && times.unit() > 0 && has_events {
        gaps.push(whole(
            Level::Warning,
            "places_rounded",
            format!(
                "the export's times are in {}: clips may lie up to {} samples off their place",
                times.form.word(),
                times.unit()
            ),
            "export again with the time format Samples",
        ));
    }
    if export.tracks.iter().all(|track| track.plug_ins.is_none()) && !export.tracks.is_empty() {
        gaps.push(whole(
            Level::Note,
            "plug_ins_unknown",
            "the export does not tell whether tracks have plug-ins".to_owned(),
            "export again with the plug-in list",
        ));
    }
    gaps
}

/// Lines that meant nothing.
pub(super) fn remarks(export: &TextExport) -> Option<Finding> {
    let (number, line) = export.remarks.first()?;
    let more = match export.remarks.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let text = format!(
        "line {number} of the export could not be read: '{}'{more}",
        text::fit(line, 80)
    );
    Some(Finding::new(Level::Warning, "unread_lines", text).fix("export the session again"))
}

pub(super) fn lost_markers(count: usize) -> Finding {
    let text = format!("{count} markers stand in bars and beats, or at no time, and are left out");
    Finding::new(Level::Warning, "markers_left_out", text)
        .fix("export again with the time format Samples")
}

/// The clips of a track that are not rendered: one finding each, but one for all clips that lack
/// the same thing.
pub(super) fn of_clips(track: &str, lost: Vec<(Joined, Why)>, allow_missing: bool) -> Vec<Gap> {
    let mut gaps = Vec::new();
    // Clips that share a reason, with the stretch that they span.
    let mut shared: BTreeMap<&'static str, (Finding, Range, usize)> = BTreeMap::new();
    let mut files: BTreeMap<String, (Range, usize)> = BTreeMap::new();
    for (clip, why) in &lost {
        let span = |known: Range| {
            Range::new(
                known.start.min(clip.place.start),
                known.end.max(clip.place.end),
            )
        };
        match why {
            Why::Missing(file) => {
                let known = files.entry(file.clone()).or_insert((clip.place, 0));
                *known = (span(known.0), known.1 + 1);
            }
            Why::PlaceUnknown | Why::NoAudio | Why::TooManyChannels(_) => {
                let mut finding = finding(track, clip, why);
                if *why == Why::NoAudio && allow_missing {
                    finding.level = Level::Warning;
                }
                let code = match why {
                    Why::PlaceUnknown => "place",
                    Why::NoAudio => "audio",
                    _ => "channels",
                };
                let known = shared.entry(code).or_insert((finding, clip.place, 0));
                known.1 = span(known.1);
                known.2 += 1;
            }
            _ => gaps.push(Gap {
                finding: finding(track, clip, why),
                range: Some(clip.place),
            }),
        }
    }
    for (code, (mut finding, span, count)) in shared {
        if count > 1 {
            finding.text = format!("{} (and {} more clips)", finding.text, count - 1);
        }
        // What has no place may lie anywhere.
        let range = (code != "place" && !span.is_empty()).then_some(span);
        gaps.push(Gap { finding, range });
    }
    for (file, (span, count)) in files {
        gaps.push(Gap {
            finding: missing(track, &file, count, allow_missing),
            range: Some(span),
        });
    }
    gaps
}

fn missing(track: &str, file: &str, count: usize, allow_missing: bool) -> Finding {
    let (shown, name) = (text::fit(track, 60), text::clean(file));
    let clips = if count == 1 {
        "its clip is"
    } else {
        "its clips are"
    };
    let finding = if allow_missing {
        let text = format!("track '{shown}': '{name}' is missing; {clips} silence");
        Finding::new(Level::Warning, "missing_audio", text).fix("find the file, and open again")
    } else {
        let text = format!("track '{shown}': '{name}' is missing; {clips} not rendered");
        Finding::new(Level::Error, "missing_audio", text).fix(
            "give the folder that it lies in to --audio, or print silence with --allow-missing",
        )
    };
    finding.track(track).file(name.into_owned())
}

fn finding(track: &str, clip: &Joined, why: &Why) -> Finding {
    let (shown, name) = (text::fit(track, 60), text::fit(&clip.name, 60));
    let head = format!("track '{shown}', clip '{name}'");
    let (code, text, fix) = match why {
        Why::OffsetUnknown(reason) => (
            "offset_unknown",
            format!(
                "{head}: offset unknown, so it is not rendered: {}",
                text::fit(reason, 300)
            ),
            "consolidate the clip in Pro Tools and export again, or print from the session itself",
        ),
        Why::PlaceUnknown => (
            "place_unknown",
            format!("{head}: its place cannot be told in samples, so it is not rendered"),
            "export again with the time format Samples",
        ),
        Why::Uneven => (
            "uneven_channels",
            format!("{head}: the track's channels differ there, so it is not rendered"),
            "consolidate the clip in Pro Tools and export again",
        ),
        Why::TooManyChannels(format) => (
            "too_many_channels",
            format!(
                "{head}: the format {} cannot be mixed yet, so it is not rendered",
                text::fit(format, 20)
            ),
            "bounce it in Pro Tools",
        ),
        Why::Ambiguous(file, paths) => (
            "ambiguous_audio",
            format!(
                "{head}: several files are called '{}': {}",
                text::clean(file),
                listed(paths)
            ),
            "give a folder to --audio that holds the right one only",
        ),
        Why::Unfit(file, reason) => (
            "unfit_audio",
            format!("{head}: '{}' {}", text::clean(file), text::fit(reason, 200)),
            "give the folder with the session's own audio files to --audio",
        ),
        Why::Split(file) => (
            "split_stereo",
            format!(
                "{head}: '{}' is there only as two mono files (.L and .R) that do not lie beside each other",
                text::clean(file)
            ),
            "put both into one folder, with the same ending",
        ),
        Why::NoAudio => (
            "no_audio",
            format!("{head}: no folder with audio was given, so it is not rendered"),
            "give the folder with the session's audio files to --audio",
        ),
        Why::Missing(file) => return missing(track, file, 1, false),
    };
    Finding::new(Level::Error, code, text).track(track).fix(fix)
}

fn listed(paths: &[std::path::PathBuf]) -> String {
    let mut shown: Vec<String> = paths
        .iter()
        .take(MOST_PATHS)
        .map(|path| text::clean(&path.display().to_string()).into_owned())
        .collect();
    if paths.len() > MOST_PATHS {
        shown.push(format!("{} more", paths.len() - MOST_PATHS));
    }
    shown.join(", ")
}
