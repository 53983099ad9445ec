//! What the rhythm section plays. One letter a sixteenth: `X` loud, `x` middle, `o` soft.

/// The drummer's sheet for a stretch of bars.
#[derive(Debug, Clone, Copy)]
pub struct Groove {
    pub name: &'static str,
    pub bars: i64,
    pub kick: &'static str,
    pub snare: &'static str,
    /// `^` is open.
    pub hat: &'static str,
    /// `h`, `m`, `l`: high, middle, low.
    pub toms: &'static str,
    pub crash: &'static str,
    pub clap: &'static str,
    pub shaker: &'static str,
}

const SILENT: Groove = Groove {
    name: "",
    bars: 0,
    kick: "",
    snare: "",
    hat: "",
    toms: "",
    crash: "",
    clap: "",
    shaker: "",
};

pub const INTRO: Groove = Groove {
    name: "Intro",
    bars: 2,
    kick: "................|............X.x.",
    snare: "................|......o.X.oxXxXX",
    hat: "x.o.x.o.x.o.x.o.|x.o.x.o.x.......",
    toms: "................|..............hl",
    shaker: "xoXoxoXoxoXoxoXo|xoXoxoXoxoXoxoXo",
    ..SILENT
};

pub const VERSE: Groove = Groove {
    name: "Verse",
    bars: 4,
    kick: "X.....x.x.......|X.....x...x.....|X.....x.x.......|X..x..x...x...o.",
    snare: "....X..o....X...|....X....o..X..o|....X..o....X...|....X..o.o..X...",
    hat: "x.o.x.ox.o.x.o.x|x.o.x.o.x.o.x.^.|x.o.x.ox.o.x.o.x|x.o.x.o.x.o.x.^.",
    shaker: "xoXoxoXoxoXoxoXo|xoXoxoXoxoXoxoXo|xoXoxoXoxoXoxoXo|xoXoxoXoxoXoxoXo",
    ..SILENT
};

pub const VERSE_FILL: Groove = Groove {
    name: "Verse Fill",
    bars: 1,
    kick: "X.....x.x.......",
    snare: "....X..o..x.....",
    hat: "x.o.x.o.x.......",
    toms: "...........h.mml",
    shaker: "xoXoxoXoxoXo....",
    ..SILENT
};

pub const CHORUS: Groove = Groove {
    name: "Chorus",
    bars: 4,
    kick: "X..x..x.X.x.....|X..x..x.X.....x.|X..x..x.X.x.....|X..x..x.X..x..x.",
    snare: "....X.......X..o|....X..o....X...|....X.......X..o|....X..o....X.oo",
    hat: "X.x.X.x.X.x.X.^.|X.x.X.x.X.x.X.x.|X.x.X.x.X.x.X.^.|X.x.X.x.X.x.X.^.",
    crash: "X...............|................|........x.......|................",
    clap: "....X.......X...|....X.......X...|....X.......X...|....X.......X.x.",
    shaker: "XoxoXoxoXoxoXoxo|XoxoXoxoXoxoXoxo|XoxoXoxoXoxoXoxo|XoxoXoxoXoxoXoxo",
    ..SILENT
};

pub const BREAK: Groove = Groove {
    name: "Break",
    bars: 4,
    kick: "X...............|X...............|X...x...x...x...|X...X...X...X...",
    snare: "................|................|............o.o.|o.o.o.o.oooxxxxX",
    hat: "....o.......o...|....o.......o...|x.o.x.o.x.o.x.o.|x.o.x.o.x.o.....",
    crash: "X...............|................|................|................",
    shaker: "................|................|xoXoxoXoxoXoxoXo|xoXoxoXoxoXoxoXo",
    ..SILENT
};

pub const CHORUS_FILL: Groove = Groove {
    name: "Chorus Fill",
    bars: 1,
    kick: "X..x..x.X...X...",
    snare: "....X..o..xxX.X.",
    hat: "X.x.X.x.X.......",
    toms: "........h.h.m.ml",
    clap: "....X...........",
    shaker: "XoxoXoxoXoxo....",
    ..SILENT
};

pub const OUTRO: Groove = Groove {
    name: "Outro",
    bars: 2,
    kick: "X.....x.x.......|X...............",
    snare: "....X..o....x..o|................",
    hat: "x.o.x.o.x.o.x.^.|................",
    crash: "X...............|X...............",
    shaker: "xoXoxoXoxoXoxo..|................",
    ..SILENT
};

/// The bass: `R` root, `5` fifth, `8` octave, `7` the seventh below the octave, `a` the step below
/// the next root, `-` stop. Four bars, used over any chords.
pub const BASS_VERSE: &str = "R.....R.R...-.5.|R.....R...R.-.7a|R.....R.R...-.58|R..R..R...R...7a";
pub const BASS_CHORUS: &str = "R..R..R.R.8.R.5.|R..R..R.R...R.7a|R..R..R.R.8.R.5.|R..R..R.R..8.57a";
pub const BASS_BREAK: &str = "R...............|R...............|R...R...R...R...|R.R.R.R.R.R.R.Ra";
pub const BASS_OUTRO: &str = "R.....R.R...5.7a|R...............";

/// Strums: `D` down, `u` up, `x` damped.
pub const STRUM_VERSE: &str = "D.....u...u.D.u.";
pub const STRUM_CHORUS: &str = "D..uD.u..uD.u.xu";
pub const STRUM_LONG: &str = "D...............";

/// The muted riff, a digit is a note of the chord, 4 the first an octave up.
pub const RIFF: &str = "0.1.2.14..2.1.2.|0.1.2.14..2.4.2.";

/// The electric piano: `C` the chord, `c` the chord again, softer, `t` its top note.
pub const PIANO_VERSE: &str = "C.........c...t.";
pub const PIANO_CHORUS: &str = "C.....c...c.t...";
pub const PIANO_LONG: &str = "C...............";
