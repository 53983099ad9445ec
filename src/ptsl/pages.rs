//! Reads a list page by page, from servers that count right, count wrong, or know no pages.

use std::sync::Arc;

use super::client::{Client, Result as Answer, unreadable};
use super::error::PtslError;
use super::json::{self, BodyError};
use super::names;
use super::wire::{CommandId, PaginationRequest};

/// Entries asked for at a time, as every public client does.
pub const LIMIT: usize = 1000;
/// No session has more of anything; a server that claims it is not followed for ever.
const MOST: usize = 200_000;

/// One answer: its entries, and how many the server says there are in all.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub entries: Arc<Vec<T>>,
    pub total: Option<usize>,
}

/// Which part of the list is asked for. `whole` is for servers that know the old `page_limit` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub limit: usize,
    pub offset: usize,
    pub whole: bool,
}

impl Window {
    /// As the servers since 2024 want it.
    pub fn request(self) -> PaginationRequest {
        PaginationRequest {
            limit: number(self.limit),
            offset: number(self.offset),
        }
    }

    /// As the old ones want it; 0 leaves it to the server.
    pub fn page_limit(self) -> i32 {
        if self.whole { number(self.limit) } else { 0 }
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// A total as servers tell it; 0 stands for "not told" as well.
pub fn total(told: Option<i32>) -> Option<usize> {
    told.and_then(|total| usize::try_from(total).ok())
        .filter(|total| *total > 0)
}

/// The reading of one list: asks with [`Pager::next`], takes answers with [`Pager::take`]. A list
/// that is known to be incomplete is an error: somebody prints by it.
#[derive(Debug)]
pub struct Pager<T> {
    command: String,
    pages: Vec<Arc<Vec<T>>>,
    got: usize,
    next: Option<Window>,
}

impl<T: PartialEq> Pager<T> {
    pub fn new(command: &str) -> Self {
        Self {
            command: command.to_owned(),
            pages: Vec::new(),
            got: 0,
            next: Some(Window {
                limit: LIMIT,
                offset: 0,
                whole: false,
            }),
        }
    }

    /// What to ask for; `None` when the list is whole.
    pub fn next(&self) -> Option<Window> {
        self.next
    }

    /// All pages in order.
    pub fn into_pages(self) -> Vec<Arc<Vec<T>>> {
        self.pages
    }

    /// Takes the answer to what [`Pager::next`] said.
    pub fn take(&mut self, page: Page<T>) -> Result<(), PtslError> {
        let Some(window) = self.next.take() else {
            return Ok(());
        };
        if window.whole {
            if page.entries.len() < window.limit {
                return Err(self.incomplete(window.limit));
            }
            self.pages = vec![page.entries];
            return Ok(());
        }
        if page.entries.is_empty() {
            return Ok(());
        }
        let first = self.pages.first().and_then(|page| page.first());
        if first.is_some() && first == page.entries.first() {
            return self.offset_ignored(page.total);
        }
        self.got += page.entries.len();
        let is_last = match page.total {
            Some(total) => self.got >= total,
            None => page.entries.len() < LIMIT,
        };
        self.pages.push(page.entries);
        if !is_last && self.got > MOST {
            return Err(self.incomplete(page.total.unwrap_or(self.got)));
        }
        self.next = (!is_last).then_some(Window {
            limit: LIMIT,
            offset: self.got,
            whole: false,
        });
        Ok(())
    }

    /// What came first is all that pages can give; if that is not all, the old way is tried.
    fn offset_ignored(&mut self, total: Option<usize>) -> Result<(), PtslError> {
        match total {
            Some(total) if total > MOST => Err(self.incomplete(total)),
            Some(total) if total > self.got => {
                self.next = Some(Window {
                    limit: total,
                    offset: 0,
                    whole: true,
                });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn incomplete(&self, total: usize) -> PtslError {
        PtslError::Unreadable {
            command: self.command.clone(),
            reason: format!("it tells of {total} entries and gives {}", self.got),
        }
    }
}

impl Client {
    /// Reads a whole list: `request` makes the body for a part of it, `open` takes the entries and
    /// the total out of an answer.
    pub(super) async fn pages<A, T>(
        &self,
        command: CommandId,
        request: impl Fn(Window) -> Result<String, BodyError>,
        open: impl Fn(A) -> (Vec<T>, Option<i32>),
    ) -> Answer<Vec<T>>
    where
        A: prost::Message + Default,
        T: PartialEq + Clone,
    {
        let name = names::command_name(command);
        let mut pager = Pager::new(&name);
        while let Some(window) = pager.next() {
            let body = request(window).map_err(|error| unreadable(command, &error.to_string()))?;
            let text = self.call(command, &body, None).await?;
            let answer: A = json::read(&format!("{name}ResponseBody"), &text)
                .map_err(|error| unreadable(command, &error.to_string()))?;
            let (entries, told) = open(answer);
            pager.take(Page {
                entries: Arc::new(entries),
                total: total(told),
            })?;
        }
        let pages = pager.into_pages();
        Ok(pages
            .into_iter()
            .flat_map(|page| Arc::try_unwrap(page).unwrap_or_else(|page| page.to_vec()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a list of `count` numbers and counts the calls.
    fn read(
        count: usize,
        server: impl Fn(Window) -> (Vec<usize>, Option<usize>),
    ) -> (Result<usize, PtslError>, usize) {
        let mut calls = 0;
        let mut pager = Pager::new("GetTrackList");
        while let Some(window) = pager.next() {
            calls += 1;
            assert!(calls < 500, "endless");
            let (entries, total) = server(window);
            let page = Page {
                entries: Arc::new(entries),
                total,
            };
            if let Err(error) = pager.take(page) {
                return (Err(error), calls);
            }
        }
        let all: Vec<usize> = pager.into_pages().iter().flat_map(|p| p.to_vec()).collect();
        assert_eq!(all, (0..all.len()).collect::<Vec<_>>());
        assert!(all.len() <= count);
        (Ok(all.len()), calls)
    }

    fn window(count: usize, window: Window) -> Vec<usize> {
        (0..count).skip(window.offset).take(window.limit).collect()
    }

    #[test]
    fn whole_lists_come_with_the_fewest_calls() {
        for (count, calls) in [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (10_000, 10)] {
            let told = read(count, |w| {
                (window(count, w), Some(count).filter(|c| *c > 0))
            });
            assert_eq!(told, (Ok(count), calls));
        }
    }

    #[test]
    fn without_a_total_a_short_page_is_the_last() {
        assert_eq!(read(2500, |w| (window(2500, w), None)), (Ok(2500), 3));
    }

    #[test]
    fn a_server_that_ignores_the_offset_is_not_asked_for_ever() {
        let all = |_| ((0..5000).collect(), None);
        assert_eq!(read(5000, all), (Ok(5000), 2));
        let old = |w: Window| ((0..if w.whole { 3000 } else { 1000 }).collect(), Some(3000));
        assert_eq!(read(3000, old), (Ok(3000), 3));
        let broken = |_| ((0..1000).collect(), Some(3000));
        assert!(read(3000, broken).0.is_err());
    }

    #[test]
    fn totals_that_lie_end_somewhere() {
        let short = |w: Window| (window(10, w), Some(50));
        assert_eq!(read(10, short), (Ok(10), 2));
        let endless = |w: Window| ((w.offset..w.offset + 1000).collect(), Some(usize::MAX));
        assert!(read(usize::MAX, endless).0.is_err());
    }
}
