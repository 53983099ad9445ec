//! The containers that Pro Tools can write a bounce into.

use super::wire::{
    AudioEncodingOptions, BitDepth, EmFileType, Mp3EncodingOptions, Mp3EncodingOptionsQuality,
};

/// What Pro Tools writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BounceFormat {
    /// 32-bit float, interleaved.
    #[default]
    Wav,
    Aiff,
    /// Kilobits a second: 16 to 320.
    Mp3 {
        kbps: u16,
    },
    /// Since 2025.6.
    M4a,
    MxfOpAtom,
    /// Broadcast wave with ADM, from a renderer.
    WavAdm,
}

impl BounceFormat {
    /// Without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav | Self::WavAdm => "wav",
            Self::Aiff => "aif",
            Self::Mp3 { .. } => "mp3",
            Self::M4a => "m4a",
            Self::MxfOpAtom => "mxf",
        }
    }

    pub(super) fn wire(self) -> EmFileType {
        match self {
            Self::Wav => EmFileType::EmfTypeWav,
            Self::Aiff => EmFileType::EmfTypeAiff,
            Self::Mp3 { .. } => EmFileType::EmfTypeMp3,
            Self::M4a => EmFileType::EmfTypeM4a,
            Self::MxfOpAtom => EmFileType::EmfTypeMxfopAtom,
            Self::WavAdm => EmFileType::EmfTypeWavadm,
        }
    }

    /// Float where the container holds it.
    pub(super) fn bit_depth(self) -> BitDepth {
        match self {
            Self::Wav => BitDepth::Bit32Float,
            _ => BitDepth::Bit24,
        }
    }

    pub(super) fn encoding(self) -> Option<AudioEncodingOptions> {
        let Self::Mp3 { kbps } = self else {
            return None;
        };
        Some(AudioEncodingOptions {
            encoding_options_mp3: Some(Mp3EncodingOptions {
                bit_rate: i32::from(kbps).saturating_mul(1000),
                quality: Mp3EncodingOptionsQuality::Mp3eoQualityHighest as i32,
            }),
        })
    }
}
