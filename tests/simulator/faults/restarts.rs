//! Servers that restart, hands in the session, and the command that brings both about.

use super::*;
use pt_stem::simulator::control;

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
