//! A job about to begin: its session, its plan, its line, and somebody who looks on.

use std::time::Duration;

use pt_stem::engine::Context;
use pt_stem::model::stem::{EngineKind, Way};
use pt_stem::model::{Plan, Range};
use pt_stem::ptsl::client::Client;
use pt_stem::ptsl::wire::CommandId;
use pt_stem::simulator::{Api, Options, SessionChoice, Simulator};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::tables::Job;
use crate::session::World;
use crate::ways::{planned, way, with_twins};

/// Deadline of the ordinary calls of a job.
const TIMEOUT: Duration = Duration::from_secs(4);

impl Job {
    /// Sounds in no stem.
    pub fn bystander(self) -> &'static str {
        match self {
            Self::Solo => "Click",
            Self::Ways => "Music",
        }
    }

    pub fn muted(self) -> &'static str {
        match self {
            Self::Solo => "Muted",
            Self::Ways => "Snare",
        }
    }

    pub fn safe(self) -> &'static str {
        match self {
            Self::Solo => "Pad",
            Self::Ways => "Bass",
        }
    }
}

/// What a user sees of the session.
pub type Seen = (Vec<(String, [bool; 5])>, (i64, Range));

pub async fn look(client: &Client) -> Seen {
    let tracks = client.tracks().await.unwrap();
    let tracks = tracks.into_iter().map(|track| {
        let flags = [
            track.muted,
            track.soloed,
            track.solo_safe,
            track.record_enabled,
            track.input_monitoring,
        ];
        (track.name, flags)
    });
    (tracks.collect(), client.timeline().await.unwrap())
}

/// A job about to begin, with a connection of its own and one that looks on.
pub struct Stage {
    pub job: Job,
    pub world: World,
    pub plan: Plan,
    pub context: Context,
    pub simulator: Simulator,
    pub outside: Client,
    pub first: String,
    pub before: Seen,
    pub stop: CancellationToken,
}

impl Stage {
    pub async fn new(job: Job, api: Api) -> Self {
        let world = match job {
            Job::Solo => World::new(),
            Job::Ways => with_twins(),
        };
        let stop = CancellationToken::new();
        let options = Options {
            session: SessionChoice::Open(world.session()),
            state_dir: world.root.path().join("simulator"),
            api,
            ..Options::default()
        };
        let simulator = Simulator::start(options, stop.clone()).await.unwrap();
        let port = simulator.addresses()[0].port();
        let outside = connect(port, Duration::from_secs(30)).await;
        let mut context = world.context();
        context.client = Some(line(port, stop.clone()).await);
        let first = outside.session_path().await.unwrap();
        let mut plan = plan(job, &world, &outside).await;
        plan.session_path.clone_from(&first);
        // Somebody's session: a solo, a mute, a solo-safe track, a selection. Saved.
        let control = simulator.control();
        for (switch, track) in [
            ("solo", "Bass"),
            ("mute", job.muted()),
            ("solo_safe", job.safe()),
        ] {
            control.human(switch, track, true).await.unwrap();
        }
        let range = Range::new(123, 4567);
        outside.set_timeline(Some(123), range).await.unwrap();
        outside.save_session().await.unwrap();
        let before = look(&outside).await;
        Self {
            job,
            world,
            plan,
            context,
            simulator,
            outside,
            first,
            before,
            stop,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn plan(job: Job, world: &World, client: &Client) -> Plan {
    let mut plan = world.plan(EngineKind::Bounce);
    plan.range = Range::new(0, 12_000);
    if job == Job::Ways {
        let tracks = client.tracks().await.unwrap();
        let kick = tracks.iter().find(|track| track.name == "Kick").unwrap();
        let mut first = way("Kick", &["Kick"], Way::Solo, None);
        first.tracks[0].id = kick.id.clone();
        plan.stems = vec![
            first,
            way("Dialogue", &[], Way::Source, Some("bus:DX")),
            way("Bass", &["Bass"], Way::Track, None),
            way("Low", &["Bass"], Way::Solo, None),
        ];
        plan.returns = planned(&["Verb"]);
        plan.mix_tracks = planned(&["Kick", "Bass", "Verb", "Dialog"]);
        plan.output.rename_duplicates = true;
        plan.unrendered = Some("'Verb' makes sound that no render has".into());
    }
    plan
}

pub async fn connect(port: u16, timeout: Duration) -> Client {
    let mut attempts = interval(Duration::from_millis(50));
    loop {
        attempts.tick().await;
        if let Ok(client) = Client::connect("127.0.0.1", port, timeout).await {
            return client;
        }
    }
}

/// A link as the program keeps one: asks something now and then, connects again when it must. What
/// it asks is nothing that the bounce asks, so that the calls of the bounce can be counted.
async fn line(port: u16, stop: CancellationToken) -> watch::Receiver<Option<Client>> {
    let mut client = connect(port, TIMEOUT).await;
    let (sender, receiver) = watch::channel(Some(client.clone()));
    let keeps = async move {
        let mut beat = interval(Duration::from_millis(150));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let answer = client.call(CommandId::GetSessionName, "", None).await;
            if answer.is_err_and(|error| error.is_lost() || error.is_unregistered()) {
                sender.send_replace(None);
                client = connect(port, TIMEOUT).await;
                sender.send_replace(Some(client.clone()));
            }
        }
    };
    tokio::spawn(stop.run_until_cancelled_owned(keeps));
    receiver
}
