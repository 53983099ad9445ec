//! What was run from the palette, kept over restarts: `<state>/palette_history`, a line each, the
//! newest last. What cannot be kept is left to the log. Everything blocks.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::app::update::palette::HISTORY;
use crate::platform::atomic;

/// Bytes of the file that are read.
const LARGEST: u64 = 1 << 20;

fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("palette_history")
}

/// The lines; none where there is no file, or one that is no text.
pub fn read(state_dir: &Path) -> Vec<String> {
    let mut text = String::new();
    let Ok(file) = fs::File::open(path(state_dir)) else {
        return Vec::new();
    };
    if let Err(error) = file.take(LARGEST).read_to_string(&mut text) {
        tracing::warn!(%error, "the history of the palette cannot be read");
        return Vec::new();
    }
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let old = lines.len().saturating_sub(HISTORY);
    lines.into_iter().skip(old).collect()
}

/// Puts a line behind the others, of this window and of others.
pub fn keep(state_dir: &Path, line: &str) {
    let mut lines = read(state_dir);
    lines.retain(|known| known != line);
    lines.push(line.to_owned());
    let old = lines.len().saturating_sub(HISTORY);
    let text: String = lines
        .iter()
        .skip(old)
        .map(|line| format!("{line}\n"))
        .collect();
    if let Err(error) = atomic::write(&path(state_dir), text.as_bytes()) {
        tracing::warn!(%error, "the history of the palette cannot be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_once_and_only_so_many() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).is_empty());
        for line in ["mute Kick", "zoom", "mute Kick"] {
            keep(dir.path(), line);
        }
        assert_eq!(read(dir.path()), ["zoom", "mute Kick"]);
        for number in 0..HISTORY {
            keep(dir.path(), &format!("pane {number}"));
        }
        assert_eq!(read(dir.path()).len(), HISTORY);
        assert_eq!(read(dir.path())[0], "pane 0");
        fs::write(path(dir.path()), [0xff, 0xfe]).unwrap();
        assert!(read(dir.path()).is_empty());
    }
}
