//! What has changed since it was last told, as one sentence an event.

use std::collections::HashMap;

use super::rows;
use super::spoken;
use crate::app::State;
use crate::app::state::{LogLine, Pane, Severity, Toast};
use crate::model::job::Stage;
use crate::model::link::Hold;
use crate::model::track::TrackId;
use crate::model::transport::TransportState;
use crate::model::{Job, JobId, JobState, LinkPhase, TrackFlag};
use crate::tui::words;

/// Per cent and microseconds between two sentences about the same job at least.
const STEP: u64 = 10;
const PAUSE_US: u64 = 5_000_000;
/// Tracks that change at once and are still named one by one.
const NAMED: usize = 4;

/// What was told.
#[derive(Debug, Default)]
pub struct Told {
    phase: Option<String>,
    session: Option<String>,
    transport: Option<TransportState>,
    flags: HashMap<TrackId, [bool; TrackFlag::ALL.len()]>,
    plan: Option<String>,
    jobs: HashMap<JobId, Heard>,
    toast: Option<Toast>,
    log: Option<LogLine>,
    hold: Option<Hold>,
    place: Option<(Pane, usize)>,
}

/// How far a job was when it was last spoken of.
#[derive(Debug, Clone)]
struct Heard {
    state: JobState,
    percent: u64,
    at_us: u64,
    dialog: bool,
}

impl Told {
    /// The sentences for everything that is new; none is said twice.
    pub fn news(&mut self, state: &State) -> Vec<String> {
        let mut news = Vec::new();
        self.phase(state, &mut news);
        self.session(state, &mut news);
        self.transport(state, &mut news);
        self.switches(state, &mut news);
        self.plan(state, &mut news);
        self.jobs(state, &mut news);
        self.hold(state, &mut news);
        self.messages(state, &mut news);
        let mut said: Vec<String> = Vec::new();
        for text in news {
            let text = spoken::sentence(&text);
            if !text.is_empty() && !said.contains(&text) {
                said.push(text);
            }
        }
        said
    }

    /// The row under the cursor, when it is another one than last time.
    pub fn place(&mut self, state: &State) -> Option<String> {
        let pane = state.ui.focus;
        let place = (pane, state.cursor(pane));
        if self.place.replace(place) == Some(place) {
            return None;
        }
        Some(here(state))
    }

    /// The cursor's place is known without being said.
    pub fn know_place(&mut self, state: &State) {
        self.place = Some((state.ui.focus, state.cursor(state.ui.focus)));
    }

    fn phase(&mut self, state: &State, news: &mut Vec<String>) {
        let text = phase(state);
        if self.phase.as_ref() != Some(&text) {
            // The very first state is that nothing was tried yet.
            if self.phase.is_some() || state.link.phase != LinkPhase::Offline {
                news.push(text.clone());
            }
            self.phase = Some(text);
        }
    }

    fn session(&mut self, state: &State, news: &mut Vec<String>) {
        let Some(session) = &state.session else {
            if self.session.take().is_some() {
                news.push("the session was closed".to_owned());
                self.plan = None;
            }
            self.flags.clear();
            self.transport = None;
            return;
        };
        if state.loaded.tracks && self.session.as_ref() != Some(&session.info.path) {
            self.session = Some(session.info.path.clone());
            self.flags.clear();
            news.push(about_session(state));
        }
    }

    fn transport(&mut self, state: &State, news: &mut Vec<String>) {
        let Some(session) = &state.session else {
            return;
        };
        let now = session.transport.state;
        let before = self.transport.replace(now);
        if before.is_some_and(|before| before != now) {
            news.push(transport(state));
        }
    }

    fn switches(&mut self, state: &State, news: &mut Vec<String>) {
        let Some(session) = &state.session else {
            return;
        };
        let mut changed: Vec<(TrackFlag, bool, &str)> = Vec::new();
        let is_new = self.flags.is_empty();
        for track in session.tracks.iter() {
            let now = TrackFlag::ALL.map(|flag| track.flag(flag));
            let before = self.flags.insert(track.id.clone(), now);
            let (Some(before), false) = (before, is_new) else {
                continue;
            };
            for ((flag, on), was) in TrackFlag::ALL.into_iter().zip(now).zip(before) {
                if on != was {
                    changed.push((flag, on, &track.name));
                }
            }
        }
        for flag in TrackFlag::ALL {
            for on in [true, false] {
                let of = |change: &&(TrackFlag, bool, &str)| change.0 == flag && change.1 == on;
                let names: Vec<&str> = changed.iter().filter(of).map(|c| c.2).collect();
                let (word, not) = (rows::flag_word(flag), if on { "" } else { "not " });
                match names.len() {
                    0 => {}
                    1..=NAMED => {
                        let verb = if names.len() == 1 { "is" } else { "are" };
                        news.push(format!("{} {verb} {not}{word}", names.join(", ")));
                    }
                    many => news.push(format!("{many} tracks are {not}{word}")),
                }
            }
        }
    }

    fn plan(&mut self, state: &State, news: &mut Vec<String>) {
        if !state.loaded.is_whole() {
            return;
        }
        let text = match &state.plan {
            None => return,
            Some(Err(fault)) => format!("no stems: {}", fault.message),
            Some(Ok(plan)) => {
                let mut text = words::count(plan.files().count(), "stem");
                let (orphans, doubles) = (&plan.coverage.orphans, plan.coverage.doubles.len());
                if !orphans.is_empty() {
                    let tracks = words::count(orphans.len(), "track");
                    text.push_str(&format!(", {tracks} in no stem"));
                }
                if doubles > 0 {
                    let tracks = words::count(doubles, "track");
                    text.push_str(&format!(", {tracks} in several"));
                }
                text
            }
        };
        if self.plan.as_ref() != Some(&text) {
            news.push(format!("planned: {text}"));
            self.plan = Some(text);
        }
    }

    fn jobs(&mut self, state: &State, news: &mut Vec<String>) {
        for job in state.jobs.jobs() {
            let percent = (job.fraction() * 100.0).clamp(0.0, 100.0) as u64;
            let dialog = job.items.iter().any(|item| item.stage == Stage::Dialog);
            let now = Heard {
                state: job.state,
                percent,
                at_us: state.now.mono_us,
                dialog,
            };
            let before = self.jobs.get(&job.id).cloned();
            let Some(before) = before else {
                self.jobs.insert(job.id, now);
                continue;
            };
            if dialog && !before.dialog {
                news.push("Pro Tools shows a dialog and waits for somebody to answer it".into());
            }
            let is_due = now.at_us.saturating_sub(before.at_us) >= PAUSE_US
                && percent >= before.percent + STEP
                && job.state == JobState::Running;
            if before.state != job.state && !job.state.is_over() {
                news.push(format!(
                    "job {}, {}: {}",
                    job.id,
                    job.title,
                    job.state.word()
                ));
            } else if is_due {
                news.push(progress(job));
            } else if before.state == job.state {
                if let Some(heard) = self.jobs.get_mut(&job.id) {
                    heard.dialog = dialog;
                }
                continue;
            }
            self.jobs.insert(job.id, now);
        }
    }

    fn hold(&mut self, state: &State, news: &mut Vec<String>) {
        let hold = state.link.work.as_ref().map(|work| work.hold);
        if hold != self.hold {
            match hold {
                Some(Hold::Dialog) => news.push("Pro Tools shows a dialog: answer it".into()),
                Some(Hold::Quiet) => news.push("Pro Tools may be showing a dialog".into()),
                _ => {}
            }
            self.hold = hold;
        }
    }

    /// What the message line and the log have to say; what only the log says, when it matters.
    fn messages(&mut self, state: &State, news: &mut Vec<String>) {
        let lines = state.log.iter().rev();
        let fresh: Vec<&LogLine> = lines
            .take_while(|line| self.log.as_ref() != Some(line))
            .collect();
        let matters = |line: &&&LogLine| line.severity != Severity::Info;
        news.extend(
            fresh
                .iter()
                .rev()
                .filter(matters)
                .map(|line| line.text.clone()),
        );
        if let Some(last) = state.log.back() {
            self.log = Some(last.clone());
        }
        if let Some(toast) = &state.ui.toast
            && self.toast.as_ref() != Some(toast)
        {
            news.push(toast.text.clone());
        }
        self.toast.clone_from(&state.ui.toast);
    }
}

/// `stem MUS 58 percent, 1 minute 42 left`.
fn progress(job: &Job) -> String {
    let mut printing = job.items.iter().filter(|i| i.stage == Stage::Printing);
    let what = match (printing.next(), printing.next()) {
        (Some(only), None) => format!("stem {}", only.name),
        _ => format!("job {}, {}", job.id, job.title),
    };
    let mut text = format!("{what} {:.0} percent", job.fraction() * 100.0);
    if let Some(seconds) = job.seconds_left().filter(|seconds| *seconds >= 1.0) {
        text.push_str(&format!(", {} left", spoken::duration(seconds)));
    }
    text
}

fn phase(state: &State) -> String {
    let link = &state.link;
    match &link.phase {
        LinkPhase::Offline => "not connected".to_owned(),
        LinkPhase::Connecting => format!("connecting to {}", link.address),
        LinkPhase::Waiting { reason, .. } => format!(
            "not connected to {}: {}; it will be tried again",
            link.address, reason.message
        ),
        LinkPhase::NoSession { .. } => {
            format!("connected to {}; no session is open", link.address)
        }
        LinkPhase::Linked => format!("connected to {}", link.address),
        LinkPhase::Stale { .. } => "no answer from Pro Tools: what is told is old".to_owned(),
        LinkPhase::Blocked { .. } => {
            "Pro Tools refuses everything: it may be showing a dialog".to_owned()
        }
    }
}

fn about_session(state: &State) -> String {
    let Some(session) = &state.session else {
        return "no session".to_owned();
    };
    let info = &session.info;
    let mut parts = vec![
        format!("session {}", info.name),
        words::count(session.tracks.len(), "track"),
        words::rate(info.sample_rate),
        format!("{} bit", info.bit_depth),
        format!("{} frames a second", info.ruler.rate.text()),
        format!("starts at {}", info.ruler.start()),
    ];
    if let Some(length) = session.content_length() {
        let seconds = length as f64 / f64::from(info.sample_rate.max(1));
        parts.push(format!("{} long", spoken::duration(seconds)));
    }
    parts.join(", ")
}

fn transport(state: &State) -> String {
    let Some(session) = &state.session else {
        return "no transport".to_owned();
    };
    let word = match session.transport.state {
        TransportState::Stopped => "stopped",
        TransportState::Playing => "playing",
        TransportState::Recording => "recording",
        TransportState::Busy => "the transport is busy",
    };
    let position = session
        .transport
        .position(session.info.sample_rate, state.now);
    let place = session.info.ruler.timecode_at(position);
    let about = if session.transport.is_estimate() {
        "about "
    } else {
        ""
    };
    format!("{word} at {about}{place}")
}

/// The row under the cursor.
pub fn here(state: &State) -> String {
    let pane = state.ui.focus;
    let (row, count) = (state.cursor(pane), state.row_count(pane));
    let name = rows::name(pane);
    match rows::row(state, pane, row) {
        Some(text) => spoken::sentence(&format!("{name}, row {} of {count}: {text}", row + 1)),
        None => spoken::sentence(&format!("{name}: the list is empty")),
    }
}

/// Connection, session, transport, jobs and place, each in a sentence.
pub fn everything(state: &State) -> Vec<String> {
    let mut all = vec![phase(state), about_session(state)];
    if state.session.is_some() {
        all.push(transport(state));
    }
    match state.jobs.active() {
        Some(job) => all.push(rows::job(job)),
        None => all.push("no job is running".to_owned()),
    }
    all.push(here(state));
    all.iter().map(|text| spoken::sentence(text)).collect()
}
