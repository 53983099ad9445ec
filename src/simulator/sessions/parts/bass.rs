//! The bass: a plucked string through a warm amplifier, and a synthesiser below the choruses.

use super::{HEAD, Part, Studio, Take, take_length};
use crate::simulator::sessions::score::{
    BAR, BREAK, CHORUS, CHORUS_2, CHORUS_3, Chord, OUTRO, Section, VERSE, chord, groove, in_key,
    marks, sixteenth,
};
use crate::simulator::sessions::synth::filter::Svf;
use crate::simulator::sessions::synth::strings::{Pluck, pluck};
use crate::simulator::sessions::synth::{Noise, Phase, RATE, drive, hertz, mix_into, sine};

pub fn electric(_studio: &Studio) -> Part {
    let mut part = Part::new();
    let first_half = Section { bars: 4, ..VERSE };
    let second_half = Section {
        bar: VERSE.bar + 4,
        ..first_half
    };
    let lines = [
        (groove::BASS_VERSE, first_half),
        (groove::BASS_VERSE, second_half),
        (groove::BASS_CHORUS, CHORUS),
        (groove::BASS_BREAK, BREAK),
        (groove::BASS_OUTRO, OUTRO),
    ];
    for (number, (line, section)) in lines.into_iter().enumerate() {
        part.record(play(line, section, number), section);
    }
    part.place(2, CHORUS_2.bar, 0, 4, 0.0);
    part.place(2, CHORUS_3.bar, 0, 4, 0.0);
    part
}

fn play(line: &str, section: Section, number: usize) -> Take {
    let mut noise = Noise::new(900 + number as u32);
    let mut out = vec![0.0; take_length(section.bars, 0.6)];
    let notes: Vec<(i64, char)> = marks(line).collect();
    for (index, (step, mark)) in notes.iter().enumerate() {
        let until = notes
            .get(index + 1)
            .map_or(section.bars * 16, |(next, _)| *next);
        let bar = section.bar + step / 16;
        let Some(midi) = pitch(*mark, chord(bar), chord(bar + 1)) else {
            continue;
        };
        let start = HEAD + sixteenth(*step) + 60 + noise.slip(170.0) as i64;
        let how = Pluck {
            hz: hertz(midi as f32),
            hold: ((sixteenth(until) - sixteenth(*step)) as f32 / RATE - 0.02).max(0.08),
            ring: 5.0,
            bright: 0.42,
            force: if step % 4 == 0 { 0.95 } else { 0.8 } + noise.slip(0.08),
            place: 0.21,
        };
        mix_into(&mut out, start, &pluck(&how, &mut noise), 1.0);
    }
    let (mut warm, mut thin) = (Svf::new(1_500.0, 0.6), Svf::new(34.0, 0.7));
    for x in &mut out {
        *x = 0.62 * drive(2.4 * warm.low(thin.high(*x)));
    }
    Take {
        name: format!("Bass_{:02}", number + 1),
        channels: vec![out],
    }
}

fn pitch(mark: char, now: Chord, next: Chord) -> Option<i32> {
    Some(match mark {
        'R' => now.root,
        '5' => now.root + 7,
        // The scale's own seventh: a flat one would rub against B flat and F.
        '7' => in_key(now.root, 6),
        '8' => now.root + 12,
        // A half step below the next root.
        'a' => next.root - 1,
        _ => return None,
    })
}

/// Long notes of a rounded wave an octave down where there is room.
pub fn sub(_studio: &Studio) -> Part {
    let mut part = Part::new();
    let mut out = vec![0.0; take_length(CHORUS.bars, 0.4)];
    let mut phase = Phase::default();
    for bar in 0..CHORUS.bars {
        let root = chord(CHORUS.bar + bar).root;
        let hz = hertz(if root < 33 { root + 12 } else { root } as f32);
        let note: Vec<f32> = (0..BAR)
            .map(|n| {
                let n = n as f32;
                let level = (n / 900.0).min(1.0) * ((BAR as f32 - n) / 2_400.0).min(1.0);
                let x = sine(phase.step(hz));
                0.55 * drive(1.8 * x + 0.3 * sine(2.0 * phase.0)) * level
            })
            .collect();
        mix_into(&mut out, HEAD + bar * BAR, &note, 1.0);
    }
    part.record(
        Take {
            name: "Sub_01".to_owned(),
            channels: vec![out],
        },
        CHORUS,
    );
    part.place(0, CHORUS_2.bar, 0, 4, 0.0);
    part.place(0, CHORUS_3.bar, 0, 4, 1.0);
    part
}
