//! State, actions, jobs, recipes and manifests: what is ours.

use serde_json::{Value, json};

use crate::bench::{Bench, TRACKS};

fn names(list: &Value) -> Vec<&str> {
    let rows = list.as_array().unwrap();
    rows.iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_do_what_they_do_elsewhere_and_the_state_shows_it() {
    let bench = Bench::new().await;
    let before = bench.get("/api/v1/state").await.is(200);
    assert_eq!(before["tracks"].as_array().unwrap().len(), TRACKS.len());
    let actions = bench.get("/api/v1/actions").await.is(200);
    assert!(names(&actions).contains(&"mute"));
    assert!(!names(&actions).contains(&"zoom"), "that is about a screen");

    let name = before["tracks"][0]["name"].as_str().unwrap();
    let body = json!({ "arguments": [name] });
    let done = bench.post("/api/v1/actions/mute", body).await.done(200);
    assert!(
        done["action"].as_str().unwrap().starts_with("mute"),
        "{done}"
    );
    let after = bench
        .until("/api/v1/state", |state| {
            state["tracks"][0]["is_muted"] == true
        })
        .await;
    assert!(after["seq"].as_u64() > before["seq"].as_u64());
    let body = json!({ "arguments": [name] });
    bench.post("/api/v1/actions/unmute", body).await.done(200);
    bench
        .until("/api/v1/state", |state| {
            state["tracks"][0]["is_muted"] == false
        })
        .await;

    let ask =
        async |name: &str, body: Value| bench.post(&format!("/api/v1/actions/{name}"), body).await;
    ask("mut", json!({})).await.fails(404, "not_found");
    ask("zoom", json!({})).await.fails(409, "usage");
    ask("quit", json!({})).await.fails(409, "usage");
    let wrong = ask("mute", json!({})).await.fails(400, "usage");
    assert_eq!(wrong["details"]["field"], "arguments");
    ask("mute", json!({ "arguments": ["nobody"] }))
        .await
        .fails(400, "usage");
    ask("mute", json!({ "argument": [] }))
        .await
        .fails(400, "usage");
    ask("cancel", json!({ "arguments": ["7"] }))
        .await
        .fails(409, "job");
    bench.get("/api/v1/jobs/7").await.fails(404, "not_found");
    bench.get("/api/v1/jobs/x").await.fails(404, "not_found");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_names_every_path_and_every_part_of_it() {
    let bench = Bench::new().await;
    let api = bench.get("/openapi.json").await.is(200);
    assert!(
        api["openapi"].as_str().unwrap().starts_with("3.1"),
        "{}",
        api["openapi"]
    );
    for (method, path) in [
        ("post", "/api/v1/connection/connect"),
        ("post", "/api/v1/connection/disconnect"),
        ("get", "/api/v1/connection/status"),
        ("get", "/api/v1/session/info"),
        ("get", "/api/v1/tracks"),
        ("post", "/api/v1/transport/play"),
        ("post", "/api/v1/transport/stop"),
        ("post", "/api/v1/transport/record"),
        ("get", "/api/v1/transport/status"),
        ("post", "/api/v1/export/audio"),
        ("post", "/api/v1/stems/separate"),
        ("post", "/api/v1/stems/plan"),
        ("post", "/api/v1/export/start"),
        ("get", "/api/v1/export/status/{task_id}"),
        ("get", "/api/v1/export/tasks"),
        ("post", "/api/v1/export/stop/{task_id}"),
        ("delete", "/api/v1/export/tasks/{task_id}"),
        ("post", "/api/v1/session/apply-snapshot"),
        ("get", "/api/v1/session/snapshot-info"),
        ("get", "/api/v1/files"),
        ("get", "/api/v1/files/download"),
        ("get", "/api/v1/system/health"),
        ("get", "/"),
        ("get", "/health"),
        ("get", "/redoc"),
        ("get", "/api/v1/state"),
        ("post", "/api/v1/actions/{name}"),
        ("get", "/api/v1/jobs"),
        ("get", "/api/v1/recipes"),
        ("get", "/api/v1/manifest"),
        ("get", "/metrics"),
    ] {
        assert!(api["paths"][path][method].is_object(), "{method} {path}");
    }
    for (path, methods) in api["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values() {
            for one in operation["parameters"].as_array().into_iter().flatten() {
                let is_in_path = path.contains(&format!("{{{}}}", one["name"].as_str().unwrap()));
                let told = if is_in_path { "path" } else { "query" };
                assert_eq!(one["in"], told, "{path}: {one}");
            }
        }
    }
    let error = &api["paths"]["/api/v1/transport/play"]["post"]["responses"]["4XX"];
    let shape = &error["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(shape, "#/components/schemas/ErrorBody");
    assert!(api["components"]["schemas"]["ErrorBody"].is_object());
    let answer = bench.get("/redoc").await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (307, Some("/docs"))
    );
    assert_eq!(bench.get("/docs/").await.status, 200);
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_tells_what_would_be_printed_and_prints_nothing() {
    let bench = Bench::new().await;
    let before = bench.control().calls();
    let plan = async |body: Value| bench.post("/api/v1/stems/plan", body).await;
    let planned = plan(json!({ "output_dir": "set", "wait": false }))
        .await
        .is(200);
    assert_eq!(names(&planned["stems"]), ["Drums", "Rest"], "{planned}");
    assert_eq!(planned["stems"][0]["tracks"], json!(["Kick", "Snare"]));
    assert_eq!(planned["seconds"], 1.0);
    assert!(planned["bytes"].as_u64().unwrap() > 0);
    assert!(
        planned["dir"].as_str().unwrap().ends_with("set"),
        "{planned}"
    );
    let stems = json!([{ "name": "A", "tracks": ["Kick"] }]);
    let planned = plan(json!({ "stem_configs": stems })).await.is(200);
    let code = |finding: &Value| finding["code"].as_str().unwrap().to_owned();
    let findings: Vec<String> = planned["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(code)
        .collect();
    assert!(findings.contains(&"orphan".to_owned()), "{planned}");
    assert_eq!(
        planned["coverage"]["orphans"],
        json!(["Snare", "Bass", "Muted"])
    );
    // What would be refused is told too.
    let stems = json!([{ "name": "A", "tracks": ["Kik"] }]);
    let planned = plan(json!({ "stem_configs": stems })).await.is(200);
    assert_eq!(planned["findings"][0]["level"], "error", "{planned}");
    plan(json!({ "output_dir": "../x" }))
        .await
        .fails(400, "usage");
    let error = plan(json!({ "stem_config": [] })).await.fails(400, "usage");
    assert_eq!(error["details"]["field"], "stem_config");

    assert_eq!(bench.get("/api/v1/jobs").await.is(200)["total_count"], 0);
    assert_eq!(std::fs::read_dir(bench.out()).unwrap().count(), 0);
    let changing = |calls: &std::collections::BTreeMap<String, u64>| -> u64 {
        let changing = calls
            .iter()
            .filter(|(name, _)| name.contains("Set") || name.contains("Export"));
        changing.map(|(_, count)| count).sum()
    };
    assert_eq!(changing(&bench.control().calls()), changing(&before));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recipes_are_listed_printed_and_their_manifest_told() {
    let bench = Bench::new().await;
    bench.get("/api/v1/manifest").await.fails(404, "not_found");
    std::fs::create_dir_all(bench.out()).unwrap();
    let recipe = format!(
        "[[stem]]\nname = \"First\"\ntracks = [\"{}\"]\n",
        TRACKS[0].0
    );
    std::fs::write(bench.out().join("night.toml"), recipe).unwrap();
    std::fs::write(bench.out().join("odd.toml"), "[[stem]\n").unwrap();
    let list = bench.get("/api/v1/recipes").await.is(200);
    assert_eq!(names(&list["recipes"]), ["night", "odd"]);
    assert_eq!(list["recipes"][0]["stems"], json!(["First"]));
    assert!(list["recipes"][1]["error"].is_string(), "{list}");
    let one = bench.get("/api/v1/recipes/night").await.is(200);
    bench
        .get("/api/v1/recipes/other")
        .await
        .fails(404, "not_found");

    let body = json!({ "recipe": "night.toml", "output_dir": "set", "allow_orphans": true });
    let printed = bench.post("/api/v1/stems/separate", body).await.done(200);
    let manifest = bench.get("/api/v1/manifest?path=set").await.is(200);
    assert_eq!(manifest["files"].as_array().unwrap().len(), 1);
    assert_eq!(one["stems"], json!(["First"]));
    bench
        .get("/api/v1/manifest?path=../set")
        .await
        .fails(400, "usage");
    bench
        .get("/api/v1/manifest?path=/etc")
        .await
        .fails(403, "outside");

    let id = printed["task_id"].as_str().unwrap();
    let jobs = bench.get("/api/v1/jobs").await.is(200);
    assert_eq!(jobs["total_count"], 1);
    let job = bench.get(&format!("/api/v1/jobs/{id}")).await.is(200);
    assert_eq!(job["state"], "done");
    assert_eq!(job["report"]["files"].as_array().unwrap().len(), 1);
    bench.close().await;
}
