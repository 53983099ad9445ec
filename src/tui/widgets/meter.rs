//! Level meters: dBFS on a scale that gives the upper 20 dB half of the room.

use super::bar::PARTS;

/// How loud a part of a meter is; said by its colour, and always by the number beside it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Below -20 dBFS.
    Low,
    /// Up to -6 dBFS.
    Mid,
    High,
    /// Ends, gaps and the peak that is held.
    Rest,
}

/// Place on the scale, 0 at -60 dBFS and below to 1 at full scale and above.
pub fn place(dbfs: f64) -> f64 {
    let part = |from: f64, wide: f64| (dbfs - from) / wide;
    let place = if dbfs.is_nan() || dbfs < -60.0 {
        0.0
    } else if dbfs < -40.0 {
        0.2 * part(-60.0, 20.0)
    } else if dbfs < -20.0 {
        0.2 + 0.3 * part(-40.0, 20.0)
    } else {
        0.5 + 0.5 * part(-20.0, 20.0)
    };
    place.clamp(0.0, 1.0)
}

/// A meter of `cells` columns, ends included, as parts of one zone each; `held` is a peak that was
/// reached before. Empty when there is no room for at least one cell.
pub fn meter(
    dbfs: Option<f64>,
    held: Option<f64>,
    cells: usize,
    ascii: bool,
) -> Vec<(Zone, String)> {
    let Some(inside) = cells.checked_sub(2).filter(|inside| *inside > 0) else {
        return Vec::new();
    };
    let steps = dbfs.map_or(0, |level| {
        (place(level) * (inside * 8) as f64).round() as usize
    });
    let (full, rest) = (steps / 8, steps % 8);
    let mark = held
        .map(place)
        .filter(|place| *place > 0.0)
        .map(|place| ((place * inside as f64) as usize).min(inside - 1))
        .filter(|cell| *cell > full);
    let [left, right, block, peak, empty] = if ascii {
        ["[", "]", "#", "|", "-"]
    } else {
        ["▕", "▏", "█", "│", " "]
    };
    let mut parts = vec![(Zone::Rest, left.to_owned())];
    for cell in 0..inside {
        let (zone, symbol) = if cell < full {
            (zone(cell, inside), block)
        } else if cell == full && rest > 0 && !ascii {
            let part = PARTS.get(rest).copied().unwrap_or(empty);
            (zone(cell, inside), part)
        } else if mark == Some(cell) {
            (Zone::Rest, peak)
        } else {
            (Zone::Rest, empty)
        };
        match parts.last_mut() {
            Some((last, text)) if *last == zone => text.push_str(symbol),
            _ => parts.push((zone, symbol.to_owned())),
        }
    }
    match parts.last_mut() {
        Some((Zone::Rest, text)) => text.push_str(right),
        _ => parts.push((Zone::Rest, right.to_owned())),
    }
    parts
}

fn zone(cell: usize, inside: usize) -> Zone {
    let at = cell as f64 / inside as f64;
    if at < place(-20.0) {
        Zone::Low
    } else if at < place(-6.0) {
        Zone::Mid
    } else {
        Zone::High
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::width;

    fn text(dbfs: Option<f64>, held: Option<f64>, cells: usize, ascii: bool) -> String {
        let parts = meter(dbfs, held, cells, ascii);
        parts.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn the_upper_twenty_decibels_take_half() {
        for (dbfs, held, wanted) in [
            (None, None, "▕          ▏"),
            (Some(-60.0), None, "▕          ▏"),
            (Some(-40.0), None, "▕██        ▏"),
            (Some(-20.0), None, "▕█████     ▏"),
            (Some(-10.0), Some(-1.0), "▕███████▌ │▏"),
            (Some(0.0), Some(0.0), "▕██████████▏"),
            (Some(12.0), None, "▕██████████▏"),
            (Some(f64::NAN), Some(f64::NAN), "▕          ▏"),
        ] {
            assert_eq!(text(dbfs, held, 12, false), wanted, "{dbfs:?} {held:?}");
        }
        assert_eq!(text(Some(-20.0), Some(-8.0), 12, true), "[#####---|-]");
    }

    #[test]
    fn zones_rise_and_the_width_is_as_asked() {
        let zones: Vec<Zone> = meter(Some(0.0), None, 40, false)
            .into_iter()
            .map(|(zone, _)| zone)
            .collect();
        assert_eq!(
            zones,
            [Zone::Rest, Zone::Low, Zone::Mid, Zone::High, Zone::Rest]
        );
        for cells in 0..30 {
            for level in -70..5 {
                let wanted = if cells < 3 { 0 } else { cells };
                let shown = text(Some(f64::from(level)), Some(-3.0), cells, false);
                assert_eq!(width(&shown), wanted);
            }
        }
    }
}
