//! The hand behind the stage: other faults, dismissed dialogs, a human at the machine, restarts.
//! For tests in the same process, and over gRPC by a command that no Pro Tools has, where allowed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tonic::{Code, Status};

use crate::ptsl::wire::{Request, Response};

use super::answer::{Body, Reply};
use super::commands;
use super::faults::{self, Faults};
use super::front::Front;
use super::queue::Job;
use super::world::{Failure, Outcome};

/// The number of the private command, far outside PTSL's.
pub const COMMAND: i32 = 31_416;

/// What the private command may be asked for; everything that is given is done, in this order.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Wish {
    /// A faults file's text, instead of the present faults.
    faults: Option<String>,
    dismiss: bool,
    human: Option<HumanWish>,
    switch_session: Option<PathBuf>,
    /// A human picks the menu item of that id, which a client installed.
    menu_item: Option<String>,
    restart: bool,
    /// `restart` closes the session too.
    close_session: bool,
    /// Answers with the number of calls by command.
    calls: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HumanWish {
    flag: String,
    track: String,
    #[serde(default = "yes")]
    on: bool,
}

fn yes() -> bool {
    true
}

/// A handle on a running simulator. Clones are the same.
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) front: Arc<Front>,
    pub(super) jobs: mpsc::WeakSender<Job>,
}

impl Control {
    /// Other faults from now on, counted anew.
    pub fn set_faults(&self, faults: Faults) {
        self.front.set_faults(faults);
    }

    /// Dismisses the dialogs that are open; says whether there were any.
    pub fn dismiss(&self) -> bool {
        self.front.dialogs.dismiss()
    }

    /// Whether a dialog is open.
    pub fn is_dialog_open(&self) -> bool {
        self.front.dialogs.is_open()
    }

    /// Resolves once `number` dialogs were opened since the start.
    pub async fn until_dialogs(&self, number: u64) {
        self.front.dialogs.until_opened(number).await;
    }

    /// Calls so far, by PTSL name.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.front.calls()
    }

    /// A human turns a switch, in turn with the commands; `flag` as in the faults file.
    pub async fn human(&self, flag: &str, track: &str, on: bool) -> Result<(), String> {
        let hand = faults::hand(flag, track.to_owned(), on)?;
        self.ask(|done| Job::Human(hand, done)).await
    }

    /// A human opens the session at `path`.
    pub async fn switch_session(&self, path: PathBuf) -> Result<(), String> {
        self.ask(|done| Job::Switch(path, done)).await
    }

    /// A human picks a menu item that a client installed.
    pub async fn pick_menu_item(&self, id: String) -> Result<(), String> {
        self.ask(|done| Job::Menu(id, done)).await
    }

    /// Registrations, tasks and connections are gone; the session stays or is closed.
    pub async fn restart(&self, closes_session: bool) -> Result<(), String> {
        self.front.restart(Duration::ZERO);
        if closes_session {
            return self.ask(Job::Close).await;
        }
        Ok(())
    }

    async fn ask(
        &self,
        job: impl FnOnce(oneshot::Sender<Outcome<()>>) -> Job,
    ) -> Result<(), String> {
        let ended = || "the simulator has ended".to_owned();
        let jobs = self.jobs.upgrade().ok_or_else(ended)?;
        let (done, outcome) = oneshot::channel();
        jobs.send(job(done)).await.map_err(|_| ended())?;
        outcome
            .await
            .map_err(|_| ended())?
            .map_err(|failure| failure.message)
    }

    async fn fulfil(&self, wish: Wish) -> Result<Body, String> {
        if let Some(text) = wish.faults {
            let faults = Faults::parse(&text, "control").map_err(|error| {
                let hints = error.hints.iter().map(|hint| format!(" ({hint})"));
                format!("{error}{}", hints.collect::<String>())
            })?;
            self.set_faults(faults);
        }
        let dismissed = wish.dismiss && self.dismiss();
        if let Some(human) = wish.human {
            self.human(&human.flag, &human.track, human.on).await?;
        }
        if let Some(path) = wish.switch_session {
            self.switch_session(path).await?;
        }
        if let Some(item) = wish.menu_item {
            self.pick_menu_item(item).await?;
        }
        if wish.restart {
            self.restart(wish.close_session).await?;
        }
        let mut answer = json!({
            "dismissed": dismissed,
            "dialog_open": self.is_dialog_open(),
            "dialogs": self.front.dialogs.opened(),
        });
        if let (true, Some(answer)) = (wish.calls, answer.as_object_mut()) {
            answer.insert("calls".to_owned(), json!(self.calls()));
        }
        Ok(Some(answer))
    }
}

pub fn is_control(request: &Request) -> bool {
    request
        .header
        .as_ref()
        .is_some_and(|header| header.command == COMMAND)
}

/// Answers the private command, without waiting for the queue where that is possible.
pub async fn answer(
    front: &Arc<Front>,
    jobs: &mpsc::Sender<Job>,
    request: &Request,
) -> Result<Response, Status> {
    let outcome = if front.allow_control {
        let control = Control {
            front: Arc::clone(front),
            jobs: jobs.downgrade(),
        };
        let wish = serde_json::from_str(&request.request_body_json)
            .and_then(|fields| serde_json::from_value(Value::Object(fields)));
        match wish {
            Ok(wish) => control.fulfil(wish).await.map_err(Failure::invalid),
            Err(error) => Err(Failure::invalid(format!("{error}."))),
        }
    } else {
        Err(commands::unsupported())
    };
    let reply = Reply {
        request,
        task_id: "",
        api: front.api,
    };
    if jobs.is_closed() {
        return Err(Status::new(Code::Unavailable, "the simulator is ending"));
    }
    Ok(reply.response(&outcome, &[]))
}
