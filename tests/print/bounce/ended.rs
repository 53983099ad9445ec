//! Bounces that are cancelled, fail, panic, are killed or lose their server: the session is put back,
//! at once or by a rescue.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pt_stem::clock::{Clock, SystemClock};
use pt_stem::engine::lease::{open_leases, rescue_all};
use pt_stem::engine::print;
use pt_stem::error::ErrorKind;
use pt_stem::model::stem::OnExisting;
use pt_stem::model::{JobId, Now, TrackFlag};
use pt_stem::ptsl::client::Client;
use pt_stem::simulator::Simulator;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::rig::{Rig, connect, is_printing, serve, state};
use crate::session::{names, run, run_with, samples};

#[tokio::test]
async fn a_cancelled_bounce_keeps_finished_files_and_puts_the_session_back() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let cancel = CancellationToken::new();
    let plan = rig.plan().await;
    let error = run_with(1, &plan, &rig.context, &cancel, |event| {
        if is_printing(event, 1) {
            cancel.cancel();
        }
    })
    .await
    .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Interrupted);
    assert_eq!(state(&rig.client).await, before);
    assert_eq!(names(&rig.world.out()), ["Drums.wav", "manifest.json"]);
    assert_eq!(rig.leases(), 0);
    assert_eq!(samples(&rig.world.out().join("Drums.wav"))[0], 0.1875);
}

#[tokio::test]
async fn a_taken_name_in_the_middle_fails_the_job_and_puts_the_session_back() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let bass = rig.world.out().join("Bass.wav");
    let cancel = CancellationToken::new();
    let error = run_with(1, &rig.plan().await, &rig.context, &cancel, |event| {
        if is_printing(event, 1) {
            std::fs::write(&bass, "mine").unwrap();
        }
    })
    .await
    .unwrap_err();
    assert!(error.message.contains("Bass"), "{error}");
    assert_eq!(std::fs::read(&bass).unwrap(), b"mine");
    assert_eq!(state(&rig.client).await, before);
    assert_eq!(
        names(&rig.world.out()),
        ["Bass.wav", "Drums.wav", "manifest.json"]
    );
}

#[tokio::test]
async fn a_source_that_vanishes_fails_the_job_and_puts_the_session_back() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let source = rig.world.session().join("audio/Bass.wav");
    let cancel = CancellationToken::new();
    let outcome = run_with(1, &rig.plan().await, &rig.context, &cancel, |event| {
        if is_printing(event, 1) {
            let _ = std::fs::remove_file(&source);
        }
    })
    .await;
    outcome.unwrap_err();
    assert_eq!(state(&rig.client).await, before);
    assert!(!rig.world.out().join("Bass.wav").exists());
    assert_eq!(rig.leases(), 0);
}

/// A clock that breaks when the second file begins.
struct BrokenClock(AtomicU32);

impl Clock for BrokenClock {
    fn now(&self) -> Now {
        // The lease, start and end of the first file, start of the second.
        assert!(
            self.0.fetch_add(1, Ordering::SeqCst) != 3,
            "the clock broke"
        );
        SystemClock::default().now()
    }
}

#[tokio::test]
async fn a_panic_puts_the_session_back() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let mut context = rig.context.clone();
    context.clock = Arc::new(BrokenClock(AtomicU32::new(0)));
    let error = run(&rig.plan().await, &context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(error.message.contains("the clock broke"), "{error}");
    assert_eq!(state(&rig.client).await, before);
    assert_eq!(rig.leases(), 0);
    assert_eq!(names(&rig.world.out()), ["Drums.wav", "manifest.json"]);
}

/// Starts a bounce and kills it while the second file is printed.
async fn killed(rig: &Rig) {
    let (plan, context) = (rig.plan().await, rig.context.clone());
    let (events, mut received) = mpsc::channel(1);
    let job = tokio::spawn(async move {
        let cancel = CancellationToken::new();
        print(JobId(4), &plan, &context, events, cancel).await
    });
    while let Some(event) = received.recv().await {
        if is_printing(&event, 1) {
            break;
        }
    }
    job.abort();
    assert!(job.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_killed_bounce_is_rescued_before_the_next_may_start() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    killed(&rig).await;
    assert_ne!(state(&rig.client).await, before);
    rig.of_a_dead_program();
    let mut plan = rig.plan().await;
    plan.output.on_existing = OnExisting::Replace;
    let error = run(&plan, &rig.context).await.unwrap_err();
    assert!(
        error.hints.iter().any(|hint| hint.contains("rescue")),
        "{error}"
    );

    let leases = open_leases(&rig.world.state()).unwrap();
    assert_eq!((leases.len(), leases[0].job), (1, JobId(4)));
    let rescued = rescue_all(&rig.world.state(), &leases[0], &rig.client)
        .await
        .unwrap();
    assert!(rescued.changed.contains(&"Bass".to_owned()));
    assert_eq!(rescued.gone, [""; 0]);
    assert_eq!(state(&rig.client).await, before);
    assert_eq!(rig.leases(), 0);
    run(&plan, &rig.context).await.unwrap();
    assert_eq!(state(&rig.client).await, before);
}

#[tokio::test]
async fn what_a_job_of_this_run_left_is_put_back_before_the_next() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    killed(&rig).await;
    let mut plan = rig.plan().await;
    plan.output.on_existing = OnExisting::Replace;
    let report = run(&plan, &rig.context).await.unwrap();
    assert_eq!(report.findings[0].code, "put_back_first");
    assert_eq!(state(&rig.client).await, before);
    assert_eq!(rig.leases(), 0);
}

#[tokio::test]
async fn a_rescue_never_touches_another_session() {
    let rig = Rig::new().await;
    rig.in_use().await;
    killed(&rig).await;
    let mut lease = open_leases(&rig.world.state()).unwrap().remove(0);
    lease.session_path = "/elsewhere/Other.ptx".into();
    let changed = state(&rig.client).await;
    let error = rescue_all(&rig.world.state(), &lease, &rig.client)
        .await
        .unwrap_err();
    assert!(error.message.contains("Other.ptx"), "{error}");
    assert_eq!(state(&rig.client).await, changed);
    assert_eq!(rig.leases(), 1);
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back_finds_its_session_put_back() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let (gone, mut when_gone) = watch::channel(false);
    let (stop, port, root) = (rig.stop.clone(), rig.port, rig.world.root.path().to_owned());
    let (line, again) = (rig.line.clone(), CancellationToken::new());
    let ends = again.clone();
    let comeback = tokio::spawn(async move {
        when_gone.wait_for(|gone| *gone).await.unwrap();
        let (simulator, client) = restarted(&root, port, ends).await;
        // Pro Tools lives on with what the bounce had set; only the connection was lost.
        for (flag, track) in [(TrackFlag::Solo, "Kick"), (TrackFlag::Mute, "Click")] {
            client
                .set_flag(flag, &[track.to_owned()], true)
                .await
                .unwrap();
        }
        line.send_replace(Some(client.clone()));
        (simulator, client)
    });
    let cancel = CancellationToken::new();
    let plan = rig.plan().await;
    let error = run_with(1, &plan, &rig.context, &cancel, |event| {
        if is_printing(event, 1) {
            stop.cancel();
            rig.line.send_replace(None);
            gone.send_replace(true);
        }
    })
    .await
    .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotConnected, "{}", error.chain());
    let (_simulator, client) = comeback.await.unwrap();
    assert_eq!(state(&client).await, before);
    assert_eq!(rig.leases(), 0);
    again.cancel();
}

/// A new simulator on the port of the old one, once that one has let go of it.
async fn restarted(root: &Path, port: u16, stop: CancellationToken) -> (Simulator, Client) {
    loop {
        match serve(root, port, stop.clone()).await {
            Ok(simulator) => return (simulator, connect(port).await),
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn without_a_connection_a_bounce_says_so() {
    let rig = Rig::new().await;
    let plan = rig.plan().await;
    let mut context = rig.context.clone();
    // The link has ended.
    context.client = Some(watch::channel(None).1);
    let error = run(&plan, &context).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotConnected);
    let warned = error.hints.iter().any(|hint| hint.contains("render"));
    assert!(warned && rig.leases() == 0);
}

#[tokio::test]
async fn a_bounce_waits_for_a_connection_that_is_being_made_and_can_be_cancelled_meanwhile() {
    let rig = Rig::new().await;
    let plan = rig.plan().await;
    rig.line.send_replace(None);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let cancelled = run_with(1, &plan, &rig.context, &cancel, |_| {}).await;
    assert_eq!(cancelled.unwrap_err().kind, ErrorKind::Interrupted);

    let job = run(&plan, &rig.context);
    let connects = async {
        tokio::task::yield_now().await;
        rig.line.send_replace(Some(rig.client.clone()));
    };
    let (report, ()) = tokio::join!(job, connects);
    assert_eq!(report.unwrap().files.len(), 3);
}
