//! `files`, `rescue` and `do`.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::action::Action;
use crate::app::{Effect, shape};
use crate::cli::desk::{Desk, Setting};
use crate::cli::output::{self, Output, Table, bytes, duration, level};
use crate::engine::lease;
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::clean;
use crate::ptsl::client::Client;

/// Generated files of a folder. Needs no connection.
pub fn files(dir: PathBuf, output: Output) -> Result<()> {
    let view = crate::app::runtime::folder(&dir)?;
    output.show(&shape::files(&view), || {
        let mut table = Table::new(&["NAME", "LENGTH", "SIZE", "PEAK dBFS", "LUFS"]);
        for entry in &view.entries {
            table.row([
                if entry.is_dir {
                    format!("{}/", entry.name)
                } else {
                    entry.name.clone()
                },
                entry.seconds.map_or_else(|| "—".to_owned(), duration),
                bytes(entry.bytes),
                level(entry.peak_dbfs),
                level(entry.integrated_lufs),
            ]);
        }
        if table.is_empty() {
            format!("Nothing in {}\n", view.dir.display())
        } else {
            table.to_string()
        }
    })
}

/// Puts back what an interrupted bounce left changed.
pub async fn rescue(setting: &Setting, output: Output) -> Result<()> {
    let leases = lease::open_leases(&setting.places.state)?;
    if leases.is_empty() {
        return output.show(
            &json!({ "schema": 1, "rescued": [], "sessions": [] }),
            || "Nothing to put back: no bounce was interrupted\n".to_owned(),
        );
    }
    let connection = &setting.config.connection;
    let timeout =
        Duration::try_from_secs_f64(connection.timeout_s).unwrap_or(Duration::from_secs(10));
    let client = Client::connect(&connection.host, connection.port, timeout).await?;
    let (mut changed, mut sessions) = (Vec::new(), Vec::new());
    for found in &leases {
        changed.extend(lease::rescue(&setting.places.state, found, &client).await?);
        sessions.push(found.session.clone());
    }
    let value = json!({ "schema": 1, "rescued": changed, "sessions": sessions });
    output.show(&value, || {
        let names = clean(&sessions.join(", ")).into_owned();
        if changed.is_empty() {
            format!("{names} is as it was\n")
        } else {
            format!("Put back in {names}: {}\n", clean(&changed.join(", ")))
        }
    })
}

/// Runs any action by name. What only a screen can do is refused.
pub async fn act(desk: &mut Desk, action: Action) -> Result<()> {
    let name = action.to_string();
    let rest = desk.act(action).await?;
    for effect in rest {
        if let Effect::Copy(text) = effect {
            output::line(&text)?;
        }
    }
    if desk.state().ui.overlay.is_some() {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("'{name}' asks a question that only the terminal interface can show"),
        )
        .hint("Printing from the command line: pt-stem stems print"));
    }
    Ok(())
}
