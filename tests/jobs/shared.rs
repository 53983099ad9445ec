//! Instances on one Pro Tools: the second looks on at the first, and takes its place when it ends.

use std::path::Path;

use pt_stem::action::Action;
use pt_stem::app::runtime::{App, RuntimeOptions, Sharing};
use pt_stem::app::state::{Mode, State};
use pt_stem::app::wire::Seat;
use pt_stem::clock::SystemClock;
use pt_stem::config::Config;
use pt_stem::plan::{self, Overrides, Source, Surroundings};
use pt_stem::simulator::{Options, SessionChoice, Simulator, faults::Faults};

use super::*;

const LIMIT: Option<Duration> = Some(Duration::from_secs(60));

struct Studio {
    dir: tempfile::TempDir,
    simulator: Simulator,
    stop: CancellationToken,
    cancel: CancellationToken,
}

impl Studio {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let options = Options {
            session: SessionChoice::Demo("demo".to_owned()),
            bind: vec!["127.0.0.1:0".parse().unwrap()],
            faults: Faults::default(),
            state_dir: dir.path().join("world"),
            clock: Arc::new(SystemClock::default()),
            ..Options::default()
        };
        Self {
            simulator: Simulator::start(options, stop.clone()).await.unwrap(),
            dir,
            stop,
            cancel: CancellationToken::new(),
        }
    }

    fn state(&self) -> std::path::PathBuf {
        self.dir.path().join("state")
    }

    fn options(&self) -> RuntimeOptions {
        let config = Arc::new(Config::default());
        let mut options = RuntimeOptions::new(config, Mode::Live, self.state());
        options.host = "127.0.0.1".to_owned();
        options.port = self.simulator.addresses()[0].port();
        options
    }

    async fn app(&self) -> App {
        let mut app = App::start(self.options()).unwrap();
        app.ready(LIMIT, &self.cancel).await.unwrap();
        app
    }

    async fn until(&self, app: &mut App, is_so: impl FnMut(&State) -> bool) {
        app.wait_until(LIMIT, &self.cancel, is_so).await.unwrap();
    }

    async fn close(self) {
        self.stop.cancel();
        self.simulator.closed().await;
    }
}

fn plan_of(app: &App, out: &Path) -> pt_stem::model::Plan {
    let overrides = Overrides {
        dir: Some(out.to_owned()),
        engine: Some(EngineKind::Render),
        range: Some("0..96000".to_owned()),
        ..Overrides::default()
    };
    let session = app.state.session.as_ref().unwrap();
    plan::make(
        session,
        &Source::Session,
        &overrides,
        &Surroundings::default(),
    )
    .unwrap()
}

fn first_track(state: &State) -> (String, bool) {
    let track = state.tracks().iter().find(|t| t.kind.is_sounding());
    track.map(|t| (t.name.clone(), t.muted)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_instance_looks_on_works_and_takes_over() {
    let studio = Studio::open().await;
    let mut host = studio.app().await;
    assert_eq!(host.state.link.seat, Seat::Own);
    let mut guest = studio.app().await;
    let pid = std::process::id();
    assert_eq!(guest.state.link.seat, Seat::Guest { pid });
    assert_eq!(guest.state.tracks(), host.state.tracks());
    assert_eq!(
        guest.state.session.as_ref().unwrap().info,
        host.state.session.as_ref().unwrap().info
    );

    // What the guest wants is done by the host, and both see it.
    let (name, was) = first_track(&guest.state);
    let word = if was { "unmute" } else { "mute" };
    let action = Action::parse(&format!("{word} \"{name}\"")).unwrap();
    guest.dispatch(action, &studio.cancel).await.unwrap();
    for app in [&mut host, &mut guest] {
        studio
            .until(app, |state| {
                first_track(state).1 != was && state.pending.is_empty()
            })
            .await;
    }
    // A refusal goes to who asked, and to nobody else.
    host.state.ui.last_fault = None;
    let refused = guest
        .order(
            pt_stem::jobs::queue::JobCommand::Cancel(JobId(99)),
            &studio.cancel,
        )
        .await
        .unwrap_err();
    assert!(
        refused.message.contains("there is no job 99"),
        "{refused:?}"
    );

    // Its job runs at the host.
    let out = studio.dir.path().join("out");
    let plan = plan_of(&guest, &out);
    let files = plan.files().count();
    let id = guest
        .submit(plan, "stems".to_owned(), &studio.cancel)
        .await
        .unwrap();
    for app in [&mut guest, &mut host] {
        studio
            .until(app, |state| {
                state.jobs.get(id).is_some_and(|job| job.state.is_over())
            })
            .await;
        let job = app.state.jobs.get(id).unwrap();
        assert_eq!(job.state, JobState::Done, "{:?}", job.fault);
        assert_eq!(job.report.as_ref().unwrap().files.len(), files);
    }
    assert_eq!(host.state.ui.last_fault, None);

    // The host ends: the guest holds the connection from now on.
    assert!(host.end().await.is_empty());
    studio
        .until(&mut guest, |state| {
            state.link.seat == Seat::Own && state.loaded.is_whole()
        })
        .await;
    assert!(guest.state.jobs.get(id).is_some());
    let mut third = studio.app().await;
    assert_eq!(third.state.link.seat, Seat::Guest { pid });
    let (name, _) = first_track(&third.state);
    let solo = Action::parse(&format!("solo \"{name}\"")).unwrap();
    third.dispatch(solo, &studio.cancel).await.unwrap();
    third.end().await;
    guest.end().await;
    studio.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_the_token_hears_nothing() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let studio = Studio::open().await;
    let host = studio.app().await;
    let folder = studio.state().join("instances");
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "json"))
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let port = u16::try_from(told["port"].as_u64().unwrap()).unwrap();
    let token = told["token"].as_str().unwrap();
    assert_eq!(token.len(), 64);
    let greeting = |token: &str| {
        let version = &told["version"];
        format!("{{\"token\":\"{token}\",\"version\":{version},\"pid\":1}}\n")
    };
    for wrong in [
        greeting(&token.replace(&token[..1], "x")),
        greeting(""),
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "x".repeat(100_000),
    ] {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        let _ = stream.write_all(wrong.as_bytes()).await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        assert!(heard.is_empty(), "{wrong:.40}: {heard:?}");
    }
    // The right one is answered.
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    stream.write_all(greeting(token).as_bytes()).await.unwrap();
    let mut heard = [0; 8];
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard[..7], b"{\"pid\":");
    host.end().await;
    assert!(!file.exists());
    studio.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alone_means_alone() {
    let studio = Studio::open().await;
    let host = studio.app().await;
    let mut options = studio.options();
    options.sharing = Sharing::Alone;
    let mut other = App::start(options).unwrap();
    other.ready(LIMIT, &studio.cancel).await.unwrap();
    assert_eq!(other.state.link.seat, Seat::Own);
    other.end().await;
    host.end().await;
    studio.close().await;
}
