//! The facts of an audio file that its header tells.

/// Facts of an audio file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioInfo {
    /// Hz.
    pub sample_rate: u32,
    pub channels: u16,
    /// Frames; `None` when only decoding tells (some MP3).
    pub frames: Option<u64>,
    /// The file ends before the samples that its header promises (plain WAV only).
    pub is_cut: bool,
    /// 16, 24, 32 …; 0 for lossy formats.
    pub bits: u16,
    pub float: bool,
    /// Frames from midnight to the first one (BWF `bext`), at the file's own rate.
    pub time_reference: Option<u64>,
}
