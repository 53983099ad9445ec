//! The facts of an audio file that its header tells.

/// How an uncompressed file ends. Compressed ones that end too early say so where they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    #[default]
    Whole,
    /// Before the samples that its header promises.
    Cut,
    /// Its header was never filled in, as a crashed recorder leaves it: all that is there is read.
    Unfinished,
}

/// Facts of an audio file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioInfo {
    /// Hz.
    pub sample_rate: u32,
    pub channels: u16,
    /// The places of its channels as in WAVE_FORMAT_EXTENSIBLE; 0 where the file does not say.
    pub mask: u32,
    /// Frames; `None` when only decoding tells (some MP3).
    pub frames: Option<u64>,
    pub ending: Ending,
    /// In what the files of a split source differ, for a finding: "'Vox.R.wav' is 10 frames shorter".
    pub uneven: Option<String>,
    /// 16, 24, 32 …; 0 for lossy formats.
    pub bits: u16,
    pub float: bool,
    /// Frames from midnight to the first one (BWF `bext`), at the file's own rate.
    pub time_reference: Option<u64>,
}
