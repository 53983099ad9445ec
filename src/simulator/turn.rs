//! One call's way through the queue: what its faults do before it, instead of it, and after it.

use std::time::Duration;

use crate::ptsl::wire::{CommandErrorType, CommandId, TaskStatus};

use super::answer::{Body, Reply};
use super::api::{Api, quirks};
use super::commands;
use super::faults::{Choice, End, Kind, Notice, Then, When};
use super::queue::{Call, Queue};
use super::spoil::Mishap;
use super::work::Progress;
use super::world::{Failure, Outcome, Taken};

/// AuthorizeConnection of 2022.12, which later versions lack.
const AUTHORIZE: i32 = 60;

/// How a call goes on after a fault.
enum Way {
    On,
    Answered(Outcome<Body>),
    /// Nobody is answered, or somebody was already.
    Gone,
}

impl From<Notice> for Failure {
    fn from(notice: Notice) -> Self {
        Self::new(notice.error, notice.message)
    }
}

/// What a bounce answers when a human presses Cancel.
pub(super) fn cancelled() -> Failure {
    Failure::cannot("The command was cancelled (CMN_CancelException).")
}

/// What a refused command answers, with the warning before it.
pub(super) fn refusal(
    notice: &Notice,
    warning_first: bool,
    warnings: &mut Vec<Failure>,
) -> Failure {
    if warning_first {
        warnings.push(Failure::new(
            CommandErrorType::PtInfo,
            "This is only a warning.",
        ));
    }
    notice.clone().into()
}

/// Commands that need no session, and are answered while a dialog is open.
fn is_below_sessions(command: CommandId) -> bool {
    commands::is_open_to_all(command) || command == CommandId::GetTaskStatus
}

fn mishap(kind: &Kind) -> Option<Mishap> {
    Some(match kind {
        Kind::DiskFull => Mishap::DiskFull,
        Kind::Elsewhere => Mishap::Elsewhere,
        Kind::WrongLength(frames) => Mishap::WrongLength(*frames),
        Kind::Silent => Mishap::Silent,
        Kind::Truncated => Mishap::Truncated,
        _ => return None,
    })
}

impl Queue {
    /// Serves one call.
    pub(super) async fn turn(&mut self, mut call: Call) {
        if call.life.is_cancelled() {
            return;
        }
        let header = call.request.header.clone().unwrap_or_default();
        if header.command == AUTHORIZE && self.front.api == Api::V1 {
            let outcome = self.authorize(&call.request.request_body_json);
            return self.send(call, &outcome, &[]);
        }
        let admitted = self.front.admit(&header);
        // What was answered already is carried out without a fault.
        let turn = match (&admitted, &call.reply) {
            (Ok(command), Some(_)) => self.front.turn(*command),
            _ => Default::default(),
        };
        call.task.state.send_replace((TaskStatus::InProgress, 0));
        // Half before and half after: a client that dies meanwhile may or may not have had its way.
        self.pause(turn.delay / 2, &call.life).await;
        let mut warnings = Vec::new();
        let outcome = match admitted {
            Err(failure) => Err(failure),
            Ok(command) => match self.before(&turn.kinds, &mut call, &mut warnings).await {
                Way::Gone => return,
                Way::Answered(outcome) => outcome,
                Way::On => self.middle(command, &turn.kinds, &mut call).await,
            },
        };
        if !self.after(&turn.kinds, &call, &mut warnings).await {
            return;
        }
        self.pause(turn.delay - turn.delay / 2, &call.life).await;
        self.reply(call, &outcome, &warnings);
    }

    fn reply(&self, call: Call, outcome: &Outcome<Body>, warnings: &[Failure]) {
        let longest = self.front.unknown().longest_answer;
        let is_long = |body: &Body| {
            longest > 0 && body.as_ref().is_some_and(|b| b.to_string().len() > longest)
        };
        if outcome.as_ref().is_ok_and(is_long) {
            let failure = Failure::new(
                CommandErrorType::PtResponseLengthExceeded,
                "The response is too long.",
            );
            return self.send(call, &Err(failure), warnings);
        }
        self.send(call, outcome, warnings);
    }

    fn send(&self, call: Call, outcome: &Outcome<Body>, warnings: &[Failure]) {
        let state = match outcome {
            Ok(_) => (TaskStatus::Completed, 100),
            Err(_) => (TaskStatus::Failed, 0),
        };
        call.task.state.send_replace(state);
        let reply = Reply {
            request: &call.request,
            task_id: &call.task.id,
            api: self.front.api,
        };
        let response = reply.response(outcome, warnings);
        if let Some(way) = call.reply {
            // The client may have gone; its command stays done.
            let _ = way.send(response);
        }
    }

    /// The certificate is not looked at, as little as names are in RegisterConnection.
    fn authorize(&self, body: &str) -> Outcome<Body> {
        let request: serde_json::Value =
            serde_json::from_str(body).map_err(|error| Failure::invalid(format!("{error}.")))?;
        let given = request.get("auth_string").and_then(|text| text.as_str());
        if given.is_none_or(str::is_empty) {
            return Err(Failure::invalid("auth_string must be given."));
        }
        Ok(Some(serde_json::json!({
            "is_authorized": true,
            "session_id": self.front.register(),
            "message": "",
        })))
    }

    async fn before(
        &mut self,
        kinds: &[Kind],
        call: &mut Call,
        warnings: &mut Vec<Failure>,
    ) -> Way {
        for kind in kinds {
            match kind {
                Kind::Human { when, hand } if *when == When::Before => {
                    note("human", self.human(hand));
                }
                Kind::SwitchSession { when, path } if *when == When::Before => {
                    note("switch_session", self.switch(path.clone()).await);
                }
                Kind::Restart {
                    when: When::Before,
                    closes_session,
                    down,
                } => {
                    self.restart(*closes_session, *down);
                    return Way::Gone;
                }
                Kind::Drop(When::Before) => {
                    cut(call);
                    return Way::Gone;
                }
                Kind::Refuse {
                    notice,
                    warning_first,
                } => {
                    let refusal = refusal(notice, *warning_first, warnings);
                    return Way::Answered(Err(refusal));
                }
                Kind::NoSession(end) => self.front.dialogs.block(*end),
                Kind::Hang { end, then } => match self.hang(*end, *then, call, false).await {
                    Way::On => {}
                    way => return way,
                },
                Kind::Waiting { end, then } => match self.hang(*end, *then, call, true).await {
                    Way::On => {}
                    way => return way,
                },
                Kind::Late { after, is_answered } => {
                    self.postpone(*after, *is_answered, call);
                    return Way::Gone;
                }
                _ => {}
            }
        }
        Way::On
    }

    /// Waits for a dialog's end; with `is_told`, the task says so.
    async fn hang(&self, end: End, then: Then, call: &Call, is_told: bool) -> Way {
        if is_told {
            let waiting = (TaskStatus::WaitingForUserInput, 0);
            call.task.state.send_replace(waiting);
        }
        let wait = self.front.dialogs.wait(end, &call.life);
        if !self.unless_stopped(wait).await {
            return Way::Gone;
        }
        call.task.state.send_replace((TaskStatus::InProgress, 0));
        match then {
            Then::CarryOut => Way::On,
            Then::Cancel => Way::Answered(Err(cancelled())),
        }
    }

    /// Answers now, or never, and carries the command out later.
    fn postpone(&mut self, after: End, is_answered: bool, call: &mut Call) {
        let reply = call.reply.take();
        let copy = Call {
            request: call.request.clone(),
            task: call.task.clone(),
            cut: None,
            life: call.life.clone(),
            reply: None,
            events: None,
        };
        let front = std::sync::Arc::clone(&self.front);
        self.late.spawn(async move {
            let is_due = front.dialogs.wait(after, &copy.life).await;
            is_due.then_some(copy)
        });
        if is_answered {
            let answered = Call {
                request: call.request.clone(),
                task: call.task.clone(),
                cut: None,
                life: call.life.clone(),
                reply,
                events: None,
            };
            let timeout =
                Failure::new(CommandErrorType::PtCommandTimeout, "The command timed out.");
            self.reply(answered, &Err(timeout), &[]);
        } else {
            self.held.retain(|held| !held.is_closed());
            self.held.extend(reply);
        }
    }

    /// Carries it out, or does as if.
    async fn middle(
        &mut self,
        command: CommandId,
        kinds: &[Kind],
        call: &mut Call,
    ) -> Outcome<Body> {
        if self.front.dialogs.is_blocked() && !is_below_sessions(command) {
            return Err(Failure::new(
                CommandErrorType::PtNoOpenedSession,
                "Unable to complete the command.",
            ));
        }
        let unknown = self.front.unknown();
        if let Some(session) = &mut self.world.session {
            session.duplicate_names = unknown.duplicate_names;
            session.filters = unknown.filters;
        }
        let asked = call.request.header.as_ref().map_or(0, |h| h.version);
        let body = &mut call.request.request_body_json;
        quirks::request(&self.world, &unknown, asked, command, body)?;
        let is_stuck =
            self.front.api == Api::V1 || kinds.iter().any(|k| matches!(k, Kind::StuckProgress(_)));
        let progress = || match is_stuck {
            true => Progress::default(),
            false => Progress(call.task.state.clone()),
        };
        if kinds.contains(&Kind::NoEffect) {
            return self.pretend(command, call);
        }
        let mishaps: Vec<Mishap> = kinds.iter().filter_map(mishap).collect();
        let dialog = kinds.iter().find_map(|kind| match kind {
            Kind::NameExists(dialog) => Some(*dialog),
            _ => None,
        });
        if dialog.is_some_and(|dialog| dialog.is_taken) {
            let others = vec![Mishap::Foreign];
            self.unbroken(command, call, others, progress()).await?;
        }
        let mut outcome = self
            .unbroken(command, call, mishaps.clone(), progress())
            .await;
        let is_taken = matches!(&outcome, Err(f) if f.kind == CommandErrorType::OsDuplicateName);
        if let (Some(dialog), true) = (dialog, is_taken) {
            let wait = self.front.dialogs.wait(dialog.end, &call.life);
            let is_dismissed = self.unless_stopped(wait).await;
            self.world.taken_names = match dialog.choice {
                Choice::Replace if is_dismissed => Taken::Replaced,
                Choice::KeepBoth if is_dismissed => Taken::KeptToo,
                _ => return Err(cancelled()),
            };
            outcome = self.unbroken(command, call, mishaps, progress()).await;
            self.world.taken_names = Taken::Refused;
        }
        outcome
    }

    /// The answer of a command that is then not carried out.
    fn pretend(&mut self, command: CommandId, call: &Call) -> Outcome<Body> {
        let before = self.world.clone();
        let now = self.now();
        let step = commands::run(
            &mut self.world,
            &self.home,
            command,
            &call.request.request_body_json,
            now,
        );
        self.world = before;
        match step? {
            commands::Step::Done(body) => Ok(body),
            commands::Step::Later(_) => Ok(None),
        }
    }

    /// Whether there is still somebody to answer.
    async fn after(&mut self, kinds: &[Kind], call: &Call, warnings: &mut Vec<Failure>) -> bool {
        for kind in kinds {
            match kind {
                Kind::Human {
                    when: When::After,
                    hand,
                } => note("human", self.human(hand)),
                Kind::SwitchSession {
                    when: When::After,
                    path,
                } => note("switch_session", self.switch(path.clone()).await),
                Kind::Warnings(notice) => warnings.push(notice.clone().into()),
                Kind::StuckProgress(Some(end)) => {
                    let wait = self.front.dialogs.wait(*end, &call.life);
                    if !self.unless_stopped(wait).await {
                        return false;
                    }
                }
                Kind::Restart {
                    when: When::After,
                    closes_session,
                    down,
                } => {
                    self.restart(*closes_session, *down);
                    return false;
                }
                Kind::Drop(When::After) => {
                    cut(call);
                    return false;
                }
                _ => {}
            }
        }
        true
    }

    fn restart(&mut self, closes_session: bool, down: Duration) {
        self.front.restart(down);
        if closes_session {
            self.world.session = None;
        }
        self.world.forget_clients();
    }
}

fn cut(call: &Call) {
    if let Some(cut) = &call.cut {
        cut.token.cancel();
    }
}

/// A hand that could not do what the faults file says.
fn note(what: &str, outcome: Outcome<()>) {
    if let Err(failure) = outcome {
        tracing::warn!(what, reason = failure.message, "a fault had no effect");
    }
}
