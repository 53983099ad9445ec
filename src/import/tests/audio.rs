//! The audio files of a session or of a plain folder: missing, odd, placed.

use super::*;
use crate::media::encode::{WriteSpec, Writer};
use crate::model::stem::BitDepth;

#[test]
fn a_missing_file_is_named_with_track_and_clip() {
    let clip = |file: &str| json!({"file": file, "start": 0, "length": 9, "fade_in": 2, "fade_in_shape": "wavy"});
    let session = read(&json!({"rate": 48000, "length": 9, "tracks": [
        {"name": "Kick", "channels": 1, "clips": [{"file": "x.wav", "start": 0, "length": 4}, clip("no.wav"), clip("no.wav")]}]}));
    let missing: Vec<_> = session
        .folder
        .audio_findings
        .iter()
        .filter(|f| f.code == "missing_audio")
        .collect();
    assert_eq!(missing.len(), 2, "one a file and track");
    assert_eq!(
        missing[1].text,
        "track 'Kick', clip 2 (and 1 more clips): 'no.wav' is missing"
    );
    assert_eq!(missing[1].file.as_deref(), Some("no.wav"));
    assert!(
        missing
            .iter()
            .all(|f| f.level == Level::Error && f.track.as_deref() == Some("Kick"))
    );
    assert!(codes(&session.folder.audio_findings).contains(&"unknown_fade"));
}

#[test]
fn a_session_opens_by_its_files_too() {
    let dir = folder(&full());
    let ptx = dir.path().join("Night.ptx");
    std::fs::write(&ptx, "").unwrap();
    assert_eq!(open(&ptx).unwrap().info.path, ptx.display().to_string());
    assert_eq!(
        open(&dir.path().join("session.json")).unwrap().tracks.len(),
        4
    );
}

fn wav(path: &Path, sample_rate: u32, channels: u16, time_reference: Option<u64>) {
    let spec = WriteSpec {
        sample_rate,
        channels,
        bits: BitDepth::Int24,
        time_reference,
    };
    let mut writer = Writer::create(path, spec).unwrap();
    writer
        .write(&vec![0.5; 100 * usize::from(channels)])
        .unwrap();
    writer.finish().unwrap();
}

#[test]
fn audio_that_does_not_suit_its_track_is_named() {
    let clip = |file: &str| json!({"file": file, "start": 0, "length": 100});
    let dir = folder(&json!({"rate": 48000, "length": 100, "tracks": [
        {"name": "Good", "channels": 1, "clips": [clip("good.wav")]},
        {"name": "Fast", "channels": 1, "clips": [clip("fast.wav")]},
        {"name": "Fastest", "channels": 1, "clips": [clip("fastest.wav")]},
        {"name": "Wide", "channels": 2, "clips": [clip("good.wav")]},
        {"name": "Six", "channels": 2, "clips": [clip("six.wav")]},
        {"name": "Mono", "channels": 1, "clips": [clip("six.wav")]},
        {"name": "Torn", "channels": 1, "clips": [clip("torn.wav")]}]}));
    wav(&dir.path().join("good.wav"), 48_000, 1, None);
    wav(&dir.path().join("six.wav"), 48_000, 6, None);
    wav(&dir.path().join("fast.wav"), 96_000, 1, None);
    wav(&dir.path().join("fastest.wav"), 1_536_000, 1, None);
    std::fs::write(dir.path().join("torn.wav"), b"RIFF, or so it says").unwrap();
    let session = open(dir.path()).unwrap();
    let found: Vec<_> = session
        .findings
        .iter()
        .map(|f| (f.track.as_deref().unwrap(), f.code.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("Fast", "converted_rate"),
            ("Fastest", "wrong_rate"),
            ("Wide", "wrong_channels"),
            ("Six", "folded_to_stereo"),
            ("Mono", "wrong_channels"),
            ("Torn", "damaged_audio")
        ]
    );
    assert_eq!(
        (session.findings[0].level, session.findings[0].text.as_str()),
        (
            Level::Warning,
            "track 'Fast', clip 1: 'fast.wav' is at 96000 Hz and the session at 48000 Hz: it is converted"
        )
    );
    assert!(
        session.findings[1]
            .text
            .ends_with("(1000 to 768000 Hz can)")
    );
    assert_eq!(session.info.bit_depth, 24);
}

#[test]
fn a_plain_folder_is_placed_by_its_time_stamps() {
    let dir = tempfile::tempdir().unwrap();
    let hour = 48_000 * 3600;
    wav(&dir.path().join("b.wav"), 48_000, 2, Some(hour + 500));
    wav(&dir.path().join("A.wav"), 48_000, 1, Some(hour));
    wav(&dir.path().join("c.wav"), 48_000, 1, None);
    std::fs::write(dir.path().join("torn.wav"), b"no").unwrap();
    std::fs::write(dir.path().join("notes.txt"), b"no").unwrap();
    let session = open(dir.path()).unwrap();
    let placed: Vec<_> = session
        .folder
        .arrangement
        .lanes
        .iter()
        .map(|lane| {
            (
                lane.track.as_str(),
                lane.channels,
                lane.clips[0].start,
                lane.clips[0].length,
            )
        })
        .collect();
    assert_eq!(
        placed,
        [("A", 1, 0, 100), ("b", 2, 500, 100), ("c", 1, 0, 100)]
    );
    assert_eq!(session.info.ruler.start().to_string(), "01:00:00:00");
    assert_eq!(session.folder.arrangement.length, 600);
    assert_eq!(codes(&session.findings), ["damaged_audio"]);

    wav(&dir.path().join("d.wav"), 44_100, 1, None);
    let error = open(dir.path()).unwrap_err().message;
    assert!(
        error.contains("44100 Hz: d.wav") && error.contains("48000 Hz: A.wav, b.wav, c.wav"),
        "{error}"
    );
}

#[test]
fn the_sides_of_a_split_source_are_one_track() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for name in [
        "Vox.L.wav",
        "Vox.R.wav",
        "Alone.L.wav",
        "Both.L.wav",
        "Both.R.wav",
    ] {
        wav(&at(name), 48_000, 1, None);
    }
    wav(&at("Both.wav"), 48_000, 2, None);
    for side in ["L", "C", "R", "Ls", "Rs", "LFE"] {
        wav(&at(&format!("Mix.{side}.wav")), 48_000, 1, None);
    }
    let session = open(dir.path()).unwrap();
    let tracks: Vec<_> = session
        .tracks
        .iter()
        .map(|t| (&*t.name, t.channels))
        .collect();
    assert_eq!(
        tracks,
        [
            ("Alone.L", 1),
            ("Both.L", 1),
            ("Both.R", 1),
            ("Both", 2),
            ("Mix", 2),
            ("Vox", 2)
        ]
    );
    let files = &session.folder.arrangement.files;
    assert_eq!(files[5].path, at("Vox.wav"));
    assert_eq!(codes(&session.findings), ["folded_to_stereo"]);
    assert!(
        session.findings[0]
            .text
            .contains("'Mix.wav' has 6 channels (L R C LFE Lss Rss)")
    );
}

#[test]
fn sides_that_differ_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for name in ["Short.L.wav", "Short.R.wav", "Late.L.wav", "Wide.R.wav"] {
        wav(&at(name), 48_000, 1, None);
    }
    wav(&at("Late.R.wav"), 48_000, 1, Some(7));
    wav(&at("Wide.L.wav"), 48_000, 2, None);
    // One frame of three bytes and its pad byte are gone.
    let path = at("Short.R.wav");
    let mut bytes = std::fs::read(&path).unwrap();
    let data = bytes.windows(4).position(|w| w == b"data").unwrap();
    bytes[data + 4..data + 8].copy_from_slice(&297_u32.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let session = open(dir.path()).unwrap();
    let names: Vec<_> = session.tracks.iter().map(|t| &*t.name).collect();
    assert_eq!(names, ["Late", "Short", "Wide.L", "Wide.R"]);
    let texts: Vec<_> = session.findings.iter().map(|f| &*f.text).collect();
    assert!(
        texts[0].contains("'Late.R.wav' has another time stamp"),
        "{texts:?}"
    );
    assert!(
        texts[1].contains("'Short.R.wav' has 99 frames and not 100"),
        "{texts:?}"
    );
    assert_eq!(session.folder.arrangement.lanes[1].clips[0].length, 100);
}
