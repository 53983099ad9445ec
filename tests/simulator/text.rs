//! The session text goes round: what the simulator exports is read back as the same session.

use pt_stem::import::text_export::{self, Form, Options, TextExport, Times};
use pt_stem::model::Level;
use serde_json::{Value, json};

use crate::{Bench, LENGTH, RATE};

async fn export(bench: &mut Bench, kind: &str, sub_frames: bool) -> String {
    let body = json!({ "include_file_list": true, "include_clip_list": true,
        "include_markers": true, "include_track_edls": true, "include_plugin_list": true,
        "include_user_timestamps": true, "track_list_type": "AllTracks",
        "show_sub_frames": sub_frames, "location_type": kind, "output_type": "ESI_String" });
    let answer: Value = bench.ok("ExportSessionInfoAsText", body).await;
    answer["session_info"].as_str().unwrap().to_owned()
}

fn clips(export: &TextExport, times: &Times) -> Vec<(String, String, i64, i64)> {
    let mut found = Vec::new();
    for track in &export.tracks {
        let (clips, lost) = text_export::clips(track, times);
        assert!(lost.is_empty(), "{lost:?}");
        let row = |clip: text_export::Joined| {
            (
                track.name.clone(),
                clip.name,
                clip.place.start,
                clip.place.end,
            )
        };
        found.extend(clips.into_iter().map(row));
    }
    found
}

#[tokio::test]
async fn an_export_is_read_back_in_every_time_format() {
    let mut bench = Bench::open().await;
    let names: Vec<String> = bench
        .tracks()
        .await
        .iter()
        .map(|track| track["name"].as_str().unwrap().to_owned())
        .filter(|name| name != "DRUMS")
        .collect();
    for (kind, sub_frames, form) in [
        ("TLType_Samples", false, Form::Samples),
        (
            "TLType_TimeCode",
            false,
            Form::Timecode { sub_frames: false },
        ),
        ("TLType_TimeCode", true, Form::Timecode { sub_frames: true }),
        ("TLType_MinSecs", true, Form::MinSecs { millis: true }),
        (
            "TLType_FeetFrames",
            true,
            Form::FeetFrames { sub_frames: true },
        ),
    ] {
        let text = export(&mut bench, kind, sub_frames).await;
        let read = text_export::parse(&text);
        assert_eq!(read.remarks, [], "{kind}");
        let listed: Vec<&str> = read
            .tracks
            .iter()
            .map(|track| track.name.as_str())
            .collect();
        assert_eq!(listed, names, "{kind}");
        let times = Times::of(&read, text_export::ruler(&read).unwrap());
        assert_eq!(times.form, form);
        let clips = clips(&read, &times);
        assert_eq!(clips.len(), 4, "{kind}: {clips:?}");
        for (track, name, start, end) in clips {
            assert_eq!(name, format!("{track}-01"), "{kind}");
            assert_eq!(start, 0, "{kind}");
            assert!(end.abs_diff(LENGTH as i64) <= times.unit(), "{kind}: {end}");
        }
        let marker = &read.markers[0];
        assert_eq!(
            (marker.name.as_str(), marker.reference.as_str()),
            ("Verse", "24000")
        );
        assert_eq!(marker.track, None);
    }
    bench.end().await;
}

#[tokio::test]
async fn an_export_opens_as_the_session_that_it_came_from() {
    let mut bench = Bench::open().await;
    let file = bench.path("export.txt");
    std::fs::write(&file, export(&mut bench, "TLType_Samples", false).await).unwrap();
    let audio = Some(bench.dir.path().join("song"));
    let options = Options {
        audio,
        allow_missing: false,
    };
    let session = text_export::read(std::path::Path::new(&file), &options).unwrap();
    assert_eq!(
        (session.info.name.as_str(), session.info.sample_rate),
        ("Söng", RATE)
    );
    let arrangement = &session.folder.arrangement;
    assert_eq!(arrangement.length, LENGTH);
    for (track, channels) in [("Kick", 1), ("Snare", 1), ("Bass", 2), ("Vox", 1)] {
        let lane = arrangement.lane(track).unwrap();
        let [clip] = lane.clips.as_slice() else {
            panic!("{track}: {:?}", lane.clips);
        };
        assert_eq!(
            (lane.channels, clip.start, clip.offset, clip.length),
            (channels, 0, 0, LENGTH)
        );
        let file = arrangement.files[clip.file].path.file_stem().unwrap();
        assert_eq!(file, track);
    }
    let errors = session
        .folder
        .gaps
        .iter()
        .filter(|gap| gap.finding.level == Level::Error);
    assert_eq!(errors.count(), 0);
    bench.end().await;
}
