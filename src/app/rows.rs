//! Which rows each pane shows, after its filter. Views and the cursor agree through this.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::state::{Pane, State};

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

impl State {
    /// The filter text of a pane, empty without one.
    pub fn filter_text(&self, pane: Pane) -> &str {
        self.ui.filters.get(&pane).map_or("", |field| &field.text)
    }

    /// The cursor's row in a pane.
    pub fn cursor(&self, pane: Pane) -> usize {
        self.ui.cursors.get(&pane).map_or(0, |cursor| cursor.row)
    }

    /// What a pane shows, in order, as indices: tracks of the session, files of the plan (stems,
    /// then the mix), jobs of the queue, entries of the folder, lines of the log, markers.
    pub fn shown(&self, pane: Pane) -> Vec<usize> {
        match pane {
            Pane::Tracks => self.rows.iter().map(|row| row.track).collect(),
            Pane::Stems => match &self.plan {
                Some(Ok(plan)) => self.matching(pane, plan.files().map(|stem| stem.name.as_str())),
                _ => Vec::new(),
            },
            Pane::Jobs => {
                self.matching(pane, self.jobs.jobs().iter().map(|job| job.title.as_str()))
            }
            Pane::Files => self.matching(pane, self.files.entries.iter().map(|e| e.name.as_str())),
            Pane::Log => self.matching(pane, self.log.iter().map(|line| line.text.as_str())),
            Pane::Transport => match &self.session {
                Some(session) => {
                    self.matching(pane, session.markers.iter().map(|m| m.name.as_str()))
                }
                None => Vec::new(),
            },
        }
    }

    /// Number of rows that a pane shows.
    pub fn row_count(&self, pane: Pane) -> usize {
        if pane == Pane::Tracks {
            return self.rows.len();
        }
        self.shown(pane).len()
    }

    fn matching<'a>(&self, pane: Pane, texts: impl Iterator<Item = &'a str>) -> Vec<usize> {
        let mut filter = Filter::new(self.filter_text(pane));
        texts
            .enumerate()
            .filter(|(_, text)| filter.as_mut().is_none_or(|f| f.score(text).is_some()))
            .map(|(index, _)| index)
            .collect()
    }
}
