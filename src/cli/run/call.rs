//! `pt-stem call`: any PTSL command by name, with a JSON body.

use std::io::Read as _;
use std::time::Duration;

use serde_json::json;

use crate::cli::desk::{Setting, prepare};
use crate::cli::output;
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::nearest;
use crate::ptsl::client::Client;
use crate::ptsl::names;

/// Longest body that is read from stdin.
const BODY_LIMIT: u64 = 16 * 1024 * 1024;

/// Sends the command and prints the body of its answer; `{}` where it has none.
pub async fn run(setting: &Setting, command: &str, body: Option<&str>) -> Result<()> {
    let Some(id) = names::command(command) else {
        let all = names::commands();
        let near = nearest(command, all.iter().map(|(_, name)| name.as_str()));
        let error = Error::new(
            ErrorKind::Usage,
            format!("There is no PTSL command '{command}'"),
        );
        return Err(match near {
            Some(near) => error.hint(format!("Did you mean {near}?")),
            None => error,
        });
    };
    let body = body_text(body)?;
    let (options, simulator) = prepare(setting).await?;
    let timeout = Duration::try_from_secs_f64(setting.config.connection.timeout_s)
        .unwrap_or(Duration::from_secs(10));
    let answer = async {
        let client = Client::connect(&options.host, options.port, timeout).await?;
        client.call(id, &body, None).await.map_err(Error::from)
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
    let text = outcome?;
    output::line(&match text.trim() {
        "" => "{}".to_owned(),
        text if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => text.to_owned(),
        // What is no JSON may hold anything that moves a terminal's cursor.
        broken => serde_json::Value::from(broken).to_string(),
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
