//! Asks the open Pro Tools what a bounce should know before it starts. Changes nothing; what an old
//! server lacks is left out. Calls: one for the session, one a type of mix source, one for offline
//! files, two a track, and one for the clip list where a file is offline.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Result;
use crate::model::inspection::{Inspection, Place, Question};
use crate::model::{Range, Track};
use crate::ptsl::client::Client;
use crate::ptsl::clips::FileFilter;
use crate::ptsl::error::PtslError;
use crate::ptsl::playlists::Element;

/// How long playlists are read: a plan is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is not told, as opposed to what cannot be asked.
pub(super) fn optional<T>(answer: std::result::Result<T, PtslError>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error @ (PtslError::Refused { .. } | PtslError::Unreadable { .. }))
            if !error.is_no_session() && !error.is_unregistered() =>
        {
            tracing::info!("not told: {error}");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks everything.
///
/// # Errors
/// When the connection is lost or no session is open.
pub async fn inspect(client: &Client, question: &Question) -> Result<Inspection> {
    let mut told = Inspection {
        session: client.session_path().await?,
        ..Inspection::default()
    };
    told.sources = sources(client, question).await?;
    let lost = lost(client).await?;
    clips(client, &question.tracks, &lost, &mut told).await?;
    Ok(told)
}

/// Only the mix sources.
pub async fn sources(
    client: &Client,
    question: &Question,
) -> Result<BTreeMap<String, Vec<String>>> {
    let mut told = BTreeMap::new();
    for kind in &question.kinds {
        if let Some(names) = optional(client.mix_sources(kind).await)? {
            told.insert(kind.clone(), names);
        }
    }
    Ok(told)
}

/// Only the files that are offline and the clips that play them; no playlist is read where there
/// are none.
pub async fn offline(client: &Client, question: &Question) -> Result<Inspection> {
    let mut told = Inspection::default();
    let lost = lost(client).await?;
    if !lost.is_empty() {
        clips(client, &question.tracks, &lost, &mut told).await?;
    }
    Ok(told)
}

/// Ids and paths of the files that are offline.
async fn lost(client: &Client) -> Result<HashMap<String, String>> {
    let files = optional(client.file_locations(FileFilter::Offline).await)?;
    let files = files.unwrap_or_default().into_iter();
    let lost = files.filter(|file| !file.is_online);
    Ok(lost.map(|file| (file.id, file.path)).collect())
}

async fn clips(
    client: &Client,
    tracks: &[Track],
    lost: &HashMap<String, String>,
    told: &mut Inspection,
) -> Result<()> {
    told.offline = lost.values().cloned().collect();
    told.offline.sort();
    // Id of a clip, and the offline file that it plays.
    let mut silent: HashMap<String, &String> = HashMap::new();
    if !lost.is_empty() {
        let list = optional(client.clip_list().await)?;
        silent = list
            .unwrap_or_default()
            .into_iter()
            .filter_map(|clip| Some((clip.id, lost.get(&clip.file_id)?)))
            .collect();
    }
    let end = Instant::now() + PATIENCE;
    for track in tracks {
        if Instant::now() > end {
            told.unread.push(track.name.clone());
            continue;
        }
        let Some(elements) = elements(client, track).await? else {
            return Ok(());
        };
        let places = elements
            .iter()
            .filter_map(|element| place(element, &silent));
        told.lanes.push((track.clone(), places.collect()));
    }
    Ok(())
}

/// What lies on the playlist that sounds; nothing where this server tells no playlists.
pub(super) async fn elements(client: &Client, track: &Track) -> Result<Option<Vec<Element>>> {
    let Some(playlists) = optional(client.playlists(track).await)? else {
        return Ok(None);
    };
    match playlists.iter().find(|playlist| playlist.is_target) {
        Some(target) => optional(client.playlist_elements(target).await),
        None => Ok(None),
    }
}

/// A clip; fades are none.
fn place(element: &Element, silent: &HashMap<String, &String>) -> Option<Place> {
    let mut clips = element
        .channels
        .iter()
        .filter_map(|piece| piece.clip.as_ref())
        .peekable();
    clips.peek()?;
    Some(Place {
        range: Range::new(element.start, element.end),
        muted: element.muted,
        offline: clips.find_map(|clip| silent.get(clip).map(|file| (*file).clone())),
    })
}
