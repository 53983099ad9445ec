//! Filters and orders of lists.

use super::*;

fn files(desk: &mut Desk) {
    let file = |name: &str, bytes, modified_ms| FileEntry {
        name: name.to_owned(),
        bytes,
        modified_ms: Some(modified_ms),
        is_part: name.ends_with(".part"),
        ..FileEntry::default()
    };
    let dir = desk.state.files.dir.clone();
    desk.msg(Msg::Files {
        dir,
        entries: Ok(vec![
            file("bass.wav", 30, 3),
            file("drums.wav", 10, 2),
            file("keys.wav.part", 20, 1),
        ]),
    });
}

fn file_names(desk: &Desk) -> Vec<String> {
    let shown = desk.state.shown(Pane::Files);
    let name = |index: &usize| desk.state.files.entries[*index].name.clone();
    shown.iter().map(name).collect()
}

#[test]
fn tracks_are_sorted_flat_and_go_back_to_their_folders() {
    let mut desk = Desk::linked();
    desk.act(&["down", "down", "sort name"]);
    assert_eq!(desk.cursor_name(), "Snare", "the cursor stays on its track");
    assert_eq!(
        desk.row_names(),
        ["Bass", "Click", "DRUMS", "Kick", "Snare", "Verb"]
    );
    desk.act(&["sort name"]);
    assert_eq!(desk.row_names()[0], "Verb", "turned round");
    desk.act(&["sort stem"]);
    assert_eq!(
        desk.row_names(),
        ["Kick", "Snare", "Bass", "Verb", "DRUMS", "Click"],
        "by stem, those in none last"
    );
    desk.act(&["top", "assign Zoo"]);
    assert_eq!(desk.row_names()[3], "Kick", "follows the assignment");
    desk.act(&["sort", "sort name"]);
    desk.act(&["sort order"]);
    assert_eq!(desk.row_names()[..2], ["DRUMS", "Kick"]);
    assert!(desk.state.rows[0].has_children);
    assert_eq!(desk.state.sort(Pane::Tracks), None);
    desk.act(&["sort size"]);
    assert!(
        desk.toast().contains("order, name, type, stem"),
        "{}",
        desk.toast()
    );
}

#[test]
fn files_are_sorted_by_size_and_time_while_they_change() {
    let mut desk = Desk::linked();
    desk.act(&["pane 4"]);
    files(&mut desk);
    desk.act(&["down", "sort size"]);
    assert_eq!(
        file_names(&desk),
        ["bass.wav", "keys.wav.part", "drums.wav"]
    );
    assert_eq!(desk.state.cursor(Pane::Files), 2, "still on the drums");
    desk.act(&["sort time", "sort time"]);
    assert_eq!(
        file_names(&desk),
        ["keys.wav.part", "drums.wav", "bass.wav"]
    );
    desk.act(&["filter"]).typed("wav").act(&["open"]);
    files(&mut desk);
    assert_eq!(
        file_names(&desk),
        ["keys.wav.part", "drums.wav", "bass.wav"]
    );
    desk.act(&["back", "sort name"]);
    assert_eq!(
        file_names(&desk),
        ["bass.wav", "drums.wav", "keys.wav.part"]
    );
    desk.act(&["top", "next-match"]);
    assert_eq!(desk.state.cursor(Pane::Files), 2, "the unfinished one");
    desk.state.files.entries[1].verdict = Some(pt_stem::model::job::Verdict::Fail);
    desk.act(&["next-match"]);
    assert_eq!(desk.state.cursor(Pane::Files), 1, "the wrong one");
}

#[test]
fn a_filter_goes_to_its_first_match_and_leaves_the_cursor_where_it_found_it() {
    let mut desk = Desk::linked();
    desk.act(&["bottom", "filter"]).typed("ick");
    assert_eq!(desk.cursor_name(), "Kick", "not the match below the cursor");
    desk.act(&["open", "next-match"]);
    assert_eq!(desk.cursor_name(), "Click");
    desk.act(&["next-match"]);
    assert_eq!(desk.cursor_name(), "Kick", "around the end");
    desk.act(&["previous-match", "back"]);
    assert_eq!(desk.state.filter_text(Pane::Tracks), "");
    assert_eq!(desk.cursor_name(), "Click");
    desk.act(&["pane 4"]);
    files(&mut desk);
    desk.act(&["filter"]).typed("keys").act(&["open"]);
    assert_eq!(file_names(&desk), ["keys.wav.part"]);
    desk.act(&["back"]);
    assert_eq!(desk.state.cursor(Pane::Files), 2);
}

#[test]
fn a_filtered_log_follows_its_lines_and_loses_old_ones() {
    let mut desk = Desk::linked();
    desk.act(&["pane 5", "filter"])
        .typed("needle")
        .act(&["open"]);
    let line = |number: u64| {
        let text = if number % 400 == 7 { "a needle" } else { "hay" };
        Msg::Log(pt_stem::app::state::LogLine {
            unix_ms: number,
            severity: Severity::Info,
            source: "x".to_owned(),
            text: text.to_owned(),
        })
    };
    for number in 0..2500 {
        desk.msg(line(number));
        let log = &desk.state.log;
        let wanted: Vec<usize> = (0..log.len())
            .filter(|at| log[*at].text == "a needle")
            .collect();
        assert_eq!(*desk.state.shown(Pane::Log), *wanted, "line {number}");
    }
    assert!(desk.state.row_count(Pane::Log) > 0);
}

#[test]
fn jobs_are_found_by_state_and_sorted_by_what_needs_somebody() {
    let mut desk = Desk::linked();
    desk.act(&["print-all", "confirm"]);
    let job = desk.submitted().expect("printed");
    let with = |id, state| Job {
        id: JobId(id),
        state,
        ..job.clone()
    };
    desk.msg(Msg::Job(JobEvent::Restored(vec![
        with(1, JobState::Done),
        with(2, JobState::Failed),
        with(3, JobState::Queued),
    ])));
    desk.act(&["pane 3", "sort state"]);
    assert_eq!(*desk.state.shown(Pane::Jobs), [1, 2, 0]);
    desk.act(&["sort number", "sort number"]);
    assert_eq!(*desk.state.shown(Pane::Jobs), [2, 1, 0]);
    desk.act(&["sort number", "filter"]).typed("failed");
    assert_eq!(*desk.state.shown(Pane::Jobs), [1]);
}
