//! What is written for the application: recipes, and snapshots of solo and mute, one file a session
//! (`<state>/snapshots/<hash of its path>.json`). Everything blocks; call it from a blocking thread.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::app::Msg;
use crate::app::update::Saved;
use crate::error::{Error, ErrorKind};
use crate::model::link::Fault;
use crate::model::snapshot::{Snapshot, SnapshotChange};
use crate::plan::recipe;
use crate::platform::atomic;

/// Writes a recipe, unless the file is not what it `was`.
pub fn recipe(path: PathBuf, text: String, was: Option<String>, overwrite: bool) -> Msg {
    let written = (|| {
        if !overwrite && on_disk(&path)? != was {
            return Ok(Saved::Changed);
        }
        atomic::write(&target(&path), text.as_bytes())?;
        Ok(Saved::Written(text))
    })();
    let outcome = written.map_err(|error: io::Error| {
        let text = format!("'{}' cannot be written", path.display());
        Fault::from(Error::new(ErrorKind::Storage, text).because(error))
    });
    Msg::RecipeSaved { path, outcome }
}

/// Snapshots that a session keeps at most.
const MOST: usize = 500;
const LARGEST: u64 = 64 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Shelf {
    schema: u32,
    session: String,
    snapshots: Vec<Snapshot>,
}

/// Changes the snapshots of a session, and reads them.
pub fn snapshots(state_dir: &Path, session: String, change: Option<SnapshotChange>) -> Msg {
    let outcome = shelf(state_dir, &session, change).map_err(Fault::from);
    Msg::Snapshots { session, outcome }
}

fn shelf(
    state_dir: &Path,
    session: &str,
    change: Option<SnapshotChange>,
) -> Result<Vec<Snapshot>, Error> {
    let hash = blake3::hash(session.as_bytes()).to_hex();
    let name = hash.get(..32).unwrap_or(&hash).to_owned();
    let path = state_dir.join("snapshots").join(format!("{name}.json"));
    let failed = |error: io::Error| {
        let text = format!("snapshots cannot be kept in '{}'", path.display());
        Error::new(ErrorKind::Storage, text).because(error)
    };
    let mut bytes = Vec::new();
    match fs::File::open(&path) {
        Ok(file) => {
            file.take(LARGEST).read_to_end(&mut bytes).map_err(failed)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let mut shelf = if bytes.is_empty() {
        Shelf::default()
    } else {
        serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?
    };
    let Some(change) = change else {
        return Ok(shelf.snapshots);
    };
    (shelf.schema, shelf.session) = (1, session.to_owned());
    match change {
        SnapshotChange::Store(snapshot) => {
            shelf.snapshots.retain(|kept| kept.name != snapshot.name);
            shelf.snapshots.push(snapshot);
        }
        SnapshotChange::Delete(name) => shelf.snapshots.retain(|kept| kept.name != name),
    }
    if shelf.snapshots.len() > MOST {
        let text = format!("more than {MOST} snapshots of one session are not kept");
        return Err(Error::new(ErrorKind::Usage, text).hint(":snapshot-delete forgets one"));
    }
    let bytes = serde_json::to_vec_pretty(&shelf).map_err(|error| failed(error.into()))?;
    atomic::write(&path, &bytes).map_err(failed)?;
    Ok(shelf.snapshots)
}

/// The mark of what lies there; `None` when nothing does.
fn on_disk(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(recipe::hash(&String::from_utf8_lossy(&bytes)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A link stays a link: the file behind it is replaced.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
