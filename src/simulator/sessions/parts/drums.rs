//! The drummer: the same hits on every microphone, each hearing them its own way.

use super::{HEAD, Part, Studio, Take, take_length};
use crate::simulator::sessions::score::groove::{self, Groove};
use crate::simulator::sessions::score::{
    BAR, BREAK, CHORUS, CHORUS_2, CHORUS_3, INTRO, OUTRO, VERSE, marks, sixteenth,
};
use crate::simulator::sessions::synth::Noise;
use crate::simulator::sessions::synth::drums::Piece;
use crate::simulator::sessions::synth::filter::{OnePole, Svf};
use crate::simulator::sessions::synth::space::{Room, reverb};
use crate::simulator::sessions::synth::{drive, mix_into};

/// One stroke.
#[derive(Debug, Clone, Copy)]
struct Hit {
    /// Samples from the take's first bar line.
    at: i64,
    piece: Piece,
    force: f32,
    turn: usize,
}

/// How much of a piece a microphone hears, left and right.
type Mic = fn(Piece) -> [f32; 2];

pub fn kick(studio: &Studio) -> Part {
    drummer("Kick", 1, |hits, length| {
        close(studio, hits, length, |piece| match piece {
            Piece::Kick => [1.0, 0.0],
            Piece::Snare => [0.012, 0.0],
            _ => [0.0, 0.0],
        })
    })
}

pub fn snare(studio: &Studio) -> Part {
    drummer("Snare", 1, |hits, length| {
        close(studio, hits, length, |piece| match piece {
            Piece::Snare | Piece::Ghost => [0.85, 0.0],
            Piece::Kick => [0.02, 0.0],
            Piece::Hat | Piece::OpenHat => [0.035, 0.0],
            _ => [0.0, 0.0],
        })
    })
}

pub fn hat(studio: &Studio) -> Part {
    drummer("Hi-Hat", 1, |hits, length| {
        close(studio, hits, length, |piece| match piece {
            Piece::Hat | Piece::OpenHat => [0.8, 0.0],
            Piece::Snare => [0.03, 0.0],
            _ => [0.0, 0.0],
        })
    })
}

pub fn overheads(studio: &Studio) -> Part {
    drummer("OH", 2, |hits, length| {
        let mic: Mic = |piece| match piece {
            Piece::Crash => [0.52, 0.34],
            Piece::Hat | Piece::OpenHat => [0.14, 0.30],
            Piece::Snare | Piece::Ghost => [0.26, 0.30],
            Piece::Kick => [0.14, 0.14],
            Piece::HighTom => [0.30, 0.16],
            Piece::MidTom => [0.22, 0.22],
            Piece::LowTom => [0.14, 0.32],
            _ => [0.0, 0.0],
        };
        let mut sides = close(studio, hits, length, mic);
        for side in &mut sides {
            let mut thin = Svf::new(240.0, 0.7);
            side.iter_mut().for_each(|x| *x = thin.high(*x));
        }
        sides
    })
}

pub fn room(studio: &Studio) -> Part {
    drummer("Room", 1, |hits, length| {
        let mic: Mic = |piece| match piece {
            Piece::Shaker | Piece::Clap | Piece::Tambourine => [0.0, 0.0],
            Piece::Kick => [0.5, 0.0],
            Piece::Hat | Piece::OpenHat => [0.12, 0.0],
            _ => [0.4, 0.0],
        };
        let dry = close(studio, hits, length, mic).swap_remove(0);
        let walls = Room {
            seconds: 0.75,
            before: 0.011,
            size: 0.36,
            dark: 5_200.0,
        };
        let [mut sound, _] = reverb(&dry, &walls);
        sound.iter_mut().for_each(|x| *x = 0.6 * drive(1.9 * *x));
        vec![sound]
    })
}

/// Two loops, laid as often as the song needs them.
pub fn shaker(studio: &Studio) -> Part {
    let mut part = Part::new();
    for (number, groove) in [groove::INTRO, groove::CHORUS].into_iter().enumerate() {
        let mut sound = close(
            studio,
            &strokes(&groove),
            take_length(groove.bars, 0.1),
            |piece| {
                let level = if piece == Piece::Shaker { 0.7 } else { 0.0 };
                [level, 0.0]
            },
        );
        sound.truncate(1);
        part.takes.push(Take {
            name: format!("Shaker_{:02}", number + 1),
            channels: sound,
        });
    }
    for bar in [
        INTRO.bar + 2,
        VERSE.bar,
        VERSE.bar + 2,
        VERSE.bar + 4,
        BREAK.bar + 2,
    ] {
        part.place(0, bar, 0, 2, 0.0);
    }
    part.place(0, VERSE.bar + 6, 0, 1, 0.0);
    for section in [CHORUS, CHORUS_2, CHORUS_3] {
        part.place(1, section.bar, 0, section.bars, 0.0);
    }
    part.place(0, OUTRO.bar, 0, 1, -2.0);
    part
}

pub fn toms(studio: &Studio) -> Part {
    let mut part = Part::new();
    let fills = [
        (groove::INTRO, INTRO.bar + 3, 1),
        (groove::VERSE_FILL, VERSE.bar + 7, 0),
        (groove::CHORUS_FILL, CHORUS_3.bar + 3, 0),
    ];
    for (number, (groove, bar, skip)) in fills.into_iter().enumerate() {
        let length = take_length(groove.bars, 1.2);
        let mic: Mic = |piece| match piece {
            Piece::HighTom => [0.85, 0.30],
            Piece::MidTom => [0.62, 0.62],
            Piece::LowTom => [0.30, 0.90],
            _ => [0.0, 0.0],
        };
        let channels = close(studio, &strokes(&groove), length, mic);
        let name = format!("Toms_{:02}", number + 1);
        part.takes.push(Take { name, channels });
        part.place(number, bar, skip, 1, 0.0);
    }
    part
}

pub fn claps(studio: &Studio) -> Part {
    hands(studio, groove::CHORUS, "Claps", Piece::Clap)
}

/// On the same beats as the claps, an overdub that the mix leaves out.
pub fn tambourine(studio: &Studio) -> Part {
    hands(studio, groove::CHORUS, "Tambourine", Piece::Tambourine)
}

fn hands(studio: &Studio, groove: Groove, name: &str, piece: Piece) -> Part {
    let mut part = Part::new();
    let mut noise = Noise::new(500 + name.len() as u32);
    let mut out = vec![0.0; take_length(groove.bars, 0.5)];
    for (turn, (step, mark)) in marks(groove.clap).enumerate() {
        let at = HEAD + sixteenth(step) + noise.slip(260.0) as i64;
        mix_into(&mut out, at, studio.kit.hit(piece, turn), 0.8 * force(mark));
    }
    part.takes.push(Take {
        name: format!("{name}_01"),
        channels: vec![out],
    });
    part.place(0, CHORUS.bar, 0, 4, 0.0);
    part.place(0, CHORUS_2.bar, 0, 4, 0.0);
    part.place(0, CHORUS_3.bar, 0, 3, 0.5);
    part
}

/// All takes of the drummer through one microphone, cut together as the song goes.
fn drummer(
    name: &str,
    channels: usize,
    microphone: impl Fn(&[Hit], usize) -> Vec<Vec<f32>>,
) -> Part {
    let sheets = [
        groove::INTRO,
        groove::VERSE,
        groove::VERSE_FILL,
        groove::CHORUS,
        groove::BREAK,
        groove::CHORUS_FILL,
        groove::OUTRO,
    ];
    let mut part = Part::new();
    for (number, groove) in sheets.into_iter().enumerate() {
        // Only the last cymbal rings on; the others are cut by what follows.
        let tail = if groove.name == "Outro" { 1.5 } else { 0.1 };
        let mut sound = microphone(&strokes(&groove), take_length(groove.bars, tail));
        sound.truncate(channels);
        part.takes.push(Take {
            name: format!("{name}_{:02}", number + 1),
            channels: sound,
        });
    }
    part.place(0, INTRO.bar + 2, 0, 2, 0.0);
    part.place(1, VERSE.bar, 0, 4, 0.0);
    part.place(1, VERSE.bar + 4, 0, 3, 0.0);
    part.place(2, VERSE.bar + 7, 0, 1, 0.0);
    part.place(3, CHORUS.bar, 0, 4, 0.0);
    part.place(4, BREAK.bar, 0, 4, -1.0);
    part.place(3, CHORUS_2.bar, 0, 4, 0.0);
    part.place(3, CHORUS_3.bar, 0, 3, 0.5);
    part.place(5, CHORUS_3.bar + 3, 0, 1, 0.5);
    part.place(6, OUTRO.bar, 0, 2, 0.0);
    part
}

/// A row of the sheet: its marks, what they are played on, how far the hand slips.
type Row<'a> = (&'a str, fn(char) -> Piece, f32);

/// Every stroke of a sheet, with the slips of a hand in time and force.
fn strokes(groove: &Groove) -> Vec<Hit> {
    let mut noise = Noise::new(groove.name.bytes().fold(77, |sum: u32, b| {
        sum.wrapping_mul(31).wrapping_add(u32::from(b))
    }));
    let rows: [Row; 5] = [
        (groove.kick, |_| Piece::Kick, 150.0),
        (
            groove.snare,
            |mark| {
                if mark == 'o' {
                    Piece::Ghost
                } else {
                    Piece::Snare
                }
            },
            220.0,
        ),
        (
            groove.hat,
            |mark| {
                if mark == '^' {
                    Piece::OpenHat
                } else {
                    Piece::Hat
                }
            },
            300.0,
        ),
        (groove.crash, |_| Piece::Crash, 120.0),
        (groove.shaker, |_| Piece::Shaker, 330.0),
    ];
    let mut hits = Vec::new();
    for (row, piece, slip) in rows {
        // The snare lies a little behind the beat.
        let late = if slip == 220.0 { 190 } else { 0 };
        for (turn, (step, mark)) in marks(row).enumerate() {
            hits.push(Hit {
                at: sixteenth(step) + late + noise.slip(slip) as i64,
                piece: piece(mark),
                force: force(mark) * (1.0 + noise.slip(0.14)),
                turn,
            });
        }
    }
    for (turn, (step, mark)) in marks(groove.toms).enumerate() {
        hits.push(Hit {
            at: sixteenth(step) + noise.slip(240.0) as i64,
            piece: match mark {
                'h' => Piece::HighTom,
                'm' => Piece::MidTom,
                _ => Piece::LowTom,
            },
            force: 0.85 + noise.slip(0.1),
            turn,
        });
    }
    hits
}

fn force(mark: char) -> f32 {
    match mark {
        'X' => 0.95,
        'x' | '^' => 0.7,
        _ => 0.38,
    }
}

/// What a microphone hears, one or two sides.
fn close(studio: &Studio, hits: &[Hit], length: usize, mic: Mic) -> Vec<Vec<f32>> {
    let mut sides = vec![vec![0.0; length], vec![0.0; length]];
    for hit in hits {
        let sound = studio.kit.hit(hit.piece, hit.turn);
        for (side, level) in sides.iter_mut().zip(mic(hit.piece)) {
            if level > 0.0 {
                mix_into(side, HEAD + hit.at, sound, level * hit.force);
            }
        }
    }
    sides
}

/// Four bars of a click: a high one on the first beat.
pub fn click(_studio: &Studio) -> Part {
    let mut part = Part::new();
    let mut out = vec![0.0; take_length(4, 0.0)];
    for beat in 0..16 {
        let mut tone = OnePole::new(6_000.0);
        let hz = if beat % 4 == 0 { 1_760.0 } else { 1_174.7 };
        let mut phase = crate::simulator::sessions::synth::Phase::default();
        let blip: Vec<f32> = (0..1_440)
            .map(|n| {
                let fall = 1.0 - n as f32 / 1_440.0;
                tone.low(if phase.step(hz) < 0.5 { 0.5 } else { -0.5 }) * fall * fall
            })
            .collect();
        mix_into(&mut out, HEAD + beat * BAR / 4, &blip, 0.7);
    }
    part.takes.push(Take {
        name: "Click_01".to_owned(),
        channels: vec![out],
    });
    for bar in (0..28).step_by(4) {
        part.place(0, bar, 0, 4, 0.0);
    }
    part.place(0, 28, 0, 2, 0.0);
    part
}
