//! A file of uncompressed samples written at any frame, by several threads at once.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::MediaError;
use super::bytes::write_at;
use super::container::{Container, WriteSpec};
use super::tags::{Loudness, Tags};

/// Bytes that are worth being sent to the disk on their own.
const WORTH: u64 = 32 << 20;

/// Dropped without [`Placed::close`] it leaves an unfinished file: its header still has the sizes
/// of an empty one.
#[derive(Debug)]
pub struct Placed {
    path: PathBuf,
    file: File,
    spec: WriteSpec,
    container: Container,
    tags: Option<Box<Tags>>,
    /// Bytes of the header.
    start: u64,
    /// Bytes that were written since it was last sent to the disk.
    unsent: AtomicU64,
    /// A system tells once that what it held could not be written.
    unsendable: Mutex<Option<io::Error>>,
}

impl Placed {
    /// Creates or empties `path` (the caller's `.part` name) and writes the header, so that a full or
    /// read-only disk is found before the work.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses, or when no such file exists.
    pub fn create(path: &Path, spec: WriteSpec, container: Container) -> Result<Self, MediaError> {
        Self::tagged(path, spec, container, None)
    }

    /// The same for a file that says more of itself.
    ///
    /// # Errors
    /// As [`Placed::create`].
    pub fn tagged(
        path: &Path,
        spec: WriteSpec,
        container: Container,
        tags: Option<Box<Tags>>,
    ) -> Result<Self, MediaError> {
        let failed = |source| MediaError::Write {
            path: path.to_owned(),
            source,
        };
        if let Some(reason) = container.refusal(&spec) {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, reason)));
        }
        let header = container.header(&spec, tags.as_deref(), 0);
        let placed = Self {
            path: path.to_owned(),
            file: File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(path)
                .map_err(failed)?,
            spec,
            container,
            tags,
            start: u64::try_from(header.len()).unwrap_or(0),
            unsent: AtomicU64::new(0),
            unsendable: Mutex::new(None),
        };
        placed.write(&header, 0)?;
        Ok(placed)
    }

    pub fn spec(&self) -> &WriteSpec {
        &self.spec
    }

    pub fn container(&self) -> Container {
        self.container
    }

    /// Where the samples begin and end, in bytes, of a file of `frames`.
    pub fn data(&self, frames: u64) -> (u64, u64) {
        let end = self.start.saturating_add(self.spec.data(frames));
        (self.start, end)
    }

    /// Writes samples as they lie in the file, the first of them that of `frame`.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses or the file would be larger than its container
    /// can be.
    pub fn put(&self, frame: u64, bytes: &[u8]) -> Result<(), MediaError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let most = self.container.most_frames(&self.spec);
        let end = self.spec.data(frame).saturating_add(length);
        if end > self.spec.data(most) {
            let reason = format!(
                "an AIFF file ends at 4 GiB, which is {most} frames of this format: print a shorter range or fewer bits"
            );
            return Err(self.failed(io::Error::new(io::ErrorKind::FileTooLarge, reason)));
        }
        self.write(bytes, self.start.saturating_add(self.spec.data(frame)))?;
        self.unsent.fetch_add(length, Ordering::Relaxed);
        Ok(())
    }

    /// Sends to the disk what was written, should it be worth it: the end is then quick. It may be
    /// slow, and is for a thread that has nothing else to do; others may write meanwhile. What the
    /// disk refuses is told by [`Placed::sync`].
    pub fn send(&self) {
        if self.unsent.load(Ordering::Relaxed) < WORTH {
            return;
        }
        self.unsent.store(0, Ordering::Relaxed);
        let mut unsendable = lock(&self.unsendable);
        if let Err(error) = self.file.sync_data() {
            *unsendable = Some(error);
        }
    }

    /// Makes it whole; returns its size.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses.
    pub fn close(&self, frames: u64) -> Result<u64, MediaError> {
        self.close_measured(frames, &Loudness::default())
    }

    /// Makes it whole, with its loudness where it has tags; returns its size.
    ///
    /// # Errors
    /// As [`Placed::close`].
    pub fn close_measured(&self, frames: u64, loudness: &Loudness) -> Result<u64, MediaError> {
        let tags = self.tags.as_deref().map(|tags| Tags {
            loudness: *loudness,
            ..tags.clone()
        });
        let (_, end) = self.data(frames);
        let is_odd = self.spec.data(frames) & 1 == 1;
        if is_odd {
            self.write(&[0], end)?;
        }
        let header = self.container.header(&self.spec, tags.as_ref(), frames);
        self.write(&header, 0)?;
        Ok(end + u64::from(is_odd))
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// [`MediaError::Write`] when the disk refuses, or has refused what was sent before.
    pub fn sync(&self) -> Result<(), MediaError> {
        let mut unsendable = lock(&self.unsendable);
        let synced = self.file.sync_all();
        let synced = unsendable.take().map_or(synced, Err);
        synced.map_err(|error| self.failed(error))
    }

    fn write(&self, bytes: &[u8], offset: u64) -> Result<(), MediaError> {
        write_at(&self.file, bytes, offset).map_err(|error| self.failed(error))
    }

    fn failed(&self, source: io::Error) -> MediaError {
        MediaError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
