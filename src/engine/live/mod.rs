//! Clips of a live Pro Tools for the render engine: asked over PTSL, put together, and kept as a
//! session folder, so that a job prints what its plan was made for, even after a restart. Best first:
//! playlists with clip list and file locations (since 2025.10); the session text joined with the clip
//! list by unique names. Everything that neither tells stands in the folder's gaps.

mod ask;
mod assemble;
mod keep;
mod lacks;
mod places;
mod saved;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::import;
use crate::model::paths::PathMap;
use crate::model::session::SessionFolder;
use crate::model::{Plan, SessionInfo, Track};
use crate::ptsl::client::Client;
use assemble::Assembly;

/// Asks for everything and keeps it below `state_dir`. One call a track and control, each short.
///
/// # Errors
/// [`ErrorKind::Refused`] where this Pro Tools tells no clips.
pub async fn read(
    client: &Client,
    info: &SessionInfo,
    tracks: &[Track],
    state_dir: &Path,
    paths: &PathMap,
) -> Result<SessionFolder> {
    let told = ask::all(client, tracks).await?;
    let assembly = Assembly::of(info, tracks, &told, paths);
    let (state_dir, session) = (state_dir.to_owned(), assembly.into_session(info));
    let work = move || {
        let root = keep::keep(&session, &state_dir)?;
        import::open(&root).map(|session| session.folder)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Error::new(ErrorKind::Internal, "the clips cannot be put together").because(error)
    })?
}

/// Whether the session that is open still plays what the plan was made for. Asks again; a session
/// that is not open any more, or no connection, proves nothing and is let pass. A session folder
/// must have been saved since its clips were edited.
///
/// # Errors
/// [`ErrorKind::Job`] where the clips differ.
pub(super) async fn check(plan: &Plan, context: &Context) -> Result<()> {
    let client = context
        .client
        .as_ref()
        .and_then(|client| client.borrow().clone());
    let (Some(root), Some(client)) = (plan.folder.clone(), client) else {
        return Ok(());
    };
    let opened = tokio::task::spawn_blocking(move || import::open(&root)).await;
    let planned = match opened {
        Ok(Ok(session)) => session.folder,
        // What is wrong with the folder the render will say.
        _ => return Ok(()),
    };
    if client.session_path().await.ok().as_ref() != Some(&plan.session_path) {
        return Ok(());
    }
    if !planned.is_live {
        return saved::check(plan, &planned.arrangement, &client).await;
    }
    let (info, tracks) = (client.session().await?, client.tracks().await?);
    let now = read(&client, &info, &tracks, &context.state_dir, &context.paths).await?;
    if now.arrangement == planned.arrangement {
        return Ok(());
    }
    let text = "the session's clips or automation were changed since the plan was made";
    Err(Error::new(ErrorKind::Job, text).hint("Make the plan again"))
}
