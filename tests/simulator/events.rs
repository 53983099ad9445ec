//! Events over the PollEvents stream, and batch jobs.

use super::*;
use pt_stem::ptsl::wire::Response;
use tonic::Streaming;

/// The next message of a stream that has a body.
async fn next(stream: &mut Streaming<Response>) -> Option<(String, Value)> {
    loop {
        let message = stream.message().await.ok()??;
        let header = message.header.unwrap();
        assert_eq!(header.status, TaskStatus::InProgress as i32);
        if message.response_body_json.is_empty() {
            continue;
        }
        let body: Value = serde_json::from_str(&message.response_body_json).unwrap();
        let id = body["event"]["event_id"].as_str().unwrap().to_owned();
        let data = body["event"]["event_data_json"].as_str().unwrap();
        let data = match data {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap(),
        };
        return Some((id, data));
    }
}

fn about(event: &str, field: &str, id: &str) -> Value {
    let data = json!({ field: id }).to_string();
    json!({ "event_id": event, "event_data_json": data })
}

impl Bench {
    /// Opens the stream of this connection and waits until it stands.
    async fn poll(&mut self) -> Streaming<Response> {
        let number = names::command("PollEvents").unwrap() as i32;
        let request = self.request(number, "{}");
        let answer = self.client.send_grpc_streaming_request(request).await;
        let mut stream = answer.unwrap().into_inner();
        let first = stream.message().await.unwrap().unwrap();
        assert_eq!(first.response_body_json, "", "the stream is open");
        stream
    }

    async fn id_of(&mut self, name: &str) -> String {
        let tracks = self.tracks().await;
        let track = tracks.iter().find(|track| track["name"] == name).unwrap();
        track["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn tells_of_switches_and_sessions_on_a_stream() {
    let mut bench = Bench::open().await;
    let (kick, vox) = (bench.id_of("Kick").await, bench.id_of("Vox").await);
    let wanted = json!({ "events": [
        about("EId_TrackMuteStateChanged", "track_id", &kick),
        about("EId_TrackSoloStateChanged", "track_id", &kick),
        about("EId_TrackRecordEnabledStateChanged", "track_id", &vox),
        about("EId_TrackInputMonitorStateChanged", "track_id", &vox),
        { "event_id": "EId_SessionClosed" },
        { "event_id": "EId_SessionOpened" },
    ] });
    assert_eq!(bench.ok("SubscribeToEvents", wanted).await, Value::Null);
    let mut stream = bench.poll().await;
    bench.set("SetTrackMuteState", &["Kick", "Vox"], true).await;
    bench.set("SetTrackMuteState", &["Kick"], true).await;
    bench.set("SetTrackSoloState", &["Kick"], true).await;
    bench.set("SetTrackRecordEnableState", &["Vox"], true).await;
    bench.set("SetTrackInputMonitorState", &["Vox"], true).await;
    for (event, track, state) in [
        ("EId_TrackMuteStateChanged", &kick, json!(true)),
        ("EId_TrackSoloStateChanged", &kick, json!(true)),
        ("EId_TrackRecordEnabledStateChanged", &vox, json!(true)),
        (
            "EId_TrackInputMonitorStateChanged",
            &vox,
            json!("SetExplicitly"),
        ),
    ] {
        let (id, data) = next(&mut stream).await.unwrap();
        assert_eq!(id, event);
        assert_eq!(data, json!({ "track_id": track, "state": state }));
    }
    let control = bench.simulator.control();
    control.human("mute", "Kick", false).await.unwrap();
    let (id, data) = next(&mut stream).await.unwrap();
    assert_eq!(id, "EId_TrackMuteStateChanged");
    assert_eq!(data["state"], false, "a human's hand counts too");

    let muted = json!({ "events": [about("EId_TrackMuteStateChanged", "track_id", &kick)] });
    assert_eq!(bench.ok("UnsubscribeFromEvents", muted).await, Value::Null);
    bench.set("SetTrackMuteState", &["Kick"], true).await;
    let path = bench.ok("GetSessionPath", Value::Null).await["session_path"]["path"].clone();
    bench
        .ok("OpenSession", json!({ "session_path": path }))
        .await;
    for event in ["EId_SessionClosed", "EId_SessionOpened"] {
        assert_eq!(
            next(&mut stream).await.unwrap(),
            (event.to_owned(), Value::Null)
        );
    }
    bench.end().await;
    assert_eq!(next(&mut stream).await, None, "ends with the simulator");
}

#[tokio::test]
async fn one_stream_a_connection_and_events_wait_for_it() {
    let mut bench = Bench::open().await;
    let kick = bench.id_of("Kick").await;
    let wanted = json!({ "events": [about("EId_TrackSoloStateChanged", "track_id", &kick)] });
    bench.ok("SubscribeToEvents", wanted).await;
    bench.set("SetTrackSoloState", &["Kick"], true).await;
    let answer = bench.ok("PollEvents", Value::Null).await;
    assert_eq!(answer["event"]["event_id"], "EId_TrackSoloStateChanged");
    assert_eq!(bench.ok("PollEvents", json!({})).await, Value::Null);

    bench.set("SetTrackSoloState", &["Kick"], false).await;
    let mut first = bench.poll().await;
    assert_eq!(next(&mut first).await.unwrap().1["state"], false, "waited");
    let mut second = bench.poll().await;
    assert_eq!(next(&mut first).await, None, "ended by the second");
    bench.set("SetTrackSoloState", &["Kick"], true).await;
    assert_eq!(next(&mut second).await.unwrap().1["state"], true);

    for wrong in [
        json!({}),
        json!({ "events": [] }),
        json!({ "events": [{ "event_id": "EId_TrackNameChanged" }] }),
        json!({ "events": [{ "event_id": "EId_Unknown" }] }),
        json!({ "events": [{ "event_id": "EId_TrackMuteStateChanged" }] }),
        json!({ "events": [about("EId_TrackMuteStateChanged", "track_id", "Kick")] }),
        json!({ "events": [about("EId_TrackMuteStateChanged", "id", &kick)] }),
    ] {
        let kind = bench.refused("SubscribeToEvents", wrong).await;
        assert_eq!(kind, "PT_InvalidParameter");
    }
    let gone = "{00000000-00000000-00000000-00000bad}";
    let wrong = json!({ "events": [
        about("EId_TrackMuteStateChanged", "track_id", &kick),
        about("EId_TrackMuteStateChanged", "track_id", gone),
    ] });
    for command in ["SubscribeToEvents", "UnsubscribeFromEvents"] {
        assert_eq!(
            bench.refused(command, wrong.clone()).await,
            "PT_NoTrackFound"
        );
    }
    bench.set("SetTrackMuteState", &["Kick"], true).await;
    assert_eq!(
        bench.ok("PollEvents", json!({})).await,
        Value::Null,
        "all or none"
    );
    // Of a track that was deleted, a subscription may be given back.
    let delete = json!({ "track_names": ["Kick"] });
    bench.ok("DeleteTracks", delete).await;
    let solo = json!({ "events": [about("EId_TrackSoloStateChanged", "track_id", &kick)] });
    assert_eq!(
        bench.ok("UnsubscribeFromEvents", solo.clone()).await,
        Value::Null
    );
    assert_eq!(
        bench.refused("UnsubscribeFromEvents", solo).await,
        "PT_NoTrackFound"
    );

    bench.session_id = "nobody".to_owned();
    let number = names::command("PollEvents").unwrap() as i32;
    let request = bench.request(number, "{}");
    let answer = bench.client.send_grpc_streaming_request(request).await;
    let refusal = answer
        .unwrap()
        .into_inner()
        .message()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(outcome(&refusal).unwrap_err().0, "PT_Forbidden");
    bench.end().await;
}

/// Sends with a batch job in the header.
async fn in_job(bench: &mut Bench, command: &str, body: Value, job: Value) -> Response {
    let number = names::command(command).unwrap() as i32;
    let mut request = bench.request(number, &body.to_string());
    let header = request.header.as_mut().unwrap();
    (header.version, header.version_minor) = (2025, 10);
    header.versioned_request_header_json = json!({ "batch_job_header": job }).to_string();
    let answer = bench.client.send_grpc_request(request).await.unwrap();
    answer.into_inner()
}

#[tokio::test]
async fn runs_batch_jobs() {
    let mut bench = Bench::open().await;
    let job = json!({ "job": { "name": "Stems", "description": "night", "timeout": 60_000,
        "is_cancelable": true, "cancel_on_failure": true } });
    let id = bench.ok("CreateBatchJob", job.clone()).await["id"].clone();
    assert_eq!(
        bench.refused("CreateBatchJob", job.clone()).await,
        "PT_CannotBeDone"
    );
    let wanted =
        json!({ "events": [about("EId_BatchJobStatusChanged", "id", id.as_str().unwrap())] });
    bench.ok("SubscribeToEvents", wanted).await;
    let names = json!({ "track_names": ["Kick"], "enabled": true });
    let header = json!({ "id": id, "progress": 30 });
    let answer = in_job(&mut bench, "SetTrackMuteState", names.clone(), header).await;
    assert_eq!(outcome(&answer).unwrap(), Value::Null);
    assert_eq!(answer.header.unwrap().versioned_response_header_json, "{}");
    let info = bench.ok("GetBatchJobStatus", json!({ "id": id })).await["job_info"].clone();
    assert_eq!(
        (&info["progress"], &info["status"]),
        (&json!(30), &json!("BJStatus_Running"))
    );
    assert_eq!(info["job_data"]["name"], "Stems");

    // Another client has to wait meanwhile.
    let me = bench.session_id.clone();
    let other = json!({ "company_name": "Other", "application_name": "client" });
    let other = bench.ok("RegisterConnection", other).await["session_id"].clone();
    bench.session_id = other.as_str().unwrap().to_owned();
    assert_eq!(
        bench.refused("GetTrackList", json!({})).await,
        "PT_HostIsBusy"
    );
    bench.session_id = me;

    let nobody = json!({ "track_names": ["Nobody"], "enabled": true });
    let header = json!({ "id": id, "progress": 40 });
    let answer = in_job(&mut bench, "SetTrackMuteState", nobody, header.clone()).await;
    assert_eq!(outcome(&answer).unwrap_err().0, "PT_NoTrackFound");
    let event = bench.ok("PollEvents", json!({})).await["event"].clone();
    assert_eq!(event["event_id"], "EId_BatchJobStatusChanged");
    let data: Value = serde_json::from_str(event["event_data_json"].as_str().unwrap()).unwrap();
    assert_eq!(data, json!({ "id": id, "status": "BJStatus_Failed" }));
    let answer = in_job(&mut bench, "SetTrackMuteState", names, header).await;
    assert_eq!(
        outcome(&answer).unwrap_err().0,
        "PT_CannotBeDone",
        "it has ended"
    );

    for (ending, status) in [
        ("CompleteBatchJob", "BJStatus_Completed"),
        ("CancelBatchJob", "BJStatus_Canceled"),
    ] {
        let id = bench.ok("CreateBatchJob", job.clone()).await["id"].clone();
        assert_eq!(bench.ok(ending, json!({ "id": id })).await, Value::Null);
        let info = bench.ok("GetBatchJobStatus", json!({ "id": id })).await;
        assert_eq!(info["job_info"]["status"], status);
        assert_eq!(
            bench.refused(ending, json!({ "id": id })).await,
            "PT_CannotBeDone"
        );
    }
    let id = bench.ok("CreateBatchJob", job).await["id"].clone();
    bench.clock.advance_micros(61_000_000);
    bench.ok("GetTrackList", json!({})).await;
    let info = bench.ok("GetBatchJobStatus", json!({ "id": id })).await;
    assert_eq!(info["job_info"]["status"], "BJStatus_TimedOut");
    bench.end().await;
}

/// A batch job of a client that then goes away; whether the others have to wait.
async fn busy_without_client(faults: &str) -> bool {
    let mut bench = Bench::faulty(faults).await;
    let me = bench.session_id.clone();
    let names = json!({ "company_name": "Other", "application_name": "client" });
    let other = bench.ok("RegisterConnection", names).await["session_id"].clone();
    let other = other.as_str().unwrap().to_owned();
    let mut dying = PtslClient::connect(format!("http://{}", bench.addresses[0]))
        .await
        .unwrap();
    std::mem::swap(&mut bench.client, &mut dying);
    bench.session_id = other;
    let job = json!({ "job": { "name": "Stems", "timeout": 60_000, "is_cancelable": false } });
    let id = bench.ok("CreateBatchJob", job).await["id"].clone();
    std::mem::swap(&mut bench.client, &mut dying);
    bench.session_id = me;
    assert_eq!(
        bench.refused("GetTrackList", json!({})).await,
        "PT_HostIsBusy"
    );
    drop(dying);
    // Its end is noticed in a moment, or never.
    let mut is_busy = true;
    for round in 0..20_000 {
        let info = bench.ok("GetBatchJobStatus", json!({ "id": id })).await;
        if info["job_info"]["status"] == "BJStatus_Failed" {
            is_busy = false;
            bench.ok("GetTrackList", json!({})).await;
            break;
        }
        if faults.contains("keep") && round > 200 {
            break;
        }
    }
    bench.end().await;
    is_busy
}

#[tokio::test]
async fn the_batch_job_of_a_lost_client_ends() {
    assert!(!busy_without_client("").await);
    assert!(busy_without_client("[unknown]\nlost_client = 'keep'").await);
}

#[tokio::test]
async fn puts_items_into_menus() {
    let mut bench = Bench::open().await;
    let item = json!({ "menu_info": { "menu_area": "MArea_Export",
        "menu_label": [{ "locale": "en", "ui_string": "Print stems" }] } });
    let id = bench.ok("InstallMenuHandler", item).await["menu_item_id"].clone();
    let id = id.as_str().unwrap().to_owned();
    let wanted = json!({ "events": [about("EId_MenuItemSelected", "menu_item_id", &id)] });
    bench.ok("SubscribeToEvents", wanted).await;
    let control = bench.simulator.control();
    control.pick_menu_item(id.clone()).await.unwrap();
    assert!(control.pick_menu_item("{no}".to_owned()).await.is_err());
    let event = bench.ok("PollEvents", json!({})).await["event"].clone();
    assert_eq!(event["event_id"], "EId_MenuItemSelected");
    bench
        .ok("UninstallMenuHandler", json!({ "menu_item_id": id }))
        .await;
    let again = json!({ "menu_item_id": id });
    assert_eq!(
        bench.refused("UninstallMenuHandler", again).await,
        "PT_InvalidParameter"
    );
    bench.end().await;
}
