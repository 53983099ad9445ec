//! The PTSL versions that a simulator can be: which commands exist, what headers are welcome.

pub mod numbers;
pub mod quirks;
pub mod shape;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};
use crate::ptsl::names::Family;
use crate::ptsl::wire::CommandId;

use super::faults::{Unknown, Verdict};

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

    /// Whether it works with clients that say this version.
    pub fn welcomes(self, asked: (i32, i32, i32), unknown: &Unknown) -> bool {
        let is_newer = asked > self.version();
        match asked.0 {
            // Nothing said.
            0 => true,
            2 => unknown.header_version_2 == Verdict::Accept,
            1..=5 | 2025.. => !is_newer || unknown.newer_version == Verdict::Accept,
            _ => false,
        }
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

    #[test]
    fn older_clients_are_welcome_and_newer_ones_are_not() {
        let unknown = Unknown::default();
        for (api, asked, is_welcome) in [
            (Api::V1, (1, 0, 0), true),
            (Api::V1, (5, 0, 0), false),
            (Api::V1, (0, 0, 0), true),
            (Api::V3, (2, 0, 0), false),
            (Api::V5, (2025, 6, 0), false),
            (Api::V2025_6, (5, 0, 0), true),
            (Api::V2025_6, (2025, 0, 0), true),
            (Api::V2025_6, (2025, 6, 0), true),
            (Api::V2025_6, (2025, 10, 0), false),
            (Api::V2025_10, (2025, 6, 3), true),
            (Api::V2025_10, (2026, 4, 0), false),
            (Api::V2025_10, (77, 0, 0), false),
            (Api::V2025_10, (-1, 0, 0), false),
        ] {
            assert_eq!(api.welcomes(asked, &unknown), is_welcome, "{api} {asked:?}");
        }
        let lenient = Unknown {
            header_version_2: Verdict::Accept,
            newer_version: Verdict::Accept,
            ..Unknown::default()
        };
        assert!(Api::V3.welcomes((2, 0, 0), &lenient));
        assert!(Api::V1.welcomes((2026, 4, 0), &lenient));
    }
}
