//! The bounce engine over the real simulator: what it prints, and that the session is always as it
//! was.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pt_stem::clock::{Clock, SystemClock};
use pt_stem::engine::lease::{open_leases, rescue_all};
use pt_stem::engine::verify::verify;
use pt_stem::engine::{Context, EngineEvent, print};
use pt_stem::error::ErrorKind;
use pt_stem::model::job::{Stage, Verdict};
use pt_stem::model::stem::{BitDepth, EngineKind, OnExisting};
use pt_stem::model::{JobId, Now, Plan, Range, TrackFlag};
use pt_stem::ptsl::client::Client;
use pt_stem::simulator::{Control, Options, SessionChoice, Simulator, faults::Faults};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::session::{LENGTH, World, at_depth, names, run, run_with, samples, with_mix};

/// A simulator with the world's session, and a client of it.
pub struct Rig {
    pub world: World,
    pub port: u16,
    path: String,
    pub client: Client,
    line: watch::Sender<Option<Client>>,
    pub context: Context,
    stop: CancellationToken,
    simulator: Simulator,
}

async fn simulator(world: &Path, port: u16, stop: CancellationToken) -> (Simulator, u16) {
    let options = Options {
        session: SessionChoice::Open(world.join("session")),
        bind: vec![([127, 0, 0, 1], port).into()],
        faults: Faults::default(),
        state_dir: world.join("simulator"),
        clock: Arc::new(SystemClock::default()),
        ..Options::default()
    };
    let simulator = Simulator::start(options, stop).await.unwrap();
    let port = simulator.addresses()[0].port();
    (simulator, port)
}

async fn connect(port: u16) -> Client {
    Client::connect("127.0.0.1", port, Duration::from_secs(10))
        .await
        .unwrap()
}

impl Rig {
    pub async fn new() -> Self {
        Self::of(World::new()).await
    }

    pub async fn of(world: World) -> Self {
        let stop = CancellationToken::new();
        let (simulator, port) = simulator(world.root.path(), 0, stop.clone()).await;
        let client = connect(port).await;
        let path = client.session_path().await.unwrap();
        let (line, live) = watch::channel(Some(client.clone()));
        let mut context = world.context();
        context.client = Some(live);
        Self {
            world,
            port,
            path,
            client,
            line,
            context,
            stop,
            simulator,
        }
    }

    pub async fn plan(&self) -> Plan {
        self.fit(self.world.plan(EngineKind::Bounce)).await
    }

    pub async fn fit(&self, mut plan: Plan) -> Plan {
        plan.session_path = self.client.session_path().await.unwrap();
        plan
    }

    pub async fn set(&self, flag: TrackFlag, track: &str) {
        let names = [track.to_owned()];
        self.client.set_flag(flag, &names, true).await.unwrap();
    }

    pub fn control(&self) -> Control {
        self.simulator.control()
    }

    /// The plan, without asking the server for anything.
    pub fn plan_unasked(&self) -> Plan {
        let mut plan = self.world.plan(EngineKind::Bounce);
        plan.session_path.clone_from(&self.path);
        plan
    }

    /// Somebody's session: a solo, a mute, a selection.
    pub async fn in_use(&self) -> State {
        self.set(TrackFlag::Solo, "Bass").await;
        self.set(TrackFlag::Mute, "Click").await;
        self.client
            .set_timeline(Some(123), Range::new(123, 4567))
            .await
            .unwrap();
        state(&self.client).await
    }

    /// Makes the open leases those of another run of the program.
    pub fn of_a_dead_program(&self) {
        let dir = self.world.state().join("leases");
        for entry in std::fs::read_dir(dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let text = std::fs::read(&path).unwrap();
                let mut lease: serde_json::Value = serde_json::from_slice(&text).unwrap();
                lease["run"] = "another".into();
                std::fs::write(&path, lease.to_string()).unwrap();
            }
        }
    }

    pub fn leases(&self) -> usize {
        open_leases(&self.world.state()).unwrap().len()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Name, mute and solo of all tracks; play start and selection.
pub type State = (Vec<(String, bool, bool)>, (i64, Range));

pub async fn state(client: &Client) -> State {
    let tracks = client.tracks().await.unwrap();
    (
        tracks
            .into_iter()
            .map(|track| (track.name, track.muted, track.soloed))
            .collect(),
        client.timeline().await.unwrap(),
    )
}

fn is_printing(event: &EngineEvent, wanted: usize) -> bool {
    matches!(event, EngineEvent::Progress { item, stage: Stage::Printing, .. } if *item == wanted)
}

#[tokio::test]
async fn both_engines_make_the_same_files_and_verify_agrees() {
    for bits in [BitDepth::Int24, BitDepth::Float32] {
        let rig = Rig::new().await;
        let before = rig.in_use().await;
        let plan = at_depth(rig.plan().await, bits);
        let report = run(&plan, &rig.context).await.unwrap();
        assert_eq!(report.findings, []);
        assert_eq!(
            (report.proof.verdict, report.proof.note.as_str()),
            (Verdict::Pass, "render")
        );
        assert_eq!(state(&rig.client).await, before);
        assert_eq!(rig.leases(), 0);
        assert_eq!(
            names(&rig.world.out()),
            ["Bass.wav", "Drums.wav", "Pad.wav", "manifest.json"]
        );
        let checked = verify(&rig.world.out(), None).unwrap();
        assert_eq!(
            (checked.findings, checked.proof.verdict),
            (vec![], Verdict::Pass)
        );

        let mut rendered = at_depth(rig.world.plan(EngineKind::Render), bits);
        rendered.output.dir = rig.world.root.path().join("rendered");
        run(&rendered, &rig.context).await.unwrap();
        for file in ["Bass.wav", "Drums.wav", "Pad.wav"] {
            let bounced = samples(&rig.world.out().join(file));
            let rendered = samples(&rendered.output.dir.join(file));
            assert_eq!(bounced.len() as u64, 2 * LENGTH);
            assert_eq!(bounced, rendered, "{file}");
        }
    }
}

#[tokio::test]
async fn a_printed_mix_is_what_the_sum_is_checked_against() {
    let rig = Rig::new().await;
    let plan = with_mix(rig.plan().await);
    let report = run(&plan, &rig.context).await.unwrap();
    assert_eq!(
        (report.proof.verdict, report.proof.note.as_str()),
        (Verdict::Pass, "printed")
    );
    assert_eq!(samples(&rig.world.out().join("mix.wav"))[0], 0.46875);
    assert_eq!(
        verify(&rig.world.out(), None).unwrap().proof.verdict,
        Verdict::Pass
    );
}

#[tokio::test]
async fn a_range_and_a_gain_are_printed_as_asked() {
    let rig = Rig::new().await;
    let mut plan = rig.plan().await;
    plan.range = Range::new(1_000, 5_000);
    plan.stems[1].gain_db = 20.0 * 0.5_f64.log10();
    let report = run(&plan, &rig.context).await.unwrap();
    let bass = samples(&rig.world.out().join("Bass.wav"));
    assert_eq!(bass.len(), 8_000);
    assert!(bass.iter().all(|x| (x - 0.125).abs() < 1e-6));
    assert_eq!(report.proof.verdict, Verdict::NotChecked);
}

#[tokio::test]
async fn a_solo_safe_track_is_kept_out_of_stems_that_it_is_not_in() {
    let rig = Rig::new().await;
    rig.set(TrackFlag::SoloSafe, "Click").await;
    rig.set(TrackFlag::SoloSafe, "Pad").await;
    let before = state(&rig.client).await;
    let report = run(&rig.plan().await, &rig.context).await.unwrap();
    assert_eq!(report.proof.verdict, Verdict::Pass);
    assert_eq!(samples(&rig.world.out().join("Bass.wav"))[0], 0.25);
    assert_eq!(samples(&rig.world.out().join("Pad.wav"))[0], 0.03125);
    assert_eq!(state(&rig.client).await, before);
}

#[tokio::test]
async fn a_stem_of_muted_tracks_is_silence_and_says_so() {
    let rig = Rig::new().await;
    let plan = rig.world.plan_of(
        EngineKind::Bounce,
        &[("Ghost", &["Muted"]), ("Bass", &["Bass"])],
    );
    let report = run(&rig.fit(plan).await, &rig.context).await.unwrap();
    let codes: Vec<&str> = report.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["silent_stem", "silent"]);
    let ghost = samples(&rig.world.out().join("Ghost.wav"));
    assert!(ghost.len() as u64 == 2 * LENGTH && ghost.iter().all(|x| *x == 0.0));
    assert_eq!(samples(&rig.world.out().join("Bass.wav"))[0], 0.25);
}

#[tokio::test]
async fn a_track_muted_since_the_plan_is_told() {
    let rig = Rig::new().await;
    let plan = rig.plan().await;
    rig.set(TrackFlag::Mute, "Snare").await;
    let report = run(&plan, &rig.context).await.unwrap();
    let finding = &report.findings[0];
    assert_eq!(finding.code, "changed_since_plan");
    assert_eq!(finding.track.as_deref(), Some("Snare"));
    assert_eq!(samples(&rig.world.out().join("Drums.wav"))[0], 0.125);
}

#[tokio::test]
async fn what_cannot_be_bounced_is_refused_before_anything_changes() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let refusal = async |plan: &Plan| {
        let error = run(plan, &rig.context).await.unwrap_err();
        assert!(!error.hints.is_empty(), "{error}");
        error.message
    };
    let plan = rig.plan().await;
    let mut other = plan.clone();
    other.session_path = "/elsewhere/Other.ptx".into();
    assert!(refusal(&other).await.contains("Other.ptx"));
    let mut source = plan.clone();
    source.output.mix_source = "output:Out 77".into();
    assert!(refusal(&source).await.contains("Out 77"));
    let mut gone = plan.clone();
    gone.stems[0].tracks[0].name = "Kik".into();
    assert!(refusal(&gone).await.contains("Kik"));
    rig.client.toggle_play().await.unwrap();
    assert!(refusal(&plan).await.contains("transport"));
    rig.client.toggle_play().await.unwrap();
    assert_eq!(state(&rig.client).await.0, before.0);
    rig.set(TrackFlag::RecordEnable, "Pad").await;
    assert!(refusal(&plan).await.contains("'Pad' is record-armed"));
    assert_eq!(state(&rig.client).await.0, before.0);
    assert_eq!(names(&rig.world.out()), [""; 0]);
    assert_eq!(rig.leases(), 0);
}

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
        let options = Options {
            session: SessionChoice::Open(root.join("session")),
            bind: vec![([127, 0, 0, 1], port).into()],
            faults: Faults::default(),
            state_dir: root.join("simulator"),
            clock: Arc::new(SystemClock::default()),
            ..Options::default()
        };
        match Simulator::start(options, stop.clone()).await {
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
