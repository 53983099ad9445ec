//! `pt-stem call`: any PTSL command by name, with a JSON body.

use std::io::Read as _;
use std::time::Duration;

use serde_json::json;

use crate::cli::desk::{Setting, prepare};
use crate::cli::output;
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::nearest;
use crate::model::track::TrackFlag;
use crate::ptsl::client::{Client, CommandId, Watch};
use crate::ptsl::describe;
use crate::ptsl::names::{self, command_name};

/// Longest body that is read from stdin.
const BODY_LIMIT: u64 = 16 * 1024 * 1024;

/// Sends the command and prints the body of its answer, `{}` where it has none; of PollEvents one
/// line an event until it is interrupted. `raw` leaves the body unchecked.
pub async fn run(setting: &Setting, command: &str, body: Option<&str>, raw: bool) -> Result<()> {
    let id = known(command)?;
    let body = body_text(body)?;
    if !raw {
        check(id, &body)?;
    }
    let (options, simulator) = prepare(setting).await?;
    let timeout = Duration::try_from_secs_f64(setting.config.connection.timeout_s)
        .unwrap_or(Duration::from_secs(10));
    let is_stream = command_name(id) == "PollEvents";
    let answer = async {
        let client = Client::connect(&options.host, options.port, timeout).await?;
        if is_stream {
            return events(&client).await;
        }
        let answer = client.call(id, &body, None).await?;
        output::line(&printable(&answer))
    };
    let outcome = tokio::select! {
        biased;
        () = setting.stop.cancelled() => Err(Error::new(ErrorKind::Interrupted, "Interrupted")),
        outcome = answer => outcome,
    };
    if let Some((simulator, end)) = simulator {
        end.cancel();
        simulator.closed().await;
    }
    outcome
}

/// Subscribes to what happens to sessions and tracks, and prints it as it comes.
async fn events(client: &Client) -> Result<()> {
    let mut stream = client.poll_events().await?;
    let mut watches = vec![Watch::Sessions];
    // Without a session there are no tracks to watch.
    let tracks = client.tracks().await.unwrap_or_default();
    for track in tracks {
        for flag in [
            TrackFlag::Mute,
            TrackFlag::Solo,
            TrackFlag::RecordEnable,
            TrackFlag::InputMonitor,
        ] {
            watches.push(Watch::Flag(track.id.clone(), flag));
        }
    }
    client.subscribe(&watches).await?;
    while let Some(body) = stream.next_body().await? {
        output::line(&printable(&body))?;
    }
    Ok(())
}

/// One line of JSON.
fn printable(text: &str) -> String {
    match text.trim() {
        "" => "{}".to_owned(),
        text if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => text.to_owned(),
        // What is no JSON may hold anything that moves a terminal's cursor.
        broken => serde_json::Value::from(broken).to_string(),
    }
}

/// The command of this name.
pub(super) fn known(command: &str) -> Result<CommandId> {
    names::command(command).ok_or_else(|| {
        let all = names::commands();
        let near = nearest(command, all.iter().map(|(_, name)| name.as_str()));
        let error = Error::new(
            ErrorKind::Usage,
            format!("There is no PTSL command '{command}'"),
        );
        match near {
            Some(near) => error.hint(format!("Did you mean {near}?")),
            None => error.hint("`pt-stem call --list` shows all of them"),
        }
    })
}

/// Compares the body with what the command is known to take.
fn check(id: CommandId, body: &str) -> Result<()> {
    if body.is_empty() {
        return Ok(());
    }
    let value = serde_json::from_str(body).map_err(|error| wrong_body(&error.to_string()))?;
    describe::check(id, &value).map_err(|misfit| {
        let error = Error::new(ErrorKind::Usage, format!("The body is wrong: {misfit}"));
        let error = match &misfit.hint {
            Some(hint) => error.hint(hint.clone()),
            None => error,
        };
        let name = command_name(id);
        error.hint(format!(
            "`pt-stem call --list {name}` shows its fields; --raw sends the body as it is"
        ))
    })
}

/// The body as given or from stdin, checked to be a JSON object.
fn body_text(body: Option<&str>) -> Result<String> {
    let text = match body {
        None => return Ok(String::new()),
        Some("-") => {
            let mut text = String::new();
            std::io::stdin()
                .take(BODY_LIMIT)
                .read_to_string(&mut text)
                .map_err(|error| {
                    Error::new(ErrorKind::Usage, "the body cannot be read from stdin")
                        .because(error)
                })?;
            text
        }
        Some(text) => text.to_owned(),
    };
    match serde_json::from_str(&text) {
        Ok(serde_json::Value::Object(_)) => Ok(text),
        Ok(_) => Err(wrong_body("it is JSON, but no object")),
        Err(error) => Err(wrong_body(&error.to_string())),
    }
}

fn wrong_body(reason: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("The body is wrong: {reason}"))
        .hint(format!("A body looks like {}", json!({ "page_limit": 5 })))
}
