//! The whole application over the embedded simulator, without a screen.

use super::*;

/// The whole application over the embedded simulator, without a screen.
#[tokio::test(flavor = "multi_thread")]
async fn the_application_prints_the_demo_over_the_simulator_with_both_engines() {
    use pt_stem::app::runtime::{App, RuntimeOptions};
    use pt_stem::app::state::Mode;
    use pt_stem::clock::SystemClock;
    use pt_stem::config::Config;
    use pt_stem::plan::{self, Overrides, Source, Surroundings};
    use pt_stem::simulator::{Options, SessionChoice, Simulator, faults::Faults};

    let dir = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let simulator = Simulator::start(
        Options {
            session: SessionChoice::Demo("demo".to_owned()),
            bind: vec!["127.0.0.1:0".parse().unwrap()],
            faults: Faults::default(),
            state_dir: dir.path().join("world"),
            clock: Arc::new(SystemClock::default()),
            ..Options::default()
        },
        stop.clone(),
    )
    .await
    .unwrap();
    let mode = Mode::Demo("demo".to_owned());
    let mut options =
        RuntimeOptions::new(Arc::new(Config::default()), mode, dir.path().join("state"));
    options.host = "127.0.0.1".to_owned();
    options.port = simulator.addresses()[0].port();
    let mut app = App::start(options).unwrap();
    let (cancel, limit) = (CancellationToken::new(), Some(Duration::from_secs(60)));
    app.ready(limit, &cancel).await.unwrap();

    // A switch goes there and comes back.
    let name = app
        .state
        .tracks()
        .iter()
        .find(|t| t.kind.is_sounding())
        .unwrap();
    let (name, was) = (name.name.clone(), name.muted);
    let word = if was { "unmute" } else { "mute" };
    let action = pt_stem::action::Action::parse(&format!("{word} \"{name}\"")).unwrap();
    app.dispatch(action.clone(), &cancel).await.unwrap();
    app.wait_until(limit, &cancel, |state| {
        state.pending.is_empty()
            && state.session.as_ref().unwrap().track(&name).unwrap().muted != was
    })
    .await
    .unwrap();
    app.dispatch(pt_stem::action::Action::Undo, &cancel)
        .await
        .unwrap();
    app.wait_until(limit, &cancel, |state| {
        state.pending.is_empty()
            && state.session.as_ref().unwrap().track(&name).unwrap().muted == was
    })
    .await
    .unwrap();

    for engine in [EngineKind::Render, EngineKind::Bounce] {
        let session = app.state.session.as_ref().unwrap();
        let out = dir.path().join(engine.word());
        let overrides = Overrides {
            dir: Some(out.clone()),
            engine: Some(engine),
            range: Some("0..96000".to_owned()),
            ..Overrides::default()
        };
        let around = Surroundings {
            simulated: true,
            ..Surroundings::default()
        };
        let plan = plan::make(session, &Source::Session, &overrides, &around).unwrap();
        assert!(!plan.has_errors(), "{:?}", plan.findings);
        let files = plan.files().count();
        let id = app
            .submit(plan, engine.word().to_owned(), &cancel)
            .await
            .unwrap();
        app.wait_until(Some(Duration::from_secs(300)), &cancel, |state| {
            state.jobs.get(id).is_some_and(|job| job.state.is_over())
        })
        .await
        .unwrap();
        let job = app.state.jobs.get(id).unwrap();
        assert_eq!(job.state, JobState::Done, "{engine:?}: {:?}", job.fault);
        assert_eq!(job.report.as_ref().unwrap().files.len(), files);
        assert!(out.join("manifest.json").is_file());
    }
    // While it printed, the cursor rested on a track: a screen would have had its waveform read.
    let overviews = &app.state.overviews;
    assert!(overviews.wanted.is_some() && overviews.due_us.is_none());
    let read = &overviews.known;
    assert!(read.is_empty(), "nobody sees {} waveforms", read.len());
    app.end().await;
    stop.cancel();
    simulator.closed().await;
}
