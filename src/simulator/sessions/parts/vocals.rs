//! Singers: the lead, two doubles, two harmonies, and a backing choir.

use super::{HEAD, Part, Studio, Take, take_length};
use crate::simulator::sessions::score::tune::{self, notes};
use crate::simulator::sessions::score::{
    BAR, BEAT, BREAK, CHORUS, CHORUS_2, CHORUS_3, OUTRO, Section, VERSE, chord, in_key,
};
use crate::simulator::sessions::synth::voice::{Singer, Syllable, sing};
use crate::simulator::sessions::synth::{Noise, mix_into};

const LEAD: Singer = Singer {
    formants: 1.0,
    tune: 0.0,
    vibrato_hz: 5.4,
    vibrato: 32.0,
    breath: 0.5,
};

/// The lead, without the studio: the effects need it before all others.
pub fn lead() -> Part {
    let mut part = Part::new();
    part.crossfade = 1_920;
    let lines = [
        (tune::VERSE, VERSE, 0.8),
        (tune::CHORUS, CHORUS, 1.0),
        (tune::BREAK, BREAK, 0.7),
        (tune::CHORUS_HIGH, CHORUS_3, 1.0),
        (tune::OUTRO, OUTRO, 0.75),
    ];
    for (number, (line, section, force)) in lines.into_iter().enumerate() {
        let take = voice(
            "Lead Vox",
            number,
            line,
            section,
            &LEAD,
            |midi| midi,
            force,
            90.0,
        );
        part.record(take, section);
    }
    part.place(1, CHORUS_2.bar, 0, 4, 0.0);
    part
}

pub fn double_left(_studio: &Studio) -> Part {
    chorus("Vox Dbl L", 21, 0.97, -9.0, |midi| midi)
}

pub fn double_right(_studio: &Studio) -> Part {
    chorus("Vox Dbl R", 22, 1.04, 8.0, |midi| midi)
}

/// A third above.
pub fn harmony_high(_studio: &Studio) -> Part {
    chorus("Harm Hi", 23, 1.08, 4.0, |midi| in_key(midi, 2))
}

/// A fourth below, in the key.
pub fn harmony_low(_studio: &Studio) -> Part {
    chorus("Harm Lo", 24, 0.93, -5.0, |midi| in_key(midi, -3))
}

/// Both choruses sung by somebody else.
fn chorus(name: &str, seed: usize, size: f32, cents: f32, pitch: fn(i32) -> i32) -> Part {
    let singer = Singer {
        formants: size,
        tune: cents,
        vibrato_hz: 4.9 + 0.3 * (seed % 3) as f32,
        vibrato: 22.0,
        breath: 0.7,
    };
    let mut part = Part::new();
    part.crossfade = 1_920;
    for (number, (line, section)) in [(tune::CHORUS, CHORUS), (tune::CHORUS_HIGH, CHORUS_3)]
        .into_iter()
        .enumerate()
    {
        let mut take = voice(
            name,
            number + seed * 10,
            line,
            section,
            &singer,
            pitch,
            0.85,
            900.0,
        );
        take.name = format!("{name}_{:02}", number + 1);
        part.record(take, section);
    }
    part.place(0, CHORUS_2.bar, 0, 4, 0.0);
    part
}

#[allow(clippy::too_many_arguments)]
fn voice(
    name: &str,
    number: usize,
    line: &str,
    section: Section,
    singer: &Singer,
    pitch: impl Fn(i32) -> i32,
    force: f32,
    slip: f32,
) -> Take {
    let mut noise = Noise::new(8_800 + number as u32);
    let syllables: Vec<Syllable> = notes(line)
        .into_iter()
        .map(|note| Syllable {
            start: HEAD + note.start * BEAT / 2 + 260 + noise.slip(slip) as i64,
            length: note.length * BEAT / 2 - 500,
            midi: pitch(note.midi) as f32,
            vowel: note.vowel,
            // High and long notes are sung out.
            force: force
                * (0.72
                    + 0.018 * (note.midi - 65) as f32
                    + 0.03 * note.length.min(4) as f32
                    + noise.slip(0.06)),
        })
        .collect();
    let length = take_length(section.bars, 0.4);
    Take {
        name: format!("{name}_{:02}", number + 1),
        channels: vec![sing(&syllables, length, singer, &mut noise)],
    }
}

/// Six singers on the notes of the chords, `oo` in the break and `ah` in the choruses.
pub fn choir(_studio: &Studio) -> Part {
    let mut part = Part::new();
    part.crossfade = 4_800;
    for (number, (section, vowel)) in [(BREAK, 'u'), (CHORUS, 'a')].into_iter().enumerate() {
        let length = take_length(section.bars, 0.4);
        let mut sides = vec![vec![0.0; length], vec![0.0; length]];
        for seat in 0..6_usize {
            let mut noise = Noise::new(9_900 + (number * 6 + seat) as u32);
            let line: Vec<Syllable> = (0..section.bars)
                .map(|bar| {
                    let notes = chord(section.bar + bar).notes;
                    Syllable {
                        start: HEAD + bar * BAR + noise.slip(1_500.0) as i64 + 700,
                        length: BAR - 1_200,
                        midi: (notes.get(1 + seat % 3).copied().unwrap_or(60)
                            + 12 * (seat as i32 / 5)) as f32,
                        vowel,
                        force: 0.6,
                    }
                })
                .collect();
            let singer = Singer {
                formants: 0.9 + 0.045 * seat as f32,
                tune: noise.slip(14.0),
                vibrato_hz: 4.8 + 0.15 * seat as f32,
                vibrato: 18.0,
                breath: 0.9,
            };
            let sound = sing(&line, length, &singer, &mut noise);
            let right = seat as f32 / 5.0;
            for (side, level) in sides.iter_mut().zip([1.0 - right, right]) {
                mix_into(side, 0, &sound, 0.75 * libm::sqrtf(level));
            }
        }
        part.record(
            Take {
                name: format!("BGV_{:02}", number + 1),
                channels: sides,
            },
            section,
        );
    }
    part.place(1, CHORUS_2.bar, 0, 4, 0.0);
    part.place(1, CHORUS_3.bar, 0, 4, 0.0);
    part
}
