//! Keyboards: an electric piano by frequency modulation, and a pad of detuned saws.

use super::filter::Svf;
use super::{Noise, Phase, decay, samples, sine};

/// One note of the electric piano: a tine that modulates a tone bar, and a bell on the attack.
/// `force` 0 to 1, `hold` in seconds.
pub fn electric_piano(hz: f32, hold: f32, force: f32, noise: &mut Noise) -> Vec<f32> {
    let (mut bar, mut tine, mut bell) = (Phase::default(), Phase::default(), Phase(0.1));
    let detune = 1.0 + noise.slip(0.0012);
    let (mut amp, mut index, mut ting, mut attack) = (1.0, 1.0, 1.0, 0.0_f32);
    let (d_amp, d_index, d_ting) = (decay(300.0 / (hz + 80.0)), decay(0.35), decay(0.09));
    let d_stop = decay(0.05);
    let stop = samples(hold);
    (0..stop + samples(0.3))
        .map(|n| {
            amp *= if n < stop { d_amp } else { d_stop };
            index *= d_index;
            ting *= d_ting;
            attack = (attack + 0.008).min(1.0);
            let modulator = sine(tine.step(hz)) * (0.05 + 0.16 * force * index);
            let chime = sine(bell.step(hz * 7.02)) * ting * (0.06 + 0.1 * force);
            let tone = sine(bar.step(hz * detune) + modulator + 2.0);
            attack * amp * force * (0.8 * tone + chime)
        })
        .collect()
}

/// A chord of detuned saws under a slow filter, left and right.
pub fn pad(chord: &[f32], seconds: f32, open: f32, noise: &mut Noise) -> [Vec<f32>; 2] {
    const SPREAD: [f32; 2] = [0.9965, 1.0035];
    let length = samples(seconds);
    let rise = samples(seconds * 0.3).max(1) as f32;
    let fall = samples(0.5).max(1) as f32;
    SPREAD.map(|spread| {
        let mut saws: Vec<(Phase, f32)> = chord
            .iter()
            .flat_map(|hz| [*hz * spread, *hz * (2.0 - spread) * 1.0008])
            .map(|hz| (Phase(0.5 + 0.5 * noise.next()), hz))
            .collect();
        let mut filter = Svf::new(400.0, 0.8);
        let mut sway = Phase(0.5 + 0.5 * noise.next());
        let level = 0.5 / (saws.len().max(1) as f32);
        (0..length)
            .map(|n| {
                let t = n as f32;
                let breath = 0.5 + 0.5 * sine(sway.step(0.17));
                if n % 64 == 0 {
                    filter.tune(
                        350.0 + open * (700.0 * (t / rise).min(1.5) + 900.0 * breath),
                        0.9,
                    );
                }
                let amp = (t / rise).min(1.0) * ((length as f32 - t) / fall).min(1.0);
                let sum: f32 = saws.iter_mut().map(|(phase, hz)| phase.saw(*hz)).sum();
                filter.low(sum) * level * amp
            })
            .collect()
    })
}
