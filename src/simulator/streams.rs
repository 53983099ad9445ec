//! PollEvents streams: one a connection, open until the client leaves, the program restarts, or the
//! connection opens another. A client that does not read loses its stream, not its subscriptions.

use std::collections::HashMap;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::ptsl::wire::{Request, Response, TaskStatus};

use super::answer::Reply;
use super::api::Api;
use super::commands::events::body_of;
use super::world::World;

/// Messages that a stream holds for a client that is slow.
pub const DEPTH: usize = 1024;

pub type Sender = mpsc::Sender<Result<Response, Status>>;

/// An open stream with the request that it answers.
#[derive(Debug)]
pub struct Stream {
    pub sender: Sender,
    pub request: Request,
    pub task_id: String,
    /// Ends with the present run of the program.
    pub life: CancellationToken,
}

impl Stream {
    /// An event, or the empty message that says that the stream is open. False once nobody reads.
    fn send(&self, body: String, api: Api) -> bool {
        let reply = Reply {
            request: &self.request,
            task_id: &self.task_id,
            api,
        };
        let message = Response {
            response_body_json: body,
            ..reply.underway((TaskStatus::InProgress, 0))
        };
        self.sender.try_send(Ok(message)).is_ok()
    }
}

/// All open streams by connection.
#[derive(Debug, Default)]
pub struct Streams(HashMap<String, Stream>);

impl Streams {
    /// Opens one; the connection's former one ends without a word, as seen with Pro Tools.
    pub fn open(&mut self, client: &str, stream: Stream, api: Api) {
        if stream.send(String::new(), api) {
            self.0.insert(client.to_owned(), stream);
        }
    }

    /// Sends what waits in the world.
    pub fn flush(&mut self, world: &mut World) {
        let api = world.api;
        self.0.retain(|client, stream| {
            if stream.sender.is_closed() || stream.life.is_cancelled() {
                return false;
            }
            while let Some(event) = world.watchers.next(client) {
                let Ok(Some(body)) = body_of(event) else {
                    continue;
                };
                if !stream.send(body.to_string(), api) {
                    return false;
                }
            }
            true
        });
    }
}
