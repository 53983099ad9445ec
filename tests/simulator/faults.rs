//! Every kind of fault as a client sees it.

use super::*;
use pt_stem::simulator::control;
use tonic::Code;

fn number(command: &str) -> i32 {
    names::command(command).unwrap() as i32
}

impl Bench {
    /// Sends without waiting; the answer comes by the handle.
    fn begin(&self, command: &str, body: &Value) -> tokio::task::JoinHandle<Response> {
        let request = self.request(number(command), &body.to_string());
        let mut client = self.client.clone();
        tokio::spawn(async move {
            let answer = client.send_grpc_request(request).await.unwrap();
            answer.into_inner()
        })
    }

    /// The gRPC status of a call that gets no answer.
    async fn lost(&mut self, command: &str, body: Value) -> Code {
        let request = self.request(number(command), &body.to_string());
        let status = self.client.send_grpc_request(request).await.unwrap_err();
        status.code()
    }

    async fn register(&mut self) {
        let names = json!({ "company_name": "Test", "application_name": "again" });
        let answer = self.ok("RegisterConnection", names).await;
        self.session_id = answer["session_id"].as_str().unwrap().to_owned();
    }

    async fn is_on(&mut self, track: &str, attribute: &str) -> bool {
        let tracks = self.tracks().await;
        let track = tracks.iter().find(|t| t["name"] == track).unwrap();
        track["track_attributes"][attribute].as_bool().unwrap()
    }

    /// Bounces into a folder of its own; the answer and the file's path.
    async fn bounce(&mut self, name: &str) -> (Result<Value, Refused>, PathBuf) {
        let folder = self.path("bounces");
        std::fs::create_dir_all(&folder).unwrap();
        let answer = self
            .call("ExportMix", mix_request(&folder, name, "Bit24"))
            .await;
        (answer, folder.join(format!("{name}.wav")))
    }

    async fn control(&mut self, wish: Value) -> Result<Value, Refused> {
        outcome(&self.send(control::COMMAND, &wish.to_string()).await)
    }
}

fn solo(track: &str) -> Value {
    json!({ "track_names": [track], "enabled": true })
}

#[tokio::test]
async fn refusals_come_when_they_are_due_and_pass() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'refuse'
        command = 'SetTrackSoloState'
        from = 2
        error = 'PT_CannotBeDone'
        message = 'Not now.'
        [[fault]]
        kind = 'busy'
        command = 'SetTrackMuteState'
        times = 2
        [[fault]]
        kind = 'busy'
        command = 'GetSessionName'
        error = 106",
    )
    .await;
    bench.set("SetTrackSoloState", &["Bass"], true).await;
    let refused = bench.call("SetTrackSoloState", solo("Kick")).await;
    let wanted = ("PT_CannotBeDone".to_owned(), "Not now.".to_owned());
    assert_eq!(refused.unwrap_err(), wanted);
    assert!(!bench.is_on("Kick", "is_soloed").await, "nothing was done");
    bench.set("SetTrackSoloState", &["Kick"], true).await;
    for _ in 0..2 {
        let kind = bench.refused("SetTrackMuteState", solo("Kick")).await;
        assert_eq!(kind, "PT_HostIsBusy");
    }
    bench.set("SetTrackMuteState", &["Kick"], true).await;
    let kind = bench.refused("GetSessionName", json!({})).await;
    assert_eq!(kind, "PT_NoOpenedSession");
    bench.ok("GetSessionName", json!({})).await;
    let calls = bench.simulator.control().calls();
    assert_eq!(
        (calls["SetTrackSoloState"], calls["GetSessionName"]),
        (3, 2)
    );
    bench.end().await;
}

#[tokio::test]
async fn warnings_stand_before_errors_and_beside_answers() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'refuse'
        command = 'SaveSession'
        warning_first = true
        [[fault]]
        kind = 'warnings'
        command = 'GetSessionName'
        message = 'A plug-in is missing.'",
    )
    .await;
    let response = bench.send(number("SaveSession"), "").await;
    let errors: Value = serde_json::from_str(&response.response_error_json).unwrap();
    let errors = errors["errors"].as_array().unwrap();
    let warnings: Vec<_> = errors.iter().map(|e| e["is_warning"] == true).collect();
    assert_eq!(warnings, [true, false]);
    let response = bench.send(number("GetSessionName"), "").await;
    assert_eq!(
        response.header.unwrap().status,
        TaskStatus::Completed as i32
    );
    assert!(response.response_body_json.contains("Söng"));
    let errors: Value = serde_json::from_str(&response.response_error_json).unwrap();
    assert_eq!(
        errors["errors"][0]["command_error_message"],
        "A plug-in is missing."
    );
    assert_eq!(errors["errors"][0]["is_warning"], true);
    bench.end().await;
}

#[tokio::test]
async fn connections_are_cut_before_and_after() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'drop'
        command = 'SetTrackSoloState'
        [[fault]]
        kind = 'drop'
        command = 'SetTrackMuteState'
        when = 'after'",
    )
    .await;
    assert_ne!(
        bench.lost("SetTrackSoloState", solo("Bass")).await,
        Code::Ok
    );
    assert!(!bench.is_on("Bass", "is_soloed").await);
    assert_ne!(
        bench.lost("SetTrackMuteState", solo("Bass")).await,
        Code::Ok
    );
    assert!(bench.is_on("Bass", "is_muted").await, "it was carried out");
    bench.end().await;
}

#[tokio::test]
async fn a_hang_holds_everybody_until_somebody_comes() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'hang'
        command = 'SetTrackSoloState'
        [[fault]]
        kind = 'dialog'
        command = 'SetTrackMuteState'
        then = 'cancel'
        [[fault]]
        kind = 'hang'
        command = 'SaveSession'",
    )
    .await;
    let control = bench.simulator.control();
    let hanging = bench.begin("SetTrackSoloState", &solo("Bass"));
    control.until_dialogs(1).await;
    let behind = bench.begin("GetSessionName", &json!({}));
    assert!(control.is_dialog_open());
    tokio::task::yield_now().await;
    assert!(!hanging.is_finished() && !behind.is_finished());
    assert!(control.dismiss());
    outcome(&hanging.await.unwrap()).unwrap();
    outcome(&behind.await.unwrap()).unwrap();
    assert!(bench.is_on("Bass", "is_soloed").await);

    let hanging = bench.begin("SetTrackMuteState", &solo("Bass"));
    control.until_dialogs(2).await;
    control.dismiss();
    let (_, message) = outcome(&hanging.await.unwrap()).unwrap_err();
    assert!(message.contains("CMN_CancelException"), "{message}");
    assert!(!bench.is_on("Bass", "is_muted").await);

    // And it ends while something hangs.
    let request = bench.request(number("SaveSession"), "");
    let mut client = bench.client.clone();
    let hanging = tokio::spawn(async move { client.send_grpc_request(request).await });
    control.until_dialogs(3).await;
    bench.end().await;
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn an_open_dialog_can_mean_no_session_to_everybody() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'dialog'
        mode = 'no_session'
        command = 'GetTrackList'",
    )
    .await;
    for command in ["GetTrackList", "GetSessionName", "TogglePlayState"] {
        let kind = bench.refused(command, json!({})).await;
        assert_eq!(kind, "PT_NoOpenedSession", "{command}");
    }
    bench.ok("HostReadyCheck", Value::Null).await;
    bench.ok("GetPTSLVersion", Value::Null).await;
    assert!(bench.simulator.control().dismiss());
    assert_eq!(bench.tracks().await.len(), 7);
    bench.end().await;
}

#[tokio::test]
async fn who_waits_for_the_user_says_so() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'waiting'
        command = 'ExportMix'",
    )
    .await;
    let control = bench.simulator.control();
    let folder = bench.dir.path().to_owned();
    let body = mix_request(&folder, "waiting", "Bit24").to_string();
    let mut request = bench.request(number("ExportMix"), &body);
    request.header.as_mut().unwrap().task_id = "my task".to_owned();
    let mut stream = bench
        .client
        .send_grpc_streaming_request(request)
        .await
        .unwrap()
        .into_inner();
    let mut states = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        let header = message.header.unwrap();
        assert_eq!(header.task_id, "my task");
        let status = TaskStatus::try_from(header.status).unwrap();
        states.push(status);
        if status == TaskStatus::WaitingForUserInput {
            let task = json!({ "task_id": "my task" });
            // The queue is busy; this is answered all the same.
            let answer = bench.ok("GetTaskStatus", task).await;
            assert_eq!(answer["status"], "WaitingForUserInput");
            assert!(!folder.join("waiting.wav").exists());
            control.dismiss();
        }
    }
    assert!(states.contains(&TaskStatus::WaitingForUserInput));
    assert_eq!(states.last(), Some(&TaskStatus::Completed));
    assert!(folder.join("waiting.wav").exists());
    bench.end().await;
}

#[tokio::test]
async fn progress_moves_or_is_stuck_and_tasks_can_be_asked() {
    let mut bench = Bench::faulty(
        "[unknown]
        long_calls = 'task'
        [[fault]]
        kind = 'stuck_progress'
        command = 'ExportMix'
        until = 'dismissed'",
    )
    .await;
    let control = bench.simulator.control();
    let folder = bench.dir.path().to_owned();
    let body = mix_request(&folder, "stuck", "Bit24").to_string();
    let response = bench.send(number("ExportMix"), &body).await;
    let header = response.header.unwrap();
    assert_eq!(header.status, TaskStatus::InProgress as i32);
    assert!(!header.task_id.is_empty());
    let task = json!({ "task_id": header.task_id });
    control.until_dialogs(1).await;
    let answer = bench.ok("GetTaskStatus", task.clone()).await;
    assert_eq!(answer["status"], "InProgress");
    assert_eq!(answer["progress"], 0, "stuck");
    assert!(folder.join("stuck.wav").exists(), "and yet done");
    control.dismiss();
    // The next command waits behind it.
    bench.ok("GetSessionName", json!({})).await;
    let answer = bench.ok("GetTaskStatus", task).await;
    assert_eq!(
        (&answer["status"], &answer["progress"]),
        (&json!("Completed"), &json!(100))
    );
    bench.end().await;
}

#[tokio::test]
async fn completed_can_mean_nothing() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'no_effect'
        command = 'SetTrackMuteState'
        [[fault]]
        kind = 'no_effect'
        command = 'CreateNewTracks'
        [[fault]]
        kind = 'no_effect'
        command = 'ExportMix'",
    )
    .await;
    bench.set("SetTrackMuteState", &["Bass"], true).await;
    assert!(!bench.is_on("Bass", "is_muted").await);
    let new = json!({ "number_of_tracks": 1, "track_name": "New",
        "track_type": "TT_Audio", "track_format": "TF_Mono" });
    let answer = bench.ok("CreateNewTracks", new).await;
    assert_eq!(answer["created_track_names"], json!(["New"]));
    assert_eq!(bench.tracks().await.len(), 7);
    let (answer, file) = bench.bounce("nothing").await;
    assert_eq!(answer.unwrap(), Value::Null);
    assert!(!file.exists());
    bench.end().await;
}

#[tokio::test]
async fn what_timed_out_happens_later() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'late'
        command = 'SetTrackSoloState'
        [[fault]]
        kind = 'late'
        command = 'SetTrackMuteState'
        answer = 'nothing'
        after_ms = 1",
    )
    .await;
    let control = bench.simulator.control();
    let kind = bench.refused("SetTrackSoloState", solo("Bass")).await;
    assert_eq!(kind, "PT_CommandTimeout");
    assert!(!bench.is_on("Bass", "is_soloed").await, "not yet");
    control.until_dialogs(1).await;
    control.dismiss();
    while !bench.is_on("Bass", "is_soloed").await {}
    let silent = bench.begin("SetTrackMuteState", &solo("Bass"));
    while !bench.is_on("Bass", "is_muted").await {}
    assert!(!silent.is_finished(), "and nobody is told");
    silent.abort();
    bench.end().await;
}

#[tokio::test]
async fn bounces_end_up_wrong() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'disk_full'
        command = 'ExportMix'
        [[fault]]
        kind = 'elsewhere'
        command = 'ExportMix'
        from = 2
        [[fault]]
        kind = 'wrong_length'
        command = 'ExportMix'
        from = 3
        frames = -10
        [[fault]]
        kind = 'wrong_length'
        command = 'ExportMix'
        from = 4
        frames = 7
        [[fault]]
        kind = 'silent'
        command = 'ExportMix'
        from = 5
        [[fault]]
        kind = 'truncated'
        command = 'ExportMix'
        from = 6",
    )
    .await;
    bench.set("SetTrackSoloState", &["Bass"], true).await;
    let frames = |file: &Path| Reader::open(file).unwrap().info().frames.unwrap();
    let bytes = |file: &Path| std::fs::metadata(file).unwrap().len();
    let (answer, file) = bench.bounce("full").await;
    assert_eq!(answer.unwrap_err().0, "OS_DiskSpace");
    let whole = 4800 * 6;
    assert!((1..whole).contains(&bytes(&file)), "a part stays");
    let (answer, file) = bench.bounce("elsewhere").await;
    answer.unwrap();
    assert!(!file.exists());
    let answer = bench.ok("GetSessionPath", json!({})).await;
    let session = PathBuf::from(answer["session_path"]["path"].as_str().unwrap());
    let bounced = session.with_file_name("Bounced Files");
    assert_eq!(frames(&bounced.join("elsewhere.wav")), 4800);
    let (answer, file) = bench.bounce("short").await;
    answer.unwrap();
    assert_eq!(read_constant(&file), (4790, 0.0625, 0.0625));
    let (answer, file) = bench.bounce("long").await;
    answer.unwrap();
    assert_eq!(frames(&file), 4807);
    let (answer, file) = bench.bounce("silent").await;
    answer.unwrap();
    assert_eq!(read_constant(&file), (4800, 0.0, 0.0));
    let (answer, file) = bench.bounce("cut").await;
    answer.unwrap();
    assert!(Reader::open(&file).unwrap().info().is_cut);
    let (answer, file) = bench.bounce("right").await;
    answer.unwrap();
    assert_eq!(read_constant(&file), (4800, 0.0625, 0.0625));
    bench.end().await;
}

#[tokio::test]
async fn a_bounced_track_can_be_wrong_too() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'truncated'
        [[fault]]
        kind = 'elsewhere'
        from = 2",
    )
    .await;
    let tracks = bench.tracks().await;
    let mut request = mix_request(bench.dir.path(), "", "Bit24");
    for key in ["start_time", "end_time"] {
        request.as_object_mut().unwrap().remove(key);
    }
    request["src_track_id"] = tracks[1]["id"].clone();
    let range = json!({ "in_time": "0", "out_time": "4800", "location_type": "TLType_Samples" });
    bench.ok("SetTimelineSelection", range).await;
    request["file_name_prefix"] = json!("cut");
    let answer = bench.ok("BounceTrack", request.clone()).await;
    let file = PathBuf::from(answer["file_paths"][0].as_str().unwrap());
    assert!(Reader::open(&file).unwrap().info().is_cut);
    request["file_name_prefix"] = json!("away");
    let answer = bench.ok("BounceTrack", request).await;
    let file = PathBuf::from(answer["file_paths"][0].as_str().unwrap());
    assert!(!file.exists());
    bench.end().await;
}

#[tokio::test]
async fn the_status_of_a_task_can_be_refused_and_hang() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'busy'
        command = 'GetTaskStatus'
        [[fault]]
        kind = 'hang'
        command = 'GetTaskStatus'
        from = 2
        [[fault]]
        kind = 'drop'
        command = 'GetTaskStatus'
        from = 3",
    )
    .await;
    let control = bench.simulator.control();
    let task = json!({ "task_id": "nobody's" });
    let busy = bench.refused("GetTaskStatus", task.clone()).await;
    assert_eq!(busy, "PT_HostIsBusy");
    let request = bench.request(number("GetTaskStatus"), &task.to_string());
    let mut other = bench.client.clone();
    let hanging = tokio::spawn(async move { other.send_grpc_request(request).await });
    control.until_dialogs(1).await;
    bench.ok("GetSessionName", json!({})).await;
    assert!(!hanging.is_finished(), "only the status hangs");
    control.dismiss();
    let answer = hanging.await.unwrap().unwrap().into_inner();
    assert_eq!(outcome(&answer).unwrap_err().0, "PT_InvalidTask");
    let request = bench.request(number("GetTaskStatus"), &task.to_string());
    assert!(bench.client.send_grpc_request(request).await.is_err());
    bench.end().await;
}

#[tokio::test]
async fn a_dialog_asks_whether_a_file_may_go() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'name_exists'
        command = 'ExportMix'
        times = 2
        then = 'cancel'
        [[fault]]
        kind = 'name_exists'
        command = 'ExportMix'
        from = 3
        then = 'carry_out'",
    )
    .await;
    let control = bench.simulator.control();
    bench.set("SetTrackSoloState", &["Bass"], true).await;
    let (answer, file) = bench.bounce("same").await;
    answer.unwrap();
    bench.set("SetTrackSoloState", &["Bass"], false).await;
    bench.set("SetTrackSoloState", &["Vox"], true).await;
    let body = mix_request(file.parent().unwrap(), "same", "Bit24");
    let asked = bench.begin("ExportMix", &body);
    control.until_dialogs(1).await;
    control.dismiss();
    assert!(outcome(&asked.await.unwrap()).is_err());
    assert_eq!(read_constant(&file).1, 0.0625, "the old file");
    let asked = bench.begin("ExportMix", &body);
    control.until_dialogs(2).await;
    control.dismiss();
    outcome(&asked.await.unwrap()).unwrap();
    assert_ne!(read_constant(&file).1, 0.0625, "the new file");
    let kind = bench.refused("ExportMix", body).await;
    assert_eq!(
        kind, "OS_DuplicateName",
        "and without the fault it is refused"
    );
    bench.end().await;
}

#[tokio::test]
async fn a_restart_forgets_who_was_there() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'restart'
        command = 'SetTrackSoloState'
        [[fault]]
        kind = 'restart'
        command = 'SetTrackMuteState'
        when = 'after'
        session = 'closes'
        [[fault]]
        kind = 'hang'
        command = 'GetSessionName'",
    )
    .await;
    assert_ne!(
        bench.lost("SetTrackSoloState", solo("Bass")).await,
        Code::Ok
    );
    assert_eq!(
        bench.refused("GetTrackList", json!({})).await,
        "PT_Forbidden"
    );
    bench.register().await;
    assert!(
        !bench.is_on("Bass", "is_soloed").await,
        "the session stayed"
    );
    assert_ne!(
        bench.lost("SetTrackMuteState", solo("Bass")).await,
        Code::Ok
    );
    bench.register().await;
    let kind = bench.refused("GetTrackList", json!({})).await;
    assert_eq!(kind, "PT_NoOpenedSession");
    // It ends what hangs, too.
    let control = bench.simulator.control();
    let request = bench.request(number("GetSessionName"), "");
    let mut client = bench.client.clone();
    let hanging = tokio::spawn(async move { client.send_grpc_request(request).await });
    control.until_dialogs(1).await;
    control.restart(false).await.unwrap();
    assert!(hanging.await.unwrap().is_err());
    assert!(!control.is_dialog_open());
    bench.end().await;
}

#[tokio::test]
async fn nobody_is_let_in_while_it_starts() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'restart'
        command = 'SaveSession'
        down_ms = 3600000",
    )
    .await;
    bench.lost("SaveSession", json!({})).await;
    // Cancelled where the connection was just being made.
    let code = bench.lost("HostReadyCheck", json!({})).await;
    assert!(
        matches!(code, Code::Unavailable | Code::Cancelled),
        "{code:?}"
    );
    bench.end().await;
}

#[tokio::test]
async fn humans_put_their_hands_in() {
    let other = tempfile::tempdir().unwrap();
    let path = other.path().join("other");
    write_session(&path);
    let text = std::fs::read_to_string(path.join("session.json")).unwrap();
    std::fs::write(path.join("session.json"), text.replace("Söng", "Other")).unwrap();
    let faults = format!(
        "[[fault]]
        kind = 'human'
        command = 'SetTrackMuteState'
        flag = 'solo'
        track = 'Kick'
        [[fault]]
        kind = 'human'
        command = 'SetTrackMuteState'
        when = 'after'
        flag = 'mute'
        track = 'Bass'
        on = false
        [[fault]]
        kind = 'switch_session'
        command = 'TogglePlayState'
        when = 'after'
        path = {:?}",
        path.display().to_string()
    );
    let mut bench = Bench::faulty(&faults).await;
    let control = bench.simulator.control();
    bench.set("SetTrackMuteState", &["Bass"], true).await;
    assert!(bench.is_on("Kick", "is_soloed").await);
    assert!(!bench.is_on("Bass", "is_muted").await, "undone by a hand");
    control.human("record", "Vox", true).await.unwrap();
    assert!(bench.is_on("Vox", "is_record_enabled").await);
    assert!(control.human("record", "Verb", true).await.is_err());
    assert!(control.human("colour", "Vox", true).await.is_err());
    let before = bench.ok("GetSessionIDs", json!({})).await;
    bench.ok("TogglePlayState", json!({})).await;
    let answer = bench.ok("GetSessionName", json!({})).await;
    assert_eq!(answer["session_name"], "Other");
    assert_ne!(bench.ok("GetSessionIDs", json!({})).await, before);
    assert!(!bench.is_on("Kick", "is_soloed").await);
    control.switch_session(bench.path("song")).await.unwrap();
    let answer = bench.ok("GetSessionName", json!({})).await;
    assert_eq!(answer["session_name"], "Söng");
    bench.end().await;
}

#[tokio::test]
async fn the_control_command_is_for_those_who_may() {
    let mut bench = Bench::open().await;
    let refused = bench.control(json!({ "calls": true })).await;
    assert_eq!(refused.unwrap_err().0, "PT_UnsupportedCommand");
    bench.end().await;

    let options = Options {
        allow_control: true,
        ..Options::default()
    };
    let mut bench = Bench::start(|root| SessionChoice::Open(root.to_owned()), options).await;
    let faults = "[[fault]]\nkind = 'hang'\ncommand = 'GetSessionName'\n";
    bench.control(json!({ "faults": faults })).await.unwrap();
    let hanging = bench.begin("GetSessionName", &json!({}));
    bench.simulator.control().until_dialogs(1).await;
    let answer = bench.control(json!({ "calls": true })).await.unwrap();
    assert_eq!(answer["dialog_open"], true);
    assert_eq!(answer["calls"]["GetSessionName"], 1);
    let answer = bench.control(json!({ "dismiss": true })).await.unwrap();
    assert_eq!(answer["dismissed"], true);
    outcome(&hanging.await.unwrap()).unwrap();
    let human = json!({ "human": { "flag": "mute", "track": "Bass" } });
    bench.control(human).await.unwrap();
    assert!(bench.is_on("Bass", "is_muted").await);
    for wrong in [
        json!({ "faults": "[[fault]]\nkind = 'hangs'" }),
        json!({ "coffee": true }),
        json!([]),
    ] {
        let kind = bench.control(wrong.clone()).await.unwrap_err().0;
        assert_eq!(kind, "PT_InvalidParameter", "{wrong}");
    }
    let mut client = bench.client.clone();
    let request = bench.request(control::COMMAND, r#"{"restart":true}"#);
    // The connection that asked goes down with the others, with its answer or before it.
    let _ = client.send_grpc_request(request).await;
    assert_eq!(
        bench.refused("GetTrackList", json!({})).await,
        "PT_Forbidden"
    );
    bench.end().await;
}

#[tokio::test]
async fn unknowns_can_be_had_either_way() {
    let mut bench = Bench::faulty(
        "[unknown]
        bad_session_id = 'SDK_SessionIdParseError'
        longest_answer = 900
        task_id = 'own'
        duplicate_names = 'refuse'
        filters = 'or'
        session_length_min_hours = 2",
    )
    .await;
    assert_eq!(
        bench.refused("GetTrackList", json!({})).await,
        "PT_ResponseLengthExceeded"
    );
    let filters = json!({ "track_filter_list": [
        { "filter": "Muted" }, { "filter": "Selected" },
    ] });
    bench.set("SetTrackMuteState", &["Kick"], true).await;
    bench
        .ok("SelectTracksByName", json!({ "track_names": [] }))
        .await;
    let answer = bench.ok("GetTrackList", filters.clone()).await;
    assert_eq!(answer["track_list"].as_array().unwrap().len(), 1, "either");
    let short = json!({ "session_length": "01:00:00:00" });
    assert_eq!(
        bench.refused("SetSessionLength", short).await,
        "PT_InvalidParameter"
    );
    let long = json!({ "session_length": "03:00:00:00" });
    bench.ok("SetSessionLength", long).await;
    let mut request = bench.request(number("GetSessionName"), "");
    request.header.as_mut().unwrap().task_id = "mine".to_owned();
    let answer = bench.client.send_grpc_request(request).await.unwrap();
    assert_ne!(answer.into_inner().header.unwrap().task_id, "mine");
    bench.session_id = "nobody".to_owned();
    let kind = bench.refused("GetSessionName", json!({})).await;
    assert_eq!(kind, "SDK_SessionIdParseError");
    bench.end().await;

    let mut bench = Bench::faulty("[unknown]\nbad_session_id = 'accept'").await;
    bench.session_id = "nobody".to_owned();
    bench.ok("GetSessionName", json!({})).await;
    bench.set("SetTrackMuteState", &["Kick"], true).await;
    let answer = bench.ok("GetTrackList", filters).await;
    assert_eq!(answer["track_list"], json!([]), "both");
    bench.end().await;
}

/// Which tracks a name means that two have.
#[tokio::test]
async fn duplicate_names_mean_one_all_or_none() {
    for (policy, expected) in [("all", Ok(2)), ("first", Ok(1)), ("refuse", Err(()))] {
        let faults = format!("[unknown]\nduplicate_names = '{policy}'");
        let faults = Faults::parse(&faults, "test").unwrap();
        let mut bench = Bench::with(
            |root| {
                let file = root.join("session.json");
                let text = std::fs::read_to_string(&file).unwrap();
                std::fs::write(file, text.replace("\"name\":\"Vox\"", "\"name\":\"Bass\""))
                    .unwrap();
                SessionChoice::Open(root.to_owned())
            },
            faults,
        )
        .await;
        let answer = bench.call("SetTrackMuteState", solo("Bass")).await;
        let tracks = bench.tracks().await;
        let muted = tracks
            .iter()
            .filter(|t| t["track_attributes"]["is_muted"] == true);
        let muted = muted.count();
        assert_eq!(answer.map(|_| muted).map_err(|_| ()), expected, "{policy}");
        bench.end().await;
    }
}
