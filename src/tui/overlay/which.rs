//! What can follow the keys typed so far, in the corner above the footer; opened when they have
//! waited a moment.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::model::text::width;
use crate::tui::view::Scene;
use crate::tui::widgets::frame::{Frame, frame};
use crate::tui::widgets::paint::{self, line, piece};

pub fn draw(scene: &Scene, buf: &mut Buffer) {
    let following = scene.state.following();
    let columns = |text: &str| u16::try_from(width(text)).unwrap_or(u16::MAX);
    let keys = following.iter().map(|(keys, _)| columns(keys)).max();
    let words = following.iter().map(|(_, b)| columns(&b.description)).max();
    let (Some(keys), Some(words)) = (keys, words) else {
        return;
    };
    // The message line and the footer stay in view.
    let room = buf.area.height.saturating_sub(2);
    let height = u16::try_from(following.len() + 2).unwrap_or(room).min(room);
    let wide = keys
        .saturating_add(words)
        .saturating_add(6)
        .min(buf.area.width);
    let area = Rect {
        x: buf.area.right().saturating_sub(wide),
        y: room.saturating_sub(height),
        width: wide,
        height,
    };
    paint::clear(buf, area, scene.style(Role::Background));
    let inside = frame(
        buf,
        area,
        &Frame {
            title: &scene.state.ui.pending_keys,
            thick: true,
            border: scene.style(Role::Focus),
            title_style: scene.style(Role::Focus),
            ..Frame::default()
        },
    );
    for (y, (key, binding)) in (0..inside.height).zip(&following) {
        let pieces = [piece(key.clone(), scene.style(Role::Accent))];
        line(buf, inside, 1, y, &pieces);
        let words = [piece(binding.description.clone(), scene.style(Role::Text))];
        line(buf, inside, keys.saturating_add(3), y, &words);
    }
}
