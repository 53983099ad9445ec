//! What is typed, line by line, from a terminal or a pipe.

use std::io::{BufRead as _, Read as _};

use tokio::sync::mpsc;

/// Bytes of a line at most; the rest of a longer one is a line of its own.
const LONGEST: u64 = 4096;

/// Reads standard input in a thread of its own, until it ends or nobody listens.
pub fn read() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            match (&mut input).take(LONGEST).read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => break,
                Ok(_) => {
                    let line = String::from_utf8_lossy(&bytes).trim().to_owned();
                    if sender.blocking_send(line).is_err() {
                        break;
                    }
                }
            }
        }
    });
    lines
}
