//! Every kind of fault as a client sees it: here what is refused, cut, left undone or made wrong.

mod dialogs;
mod restarts;
mod unknowns;

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
    let ending = Reader::open(&file).unwrap().info().ending;
    assert_eq!(ending, pt_stem::media::info::Ending::Cut);
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
    let ending = Reader::open(&file).unwrap().info().ending;
    assert_eq!(ending, pt_stem::media::info::Ending::Cut);
    request["file_name_prefix"] = json!("away");
    let answer = bench.ok("BounceTrack", request).await;
    let file = PathBuf::from(answer["file_paths"][0].as_str().unwrap());
    assert!(!file.exists());
    bench.end().await;
}
