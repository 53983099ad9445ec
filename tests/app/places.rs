//! The worst places of a failed sum: stepping through them, and Pro Tools' selection moved there.

use pt_stem::config::keymap::When;
use pt_stem::model::Range;
use pt_stem::model::job::{Course, Place, Proof, Report, Verdict};

use super::*;

/// A job over a range from sample 48,000 on, whose files have half the session's rate.
fn desk() -> Desk {
    let mut desk = with_job(JobState::Failed, EngineKind::Render);
    let mut job = desk.state.jobs.jobs()[0].clone();
    job.plan.range.start = 48_000;
    job.plan.output.rate = job.plan.sample_rate / 2;
    let place = |frame, peak_dbfs| Place {
        frame,
        timecode: String::new(),
        peak_dbfs: Some(peak_dbfs),
    };
    job.report = Some(Report {
        proof: Proof {
            verdict: Verdict::Fail,
            peak_dbfs: Some(-20.0),
            residual: Some(Course {
                frames_per_value: 48_000,
                peaks_dbfs: vec![None, Some(-20.0), Some(-60.0)],
                worst: vec![place(72_000, -20.0), place(120_000, -60.0)],
            }),
            ..Proof::default()
        },
        ..Report::default()
    });
    desk.msg(Msg::Job(JobEvent::Restored(vec![job])));
    desk.act(&["pane 3", "open"]);
    desk
}

/// Half a second to either side of a place of the files.
fn around(desk: &Desk, frame: i64) -> Request {
    let rate = i64::from(desk.state.jobs.jobs()[0].plan.sample_rate);
    let sample = 48_000 + frame * 2;
    Request::SetSelection(Range::new(sample - rate / 2, sample + rate / 2))
}

fn asked(desk: &mut Desk) -> Vec<Request> {
    let requests = desk.requests().into_iter().map(|(_, request)| request);
    let requests = requests.collect();
    desk.effects.clear();
    requests
}

#[test]
fn enter_selects_the_worst_place_and_then_those_that_are_stepped_to() {
    let mut desk = desk();
    assert!(desk.state.holds(When::Failed));
    desk.act(&["open"]);
    assert_eq!(asked(&mut desk), [around(&desk, 72_000)]);
    assert!(desk.state.ui.overlay.is_some(), "the details stay open");
    for (step, frame) in [
        ("next-match", 72_000),
        ("next-match", 120_000),
        ("next-match", 72_000),
        ("previous-match", 120_000),
    ] {
        desk.act(&[step, "open"]);
        assert_eq!(asked(&mut desk), [around(&desk, frame)], "{step}");
    }
    assert!(desk.toast().starts_with("selects "), "{}", desk.toast());
    desk.act(&["back"]);
    assert_eq!(desk.state.ui.overlay, None);
    assert!(
        !desk.state.holds(When::Failed),
        "in the list, n goes to jobs"
    );
}

#[test]
fn a_place_of_another_session_is_not_gone_to() {
    let mut desk = desk();
    let mut job = desk.state.jobs.jobs()[0].clone();
    job.plan.session = "Other".to_owned();
    desk.msg(Msg::Job(JobEvent::Restored(vec![job])));
    desk.act(&["open"]);
    assert_eq!(asked(&mut desk), []);
    assert_eq!(
        desk.toast(),
        "the place is in 'Other', and another session is open"
    );
}

#[test]
fn a_sum_that_passed_has_no_places_and_enter_closes() {
    let mut desk = desk();
    let mut job = desk.state.jobs.jobs()[0].clone();
    job.report = None;
    desk.msg(Msg::Job(JobEvent::Restored(vec![job])));
    assert!(!desk.state.holds(When::Failed));
    desk.act(&["open"]);
    assert_eq!(desk.state.ui.overlay, None);
}
