//! What the typed client reads and writes: lists, session facts, times, markers, flags, over the
//! versions' words.

use pt_stem::model::track::TrackFlag;
use pt_stem::model::{Range, TrackKind};
use pt_stem::ptsl::wire::CommandId as C;
use serde_json::{Value, json};

use super::client::{connect, sent};
use super::scripted::{Reply, Script, body, refused, track};

#[tokio::test]
async fn tracks_are_read_in_every_family_of_names() {
    let families = [
        (
            "AudioTrack",
            "TF_5_1",
            "SetExplicitlyAndImplicitly",
            "SetImplicitly",
        ),
        (
            "TT_Audio",
            "TF_5_1",
            "SetExplicitlyAndImplicitly",
            "SetImplicitly",
        ),
        (
            "TType_Audio",
            "TFormat_5_1",
            "TAState_SetExplicitlyAndImplicitly",
            "TAState_SetImplicitly",
        ),
    ];
    let mut read = Vec::new();
    for (kind, format, both, implicit) in families {
        let script = Script::new();
        *script.tracks.lock().unwrap() = vec![json!({
            "name": "Züge\n\u{1b}[2J", "type": kind, "format": format, "id": "{a}", "index": 1,
            "color": "#ff2a2a2a", "parent_folder_name": "DRUMS", "brand_new": {"x": [1]},
            "track_attributes": {"is_muted": true, "is_hidden": both, "is_inactive": implicit,
                "is_input_monitoring_on": implicit, "is_unheard_of": "Perhaps"}
        })];
        let (_server, client) = connect(&script).await;
        read.push(client.tracks().await.unwrap().remove(0));
    }
    let first = &read[0];
    assert_eq!(
        (first.kind, first.channels, first.format.as_str()),
        (TrackKind::Audio, 6, "5.1")
    );
    assert!(first.muted && !first.soloed && first.input_monitoring);
    assert!(first.hidden.explicit && first.hidden.implicit);
    assert!(!first.inactive.explicit && first.inactive.implicit);
    assert_eq!(first.folder.as_deref(), Some("DRUMS"));
    assert_eq!(first.color, Some([0x2a; 3]));
    assert!(read.iter().all(|track| track == first), "{read:#?}");
}

#[tokio::test]
async fn numbers_gaps_and_the_unknown_are_read_too() {
    let script = Script::new();
    *script.tracks.lock().unwrap() = vec![
        json!({"name": "n", "type": 3, "format": 1}),
        json!({"name": "u", "type": "TType_Theremin", "format": "TFormat_99", "track_attributes": null}),
        json!({}),
    ];
    let (_server, client) = connect(&script).await;
    let kinds: Vec<_> = client
        .tracks()
        .await
        .unwrap()
        .iter()
        .map(|t| (t.kind, t.channels))
        .collect();
    assert_eq!(
        kinds,
        [
            (TrackKind::Aux, 1),
            (TrackKind::Other, 0),
            (TrackKind::Other, 0)
        ]
    );
    script.on(C::GetTrackList, |_| {
        Reply::Body(r#"{"track_list": {}}"#.to_owned())
    });
    assert_eq!(client.tracks().await.unwrap(), []);
}

#[tokio::test]
async fn long_lists_come_in_pages_and_short_sighted_servers_end() {
    let script = Script::new();
    *script.tracks.lock().unwrap() = (0..2500).map(|i| track(&format!("T{i}"), i)).collect();
    let (_server, client) = connect(&script).await;
    assert_eq!(client.tracks().await.unwrap().len(), 2500);
    assert_eq!(script.calls(C::GetTrackList).len(), 3);
    let all: Vec<Value> = script.tracks.lock().unwrap().clone();
    script.on(C::GetTrackList, move |_| body(json!({"track_list": all})));
    assert_eq!(client.tracks().await.unwrap().len(), 2500);
    // The old way: `stats`, no offset, and a limit of its own.
    let all: Vec<Value> = script.tracks.lock().unwrap().clone();
    script.on(C::GetTrackList, move |request| {
        let asked: Value = serde_json::from_str(&request.request_body_json).unwrap();
        let limit = asked["page_limit"]
            .as_u64()
            .filter(|l| *l > 0)
            .unwrap_or(1000) as usize;
        let page: Vec<_> = all.iter().take(limit).collect();
        body(json!({"track_list": page, "stats": {"total": all.len()}}))
    });
    assert_eq!(client.tracks().await.unwrap().len(), 2500);
}

#[tokio::test]
async fn session_facts_come_in_old_and_new_words() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    let info = client.session().await.unwrap();
    assert_eq!(
        (info.name.as_str(), info.sample_rate, info.bit_depth),
        ("Song", 48_000, 24)
    );
    assert_eq!(info.ruler.start().to_string(), "01:00:00:00");
    assert_eq!(info.max_length, Some(24 * 3600 * 48_000));
    assert_eq!(info.audio_format, "WAV");
    assert!(info.interleaved);
    script.on(C::GetSessionSampleRate, |_| {
        body(json!({"sample_rate": "SRate_96000"}))
    });
    script.on(C::GetSessionTimeCodeRate, |_| {
        body(json!({"current_setting": "SSTCRate_Fps2997Drop"}))
    });
    script.on(C::GetSessionStartTime, |_| {
        body(json!({"session_start_time": "00:59:57;02"}))
    });
    for command in [
        C::GetSessionIDs,
        C::GetSessionLength,
        C::GetSessionAudioFormat,
    ] {
        script.on(command, |_| refused("PT_UnsupportedCommand"));
    }
    let info = client.session().await.unwrap();
    assert_eq!(info.sample_rate, 96_000);
    assert_eq!(info.ruler.start().to_string(), "00:59:57;02");
    assert_eq!((info.max_length, info.origin_id.as_str()), (None, ""));
    script.on(C::GetSessionSampleRate, |_| {
        body(json!({"sample_rate": "SR_None"}))
    });
    let error = client.session().await.unwrap_err();
    assert!(error.to_string().contains("SR_None"), "{error}");
}

#[tokio::test]
async fn times_are_samples_whatever_the_counter_shows() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    assert_eq!(client.timeline().await.unwrap(), (0, Range::new(0, 48_000)));
    let asked = sent(&script, C::GetTimelineSelection);
    assert_eq!(
        asked,
        json!({"time_scale": "Samples", "location_type": "TLType_Samples"})
    );
    script.on(C::GetTimelineSelection, |_| {
        body(json!({"in_time": "01:00:01:00", "out_time": " 2| 1| 000"}))
    });
    script.on(C::CIdGetTimeAsType, |_| {
        body(json!({"converted_location": {"location": "96000", "time_type": "TLType_Samples"}}))
    });
    assert_eq!(
        client.timeline().await.unwrap(),
        (48_000, Range::new(48_000, 96_000))
    );
    client
        .set_timeline(Some(5), Range::new(5, 10))
        .await
        .unwrap();
    let asked = sent(&script, C::SetTimelineSelection);
    assert_eq!(
        (
            &asked["in_time"],
            &asked["out_time"],
            &asked["play_start_marker_time"],
            &asked["location_type"]
        ),
        (
            &json!("5"),
            &json!("10"),
            &json!("5"),
            &json!("TLType_Samples")
        )
    );
}

#[tokio::test]
async fn markers_are_samples_and_new_ones_take_the_next_number() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    script.on(C::GetMemoryLocations, |_| {
        body(json!({"memory_locations": [
            {"number": 3, "name": "A", "start_time": "96000", "end_time": "97000", "time_properties": "TP_Marker"},
            {"number": 4, "name": "B", "start_time": "100", "end_time": "200", "time_properties": "TProperties_Selection"},
            {"number": 5, "name": "C", "start_time": "4|1|000", "time_properties": "TP_Marker"},
            {"number": 9, "name": "D", "start_time": "1", "time_properties": "TP_Marker", "track_name": "Vox", "comments": "c"},
            {"number": 6, "name": "E", "time_properties": "TP_None"}
        ]}))
    });
    let markers = client.markers().await.unwrap();
    let told: Vec<_> = markers
        .iter()
        .map(|m| (m.number, m.start, m.end, m.track.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (3, 96_000, None, None),
            (4, 100, Some(200), None),
            (9, 1, None, Some("Vox"))
        ]
    );
    client.create_marker("Chorus", 48_960).await.unwrap();
    let asked = sent(&script, C::CreateMemoryLocation);
    assert_eq!(
        (
            &asked["number"],
            &asked["name"],
            &asked["start_time"],
            &asked["time_properties"]
        ),
        (
            &json!(10),
            &json!("Chorus"),
            &json!("01:00:01:00.50"),
            &json!("TP_Marker")
        )
    );
}

#[tokio::test]
async fn flags_are_set_by_name_in_one_call() {
    let script = Script::new();
    let (_server, client) = connect(&script).await;
    let names = ["Kick".to_owned(), "Vox_Unknown".to_owned()];
    client
        .set_flag(TrackFlag::Mute, &names, false)
        .await
        .unwrap();
    assert_eq!(
        sent(&script, C::SetTrackMuteState),
        json!({"track_names": ["Kick", "Vox_Unknown"], "enabled": false})
    );
    client.set_flag(TrackFlag::Solo, &[], true).await.unwrap();
    assert!(script.calls(C::SetTrackSoloState).is_empty());
}
