//! A render from a live session prints what its plan was made for, or not at all.

use std::sync::Arc;
use std::time::Duration;

use pt_stem::clock::SystemClock;
use pt_stem::engine::live;
use pt_stem::error::ErrorKind;
use pt_stem::model::session::Gap;
use pt_stem::model::stem::{EngineKind, OnExisting};
use pt_stem::ptsl::client::Client;
use pt_stem::ptsl::names;
use pt_stem::simulator::{Options, SessionChoice, Simulator};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::rig::Rig;
use crate::session::{LENGTH, World, run, samples, wav};

#[tokio::test]
async fn a_session_that_was_changed_after_the_plan_is_not_printed() {
    let world = World::new();
    let stop = CancellationToken::new();
    let options = Options {
        session: SessionChoice::Open(world.session()),
        bind: vec![([127, 0, 0, 1], 0).into()],
        state_dir: world.root.path().join("simulator"),
        clock: Arc::new(SystemClock::default()),
        ..Options::default()
    };
    let simulator = Simulator::start(options, stop.clone()).await.unwrap();
    let port = simulator.addresses()[0].port();
    let client = Client::connect("127.0.0.1", port, Duration::from_secs(10))
        .await
        .unwrap();
    let (line, lost) = watch::channel(Some(client.clone()));
    let mut context = world.context();
    context.client = Some(lost);
    let info = client.session().await.unwrap();
    let tracks = client.tracks().await.unwrap();
    let folder = live::read(&client, &info, &tracks, &world.state(), &context.paths)
        .await
        .unwrap();
    assert!(folder.is_live);

    let mut plan = world.plan(EngineKind::Render);
    plan.folder = Some(folder.root.clone());
    plan.session_path = info.path.clone();
    plan.output.on_existing = OnExisting::Replace;
    run(&plan, &context).await.unwrap();
    let drums = samples(&world.out().join("Drums.wav"));
    assert!(drums.iter().all(|x| *x == 0.1875), "{}", drums[0]);

    let clips = client.clip_list().await.unwrap();
    let clip = clips
        .iter()
        .find(|clip| clip.full_name.contains("Kick"))
        .unwrap();
    let body = serde_json::json!({ "src_clips": [clip.id], "dst_track_name": "Snare",
        "dst_location_data": { "location_type": "SLType_Start",
            "location": { "location": "40000", "time_type": "TLType_Samples" } } });
    let spot = names::command("SpotClipsByID").unwrap();
    client.call(spot, &body.to_string(), None).await.unwrap();
    let error = run(&plan, &context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Job, "{}", error.chain());
    assert!(error.chain().contains("changed"), "{}", error.chain());

    // The folder itself has not been saved since.
    let mut of_folder = plan.clone();
    of_folder.folder = world.plan(EngineKind::Render).folder;
    let error = run(&of_folder, &context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Job, "{}", error.chain());
    assert!(error.chain().contains("'Snare'"), "{}", error.chain());

    // Without a connection nothing says that it was changed: what was planned is printed.
    line.send_replace(None);
    run(&plan, &context).await.unwrap();
    stop.cancel();
}

/// Pro Tools knows the two files of such a source as one clip.
#[tokio::test]
async fn a_split_source_of_a_live_session_is_heard_in_stereo() {
    let world = World::new();
    let audio = world.session().join("audio");
    std::fs::remove_file(audio.join("Pad.wav")).unwrap();
    wav(&audio.join("Pad.L.wav"), 1, 0.125, LENGTH);
    wav(&audio.join("Pad.R.wav"), 1, -0.0625, LENGTH);
    let rig = Rig::of(world).await;
    let info = rig.client.session().await.unwrap();
    let tracks = rig.client.tracks().await.unwrap();
    let (state, paths) = (rig.world.state(), &rig.context.paths);
    let folder = live::read(&rig.client, &info, &tracks, &state, paths).await;
    let folder = folder.unwrap();
    assert!(folder.is_live);
    assert_eq!(folder.audio_findings, []);
    let is_clip = |gap: &&Gap| gap.range.is_some();
    assert_eq!(folder.gaps.iter().find(is_clip), None);
    let mut plan = rig.world.plan(EngineKind::Render);
    plan.folder = Some(folder.root.clone());
    plan.session_path.clone_from(&info.path);
    run(&plan, &rig.context).await.unwrap();
    let pad = samples(&rig.world.out().join("Pad.wav"));
    assert_eq!(
        pad,
        [0.125, -0.0625].repeat(usize::try_from(LENGTH).unwrap())
    );
}
