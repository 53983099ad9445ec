//! Secrets: random tokens, and whether a file that holds one is kept from other users. On Windows its
//! folder decides.

use std::fs::Metadata;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// 32 random bytes in hexadecimal digits.
pub fn token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        let text = format!("the system gives no random numbers: {error}");
        Error::new(ErrorKind::Internal, text)
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether the group or everybody may read or write it.
#[cfg(unix)]
pub fn is_open_to_others(meta: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    meta.permissions().mode() & 0o077 != 0
}

/// A user's own folders are closed to others there.
#[cfg(not(unix))]
pub fn is_open_to_others(_meta: &Metadata) -> bool {
    false
}

/// The command that closes it.
#[cfg(unix)]
pub fn how_to_close(path: &Path) -> String {
    let path = path.display().to_string();
    format!("chmod 600 '{}'", path.replace('\'', r"'\''"))
}

#[cfg(not(unix))]
pub fn how_to_close(path: &Path) -> String {
    format!("keep '{}' to yourself", path.display())
}
