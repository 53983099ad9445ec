//! What is asked of Pro Tools before a bounce: at what price, in the print dialog, and once more
//! when the job begins.

use std::sync::Arc;
use std::time::Duration;

use pt_stem::action::Action;
use pt_stem::app::runtime::{App, RuntimeOptions};
use pt_stem::app::state::{Mode, Overlay, State};
use pt_stem::config::Config;
use pt_stem::engine::inspect::inspect;
use pt_stem::error::ErrorKind;
use pt_stem::model::TrackFlag;
use pt_stem::plan::inspected::question;
use tokio_util::sync::CancellationToken;

use crate::rig::{Rig, state};
use crate::session::{names, run};

const LIMIT: Option<Duration> = Some(Duration::from_secs(60));

/// Takes the audio of a track away while the session is open.
fn lose(rig: &Rig, track: &str) {
    let file = format!("{track}.wav");
    let mut dirs = vec![rig.world.root.path().to_owned()];
    let mut lost = 0;
    while let Some(dir) = dirs.pop() {
        for path in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                dirs.push(path);
            } else if path.file_name().is_some_and(|name| *name == *file) {
                std::fs::remove_file(path).unwrap();
                lost += 1;
            }
        }
    }
    assert!(lost > 0);
}

#[tokio::test]
async fn an_inspection_takes_two_calls_a_track_and_three_more() {
    let rig = Rig::new().await;
    let plan = rig.plan().await;
    let tracks = rig.client.tracks().await.unwrap();
    let question = question(&plan, &plan.session_path, &tracks).unwrap();
    // Kick, Snare, Bass and Pad; what is muted is not looked at.
    assert_eq!(question.tracks.len(), 4);
    let before = rig.client.call_count();
    let told = inspect(&rig.client, &question).await.unwrap();
    let calls = rig.client.call_count() - before;
    println!("{calls} calls for {} tracks", question.tracks.len());
    assert_eq!(calls, 3 + 2 * 4);
    assert_eq!(told.lanes.len(), 4);
    assert_eq!((told.offline.len(), told.unread.len()), (0, 0));
}

#[tokio::test]
async fn audio_that_goes_offline_after_the_plan_stops_the_job_before_it_begins() {
    let rig = Rig::new().await;
    let plan = rig.plan().await;
    let before = rig.in_use().await;
    lose(&rig, "Bass");
    let error = run(&plan, &rig.context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Job, "{}", error.chain());
    assert!(error.message.contains("'Bass'"), "{}", error.chain());
    assert!(error.message.contains("offline"), "{}", error.chain());
    assert_eq!(state(&rig.client).await, before);
    assert_eq!(rig.leases(), 0);
    assert!(
        names(&rig.world.out())
            .iter()
            .all(|name| !name.ends_with(".wav"))
    );
}

fn codes(state: &State) -> Vec<&str> {
    match &state.ui.overlay {
        Some(Overlay::Print(dialog)) => {
            let plan = dialog.plan.as_ref().unwrap();
            plan.findings.iter().map(|f| f.code.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_print_dialog_shows_what_pro_tools_tells() {
    let rig = Rig::new().await;
    let recipe = rig.world.root.path().join("recipe.toml");
    std::fs::write(
        &recipe,
        "[output]\nmix_source = \"output:Out 9-10\"\n[[stem]]\nname = \"All\"\n\
         tracks = [\"Kick\", \"Snare\", \"Bass\", \"Pad\", \"Muted\"]\n",
    )
    .unwrap();
    let mut options =
        RuntimeOptions::new(Arc::new(Config::default()), Mode::Live, rig.world.state());
    (options.host, options.port) = ("127.0.0.1".to_owned(), rig.port);
    options.recipe = Some(recipe);
    let mut app = App::start(options).unwrap();
    let cancel = CancellationToken::new();
    app.ready(LIMIT, &cancel).await.unwrap();
    app.wait_until(
        LIMIT,
        &cancel,
        |state| matches!(&state.plan, Some(Ok(plan)) if plan.stems.len() == 1),
    )
    .await
    .unwrap();
    app.begin(Action::PrintAll).unwrap();
    app.wait_until(LIMIT, &cancel, |state| {
        codes(state).contains(&"no_mix_source")
    })
    .await
    .unwrap();
    // The next dialog looks again.
    lose(&rig, "Bass");
    app.dispatch(Action::Back, &cancel).await.unwrap();
    app.begin(Action::PrintAll).unwrap();
    app.wait_until(LIMIT, &cancel, |state| {
        codes(state).contains(&"missing_audio")
    })
    .await
    .unwrap();
    rig.set(TrackFlag::Mute, "Bass").await;
    app.wait_until(LIMIT, &cancel, |state| {
        let codes = codes(state);
        !codes.is_empty() && !codes.contains(&"missing_audio")
    })
    .await
    .unwrap();
    app.end().await;
}
