//! What the words mean: plain data about sessions, tracks, clips, time, plans and jobs, and the
//! events of the link and the jobs. Pure: no files, no clock, no network.

use serde::{Deserialize, Serialize};

pub mod automation;
pub mod clip;
pub mod diagnosis;
pub mod fade_shape;
pub mod file_name;
pub mod finding;
pub mod inspection;
pub mod job;
pub mod layout;
pub mod level;
pub mod link;
pub mod manifest;
pub mod manifest_schema;
pub mod marker;
pub mod number;
pub mod overview;
pub mod pan_law;
pub mod paths;
pub mod plan;
pub mod range;
pub mod routing;
pub mod session;
pub mod snapshot;
pub mod stem;
pub mod text;
pub mod timecode;
pub mod track;
pub mod transport;
pub mod tree;

pub use automation::Breakpoint;
pub use clip::{Arrangement, Clip, FadeShape, Lane};
pub use finding::{Finding, Level};
pub use job::{Job, JobEvent, JobId, JobState};
pub use layout::Layout;
pub use link::{LinkEvent, LinkPhase};
pub use marker::Marker;
pub use pan_law::PanLaw;
pub use plan::Plan;
pub use range::Range;
pub use session::{Session, SessionInfo};
pub use stem::StemSpec;
pub use timecode::{Ruler, Timecode, TimecodeRate};
pub use track::{Track, TrackFlag, TrackId, TrackKind};
pub use transport::{Transport, TransportState};

/// A moment, handed in from outside: `mono_us` counts microseconds from the program's start and
/// never jumps, `unix_ms` is the wall clock in milliseconds since 1970, `offset_s` how many seconds
/// local time is ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Now {
    pub mono_us: u64,
    pub unix_ms: u64,
    pub offset_s: i32,
}

impl Now {
    /// A moment of the wall clock as people here count it, for dates and times of day.
    pub fn local_ms(self, unix_ms: u64) -> u64 {
        unix_ms.saturating_add_signed(i64::from(self.offset_s) * 1000)
    }
}
