//! The token that requests carry where the server can be reached by others: 32 random bytes as hex
//! in a file of its own that only its owner may read.

use std::fs::{File, Metadata};
use std::io::{ErrorKind as Io, Read as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::platform::{atomic, secret};

/// Characters of a token that somebody wrote by hand.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=256;

/// Where the token lies.
pub fn path(config_dir: &Path) -> PathBuf {
    config_dir.join("token")
}

/// The token, if there is one.
///
/// # Errors
/// `Config` when others may read it, or it is none.
pub fn read(config_dir: &Path) -> Result<Option<String>> {
    let path = path(config_dir);
    let wrong = |why: &str| {
        Error::new(
            ErrorKind::Config,
            format!("the token in '{}' {why}", path.display()),
        )
    };
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == Io::NotFound => return Ok(None),
        Err(error) => return Err(wrong("cannot be read").because(error)),
    };
    let meta: Metadata = file
        .metadata()
        .map_err(|error| wrong("cannot be read").because(error))?;
    if secret::is_open_to_others(&meta) {
        let fix = secret::how_to_close(&path);
        return Err(wrong("can be read by others").hint(format!(
            "{fix}; if somebody may have seen it, make another: pt-stem token --new"
        )));
    }
    let mut text = String::new();
    let most = u64::try_from(*LENGTHS.end()).unwrap_or(u64::MAX) + 2;
    let read = (&mut file).take(most).read_to_string(&mut text);
    read.map_err(|error| wrong("cannot be read").because(error))?;
    let token = text.trim_end();
    if !LENGTHS.contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(wrong("is not 32 to 256 letters and digits")
            .hint("pt-stem token --new makes another one"));
    }
    Ok(Some(token.to_owned()))
}

/// Makes a new one in place of what is there.
pub fn make(config_dir: &Path) -> Result<String> {
    let token = secret::token()?;
    let path = path(config_dir);
    atomic::write_private(&path, format!("{token}\n").as_bytes()).map_err(|error| {
        Error::new(
            ErrorKind::Storage,
            format!("'{}' cannot be written", path.display()),
        )
        .because(error)
    })?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()).unwrap(), None);
        let token = make(dir.path()).unwrap();
        assert_eq!(token.len(), 64);
        assert_eq!(read(dir.path()).unwrap().as_deref(), Some(&*token));
        assert_ne!(make(dir.path()).unwrap(), token);
    }

    #[cfg(unix)]
    #[test]
    fn a_token_that_others_can_read_is_refused_with_the_fix() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        make(dir.path()).unwrap();
        let mode = |mode| {
            let rights = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(path(dir.path()), rights).unwrap();
        };
        for open in [0o640, 0o604, 0o644, 0o660] {
            mode(open);
            let error = read(dir.path()).unwrap_err();
            assert!(error.message.contains("by others"), "{open:o}");
            assert!(error.hints[0].starts_with("chmod 600 "), "{open:o}");
        }
        mode(0o400);
        assert!(read(dir.path()).unwrap().is_some());
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "short", &"x y".repeat(20), &"a".repeat(300)] {
            atomic::write_private(&path(dir.path()), text.as_bytes()).unwrap();
            assert!(read(dir.path()).is_err(), "{text:?}");
        }
    }
}
