//! Reads a list page by page, from servers that count right, count wrong, or know no pages.

use std::sync::Arc;

use super::error::PtslError;

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

/// All pages in order. A list that is known to be incomplete is an error: somebody prints by it.
pub async fn all<T, F>(command: &str, mut fetch: F) -> Result<Vec<Arc<Vec<T>>>, PtslError>
where
    T: PartialEq,
    F: AsyncFnMut(Window) -> Result<Page<T>, PtslError>,
{
    let incomplete = |total: usize, got: usize| PtslError::Unreadable {
        command: command.to_owned(),
        reason: format!("it tells of {total} entries and gives {got}"),
    };
    let mut pages: Vec<Arc<Vec<T>>> = Vec::new();
    let mut got = 0;
    loop {
        let window = Window {
            limit: LIMIT,
            offset: got,
            whole: false,
        };
        let page = fetch(window).await?;
        if page.entries.is_empty() {
            return Ok(pages);
        }
        let is_repeated = pages
            .first()
            .is_some_and(|first| first.first() == page.entries.first());
        if is_repeated {
            // The offset is not understood: what came first is all that pages can give.
            let Some(total) = page.total.filter(|total| *total > got) else {
                return Ok(pages);
            };
            if total > MOST {
                return Err(incomplete(total, got));
            }
            let window = Window {
                limit: total,
                offset: 0,
                whole: true,
            };
            let page = fetch(window).await?;
            return if page.entries.len() >= total {
                Ok(vec![page.entries])
            } else {
                Err(incomplete(total, got))
            };
        }
        got += page.entries.len();
        let is_last = match page.total {
            Some(total) => got >= total,
            None => page.entries.len() < LIMIT,
        };
        pages.push(page.entries);
        if is_last {
            return Ok(pages);
        }
        if got > MOST {
            return Err(incomplete(page.total.unwrap_or(got), got));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `all` against a list of `count` numbers and counts the calls.
    async fn read(
        count: usize,
        server: impl Fn(Window) -> (Vec<usize>, Option<usize>),
    ) -> (Result<usize, PtslError>, usize) {
        let mut calls = 0;
        let outcome = all("GetTrackList", async |window| {
            calls += 1;
            assert!(calls < 500, "endless");
            let (entries, total) = server(window);
            Ok(Page {
                entries: Arc::new(entries),
                total,
            })
        })
        .await;
        let outcome = outcome.map(|pages| {
            let all: Vec<usize> = pages.iter().flat_map(|page| page.iter().copied()).collect();
            assert_eq!(all, (0..all.len()).collect::<Vec<_>>());
            assert!(all.len() <= count);
            all.len()
        });
        (outcome, calls)
    }

    fn window(count: usize, window: Window) -> Vec<usize> {
        (0..count).skip(window.offset).take(window.limit).collect()
    }

    #[tokio::test]
    async fn whole_lists_come_with_the_fewest_calls() {
        for (count, calls) in [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (10_000, 10)] {
            let told = read(count, |w| {
                (window(count, w), Some(count).filter(|c| *c > 0))
            })
            .await;
            assert_eq!(told, (Ok(count), calls));
        }
    }

    #[tokio::test]
    async fn without_a_total_a_short_page_is_the_last() {
        assert_eq!(read(2500, |w| (window(2500, w), None)).await, (Ok(2500), 3));
    }

    #[tokio::test]
    async fn a_server_that_ignores_the_offset_is_not_asked_for_ever() {
        let all = |_| ((0..5000).collect(), None);
        assert_eq!(read(5000, all).await, (Ok(5000), 2));
        let old = |w: Window| ((0..if w.whole { 3000 } else { 1000 }).collect(), Some(3000));
        assert_eq!(read(3000, old).await, (Ok(3000), 3));
        let broken = |_| ((0..1000).collect(), Some(3000));
        assert!(read(3000, broken).await.0.is_err());
    }

    #[tokio::test]
    async fn totals_that_lie_end_somewhere() {
        let short = |w: Window| (window(10, w), Some(50));
        assert_eq!(read(10, short).await, (Ok(10), 2));
        let endless = |w: Window| ((w.offset..w.offset + 1000).collect(), Some(usize::MAX));
        assert!(read(usize::MAX, endless).await.0.is_err());
    }
}
