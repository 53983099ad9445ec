//! The panes as lists: which there are, the order and the cursor of each, and what a filter and an
//! order have made of it. `rows` works that out.

use crate::action::{LogLevel, SortKey};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Pane {
    #[default]
    Tracks,
    Stems,
    Jobs,
    Files,
    Log,
    Transport,
    Timeline,
    /// Tracks against stems.
    Matrix,
    /// The connection.
    Link,
}

impl Pane {
    /// In the order of Tab and of the number keys, from 1.
    pub const ALL: [Self; 9] = [
        Self::Tracks,
        Self::Stems,
        Self::Jobs,
        Self::Files,
        Self::Log,
        Self::Transport,
        Self::Timeline,
        Self::Matrix,
        Self::Link,
    ];

    /// The pane whose rows, cursor, filter and order this one shares: mostly itself.
    pub fn list(self) -> Self {
        match self {
            Self::Matrix => Self::Tracks,
            Self::Timeline => Self::Transport,
            other => other,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Tracks => "tracks",
            Self::Stems => "stems",
            Self::Jobs => "jobs",
            Self::Files => "files",
            Self::Log => "log",
            Self::Transport => "transport",
            Self::Timeline => "timeline",
            Self::Matrix => "matrix",
            Self::Link => "connection",
        }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub key: SortKey,
    pub reversed: bool,
}

/// What a filter and an order have made of a pane's list, and of which list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    pub filter: String,
    pub sort: Option<Sort>,
    /// Of the log.
    pub level: LogLevel,
    /// Length of the list that it was made of.
    pub of: usize,
    pub rows: Vec<usize>,
}

/// A row cursor; the view keeps it visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    pub row: usize,
}
