//! Printed effects: what came back from the reverb and the delay while the song was mixed.

use super::{Part, Placement, Studio, Take, drums};
use crate::simulator::sessions::score::{BEAT, CHORUS, CHORUS_2, CHORUS_3};
use crate::simulator::sessions::synth::samples;
use crate::simulator::sessions::synth::space::{Room, ping_pong, reverb};

const HALL: Room = Room {
    seconds: 2.1,
    before: 0.035,
    size: 1.0,
    dark: 4_600.0,
};

const PLATE: Room = Room {
    seconds: 1.3,
    before: 0.004,
    size: 0.6,
    dark: 7_200.0,
};

/// The hall behind the lead vocal.
pub fn vocal_reverb(studio: &Studio) -> Part {
    printed(studio, "Vox Verb", |_| true, |dry| reverb(dry, &HALL))
}

/// Dotted eighths that answer the lead from both sides, where the words leave room: not in the
/// choruses, nor in the first half of the verse.
pub fn vocal_delay(studio: &Studio) -> Part {
    let step = usize::try_from(BEAT * 3 / 4).unwrap_or(1);
    let choruses = [CHORUS, CHORUS_2, CHORUS_3].map(|section| section.bar);
    let leaves_room = |placed: &Placement| !choruses.contains(&placed.bar);
    let mut part = printed(studio, "Vox Delay", leaves_room, |dry| {
        ping_pong(dry, step, 0.42).map(|side| side.iter().map(|x| x * 0.8).collect())
    });
    if let Some(first) = part.placements.first_mut() {
        first.bar += 4;
        first.skip += 4;
        first.bars -= 4;
    }
    part
}

/// The wanted takes of the lead through an effect, placed as the lead is.
fn printed(
    studio: &Studio,
    name: &str,
    wanted: impl Fn(&Placement) -> bool,
    effect: impl Fn(&[f32]) -> [Vec<f32>; 2],
) -> Part {
    let mut part = Part {
        crossfade: 7_200,
        ..Part::default()
    };
    for (number, take) in studio.lead.takes.iter().enumerate() {
        let placements = studio.lead.placements.iter();
        let used: Vec<Placement> = placements
            .filter(|placed| placed.take == number && wanted(placed))
            .copied()
            .collect();
        if used.is_empty() {
            continue;
        }
        let mut dry = take.channels.first().cloned().unwrap_or_default();
        dry.resize(dry.len() + samples(1.4), 0.0);
        part.takes.push(Take {
            name: format!("{name}_{:02}", part.takes.len() + 1),
            channels: effect(&dry).to_vec(),
        });
        for placed in used {
            let take = part.takes.len() - 1;
            part.place(take, placed.bar, placed.skip, placed.bars, 0.0);
        }
    }
    part
}

/// A plate on the snare of the choruses.
pub fn snare_reverb(studio: &Studio) -> Part {
    let snare = drums::snare(studio);
    let mut dry = snare
        .takes
        .get(3)
        .and_then(|take| take.channels.first())
        .cloned();
    let dry = dry.get_or_insert_default();
    let mut part = Part::new();
    part.crossfade = 7_200;
    part.takes.push(Take {
        name: "Snare Verb_01".to_owned(),
        channels: reverb(dry, &PLATE).to_vec(),
    });
    for section in [CHORUS, CHORUS_2, CHORUS_3] {
        part.place(0, section.bar, 0, 4, 0.0);
    }
    part
}
