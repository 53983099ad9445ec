//! The queue over crashes, several instances and engines that misbehave; and the real engine over
//! the simulator.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use pt_stem::clock::ManualClock;
use pt_stem::engine::{Context, EngineEvent};
use pt_stem::error::{Error, ErrorKind};
use pt_stem::jobs::queue::{JobCommand, Queue};
use pt_stem::jobs::runner::{Print, Runner};
use pt_stem::jobs::store::{self, Granted, Store, Wish};
use pt_stem::model::job::{Report, Stage};
use pt_stem::model::manifest::{FileRole, ManifestFile};
use pt_stem::model::plan::{Coverage, Output, PlanKind, PlannedStem};
use pt_stem::model::stem::{EngineKind, OnExisting, Way};
use pt_stem::model::{Finding, Job, JobEvent, JobId, JobState, Level, Plan, Range, Ruler};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A plan of two files of one second.
fn plan(dir: &Path) -> Plan {
    let stem = |name: &str| PlannedStem {
        name: name.to_owned(),
        kind: None,
        file: format!("{name}.wav"),
        tracks: Vec::new(),
        engine: EngineKind::Render,
        way: Way::Solo,
        gain_db: 0.0,
        format: Default::default(),
        bits: Default::default(),
        channels: Default::default(),
        channel_count: 2,
        has_clips: None,
        why: String::new(),
        source: None,
    };
    Plan {
        kind: PlanKind::Stems,
        session: "song".to_owned(),
        session_path: "/song/song.ptx".to_owned(),
        folder: None,
        sample_rate: 48_000,
        ruler: Ruler::default(),
        range: Range::new(0, 48_000),
        engine: EngineKind::Render,
        output: Output {
            dir: dir.to_owned(),
            format: Default::default(),
            bits: Default::default(),
            rate: 48_000,
            channels: Default::default(),
            dither: Default::default(),
            on_existing: OnExisting::Refuse,
            mix_source: String::new(),
            online: false,
            pan_law: "session-folder".to_owned(),
            proof: Default::default(),
            measure: Default::default(),
            tail: 0,
            rename_duplicates: false,
        },
        stems: vec![stem("Drums"), stem("Bass")],
        mix_tracks: Vec::new(),
        mix: None,
        coverage: Coverage::default(),
        findings: Vec::new(),
        bytes: 0,
        scratch_bytes: 0,
        seconds: 1.0,
        recipe_hash: String::new(),
        returns: Vec::new(),
        unrendered: None,
    }
}

fn job(id: u32) -> Job {
    Job::new(JobId(id), format!("job {id}"), plan(Path::new("/out")), 1)
}

fn state(id: u32, state: JobState) -> JobEvent {
    JobEvent::State {
        id: JobId(id),
        state,
        at_ms: 5,
    }
}

fn states(jobs: &[Job]) -> Vec<(u32, JobState)> {
    jobs.iter().map(|job| (job.id.0, job.state)).collect()
}

#[test]
fn what_a_killed_program_left_comes_back_and_nothing_starts_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    {
        let (mut store, opened) = Store::open(dir.path(), 1).unwrap();
        assert!(store.is_main());
        assert!(opened.queue.jobs().is_empty());
        for id in 1..=3 {
            store.append(&JobEvent::Added(Box::new(job(id)))).unwrap();
        }
        store.append(&state(1, JobState::Running)).unwrap();
        store.append(&state(2, JobState::Running)).unwrap();
        store
            .append(&JobEvent::Ended {
                id: JobId(2),
                state: JobState::Done,
                at_ms: 9,
                fault: None,
                report: None,
            })
            .unwrap();
    }
    // Killed in the middle of a line.
    let path = dir.path().join("jobs.jsonl");
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"event\":\"removed\",\"id\":3").unwrap();
    drop(file);

    let all = store::read_all(dir.path()).unwrap();
    let expected = vec![
        (1, JobState::Interrupted),
        (2, JobState::Done),
        (3, JobState::Paused),
    ];
    assert_eq!(states(&all), expected, "as another process sees it");
    let (mut store, opened) = Store::open(dir.path(), 77).unwrap();
    assert_eq!(states(opened.queue.jobs()), expected);
    assert_eq!(opened.queue.get(JobId(1)).unwrap().ended_ms, Some(77));
    assert!(opened.notices.is_empty(), "a torn tail is no damage");
    store.append(&JobEvent::Removed(JobId(3))).unwrap();
    drop(store);
    let (_store, opened) = Store::open(dir.path(), 78).unwrap();
    assert_eq!(states(opened.queue.jobs()), &expected[..2]);
}

#[test]
fn every_cut_of_the_record_can_be_opened_and_written_on() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), 1).unwrap();
    store.append(&JobEvent::Added(Box::new(job(1)))).unwrap();
    store.append(&state(1, JobState::Running)).unwrap();
    drop(store);
    let path = dir.path().join("jobs.jsonl");
    let whole = fs::read(&path).unwrap();
    for cut in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..cut]).unwrap();
        let (mut store, opened) = Store::open(dir.path(), 1).unwrap();
        let before = opened.queue.jobs().len();
        store.append(&JobEvent::Added(Box::new(job(2)))).unwrap();
        drop(store);
        let (_store, opened) = Store::open(dir.path(), 1).unwrap();
        assert_eq!(opened.queue.jobs().len(), before + 1, "cut at {cut}");
    }
}

#[test]
fn damaged_and_unknown_lines_are_left_out_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), 1).unwrap();
    store.append(&JobEvent::Added(Box::new(job(1)))).unwrap();
    drop(store);
    let path = dir.path().join("jobs.jsonl");
    let mut bytes = b"{\"event\":\"from the future\"}\n\xff\xfe\n".to_vec();
    bytes.extend(fs::read(&path).unwrap());
    fs::write(&path, bytes).unwrap();
    let (_store, opened) = Store::open(dir.path(), 1).unwrap();
    assert_eq!(opened.queue.jobs().len(), 1);
    assert_eq!(opened.notices.len(), 1);
    assert!(
        opened.notices[0].starts_with("2 lines"),
        "{:?}",
        opened.notices
    );
}

#[test]
fn the_record_does_not_grow_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), 1).unwrap();
    for id in 1..=300 {
        store.append(&JobEvent::Added(Box::new(job(id)))).unwrap();
        store
            .append(&JobEvent::Ended {
                id: JobId(id),
                state: JobState::Done,
                at_ms: 9,
                fault: None,
                report: None,
            })
            .unwrap();
    }
    drop(store);
    let (_store, opened) = Store::open(dir.path(), 1).unwrap();
    let ids: Vec<u32> = opened.queue.jobs().iter().map(|job| job.id.0).collect();
    assert_eq!(ids, (101..=300).collect::<Vec<_>>(), "the newest stay");
    let text = fs::read_to_string(dir.path().join("jobs.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 200);
}

#[test]
fn a_second_instance_keeps_its_own_journal_and_the_next_writer_takes_it_over() {
    let dir = tempfile::tempdir().unwrap();
    let (mut first, _) = Store::open(dir.path(), 1).unwrap();
    let (mut second, opened) = Store::open(dir.path(), 1).unwrap();
    assert!(first.is_main() && !second.is_main());
    assert!(opened.queue.jobs().is_empty());
    let ids = [
        first.next_id(JobId(0)).unwrap(),
        second.next_id(JobId(0)).unwrap(),
        first.next_id(JobId(0)).unwrap(),
    ];
    assert_eq!(ids, [JobId(1), JobId(2), JobId(3)]);
    first.append(&JobEvent::Added(Box::new(job(1)))).unwrap();
    second.append(&JobEvent::Added(Box::new(job(2)))).unwrap();
    second.append(&state(2, JobState::Running)).unwrap();
    assert_eq!(
        states(&store::read_all(dir.path()).unwrap()),
        [(1, JobState::Queued), (2, JobState::Running)],
        "both live"
    );
    let seen = first.others(1).expect("the other's jobs are news");
    assert_eq!(states(&seen), [(2, JobState::Running)]);
    assert!(seen[0].elsewhere);
    assert_eq!(first.others(1), None, "no news");
    drop(second);
    drop(first);
    let (mut third, opened) = Store::open(dir.path(), 1).unwrap();
    assert!(third.is_main());
    assert_eq!(
        states(opened.queue.jobs()),
        [(1, JobState::Paused), (2, JobState::Interrupted)]
    );
    assert_eq!(third.others(1), None, "the side journal is gone");
    let names: Vec<String> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("jobs-"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn numbers_stay_unique_when_the_counter_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = Store::open(dir.path(), 1).unwrap();
    store.append(&JobEvent::Added(Box::new(job(41)))).unwrap();
    fs::remove_file(dir.path().join("jobs.next")).ok();
    assert_eq!(store.next_id(JobId(0)).unwrap(), JobId(42));
    fs::write(dir.path().join("jobs.next"), "rubbish").unwrap();
    assert_eq!(store.next_id(JobId(0)).unwrap(), JobId(42));
    assert_eq!(store.next_id(JobId(0)).unwrap(), JobId(43));
}

#[test]
fn wishes_are_checked_and_reach_only_the_owner() {
    let dir = tempfile::tempdir().unwrap();
    let unknown = store::request(dir.path(), JobId(7), Wish::Cancel).unwrap_err();
    assert_eq!(unknown.message, "there is no job 7");
    let (mut store, _) = Store::open(dir.path(), 1).unwrap();
    store.append(&JobEvent::Added(Box::new(job(1)))).unwrap();
    let mut queue = Queue::new(vec![job(2)]);
    let granted = store::request(dir.path(), JobId(1), Wish::Cancel).unwrap();
    assert_eq!(granted, Granted::Soon);
    assert!(store.wishes(&queue).is_empty(), "not about ours");
    queue.apply(&JobEvent::Added(Box::new(job(1))));
    assert_eq!(store.wishes(&queue), [(JobId(1), Wish::Cancel)]);
    assert!(store.wishes(&queue).is_empty(), "taken once");
    let unfit = store::request(dir.path(), JobId(1), Wish::Retry).unwrap_err();
    assert_eq!(unfit.message, "job 1 is queued");
    drop(store);
    // Nobody runs it: the record itself is changed.
    let granted = store::request(dir.path(), JobId(1), Wish::Cancel).unwrap();
    assert_eq!(granted, Granted::Done);
    let all = store::read_all(dir.path()).unwrap();
    assert_eq!(states(&all), [(1, JobState::Cancelled)]);
}

/// Any event about a few jobs.
fn any_event() -> impl Strategy<Value = JobEvent> {
    let states = prop::sample::select(vec![
        JobState::Queued,
        JobState::Paused,
        JobState::Running,
        JobState::Verifying,
        JobState::Done,
        JobState::Failed,
        JobState::Cancelled,
    ]);
    (1_u32..4, states, 0_usize..4, any::<u64>(), 0_u8..6).prop_map(
        |(id, now, item, done, which)| {
            let id = JobId(id);
            match which {
                0 => JobEvent::Added(Box::new(job(id.0))),
                1 => state(id.0, now),
                2 | 3 => JobEvent::Progress {
                    id,
                    item,
                    stage: Stage::Printing,
                    done,
                    rate: 2.0,
                },
                4 if now.is_over() => JobEvent::Ended {
                    id,
                    state: now,
                    at_ms: 1,
                    fault: None,
                    report: None,
                },
                _ => JobEvent::Removed(id),
            }
        },
    )
}

proptest! {
    #[test]
    fn the_queue_keeps_its_rules(events in prop::collection::vec(any_event(), 0..60)) {
        let mut queue = Queue::default();
        for event in events {
            let before: Vec<_> = queue.jobs().iter().map(|j| (j.id, j.state)).collect();
            queue.apply(&event);
            let mut ids: Vec<_> = queue.jobs().iter().map(|job| job.id).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), queue.jobs().len(), "a number twice");
            if queue.active().is_some() {
                prop_assert!(queue.next().is_none());
            }
            for job in queue.jobs() {
                let fraction = job.fraction();
                prop_assert!((0.0..=1.0).contains(&fraction));
                prop_assert_eq!(fraction == 1.0, job.state == JobState::Done);
                let was = before.iter().find(|(id, _)| *id == job.id);
                let added = matches!(&event, JobEvent::Added(a) if a.id == job.id);
                if let Some((_, was)) = was.filter(|(_, was)| was.is_over() && !added) {
                    prop_assert_eq!(*was, job.state, "an ended job woke up");
                }
            }
            if let Some(fraction) = queue.fraction() {
                prop_assert!((0.0..1.0).contains(&fraction));
            }
            if let Some(left) = queue.seconds_left() {
                prop_assert!(left >= 0.0 && left.is_finite());
            }
        }
    }
}

/// A runner with an engine made of a closure, and what it tells.
struct Bench {
    dir: tempfile::TempDir,
    runner: Runner,
    events: mpsc::Receiver<JobEvent>,
    stop: CancellationToken,
    queue: Queue,
}

impl Bench {
    fn start<F, Fut>(engine: F) -> Self
    where
        F: Fn(JobId, Plan, mpsc::Sender<EngineEvent>, CancellationToken) -> Fut
            + Send
            + Sync
            + 'static,
        Fut: Future<Output = pt_stem::error::Result<Report>> + Send + 'static,
    {
        let dir = tempfile::tempdir().unwrap();
        let print: Print =
            Arc::new(move |id, plan, _, events, cancel| Box::pin(engine(id, plan, events, cancel)));
        let (sender, events) = mpsc::channel(256);
        let stop = CancellationToken::new();
        let state = dir.path().join("state");
        let context = Context {
            client: None,
            clock: Arc::new(ManualClock::default()),
            state_dir: state.clone(),
            is_embedded: false,
        };
        let runner = Runner::start_with(print, &state, context, sender, stop.clone()).unwrap();
        Self {
            dir,
            runner,
            events,
            stop,
            queue: Queue::default(),
        }
    }

    async fn submit(&mut self) -> JobId {
        let plan = Box::new(plan(&self.dir.path().join("out")));
        let title = "song".to_owned();
        self.runner.send(JobCommand::Submit { title, plan }).await;
        let event = self
            .until(|event| matches!(event, JobEvent::Added(_)))
            .await;
        let JobEvent::Added(job) = event else {
            unreachable!()
        };
        job.id
    }

    /// The next event that fits; a test that waits in vain fails.
    async fn until(&mut self, fits: impl Fn(&JobEvent) -> bool) -> JobEvent {
        let wait = async {
            loop {
                let event = self.events.recv().await.expect("the runner lives");
                self.queue.apply(&event);
                if fits(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait)
            .await
            .expect("an event in time")
    }

    async fn end(&mut self, id: JobId) -> Job {
        self.until(|event| matches!(event, JobEvent::Ended { id: over, .. } if *over == id))
            .await;
        self.queue.get(id).unwrap().clone()
    }
}

fn written(dir: &Path, name: &str) -> ManifestFile {
    fs::create_dir_all(dir).unwrap();
    let path = dir.join(format!("{name}.wav"));
    fs::write(&path, name).unwrap();
    ManifestFile {
        name: name.to_owned(),
        path: format!("{name}.wav"),
        role: FileRole::Stem,
        tracks: Vec::new(),
        engine: EngineKind::Render,
        frames: 48_000,
        rate: 48_000,
        bits: 24,
        channels: 2,
        bytes: 4,
        checksum: format!("blake3:{}", blake3::hash(name.as_bytes()).to_hex()),
        has_clips: None,
        levels: Default::default(),
    }
}

#[tokio::test]
async fn jobs_run_one_after_another_and_are_kept() {
    let mut bench = Bench::start(|_, plan, events, _| async move {
        for (item, stem) in plan.stems.iter().enumerate() {
            let progress = |stage, done| EngineEvent::Progress { item, stage, done };
            events
                .send(progress(Stage::Printing, 24_000))
                .await
                .unwrap();
            events
                .send(progress(Stage::Verifying, 48_000))
                .await
                .unwrap();
            let file = written(&plan.output.dir, &stem.name);
            events
                .send(EngineEvent::FileDone(Box::new(file)))
                .await
                .unwrap();
        }
        Ok(Report::default())
    });
    let (first, second) = (bench.submit().await, bench.submit().await);
    assert!(second > first);
    let done = bench.end(second).await;
    assert_eq!(done.state, JobState::Done);
    assert_eq!(bench.queue.get(first).unwrap().state, JobState::Done);
    assert_eq!(done.fraction(), 1.0);
    let kept = store::read_all(&bench.dir.path().join("state")).unwrap();
    let expected = [(first.0, JobState::Done), (second.0, JobState::Done)];
    assert_eq!(states(&kept), expected);
}

#[tokio::test]
async fn a_panic_and_a_failed_sum_fail_the_job_and_the_next_one_runs() {
    let mut bench = Bench::start(|id, _, _, _| async move {
        match id.0 {
            1 => panic!("the knob fell off"),
            2 => Ok(Report {
                findings: vec![
                    Finding::new(Level::Error, "sum_failed", "the sum is not the mix").fix("look"),
                ],
                ..Report::default()
            }),
            3 => Err(Error::new(ErrorKind::Storage, "the disk is full").hint("Free space")),
            _ => Ok(Report::default()),
        }
    });
    for _ in 0..4 {
        bench.submit().await;
    }
    bench.end(JobId(4)).await;
    let fault = |id| {
        let job = bench.queue.get(JobId(id)).unwrap();
        assert_eq!(job.state, JobState::Failed);
        job.fault.clone().unwrap()
    };
    assert_eq!(fault(1).kind, ErrorKind::Internal);
    assert!(fault(1).message.contains("the knob fell off"));
    assert_eq!(fault(2).kind, ErrorKind::Check);
    assert_eq!(fault(2).hints, ["look"]);
    assert_eq!(fault(3).message, "the disk is full");
    assert_eq!(bench.queue.get(JobId(4)).unwrap().state, JobState::Done);
}

#[tokio::test]
async fn cancel_pause_resume_and_remove() {
    let mut bench = Bench::start(|id, _, _, cancel| async move {
        if id.0 == 1 {
            cancel.cancelled().await;
            return Err(Error::new(ErrorKind::Interrupted, "cancelled"));
        }
        Ok(Report::default())
    });
    let first = bench.submit().await;
    let second = bench.submit().await;
    bench.runner.send(JobCommand::Pause(second)).await;
    bench.runner.send(JobCommand::Pause(first)).await;
    let refused = bench.until(|e| matches!(e, JobEvent::Refused(_))).await;
    let JobEvent::Refused(fault) = refused else {
        unreachable!()
    };
    assert_eq!(fault.message, "job 1 is running: it cannot be paused");
    bench.runner.send(JobCommand::Cancel(first)).await;
    assert_eq!(bench.end(first).await.state, JobState::Cancelled);
    assert_eq!(bench.queue.get(second).unwrap().state, JobState::Paused);
    bench.runner.send(JobCommand::Resume(second)).await;
    assert_eq!(bench.end(second).await.state, JobState::Done);
    bench.runner.send(JobCommand::Remove(second)).await;
    bench.until(|e| matches!(e, JobEvent::Removed(_))).await;
    assert!(bench.queue.get(second).is_none());
}

#[tokio::test]
async fn another_process_cancels_through_a_request() {
    let mut bench = Bench::start(|_, _, _, cancel| async move {
        cancel.cancelled().await;
        Err(Error::new(ErrorKind::Interrupted, "cancelled"))
    });
    let id = bench.submit().await;
    let state = bench.dir.path().join("state");
    let granted = store::request(&state, id, Wish::Cancel).unwrap();
    assert_eq!(granted, Granted::Soon);
    assert_eq!(bench.end(id).await.state, JobState::Cancelled);
}

#[tokio::test]
async fn stopping_cancels_the_running_job_and_waits_for_it() {
    let (put_back, mut is_put_back) = mpsc::channel::<()>(1);
    let mut bench = Bench::start(move |_, _, _, cancel| {
        let put_back = put_back.clone();
        async move {
            cancel.cancelled().await;
            tokio::task::yield_now().await;
            put_back.send(()).await.unwrap();
            Err(Error::new(ErrorKind::Interrupted, "cancelled"))
        }
    });
    bench.submit().await;
    bench.submit().await;
    bench.stop.cancel();
    bench.runner.closed().await;
    assert!(
        is_put_back.try_recv().is_ok(),
        "ended before the session was put back"
    );
    let all = store::read_all(&bench.dir.path().join("state")).unwrap();
    assert_eq!(
        states(&all),
        [(1, JobState::Cancelled), (2, JobState::Paused)],
        "the waiting one is held for the next time"
    );
}

#[tokio::test]
async fn a_retry_replaces_only_what_the_job_wrote_itself() {
    for foreign in [false, true] {
        let (told, mut plans) = mpsc::channel(4);
        let mut bench = Bench::start(move |_, plan, events, _| {
            let told = told.clone();
            async move {
                told.send(plan.output.on_existing).await.unwrap();
                let file = written(&plan.output.dir, "Drums");
                events
                    .send(EngineEvent::FileDone(Box::new(file)))
                    .await
                    .unwrap();
                Err(Error::new(ErrorKind::Storage, "the disk is full"))
            }
        });
        let id = bench.submit().await;
        bench.end(id).await;
        if foreign {
            fs::write(bench.dir.path().join("out/Bass.wav"), "somebody's").unwrap();
        }
        bench.runner.send(JobCommand::Retry(id)).await;
        bench.end(id).await;
        assert_eq!(plans.recv().await, Some(OnExisting::Refuse));
        let expected = if foreign {
            OnExisting::Refuse
        } else {
            OnExisting::Replace
        };
        assert_eq!(
            plans.recv().await,
            Some(expected),
            "foreign file: {foreign}"
        );
    }
}

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
    app.end().await;
    stop.cancel();
    simulator.closed().await;
}
