//! Another session than the lease's is open: what is refused, and what may have been done there.

use super::lease::{Identity, LeaseRecord};
use super::states::word;
use crate::error::{Error, ErrorKind};
use crate::model::text::clean;
use crate::model::{Range, Track, TrackFlag, TrackId};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// What was asked of the session when somebody opened another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A switch of the tracks of these names.
    Switch(TrackFlag, bool, Vec<String>),
    /// The name of a track of this identity, from and to.
    Rename(TrackId, String, String),
    Selection(Range),
}

impl Asked {
    /// What there is in another session of what was asked, in words; `None` when there is nothing.
    fn seen_in(&self, tracks: &[Track], selection: Option<Range>) -> Option<String> {
        let quoted = |name: &str| format!("'{}'", clean(name));
        match self {
            Self::Switch(flag, on, names) => {
                let hit: Vec<String> = tracks
                    .iter()
                    .filter(|track| names.contains(&track.name) && track.flag(*flag) == *on)
                    .map(|track| quoted(&track.name))
                    .collect();
                (!hit.is_empty()).then(|| format!("{} {}", hit.join(", "), word(*flag, *on)))
            }
            Self::Rename(id, from, to) => {
                let is_it = |track: &Track| id.0.is_empty() || track.id == *id;
                let is_there = tracks.iter().any(|track| is_it(track) && track.name == *to);
                is_there.then(|| format!("{} called {}", quoted(from), quoted(to)))
            }
            Self::Selection(range) => (selection == Some(*range))
                .then(|| "the job's range selected on the timeline".to_owned()),
        }
    }

    /// What was asked, in words, where nobody can look.
    fn in_words(&self) -> String {
        match self {
            Self::Switch(flag, on, names) => {
                let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
                format!("{} {}", names.join(", "), word(*flag, *on))
            }
            Self::Rename(_, from, to) => format!("'{from}' called '{to}'"),
            Self::Selection(_) => "the job's range selected on the timeline".to_owned(),
        }
    }

    /// A command that was under way when somebody opened another session may have been done there.
    /// Looks, and tells what its user should look at; what it was before nobody knows, and so
    /// nothing is changed there.
    pub async fn look_there(&self, client: &Client) -> String {
        let asked = "what was asked at that moment";
        let look = async {
            let tracks = client.tracks().await?;
            let selection = client.timeline().await.ok().map(|(_, range)| range);
            Ok::<_, PtslError>(self.seen_in(&tracks, selection))
        };
        match look.await {
            Ok(None) => format!("Nothing of {asked} is to be seen in the other session"),
            Ok(Some(what)) => format!(
                "Of {asked} this may have been done in the other session: {what}; look \
                 there, or revert it to what was saved"
            ),
            Err(_) => format!(
                "What was asked at that moment may have been done in the other session: look \
                 there for {}",
                self.in_words()
            ),
        }
    }
}

/// The refusal to touch a session that the lease is not of.
pub fn another_is_open(lease: &LeaseRecord, open: &Identity) -> Error {
    let what = if open.path == lease.session_path {
        format!("another session stands at '{}' now", open.path)
    } else {
        format!("'{}' is open", open.path)
    };
    Error::new(
        ErrorKind::Refused,
        format!("the lease is of '{}', but {what}: nothing is touched there", lease.session_path),
    )
    .hint(format!(
        "Open '{}' in Pro Tools: a running pt-stem puts it back then, `pt-stem rescue` does it by hand",
        lease.session
    ))
}
