//! The actor that reads the user's files again when one of them changes, or when it is asked to.
//! What is broken is told and not taken. It watches folders, since editors replace files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::{Notify, mpsc};

use super::UserFiles;
use crate::error::Error;

/// Editors write in several steps: what follows within this time is one change.
const SETTLE: Duration = Duration::from_millis(100);

/// Reads everything anew.
pub type Load = Box<dyn Fn() -> Result<UserFiles, Error> + Send>;

/// What came of reading the files again.
#[derive(Debug)]
pub enum Reload {
    Taken {
        files: Box<UserFiles>,
        /// What is different now, see [`UserFiles::changes`]. Empty when somebody asked and
        /// nothing is.
        changes: Vec<String>,
    },
    /// The old ones stay.
    Refused(Error),
    /// Changes will not be noticed by themselves.
    Blind(Error),
}

/// Follows the files of `folders` until the receiver is gone. `now` is what was loaded at the
/// start; `again` asks for a look.
pub async fn follow(
    folders: Vec<PathBuf>,
    mut now: UserFiles,
    load: Load,
    again: Arc<Notify>,
    told: mpsc::Sender<Reload>,
) {
    let (changed, mut changes) = mpsc::channel(1);
    let mut eyes = Eyes::open(folders, changed);
    if let Some(error) = eyes.as_mut().err() {
        let error = Error::new(crate::error::ErrorKind::Config, "files are not watched")
            .because(error.to_string())
            .hint("`:reload` reads settings, keys and themes again");
        if told.send(Reload::Blind(error)).await.is_err() {
            return;
        }
    }
    let mut last_refusal = None;
    loop {
        let is_asked = tokio::select! {
            biased;
            () = told.closed() => return,
            () = again.notified() => true,
            Some(()) = changes.recv() => false,
        };
        if !is_asked {
            tokio::time::sleep(SETTLE).await;
            while changes.try_recv().is_ok() {}
        }
        if let Ok(eyes) = &mut eyes {
            eyes.adjust();
        }
        let reload = match load() {
            Ok(files) => {
                last_refusal = None;
                let changes = files.changes(&now);
                if changes.is_empty() && !is_asked {
                    continue;
                }
                now = files.clone();
                Reload::Taken {
                    files: Box::new(files),
                    changes,
                }
            }
            Err(error) => {
                let text = error.chain();
                if !is_asked && last_refusal.as_ref() == Some(&text) {
                    continue;
                }
                last_refusal = Some(text);
                Reload::Refused(error)
            }
        };
        if told.send(reload).await.is_err() {
            return;
        }
    }
}

/// Watches each folder, or its nearest ancestor that exists, until it comes into being.
struct Eyes {
    watcher: RecommendedWatcher,
    folders: Vec<PathBuf>,
    watched: BTreeSet<PathBuf>,
}

impl Eyes {
    fn open(folders: Vec<PathBuf>, changed: mpsc::Sender<()>) -> notify::Result<Self> {
        let first = changed.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading the files must not look like a change of them.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = changed.try_send(());
            }
        })?;
        let mut eyes = Self {
            watcher,
            folders,
            watched: BTreeSet::new(),
        };
        eyes.adjust();
        // What has changed since the first reading was not seen.
        let _ = first.try_send(());
        Ok(eyes)
    }

    fn adjust(&mut self) {
        let wanted: BTreeSet<PathBuf> = self.folders.iter().map(|path| existing(path)).collect();
        for gone in self.watched.difference(&wanted) {
            let _ = self.watcher.unwatch(gone);
        }
        // One that was deleted and made anew is another folder under the same name.
        for path in &wanted {
            let _ = self.watcher.watch(path, RecursiveMode::NonRecursive);
        }
        self.watched = wanted;
    }
}

fn existing(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = path.ancestors().find(|folder| folder.is_dir());
    found.unwrap_or(Path::new("/")).to_owned()
}
