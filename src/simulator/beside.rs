//! GetTaskStatus: answered beside the queue, which may be busy with that very task. Faults hit it as
//! far as they need no queue.

use tonic::Status;

use crate::ptsl::wire::{CommandId, Request, Response};

use super::answer::{Body, Reply};
use super::dialogs;
use super::faults::{Kind, Then, Turn};
use super::front::Task;
use super::serve::{Service, ending};
use super::sockets::Cut;
use super::turn::{cancelled, refusal};
use super::world::{Failure, Outcome};

/// Answers it, late or wrong where the faults say so; no answer where the connection ends.
pub async fn task_status(
    service: &Service,
    request: &Request,
    task: &Task,
    cut: Option<&Cut>,
) -> Result<Response, Status> {
    let header = request.header.clone().unwrap_or_default();
    let mut warnings = Vec::new();
    let outcome = match service.front.admit(&header) {
        Err(failure) => Err(failure),
        Ok(_) => {
            let turn = service.front.turn(CommandId::GetTaskStatus);
            let answered = befall(service, request, turn, cut, &mut warnings);
            tokio::select! {
                biased;
                () = service.stop.cancelled() => None,
                outcome = answered => outcome,
            }
            .ok_or_else(ending)?
        }
    };
    let reply = Reply {
        request,
        task_id: &task.id,
        api: service.front.api,
    };
    Ok(reply.response(&outcome, &warnings))
}

/// `None` when nobody is left to answer.
async fn befall(
    service: &Service,
    request: &Request,
    turn: Turn,
    cut: Option<&Cut>,
    warnings: &mut Vec<Failure>,
) -> Option<Outcome<Body>> {
    let front = &service.front;
    let life = front.life();
    dialogs::sleep(turn.delay).await;
    for kind in &turn.kinds {
        match kind {
            Kind::Refuse {
                notice,
                warning_first,
            } => return Some(Err(refusal(notice, *warning_first, warnings))),
            Kind::Drop(_) => {
                if let Some(cut) = cut {
                    cut.token.cancel();
                }
                return None;
            }
            Kind::Hang { end, then } | Kind::Waiting { end, then } => {
                if !front.dialogs.wait(*end, &life).await {
                    return None;
                }
                if *then == Then::Cancel {
                    return Some(Err(cancelled()));
                }
            }
            Kind::Warnings(notice) => warnings.push(notice.clone().into()),
            _ => {}
        }
    }
    Some(front.task_status(&request.request_body_json))
}
