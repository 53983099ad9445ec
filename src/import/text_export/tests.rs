//! Exports that real Pro Tools made, where they lie beside the checkout; sessions made of exports;
//! hostile bytes.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::media::encode::{WriteSpec, Writer};
use crate::model::session::ImportedSession;
use crate::model::stem::BitDepth;
use crate::model::{Level, Range};

/// The exports of the ptulsconv project.
fn real_exports() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/text-exports");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there is no folder {}", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "txt"));
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn real_exports_are_read_completely() {
    // Rows counted by their looks alone, in the part before the markers.
    let event = regex::Regex::new(r"(?m)^\d+ *\t\d+ *\t").unwrap();
    let marker = regex::Regex::new(r"(?m)^\d+ *\t[^\t]+\t\d+ *\t").unwrap();
    for (file, bytes) in real_exports() {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let (tracks, markers) = text.split_once("M A R K E R S").unwrap();
        let names: Vec<&str> = tracks
            .lines()
            .filter_map(|line| line.strip_prefix("TRACK NAME:\t"))
            .collect();
        let export = parse_bytes(&bytes);
        assert_eq!(export.remarks, [], "{file}");
        let read: Vec<String> = export
            .tracks
            .iter()
            .map(|track| match &track.format {
                Some(format) => format!("{} ({format})", track.name),
                None => track.name.clone(),
            })
            .collect();
        assert_eq!(read, names, "{file}");
        let events = export.tracks.iter().map(|track| track.events.len());
        assert_eq!(
            events.sum::<usize>(),
            event.find_iter(tracks).count(),
            "{file}"
        );
        assert_eq!(
            export.markers.len(),
            marker.find_iter(markers).count(),
            "{file}"
        );
        let times = Times::of(&export, ruler(&export).unwrap());
        for track in &export.tracks {
            for event in &track.events {
                let place = (times.samples(&event.start), times.samples(&event.end));
                let (Some(start), Some(end)) = place else {
                    panic!("{file}: {event:?}");
                };
                assert!(0 < start && start < end, "{file}: {event:?}");
            }
        }
        for marker in &export.markers {
            let told: i64 = marker.reference.parse().unwrap();
            let place = times.samples(&marker.location).unwrap();
            assert!(place.abs_diff(told) <= times.unit(), "{file}: {marker:?}");
        }
    }
}

#[test]
fn real_exports_of_one_session_agree_whatever_the_time_format() {
    let exports = real_exports();
    let find = |name: &str| exports.iter().find(|(file, _)| file == name);
    let pair = (
        find("robin-hood-spottingdf.txt"),
        find("robin-hood-spottingsamples.txt"),
    );
    let (Some((_, coarse)), Some((_, exact))) = pair else {
        return;
    };
    let (coarse, exact) = (parse_bytes(coarse), parse_bytes(exact));
    let times = Times::of(&coarse, ruler(&coarse).unwrap());
    let samples = Times::of(&exact, ruler(&exact).unwrap());
    assert_eq!(samples.form, Form::Samples);
    let mut compared = 0;
    for (a, b) in coarse.tracks.iter().zip(&exact.tracks) {
        assert_eq!((&a.name, a.events.len()), (&b.name, b.events.len()));
        for (a, b) in a.events.iter().zip(&b.events) {
            let (a, b) = (
                times.samples(&a.start).unwrap(),
                samples.samples(&b.start).unwrap(),
            );
            assert!(a.abs_diff(b) <= times.unit(), "{a} {b}");
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
}

/// A file of `frames` frames.
fn wav(path: &Path, channels: u16, frames: usize) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = WriteSpec {
        sample_rate: 48_000,
        channels,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let mut writer = Writer::create(path, spec).unwrap();
    writer
        .write(&vec![0.25; frames * usize::from(channels)])
        .unwrap();
    writer.finish().unwrap();
}

fn event(channel: u16, name: &str, start: &str, end: &str, state: &str) -> String {
    format!("{channel}\t1\t{name}\t{start}\t{end}\t0\t{state}\n")
}

fn export(clips: &str, tracks: &[(&str, String)]) -> String {
    let mut text = "SESSION NAME:\tNight\nSAMPLE RATE:\t48000.000000\nBIT DEPTH:\t24-bit\n\
        SESSION START TIMECODE:\t01:00:00:00\nTIMECODE FORMAT:\t25 Frame\n\n\n"
        .to_owned();
    if !clips.is_empty() {
        text += "O N L I N E  C L I P S  I N  S E S S I O N\nCLIP NAME\tSource File\n";
        text += clips;
    }
    text += "\n\nT R A C K  L I S T I N G\n";
    for (name, events) in tracks {
        text += &format!(
            "TRACK NAME:\t{name}\nCOMMENTS:\t\nUSER DELAY:\t0 Samples\nSTATE: \nPLUG-INS: \n\
             CHANNEL\tEVENT\tCLIP NAME\tSTART TIME\tEND TIME\tDURATION\tSTATE\n{events}\n\n"
        );
    }
    text
}

fn open(dir: &Path, text: &str, options: &Options) -> ImportedSession {
    let file = dir.join("Night.txt");
    std::fs::write(&file, text).unwrap();
    read(&file, options).unwrap()
}

fn codes(session: &ImportedSession, track: &str) -> Vec<(Level, String, Option<Range>)> {
    let of_track = |gap: &&crate::model::session::Gap| gap.finding.track.as_deref() == Some(track);
    let gaps = session.folder.gaps.iter().filter(of_track);
    gaps.map(|gap| (gap.finding.level, gap.finding.code.clone(), gap.range))
        .collect()
}

#[test]
fn clips_sound_where_their_audio_is_certain_and_are_named_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let audio = dir.path().join("Audio Files");
    wav(&audio.join("deep/KICK.wav"), 1, 4800);
    wav(&audio.join("Bass.wav"), 2, 4800);
    wav(&audio.join("Vox.L.wav"), 1, 4800);
    wav(&audio.join("Vox.R.wav"), 1, 4800);
    wav(&audio.join("a/Twin.wav"), 1, 4800);
    wav(&audio.join("b/Twin.wav"), 1, 4800);
    let list = "kick-01\tKick.wav\t[1]\nBass-01.L\tBass.wav\t[1]\nBass-01.R\tBass.wav\t[2]\n\
        Gone\tGone.wav\t[1]\nTwin\tTwin.wav\t[1]\nBoth\tKick.wav\t[1]\nBoth\tBass.wav\t[1]\n\
        Vox.L\tVox.L.wav\nVox.R\tVox.R.wav\n";
    let both = |name: &str| {
        event(1, &format!("{name}.L"), "0", "4800", "Unmuted")
            + "\n\n"
            + &event(2, &format!("{name}.R"), "0", "4800", "Unmuted")
    };
    let text = export(
        list,
        &[
            ("Whole", event(1, "kick-01", "480", "5280", "Unmuted")),
            ("Part", event(1, "kick-01", "480", "1480", "Unmuted")),
            ("Silent", event(1, "kick-01", "480", "1480", "Muted")),
            ("Bass (Stereo)", both("Bass-01")),
            ("Gone", event(1, "Gone", "96000", "100800", "Unmuted")),
            ("Twin", event(1, "Twin", "0", "4800", "Unmuted")),
            ("Both", event(1, "Both", "0", "4800", "Unmuted")),
            ("Split (Stereo)", both("Vox")),
            (
                "Torn (Stereo)",
                event(1, "Bass-01.L", "0", "4800", "Unmuted")
                    + &event(2, "Bass-01.R", "0", "4801", "Unmuted"),
            ),
            ("Wide (5.1)", event(3, "Bass-01.L", "0", "4800", "Unmuted")),
        ],
    );
    let options = Options {
        audio: Some(audio.clone()),
        allow_missing: false,
    };
    let session = open(dir.path(), &text, &options);
    let lanes = &session.folder.arrangement.lanes;
    let clips = |track: &str| {
        let lane = lanes.iter().find(|lane| lane.track == track).unwrap();
        let clips = lane.clips.iter();
        clips
            .map(|clip| (clip.start, clip.offset, clip.length))
            .collect::<Vec<_>>()
    };
    assert_eq!(clips("Whole"), [(480, 0, 4800)]);
    assert_eq!(clips("Bass"), [(0, 0, 4800)]);
    assert_eq!(codes(&session, "Whole"), []);
    assert_eq!(codes(&session, "Silent"), [], "nobody would hear it");
    for (track, code, range) in [
        ("Part", "offset_unknown", (480, 1480)),
        ("Gone", "missing_audio", (96_000, 100_800)),
        ("Twin", "ambiguous_audio", (0, 4800)),
        ("Both", "offset_unknown", (0, 4800)),
        ("Wide", "too_many_channels", (0, 4800)),
    ] {
        let range = Some(Range::new(range.0, range.1));
        assert_eq!(
            codes(&session, track),
            [(Level::Error, code.to_owned(), range)],
            "{track}"
        );
        assert_eq!(clips(track), [], "{track}");
    }
    assert_eq!(codes(&session, "Torn").len(), 2);
    assert_eq!(codes(&session, "Split"), [], "the pair is one source");
    assert_eq!(clips("Split"), [(0, 0, 4800)]);
    let apart = audio.join("apart");
    std::fs::create_dir(&apart).unwrap();
    std::fs::rename(audio.join("Vox.R.wav"), apart.join("Vox.R.wav")).unwrap();
    let torn = open(dir.path(), &text, &options);
    let split = &codes(&torn, "Split")[0];
    assert_eq!((split.0, &*split.1), (Level::Error, "split_stereo"));
    assert_eq!(session.folder.arrangement.length, 100_800);
    let session = open(
        dir.path(),
        &text,
        &Options {
            allow_missing: true,
            ..options
        },
    );
    assert_eq!(codes(&session, "Gone")[0].0, Level::Warning);
    let session = open(dir.path(), &text, &Options::default());
    assert_eq!(
        codes(&session, "Whole")[0].1,
        "no_audio",
        "a plan needs no audio"
    );
    assert_eq!(session.tracks.len(), 10);
}

#[test]
fn coarse_times_are_told_and_vague_ones_not_played() {
    let dir = tempfile::tempdir().unwrap();
    wav(&dir.path().join("Kick.wav"), 1, 4800);
    let options = Options {
        audio: Some(dir.path().to_owned()),
        allow_missing: false,
    };
    for (start, end, clips, code) in [
        ("01:00:01:00", "01:00:01:03", 1, "places_rounded"),
        ("01:00:01:00.00", "01:00:01:02.50", 1, "places_rounded"),
        ("0:01", "0:01", 0, "place_unknown"),
        ("2|1|000", "3|1|000", 0, "place_unknown"),
        ("48000", "52800", 1, "not_in_render"),
    ] {
        let text = export("", &[("Kick", event(1, "Kick", start, end, "Unmuted"))]);
        let session = open(dir.path(), &text, &options);
        let lane = session.folder.arrangement.lane("Kick").unwrap();
        assert_eq!(lane.clips.len(), clips, "{start}");
        let mut codes = session
            .folder
            .gaps
            .iter()
            .map(|gap| gap.finding.code.as_str());
        assert!(codes.any(|found| found == code), "{start}");
    }
}

#[test]
fn other_texts_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("letter.txt");
    for text in ["Dear Sir,\n", "", "SESSION NAME:\tX\n"] {
        std::fs::write(&file, text).unwrap();
        let error = read(&file, &Options::default()).unwrap_err();
        assert!(error.chain().contains("letter.txt"), "{}", error.chain());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = parse_bytes(&bytes);
    }

    #[test]
    fn a_torn_export_opens_or_is_refused(cut in 0_usize..2000, junk in "[\t0-9A-Z|+:;. ]{0,30}") {
        let whole = export("a\ta.wav\t[1]\n", &[
            ("A (Stereo)", event(1, "a.L", "0", "9", "Unmuted") + &event(2, "a.R", "0", "9", "Muted")),
            ("B", event(1, "a", "99999999999999999", "-9", "Unmuted")),
        ]);
        let mut text = whole;
        let mut at = cut.min(text.len());
        while !text.is_char_boundary(at) { at -= 1; }
        text.insert_str(at, &junk);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.txt");
        std::fs::write(&file, text).unwrap();
        let _ = read(&file, &Options { audio: Some(dir.path().to_owned()), allow_missing: true });
    }
}

#[test]
fn endless_lines_and_floods_of_tracks_end() {
    let dir = tempfile::tempdir().unwrap();
    let long = "\u{e9}".repeat(200_000);
    let text = export("", &[(&long, event(1, &long, "0", "4800", "Unmuted"))]);
    let session = open(dir.path(), &text, &Options::default());
    assert_eq!(session.tracks[0].name.chars().count(), 1_000);
    assert!(session.findings.iter().any(|f| f.code == "unread_lines"));
    let text = export("", &[]) + &"TRACK NAME:\tVox\n".repeat(20_001);
    let file = dir.path().join("Flood.txt");
    std::fs::write(&file, text).unwrap();
    let error = read(&file, &Options::default()).unwrap_err();
    assert!(error.message.contains("20001 tracks"), "{}", error.chain());
}
