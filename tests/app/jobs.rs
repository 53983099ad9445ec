//! Jobs: cancelling, pausing, leaving while they run, rescue.

use super::*;

#[test]
fn jobs_are_cancelled_after_a_question_and_others_touched_as_they_allow() {
    let mut desk = with_job(JobState::Running, EngineKind::Bounce);
    desk.act(&["cancel"]);
    assert!(desk.effects.is_empty(), "asks first");
    desk.act(&["confirm"]);
    assert_eq!(desk.effects, [Effect::Job(JobCommand::Cancel(JobId(1)))]);
    desk.act(&["pause"]);
    assert_eq!(
        desk.toast(),
        "job 1 is bouncing and holds Pro Tools' solo and mute: it can be cancelled, not paused"
    );
    desk.act(&["retry 9"]);
    assert_eq!(desk.toast(), "there is no job 9");
    let mut desk = with_job(JobState::Queued, EngineKind::Render);
    desk.act(&["pane 3", "pause"]);
    assert_eq!(desk.effects, [Effect::Job(JobCommand::Pause(JobId(1)))]);
    desk.effects.clear();
    desk.act(&["open-folder"]);
    assert_eq!(desk.state.ui.focus, Pane::Files);
    assert!(matches!(desk.effects[..], [Effect::ListFiles(_)]));
}

#[test]
fn the_cursor_goes_to_a_new_job() {
    let mut desk = with_job(JobState::Done, EngineKind::Render);
    assert_eq!(desk.state.cursor(Pane::Jobs), 0);
    let mut job = desk.state.jobs.jobs()[0].clone();
    job.id = JobId(2);
    job.state = JobState::Queued;
    desk.msg(Msg::Job(JobEvent::Added(Box::new(job))));
    assert_eq!(desk.state.cursor(Pane::Jobs), 1);
    desk.act(&["pane 3", "up"]);
    assert_eq!(
        desk.state.cursor(Pane::Jobs),
        0,
        "and leaves it to the user"
    );
}

#[test]
fn leaving_asks_while_jobs_run_and_two_ctrl_c_are_one_q() {
    let mut desk = with_job(JobState::Running, EngineKind::Render);
    desk.act(&["quit"]);
    assert!(!desk.state.quitting);
    desk.act(&["interrupt"]);
    assert_eq!(desk.state.ui.overlay, None, "the first steps out");
    desk.later(2).act(&["interrupt"]);
    assert_eq!(desk.state.ui.overlay, None, "too late for a second");
    desk.act(&["interrupt"]);
    assert!(matches!(
        desk.state.ui.overlay,
        Some(Overlay::Confirm { .. })
    ));
    desk.act(&["confirm"]);
    assert!(desk.state.quitting);
    assert_eq!(desk.effects, [Effect::Quit]);
    let mut idle = Desk::linked();
    idle.act(&["quit"]);
    assert!(idle.state.quitting);
}

#[test]
fn an_interrupted_bounce_is_said_at_the_start_and_rescued() {
    let mut desk = Desk::linked();
    desk.msg(Msg::Leases(vec![(JobId(3), "song".to_owned())]));
    assert!(desk.toast().contains(":rescue"), "{}", desk.toast());
    desk.act(&["rescue"]);
    assert_eq!(desk.effects, [Effect::Rescue]);
    desk.msg(Msg::Rescued(Ok(vec!["Kick".to_owned()])));
    assert_eq!(desk.toast(), "1 track put back");
    assert!(desk.state.open_leases.is_empty());
}

#[test]
fn a_running_render_is_held_and_counts_as_running_until_it_goes_on() {
    let mut desk = with_job(JobState::Running, EngineKind::Render);
    desk.act(&["pause"]);
    assert_eq!(desk.effects, [Effect::Job(JobCommand::Pause(JobId(1)))]);
    let state = |state| {
        Msg::Job(JobEvent::State {
            id: JobId(1),
            state,
            at_ms: 5,
        })
    };
    desk.msg(state(JobState::Running));
    desk.msg(state(JobState::Paused));
    desk.effects.clear();
    desk.act(&["quit"]);
    assert!(!desk.state.quitting, "it asks: the job is not whole");
    desk.act(&["back", "cancel"]);
    assert!(desk.effects.is_empty(), "and so does cancelling");
    desk.act(&["back", "pause"]);
    assert_eq!(desk.effects, [Effect::Job(JobCommand::Resume(JobId(1)))]);
}

#[test]
fn waiting_jobs_are_moved_and_all_are_cancelled_after_one_question() {
    let mut desk = with_job(JobState::Running, EngineKind::Render);
    for id in [2, 3] {
        let mut job = desk.state.jobs.jobs()[0].clone();
        (job.id, job.state) = (JobId(id), JobState::Queued);
        desk.msg(Msg::Job(JobEvent::Added(Box::new(job))));
    }
    desk.act(&["pane 3", "bottom", "job-up"]);
    let step = JobCommand::Move {
        id: JobId(3),
        down: false,
    };
    assert_eq!(desk.effects, [Effect::Job(step)]);
    desk.msg(Msg::Job(JobEvent::Moved {
        id: JobId(3),
        down: false,
    }));
    let order: Vec<u32> = desk.state.jobs.jobs().iter().map(|job| job.id.0).collect();
    assert_eq!(order, [1, 3, 2]);
    assert_eq!(desk.state.cursor(Pane::Jobs), 1, "the cursor goes along");
    desk.act(&["job-up"]);
    assert_eq!(desk.toast(), "job 3 is the first that waits");
    desk.act(&["job-down 1"]);
    assert_eq!(
        desk.toast(),
        "job 1 is running: only waiting jobs can be moved"
    );
    desk.effects.clear();
    desk.act(&["cancel-all"]);
    assert!(desk.effects.is_empty());
    match &desk.state.ui.overlay {
        Some(Overlay::Confirm { question, .. }) => assert_eq!(question, "Cancel 3 jobs?"),
        other => panic!("{other:?}"),
    }
    desk.act(&["confirm"]);
    let cancelled = [3, 2, 1].map(|id| Effect::Job(JobCommand::Cancel(JobId(id))));
    assert_eq!(desk.effects, cancelled, "so that no other starts");
}

#[test]
fn leaving_asks_as_soon_as_a_print_was_handed_over() {
    let mut desk = Desk::linked();
    desk.act(&["print-all"]).survey(&[]);
    desk.act(&["confirm"]);
    let job = desk.submitted().expect("handed over");
    // The queue has not told of it yet.
    desk.act(&["quit"]);
    assert!(!desk.state.quitting);
    desk.act(&["back"]);
    let id = job.id;
    desk.msg(Msg::Job(JobEvent::Added(Box::new(job))));
    desk.msg(Msg::Job(JobEvent::Ended {
        id,
        state: JobState::Done,
        at_ms: 1,
        fault: None,
        report: None,
    }));
    desk.act(&["quit"]);
    assert!(desk.state.quitting);
}

#[test]
fn a_job_that_is_being_cancelled_says_so_until_it_has_ended() {
    let mut desk = with_job(JobState::Running, EngineKind::Bounce);
    desk.msg(Msg::Job(JobEvent::Cancelling(JobId(1))));
    assert!(desk.state.jobs.jobs()[0].cancelling);
    assert!(
        desk.toast().contains("putting the session back"),
        "{}",
        desk.toast()
    );
    desk.msg(Msg::Job(JobEvent::Ended {
        id: JobId(1),
        state: JobState::Cancelled,
        at_ms: 1,
        fault: None,
        report: None,
    }));
    assert!(!desk.state.jobs.jobs()[0].cancelling);
}

#[test]
fn a_simulated_instance_connects_to_nothing_else_and_a_bounce_keeps_its_connection() {
    let mut desk = Desk::linked();
    desk.state.mode = Mode::Demo("demo".to_owned());
    desk.state.link.address = "127.0.0.1:4000".to_owned();
    desk.act(&["connect studio 31416"]);
    assert!(desk.effects.is_empty(), "{:?}", desk.effects);
    assert_eq!(
        desk.toast(),
        "this instance works on its own simulator and connects to nothing else"
    );
    desk.act(&["connect 127.0.0.1 4000"]);
    assert!(matches!(desk.effects[..], [Effect::Link(_)]));

    let mut desk = with_job(JobState::Running, EngineKind::Bounce);
    desk.state.mode = Mode::Live;
    desk.state.link.address = "localhost:31416".to_owned();
    desk.act(&["connect studio 31416", "disconnect"]);
    assert!(desk.effects.is_empty(), "{:?}", desk.effects);
    desk.act(&["connect"]);
    assert!(matches!(desk.effects[..], [Effect::Link(_)]));
}
