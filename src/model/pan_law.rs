//! How a track's pan position becomes gains; formulas in `audio::pan`.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// The pan law of a render: that of session folders, or one of the four pan depths that Pro Tools
/// offers for stereo paths. Written as text: `session-folder`, `-2.5`, `-3`, `-4.5`, `-6`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum PanLaw {
    #[default]
    #[serde(rename = "session-folder")]
    SessionFolder,
    #[serde(rename = "-2.5")]
    Depth2_5,
    #[serde(rename = "-3")]
    Depth3,
    #[serde(rename = "-4.5")]
    Depth4_5,
    #[serde(rename = "-6")]
    Depth6,
}

impl PanLaw {
    pub const ALL: [Self; 5] = [
        Self::SessionFolder,
        Self::Depth2_5,
        Self::Depth3,
        Self::Depth4_5,
        Self::Depth6,
    ];

    /// The word as recipes write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::SessionFolder => "session-folder",
            Self::Depth2_5 => "-2.5",
            Self::Depth3 => "-3",
            Self::Depth4_5 => "-4.5",
            Self::Depth6 => "-6",
        }
    }

    fn depth(self) -> Option<f64> {
        match self {
            Self::SessionFolder => None,
            Self::Depth2_5 => Some(-2.5),
            Self::Depth3 => Some(-3.0),
            Self::Depth4_5 => Some(-4.5),
            Self::Depth6 => Some(-6.0),
        }
    }
}

impl fmt::Display for PanLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// No law has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownPanLaw;

impl FromStr for PanLaw {
    type Err = UnknownPanLaw;

    /// A law's word, or the depth as any number (`-3.0`), with or without dB.
    fn from_str(text: &str) -> Result<Self, UnknownPanLaw> {
        let text = text.trim();
        if text == Self::SessionFolder.word() {
            return Ok(Self::SessionFolder);
        }
        let number = text.strip_suffix("dB").unwrap_or(text).trim_end();
        let depth: f64 = number.parse().map_err(|_| UnknownPanLaw)?;
        let has = |law: &Self| law.depth() == Some(depth);
        Self::ALL.into_iter().find(has).ok_or(UnknownPanLaw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_are_read_as_they_are_written() {
        for law in PanLaw::ALL {
            assert_eq!(law.word().parse(), Ok(law));
            let json = serde_json::to_string(&law).unwrap();
            assert_eq!(json, format!("\"{law}\""));
            assert_eq!(serde_json::from_str::<PanLaw>(&json).unwrap(), law);
        }
        for (text, law) in [
            ("-3.0", PanLaw::Depth3),
            (" -4.50 dB", PanLaw::Depth4_5),
            ("-6dB", PanLaw::Depth6),
        ] {
            assert_eq!(text.parse(), Ok(law), "{text}");
        }
        for text in ["", "3", "-3.01", "nan", "equal power", "-2.5 dBu"] {
            assert_eq!(text.parse::<PanLaw>(), Err(UnknownPanLaw), "{text}");
        }
    }
}
