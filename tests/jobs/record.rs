//! The record of jobs over crashes, damage and several instances.

use super::*;

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

#[test]
fn files_that_are_printed_together_share_the_rate() {
    let mut job = job(1);
    let mut third = job.items[0].clone();
    (third.stage, third.done) = (Stage::Done, third.total);
    job.items.push(third);
    (job.rate, job.state) = (20.0, JobState::Running);
    job.items[0].stage = Stage::Printing;
    (job.items[1].stage, job.items[1].done) = (Stage::Printing, 24_000);
    for shown in [shape::progress(&job), shape::job(&job)] {
        assert_eq!(
            (&shown["done"], &shown["total"]),
            (&72_000.into(), &144_000.into())
        );
        assert_eq!(shown["estimated_time_remaining"], 0.075);
        let of_item = |item: usize| {
            let item = &shown["items"][item];
            let left = item["estimated_time_remaining"].as_f64();
            (item["rate"].as_f64().unwrap(), left)
        };
        assert_eq!(of_item(0), (10.0, Some(0.1)));
        assert_eq!(of_item(1), (10.0, Some(0.05)));
        assert_eq!(of_item(2), (0.0, None), "it is not printed now");
    }
}
