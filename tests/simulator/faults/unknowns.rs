//! What nobody knows of real servers, had either way.

use super::*;

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
