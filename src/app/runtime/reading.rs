//! What is read from disk for the application: the session's folder, recipes, the file pane,
//! free space, leases. Everything blocks; call it from a blocking thread.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::Msg;
use crate::app::state::{FileEntry, FilesView, Survey};
use crate::app::wire::News;
use crate::engine::{inspect, lease, live, own_audio};
use crate::error::{Error, ErrorKind, Result};
use crate::import;
use crate::model::inspection::{Inspection, Question};
use crate::model::job::Verdict;
use crate::model::link::Fault;
use crate::model::manifest::Manifest;
use crate::model::paths::PathMap;
use crate::model::session::SessionFolder;
use crate::model::{Finding, Level, LinkEvent};
use crate::plan::Source;
use crate::plan::recipe::Recipe;
use crate::platform::space;
use crate::ptsl::link::Link;

const MAX_RECIPE_BYTES: u64 = 4 << 20;
const MAX_MANIFEST_BYTES: u64 = 64 << 20;
const MAX_ENTRIES: usize = 20_000;

/// The folder of a session, or why there is none where something is wrong.
type Folder = Result<Arc<SessionFolder>, Option<Fault>>;

/// The folder of the session file, when it can be read from here and holds `session.json`, with what
/// was found in it.
pub fn session_folder(file: Option<&Path>) -> (Vec<Finding>, Folder) {
    let is_readable = |file: &Path| {
        let inside = |dir: &Path| dir.join("session.json").is_file();
        inside(file) || file.parent().is_some_and(inside)
    };
    let Some(file) = file.filter(|file| is_readable(file)) else {
        return (Vec::new(), Err(None));
    };
    match import::open(file) {
        Ok(imported) => (imported.findings, Ok(Arc::new(imported.folder))),
        Err(error) => (Vec::new(), Err(Some(Fault::from(error)))),
    }
}

/// Names in a folder by the alphabet, folders with a slash behind; none when it cannot be read.
pub fn names(dir: PathBuf) -> Msg {
    let place = if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        &dir
    };
    let mut names: Vec<String> = fs::read_dir(place)
        .into_iter()
        .flatten()
        .take(MAX_ENTRIES)
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_dir = fs::metadata(entry.path()).is_ok_and(|meta| meta.is_dir());
            if is_dir { format!("{name}/") } else { name }
        })
        .collect();
    names.sort();
    Msg::Names { dir, names }
}

/// Reads and checks a recipe.
pub fn load_recipe(path: PathBuf) -> Msg {
    let source = read_recipe(&path)
        .map(|recipe| Box::new(Source::Recipe(Box::new(recipe))))
        .map_err(Fault::from);
    Msg::RecipeLoaded { path, source }
}

/// Reads a recipe file.
pub fn read_recipe(path: &Path) -> Result<Recipe> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::Recipe, format!("'{name}' cannot be read")).because(error)
    };
    // A device has no length and no end.
    let mut text = String::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    let read = file.take(MAX_RECIPE_BYTES + 1).read_to_string(&mut text);
    if read.map_err(unreadable)? as u64 > MAX_RECIPE_BYTES {
        return Err(Error::new(
            ErrorKind::Recipe,
            format!("'{name}' is too large for a recipe"),
        ));
    }
    Recipe::parse(&text, &name)
}

/// The files of a folder, folders first, with what its manifest tells about them.
pub fn list_files(dir: &Path) -> Msg {
    Msg::Files {
        dir: dir.to_owned(),
        entries: folder(dir).map(|view| view.entries).map_err(Fault::from),
    }
}

/// The same as a view, for who has no state to put it into.
pub fn folder(dir: &Path) -> Result<FilesView> {
    let entries = entries(dir).map_err(|error| {
        let text = format!("'{}' cannot be listed", dir.display());
        Error::new(ErrorKind::Storage, text).because(error)
    })?;
    Ok(FilesView {
        dir: dir.to_owned(),
        entries,
        ..FilesView::default()
    })
}

fn entries(dir: &Path) -> std::io::Result<Vec<FileEntry>> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    let manifest = manifest(dir);
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir)?.take(MAX_ENTRIES) {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(meta) = fs::metadata(entry.path()) else {
            continue;
        };
        let told = manifest
            .as_ref()
            .and_then(|m| m.files.iter().find(|file| file.path == name));
        entries.push(FileEntry {
            bytes: meta.len(),
            is_dir: meta.is_dir(),
            is_part: name.ends_with(".part"),
            modified_ms: meta
                .modified()
                .ok()
                .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
                .and_then(|since| u64::try_from(since.as_millis()).ok()),
            seconds: told
                .filter(|file| file.rate > 0)
                .map(|file| file.frames as f64 / f64::from(file.rate)),
            peak_dbfs: told.and_then(|file| file.levels.peak_dbfs),
            true_peak_dbtp: told.and_then(|file| file.levels.true_peak_dbtp),
            verdict: manifest
                .as_ref()
                .and_then(|manifest| verdict(manifest, &name, meta.len())),
            integrated_lufs: told.and_then(|file| file.levels.integrated_lufs),
            name,
        });
    }
    entries.sort_by(|a, b| (!a.is_dir, &a.name).cmp(&(!b.is_dir, &b.name)));
    Ok(entries)
}

/// A manifest as it stands in its file.
pub fn read_manifest(file: &Path) -> Result<serde_json::Value> {
    let name = file.display();
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::Media, format!("'{name}' cannot be read")).because(error)
    };
    let mut text = Vec::new();
    let open = fs::File::open(file).map_err(unreadable)?;
    open.take(MAX_MANIFEST_BYTES)
        .read_to_end(&mut text)
        .map_err(unreadable)?;
    serde_json::from_slice(&text).map_err(|error| {
        Error::new(ErrorKind::Media, format!("'{name}' is no manifest")).because(error)
    })
}

/// What a manifest comes to for one of its files of `bytes`.
fn verdict(manifest: &Manifest, name: &str, bytes: u64) -> Option<Verdict> {
    let file = manifest.files.iter().find(|file| file.path == name)?;
    let is_wrong = |finding: &Finding| {
        let is_about = finding.file.as_deref() == Some(name);
        is_about && finding.level == Level::Error
    };
    if file.bytes != bytes || manifest.findings.iter().any(is_wrong) {
        return Some(Verdict::Fail);
    }
    Some(manifest.proof.verdict)
}

fn manifest(dir: &Path) -> Option<Manifest> {
    let path = dir.join("manifest.json");
    if fs::metadata(&path).ok()?.len() > MAX_MANIFEST_BYTES {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Free space and the names in a folder, which need not exist, and which of them are audio of the session
/// of that path.
pub fn look(dir: &Path, session_path: &str, folder: Option<&SessionFolder>) -> Survey {
    let existing: Vec<String> = fs::read_dir(dir)
        .map(|entries| {
            entries
                .filter_map(std::result::Result::ok)
                .take(MAX_ENTRIES)
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect()
        })
        .unwrap_or_default();
    Survey {
        free_bytes: space::free_bytes(dir).ok(),
        own_audio: own_audio::among(dir, &existing, session_path, folder),
        existing,
        answered: true,
    }
}

/// The same as a message.
pub fn survey(dir: &Path, session_path: &str, folder: Option<&SessionFolder>) -> Msg {
    Msg::Surveyed {
        dir: dir.to_owned(),
        survey: look(dir, session_path, folder),
    }
}

/// What interrupted bounces left behind.
pub fn open_leases(state_dir: &Path) -> News {
    match lease::open_leases(state_dir) {
        Ok(leases) => News::Leases(
            leases
                .into_iter()
                .map(|lease| (lease.job, lease.session))
                .collect(),
        ),
        Err(error) => News::Link(LinkEvent::Notice(Fault::from(error))),
    }
}

/// The clips that Pro Tools tells over the present connection.
pub async fn clips(
    state_dir: &Path,
    paths: &PathMap,
    link: &Link,
) -> Result<Arc<SessionFolder>, Fault> {
    let Some(client) = link.client().borrow().clone() else {
        return Err(Fault::from(Error::new(
            ErrorKind::NotConnected,
            "clips can be asked for only while connected",
        )));
    };
    let info = client.session().await.map_err(Error::from)?;
    let tracks = client.tracks().await.map_err(Error::from)?;
    let folder = live::read(&client, &info, &tracks, state_dir, paths).await?;
    Ok(Arc::new(folder))
}

/// What the open session tells about a bounce.
pub async fn inspect(question: &Question, link: &Link) -> Result<Arc<Inspection>, Fault> {
    let Some(client) = link.client().borrow().clone() else {
        return Err(Fault::from(Error::new(
            ErrorKind::NotConnected,
            "a plan can be checked against Pro Tools only while connected",
        )));
    };
    Ok(Arc::new(inspect::inspect(&client, question).await?))
}

/// Puts back every open lease over the present connection; one that fails does not keep the
/// others from it. Gives the names of the tracks that were changed.
pub async fn rescue(state_dir: &Path, link: &Link) -> Result<Vec<String>, Fault> {
    let Some(client) = link.client().borrow().clone() else {
        return Err(Fault::from(Error::new(
            ErrorKind::NotConnected,
            "tracks can be put back only while connected",
        )));
    };
    let dir = state_dir.to_owned();
    let leases = tokio::task::spawn_blocking(move || lease::open_leases(&dir))
        .await
        .map_err(|error| {
            Error::new(ErrorKind::Internal, "leases cannot be read").because(error)
        })??;
    let (mut changed, mut failed) = (Vec::new(), None);
    for lease in &leases {
        match lease::rescue(state_dir, lease, &client).await {
            Ok(names) => changed.extend(names),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match failed {
        Some(error) => Err(Fault::from(error)),
        None => Ok(changed),
    }
}
