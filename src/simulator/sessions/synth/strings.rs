//! Plucked strings: a noise burst running round a tuned delay (Karplus and Strong, with a
//! fractional delay so that the pitch is right).
#![allow(clippy::indexing_slicing)]

use super::filter::OnePole;
use super::{Noise, RATE, samples};

/// How a string is struck.
#[derive(Debug, Clone, Copy)]
pub struct Pluck {
    pub hz: f32,
    /// Seconds until the finger stops the string.
    pub hold: f32,
    /// Seconds until an open string has fallen by 60 dB.
    pub ring: f32,
    /// 0 felt to 1 steel.
    pub bright: f32,
    /// 0 to 1.
    pub force: f32,
    /// Where along the string, 0 to 0.5.
    pub place: f32,
}

/// The sound of one pluck, peak below 1.
pub fn pluck(how: &Pluck, noise: &mut Noise) -> Vec<f32> {
    let damping = 0.5 - 0.45 * how.bright;
    let period = RATE / how.hz - damping;
    let whole = (period - 0.2).max(2.0) as usize;
    let part = period - whole as f32;
    let allpass = (1.0 - part) / (1.0 + part);
    let mut string = excite(how, whole, noise);
    let open = libm::powf(0.001, 1.0 / (how.hz * how.ring));
    let stopped = libm::powf(0.001, 1.0 / (how.hz * 0.09));
    let hold = samples(how.hold);
    let length = hold + samples(0.1);
    let mut out = Vec::with_capacity(length);
    let (mut at, mut last, mut x1, mut y1) = (0, 0.0, 0.0, 0.0);
    for n in 0..length {
        let x = string[at];
        let loss = if n < hold { open } else { stopped };
        let filtered = loss * ((1.0 - damping) * x + damping * last);
        last = x;
        let y = allpass * (filtered - y1) + x1;
        x1 = filtered;
        y1 = y;
        string[at] = y;
        at += 1;
        if at == whole {
            at = 0;
        }
        out.push(x);
    }
    let fade = samples(0.01);
    for (n, x) in out.iter_mut().rev().take(fade).enumerate() {
        *x *= n as f32 / fade as f32;
    }
    out
}

/// One period of filtered noise: softer strokes are duller, the plucking place makes the comb.
fn excite(how: &Pluck, length: usize, noise: &mut Noise) -> Vec<f32> {
    let mut soft = OnePole::new(how.hz * 2.0 + 9_000.0 * how.bright * how.force);
    let raw: Vec<f32> = (0..length).map(|_| soft.low(noise.next())).collect();
    let shift = ((how.place * length as f32) as usize).clamp(1, length.max(2) - 1);
    let mut burst: Vec<f32> = (0..length)
        .map(|n| raw[n] - raw[(n + length - shift) % length])
        .collect();
    let mean = burst.iter().sum::<f32>() / length as f32;
    burst.iter_mut().for_each(|x| *x -= mean);
    let peak = burst.iter().fold(1e-6_f32, |peak, x| peak.max(x.abs()));
    burst.iter_mut().for_each(|x| *x *= how.force / peak);
    burst
}
