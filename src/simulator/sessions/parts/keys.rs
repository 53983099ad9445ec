//! Keyboards: electric piano, and two layers of pad.

use super::{HEAD, Part, Studio, Take, take_length};
use crate::simulator::sessions::score::{
    BAR, BREAK, CHORUS, CHORUS_2, CHORUS_3, INTRO, OUTRO, Section, VERSE, chord, groove, marks,
    sixteenth,
};
use crate::simulator::sessions::synth::filter::Svf;
use crate::simulator::sessions::synth::keys::{electric_piano, pad};
use crate::simulator::sessions::synth::{Noise, RATE, drive, hertz, mix_into};

pub fn piano(_studio: &Studio) -> Part {
    let mut part = Part::new();
    let verse = Section { bars: 4, ..VERSE };
    let lines = [
        (groove::PIANO_LONG, INTRO),
        (groove::PIANO_VERSE, verse),
        (groove::PIANO_CHORUS, CHORUS),
        (groove::PIANO_LONG, BREAK),
        (groove::PIANO_LONG, OUTRO),
    ];
    for (number, (line, section)) in lines.into_iter().enumerate() {
        part.record(play(line, section, number), section);
    }
    part.place(1, VERSE.bar + 4, 0, 4, 0.0);
    part.place(2, CHORUS_2.bar, 0, 4, 0.0);
    part.place(2, CHORUS_3.bar, 0, 4, 0.0);
    part
}

fn play(line: &str, section: Section, number: usize) -> Take {
    let mut noise = Noise::new(6_600 + number as u32);
    let mut mono = vec![0.0; take_length(section.bars, 0.8)];
    let strokes: Vec<(i64, char)> = marks(line).collect();
    for bar in 0..section.bars {
        let notes = chord(section.bar + bar).notes;
        for (index, (step, mark)) in strokes.iter().enumerate() {
            let until = strokes.get(index + 1).map_or(16, |(next, _)| *next);
            let hold = (sixteenth(until) - sixteenth(*step)) as f32 / RATE - 0.03;
            let (played, force) = match mark {
                'C' => (notes.as_slice(), 0.62),
                'c' => (notes.as_slice(), 0.45),
                _ => (notes.get(3..).unwrap_or_default(), 0.55),
            };
            for midi in played {
                let at = HEAD + sixteenth(bar * 16 + step) + noise.slip(330.0) as i64;
                let force = force + noise.slip(0.08);
                let hz = hertz((midi + if *mark == 't' { 12 } else { 0 }) as f32);
                mix_into(
                    &mut mono,
                    at,
                    &electric_piano(hz, hold, force, &mut noise),
                    0.3,
                );
            }
        }
    }
    // A modulator at the pitch of its carrier leaves a constant behind.
    let mut thin = Svf::new(35.0, 0.7);
    mono.iter_mut()
        .for_each(|x| *x = 0.52 * drive(1.5 * thin.high(*x)));
    Take {
        name: format!("EP_{:02}", number + 1),
        channels: vec![mono],
    }
}

/// The wide pad, from the intro on, rests in the verse.
pub fn high_pad(_studio: &Studio) -> Part {
    let mut part = pads("Pad", &[INTRO, CHORUS, BREAK, OUTRO], 12, 1.0);
    part.place(1, CHORUS_2.bar, 0, 4, 0.0);
    part.place(1, CHORUS_3.bar, 0, 4, 1.0);
    part
}

/// A darker layer of roots and fifths below the break.
pub fn low_pad(_studio: &Studio) -> Part {
    pads("Pad Low", &[BREAK, OUTRO], -12, 0.35)
}

fn pads(name: &str, sections: &[Section], shift: i32, open: f32) -> Part {
    let mut part = Part::new();
    part.crossfade = 7_200;
    for (number, section) in sections.iter().enumerate() {
        let mut noise = Noise::new(7_700 + name.len() as u32 * 10 + number as u32);
        let length = take_length(section.bars, 0.8);
        let mut sides = vec![vec![0.0; length], vec![0.0; length]];
        for bar in 0..section.bars {
            let chord = chord(section.bar + bar)
                .notes
                .map(|midi| hertz((midi + shift) as f32));
            let voices = if shift < 0 {
                chord.get(..2)
            } else {
                chord.get(..)
            };
            // Each chord begins under the one before.
            let sound = pad(voices.unwrap_or_default(), 3.0, open, &mut noise);
            for (side, sound) in sides.iter_mut().zip(sound) {
                mix_into(side, HEAD + bar * BAR - 4_000, &sound, 1.0);
            }
        }
        part.record(
            Take {
                name: format!("{name}_{:02}", number + 1),
                channels: sides,
            },
            *section,
        );
    }
    part
}
