//! What is written is sent to the disk while the next is made, on a thread of its own.

use std::sync::Weak;
use std::sync::mpsc::{self, SyncSender};
use std::thread;

use crate::media::place::Placed;

/// Sends files to the disk that are being written.
pub struct Behind(SyncSender<()>);

impl Behind {
    /// Ends when it is dropped; a file that is given up earlier is not waited for.
    pub fn new(files: Vec<Weak<Placed>>) -> Self {
        let (wake, woken) = mpsc::sync_channel::<()>(1);
        // Without the thread all is sent at the end.
        let _ = thread::Builder::new().name("behind".into()).spawn(move || {
            for () in woken {
                let files = files.iter().filter_map(Weak::upgrade);
                files.for_each(|file| file.send());
            }
        });
        Self(wake)
    }

    /// Something was written.
    pub fn wake(&self) {
        // When it is awake already it will look again.
        let _ = self.0.try_send(());
    }
}
