//! The last look before a print: whatever the plan was told, audio of the session is not replaced.

use std::path::Path;

use pt_stem::engine::own_audio;
use pt_stem::error::ErrorKind;
use pt_stem::import;
use pt_stem::model::stem::{EngineKind, OnExisting};

use crate::rig::Rig;
use crate::session::{World, names, run};

#[tokio::test]
async fn a_plan_that_does_not_know_replaces_no_source() {
    let world = World::new();
    let audio = world.session().join("audio");
    let before = std::fs::read(audio.join("Bass.wav")).unwrap();
    let mut plan = world.plan(EngineKind::Render);
    plan.output.on_existing = OnExisting::Replace;
    plan.output.dir = audio.clone();
    let error = run(&plan, &world.context()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Job);
    assert!(error.message.contains("audio of the session"), "{error}");
    // The same by another name of the folder.
    plan.output.dir = audio.join("../audio");
    run(&plan, &world.context()).await.unwrap_err();
    assert_eq!(std::fs::read(audio.join("Bass.wav")).unwrap(), before);
}

#[tokio::test]
async fn a_bounce_replaces_nothing_where_pro_tools_keeps_its_audio() {
    let rig = Rig::new().await;
    let mut plan = rig.plan().await;
    // No session folder says what lies there: the place alone counts.
    plan.folder = None;
    plan.output.on_existing = OnExisting::Replace;
    let beside = Path::new(&plan.session_path).parent().unwrap().to_owned();
    let audio = beside.join("Audio Files");
    std::fs::create_dir_all(&audio).unwrap();
    std::fs::write(audio.join("Bass.wav"), "a take").unwrap();
    plan.output.dir.clone_from(&audio);
    let error = run(&plan, &rig.context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Job);
    assert!(error.message.contains("audio of the session"), "{error}");
    assert_eq!(names(&audio), ["Bass.wav"], "nothing was printed beside it");
    assert_eq!(std::fs::read(audio.join("Bass.wav")).unwrap(), b"a take");
    // Elsewhere a file of that name is a print like any other.
    plan.output.dir = rig.world.out();
    std::fs::create_dir_all(rig.world.out()).unwrap();
    std::fs::write(rig.world.out().join("Bass.wav"), "an old print").unwrap();
    run(&plan, &rig.context).await.unwrap();
    assert_ne!(
        std::fs::read(rig.world.out().join("Bass.wav")).unwrap(),
        b"an old print"
    );
}

/// What the plan is told of a folder.
#[test]
fn audio_of_the_session_is_found_by_any_name_of_its_folder() {
    let world = World::new();
    let session = import::open(&world.session()).unwrap();
    let audio = world.session().join("audio");
    let names = ["Bass.wav", "PAD.WAV", "other.wav"].map(str::to_owned);
    let among = |dir: &Path, path: &str| own_audio::among(dir, &names, path, Some(&session.folder));
    for dir in [audio.clone(), audio.join("../audio"), audio.join(".")] {
        assert_eq!(among(&dir, ""), names[..2], "{}", dir.display());
    }
    assert_eq!(among(&world.session(), ""), [""; 0]);
    let beside = world.session().join("Audio Files");
    std::fs::create_dir_all(&beside).unwrap();
    let path = world.session().join("Test.ptx").display().to_string();
    assert_eq!(among(&beside, &path), names);
}
