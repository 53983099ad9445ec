//! Dialogs that hold calls up, and tasks that wait, stand still or are carried out late.

use super::*;

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

/// Somebody's file takes the name while the bounce is asked for.
#[tokio::test]
async fn a_name_can_be_taken_at_the_worst_moment_and_both_files_kept() {
    let mut bench = Bench::faulty(
        "[[fault]]
        kind = 'name_exists'
        command = 'ExportMix'
        taken = true
        ms = 1
        [[fault]]
        kind = 'name_exists'
        command = 'ExportMix'
        from = 2
        taken = true
        then = 'keep_both'",
    )
    .await;
    let control = bench.simulator.control();
    bench.set("SetTrackSoloState", &["Bass"], true).await;
    let (answer, file) = bench.bounce("replaced").await;
    answer.unwrap();
    assert_eq!(read_constant(&file).1, 0.0625);
    let folder = file.parent().unwrap();
    let body = mix_request(folder, "kept", "Bit24");
    let asked = bench.begin("ExportMix", &body);
    control.until_dialogs(2).await;
    control.dismiss();
    outcome(&asked.await.unwrap()).unwrap();
    let (theirs, ours) = (folder.join("kept.wav"), folder.join("kept_01.wav"));
    assert_eq!(read_constant(&ours), (4800, 0.0625, 0.0625));
    assert_ne!(read_constant(&theirs).1, 0.0625, "somebody else's");
    bench.end().await;
}
