//! The three ways of a bounce on a session with busses, sends, a VCA, a routing folder and two
//! tracks of one name.

use pt_stem::model::job::Verdict;
use pt_stem::model::plan::{PlannedStem, PlannedTrack};
use pt_stem::model::stem::{EngineKind, Way};
use pt_stem::model::{Plan, TrackFlag, TrackId};
use pt_stem::ptsl::client::Client;
use serde_json::{Value, json};

use crate::rig::{Rig, state};
use crate::session::{LENGTH, RATE, World, findings, names, run, samples, stem, wav};

/// Bass feeds the dry return 'Verb' besides the main output; Dialog feeds the bus DX, Music the bus
/// MX, and an aux each hands them on; Kick and Snare stand in the routing folder DRUMS.
pub fn wired() -> World {
    let world = World::new();
    let mut tracks = Vec::new();
    let mut track = |name: &str, kind: &str, value: Option<f64>, more: Value| {
        let mut clips = Vec::new();
        if let Some(value) = value {
            let file = format!("audio/{name}.wav");
            wav(&world.session().join(&file), 1, value, LENGTH);
            clips.push(json!({ "file": file, "start": 0, "offset": 0, "length": LENGTH }));
        }
        let mut track = json!({
            "name": name, "type": kind, "channels": 1, "pan": null, "clips": clips,
        });
        for (key, value) in more.as_object().unwrap() {
            track[key] = value.clone();
        }
        tracks.push(track);
    };
    track("DRUMS", "routing_folder", None, json!({}));
    track(
        "Kick",
        "audio",
        Some(0.125),
        json!({ "folder": "DRUMS", "vcas": ["All"] }),
    );
    track("Snare", "audio", Some(0.0625), json!({ "folder": "DRUMS" }));
    let sends = json!([{ "bus": "Verb In" }]);
    track("Bass", "audio", Some(0.25), json!({ "sends": sends }));
    track("Verb", "aux", None, json!({ "input": "Verb In" }));
    track("Dialog", "audio", Some(0.03125), json!({ "output": "DX" }));
    track("DX Sub", "aux", None, json!({ "input": "DX" }));
    track("Music", "audio", Some(0.015_625), json!({ "output": "MX" }));
    track("MX Sub", "aux", None, json!({ "input": "MX" }));
    track("All", "vca", None, json!({}));
    let text = json!({
        "version": 1, "rate": RATE, "length": LENGTH, "name": "Wired", "tracks": tracks,
        "busses": ["DX", "MX", "Verb In"], "stems": [],
    });
    std::fs::write(world.session().join("session.json"), text.to_string()).unwrap();
    world
}

pub fn planned(names: &[&str]) -> Vec<PlannedTrack> {
    let track = |name: &&str| PlannedTrack {
        name: (*name).into(),
        id: TrackId::default(),
        silent: false,
    };
    names.iter().map(track).collect()
}

pub fn way(name: &str, tracks: &[&str], way: Way, source: Option<&str>) -> PlannedStem {
    PlannedStem {
        way,
        source: source.map(str::to_owned),
        formula: None,
        tracks: planned(tracks),
        ..stem(name, &[], EngineKind::Bounce)
    }
}

async fn plan(rig: &Rig, stems: Vec<PlannedStem>) -> Plan {
    let mut plan = rig.plan().await;
    plan.stems = stems;
    plan.mix_tracks = planned(&["Kick", "Snare", "Bass", "Verb", "Dialog", "Music"]);
    plan.unrendered = Some("'Verb' makes sound that no render has".into());
    plan
}

fn sound(rig: &Rig, file: &str) -> f64 {
    let all = samples(&rig.world.out().join(file));
    assert_eq!(all.len() as u64, 2 * LENGTH, "{file}");
    assert!(all.iter().all(|x| (x - all[0]).abs() < 1e-7), "{file}");
    all[0]
}

async fn safe(client: &Client) -> Vec<String> {
    let tracks = client.tracks().await.unwrap();
    let safe = tracks.into_iter().filter(|track| track.solo_safe);
    safe.map(|track| track.name).collect()
}

#[tokio::test]
async fn sources_come_in_one_call_a_file_each_and_solos_are_cleared() {
    let rig = Rig::of(wired()).await;
    rig.set(TrackFlag::Solo, "Bass").await;
    let before = state(&rig.client).await;
    let calls = rig.control().calls().get("ExportMix").copied().unwrap_or(0);
    let stems = vec![
        way("Dialogue", &[], Way::Source, Some("bus:DX")),
        way("Drums", &["Kick", "Snare"], Way::Solo, None),
        way("Music", &[], Way::Source, Some("bus:MX")),
        way("Again", &[], Way::Source, Some("bus:DX")),
        way("Folder", &[], Way::Source, Some("bus:DRUMS")),
    ];
    let report = run(&plan(&rig, stems).await, &rig.context).await.unwrap();
    assert_eq!(rig.control().calls()["ExportMix"] - calls, 2);
    assert_eq!(sound(&rig, "Dialogue.wav"), 0.03125);
    assert_eq!(sound(&rig, "Again.wav"), 0.03125);
    assert_eq!(sound(&rig, "Music.wav"), 0.015_625);
    assert_eq!(sound(&rig, "Drums.wav"), 0.1875);
    assert_eq!(sound(&rig, "Folder.wav"), 0.1875);
    assert_eq!(report.proof.verdict, Verdict::NotChecked);
    assert_eq!(state(&rig.client).await, before);
    assert_eq!((rig.leases(), findings(&report).len()), (0, 0));
    assert!(
        names(&rig.world.out())
            .iter()
            .all(|name| !name.starts_with('.'))
    );
}

#[tokio::test]
async fn a_track_is_printed_by_itself_whatever_is_soloed() {
    let rig = Rig::of(wired()).await;
    rig.set(TrackFlag::Solo, "Snare").await;
    let before = state(&rig.client).await;
    let stems = vec![
        way("Kick", &["Kick"], Way::Track, None),
        way("Bass", &["Bass"], Way::Track, None),
    ];
    run(&plan(&rig, stems).await, &rig.context).await.unwrap();
    assert_eq!(sound(&rig, "Kick.wav"), 0.125);
    assert_eq!(sound(&rig, "Bass.wav"), 0.25, "without its send");
    assert_eq!(state(&rig.client).await, before);
    let calls = rig.control().calls();
    assert_eq!(
        (calls["BounceTrack"], calls.contains_key("ExportMix")),
        (2, false)
    );
}

#[tokio::test]
async fn returns_sound_in_the_stems_that_feed_them_and_are_as_before_after_it() {
    let rig = Rig::of(wired()).await;
    let before = (state(&rig.client).await, safe(&rig.client).await);
    let stems = || {
        vec![
            way("Bass", &["Bass"], Way::Solo, None),
            way("Drums", &["Kick", "Snare"], Way::Solo, None),
        ]
    };
    let mut without = plan(&rig, stems()).await;
    without.output.dir = rig.world.root.path().join("without");
    run(&without, &rig.context).await.unwrap();
    let cut = samples(&without.output.dir.join("Bass.wav"))[0];
    assert_eq!(cut, 0.25, "a solo cuts the return");

    let mut with = plan(&rig, stems()).await;
    with.returns = planned(&["Verb"]);
    run(&with, &rig.context).await.unwrap();
    assert_eq!(sound(&rig, "Bass.wav"), 0.5);
    assert_eq!(sound(&rig, "Drums.wav"), 0.1875);
    let after = (state(&rig.client).await, safe(&rig.client).await);
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_soloed_vca_is_cleared_first_and_put_back() {
    let rig = Rig::of(wired()).await;
    rig.set(TrackFlag::Solo, "All").await;
    let before = state(&rig.client).await;
    let stems = vec![way("Snare", &["Snare"], Way::Solo, None)];
    run(&plan(&rig, stems).await, &rig.context).await.unwrap();
    assert_eq!(sound(&rig, "Snare.wav"), 0.0625);
    assert_eq!(state(&rig.client).await, before);
}

#[tokio::test]
async fn a_source_that_is_not_there_stops_the_job_with_the_list() {
    let rig = Rig::of(wired()).await;
    let before = state(&rig.client).await;
    let stems = vec![way("X", &[], Way::Source, Some("bus:FX"))];
    let error = run(&plan(&rig, stems).await, &rig.context)
        .await
        .unwrap_err();
    assert!(error.message.contains("no bus 'FX'"), "{error}");
    assert!(
        error.hints.iter().any(|hint| hint.contains("'DX', 'MX'")),
        "{:?}",
        error.hints
    );
    assert_eq!((state(&rig.client).await, rig.leases()), (before, 0));
}

/// The wired session with a second track called 'Kick', louder and outside the folder.
pub fn with_twins() -> World {
    let world = wired();
    let path = world.session().join("session.json");
    let mut session: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    wav(&world.session().join("audio/Twin.wav"), 1, 0.5, LENGTH);
    let clips = json!([{ "file": "audio/Twin.wav", "start": 0, "offset": 0, "length": LENGTH }]);
    let twin = json!({
        "name": "Kick", "type": "audio", "channels": 1, "pan": null, "clips": clips,
    });
    session["tracks"].as_array_mut().unwrap().push(twin);
    std::fs::write(path, session.to_string()).unwrap();
    world
}

#[tokio::test]
async fn twins_get_names_of_their_own_for_the_job_where_that_is_allowed() {
    let rig = Rig::of(with_twins()).await;
    let tracks = rig.client.tracks().await.unwrap();
    let before = state(&rig.client).await;
    let first = tracks.iter().find(|track| track.name == "Kick").unwrap();
    let mut stem = way("Kick", &["Kick"], Way::Solo, None);
    stem.tracks[0].id = first.id.clone();
    let mut plan = plan(&rig, vec![stem]).await;
    let error = run(&plan, &rig.context).await.unwrap_err();
    assert!(
        error.message.contains("several tracks are called 'Kick'"),
        "{error}"
    );
    assert_eq!(state(&rig.client).await, before);

    plan.output.rename_duplicates = true;
    run(&plan, &rig.context).await.unwrap();
    assert_eq!(sound(&rig, "Kick.wav"), 0.125, "the other one would be 0.5");
    assert_eq!(state(&rig.client).await, before);
    assert_eq!(rig.leases(), 0);
}
