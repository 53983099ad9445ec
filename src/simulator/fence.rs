//! The folder that clients from elsewhere may use. Refuses every path that they name, and every
//! session that they open, that leads out of it, by `..` and links too.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::import::session_folder;
use crate::model::Arrangement;
use crate::platform::real::real;
use crate::ptsl::wire::CommandErrorType as Kind;

use super::commands::{AUDIO_FILES, BOUNCED_FILES};
use super::world::{Failure, OpenSession, Outcome};

/// Nothing is fenced by default: a Pro Tools writes wherever its user may.
#[derive(Debug, Clone, Default)]
pub struct Fence(Option<Arc<Ground>>);

#[derive(Debug, Default)]
struct Ground {
    root: PathBuf,
    /// Audio of the session that was open at the start, wherever it lies: read only.
    served: HashSet<PathBuf>,
}

impl Fence {
    /// # Errors
    /// `Usage` when there is no such folder.
    pub fn around(root: &Path) -> Result<Self> {
        let wrong = |text: &str| {
            let text = format!("'{}' {text}", root.display());
            Error::new(ErrorKind::Usage, text)
                .hint("--root names the only folder that clients may write to and read from")
        };
        let real = real(root).map_err(|error| wrong("cannot be used").because(error))?;
        if !real.is_dir() {
            return Err(wrong("is no folder"));
        }
        let ground = Ground {
            root: real,
            ..Ground::default()
        };
        Ok(Self(Some(Arc::new(ground))))
    }

    /// The folder without links, where there is one.
    pub fn root(&self) -> Option<&Path> {
        self.0.as_ref().map(|ground| ground.root.as_path())
    }

    /// The same, that also lets the audio of this session be read.
    #[must_use]
    pub fn serving(self, session: &OpenSession) -> Self {
        let Some(ground) = self.0 else { return self };
        let files = session.arrangement.files.iter();
        let ground = Ground {
            root: ground.root.clone(),
            served: files.filter_map(|file| real(&file.path).ok()).collect(),
        };
        Self(Some(Arc::new(ground)))
    }

    /// Lets a path be written to, and what lies below it be made.
    ///
    /// # Errors
    /// OS_WritePermissions.
    pub fn write(&self, path: PathBuf) -> Outcome<PathBuf> {
        self.check(&path, false, Kind::OsWritePermissions)?;
        Ok(path)
    }

    /// Lets a path be read.
    ///
    /// # Errors
    /// OS_ReadError.
    pub fn read(&self, path: PathBuf) -> Outcome<PathBuf> {
        self.check(&path, true, Kind::OsReadError)?;
        Ok(path)
    }

    /// Lets a folder be a session's own: what is written into it stays there.
    ///
    /// # Errors
    /// OS_WritePermissions.
    pub fn home(&self, folder: &Path) -> Outcome<()> {
        let inside = [session_folder::FILE, AUDIO_FILES, BOUNCED_FILES];
        let inside = inside.into_iter().map(|name| folder.join(name));
        let mut places = std::iter::once(folder.to_owned()).chain(inside);
        places.try_for_each(|place| self.check(&place, false, Kind::OsWritePermissions))
    }

    /// Lets the audio be read that a session from disk names.
    ///
    /// # Errors
    /// OS_ReadError.
    pub fn audio(&self, played: &Arrangement) -> Outcome<()> {
        let mut files = played.files.iter();
        files.try_for_each(|file| self.check(&file.path, true, Kind::OsReadError))
    }

    fn check(&self, path: &Path, is_read: bool, kind: Kind) -> Outcome<()> {
        let Some(ground) = &self.0 else {
            return Ok(());
        };
        let is_inside = real(path).is_ok_and(|real| {
            real.starts_with(&ground.root) || (is_read && ground.served.contains(&real))
        });
        match is_inside {
            true => Ok(()),
            false => Err(Failure::new(
                kind,
                format!(
                    "'{}' does not lie below '{}', which is all that may be used here.",
                    path.display(),
                    ground.root.display()
                ),
            )),
        }
    }
}
