//! The simulator as every PTSL version: which commands exist, how enums are named and numbered,
//! what clients of other versions are told.

use super::*;
use pt_stem::simulator::Api;

async fn server(api: Api, faults: &str) -> Bench {
    let options = Options {
        api,
        faults: Faults::parse(faults, "test").unwrap(),
        ..Options::default()
    };
    Bench::start(|root| SessionChoice::Open(root.to_owned()), options).await
}

impl Bench {
    /// Sends as a client of a version.
    async fn as_version(&mut self, version: (i32, i32), command: i32, body: &str) -> Response {
        let mut request = self.request(command, body);
        let header = request.header.as_mut().unwrap();
        (header.version, header.version_minor) = version;
        let answer = self.client.send_grpc_request(request).await.unwrap();
        answer.into_inner()
    }
}

fn own(api: Api) -> (i32, i32) {
    let (version, minor, _) = api.version();
    (version, minor)
}

fn error_type(response: &Response) -> String {
    let error: Value = serde_json::from_str(&response.response_error_json).unwrap_or_default();
    let error = match error.get("errors") {
        Some(list) => list[0].clone(),
        None => error,
    };
    error["command_error_type"]
        .as_str()
        .unwrap_or("")
        .to_owned()
}

/// The whole table: a command exists from its version on, and no earlier.
#[tokio::test]
async fn commands_exist_from_their_version_on() {
    let lasts = [
        (Api::V1, 82, 83),
        (Api::V3, 97, 98),
        (Api::V4, 116, 117),
        (Api::V5, 117, 118),
        (Api::V2025_6, 145, 146),
        (Api::V2025_10, 159, 160),
    ];
    for (api, last, next) in lasts {
        let mut bench = server(api, "[[fault]]\nkind = 'refuse'\ntimes = 0").await;
        for number in (0..=160).filter(|number| ![12, 13, 55, 60, 70].contains(number)) {
            let response = bench.as_version(own(api), number, "").await;
            let kind = error_type(&response);
            let wanted = if number <= last {
                "PT_UnknownError"
            } else {
                "PT_UnsupportedCommand"
            };
            assert_eq!(kind, wanted, "{number} on {api}");
        }
        assert_eq!(next, last + 1);
        let response = bench
            .as_version(own(api), 60, r#"{"auth_string":"x"}"#)
            .await;
        if api == Api::V1 {
            let body: Value = serde_json::from_str(&response.response_body_json).unwrap();
            assert_eq!(body["is_authorized"], true);
            bench.session_id = body["session_id"].as_str().unwrap().to_owned();
            let response = bench.as_version(own(api), 42, "").await;
            assert_eq!(error_type(&response), "PT_UnknownError", "let in");
        } else {
            assert_eq!(error_type(&response), "PT_UnsupportedCommand");
        }
        bench.end().await;
    }
    let mut bench = server(Api::V2025_10, "[unknown]\ntrack_control = false").await;
    for number in [148, 149] {
        let response = bench.as_version(own(Api::V2025_10), number, "{}").await;
        assert_eq!(error_type(&response), "PT_UnsupportedCommand", "{number}");
    }
    bench.end().await;
}

#[tokio::test]
async fn answers_name_enums_as_their_version_does() {
    let accept = "[unknown]\nnewer_version = 'accept'";
    for (api, asked, kind, hidden) in [
        (Api::V1, (1, 0), "AudioTrack", "None"),
        (Api::V3, (3, 0), "AudioTrack", "None"),
        (Api::V4, (4, 0), "AudioTrack", "None"),
        (Api::V5, (5, 0), "AudioTrack", "None"),
        (Api::V2025_6, (5, 0), "TT_Audio", "None"),
        (Api::V2025_6, (2025, 6), "TT_Audio", "None"),
        (Api::V2025_10, (2025, 10), "TT_Audio", "None"),
        (Api::V2025_10, (2026, 4), "TType_Audio", "TAState_None"),
    ] {
        let mut bench = server(api, accept).await;
        let response = bench.as_version(asked, 3, "{}").await;
        let body: Value = serde_json::from_str(&response.response_body_json).unwrap();
        let kick = &body["track_list"][1];
        assert_eq!(kick["type"], kind, "{api} {asked:?}");
        assert_eq!(kick["track_attributes"]["is_hidden"], hidden);
        assert_eq!(body["stats"]["total"], 7);
        let has_pages = body.get("pagination_response").is_some();
        assert_eq!(has_pages, api != Api::V1, "{api}");
        let none = r#"{"track_filter_list":[{"filter":"Muted"}]}"#;
        let response = bench.as_version(asked, 3, none).await;
        let body: Value = serde_json::from_str(&response.response_body_json).unwrap();
        let empty = if api == Api::V1 { json!({}) } else { json!([]) };
        assert_eq!(body["track_list"], empty, "{api}");
        bench.end().await;
    }
}

#[tokio::test]
async fn numbers_mean_what_they_meant_in_the_version_of_the_header() {
    let mut bench = server(Api::V2025_10, "").await;
    bench.set("SetTrackMuteState", &["Kick"], true).await;
    // Old numbers: All 0, Selected 1, Muted 13. Since 2025.6: Muted 14.
    for (version, filter, expected) in [
        ((5, 0), 0, 7),
        ((5, 0), 13, 1),
        ((3, 0), 13, 1),
        ((2025, 6), 14, 1),
        ((2025, 10), 1, 7),
        ((2025, 10), 0, 7),
    ] {
        let body = format!(r#"{{"track_filter_list":[{{"filter":{filter}}}]}}"#);
        let response = bench.as_version(version, 3, &body).await;
        let body: Value = serde_json::from_str(&response.response_body_json).unwrap();
        let count = body["track_list"].as_array().unwrap().len();
        assert_eq!(count, expected, "{filter} from {version:?}");
    }
    for (version, number) in [((5, 0), 1), ((2025, 10), 2)] {
        let body = format!(r#"{{"bit_depth":{number}}}"#);
        let response = bench.as_version(version, 47, &body).await;
        assert_eq!(error_type(&response), "");
        let answer = bench.ok("GetSessionBitDepth", json!({})).await;
        assert_eq!(answer["current_setting"], "Bit16", "{version:?}");
        bench
            .ok("SetSessionBitDepth", json!({ "bit_depth": "Bit24" }))
            .await;
    }
    bench.end().await;
}

#[tokio::test]
async fn versions_tell_who_they_are_and_refuse_newer_clients() {
    for api in Api::ALL {
        let mut bench = server(api, "").await;
        let (version, minor, _) = api.version();
        // Whatever a client says, it may ask that.
        let response = bench.as_version((2026, 4), 55, "").await;
        let body: Value = serde_json::from_str(&response.response_body_json).unwrap();
        assert_eq!(body["version"], version);
        assert_eq!(
            body.get("version_minor"),
            (version > 5).then(|| json!(minor)).as_ref()
        );
        let response = bench.as_version(own(api), 42, "").await;
        assert_eq!(error_type(&response), "", "{api}");
        let newer = bench.as_version((2026, 4), 42, "").await;
        assert_eq!(error_type(&newer), "SDK_VersionMismatch", "{api}");
        let never = bench.as_version((2, 0), 42, "").await;
        assert_eq!(error_type(&never), "SDK_VersionMismatch", "{api}");
        let error: Value = serde_json::from_str(&never.response_error_json).unwrap();
        assert_eq!(
            error.get("errors").is_none(),
            api == Api::V1,
            "the shape of {api}"
        );
        bench.end().await;
    }
    let accept = "[unknown]\nnewer_version = 'accept'\nheader_version_2 = 'accept'";
    let mut bench = server(Api::V1, accept).await;
    for version in [(2, 0), (5, 0), (2026, 4)] {
        let response = bench.as_version(version, 42, "").await;
        assert_eq!(error_type(&response), "", "{version:?}");
    }
    bench.end().await;
}

#[tokio::test]
async fn single_versions_have_their_quirks() {
    let new = json!({ "number_of_tracks": 1, "track_name": "New",
        "track_type": "AudioTrack", "track_format": "TF_Mono" });
    let short = r#"{"session_length":"01:00:00:00"}"#;
    let marker = r#"{"name":"Here","start_time":"cur_pos","time_properties":"TP_Marker",
        "reference":"MLR_Absolute"}"#;
    let paged = r#"{"pagination_request":{"limit":1000,"offset":0}}"#;
    for api in Api::ALL {
        let mut bench = server(api, "").await;
        let version = own(api);
        let response = bench.as_version(version, 69, "{}").await;
        let needs_page = (Api::V3..=Api::V5).contains(&api);
        let wanted = if needs_page { "PT_UnknownError" } else { "" };
        assert_eq!(error_type(&response), wanted, "{api}");
        let response = bench.as_version(version, 72, &new.to_string()).await;
        let wanted = if api.is_old() {
            "PT_InvalidParameter"
        } else {
            ""
        };
        assert_eq!(error_type(&response), wanted, "{api}");
        let mut whole = new.clone();
        whole["track_timebase"] = json!("TTB_Samples");
        let response = bench.as_version(version, 72, &whole.to_string()).await;
        assert_eq!(error_type(&response), "", "{api}");
        let response = bench.as_version(version, 54, short).await;
        let wanted = if api == Api::V1 {
            "PT_InvalidParameter"
        } else {
            ""
        };
        assert_eq!(error_type(&response), wanted, "{api}");
        let response = bench.as_version(version, 43, "").await;
        let has_colons = response.response_body_json.contains("Macintosh HD:");
        assert_eq!(has_colons, cfg!(unix) && api <= Api::V3, "{api}");
        if cfg!(unix) {
            let body: Value = serde_json::from_str(&response.response_body_json).unwrap();
            let again = json!({ "session_path": body["session_path"]["path"] });
            let response = bench.as_version(version, 1, &again.to_string()).await;
            assert_eq!(error_type(&response), "", "its own path opens: {api}");
        }
        bench.as_version(version, 64, "").await;
        bench.clock.advance_micros(500_000);
        let response = bench.as_version(version, 71, marker).await;
        assert_eq!(error_type(&response), "", "{api}");
        let response = bench.as_version(version, 69, paged).await;
        let body: Value = serde_json::from_str(&response.response_body_json).unwrap();
        let marks = body["memory_locations"].as_array().unwrap().iter();
        let mut here = marks.filter(|mark| mark["name"] == "Here");
        let start = here.next().unwrap()["start_time"].as_str().unwrap();
        assert_eq!(start == "0", api == Api::V1, "{api}: {start}");
        bench.end().await;
    }
}

/// Names that servers before 2025.6 cannot know, where one wants them refused.
#[tokio::test]
async fn old_servers_can_refuse_names_that_they_cannot_know() {
    let mut bench = server(Api::V5, "[unknown]\nnew_names = 'refuse'").await;
    for (name, is_known) in [
        ("All", true),
        ("TLFilter_All", false),
        ("TLFilter_Unknown", false),
    ] {
        let body = json!({ "track_filter_list": [{ "filter": name }] });
        let answer = bench.call("GetTrackList", body).await;
        assert_eq!(answer.is_ok(), is_known, "{name}");
    }
    bench.end().await;
}
