//! One ExportMix: asked for, waited for with an eye on cancel, and its file found wherever Pro
//! Tools put it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{Error, ErrorKind, Result};
use crate::ptsl::client::{Client, ExportMix};

/// How long a cancelled bounce may still take: a call that runs in Pro Tools cannot be ended.
const GRACE: Duration = Duration::from_secs(20);

/// How often the growing file is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Time that a bounce may take before Pro Tools is given up.
pub fn deadline(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.clamp(0.0, 1e6) * 3.0 + 60.0)
}

/// Bounces and waits. `folder` is the asked one as it is mounted here; `grown` is told the bytes of
/// the file in it so far.
///
/// # Errors
/// What Pro Tools says; [`ErrorKind::Interrupted`] when cancelled, after the bounce or the grace
/// time has ended.
pub async fn run(
    client: &Client,
    request: &ExportMix,
    folder: &Path,
    deadline: Duration,
    cancel: &CancellationToken,
    mut grown: impl FnMut(u64),
) -> Result<()> {
    if cancel.is_cancelled() {
        return Err(super::interrupted());
    }
    let call = client.export_mix(request, deadline);
    tokio::pin!(call);
    let mut look = tokio::time::interval(LOOK);
    let expected = folder.join(format!("{}.wav", request.file_name));
    let mut give_up: Option<Instant> = None;
    loop {
        tokio::select! {
            outcome = &mut call => {
                return match outcome {
                    _ if give_up.is_some() => Err(super::interrupted()),
                    Ok(()) => Ok(()),
                    Err(error) => Err(error.into()),
                };
            }
            () = cancel.cancelled(), if give_up.is_none() => {
                give_up = Some(Instant::now() + GRACE);
            }
            _ = look.tick() => {
                if give_up.is_some_and(|end| Instant::now() >= end) {
                    return Err(super::interrupted());
                }
                if let Ok(meta) = std::fs::metadata(&expected) {
                    grown(meta.len());
                }
            }
        }
    }
}

/// The file of a finished bounce: in the asked folder, or in "Bounced Files" beside the session,
/// where some versions of Pro Tools put it whatever was asked. Both paths are those of this machine.
pub fn find(request: &ExportMix, folder: &Path, session_file: Option<&Path>) -> Result<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    if let Some(session) = session_file.and_then(Path::parent) {
        folders.push(session.join("Bounced Files"));
    }
    for folder in &folders {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        let found = entries.flatten().map(|entry| entry.path()).find(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with(&request.file_name))
        });
        if let Some(path) = found {
            return Ok(path);
        }
    }
    Err(Error::new(
        ErrorKind::Job,
        format!(
            "Pro Tools says that it bounced '{}', but the file is not in '{}'",
            request.file_name,
            folder.display()
        ),
    )
    .hint("Pro Tools must see the output folder: run this program on the same machine, or print into a shared folder that [paths] of the configuration maps"))
}
