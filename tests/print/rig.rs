//! A simulator that serves a world, a client of it, and what a user sees of the session.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pt_stem::clock::SystemClock;
use pt_stem::engine::lease::open_leases;
use pt_stem::engine::{Context, EngineEvent};
use pt_stem::error::Result;
use pt_stem::model::job::Stage;
use pt_stem::model::stem::EngineKind;
use pt_stem::model::{Plan, Range, TrackFlag};
use pt_stem::ptsl::client::Client;
use pt_stem::simulator::{Api, Control, Options, SessionChoice, Simulator, faults::Faults};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::session::World;

/// A simulator with the world's session, and a client of it.
pub struct Rig {
    pub world: World,
    pub port: u16,
    path: String,
    pub client: Client,
    pub line: watch::Sender<Option<Client>>,
    pub context: Context,
    pub stop: CancellationToken,
    simulator: Simulator,
}

/// A simulator of the world's session on this port, 0 for any that is free.
pub async fn serve(world: &Path, port: u16, stop: CancellationToken) -> Result<Simulator> {
    serve_as(Api::default(), world, port, stop).await
}

async fn serve_as(api: Api, world: &Path, port: u16, stop: CancellationToken) -> Result<Simulator> {
    let options = Options {
        session: SessionChoice::Open(world.join("session")),
        bind: vec![([127, 0, 0, 1], port).into()],
        faults: Faults::default(),
        api,
        state_dir: world.join("simulator"),
        clock: Arc::new(SystemClock::default()),
        ..Options::default()
    };
    Simulator::start(options, stop).await
}

pub async fn connect(port: u16) -> Client {
    Client::connect("127.0.0.1", port, Duration::from_secs(10))
        .await
        .unwrap()
}

impl Rig {
    pub async fn new() -> Self {
        Self::of(World::new()).await
    }

    pub async fn of(world: World) -> Self {
        Self::speaking(Api::default(), world).await
    }

    /// An older Pro Tools.
    pub async fn speaking(api: Api, world: World) -> Self {
        let stop = CancellationToken::new();
        let served = serve_as(api, world.root.path(), 0, stop.clone()).await;
        let simulator = served.unwrap();
        let port = simulator.addresses()[0].port();
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

pub fn is_printing(event: &EngineEvent, wanted: usize) -> bool {
    matches!(event, EngineEvent::Progress { item, stage: Stage::Printing, .. } if *item == wanted)
}
