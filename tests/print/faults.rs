//! Every fault of the simulator in every phase of a bounce. Whatever happens: the session is as
//! before but for what a human set, no file under a final name is wrong, and the job says why.
//!
//! `PT_STEM_MATRIX=all` runs every cell; otherwise a part of them that meets each fault and phase.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pt_stem::engine::Context;
use pt_stem::engine::lease::open_leases;
use pt_stem::engine::rescue::rescue_own;
use pt_stem::engine::verify::verify;
use pt_stem::error::Result;
use pt_stem::model::job::Report;
use pt_stem::model::stem::{EngineKind, Way};
use pt_stem::model::{Level, Plan, Range, TrackFlag};
use pt_stem::ptsl::client::Client;
use pt_stem::ptsl::wire::CommandId;
use pt_stem::simulator::faults::Faults;
use pt_stem::simulator::{Options, SessionChoice, Simulator};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::hands::other_session;
use crate::session::{World, names, run, samples};
use crate::ways::{planned, way, with_twins};

/// Deadline of the ordinary calls of a job.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Longer than all that a job waits for by itself.
const HUNG: Duration = Duration::from_secs(400);

/// Cells that run at once.
const AT_ONCE: usize = 24;

/// Which session and plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    /// Three stems by solo, the sum proven.
    Solo,
    /// Twins renamed, a return solo-safed, a stem by solo, one from its source, one by itself.
    Ways,
}

/// Which call of a command in an undisturbed job.
#[derive(Debug, Clone, Copy)]
enum At {
    Call(u32),
    /// So many before the last one.
    Last(u32),
}

use At::{Call, Last};

/// Phases of a bounce by the call that stands for them.
#[rustfmt::skip]
const PHASES: &[(&str, Job, &str, At)] = &[
    ("preflight: session",          Job::Solo, "GetSessionPath", Call(1)),
    ("preflight: identity",         Job::Solo, "GetSessionIDs", Call(1)),
    ("preflight: transport",        Job::Solo, "GetTransportState", Call(1)),
    ("preflight: sources",          Job::Solo, "GetExportMixSourceList", Call(1)),
    ("preflight: tracks",           Job::Solo, "GetTrackList", Call(1)),
    ("preflight: selection",        Job::Solo, "GetTimelineSelection", Call(1)),
    ("lease taken: tracks",         Job::Solo, "GetTrackList", Call(2)),
    ("renaming twins",              Job::Ways, "RenameTargetTrack", Call(1)),
    ("isolating: solos off",        Job::Solo, "SetTrackSoloState", Call(1)),
    ("isolating: solos on",         Job::Solo, "SetTrackSoloState", Call(2)),
    ("isolating: mutes",            Job::Solo, "SetTrackMuteState", Call(1)),
    ("isolating: solo-safe",        Job::Ways, "SetTrackSoloSafeState", Call(1)),
    ("isolating: reading back",     Job::Solo, "GetTrackList", Call(3)),
    ("selection",                   Job::Solo, "SetTimelineSelection", Call(1)),
    ("bounce",                      Job::Solo, "ExportMix", Call(2)),
    ("bounce of a source",          Job::Ways, "ExportMix", Call(2)),
    ("bounce of a track",           Job::Ways, "BounceTrack", Call(1)),
    ("reading back",                Job::Solo, "GetTrackList", Call(7)),
    ("between stems: session",      Job::Solo, "GetSessionPath", Call(13)),
    ("between stems: solos",        Job::Solo, "SetTrackSoloState", Call(3)),
    ("between stems: selection",    Job::Solo, "SetTimelineSelection", Call(2)),
    ("putting back: session",       Job::Solo, "GetSessionPath", Last(7)),
    ("putting back: tracks",        Job::Solo, "GetTrackList", Last(2)),
    ("putting back: solos off",     Job::Solo, "SetTrackSoloState", Last(1)),
    ("putting back: solos on",      Job::Solo, "SetTrackSoloState", Last(0)),
    ("putting back: mutes",         Job::Solo, "SetTrackMuteState", Last(0)),
    ("putting back: solo-safe",     Job::Ways, "SetTrackSoloSafeState", Last(0)),
    ("putting back: names",         Job::Ways, "RenameTargetTrack", Last(0)),
    ("putting back: reading back",  Job::Solo, "GetTrackList", Last(1)),
    ("putting back: selection",     Job::Solo, "SetTimelineSelection", Last(0)),
    ("the last look",               Job::Solo, "GetTrackList", Last(0)),
];

/// What somebody does while the fault lasts, and what becomes of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// The dialog is dismissed as soon as it opens.
    Dismissed,
    /// The session is gone, or another one open: its user opens it again when the job is over.
    Reopened,
    /// A human turned a switch of the bystander.
    Turned(TrackFlag, bool),
}

/// Name, keys of the fault, what follows, and words of which a failed job must say one.
#[rustfmt::skip]
const FAULTS: &[(&str, &str, After, &[&str])] = &[
    ("refused", "kind = 'refuse'\nmessage = 'Not tonight.'", After::Nothing, &["Not tonight"]),
    ("refused after a warning", "kind = 'refuse'\nmessage = 'Not tonight.'\nwarning_first = true", After::Nothing, &["Not tonight"]),
    ("busy twice", "kind = 'busy'\ntimes = 2", After::Nothing, &["busy"]),
    ("no session twice", "kind = 'busy'\ntimes = 2\nerror = 106", After::Nothing, &["no session"]),
    ("cut before", "kind = 'drop'\nwhen = 'before'", After::Nothing, &["nothing answers", "connection"]),
    ("cut after", "kind = 'drop'\nwhen = 'after'", After::Nothing, &["nothing answers", "connection"]),
    ("hang", "kind = 'hang'\nuntil = 'dismissed'", After::Dismissed, &[]),
    ("hang, cancelled", "kind = 'hang'\nuntil = 'dismissed'\nthen = 'cancel'", After::Dismissed, &["cancel"]),
    ("hang of 6 s", "kind = 'hang'\nms = 6000", After::Nothing, &["no answer", "timed out"]),
    ("dialog says no session", "kind = 'dialog'\nmode = 'no_session'\nms = 1500", After::Nothing, &["no session"]),
    ("waiting for input", "kind = 'waiting'\nuntil = 'dismissed'", After::Dismissed, &[]),
    ("no effect", "kind = 'no_effect'", After::Nothing, &["did not", "not in", "cannot read", "could not", "would not"]),
    ("warnings", "kind = 'warnings'", After::Nothing, &[]),
    ("late, timed out", "kind = 'late'\nuntil = 'dismissed'", After::Nothing, &["timed out", "no answer"]),
    ("late, not answered", "kind = 'late'\nuntil = 'dismissed'\nanswer = 'nothing'", After::Nothing, &["no answer"]),
    ("restart before", "kind = 'restart'\nwhen = 'before'\ndown_ms = 300", After::Nothing, &["nothing answers", "connection", "session_id", "PT_Forbidden"]),
    ("restart after", "kind = 'restart'\nwhen = 'after'\ndown_ms = 300", After::Nothing, &["nothing answers", "connection", "session_id", "PT_Forbidden"]),
    ("restart, session closed", "kind = 'restart'\nsession = 'closes'", After::Reopened, &["nothing answers", "connection", "no session", "PT_Forbidden"]),
    ("other session before", "kind = 'switch_session'\nwhen = 'before'\npath = 'OTHER'", After::Reopened, &["Other"]),
    ("other session after", "kind = 'switch_session'\nwhen = 'after'\npath = 'OTHER'", After::Reopened, &["Other"]),
    ("soloed by hand before", "kind = 'human'\nwhen = 'before'\nflag = 'solo'\ntrack = 'BYSTANDER'", After::Turned(TrackFlag::Solo, true), &["somebody"]),
    ("soloed by hand after", "kind = 'human'\nwhen = 'after'\nflag = 'solo'\ntrack = 'BYSTANDER'", After::Turned(TrackFlag::Solo, true), &["somebody"]),
    ("muted by hand after", "kind = 'human'\nwhen = 'after'\nflag = 'mute'\ntrack = 'BYSTANDER'", After::Turned(TrackFlag::Mute, true), &["somebody"]),
    ("stuck progress", "kind = 'stuck_progress'", After::Nothing, &[]),
    ("disk full", "kind = 'disk_full'", After::Nothing, &["space"]),
    ("elsewhere", "kind = 'elsewhere'", After::Nothing, &[]),
    ("a frame short", "kind = 'wrong_length'\nframes = -1", After::Nothing, &["frames", "long", "short"]),
    ("longer", "kind = 'wrong_length'\nframes = 700", After::Nothing, &["frames", "long", "short"]),
    ("silent", "kind = 'silent'", After::Nothing, &["silent"]),
    ("truncated", "kind = 'truncated'", After::Nothing, &["frames", "short", "end", "damaged"]),
];

/// Faults that only a bounce can have.
const OF_BOUNCES: [&str; 7] = [
    "stuck progress",
    "disk full",
    "elsewhere",
    "a frame short",
    "longer",
    "silent",
    "truncated",
];

/// What a user sees of the session.
type Seen = (Vec<(String, [bool; 5])>, (i64, Range));

async fn look(client: &Client) -> Seen {
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
struct Stage {
    job: Job,
    world: World,
    plan: Plan,
    context: Context,
    simulator: Simulator,
    outside: Client,
    first: String,
    before: Seen,
    stop: CancellationToken,
}

impl Stage {
    async fn new(job: Job) -> Self {
        let world = match job {
            Job::Solo => World::new(),
            Job::Ways => with_twins(),
        };
        let stop = CancellationToken::new();
        let options = Options {
            session: SessionChoice::Open(world.session()),
            state_dir: world.root.path().join("simulator"),
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
        for (flag, track) in [
            (TrackFlag::Solo, "Bass"),
            (TrackFlag::Mute, job.muted()),
            (TrackFlag::SoloSafe, job.safe()),
        ] {
            let names = [track.to_owned()];
            outside.set_flag(flag, &names, true).await.unwrap();
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

impl Job {
    /// Sounds in no stem.
    fn bystander(self) -> &'static str {
        match self {
            Self::Solo => "Click",
            Self::Ways => "Music",
        }
    }

    fn muted(self) -> &'static str {
        match self {
            Self::Solo => "Muted",
            Self::Ways => "Snare",
        }
    }

    fn safe(self) -> &'static str {
        match self {
            Self::Solo => "Pad",
            Self::Ways => "Bass",
        }
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

async fn connect(port: u16, timeout: Duration) -> Client {
    loop {
        if let Ok(client) = Client::connect("127.0.0.1", port, timeout).await {
            return client;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A link as the program keeps one: asks something now and then, connects again when it must. What
/// it asks is nothing that the bounce asks, so that the calls of the bounce can be counted.
async fn line(port: u16, stop: CancellationToken) -> watch::Receiver<Option<Client>> {
    let mut client = connect(port, TIMEOUT).await;
    let (sender, receiver) = watch::channel(Some(client.clone()));
    let keeps = async move {
        loop {
            tokio::time::sleep(Duration::from_millis(150)).await;
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

/// What undisturbed jobs do and make.
struct Undisturbed {
    calls: BTreeMap<String, u64>,
    files: BTreeMap<String, Vec<f64>>,
}

fn files(dir: &Path) -> BTreeMap<String, Vec<f64>> {
    let names = names(dir).into_iter().filter(|name| name.ends_with(".wav"));
    names
        .map(|name| (name.clone(), samples(&dir.join(name))))
        .collect()
}

async fn undisturbed(job: Job) -> Undisturbed {
    let stage = Stage::new(job).await;
    let before = stage.simulator.control().calls();
    run(&stage.plan, &stage.context).await.unwrap();
    let mut calls = stage.simulator.control().calls();
    for (command, count) in &mut calls {
        *count -= before.get(command).copied().unwrap_or(0);
    }
    assert_eq!(look(&stage.outside).await, stage.before);
    let files = files(&stage.world.out());
    assert_eq!(files.len(), stage.plan.stems.len());
    Undisturbed { calls, files }
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    phase: usize,
    fault: usize,
}

impl Cell {
    fn name(self) -> String {
        format!("{} / {}", PHASES[self.phase].0, FAULTS[self.fault].0)
    }

    fn all() -> Vec<Self> {
        let mut cells = Vec::new();
        for (phase, (name, ..)) in PHASES.iter().enumerate() {
            for (fault, (kind, ..)) in FAULTS.iter().enumerate() {
                if name.starts_with("bounce") || !OF_BOUNCES.contains(kind) {
                    cells.push(Self { phase, fault });
                }
            }
        }
        cells
    }

    /// Every fault in a few phases, and every phase with a few faults.
    fn is_in_the_part(self) -> bool {
        let is_of_bounces = OF_BOUNCES.contains(&FAULTS[self.fault].0);
        (is_of_bounces && self.phase.is_multiple_of(2))
            || (self.phase + self.fault).is_multiple_of(8)
    }

    fn faults(self, stage: &Stage, undisturbed: &Undisturbed) -> String {
        let (_, _, command, at) = PHASES[self.phase];
        let count = undisturbed.calls.get(command).copied().unwrap_or(0);
        let count = u32::try_from(count).unwrap();
        let from = match at {
            Call(number) => number,
            Last(before) => count.saturating_sub(before),
        };
        assert!(
            from > 0 && from <= count,
            "{command} is called {count} times"
        );
        let other = other_session(&stage.world).display().to_string();
        let keys = FAULTS[self.fault].1.replace("OTHER", &other);
        let keys = keys.replace("BYSTANDER", stage.job.bystander());
        format!("[[fault]]\ncommand = '{command}'\nfrom = {from}\n{keys}\n")
    }

    /// Runs the cell; says how the job ended, or what is wrong.
    async fn run(self, undisturbed: &Undisturbed) -> std::result::Result<&'static str, String> {
        let stage = Stage::new(PHASES[self.phase].1).await;
        let control = stage.simulator.control();
        let text = self.faults(&stage, undisturbed);
        control.set_faults(Faults::parse(&text, "cell").unwrap());
        let someone = async {
            if FAULTS[self.fault].2 == After::Dismissed {
                control.until_dialogs(1).await;
                control.dismiss();
            }
            std::future::pending::<()>().await;
        };
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(HUNG, run(&stage.plan, &stage.context)) => outcome,
            () = someone => return Err("nobody".into()),
        };
        let outcome = outcome.map_err(|_| "the job hangs".to_owned())?;
        let mut wrong = self.said(&outcome, &stage);
        wrong.extend(wrong_files(&stage, undisturbed));
        wrong.extend(self.put_back(&stage, &told(&outcome)).await);
        let made = files(&stage.world.out()).len();
        if !is_failed(&outcome) && made < undisturbed.files.len() {
            wrong.push(format!("done with {made} files only"));
        }
        match wrong.as_slice() {
            [] if is_failed(&outcome) => Ok("failed"),
            [] => Ok("done"),
            wrong => Err(format!(
                "{}; the job said: {}",
                wrong.join("; "),
                told(&outcome)
            )),
        }
    }

    /// Whether the job told what happened.
    fn said(self, outcome: &Result<Report>, stage: &Stage) -> Vec<String> {
        let (_, _, after, words) = FAULTS[self.fault];
        let told = told(outcome);
        let mut wrong = Vec::new();
        if is_failed(outcome) && !words.iter().any(|word| told.contains(word)) {
            wrong.push("failed without the reason".to_owned());
        }
        let is_open = !open_leases(&stage.world.state()).unwrap().is_empty();
        if is_open && !told.contains("rescue") {
            wrong.push("a lease is open, and the job does not tell".to_owned());
        }
        // Before the lease, and after the last look, nobody can know.
        let phase = PHASES[self.phase].0;
        let is_outside = phase.starts_with("preflight") || phase == "the last look";
        if let After::Turned(..) = after
            && !is_outside
            && !told.contains(stage.job.bystander())
        {
            wrong.push("a human's change is not told".to_owned());
        }
        wrong
    }

    /// The session, after one contact where the lease is still open.
    async fn put_back(self, stage: &Stage, told: &str) -> Option<String> {
        let control = stage.simulator.control();
        let state = stage.world.state();
        let was_open = !open_leases(&state).unwrap().is_empty();
        control.set_faults(Faults::default());
        control.dismiss();
        // Dead with the server, where that was restarted.
        let port = stage.simulator.addresses()[0].port();
        let outside = connect(port, Duration::from_secs(30)).await;
        let mut expected = stage.before.clone();
        match FAULTS[self.fault].2 {
            After::Reopened => {
                let open = outside.session_path().await.ok();
                if open.as_ref() != Some(&stage.first) {
                    // A command that is under way meets the other session, and the job says so.
                    let is_under_way = PHASES[self.phase].2.starts_with("SetTrack")
                        && FAULTS[self.fault].0.ends_with("before")
                        && told.contains("may have been done in the other session");
                    if open.is_some()
                        && !is_under_way
                        && let Some(wrong) = touched(&outside).await
                    {
                        return Some(format!("the other session was touched: {wrong}"));
                    }
                    outside.open_session(&stage.first).await.unwrap();
                }
            }
            After::Turned(flag, on) => {
                let name = stage.job.bystander();
                let row = expected.0.iter_mut().find(|row| row.0 == name).unwrap();
                match flag {
                    TrackFlag::Mute => row.1[0] = on,
                    _ => row.1[1] = on,
                }
            }
            _ => {}
        }
        if was_open && let Err(error) = rescue_own(&state, &outside).await {
            return Some(format!("the rescue failed: {}", error.chain()));
        }
        let left = open_leases(&state).unwrap().len();
        let now = look(&outside).await;
        let same = match FAULTS[self.fault].2 {
            // The selection is not in the session's file.
            After::Reopened => now.0 == expected.0,
            _ => now == expected,
        };
        if !same {
            return Some(format!(
                "the session is not as before: {}",
                changes(&expected, &now)
            ));
        }
        (left > 0).then(|| "the lease stays open".to_owned())
    }
}

/// What is not as in the other session's file, in which 'Muted' is muted and nothing else set.
async fn touched(client: &Client) -> Option<String> {
    let (tracks, _) = look(client).await;
    tracks.into_iter().find_map(|(name, flags)| {
        let expected = [name == "Muted", false, false, false, false];
        (flags != expected).then(|| format!("'{name}' is {flags:?}"))
    })
}

fn changes(expected: &Seen, now: &Seen) -> String {
    let rows = expected
        .0
        .iter()
        .zip(&now.0)
        .filter(|(one, two)| one != two);
    let rows: Vec<String> = rows
        .map(|(one, two)| format!("{one:?} is {two:?}"))
        .collect();
    format!("{} {:?} is {:?}", rows.join(", "), expected.1, now.1)
}

fn is_failed(outcome: &Result<Report>) -> bool {
    outcome.as_ref().map_or(true, |report| {
        report
            .findings
            .iter()
            .any(|finding| finding.level == Level::Error)
    })
}

/// All that the job tells its user.
fn told(outcome: &Result<Report>) -> String {
    match outcome {
        Err(error) => format!("{} {}", error.chain(), error.hints.join(" ")),
        Ok(report) => {
            let texts = report
                .findings
                .iter()
                .map(|f| format!("{} {}", f.text, f.fix));
            texts.collect::<Vec<_>>().join(" | ")
        }
    }
}

/// What is wrong with the output folder.
fn wrong_files(stage: &Stage, undisturbed: &Undisturbed) -> Vec<String> {
    let (mut wrong, dir) = (Vec::new(), stage.world.out());
    let made = files(&dir);
    for (name, samples) in &made {
        if undisturbed.files.get(name) != Some(samples) {
            wrong.push(format!("'{name}' holds other samples"));
        }
    }
    for name in names(&dir) {
        if !made.contains_key(&name) && name != "manifest.json" {
            wrong.push(format!("'{name}' is left behind"));
        }
    }
    if !made.is_empty() {
        match verify(&dir, None) {
            Ok(report) => {
                let listed: Vec<&str> = report.files.iter().map(|f| f.path.as_str()).collect();
                let there: Vec<&str> = made.keys().map(String::as_str).collect();
                let mut sorted = listed.clone();
                sorted.sort_unstable();
                if sorted != there {
                    wrong.push(format!(
                        "the manifest lists {listed:?}, and there are {there:?}"
                    ));
                }
            }
            Err(error) => wrong.push(format!("verify: {}", error.chain())),
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_in_every_phase_of_a_bounce_leaves_no_trace() {
    let mut known = BTreeMap::new();
    for job in [Job::Solo, Job::Ways] {
        let done = Arc::new(undisturbed(job).await);
        known.insert(job, done);
    }
    let is_whole = std::env::var("PT_STEM_MATRIX").is_ok_and(|word| word == "all");
    let wanted = std::env::var("PT_STEM_CELL").unwrap_or_default();
    let mut cells = Cell::all();
    cells.retain(|cell| is_whole || !wanted.is_empty() || cell.is_in_the_part());
    cells.retain(|cell| cell.name().contains(&wanted));
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for cell in &cells {
        let (cell, turns) = (*cell, turns.clone());
        let undisturbed = known[&PHASES[cell.phase].1].clone();
        running.spawn(async move {
            let _turn = turns.acquire_owned().await.unwrap();
            (cell, cell.run(&undisturbed).await)
        });
    }
    let (mut survived, mut wrong) = (0, Vec::new());
    while let Some(ended) = running.join_next().await {
        let (cell, outcome) = ended.unwrap();
        match outcome {
            Ok(how) => {
                survived += 1;
                println!("{:<60} {how}", cell.name());
            }
            Err(what) => {
                println!("{:<60} WRONG: {what}", cell.name());
                wrong.push(cell.name());
            }
        }
    }
    println!("faults survived: {survived} of {}", cells.len());
    assert_eq!(wrong, [""; 0]);
}
