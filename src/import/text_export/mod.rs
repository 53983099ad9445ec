//! Pro Tools' "Session Info as Text": read whole, and made into a session whose plans are right and
//! whose clips sound where their audio is certain. Refuses files that are no such export; everything
//! it cannot know (faders, pans, sends, plug-ins, fades, places in files) stands in the session's
//! gaps, so that no print is silent about it.

mod audio;
mod encoding;
mod gaps;
mod join;
mod parse;
mod rows;
mod session;
#[cfg(test)]
mod tests;
mod time;

pub use join::{Joined, Why, channels, clips};
pub use parse::parse;
pub use rows::{ClipRow, EventRow, FileRow, MarkerRow, PlugInRow, TextExport, TrackBlock};
pub use session::{Options, read};
pub use time::{Form, Times, ruler};

/// The rows of an export in any of its encodings.
pub fn parse_bytes(bytes: &[u8]) -> TextExport {
    parse(&encoding::decode(bytes))
}
