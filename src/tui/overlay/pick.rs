//! Lists to pick from: markers to go to or to select between, snapshots to recall.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{input, list, open_box};
use crate::app::rows::Filter;
use crate::app::state::{Pick, PickOf};
use crate::app::update::snapshots::facts;
use crate::config::theme::Role;
use crate::model::text::{fit, width};
use crate::tui::view::{Memory, Scene};
use crate::tui::widgets::paint::{line, piece, text};

/// Column of the names, behind the place.
const NAMES: u16 = 16;

pub fn draw(scene: &Scene, buf: &mut Buffer, pick: &Pick, memory: &mut Memory) -> Option<Position> {
    let rows = scene.state.picks(pick);
    let height = u16::try_from(rows.len() + 5).unwrap_or(u16::MAX).min(22);
    let (title, hint) = words(scene, pick);
    let inside = open_box(scene, buf, &title, height, memory);
    let cursor = input(scene, buf, inside, "/", &pick.input);
    let below = Rect {
        y: inside.y + inside.height.min(1),
        height: inside.height.saturating_sub(2),
        ..inside
    };
    if rows.is_empty() {
        text(buf, below, 2, 0, "Nothing fits.", scene.style(Role::Dim));
    }
    let mut filter = Filter::new(&pick.input.text);
    list(
        scene,
        buf,
        below,
        pick.row,
        rows.len(),
        memory,
        |buf, at, index| {
            if let Some(index) = rows.get(index) {
                row(scene, buf, at, pick, *index, filter.as_mut());
            }
        },
    );
    if let Some(last) = inside.height.checked_sub(1).filter(|last| *last > 0) {
        let (key, dim) = (scene.style(Role::Accent), scene.style(Role::Dim));
        let pieces: Vec<_> = hint
            .iter()
            .flat_map(|(name, does)| [piece(*name, key), piece(format!(" {does}   "), dim)])
            .collect();
        line(buf, inside, 1, last, &pieces);
    }
    cursor
}

type Hint = [(&'static str, &'static str); 3];

fn words(scene: &Scene, pick: &Pick) -> (String, Hint) {
    let name = |at: usize| {
        let marker = scene.state.markers().get(at);
        marker.map_or_else(String::new, |marker| fit(&marker.name, 30))
    };
    let out = ("Esc", "back");
    match &pick.of {
        PickOf::Markers { from: None } => (
            "Markers".to_owned(),
            [("Enter", "go there"), ("Tab", "select from here"), out],
        ),
        PickOf::Markers { from: Some(from) } => (
            format!("Select from {} to", name(*from)),
            [("Enter", "select to here"), ("Tab", "from here"), out],
        ),
        PickOf::Range { from: None, .. } => (
            "Print from".to_owned(),
            [("Enter", "from here"), ("↑ ↓", "choose"), out],
        ),
        PickOf::Range {
            from: Some(from), ..
        } => (
            format!("Print from {} to", name(*from)),
            [("Enter", "to here"), ("↑ ↓", "choose"), out],
        ),
        PickOf::Snapshots => (
            "Snapshots of solo and mute".to_owned(),
            [("Enter", "recall"), (":snapshot-print", "prints one"), out],
        ),
    }
}

fn row(
    scene: &Scene,
    buf: &mut Buffer,
    at: Rect,
    pick: &Pick,
    index: usize,
    filter: Option<&mut Filter>,
) {
    let (plain, dim) = (scene.style(Role::Text), scene.style(Role::Dim));
    match &pick.of {
        PickOf::Snapshots => {
            let Some(snapshot) = scene.state.known_snapshots().get(index) else {
                return;
            };
            let name = scene.found(filter, &fit(&snapshot.name, 30), plain);
            let end = line(buf, at, 2, 0, &name);
            line(
                buf,
                at,
                (end + 2).max(30),
                0,
                &[piece(facts(snapshot), dim)],
            );
        }
        PickOf::Markers { from } | PickOf::Range { from, .. } => {
            let (Some(marker), Some(session)) =
                (scene.state.markers().get(index), &scene.state.session)
            else {
                return;
            };
            let place = session.info.ruler.timecode_at(marker.start).to_string();
            let role = if *from == Some(index) {
                Role::Accent
            } else {
                Role::Dim
            };
            text(buf, at, 2, 0, &place, scene.style(role));
            let room = usize::from(at.width.saturating_sub(NAMES + 1));
            let name = fit(&marker.name, room);
            let end = NAMES + u16::try_from(width(&name)).unwrap_or(0);
            line(buf, at, NAMES, 0, &scene.found(filter, &name, plain));
            if *from == Some(index) {
                text(buf, at, end + 2, 0, "◄ from", scene.style(Role::Accent));
            }
        }
    }
}
