//! The track list, read so that an unchanged list of thousands costs a hash and no parsing.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::client::{Client, Result};
use super::pages::{self, Page, Pager, Window};
use super::wire::{
    CommandId, GetTrackListRequestBody, GetTrackListResponseBody, TrackListFilter,
    TrackListInvertibleFilter,
};
use super::{convert, json};
use crate::model::track::TrackFlag;
use crate::model::{Track, TrackId};

/// What the last reading gave, page by page.
#[derive(Debug, Default)]
pub struct TrackCache {
    pages: Vec<(u64, Page<Track>)>,
    current: Vec<Arc<Vec<Track>>>,
}

impl TrackCache {
    /// All tracks of the last reading, to be shared.
    pub fn tracks(&self) -> Arc<Vec<Track>> {
        Arc::new(self.iter().cloned().collect())
    }

    /// All tracks of the last reading, without a copy.
    pub fn iter(&self) -> impl Iterator<Item = &Track> {
        self.current.iter().flat_map(|page| page.iter())
    }

    /// Sets what an event tells; `false` when there is no such track or it is so already.
    pub fn set(&mut self, id: &TrackId, flag: TrackFlag, on: bool) -> bool {
        for page in &mut self.current {
            if let Some(at) = page.iter().position(|track| track.id == *id) {
                let is_news = page.get(at).is_some_and(|track| track.flag(flag) != on);
                if is_news && let Some(track) = Arc::make_mut(page).get_mut(at) {
                    track.set_flag(flag, on);
                }
                return is_news;
            }
        }
        false
    }

    /// Takes a page's text, parsing it only when it is new.
    fn take(&mut self, index: usize, body: &str) -> Result<Page<Track>> {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let hash = hasher.finish();
        if let Some((known, page)) = self.pages.get(index)
            && *known == hash
        {
            return Ok(page.clone());
        }
        let mut page = parse(body)?;
        // Equal tracks keep their allocation, so that a changed selection is no change of ours.
        if let Some((_, old)) = self.pages.get(index)
            && old.entries == page.entries
        {
            page.entries = Arc::clone(&old.entries);
        }
        self.pages.truncate(index);
        self.pages.push((hash, page.clone()));
        Ok(page)
    }
}

fn parse(body: &str) -> Result<Page<Track>> {
    let answer: GetTrackListResponseBody = json::read("GetTrackListResponseBody", body)
        .map_err(|error| super::client::unreadable(CommandId::GetTrackList, &error.to_string()))?;
    let told = answer
        .pagination_response
        .map(|stats| stats.total)
        .or(answer.stats.map(|stats| stats.total));
    Ok(Page {
        entries: Arc::new(answer.track_list.into_iter().map(convert::track).collect()),
        total: pages::total(told),
    })
}

fn request(window: Window) -> GetTrackListRequestBody {
    GetTrackListRequestBody {
        page_limit: window.page_limit(),
        track_filter_list: vec![TrackListInvertibleFilter {
            filter: TrackListFilter::All as i32,
            is_inverted: false,
        }],
        is_filter_list_additive: false,
        pagination_request: Some(window.request()),
    }
}

impl Client {
    /// Reads the track list into the cache; `true` when something in it is new.
    pub async fn refresh_tracks(&self, cache: &mut TrackCache) -> Result<bool> {
        let mut pager = Pager::new("GetTrackList");
        let mut index = 0;
        while let Some(window) = pager.next() {
            let body = self
                .ask_text(
                    CommandId::GetTrackList,
                    "GetTrackListRequestBody",
                    &request(window),
                )
                .await?;
            pager.take(cache.take(index, &body)?)?;
            index += 1;
        }
        let current = pager.into_pages();
        let is_same = current.len() == cache.current.len()
            && current
                .iter()
                .zip(&cache.current)
                .all(|(a, b)| Arc::ptr_eq(a, b) || a == b);
        cache.current = current;
        Ok(!is_same)
    }
}
