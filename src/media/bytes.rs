//! Bytes at an offset of a file: what the readers of headers are built on.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// `N` bytes at an offset; `None` where the file ends before.
pub(super) fn array_at<const N: usize>(file: &mut File, at: u64) -> io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}
