//! Commands that take tracks by id or by name: colour, timebase, deletion; the palette that the
//! colours come from.

use crate::model::Now;
use crate::ptsl::wire::{
    self, ColorPaletteTarget, CommandErrorType, CommandId, DeleteTracksRequestBody,
    GetColorPaletteRequestBody, SetTrackColorRequestBody, SetTrackTimebaseRequestBody,
    TrackTimebase,
};

use super::read;
use crate::simulator::answer::{self, Body};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// Hues in a row of the palette, and how bright its rows are.
const HUES: u8 = 24;
const ROWS: [u16; 4] = [255, 204, 153, 102];

/// Red, green and blue of a palette's place, from 1.
pub fn palette_color(index: i32) -> Option<[u8; 3]> {
    let at = u8::try_from(index.checked_sub(1)?).ok()?;
    let value = *ROWS.get(usize::from(at / HUES))?;
    // Six legs around the colour wheel, each with one channel full, one at rest, one on its way.
    let legs = u16::from(at % HUES) * 6;
    let (leg, step) = (legs / u16::from(HUES), legs % u16::from(HUES));
    let rest = value / 5;
    let span = (value - rest) * step / u16::from(HUES);
    let (up, down) = (rest + span, value - span);
    let channels = match leg {
        0 => [value, up, rest],
        1 => [down, value, rest],
        2 => [rest, value, up],
        3 => [rest, down, value],
        4 => [up, rest, value],
        _ => [value, rest, down],
    };
    Some(channels.map(|channel| u8::try_from(channel).unwrap_or(u8::MAX)))
}

/// Places in the palette.
pub fn palette_size() -> i32 {
    i32::from(HUES) * i32::try_from(ROWS.len()).unwrap_or(0)
}

fn palette(body: &str) -> Outcome<Body> {
    let request: GetColorPaletteRequestBody = read("GetColorPaletteRequestBody", body)?;
    if request.color_palette_target() == ColorPaletteTarget::CpTargetUnknown {
        return Err(Failure::invalid("The color_palette_target is missing."));
    }
    let color_list = (1..=palette_size())
        .filter_map(palette_color)
        .map(|[r, g, b]| format!("#ff{r:02x}{g:02x}{b:02x}"))
        .collect();
    answer::body(
        "GetColorPaletteResponseBody",
        &wire::GetColorPaletteResponseBody { color_list },
    )
}

/// All three answers have this one field.
fn counted(tracks: usize) -> Outcome<Body> {
    answer::body(
        "SetTrackColorResponseBody",
        &wire::SetTrackColorResponseBody {
            success_count: i32::try_from(tracks).unwrap_or(i32::MAX),
        },
    )
}

fn color(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: SetTrackColorRequestBody = read("SetTrackColorRequestBody", body)?;
    let found = session.chosen(&request.track_ids, &request.track_names)?;
    let color = palette_color(request.color_index).ok_or_else(|| {
        Failure::new(
            CommandErrorType::PtArgumentOutOfRange,
            format!("The color_index goes from 1 to {}.", palette_size()),
        )
    })?;
    for index in &found {
        if let Some(strip) = session.strips.get_mut(*index) {
            strip.track.color = Some(color);
        }
    }
    session.changed = true;
    counted(found.len())
}

fn timebase(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: SetTrackTimebaseRequestBody = read("SetTrackTimebaseRequestBody", body)?;
    let found = session.chosen(&request.track_ids, &request.track_names)?;
    let follows_bars = match request.timebase() {
        TrackTimebase::TtbSamples => false,
        TrackTimebase::TtbTicks => true,
        _ => return Err(Failure::invalid("A timebase is samples or ticks.")),
    };
    for index in &found {
        if let Some(strip) = session.strips.get_mut(*index) {
            strip.track.follows_bars = follows_bars;
        }
    }
    session.changed = true;
    counted(found.len())
}

fn delete(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: DeleteTracksRequestBody = read("DeleteTracksRequestBody", body)?;
    if session.transport.is_rolling() {
        return Err(Failure::cannot("Stop the transport first."));
    }
    let found = session.chosen(&request.track_ids, &request.track_names)?;
    let options = request.delete_track_behavior_options.unwrap_or_default();
    session.edit("Delete Tracks", |session| {
        session.delete_tracks(&found, options.keep_folder_members);
        Ok(())
    })?;
    counted(found.len())
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    let run: fn(&mut OpenSession, &str) -> Outcome<Body> = match command {
        CommandId::CIdSetTrackColor => color,
        CommandId::CIdSetTrackTimebase => timebase,
        CommandId::CIdDeleteTracks => delete,
        CommandId::CIdGetColorPalette => |_, body| palette(body),
        _ => return None,
    };
    Some(world.session().and_then(|session| run(session, body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_has_no_colour_twice_and_ends() {
        let mut colors: Vec<_> = (1..=palette_size()).filter_map(palette_color).collect();
        assert_eq!(colors.len(), 96);
        assert_eq!(colors[0], [255, 51, 51]);
        colors.sort();
        colors.dedup();
        assert_eq!(colors.len(), 96);
        for index in [i32::MIN, -1, 0, 97, 257, i32::MAX] {
            assert_eq!(palette_color(index), None);
        }
    }
}
