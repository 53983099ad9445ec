//! `files`, `rescue` and `do`.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::action::Action;
use crate::app::{Effect, shape};
use crate::cli::desk::{Desk, Setting};
use crate::cli::output::{self, Output, Table, bytes, duration, level};
use crate::engine::lease::{self, LeaseRecord};
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
    let timeout = Duration::try_from_secs_f64(setting.config.connection.timeout_s)
        .unwrap_or(Duration::from_secs(10));
    let (mut changed, mut gone, mut sessions) = (Vec::new(), Vec::new(), Vec::new());
    for found in &leases {
        let (host, port) = address(setting, found);
        let client = Client::connect(&host, port, timeout).await?;
        let rescued = lease::rescue_all(&setting.places.state, found, &client).await?;
        changed.extend(rescued.changed);
        gone.extend(rescued.gone);
        sessions.push(found.session.clone());
    }
    let value = json!({
        "schema": 1, "rescued": changed, "gone": gone, "sessions": sessions,
    });
    output.show(&value, || {
        let names = clean(&sessions.join(", ")).into_owned();
        let mut text = if changed.is_empty() {
            format!("{names} is as it was\n")
        } else {
            format!("Put back in {names}: {}\n", clean(&changed.join(", ")))
        };
        if !gone.is_empty() {
            let gone = gone.join(", ");
            text.push_str(&format!("Not there any more: {}\n", clean(&gone)));
        }
        text
    })
}

/// Where the interrupted bounce was connected to, unless this call names another place.
fn address(setting: &Setting, lease: &LeaseRecord) -> (String, u16) {
    let connection = &setting.config.connection;
    let is_named = setting.global.host.is_some() || setting.global.port.is_some();
    let recorded = lease
        .address
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    match recorded {
        Some(recorded) if !is_named => recorded,
        _ => (connection.host.clone(), connection.port),
    }
}

/// The action that a name and arguments mean. What only a screen can do, and what must be told of
/// what it is about, is refused before anything is connected to.
pub fn action(name: &str, arguments: &[String]) -> Result<Action> {
    let action = Action::from_words(name, arguments)
        .map_err(|error| Error::new(ErrorKind::Usage, error.to_string()))?;
    if action.is_of_the_screen() {
        let text = format!("'{action}' is about the screen and has no effect without one");
        let hint = match action {
            Action::Recipe(_) => "Stems of a recipe: pt-stem stems plan RECIPE".to_owned(),
            Action::Assign(_) => "Stems on the spot: pt-stem stems plan --stem NAME=TRACK,…".into(),
            _ => format!("In the terminal interface, started by pt-stem, type :{action}"),
        };
        return Err(Error::new(ErrorKind::Usage, text).hint(hint));
    }
    if action.is_about_the_cursor() {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("'{action}' must be told of what: the command line has no cursor"),
        )
        .hint(
            "Name the tracks (see pt-stem tracks), the number of the job (see pt-stem jobs), or what it asks for",
        ));
    }
    Ok(action)
}

/// Runs an action. What asks a question is refused.
pub async fn act(desk: &mut Desk, action: Action, output: Output) -> Result<()> {
    let name = action.to_string();
    desk.wait("the session to be read", super::is_read).await?;
    let rest = desk.act(action).await?;
    let copied: Vec<String> = rest
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Copy(text) => Some(text),
            _ => None,
        })
        .collect();
    if output.json {
        let copied = copied.first();
        let value = json!({ "schema": 1, "action": name, "done": true, "copied": copied });
        return output::line(&value.to_string());
    }
    copied.iter().try_for_each(|text| output::line(text))
}
