//! The file by which instances on one Pro Tools find each other: `<state>/instances/<host>-<port>.json`
//! with a loopback port and a token, readable by its owner only, beside a lock that its holder keeps
//! as long as it lives.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::platform::atomic;
use crate::platform::lock::{self, FileLock};

const LARGEST: u64 = 4096;

/// How to reach the instance that holds a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Instance {
    /// Program version: only equals understand each other.
    pub version: String,
    pub pid: u32,
    /// On 127.0.0.1.
    pub port: u16,
    pub token: String,
}

/// The right to be found as the holder of one connection. Gone with the value or the process.
#[derive(Debug)]
pub(super) struct Claim {
    file: PathBuf,
    _lock: FileLock,
}

impl Claim {
    /// `None` when another instance has it.
    pub(super) fn take(state_dir: &Path, host: &str, port: u16) -> io::Result<Option<Self>> {
        let file = file(state_dir, host, port);
        let lock = lock::try_lock(&file.with_extension("lock"))?;
        Ok(lock.map(|lock| {
            // What a dead process left leads nowhere.
            let _ = fs::remove_file(&file);
            Self { file, _lock: lock }
        }))
    }

    /// Lets others find us.
    pub(super) fn tell(&self, instance: &Instance) -> io::Result<()> {
        let text = serde_json::to_vec(instance)?;
        atomic::write_private(&self.file, &text)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

/// The instance that holds a connection, where one can be found.
pub(super) fn find(state_dir: &Path, host: &str, port: u16) -> Option<Instance> {
    read(&file(state_dir, host, port))
}

fn read(file: &Path) -> Option<Instance> {
    let mut text = Vec::new();
    let opened = fs::File::open(file).ok()?;
    opened.take(LARGEST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// All instances of this state folder that have told how to reach them; some may be gone.
pub(super) fn all(state_dir: &Path) -> Vec<Instance> {
    let entries = fs::read_dir(state_dir.join("instances")).into_iter();
    let paths = entries.flatten().flatten().map(|entry| entry.path());
    let told = paths.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    told.filter_map(|path| read(&path)).collect()
}

fn file(state_dir: &Path, host: &str, port: u16) -> PathBuf {
    let is_here = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(&host);
    let host = if is_here { "localhost" } else { host };
    let plain = |c: char| {
        let is_plain = c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if is_plain {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let host: String = host.chars().take(200).map(plain).collect();
    state_dir
        .join("instances")
        .join(format!("{host}-{port}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_found_until_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let claim = Claim::take(dir.path(), "localhost", 31416)
            .unwrap()
            .unwrap();
        assert!(
            Claim::take(dir.path(), "127.0.0.1", 31416)
                .unwrap()
                .is_none()
        );
        assert!(
            Claim::take(dir.path(), "127.0.0.1", 31417)
                .unwrap()
                .is_some()
        );
        assert_eq!(find(dir.path(), "localhost", 31416), None);
        let instance = Instance {
            version: "1".to_owned(),
            pid: 7,
            port: 4000,
            token: crate::platform::secret::token().unwrap(),
        };
        claim.tell(&instance).unwrap();
        assert_eq!(find(dir.path(), "::1", 31416), Some(instance));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(file(dir.path(), "localhost", 31416))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        drop(claim);
        assert_eq!(find(dir.path(), "localhost", 31416), None);
        assert!(
            Claim::take(dir.path(), "localhost", 31416)
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn hostile_names_stay_in_the_folder() {
        let file = file(Path::new("/s"), "../../etc/x\0", 1);
        assert_eq!(file, Path::new("/s/instances/.._.._etc_x_-1.json"));
    }
}
