//! A singing voice without words: a glottal saw and breath through four formants that glide
//! from vowel to vowel, with portamento, late vibrato and a soft consonant on each syllable.

use super::filter::{OnePole, Svf};
use super::{Noise, Phase, RATE, hertz, samples, sine};

/// One sung syllable; times in samples from the start of the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Syllable {
    pub start: i64,
    pub length: i64,
    pub midi: f32,
    /// One of `a e i o u`.
    pub vowel: char,
    /// 0 to 1.
    pub force: f32,
}

/// What makes one singer differ from another.
#[derive(Debug, Clone, Copy)]
pub struct Singer {
    /// Size of the head: 1 is the lead, more is smaller and higher.
    pub formants: f32,
    /// Cents off.
    pub tune: f32,
    pub vibrato_hz: f32,
    /// Cents.
    pub vibrato: f32,
    /// 0 to 1.
    pub breath: f32,
}

/// Centre, width (Hz) and level of the formants of a vowel.
type Formants = [(f32, f32); 4];
const WIDTHS: [f32; 4] = [85.0, 100.0, 130.0, 170.0];

fn vowel(letter: char) -> Formants {
    match letter {
        'a' => [
            (740.0, 1.0),
            (1_190.0, 0.62),
            (2_700.0, 0.24),
            (3_500.0, 0.14),
        ],
        'e' => [
            (470.0, 1.0),
            (1_850.0, 0.40),
            (2_620.0, 0.26),
            (3_550.0, 0.14),
        ],
        'i' => [
            (330.0, 1.0),
            (2_250.0, 0.30),
            (2_950.0, 0.24),
            (3_600.0, 0.12),
        ],
        'o' => [
            (480.0, 1.0),
            (860.0, 0.50),
            (2_650.0, 0.12),
            (3_400.0, 0.08),
        ],
        // Closed lips: the hum between syllables.
        'm' => [
            (260.0, 0.8),
            (1_050.0, 0.10),
            (2_200.0, 0.06),
            (3_300.0, 0.03),
        ],
        _ => [
            (350.0, 1.0),
            (760.0, 0.32),
            (2_500.0, 0.08),
            (3_300.0, 0.05),
        ],
    }
}

/// Samples between two changes of pitch, level and formants.
const CONTROL: usize = 48;

struct Throat {
    now: Formants,
    filters: [Svf; 4],
}

impl Throat {
    fn shape(&mut self, target: &Formants, speed: f32, scale: f32) {
        let bands = self.now.iter_mut().zip(target);
        for ((band, filter), width) in bands.zip(self.filters.iter_mut()).zip(WIDTHS) {
            let ((hz, level), (to_hz, to_level)) = band;
            *hz += (to_hz - *hz) * speed;
            *level += (to_level - *level) * speed;
            filter.tune(*hz * scale, *hz / width);
        }
    }

    fn sound(&mut self, x: f32) -> f32 {
        let bands = self.now.iter().zip(self.filters.iter_mut());
        bands
            .map(|((_, level), filter)| level * filter.band(x))
            .sum()
    }
}

/// Sings a line of `length` samples, peak about 0.5.
pub fn sing(line: &[Syllable], length: usize, singer: &Singer, noise: &mut Noise) -> Vec<f32> {
    let mut throat = Throat {
        now: vowel('u'),
        filters: [Svf::new(500.0, 5.0); 4],
    };
    let (mut glottis, mut wobble) = (Phase::default(), Phase::default());
    let mut tilt = OnePole::new(1_700.0);
    let mut airway = Svf::new(2_300.0, 0.5);
    let (mut pitch, mut amp, mut air) = (line.first().map_or(60.0, |s| s.midi), 0.0_f32, 0.0_f32);
    let mut out = Vec::with_capacity(length);
    let mut next = 0;
    while out.len() < length {
        let now = out.len() as i64;
        while line.get(next).is_some_and(|s| s.start + s.length <= now) {
            next += 1;
        }
        let current = line.get(next).filter(|s| s.start <= now);
        let (mut aim, mut aim_air, mut hz) = (0.0, 0.0, hertz(pitch));
        if let Some(s) = current {
            let age = (now - s.start) as f32 / RATE;
            // A new phrase starts a little below its note, a slur glides.
            if amp < 0.02 && age < 0.003 {
                pitch = s.midi - 0.7;
            }
            pitch += (s.midi + singer.tune / 100.0 - pitch) * 0.045;
            let shake = ((age - 0.22) * 3.0).clamp(0.0, 1.0) * singer.vibrato / 100.0;
            wobble.0 = (wobble.0 + singer.vibrato_hz * CONTROL as f32 / RATE) % 1.0;
            let drift = noise.slip(0.03);
            hz = hertz(pitch + shake * sine(wobble.0) + drift);
            let consonant = age < 0.055;
            let swell = 0.82 + 0.18 * (age * 2.2).min(1.0);
            aim = s.force * swell * if consonant { 0.35 } else { 1.0 };
            aim_air = singer.breath * s.force * if consonant { 2.2 } else { 1.0 };
            let shape = vowel(if consonant { 'm' } else { s.vowel });
            throat.shape(&shape, if consonant { 0.2 } else { 0.04 }, singer.formants);
        } else if line.get(next).is_some_and(|s| {
            let ahead = s.start - now;
            (samples(0.06) as i64..samples(0.3) as i64).contains(&ahead)
        }) {
            // The breath before a phrase.
            aim_air = singer.breath * 1.3;
        }
        let steps = CONTROL.min(length - out.len());
        for _ in 0..steps {
            amp += (aim - amp) * 0.0011;
            air += (aim_air - air) * 0.0015;
            let x = tilt.low(glottis.saw(hz)) * amp;
            let hiss = airway.band(noise.next()) * air * 0.22;
            out.push(0.62 * (throat.sound(x + hiss) + 0.12 * hiss + 0.05 * x));
        }
    }
    out
}
