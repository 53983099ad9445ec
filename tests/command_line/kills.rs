//! `kill -9` at random instants of a bounce, in all its ways and with a command outstanding, then
//! `rescue`: every track and the selection as before, and no file under a final name is wrong.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use pt_stem::model::{Range, Track, TrackFlag};
use pt_stem::ptsl::client::Client;
use pt_stem::simulator::faults::Faults;
use pt_stem::simulator::{Control, Options, SessionChoice, Simulator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, number, seed};
use crate::followed::timeless;
use crate::wave::{self, RATE};

/// A quarter of a second.
const FRAMES: u32 = 12_000;

/// Every answer takes so long: a kill can land before and after a command is carried out.
const LATENCY: &str = "latency_ms = 5\n";

/// Commands of a bounce that may be outstanding when the program dies.
const LATE: [&str; 6] = [
    "SetTrackSoloState",
    "SetTrackMuteState",
    "SetTrackSoloSafeState",
    "SetTimelineSelection",
    "RenameTargetTrack",
    "ExportMix",
];

const SOLO: &str = "[output]\nproof = 'report'\n
[[stem]]\nname = 'One'\ntracks = ['T1']\n
[[stem]]\nname = 'Two'\ntracks = ['T2', 'T3']\n
[[stem]]\nname = 'Three'\ntracks = ['T5', 'T6']\n";

/// Two tracks called T1 get names of their own, and the return is solo-safed.
const WAYS: &str = "[output]\nproof = 'report'\n[returns]\ntracks = ['Verb']\n
[[stem]]\nname = 'One'\ntracks = ['T1']\n
[[stem]]\nname = 'Dialog'\ntracks = ['T4']\nway = 'source'\nsource = 'bus:DX'\n
[[stem]]\nname = 'Six'\ntracks = ['T6']\nway = 'track'\n
[[stem]]\nname = 'Rest'\ntracks = ['T2', 'T3', 'T5']\n";

fn session(dir: &Path) {
    let mut tracks = Vec::new();
    for (n, name) in ["T1", "T2", "T3", "T4", "T5", "T6", "T1"]
        .iter()
        .enumerate()
    {
        let file = format!("audio/{n}.wav");
        wave::tone(&dir.join(&file), 1, 110.0 * (n + 1) as f64, 2000.0, FRAMES);
        let clip = json!({ "file": file, "start": 0, "offset": 0, "length": FRAMES });
        let mut track = json!({
            "name": name, "channels": 1, "pan": 0.0, "clips": [clip],
            "mute": *name == "T2", "solo": *name == "T3",
        });
        match *name {
            "T4" => track["output"] = "DX".into(),
            "T5" => track["sends"] = json!([{ "bus": "Verb In" }]),
            _ => {}
        }
        tracks.push(track);
    }
    for (name, input) in [("DX Sub", "DX"), ("Verb", "Verb In")] {
        tracks.push(json!({ "name": name, "type": "aux", "channels": 1, "input": input }));
    }
    let text = json!({
        "version": 1, "name": "Bench", "rate": RATE, "length": FRAMES, "tracks": tracks,
        "busses": ["DX", "Verb In"], "stems": [],
    });
    std::fs::write(dir.join("session.json"), text.to_string()).unwrap();
}

/// All that a bounce could leave changed.
type Seen = (Vec<Track>, (i64, Range));

/// The program under test as one process after another, and a Pro Tools that outlives them.
struct Stage {
    bench: Bench,
    port: String,
    client: Client,
    control: Control,
    runtime: Runtime,
    stop: CancellationToken,
    _simulator: Simulator,
}

impl Stage {
    fn new() -> Self {
        let bench = Bench::new();
        session(&bench.path("session"));
        std::fs::write(bench.path("solo.toml"), SOLO).unwrap();
        std::fs::write(bench.path("ways.toml"), WAYS).unwrap();
        let (runtime, stop) = (Runtime::new().unwrap(), CancellationToken::new());
        let options = Options {
            session: SessionChoice::Open(bench.path("session")),
            state_dir: bench.path("simulator"),
            faults: Faults::parse(LATENCY, "test").unwrap(),
            ..Options::default()
        };
        let (simulator, client) = runtime.block_on(async {
            let simulator = Simulator::start(options, stop.clone()).await.unwrap();
            let port = simulator.addresses()[0].port();
            let client = Client::connect("127.0.0.1", port, Duration::from_secs(60));
            (simulator, client.await.unwrap())
        });
        let stage = Self {
            port: simulator.addresses()[0].port().to_string(),
            control: simulator.control(),
            _simulator: simulator,
            bench,
            client,
            runtime,
            stop,
        };
        stage.runtime.block_on(async {
            let flag = TrackFlag::SoloSafe;
            let names = ["T6".to_owned()];
            stage.client.set_flag(flag, &names, true).await.unwrap();
            let range = Range::new(123, 4567);
            stage.client.set_timeline(Some(123), range).await.unwrap();
        });
        stage
    }

    fn look(&self) -> Seen {
        self.runtime.block_on(async {
            let tracks = self.client.tracks().await.unwrap();
            (tracks, self.client.timeline().await.unwrap())
        })
    }

    fn faults(&self, text: &str) {
        let text = format!("{LATENCY}{text}");
        self.control
            .set_faults(Faults::parse(&text, "test").unwrap());
    }

    /// Prints until `limit` has passed, then kills. Says how long a print took that ended before.
    fn print(&self, recipe: &str, limit: Duration) -> Option<(Duration, bool)> {
        let file = format!("{recipe}.toml");
        let mut args = vec!["--port", &self.port, "--json", "stems", "print", &file];
        args.extend(["--engine", "bounce", "--out", recipe, "--allow-orphans"]);
        args.extend(["--on-existing", "replace", "--rename-duplicates"]);
        let started = Instant::now();
        let mut child = self
            .bench
            .command(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (done, ended) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            let _ = std::io::copy(&mut stdout, &mut std::io::sink());
            let _ = done.send(());
        });
        let has_ended = ended.recv_timeout(limit).is_ok();
        if !has_ended {
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        reader.join().unwrap();
        has_ended.then(|| (started.elapsed(), status.success()))
    }

    /// Dismisses what is open; the commands that wait behind it are carried out before it returns.
    fn settle(&self) {
        self.faults("");
        self.control.dismiss();
        self.runtime.block_on(async {
            for _ in 0..8 {
                self.answer().await;
            }
        });
    }

    /// Waits for an answer. What the dead program sent may still be on its way when the faults are taken
    /// back, and open its dialog behind the first dismissal.
    async fn answer(&self) {
        let mut answer = std::pin::pin!(self.client.session_path());
        let mut turns = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                path = &mut answer => {
                    path.unwrap();
                    return;
                }
                _ = turns.tick() => self.control.dismiss(),
            };
        }
    }

    /// Bytes of the files that bear a final name.
    fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.bench.path(folder)).into_iter();
        let paths = entries.flatten().map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|e| e == "wav"))
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, timeless(std::fs::read(&path).unwrap()))
            })
            .collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What differs of what a user would see, in few words.
fn difference(before: &Seen, after: &Seen) -> String {
    let lines = |seen: &Seen| -> Vec<String> {
        let tracks = seen.0.iter().map(|track| {
            let value: Value = serde_json::to_value(track).unwrap();
            value.to_string()
        });
        tracks.chain([format!("{:?}", seen.1)]).collect()
    };
    let (before, after) = (lines(before), lines(after));
    let pairs = before.iter().zip(&after).filter(|(one, two)| one != two);
    pairs
        .map(|(one, two)| format!("  was {one}\n  is  {two}\n"))
        .collect()
}

#[test]
fn a_bounce_killed_anywhere_is_put_back_by_rescue() {
    let stage = Stage::new();
    let before = stage.look();
    let mut whole = BTreeMap::new();
    for recipe in ["solo", "ways"] {
        let (took, is_good) = stage.print(recipe, Duration::from_secs(600)).unwrap();
        assert!(is_good, "an undisturbed print of '{recipe}' failed");
        assert_eq!(stage.look(), before, "after an undisturbed print");
        whole.insert(recipe, (took, stage.files(recipe)));
    }
    let kills = number("PT_STEM_KILLS").unwrap_or(20);
    let mut random = seed();
    let (mut inside, mut late) = (0, 0);
    let mut wrong: Vec<String> = Vec::new();
    for kill in 0..kills {
        let recipe = if kill % 3 == 0 { "solo" } else { "ways" };
        let (took, files) = whole.get(recipe).unwrap();
        let mut limit = u64::try_from(took.as_micros()).unwrap();
        let mut at = recipe.to_owned();
        if kill % 3 == 2 {
            let command = LATE[usize::try_from(random.below(6)).unwrap()];
            let from = 1 + random.below(3);
            at = format!("{recipe}, {command} {from} late");
            stage.faults(&format!(
                "[[fault]]\nkind = 'late'\ncommand = '{command}'\nfrom = {from}\nuntil = 'dismissed'\n"
            ));
            // The program waits for what comes late, and may die in that as well.
            limit += 3_000_000;
        }
        let micros = random.below(limit);
        stage.print(recipe, Duration::from_micros(micros));
        late += u64::from(stage.control.is_dialog_open());
        stage.settle();
        inside += u64::from(stage.look() != before);
        let said = stage.bench.run(&["--port", &stage.port, "rescue"]);
        let after = stage.look();
        let mut spoiled = stage.files(recipe);
        spoiled.retain(|name, bytes| files.get(name) != Some(bytes));
        if said.code != 0 || after != before || !spoiled.is_empty() {
            let spoiled: Vec<String> = spoiled.into_keys().collect();
            wrong.push(format!(
                "kill {kill} ({at}) after {micros} us: wrong files {spoiled:?}, {said:?}\n{}",
                difference(&before, &after)
            ));
            println!("{}", wrong.last().unwrap());
            if after != before {
                break;
            }
        }
    }
    println!(
        "restored: {} of {kills} kills ({inside} left the session changed before the rescue, {late} \
         with a command outstanding)",
        kills - u64::try_from(wrong.len()).unwrap()
    );
    assert_eq!(wrong, [""; 0]);
    assert!(inside > 0, "no kill landed inside: the test proves nothing");
}
