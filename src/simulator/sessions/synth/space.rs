//! Rooms and echoes, printed: a feedback delay network and a ping-pong delay.
#![allow(clippy::indexing_slicing)]

use super::filter::OnePole;
use super::samples;

/// What a room does.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Seconds until it has fallen by 60 dB.
    pub seconds: f32,
    /// Seconds before its first sound.
    pub before: f32,
    /// 1 is a large hall, 0.3 a drum room.
    pub size: f32,
    /// Hz above which the walls swallow.
    pub dark: f32,
}

/// Lengths without common factors, so that echoes never pile up.
const LINES: [usize; 8] = [1_433, 1_601, 1_867, 2_053, 2_251, 2_399, 2_617, 2_797];

/// The sound of the room alone (no dry sound), left and right, as long as the source.
pub fn reverb(source: &[f32], room: &Room) -> [Vec<f32>; 2] {
    let lengths = LINES.map(|length| ((length as f32 * room.size) as usize).max(32));
    let mut lines = lengths.map(|length| vec![0.0_f32; length]);
    let losses =
        lengths.map(|length| libm::powf(0.001, length as f32 / (super::RATE * room.seconds)));
    let mut walls = [OnePole::new(room.dark); 8];
    let mut at = [0_usize; 8];
    let mut thin = OnePole::new(180.0);
    let before = samples(room.before);
    let mut left = Vec::with_capacity(source.len());
    let mut right = Vec::with_capacity(source.len());
    for n in 0..source.len() {
        let dry = if n >= before { source[n - before] } else { 0.0 };
        let input = thin.high(dry) * 0.35;
        let mut outs = [0.0_f32; 8];
        for i in 0..8 {
            outs[i] = walls[i].low(lines[i][at[i]]) * losses[i];
        }
        // Householder mixing: every line hears all others, and no energy is lost or made.
        let mean = outs.iter().sum::<f32>() * 0.25;
        for i in 0..8 {
            let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
            lines[i][at[i]] = outs[i] - mean + input * sign;
            at[i] += 1;
            if at[i] == lengths[i] {
                at[i] = 0;
            }
        }
        left.push(outs[0] - outs[2] + outs[4] - outs[6]);
        right.push(outs[1] - outs[3] + outs[5] - outs[7]);
    }
    [left, right]
}

/// Echoes that jump from side to side every `step` samples, each darker and quieter.
pub fn ping_pong(source: &[f32], step: usize, feedback: f32) -> [Vec<f32>; 2] {
    let mut left = vec![0.0_f32; source.len()];
    let mut right = vec![0.0_f32; source.len()];
    let (mut dull_left, mut dull_right) = (OnePole::new(3_200.0), OnePole::new(2_600.0));
    let mut thin = OnePole::new(260.0);
    for n in step..source.len() {
        left[n] = dull_left.low(thin.high(source[n - step]) + feedback * right[n - step]);
        right[n] = dull_right.low(feedback * left[n - step]);
    }
    [left, right]
}
