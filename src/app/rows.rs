//! Which rows each pane shows, after its filter and in its order. Views and the cursor agree through
//! this. What a filter or an order has made of a long list is kept until the list changes.

use std::borrow::Cow;
use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_segmentation::UnicodeSegmentation;

use crate::action::{LogLevel, SortKey};
use crate::app::state::{Listing, LogLine, Pane, Severity, Sort, State};
use crate::model::{Job, JobState};

/// A fuzzy filter.
pub struct Filter {
    pattern: Pattern,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Filter {
    /// `None` for a blank text, which lets everything through.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self {
            pattern: Pattern::parse(text, CaseMatching::Smart, Normalization::Smart),
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
        })
    }

    /// How well the text matches, `None` when not at all.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        let text = Utf32Str::new(text, &mut self.buffer);
        self.pattern.score(text, &mut self.matcher)
    }
}

/// A part of a text, and whether the filter found it there.
pub type Part<'t> = (&'t str, bool);

impl Filter {
    /// The text in parts: what was found, and what stands between. One part where nothing was.
    pub fn parts<'t>(&mut self, text: &'t str) -> Vec<Part<'t>> {
        let mut places = Vec::new();
        let haystack = Utf32Str::new(text, &mut self.buffer);
        let by_chars = haystack.len() == text.chars().count();
        self.pattern
            .indices(haystack, &mut self.matcher, &mut places);
        places.sort_unstable();
        let mut parts: Vec<Part<'t>> = Vec::new();
        let (mut start, mut before, mut index) = (0, None, 0_u32);
        for (at, grapheme) in text.grapheme_indices(true) {
            // A letter and its accents are not torn apart.
            let length = match by_chars {
                true => u32::try_from(grapheme.chars().count()).unwrap_or(u32::MAX),
                false => 1,
            };
            let next = index.saturating_add(length);
            let found = places.iter().any(|place| (index..next).contains(place));
            index = next;
            if before.is_some_and(|before| before != found) {
                parts.extend(text.get(start..at).map(|part| (part, !found)));
                start = at;
            }
            before = Some(found);
        }
        let rest = text.get(start..).filter(|rest| !rest.is_empty());
        parts.extend(rest.map(|rest| (rest, before == Some(true))));
        parts
    }
}

/// The orders that a pane's list can have; the first is the one it starts with.
pub fn sort_keys(pane: Pane) -> &'static [SortKey] {
    use SortKey::{Name, Number, Order, Size, State, Stem, Time, Type};
    match pane {
        Pane::Tracks | Pane::Matrix => &[Order, Name, Type, Stem],
        Pane::Stems => &[Order, Name],
        Pane::Jobs => &[Order, Number, State, Name],
        Pane::Files => &[Name, Size, Time],
        Pane::Log => &[Time],
        Pane::Transport | Pane::Timeline => &[Time, Name],
        Pane::Link => &[Order],
    }
}

impl State {
    /// The filter text of a pane, empty without one.
    pub fn filter_text(&self, pane: Pane) -> &str {
        self.ui
            .filters
            .get(&pane.list())
            .map_or("", |field| &field.text)
    }

    /// The order of a pane; `None` for the one it starts with.
    pub fn sort(&self, pane: Pane) -> Option<Sort> {
        self.ui.sorts.get(&pane.list()).copied()
    }

    /// The cursor's row in a pane.
    pub fn cursor(&self, pane: Pane) -> usize {
        self.ui
            .cursors
            .get(&pane.list())
            .map_or(0, |cursor| cursor.row)
    }

    /// What a pane shows, in order, as indices: tracks of the session, files of the plan (stems,
    /// then the mix), jobs of the queue, entries of the folder, lines of the log, markers.
    pub fn shown(&self, pane: Pane) -> Cow<'_, [usize]> {
        let pane = pane.list();
        if pane == Pane::Tracks {
            return Cow::Owned(self.rows.iter().map(|row| row.track).collect());
        }
        if self.is_plain(pane) {
            return Cow::Owned((0..self.source_len(pane)).collect());
        }
        match self.listings.get(&pane) {
            Some(listing) if self.is_current(pane, listing) => Cow::Borrowed(&listing.rows),
            _ => Cow::Owned(self.listed(pane)),
        }
    }

    /// Number of rows that a pane shows.
    pub fn row_count(&self, pane: Pane) -> usize {
        let pane = pane.list();
        if pane == Pane::Tracks {
            self.rows.len()
        } else if self.is_plain(pane) {
            self.source_len(pane)
        } else {
            self.shown(pane).len()
        }
    }

    /// What the cursor of a pane stands on, as an index into what the pane lists.
    pub fn index_under_cursor(&self, pane: Pane) -> Option<usize> {
        let pane = pane.list();
        let row = self.cursor(pane);
        if pane == Pane::Tracks {
            self.rows.get(row).map(|row| row.track)
        } else if self.is_plain(pane) {
            (row < self.source_len(pane)).then_some(row)
        } else {
            self.shown(pane).get(row).copied()
        }
    }

    /// Makes what is kept of a pane's list anew.
    pub fn relist(&mut self, pane: Pane) {
        if pane == Pane::Tracks || self.is_plain(pane) {
            self.listings.remove(&pane);
            return;
        }
        let listing = Listing {
            filter: self.filter_text(pane).to_owned(),
            sort: self.sort(pane),
            level: self.ui.log_level,
            of: self.source_len(pane),
            rows: self.listed(pane),
        };
        self.listings.insert(pane, listing);
    }

    /// Follows a line that was added to the log, after `dropped` old ones went.
    pub fn relist_log(&mut self, dropped: usize) {
        let (pane, of) = (Pane::Log, self.log.len());
        let newest = self.log.back();
        let is_bad_enough = newest.is_some_and(|line| is_shown(line, self.ui.log_level));
        let text = newest.filter(|_| is_bad_enough).map(log_text);
        let Some(listing) = self.listings.get_mut(&pane) else {
            return;
        };
        if dropped > 0 {
            listing.rows.retain(|row| *row >= dropped);
            listing.rows.iter_mut().for_each(|row| *row -= dropped);
        }
        let mut filter = Filter::new(&listing.filter);
        let fits = |text: String| {
            filter
                .as_mut()
                .is_none_or(|filter| filter.score(&text).is_some())
        };
        if text.is_some_and(fits) {
            let last = of.saturating_sub(1);
            let is_reversed = listing.sort.is_some_and(|sort| sort.reversed);
            let at = if is_reversed { 0 } else { listing.rows.len() };
            listing.rows.insert(at, last);
        }
        listing.of = of;
    }

    /// Neither filtered nor sorted.
    fn is_plain(&self, pane: Pane) -> bool {
        let has_level = pane == Pane::Log && self.ui.log_level != LogLevel::All;
        self.filter_text(pane).trim().is_empty() && self.sort(pane).is_none() && !has_level
    }

    fn is_current(&self, pane: Pane, listing: &Listing) -> bool {
        listing.of == self.source_len(pane)
            && listing.sort == self.sort(pane)
            && listing.level == self.ui.log_level
            && listing.filter == self.filter_text(pane)
    }

    fn source_len(&self, pane: Pane) -> usize {
        match pane {
            Pane::Tracks | Pane::Matrix => self.tracks().len(),
            Pane::Stems => match &self.plan {
                Some(Ok(plan)) => plan.files().count(),
                _ => 0,
            },
            Pane::Jobs => self.jobs.jobs().len(),
            Pane::Files => self.files.entries.len(),
            Pane::Log => self.log.len(),
            Pane::Transport | Pane::Timeline => {
                self.session.as_ref().map_or(0, |s| s.markers.len())
            }
            Pane::Link => 0,
        }
    }

    fn listed(&self, pane: Pane) -> Vec<usize> {
        let mut rows = match pane {
            Pane::Tracks | Pane::Matrix => self.rows.iter().map(|row| row.track).collect(),
            Pane::Link => Vec::new(),
            Pane::Stems => match &self.plan {
                Some(Ok(plan)) => {
                    let texts = plan.files().map(|s| format!("{} {}", s.name, s.file));
                    self.matching(pane, texts)
                }
                _ => Vec::new(),
            },
            Pane::Jobs => self.matching(pane, self.jobs.jobs().iter().map(job_text)),
            Pane::Files => self.matching(pane, self.files.entries.iter().map(|e| e.name.clone())),
            Pane::Log => {
                let mut rows = self.matching(pane, self.log.iter().map(log_text));
                let level = self.ui.log_level;
                rows.retain(|at| self.log.get(*at).is_some_and(|line| is_shown(line, level)));
                rows
            }
            Pane::Transport | Pane::Timeline => {
                let markers = self.session.iter().flat_map(|session| &session.markers);
                self.matching(pane, markers.map(|marker| marker.name.clone()))
            }
        };
        if let Some(sort) = self.sort(pane) {
            self.order(pane, sort, &mut rows);
        }
        rows
    }

    fn matching(&self, pane: Pane, texts: impl Iterator<Item = String>) -> Vec<usize> {
        let mut filter = Filter::new(self.filter_text(pane));
        texts
            .enumerate()
            .filter(|(_, text)| filter.as_mut().is_none_or(|f| f.score(text).is_some()))
            .map(|(index, _)| index)
            .collect()
    }

    /// Brings indices of what a pane lists into an order; equals keep theirs.
    pub fn order(&self, pane: Pane, sort: Sort, rows: &mut [usize]) {
        let small = |name: Option<&String>| name.map(|name| name.to_lowercase());
        match (pane, sort.key) {
            (Pane::Tracks, key) => self.order_tracks(key, rows),
            (Pane::Stems, SortKey::Name) => {
                let Some(Ok(plan)) = &self.plan else { return };
                let stems: Vec<_> = plan.files().collect();
                rows.sort_by_cached_key(|at| small(stems.get(*at).map(|stem| &stem.name)));
            }
            (Pane::Jobs, key) => {
                let jobs = self.jobs.jobs();
                match key {
                    SortKey::Name => {
                        rows.sort_by_cached_key(|at| small(jobs.get(*at).map(|job| &job.title)));
                    }
                    SortKey::State => rows.sort_by_key(|at| jobs.get(*at).map(urgency)),
                    SortKey::Number => rows.sort_by_key(|at| jobs.get(*at).map(|job| job.id)),
                    _ => rows.sort_unstable(),
                }
            }
            // The largest and the newest first.
            (Pane::Files, SortKey::Size) => {
                rows.sort_by_key(|at| Reverse(self.files.entries.get(*at).map(|f| f.bytes)));
            }
            (Pane::Files, SortKey::Time) => {
                let time = |at: &usize| self.files.entries.get(*at).and_then(|f| f.modified_ms);
                rows.sort_by_key(|at| Reverse(time(at)));
            }
            (Pane::Transport, SortKey::Name) => {
                let Some(session) = &self.session else { return };
                let markers = &session.markers;
                rows.sort_by_cached_key(|at| small(markers.get(*at).map(|marker| &marker.name)));
            }
            _ => rows.sort_unstable(),
        }
        if sort.reversed {
            rows.reverse();
        }
    }

    fn order_tracks(&self, key: SortKey, rows: &mut [usize]) {
        let tracks = self.tracks();
        match key {
            SortKey::Name => {
                rows.sort_by_cached_key(|at| tracks.get(*at).map(|t| t.name.to_lowercase()));
            }
            SortKey::Type => rows.sort_by_key(|at| tracks.get(*at).map(|t| t.kind.code())),
            SortKey::Stem => rows.sort_by_cached_key(|at| {
                let id = tracks.get(*at).map(|track| &track.id);
                let stem = id.and_then(|id| self.stem_of.get(id)?.first());
                // Tracks in no stem come last.
                (stem.is_none(), stem)
            }),
            _ => rows.sort_unstable(),
        }
    }
}

/// What needs somebody first, then what goes on, then what is over.
fn urgency(job: &Job) -> u8 {
    match job.state {
        JobState::Running | JobState::Verifying => 0,
        JobState::Failed | JobState::Interrupted => 1,
        JobState::Paused => 2,
        JobState::Queued => 3,
        JobState::Cancelled => 4,
        JobState::Done => 5,
    }
}

fn job_text(job: &Job) -> String {
    format!("{} {} {}", job.id, job.title, job.state.word())
}

fn is_shown(line: &LogLine, level: LogLevel) -> bool {
    line.severity
        >= match level {
            LogLevel::All => Severity::Info,
            LogLevel::Warnings => Severity::Warning,
            LogLevel::Errors => Severity::Error,
        }
}

fn log_text(line: &LogLine) -> String {
    format!("{} {}", line.source, line.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_filter_found_is_told_in_parts() {
        for (filter, text, wanted) in [
            ("ki", "Kick", vec![("Ki", true), ("ck", false)]),
            ("kk", "Kick", vec![("K", true), ("ic", false), ("k", true)]),
            ("vox", "Lead Vox", vec![("Lead ", false), ("Vox", true)]),
            ("x", "Kick", vec![("Kick", false)]),
            ("k", "", vec![]),
            (
                "本",
                "日本語",
                vec![("日", false), ("本", true), ("語", false)],
            ),
        ] {
            let mut filter = Filter::new(filter).unwrap();
            assert_eq!(filter.parts(text), wanted);
        }
        let text = "Ke\u{301}\u{301}ck";
        let mut filter = Filter::new("ck").unwrap();
        let whole: String = filter.parts(text).iter().map(|(part, _)| *part).collect();
        assert_eq!(whole, text, "nothing is lost or torn");
    }
}
