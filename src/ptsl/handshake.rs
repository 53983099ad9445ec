//! How a connection begins: is the host ready, which version does it speak, who are we.

use std::time::Duration;

use tokio::time::Instant;

use super::channel::Channel;
use super::client::{Result, unreadable};
use super::error::PtslError;
use super::json;
use super::version::Version;
use super::wire::{
    CommandErrorType, CommandId, GetPtslVersionResponseBody, RegisterConnectionRequestBody,
    RegisterConnectionResponseBody,
};
use crate::model::link::ServerInfo;

/// Versions to speak before the server has told its own. 5 is understood by every server since
/// 2024.10, new ones included; the others are for servers that insist on their own.
const OPENERS: [Version; 6] = [
    Version::new(5, 0, 0),
    Version::new(4, 0, 0),
    Version::new(3, 0, 0),
    Version::new(1, 0, 0),
    Version::new(2025, 6, 0),
    Version::new(2025, 10, 0),
];

/// Registers on a fresh channel. A host that is still starting is asked again until the channel's
/// ordinary deadline has passed.
pub async fn register(channel: &Channel) -> Result<ServerInfo> {
    let until = Instant::now() + channel.timeout();
    let mut pause = Duration::from_millis(100);
    loop {
        match attempt(channel).await {
            Err(error)
                if error.is(CommandErrorType::PtHostNotReady) && Instant::now() + pause < until =>
            {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(channel: &Channel) -> Result<ServerInfo> {
    ready(channel).await?;
    let spoken = channel.version();
    let told = told_version(channel).await?;
    if let Some(echo) = told.filter(|told| *told != spoken && is_speakable(*told)) {
        channel.set_version(echo);
    }
    match sign_in(channel).await {
        Err(error) if is_mismatch(&error) && channel.version() != spoken => {
            channel.set_version(spoken);
            sign_in(channel).await?;
        }
        outcome => outcome?,
    }
    Ok(ServerInfo {
        ptsl_version: told.map(|told| told.to_string()).unwrap_or_default(),
        has_events: told.is_some_and(Version::is_modern),
    })
}

/// A bare `2025` is what some servers tell an old client; no server is known to take it.
fn is_speakable(version: Version) -> bool {
    version.major > 0 && (!version.is_modern() || version.minor > 0)
}

fn is_mismatch(error: &PtslError) -> bool {
    error.is(CommandErrorType::SdkVersionMismatch)
}

async fn call(channel: &Channel, command: CommandId, body: &str) -> Result<String> {
    channel
        .call(command, body.to_owned(), channel.timeout())
        .await
}

/// Anything but a failure or a plain no counts as ready, as for every public client.
async fn ready(channel: &Channel) -> Result<()> {
    let mut answer = call(channel, CommandId::HostReadyCheck, "").await;
    for version in OPENERS {
        if !answer.as_ref().is_err_and(is_mismatch) {
            break;
        }
        channel.set_version(version);
        answer = call(channel, CommandId::HostReadyCheck, "").await;
    }
    let body = match answer {
        Err(error) if error.is_no_session() => return Err(not_ready(CommandId::HostReadyCheck)),
        other => other?,
    };
    let says_no = json::value(&body)
        .is_ok_and(|value| value.get("is_host_ready") == Some(&serde_json::Value::Bool(false)));
    if says_no {
        return Err(not_ready(CommandId::HostReadyCheck));
    }
    Ok(())
}

fn not_ready(command: CommandId) -> PtslError {
    PtslError::Refused {
        command: super::names::command_name(command),
        kind: "PT_HostNotReady".to_owned(),
        code: CommandErrorType::PtHostNotReady as i32,
        message: "Pro Tools is still starting".to_owned(),
    }
}

async fn told_version(channel: &Channel) -> Result<Option<Version>> {
    let body = match call(channel, CommandId::GetPtslVersion, "").await {
        Ok(body) => body,
        Err(PtslError::Refused { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let told = json::read::<GetPtslVersionResponseBody>("GetPTSLVersionResponseBody", &body).ok();
    Ok(told
        .filter(|told| told.version > 0)
        .map(|told| Version::new(told.version, told.version_minor, told.version_revision)))
}

async fn sign_in(channel: &Channel) -> Result<()> {
    let command = CommandId::RegisterConnection;
    let body = json::request(
        "RegisterConnectionRequestBody",
        &RegisterConnectionRequestBody {
            company_name: "PT-STEM".to_owned(),
            application_name: "PT-STEM".to_owned(),
        },
    )
    .map_err(|error| unreadable(command, &error.to_string()))?;
    let answer = call(channel, command, &body).await?;
    let answer: RegisterConnectionResponseBody =
        json::read("RegisterConnectionResponseBody", &answer)
            .map_err(|error| unreadable(command, &error.to_string()))?;
    // An empty answer is what a Pro Tools gives that is not up yet.
    if answer.session_id.is_empty() {
        return Err(not_ready(command));
    }
    if answer.session_id.len() > 4096 {
        return Err(unreadable(command, "the registration is absurdly long"));
    }
    channel.set_session_id(answer.session_id);
    Ok(())
}
