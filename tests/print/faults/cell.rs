//! One cell of the matrix: a fault in a phase, the job under it, and what must hold afterwards.

use std::time::Duration;

use pt_stem::engine::lease::open_leases;
use pt_stem::engine::rescue::rescue_own;
use pt_stem::error::Result;
use pt_stem::model::TrackFlag;
use pt_stem::model::job::Report;
use pt_stem::ptsl::client::Client;
use pt_stem::simulator::Api;
use pt_stem::simulator::faults::Faults;

use super::outcome::{Undisturbed, changes, files, is_failed, told, wrong_files};
use super::stage::{Stage, connect, look};
use super::tables::{After, At, FAULTS, Job, OF_BOUNCES, PHASES};
use crate::hands::other_session;
use crate::session::run;

/// Longer than all that a job waits for by itself.
const HUNG: Duration = Duration::from_secs(400);

#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub phase: usize,
    pub fault: usize,
    pub api: Api,
}

impl Cell {
    pub fn name(self) -> String {
        let (phase, fault) = (PHASES[self.phase].0, FAULTS[self.fault].0);
        match self.api == Api::default() {
            true => format!("{phase} / {fault}"),
            false => format!("{phase} / {fault} / PTSL {}", self.api),
        }
    }

    pub fn all() -> Vec<Self> {
        let mut cells = Vec::new();
        for api in Api::ALL {
            for (phase, (name, ..)) in PHASES.iter().enumerate() {
                for (fault, (kind, ..)) in FAULTS.iter().enumerate() {
                    if name.starts_with("bounce") || !OF_BOUNCES.contains(kind) {
                        cells.push(Self { phase, fault, api });
                    }
                }
            }
        }
        // What takes longest begins first.
        cells.sort_by_key(|cell| !FAULTS[cell.fault].0.contains("nobody comes"));
        cells
    }

    pub fn job(self) -> Job {
        PHASES[self.phase].1
    }

    /// Which call the phase is; nothing where this version has no such call.
    fn call(self, undisturbed: &Undisturbed) -> Option<u32> {
        let (_, _, command, at) = PHASES[self.phase];
        let count = undisturbed.calls.get(command).copied().unwrap_or(0);
        let count = u32::try_from(count).unwrap();
        let from = match at {
            At::Call(number) => number,
            At::Last(before) => count.saturating_sub(before),
        };
        let is_there = from > 0 && from <= count;
        assert!(
            is_there || self.api != Api::default(),
            "{command} is called {count} times"
        );
        is_there.then_some(from)
    }

    fn faults(self, stage: &Stage, from: u32) -> String {
        let command = PHASES[self.phase].2;
        let other = other_session(&stage.world).display().to_string();
        let keys = FAULTS[self.fault].1.replace("OTHER", &other);
        let keys = keys.replace("BYSTANDER", stage.job.bystander());
        format!("[[fault]]\ncommand = '{command}'\nfrom = {from}\n{keys}\n")
    }

    /// Runs the cell; says how the job ended, or what is wrong.
    pub async fn run(self, undisturbed: &Undisturbed) -> std::result::Result<&'static str, String> {
        let Some(from) = self.call(undisturbed) else {
            return Ok("no such call");
        };
        let stage = Stage::new(self.job(), self.api).await;
        let control = stage.simulator.control();
        let text = self.faults(&stage, from);
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
        let back = self.put_back(&stage, undisturbed, &told(&outcome)).await;
        wrong.extend(back);
        // What was done late is done.
        wrong.extend(wrong_files(&stage, undisturbed));
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
        if after == After::Nobody && is_failed(outcome) && !told.contains("dialog") {
            wrong.push("a dialog stands there, and the job does not tell".to_owned());
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
    async fn put_back(
        self,
        stage: &Stage,
        undisturbed: &Undisturbed,
        told: &str,
    ) -> Option<String> {
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
                    if open.is_some()
                        && let Some(wrong) = self.touched(&outside, undisturbed, told).await
                    {
                        return Some(wrong);
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

    /// What is wrong in the other session. A command that was under way when it was opened meets
    /// it, and the job names what it did there.
    async fn touched(
        self,
        client: &Client,
        undisturbed: &Undisturbed,
        told: &str,
    ) -> Option<String> {
        let now = look(client).await;
        let is_under_way =
            PHASES[self.phase].2.starts_with("Set") || PHASES[self.phase].2.starts_with("Rename");
        let mut touched: Vec<String> = undisturbed
            .other
            .0
            .iter()
            .zip(&now.0)
            .filter(|(one, two)| one != two)
            .map(|(one, _)| format!("'{}'", one.0))
            .collect();
        if undisturbed.other.1 != now.1 {
            touched.push("selected on the timeline".to_owned());
        }
        let may_be = is_under_way && FAULTS[self.fault].0 == "other session before";
        touched.retain(|what| !may_be || !told.contains(what));
        (!touched.is_empty()).then(|| {
            let what = changes(&undisturbed.other, &now);
            format!("the other session was touched, and the job does not tell {touched:?}: {what}")
        })
    }
}
