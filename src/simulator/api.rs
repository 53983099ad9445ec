//! The PTSL versions that a simulator can be: which commands exist, what headers are welcome.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::ptsl::names::Family;
use crate::ptsl::wire::CommandId;

/// A PTSL version, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Api {
    /// Pro Tools 2022.12 to 2023.9.
    V1,
    /// Pro Tools 2023.12 and 2024.3.
    V3,
    /// Pro Tools 2024.6.
    V4,
    /// Pro Tools 2024.10.
    V5,
    V2025_6,
    #[default]
    V2025_10,
}

impl Api {
    /// All of them, oldest first.
    pub const ALL: [Self; 6] = [
        Self::V1,
        Self::V3,
        Self::V4,
        Self::V5,
        Self::V2025_6,
        Self::V2025_10,
    ];

    /// Version, minor and revision.
    pub fn version(self) -> (i32, i32, i32) {
        match self {
            Self::V1 => (1, 0, 0),
            Self::V3 => (3, 0, 0),
            Self::V4 => (4, 0, 0),
            Self::V5 => (5, 0, 0),
            Self::V2025_6 => (2025, 6, 0),
            Self::V2025_10 => (2025, 10, 0),
        }
    }

    /// Whether it is of the scheme before 2025.6.
    pub fn is_old(self) -> bool {
        self <= Self::V5
    }

    /// The version that a command came with.
    pub fn since(command: CommandId) -> Self {
        match command as i32 {
            ..=82 => Self::V1,
            83..=97 => Self::V3,
            98..=116 => Self::V4,
            117 => Self::V5,
            118..=145 => Self::V2025_6,
            _ => Self::V2025_10,
        }
    }

    pub fn has(self, command: CommandId) -> bool {
        self >= Self::since(command)
    }

    /// The names of enum values in answers to a request with this header version.
    pub fn family(self, asked: (i32, i32, i32)) -> Family {
        if self.is_old() {
            Family::Old
        } else if asked.0 >= 2026 {
            Family::New
        } else {
            Family::Middle
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version() {
            (major, 0, _) => write!(f, "{major}"),
            (major, minor, _) => write!(f, "{major}.{minor}"),
        }
    }
}

impl FromStr for Api {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plain = text.trim().trim_end_matches(".0");
        Self::ALL
            .into_iter()
            .find(|api| api.to_string() == plain)
            .ok_or_else(|| {
                let known: Vec<String> = Self::ALL.iter().map(Self::to_string).collect();
                Error::new(
                    ErrorKind::Usage,
                    format!(
                        "there is no PTSL version '{}'",
                        crate::model::text::clean(text)
                    ),
                )
                .hint(format!("known are {}", known.join(", ")))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_written() {
        for api in Api::ALL {
            assert_eq!(api.to_string().parse::<Api>().unwrap(), api);
        }
        assert_eq!("2025.6.0".parse::<Api>().unwrap(), Api::V2025_6);
        assert!("2".parse::<Api>().is_err());
        assert!(Api::ALL.is_sorted());
    }
}
