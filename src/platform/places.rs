//! Where files live: XDG on Linux and macOS, %APPDATA% and %LOCALAPPDATA% on Windows unless XDG
//! is set.

use std::path::PathBuf;

/// The folders of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pub config: PathBuf,
    /// Jobs, leases, the simulator's worlds.
    pub state: PathBuf,
    pub log: PathBuf,
}

/// Works them out from the environment.
pub fn places() -> Places {
    let var = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    #[cfg(windows)]
    let (config, state) = (
        var("XDG_CONFIG_HOME").or_else(|| var("APPDATA")),
        var("XDG_STATE_HOME").or_else(|| var("LOCALAPPDATA")),
    );
    #[cfg(not(windows))]
    let (config, state) = (
        var("XDG_CONFIG_HOME").or_else(|| var("HOME").map(|home| home.join(".config"))),
        var("XDG_STATE_HOME").or_else(|| var("HOME").map(|home| home.join(".local/state"))),
    );
    let state = state.unwrap_or_else(std::env::temp_dir).join("pt-stem");
    Places {
        config: config.unwrap_or_else(std::env::temp_dir).join("pt-stem"),
        log: state.join("log"),
        state,
    }
}
