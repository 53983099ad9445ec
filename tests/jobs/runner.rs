//! The actor: order, cancelling, retrying, engines that misbehave.

use super::*;

/// A runner with an engine made of a closure, and what it tells.
pub struct Bench {
    pub dir: tempfile::TempDir,
    pub runner: Runner,
    pub events: mpsc::Receiver<JobEvent>,
    pub stop: CancellationToken,
    pub queue: Queue,
}

/// A job's surroundings without Pro Tools.
fn context(state: &Path) -> Context {
    Context {
        client: None,
        clock: Arc::new(ManualClock::default()),
        state_dir: state.to_owned(),
        is_embedded: false,
        paths: Default::default(),
        brake: Default::default(),
    }
}

impl Bench {
    pub fn start<F, Fut>(engine: F) -> Self
    where
        F: Fn(JobId, Plan, mpsc::Sender<EngineEvent>, CancellationToken) -> Fut
            + Send
            + Sync
            + 'static,
        Fut: Future<Output = pt_stem::error::Result<Report>> + Send + 'static,
    {
        Self::start_hooked(engine, |_| Hooks::default())
    }

    /// With hooks that may name files in the bench's folder.
    pub fn start_hooked<F, Fut>(engine: F, hooks: impl Fn(&Path) -> Hooks) -> Self
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
        let hooks = hooks(dir.path());
        let runner =
            Runner::start_with(print, &state, context(&state), hooks, sender, stop.clone())
                .unwrap();
        Self {
            dir,
            runner,
            events,
            stop,
            queue: Queue::default(),
        }
    }

    pub async fn submit(&mut self) -> JobId {
        self.submit_for(EngineKind::Render).await
    }

    pub async fn submit_for(&mut self, engine: EngineKind) -> JobId {
        let mut plan = Box::new(plan(&self.dir.path().join("out")));
        plan.engine = engine;
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
    pub async fn until(&mut self, fits: impl Fn(&JobEvent) -> bool) -> JobEvent {
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

    pub async fn state(&mut self, id: JobId, wanted: JobState) {
        self.until(|event| {
            matches!(event, JobEvent::State { id: own, state, .. } if *own == id && *state == wanted)
        })
        .await;
    }

    pub async fn refusal(&mut self) -> String {
        match self.until(|e| matches!(e, JobEvent::Refused(_))).await {
            JobEvent::Refused(fault) => fault.message,
            _ => unreachable!(),
        }
    }

    pub async fn end(&mut self, id: JobId) -> Job {
        self.until(|event| matches!(event, JobEvent::Ended { id: over, .. } if *over == id))
            .await;
        self.queue.get(id).unwrap().clone()
    }
}

pub fn written(dir: &Path, name: &str) -> ManifestFile {
    fs::create_dir_all(dir).unwrap();
    let path = dir.join(format!("{name}.wav"));
    fs::write(&path, name).unwrap();
    ManifestFile {
        name: name.to_owned(),
        path: format!("{name}.wav"),
        role: FileRole::Stem,
        tracks: Vec::new(),
        track_ids: Vec::new(),
        formula: None,
        engine: EngineKind::Render,
        way: None,
        frames: 48_000,
        rate: 48_000,
        bits: 24,
        channels: 2,
        channel: None,
        bytes: 4,
        checksum: format!("blake3:{}", blake3::hash(name.as_bytes()).to_hex()),
        md5: None,
        time_reference: None,
        has_clips: None,
        levels: Default::default(),
        dither_seed: None,
        pan_law: None,
        handed_through: false,
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
    bench.state(first, JobState::Paused).await;
    bench.runner.send(JobCommand::Resume(first)).await;
    bench.state(first, JobState::Running).await;
    bench.runner.send(JobCommand::Pause(first)).await;
    bench.state(first, JobState::Paused).await;
    assert!(bench.queue.get(first).unwrap().has_begun());
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
async fn a_running_bounce_is_not_paused_and_says_why() {
    let mut bench = Bench::start(|_, _, _, cancel| async move {
        cancel.cancelled().await;
        Err(Error::new(ErrorKind::Interrupted, "cancelled"))
    });
    let id = bench.submit_for(EngineKind::Bounce).await;
    bench.state(id, JobState::Running).await;
    bench.runner.send(JobCommand::Pause(id)).await;
    assert_eq!(
        bench.refusal().await,
        "job 1 is bouncing and holds Pro Tools' solo and mute: it can be cancelled, not paused"
    );
    assert_eq!(bench.queue.get(id).unwrap().state, JobState::Running);
}

#[tokio::test]
async fn waiting_jobs_change_places_and_the_record_keeps_the_order() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let (told, mut started) = mpsc::channel(8);
    let opened = gate.clone();
    let mut bench = Bench::start(move |id, _, _, _| {
        let (gate, told) = (opened.clone(), told.clone());
        async move {
            told.send(id.0).await.unwrap();
            gate.acquire().await.unwrap().forget();
            Ok(Report::default())
        }
    });
    for _ in 0..4 {
        bench.submit().await;
    }
    assert_eq!(started.recv().await, Some(1));
    let step = |id, down| JobCommand::Move {
        id: JobId(id),
        down,
    };
    let is_moved = |event: &JobEvent| matches!(event, JobEvent::Moved { .. });
    bench.runner.send(step(4, false)).await;
    bench.until(is_moved).await;
    bench.runner.send(step(4, false)).await;
    bench.until(is_moved).await;
    bench.runner.send(step(4, false)).await;
    assert!(
        bench.refusal().await.contains("cannot be moved"),
        "the first that waits"
    );
    bench.runner.send(step(1, true)).await;
    assert!(bench.refusal().await.contains("is running"));
    let kept = store::read_all(&bench.dir.path().join("state")).unwrap();
    assert_eq!(kept.len(), 4);
    gate.add_permits(4);
    bench.end(JobId(3)).await;
    let order: Vec<u32> = std::iter::from_fn(|| started.try_recv().ok()).collect();
    assert_eq!(order, [4, 2, 3]);
}

#[tokio::test]
async fn other_processes_see_how_far_a_job_is_while_it_runs() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let opened = gate.clone();
    let mut bench = Bench::start(move |_, _, events, _| {
        let gate = opened.clone();
        async move {
            let progress = EngineEvent::Progress {
                item: 1,
                stage: Stage::Printing,
                done: 12_000,
            };
            events.send(progress).await.unwrap();
            gate.acquire().await.unwrap().forget();
            Ok(Report::default())
        }
    });
    let id = bench.submit().await;
    bench
        .until(|event| matches!(event, JobEvent::Progress { .. }))
        .await;
    let state = bench.dir.path().join("state");
    let seen = store::read_all(&state).unwrap();
    let item = &seen[0].items[1];
    assert_eq!((item.stage, item.done), (Stage::Printing, 12_000));
    // A window that runs beside it is told too.
    let (sender, mut beside) = mpsc::channel(64);
    let stop = CancellationToken::new();
    let other = Runner::start(
        state.clone(),
        context(&state),
        Hooks::default(),
        sender,
        stop.clone(),
    )
    .unwrap();
    let Some(JobEvent::Restored(jobs)) = beside.recv().await else {
        panic!("the queue comes first");
    };
    assert_eq!(jobs[0].items[1].done, 12_000);
    assert!(jobs[0].elsewhere);
    gate.add_permits(1);
    bench.end(id).await;
    assert!(!state.join(format!("progress/{id}.json")).exists());
    stop.cancel();
    other.closed().await;
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
