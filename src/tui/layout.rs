//! Where everything stands: a pure function of size, focus and zoom.

use ratatui::layout::{Rect, Size};

use crate::app::state::Pane;

/// A part of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaneId {
    /// The terminal is too small for anything else.
    TooSmall,
    /// Connection.
    Header,
    /// Session.
    Facts,
    Tabs,
    Pane(Pane),
    /// Details of the row under the cursor, on wide screens.
    Inspector,
    /// The running job in one line.
    JobStrip,
    /// The transport in one line.
    TransportStrip,
    Message,
    Footer,
}

/// Below this nothing but a message is shown.
pub const SMALLEST: Size = Size {
    width: 60,
    height: 16,
};

/// Places the parts. They never overlap and never leave the screen.
pub fn layout(size: Size, focus: Pane, zoom: bool) -> Vec<(PaneId, Rect)> {
    let screen = Rect::new(0, 0, size.width, size.height);
    if size.width < SMALLEST.width || size.height < SMALLEST.height {
        return vec![(PaneId::TooSmall, screen)];
    }
    let mut rest = screen;
    let mut parts = vec![
        (PaneId::Header, top(&mut rest, 1)),
        (PaneId::Facts, top(&mut rest, 1)),
        (PaneId::Footer, bottom(&mut rest, 1)),
        (PaneId::Message, bottom(&mut rest, 1)),
    ];
    if size.width < 100 || size.height < 30 {
        parts.push((PaneId::Tabs, top(&mut rest, 1)));
        parts.push((PaneId::TransportStrip, bottom(&mut rest, 1)));
        parts.push((PaneId::JobStrip, bottom(&mut rest, 1)));
        parts.push((PaneId::Pane(focus), rest));
        return parts;
    }
    if focus != Pane::Transport || !zoom {
        let transport = bottom(&mut rest, 5);
        parts.push((PaneId::Pane(Pane::Transport), transport));
    }
    if zoom {
        parts.push((PaneId::Pane(focus), rest));
    } else if size.width >= 160 && size.height >= 50 {
        three_columns(rest, focus, &mut parts);
    } else {
        two_columns(rest, focus, &mut parts);
    }
    parts
}

fn two_columns(mut rest: Rect, focus: Pane, parts: &mut Vec<(PaneId, Rect)>) {
    let log_height = if rest.height >= 28 { 6 } else { 4 };
    let (lowest, height) = match focus {
        Pane::Timeline => (Pane::Timeline, 9),
        _ => (Pane::Log, log_height),
    };
    parts.push((PaneId::Pane(lowest), bottom(&mut rest, height)));
    let width = rest.width * 3 / 5;
    let main = left(&mut rest, width);
    parts.push((PaneId::Pane(tracks_or_matrix(focus)), main));
    let upper = match focus {
        Pane::Files | Pane::Link => focus,
        _ => Pane::Stems,
    };
    let height = match focus {
        Pane::Jobs => rest.height / 3,
        _ => rest.height / 2,
    };
    parts.push((PaneId::Pane(upper), top(&mut rest, height)));
    parts.push((PaneId::Pane(Pane::Jobs), rest));
}

/// The matrix takes the place of the tracks while it has the focus.
fn tracks_or_matrix(focus: Pane) -> Pane {
    match focus {
        Pane::Matrix => Pane::Matrix,
        _ => Pane::Tracks,
    }
}

fn three_columns(mut rest: Rect, focus: Pane, parts: &mut Vec<(PaneId, Rect)>) {
    let height = if rest.height >= 50 { 9 } else { 8 };
    parts.push((PaneId::Pane(Pane::Timeline), bottom(&mut rest, height)));
    let width = rest.width;
    let main = left(&mut rest, width * 42 / 100);
    parts.push((PaneId::Pane(tracks_or_matrix(focus)), main));
    let mut middle = left(&mut rest, width * 30 / 100);
    let height = (middle.height / 3).max(8);
    parts.push((PaneId::Pane(Pane::Stems), top(&mut middle, height)));
    parts.push((PaneId::Pane(Pane::Jobs), middle));
    let details = match focus {
        Pane::Link => PaneId::Pane(Pane::Link),
        _ => PaneId::Inspector,
    };
    let height = (rest.height * 2 / 5).clamp(13, 18);
    parts.push((details, top(&mut rest, height)));
    let height = rest.height / 2;
    parts.push((PaneId::Pane(Pane::Files), top(&mut rest, height)));
    parts.push((PaneId::Pane(Pane::Log), rest));
}

fn top(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    let part = Rect { height, ..*rest };
    rest.y += height;
    rest.height -= height;
    part
}

fn bottom(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    rest.height -= height;
    Rect {
        y: rest.y + rest.height,
        height,
        ..*rest
    }
}

fn left(rest: &mut Rect, width: u16) -> Rect {
    let width = width.min(rest.width);
    let part = Rect { width, ..*rest };
    rest.x += width;
    rest.width -= width;
    part
}

/// A centred area of at most the given size.
pub fn centered(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    Rect::new(
        screen.x + (screen.width - width) / 2,
        screen.y + (screen.height - height) / 2,
        width,
        height,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panes(width: u16, height: u16, focus: Pane, zoom: bool) -> Vec<Pane> {
        layout(Size { width, height }, focus, zoom)
            .into_iter()
            .filter_map(|(id, _)| match id {
                PaneId::Pane(pane) => Some(pane),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn breakpoints() {
        assert_eq!(panes(59, 16, Pane::Jobs, false), []);
        assert_eq!(panes(60, 15, Pane::Jobs, false), []);
        assert_eq!(panes(60, 16, Pane::Jobs, false), [Pane::Jobs]);
        assert_eq!(panes(99, 60, Pane::Log, false), [Pane::Log]);
        assert_eq!(panes(200, 29, Pane::Log, false), [Pane::Log]);
        assert_eq!(panes(100, 30, Pane::Tracks, false).len(), 5);
        assert!(!panes(120, 40, Pane::Tracks, false).contains(&Pane::Files));
        assert!(panes(120, 40, Pane::Files, false).contains(&Pane::Files));
        assert_eq!(panes(160, 50, Pane::Tracks, false).len(), 7);
        assert!(panes(160, 50, Pane::Link, false).contains(&Pane::Link));
        assert!(!panes(120, 40, Pane::Matrix, false).contains(&Pane::Tracks));
        assert_eq!(
            panes(160, 50, Pane::Jobs, true),
            [Pane::Transport, Pane::Jobs]
        );
        assert_eq!(panes(160, 50, Pane::Transport, true), [Pane::Transport]);
    }

    #[test]
    fn parts_fill_the_screen_without_overlap_at_every_size() {
        for width in (0..=220).step_by(3) {
            for height in 0..=70 {
                for focus in Pane::ALL {
                    for zoom in [false, true] {
                        check(Size { width, height }, focus, zoom);
                    }
                }
            }
        }
    }

    fn check(size: Size, focus: Pane, zoom: bool) {
        let parts = layout(size, focus, zoom);
        let covered: u32 = parts.iter().map(|(_, area)| area.area()).sum();
        let screen = Rect::new(0, 0, size.width, size.height);
        assert_eq!(covered, screen.area(), "{size:?} {focus:?} {zoom}");
        for (index, (_, a)) in parts.iter().enumerate() {
            assert_eq!(a.intersection(screen), *a, "{size:?}");
            for (_, b) in parts.iter().skip(index + 1) {
                assert!(!a.intersects(*b), "{size:?} {a:?} {b:?}");
            }
        }
        if screen.width >= 60 && screen.height >= 16 {
            let shown = parts.iter().any(|(id, _)| *id == PaneId::Pane(focus));
            assert!(shown, "{size:?} {focus:?}");
        }
    }
}
