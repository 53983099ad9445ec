//! Sound makers of the built-in sessions. Everything here gives the same bits on every machine:
//! a seeded generator of its own, `libm` for curves, plain additions and multiplications.

pub mod drums;
pub mod filter;
pub mod keys;
pub mod space;
pub mod strings;
pub mod voice;

/// Samples a second of all built-in sessions.
pub const RATE: f32 = 48_000.0;

/// A small seeded generator (xorshift), for noise and for human inaccuracy.
#[derive(Debug, Clone)]
pub struct Noise(u32);

impl Noise {
    /// The same seed gives the same sequence for ever.
    pub fn new(seed: u32) -> Self {
        let mut x = seed.wrapping_add(0x9e37_79b9);
        x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
        x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
        Self((x ^ (x >> 16)) | 1)
    }

    /// White noise, -1 to 1.
    pub fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 as i32) as f32 * (1.0 / 2_147_483_648.0)
    }

    /// A slip of the hand: mostly small, at most `most` either way.
    pub fn slip(&mut self, most: f32) -> f32 {
        (self.next() + self.next() + self.next()) * (most / 3.0)
    }
}

/// Sine of a phase in turns, from -2 to 2 000 000 000; a polynomial, good to six digits.
pub fn sine(turns: f32) -> f32 {
    let mut q = turns - turns as i32 as f32;
    if q < 0.0 {
        q += 1.0;
    }
    // From a turn to the quarter waves -1 … 1.
    let mut u = 4.0 * q;
    if u > 3.0 {
        u -= 4.0;
    } else if u > 1.0 {
        u = 2.0 - u;
    }
    let s = u * u;
    u * (1.570_794_9 - s * (0.645_920_9 - s * (0.079_487_6 - s * 0.004_362_5)))
}

/// A running phase in turns, 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
pub struct Phase(pub f32);

impl Phase {
    /// Moves by `hz` for one sample and gives the new phase.
    pub fn step(&mut self, hz: f32) -> f32 {
        self.0 += hz * (1.0 / RATE);
        if self.0 >= 1.0 {
            self.0 -= 1.0;
        }
        self.0
    }

    /// A saw with softened edges (polynomial band-limited step), -1 to 1.
    pub fn saw(&mut self, hz: f32) -> f32 {
        let step = hz * (1.0 / RATE);
        let t = self.step(hz);
        let mut y = 2.0 * t - 1.0;
        if t < step {
            let x = t / step;
            y -= x + x - x * x - 1.0;
        } else if t > 1.0 - step {
            let x = (t - 1.0) / step;
            y -= x * x + x + x + 1.0;
        }
        y
    }
}

/// Factor a sample that falls to 1/e in `seconds`.
pub fn decay(seconds: f32) -> f32 {
    libm::expf(-1.0 / (seconds * RATE))
}

/// Soft limit: straight when quiet, never past ±1.
pub fn drive(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

/// Hz of a MIDI note, A4 = 69 = 440.
pub fn hertz(midi: f32) -> f32 {
    440.0 * libm::exp2f((midi - 69.0) / 12.0)
}

/// Factor of a level in dB.
pub fn gain(db: f32) -> f32 {
    libm::exp10f(db / 20.0)
}

/// Whole samples of a time.
pub fn samples(seconds: f32) -> usize {
    (seconds * RATE) as usize
}

/// Adds `source` times `gain` from sample `at` on; what lies outside is cut.
pub fn mix_into(target: &mut [f32], at: i64, source: &[f32], gain: f32) {
    let skip = usize::try_from(-at).unwrap_or(0);
    let from = usize::try_from(at).unwrap_or(0);
    let Some(target) = target.get_mut(from..) else {
        return;
    };
    for (t, s) in target.iter_mut().zip(source.iter().skip(skip)) {
        *t += s * gain;
    }
}
