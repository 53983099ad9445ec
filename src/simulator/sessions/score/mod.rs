//! The song on paper: tempo, form, chords, and the notation of the parts.

pub mod groove;
pub mod tune;

/// Samples of a beat: 96 beats a minute at 48 kHz, without a remainder.
pub const BEAT: i64 = 30_000;
pub const BAR: i64 = 4 * BEAT;
/// Bars of the whole song: 75 seconds.
pub const BARS: i64 = 30;
/// How late the second of two sixteenths comes.
const SWING: i64 = 620;

/// A part of the form: first bar and number of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    pub name: &'static str,
    pub bar: i64,
    pub bars: i64,
}

const fn section(name: &'static str, bar: i64, bars: i64) -> Section {
    Section { name, bar, bars }
}

pub const INTRO: Section = section("Intro", 0, 4);
pub const VERSE: Section = section("Verse", 4, 8);
pub const CHORUS: Section = section("Chorus", 12, 4);
pub const BREAK: Section = section("Break", 16, 4);
pub const CHORUS_2: Section = section("Chorus 2", 20, 4);
pub const CHORUS_3: Section = section("Chorus 3", 24, 4);
pub const OUTRO: Section = section("Outro", 28, 2);

/// A chord: bass note and voicing, as MIDI notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord {
    pub root: i32,
    pub notes: [i32; 4],
}

const D_MINOR_9: Chord = Chord {
    root: 38,
    notes: [53, 57, 60, 64],
};
const D_MINOR_7: Chord = Chord {
    root: 38,
    notes: [53, 57, 60, 62],
};
const B_FLAT_7: Chord = Chord {
    root: 34,
    notes: [53, 57, 58, 62],
};
const F_ADD_9: Chord = Chord {
    root: 41,
    notes: [53, 55, 57, 60],
};
const F_OVER_A: Chord = Chord {
    root: 33,
    notes: [53, 57, 60, 65],
};
const C_SUS: Chord = Chord {
    root: 36,
    notes: [52, 55, 60, 62],
};
const C_MAJOR: Chord = Chord {
    root: 36,
    notes: [52, 55, 60, 64],
};
const G_MINOR_7: Chord = Chord {
    root: 31,
    notes: [53, 55, 58, 62],
};
const A_SEVEN: Chord = Chord {
    root: 33,
    notes: [52, 55, 57, 61],
};

/// One chord a bar.
const CHORDS: [Chord; BARS as usize] = [
    D_MINOR_9, B_FLAT_7, F_ADD_9, C_SUS, // intro
    D_MINOR_9, B_FLAT_7, F_ADD_9, C_SUS, D_MINOR_9, B_FLAT_7, F_ADD_9, C_MAJOR, // verse
    B_FLAT_7, C_MAJOR, D_MINOR_7, F_OVER_A, // chorus
    G_MINOR_7, F_OVER_A, B_FLAT_7, A_SEVEN, // break
    B_FLAT_7, C_MAJOR, D_MINOR_7, F_OVER_A, B_FLAT_7, C_MAJOR, D_MINOR_7,
    F_OVER_A, // choruses
    B_FLAT_7, D_MINOR_9, // outro
];

/// The chord of a bar.
pub fn chord(bar: i64) -> Chord {
    usize::try_from(bar)
        .ok()
        .and_then(|bar| CHORDS.get(bar))
        .copied()
        .unwrap_or(D_MINOR_9)
}

/// The note `steps` of the scale of D minor above (or below) `midi`.
pub fn in_key(midi: i32, steps: i32) -> i32 {
    const SCALE: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
    let from_d = midi - 62;
    let (octave, within) = (from_d.div_euclid(12), from_d.rem_euclid(12));
    let degree = SCALE.iter().rposition(|n| *n <= within).unwrap_or(0) as i32 + steps;
    let note = SCALE
        .get(degree.rem_euclid(7) as usize)
        .copied()
        .unwrap_or(0);
    62 + 12 * (octave + degree.div_euclid(7)) + note
}

/// Samples from a bar line to its `step`-th sixteenth, swung.
pub fn sixteenth(step: i64) -> i64 {
    step * BEAT / 4 + if step % 2 == 1 { SWING } else { 0 }
}

/// The marks of a line of one letter a sixteenth; `.` is nothing, blanks and bars are for the eye.
pub fn marks(line: &str) -> impl Iterator<Item = (i64, char)> + '_ {
    line.chars()
        .filter(|mark| !mark.is_whitespace() && *mark != '|')
        .enumerate()
        .filter(|(_, mark)| *mark != '.')
        .map(|(step, mark)| (step as i64, mark))
}
