//! What other processes ask of a job's owner: one small file a wish, `<state>/requests/<id>.<word>`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::JobId;
use crate::platform::atomic;

/// A wish that nobody took up for so long is forgotten: no job starts from last week's request.
const LIFETIME: Duration = Duration::from_secs(600);

/// What another process may ask of a job's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wish {
    Cancel,
    Retry,
}

impl Wish {
    fn word(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Retry => "retry",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        [Self::Cancel, Self::Retry]
            .into_iter()
            .find(|wish| wish.word() == word)
    }
}

fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("requests")
}

/// Leaves a wish.
pub fn leave(state_dir: &Path, id: JobId, wish: Wish) -> io::Result<()> {
    let name = format!("{id}.{}", wish.word());
    atomic::write(&folder(state_dir).join(name), b"")
}

/// Takes the wishes about the jobs that `is_ours` says yes to, in the order of their numbers.
/// Forgotten ones go.
pub fn take(state_dir: &Path, is_ours: impl Fn(JobId) -> bool) -> Vec<(JobId, Wish)> {
    let Ok(entries) = fs::read_dir(folder(state_dir)) else {
        return Vec::new();
    };
    let mut taken = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        let age = entry.metadata().and_then(|meta| meta.modified()).ok();
        let age = age.and_then(|time| time.elapsed().ok()).unwrap_or_default();
        let is_old = age > LIFETIME;
        let wish = parse(&path).filter(|(id, _)| is_ours(*id));
        let concerns_us = wish.is_some() || is_old;
        if !concerns_us || fs::remove_file(&path).is_err() || is_old {
            continue;
        }
        taken.extend(wish);
    }
    taken.sort_unstable();
    taken
}

fn parse(path: &Path) -> Option<(JobId, Wish)> {
    let name = path.file_name()?.to_str()?;
    let (id, word) = name.split_once('.')?;
    Some((JobId(id.parse().ok()?), Wish::of_word(word)?))
}
