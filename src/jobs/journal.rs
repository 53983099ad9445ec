//! One file of job events: JSON lines, appended and synced one by one. A torn tail is cut, damaged
//! and unknown lines are left out and counted.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::queue::Queue;
use crate::model::job::Report;
use crate::model::link::Fault;
use crate::model::manifest::ManifestFile;
use crate::model::{Finding, Job, JobEvent, JobId, JobState};
use crate::platform::atomic;

/// No job is longer than this many bytes; a longer line is damage.
const LONGEST_LINE: u64 = 64 << 20;

/// A line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Record {
    Added {
        job: Box<Job>,
    },
    State {
        id: JobId,
        state: JobState,
        at_ms: u64,
    },
    FileDone {
        id: JobId,
        file: Box<ManifestFile>,
    },
    Finding {
        id: JobId,
        finding: Finding,
    },
    Ended {
        id: JobId,
        state: JobState,
        at_ms: u64,
        #[serde(default)]
        fault: Option<Fault>,
        #[serde(default)]
        report: Option<Box<Report>>,
    },
    Moved {
        id: JobId,
        down: bool,
    },
    Removed {
        id: JobId,
    },
}

impl Record {
    /// `None` for events that are not kept: progress, and what concerns views only.
    fn of(event: &JobEvent) -> Option<Self> {
        Some(match event.clone() {
            JobEvent::Added(job) => Self::Added { job },
            JobEvent::State { id, state, at_ms } => Self::State { id, state, at_ms },
            JobEvent::FileDone { id, file } => Self::FileDone { id, file },
            JobEvent::Finding { id, finding } => Self::Finding { id, finding },
            JobEvent::Ended {
                id,
                state,
                at_ms,
                fault,
                report,
            } => Self::Ended {
                id,
                state,
                at_ms,
                fault,
                report,
            },
            JobEvent::Moved { id, down } => Self::Moved { id, down },
            JobEvent::Removed(id) => Self::Removed { id },
            JobEvent::Restored(_)
            | JobEvent::Progress { .. }
            | JobEvent::Levels { .. }
            | JobEvent::Refused(_)
            | JobEvent::Cancelling(_)
            | JobEvent::Answer { .. } => return None,
        })
    }

    /// Reads a line. Its tag first, and then a job as what it is: what is tagged inside is read as
    /// anything before, which takes several times as long.
    fn read(line: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Tag {
            event: String,
        }
        #[derive(Deserialize)]
        struct Added {
            job: Box<Job>,
        }
        let Tag { event } = serde_json::from_slice(line)?;
        if event == "added" {
            let Added { job } = serde_json::from_slice(line)?;
            return Ok(Self::Added { job });
        }
        serde_json::from_slice(line)
    }

    fn event(self) -> JobEvent {
        match self {
            Self::Added { job } => JobEvent::Added(job),
            Self::State { id, state, at_ms } => JobEvent::State { id, state, at_ms },
            Self::FileDone { id, file } => JobEvent::FileDone { id, file },
            Self::Finding { id, finding } => JobEvent::Finding { id, finding },
            Self::Ended {
                id,
                state,
                at_ms,
                fault,
                report,
            } => JobEvent::Ended {
                id,
                state,
                at_ms,
                fault,
                report,
            },
            Self::Moved { id, down } => JobEvent::Moved { id, down },
            Self::Removed { id } => JobEvent::Removed(id),
        }
    }
}

/// What a journal says.
#[derive(Debug, Default)]
pub struct Replay {
    pub queue: Queue,
    pub lines: usize,
    /// Lines that could not be read.
    pub damaged: usize,
    /// Bytes up to the end of the last whole line; what follows is torn.
    whole: u64,
    torn: bool,
}

/// Reads a journal; one that is missing is empty.
pub fn replay(path: &Path) -> io::Result<Replay> {
    let mut replay = Replay::default();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(replay),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(replay);
        }
        if line.last() != Some(&b'\n') {
            if (read as u64) < LONGEST_LINE {
                replay.torn = true;
                return Ok(replay);
            }
            reader.skip_until(b'\n')?;
            replay.whole = reader.stream_position()?;
            replay.damaged += 1;
            continue;
        }
        replay.whole += read as u64;
        replay.lines += 1;
        match Record::read(&line) {
            Ok(record) => replay.queue.apply(&record.event()),
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(_) => replay.damaged += 1,
        }
    }
}

/// A journal open for appending.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// `None` until it is needed: Windows replaces no file that is open.
    file: Option<File>,
    /// End of the last whole line.
    whole: u64,
}

impl Journal {
    /// Opens a journal that was replayed, and cuts its torn tail.
    pub fn open(path: &Path, replay: &Replay) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        if replay.torn {
            file.set_len(replay.whole)?;
            file.sync_all()?;
        }
        Ok(Self {
            path: path.to_owned(),
            file: Some(file),
            whole: replay.whole,
        })
    }

    /// Keeps an event durably. After an error the journal is as it was before.
    pub fn append(&mut self, event: &JobEvent) -> io::Result<()> {
        let Some(record) = Record::of(event) else {
            return Ok(());
        };
        let mut line = serde_json::to_vec(&record)?;
        line.push(b'\n');
        let whole = self.whole;
        let file = self.file()?;
        let written = file
            .seek(SeekFrom::Start(whole))
            .and_then(|_| file.write_all(&line))
            .and_then(|()| file.sync_data());
        match written {
            Ok(()) => {
                self.whole += line.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Half a line would damage the next one.
                let _ = file.set_len(whole);
                Err(error)
            }
        }
    }

    fn file(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().read(true).write(true).open(&self.path)?,
        };
        Ok(self.file.insert(file))
    }

    /// Replaces everything by one line a job.
    pub fn rewrite(&mut self, jobs: &[Job]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for job in jobs {
            let job = Box::new(job.clone());
            serde_json::to_writer(&mut bytes, &Record::Added { job })?;
            bytes.push(b'\n');
        }
        self.file = None;
        atomic::write(&self.path, &bytes)?;
        self.whole = bytes.len() as u64;
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file.
    pub fn remove(self) -> io::Result<()> {
        let path = self.path.clone();
        drop(self);
        fs::remove_file(path)
    }
}
