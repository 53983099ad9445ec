//! Guitars: two strummed acoustics that double each other, a muted riff, long clean chords.

use super::{HEAD, Part, Studio, Take, take_length};
use crate::simulator::sessions::score::{
    BREAK, CHORUS, CHORUS_2, CHORUS_3, Chord, INTRO, OUTRO, Section, VERSE, chord, groove, marks,
    sixteenth,
};
use crate::simulator::sessions::synth::filter::Svf;
use crate::simulator::sessions::synth::strings::{Pluck, pluck};
use crate::simulator::sessions::synth::{Noise, RATE, drive, hertz, mix_into};

pub fn acoustic_left(_studio: &Studio) -> Part {
    acoustic("Acoustic L", 41, 0.92)
}

pub fn acoustic_right(_studio: &Studio) -> Part {
    acoustic("Acoustic R", 42, 0.86)
}

/// The same part played twice: another seed is another evening.
fn acoustic(name: &str, seed: u32, bright: f32) -> Part {
    let mut part = Part::new();
    let second_verse = Section {
        name: "Verse",
        bar: VERSE.bar + 4,
        bars: 4,
    };
    let lines = [
        (groove::STRUM_VERSE, second_verse),
        (groove::STRUM_CHORUS, CHORUS),
        (groove::STRUM_LONG, OUTRO),
    ];
    for (number, (line, section)) in lines.into_iter().enumerate() {
        let mut noise = Noise::new(seed * 100 + number as u32);
        let mut out = vec![0.0; take_length(section.bars, 1.0)];
        for bar in 0..section.bars {
            strum(
                &mut out,
                line,
                bar,
                chord(section.bar + bar),
                bright,
                &mut noise,
            );
        }
        let (mut body, mut thin) = (Svf::new(190.0, 1.4), Svf::new(110.0, 0.7));
        for x in &mut out {
            let dry = thin.high(*x);
            *x = 0.5 * drive(0.8 * dry + 0.4 * body.band(dry));
        }
        part.record(
            Take {
                name: format!("{name}_{:02}", number + 1),
                channels: vec![out],
            },
            section,
        );
    }
    part.place(1, CHORUS_2.bar, 0, 4, 0.0);
    part.place(1, CHORUS_3.bar, 0, 4, 0.0);
    part
}

fn strum(out: &mut [f32], line: &str, bar: i64, chord: Chord, bright: f32, noise: &mut Noise) {
    let strokes: Vec<(i64, char)> = marks(line).collect();
    let mut strings = vec![chord.root + 12];
    strings.extend(chord.notes);
    strings.push(chord.notes[1] + 12);
    for (index, (step, mark)) in strokes.iter().enumerate() {
        let until = strokes.get(index + 1).map_or(16, |(next, _)| *next);
        let seconds = (sixteenth(until) - sixteenth(*step)) as f32 / RATE;
        let start = HEAD + sixteenth(bar * 16 + step) + noise.slip(280.0) as i64;
        for (order, midi) in strings.iter().enumerate() {
            let down = *mark != 'u';
            // An up stroke reaches the high strings only.
            if !down && order < 2 {
                continue;
            }
            let place = if down {
                order
            } else {
                strings.len() - 1 - order
            };
            let how = Pluck {
                hz: hertz(*midi as f32),
                hold: if *mark == 'x' { 0.03 } else { seconds },
                ring: 3.2,
                bright,
                force: if down { 0.5 } else { 0.36 } + noise.slip(0.07),
                place: 0.13,
            };
            let at = start + place as i64 * 420;
            mix_into(out, at, &pluck(&how, noise), 0.5);
        }
    }
}

/// Single notes with the hand on the bridge, through a driven amplifier.
pub fn riff(_studio: &Studio) -> Part {
    let mut part = Part::new();
    let whole_intro = INTRO;
    let verse = Section { bars: 4, ..VERSE };
    for (number, section) in [whole_intro, verse, CHORUS].into_iter().enumerate() {
        let mut noise = Noise::new(4_400 + number as u32);
        let mut out = vec![0.0; take_length(section.bars, 0.5)];
        for (step, mark) in (0..section.bars / 2)
            .flat_map(|pair| marks(groove::RIFF).map(move |(step, mark)| (step + pair * 32, mark)))
        {
            let notes = chord(section.bar + step / 16).notes;
            let digit = mark.to_digit(10).unwrap_or(0) as usize;
            let midi = notes.get(digit).copied().unwrap_or(notes[0] + 12);
            let how = Pluck {
                hz: hertz(midi as f32),
                hold: 0.11,
                ring: 0.45,
                bright: 0.7,
                force: if step % 4 == 0 { 0.9 } else { 0.7 } + noise.slip(0.1),
                place: 0.09,
            };
            let at = HEAD + sixteenth(step) + noise.slip(200.0) as i64;
            mix_into(&mut out, at, &pluck(&how, &mut noise), 1.0);
        }
        amplify(&mut out, 3.0, 3_600.0, 0.5);
        part.record(
            Take {
                name: format!("Riff_{:02}", number + 1),
                channels: vec![out],
            },
            section,
        );
    }
    part.place(1, VERSE.bar + 4, 0, 4, 0.0);
    part.place(2, CHORUS_2.bar, 0, 4, 0.0);
    part.place(2, CHORUS_3.bar, 0, 4, 0.0);
    part
}

/// One slow chord a bar, left to ring.
pub fn clean(_studio: &Studio) -> Part {
    let mut part = Part::new();
    for (number, section) in [BREAK, CHORUS, OUTRO].into_iter().enumerate() {
        let mut noise = Noise::new(5_500 + number as u32);
        let mut out = vec![0.0; take_length(section.bars, 1.5)];
        for bar in 0..section.bars {
            let chord = chord(section.bar + bar);
            for (order, midi) in chord.notes.iter().enumerate() {
                let how = Pluck {
                    hz: hertz((*midi + 12 * i32::from(order == 0)) as f32),
                    hold: 2.45,
                    ring: 4.5,
                    bright: 0.6,
                    force: 0.6 + noise.slip(0.06),
                    place: 0.24,
                };
                let at =
                    HEAD + sixteenth(bar * 16) + order as i64 * 1_500 + noise.slip(250.0) as i64;
                mix_into(&mut out, at, &pluck(&how, &mut noise), 0.6);
            }
        }
        amplify(&mut out, 1.4, 4_800.0, 0.5);
        part.record(
            Take {
                name: format!("Clean_{:02}", number + 1),
                channels: vec![out],
            },
            section,
        );
    }
    part.place(1, CHORUS_2.bar, 0, 4, 0.0);
    part.place(1, CHORUS_3.bar, 0, 4, 0.0);
    part
}

fn amplify(out: &mut [f32], push: f32, dark: f32, level: f32) {
    let (mut thin, mut speaker) = (Svf::new(130.0, 0.7), Svf::new(dark, 0.9));
    for x in out {
        *x = level * speaker.low(drive(push * thin.high(*x)));
    }
}
