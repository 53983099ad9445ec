//! A human at the machine, another session, commands that are carried out late, and a program that
//! is killed anywhere: the session is as it was but for what the human wants, and no file is wrong.

use std::path::PathBuf;

use pt_stem::engine::lease::{open_leases, rescue_all};
use pt_stem::engine::rescue::{has_own, rescue_own};
use pt_stem::engine::{EngineEvent, print};
use pt_stem::error::ErrorKind;
use pt_stem::model::job::{Report, Stage, Verdict};
use pt_stem::model::{JobId, Level, TrackFlag};
use pt_stem::simulator::faults::Faults;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::rig::{Rig, State, state};
use crate::session::{LENGTH, World, names, run, run_with, samples, wav};

fn faults(rig: &Rig, text: &str) {
    rig.control()
        .set_faults(Faults::parse(text, "test").unwrap());
}

fn codes(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|f| f.code.as_str()).collect()
}

/// The session of before, with one switch of one track otherwise.
fn but(before: &State, track: &str, flag: TrackFlag, on: bool) -> State {
    let mut state = before.clone();
    let row = state.0.iter_mut().find(|row| row.0 == track).unwrap();
    match flag {
        TrackFlag::Mute => row.1 = on,
        _ => row.2 = on,
    }
    state
}

#[tokio::test]
async fn what_a_human_sets_meanwhile_stays_and_spoils_no_file() {
    // The moments: before and while the second file is printed, and between the job's own calls.
    for (command, from, when) in [
        ("ExportMix", 2, "before"),
        ("ExportMix", 2, "after"),
        ("SetTrackSoloState", 2, "after"),
        ("GetTrackList", 4, "after"),
    ] {
        for (flag, word, track, on) in [
            (TrackFlag::Solo, "solo", "Pad", true),
            (TrackFlag::Mute, "mute", "Bass", true),
            (TrackFlag::Mute, "mute", "Click", false),
        ] {
            let rig = Rig::new().await;
            let before = rig.in_use().await;
            let plan = rig.plan().await;
            faults(
                &rig,
                &format!(
                    "[[fault]]\nkind = \"human\"\ncommand = \"{command}\"\nfrom = {from}\n\
                     when = \"{when}\"\nflag = \"{word}\"\ntrack = \"{track}\"\non = {on}\n"
                ),
            );
            let at = format!("{command} {from} {when}: {word} {track} {on}");
            let report = run(&plan, &rig.context).await.unwrap();
            assert_eq!(report.proof.verdict, Verdict::Pass, "{at}");
            assert_eq!(samples(&rig.world.out().join("Bass.wav"))[0], 0.25, "{at}");
            let after = state(&rig.client).await;
            assert_eq!(after, but(&before, track, flag, on), "{at}");
            assert!(
                codes(&report).contains(&"changed_by_hand"),
                "{at}: {:?}",
                report.findings
            );
            assert_eq!(rig.leases(), 0, "{at}");
        }
    }
}

#[tokio::test]
async fn a_hand_that_never_rests_fails_the_job_and_no_wrong_file_is_delivered() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let plan = rig.plan().await;
    faults(
        &rig,
        "[[fault]]\nkind = \"human\"\ncommand = \"ExportMix\"\nfrom = 2\ntimes = 0\n\
         flag = \"solo\"\ntrack = \"Pad\"\n",
    );
    let error = run(&plan, &rig.context).await.unwrap_err();
    assert!(error.message.contains("somebody changed"), "{error}");
    assert_eq!(
        state(&rig.client).await,
        but(&before, "Pad", TrackFlag::Solo, true)
    );
    assert_eq!(names(&rig.world.out()), ["Drums.wav", "manifest.json"]);
}

/// A second session folder beside the first.
pub fn other_session(world: &World) -> PathBuf {
    let other = world.root.path().join("other");
    std::fs::create_dir_all(&other).unwrap();
    let text = std::fs::read_to_string(world.session().join("session.json")).unwrap();
    let text = text
        .replace("\"Test\"", "\"Other\"")
        .replace("\"Wired\"", "\"Other\"")
        .replace("audio/", "../session/audio/");
    std::fs::write(other.join("session.json"), text).unwrap();
    other
}

#[tokio::test]
async fn another_session_is_not_touched_and_the_lease_waits_for_the_right_one() {
    for when in ["before", "after"] {
        let rig = Rig::new().await;
        rig.in_use().await;
        let plan = rig.plan().await;
        let other = other_session(&rig.world);
        faults(
            &rig,
            &format!(
                "[[fault]]\nkind = \"switch_session\"\ncommand = \"ExportMix\"\nfrom = 2\n\
                 when = \"{when}\"\npath = '{}'\n",
                other.display()
            ),
        );
        let first = rig.client.session_path().await.unwrap();
        let error = run(&plan, &rig.context).await.unwrap_err();
        assert!(
            error.chain().contains("nothing is touched"),
            "{}",
            error.chain()
        );
        assert_ne!(rig.client.session_path().await.unwrap(), first);
        let tracks = rig.client.tracks().await.unwrap();
        assert!(
            tracks.iter().all(|t| !t.soloed),
            "the other session is as it was"
        );
        assert_eq!(rig.leases(), 1);
        assert!(has_own(&rig.world.state()));
        let none = rescue_own(&rig.world.state(), &rig.client).await.unwrap();
        assert_eq!((none.len(), rig.leases()), (0, 1));

        rig.client.open_session(&first).await.unwrap();
        rescue_own(&rig.world.state(), &rig.client).await.unwrap();
        assert_eq!(rig.leases(), 0);
        // What the session was on disk is its user's; nothing of the job is left in it.
        let after = state(&rig.client).await;
        assert!(
            after
                .0
                .iter()
                .all(|(name, _, soloed)| !soloed || name == "Bass")
        );
        let drums = ["Drums.wav".to_owned()];
        let files = names(&rig.world.out());
        assert!(
            files.starts_with(&drums) && !files.contains(&"Bass.wav".to_owned()),
            "{files:?}"
        );
    }
}

#[tokio::test]
async fn a_command_that_comes_late_is_undone_when_it_has_come() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let plan = rig.plan().await;
    faults(
        &rig,
        "[[fault]]\nkind = \"late\"\ncommand = \"SetTrackSoloState\"\nfrom = 2\nuntil = \"dismissed\"\n",
    );
    let error = run(&plan, &rig.context).await.unwrap_err();
    assert!(
        error
            .hints
            .iter()
            .any(|hint| hint.contains("still be carried out")),
        "{:?}",
        error.hints
    );
    assert_eq!(state(&rig.client).await, before, "all is as it was, so far");
    assert_eq!(rig.leases(), 1);
    rig.control().dismiss();
    let lease = open_leases(&rig.world.state()).unwrap().remove(0);
    rescue_all(&rig.world.state(), &lease, &rig.client)
        .await
        .unwrap();
    assert_eq!(state(&rig.client).await, before);
    assert_eq!(rig.leases(), 0);
}

#[tokio::test]
async fn files_that_land_elsewhere_are_found_and_wrong_ones_are_never_delivered() {
    for (kind, extra, is_good) in [
        ("elsewhere", "", true),
        ("wrong_length", "frames = -1", false),
        ("wrong_length", "frames = 7", false),
        ("truncated", "", false),
        ("disk_full", "", false),
    ] {
        let rig = Rig::new().await;
        let before = rig.in_use().await;
        let plan = rig.plan().await;
        faults(
            &rig,
            &format!("[[fault]]\nkind = \"{kind}\"\ncommand = \"ExportMix\"\nfrom = 2\n{extra}\n"),
        );
        let outcome = run(&plan, &rig.context).await;
        assert_eq!(outcome.is_ok(), is_good, "{kind}: {outcome:?}");
        assert_eq!(state(&rig.client).await, before, "{kind}");
        assert_eq!(rig.leases(), 0, "{kind}");
        let bass = rig.world.out().join("Bass.wav");
        assert_eq!(bass.exists(), is_good, "{kind}");
        if is_good {
            assert_eq!(samples(&bass)[0], 0.25);
        }
        let left = names(&rig.world.out());
        assert!(
            left.iter()
                .all(|name| !name.starts_with('.') && !name.ends_with(".part"))
        );
    }
}

#[tokio::test]
async fn silence_where_clips_play_is_not_delivered() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let plan = rig.plan().await;
    faults(
        &rig,
        // What is silent once is printed again.
        "[[fault]]\nkind = \"silent\"\ncommand = \"ExportMix\"\nfrom = 2\ntimes = 2\n",
    );
    let report = run(&plan, &rig.context).await.unwrap();
    let lost: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .map(|finding| (finding.code.as_str(), finding.file.as_deref()))
        .collect();
    assert_eq!(lost, [("silent", Some("Bass.wav"))]);
    let delivered: Vec<_> = report.files.iter().map(|file| &file.path).collect();
    assert_eq!(delivered, ["Drums.wav", "Pad.wav"]);
    assert!(!rig.world.out().join("Bass.wav").exists());
    assert_eq!(report.proof.verdict, Verdict::NotChecked);
    assert_eq!(state(&rig.client).await, before);
}

#[tokio::test]
async fn silence_that_the_session_holds_is_delivered_and_told() {
    let world = World::new();
    wav(&world.session().join("audio/Bass.wav"), 1, 0.0, LENGTH);
    let rig = Rig::of(world).await;
    let report = run(&rig.plan().await, &rig.context).await.unwrap();
    let silent = report.findings.iter().find(|f| f.code == "silent").unwrap();
    assert_eq!(silent.level, Level::Warning);
    assert!(rig.world.out().join("Bass.wav").exists());
    assert_eq!(report.proof.verdict, Verdict::Pass);
}

/// Starts a job whose `call`-th command hangs, and kills it there. `None` when it ended before.
async fn killed_at(rig: &Rig, call: u32) -> Option<()> {
    faults(
        rig,
        &format!("[[fault]]\nkind = \"hang\"\nfrom = {call}\nuntil = \"dismissed\"\n"),
    );
    let (plan, context) = (rig.plan_unasked(), rig.context.clone());
    let (events, mut received) = mpsc::channel::<EngineEvent>(64);
    let mut job = tokio::spawn(async move {
        let cancel = CancellationToken::new();
        print(JobId(4), &plan, &context, events, cancel).await
    });
    tokio::spawn(async move { while received.recv().await.is_some() {} });
    let control = rig.control();
    tokio::select! {
        outcome = &mut job => {
            outcome.unwrap().unwrap();
            return None;
        }
        () = control.until_dialogs(1) => {}
    }
    job.abort();
    assert!(job.await.unwrap_err().is_cancelled());
    faults(rig, "");
    control.dismiss();
    Some(())
}

#[tokio::test]
async fn a_program_killed_at_any_command_leaves_a_session_that_is_put_back() {
    let mut call = 0;
    loop {
        call += 1;
        let rig = Rig::new().await;
        let before = rig.in_use().await;
        if killed_at(&rig, call).await.is_none() {
            break;
        }
        // The command that it died in is carried out after all.
        rig.client.session_path().await.unwrap();
        rig.of_a_dead_program();
        for lease in open_leases(&rig.world.state()).unwrap() {
            rescue_all(&rig.world.state(), &lease, &rig.client)
                .await
                .unwrap();
        }
        assert_eq!(state(&rig.client).await, before, "killed at command {call}");
        assert_eq!(rig.leases(), 0, "killed at command {call}");
    }
    assert!(call > 25, "the job has only {call} commands");
}

#[tokio::test]
async fn a_dialog_or_a_busy_pro_tools_only_delays() {
    for text in [
        "[[fault]]\nkind = \"busy\"\ncommand = \"SetTrackSoloState\"\nfrom = 2\ntimes = 1\n",
        "[[fault]]\nkind = \"warnings\"\ncommand = \"ExportMix\"\n",
    ] {
        let rig = Rig::new().await;
        let before = rig.in_use().await;
        let plan = rig.plan().await;
        faults(&rig, text);
        let outcome = run(&plan, &rig.context).await;
        assert_eq!(state(&rig.client).await, before, "{text}");
        assert_eq!(rig.leases(), 0, "{text}");
        if let Err(error) = outcome {
            assert_eq!(error.kind, ErrorKind::Refused, "{text}: {}", error.chain());
        }
    }
}

#[tokio::test]
async fn a_dead_jobs_leftovers_are_swept_and_nobody_elses() {
    let rig = Rig::new().await;
    let plan = rig.plan().await;
    let out = rig.world.out();
    std::fs::create_dir_all(out.join(".pt-stem-4")).unwrap();
    std::fs::write(out.join(".pt-stem-4/.lock"), "").unwrap();
    std::fs::create_dir_all(out.join(".pt-stem-5")).unwrap();
    std::fs::write(out.join("Bass.wav.part"), "half").unwrap();
    std::fs::write(out.join("Mine.wav.part"), "mine").unwrap();
    pt_stem::engine::sweep_dead(JobId(4), &plan, &rig.world.state());
    assert_eq!(names(&out), [".pt-stem-5", "Mine.wav.part"]);
}

#[tokio::test]
async fn a_bounce_that_waits_for_somebody_says_so_and_goes_on_when_answered() {
    let rig = Rig::new().await;
    let before = rig.in_use().await;
    let plan = rig.plan().await;
    faults(
        &rig,
        "[[fault]]\nkind = \"waiting\"\ncommand = \"ExportMix\"\nfrom = 2\n",
    );
    let control = rig.control();
    let mut waited = Vec::new();
    let stop = CancellationToken::new();
    let report = run_with(1, &plan, &rig.context, &stop, |event| {
        if let EngineEvent::Progress { item, stage, .. } = event
            && *stage == Stage::Dialog
        {
            waited.push(*item);
            control.dismiss();
        }
    })
    .await;
    assert_eq!(report.unwrap().proof.verdict, Verdict::Pass);
    assert!(waited.contains(&1) && !waited.contains(&0), "{waited:?}");
    assert_eq!(state(&rig.client).await, before);
}
