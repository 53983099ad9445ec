//! A drum kit as single hits.

use super::filter::{OnePole, Svf};
use super::{Noise, Phase, RATE, decay, drive, samples, sine};

/// The pieces that the score can hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    Kick,
    Snare,
    Ghost,
    Hat,
    OpenHat,
    Crash,
    HighTom,
    MidTom,
    LowTom,
    Clap,
    Shaker,
    Tambourine,
}

/// Every piece in a few takes, since no two hits of a drummer are alike.
#[derive(Debug)]
pub struct Kit {
    hits: Vec<(Piece, Vec<Vec<f32>>)>,
}

impl Kit {
    pub fn new(seed: u32) -> Self {
        let mut noise = Noise::new(seed);
        let mut takes = |piece, count, make: &dyn Fn(&mut Noise) -> Vec<f32>| {
            (piece, (0..count).map(|_| make(&mut noise)).collect())
        };
        Self {
            hits: vec![
                takes(Piece::Kick, 3, &kick),
                takes(Piece::Snare, 4, &|noise| snare(noise, 1.0)),
                takes(Piece::Ghost, 3, &|noise| snare(noise, 0.45)),
                takes(Piece::Hat, 5, &|noise| hat(noise, 0.035)),
                takes(Piece::OpenHat, 3, &|noise| hat(noise, 0.22)),
                takes(Piece::Crash, 2, &crash),
                takes(Piece::HighTom, 2, &|noise| tom(noise, 172.0)),
                takes(Piece::MidTom, 2, &|noise| tom(noise, 128.0)),
                takes(Piece::LowTom, 2, &|noise| tom(noise, 88.0)),
                takes(Piece::Clap, 3, &clap),
                takes(Piece::Shaker, 4, &shaker),
                takes(Piece::Tambourine, 3, &tambourine),
            ],
        }
    }

    /// One hit of a piece, peak about 0.9; `turn` chooses among the takes.
    pub fn hit(&self, piece: Piece, turn: usize) -> &[f32] {
        self.hits
            .iter()
            .find(|(name, _)| *name == piece)
            .and_then(|(_, takes)| takes.get(turn % takes.len().max(1)))
            .map_or(&[], Vec::as_slice)
    }
}

/// Fades the last `seconds` so that a cut hit does not click, and brings the peak to 0.9.
fn finish(mut hit: Vec<f32>, seconds: f32) -> Vec<f32> {
    let fade = samples(seconds).max(1);
    for (n, x) in hit.iter_mut().rev().take(fade).enumerate() {
        *x *= n as f32 / fade as f32;
    }
    let peak = hit.iter().fold(1e-6_f32, |peak, x| peak.max(x.abs()));
    hit.iter_mut().for_each(|x| *x *= 0.9 / peak);
    hit
}

fn kick(noise: &mut Noise) -> Vec<f32> {
    let mut phase = Phase::default();
    let (mut sweep, mut punch, mut amp, mut click) = (165.0, 70.0, 1.0, 1.0);
    let (d_sweep, d_punch, d_amp, d_click) =
        (decay(0.011), decay(0.045), decay(0.13), decay(0.0022));
    let mut edge = Svf::new(3_400.0, 0.9);
    let base = 47.0 + noise.slip(0.8);
    let hit = (0..samples(0.6)).map(|_| {
        sweep *= d_sweep;
        punch *= d_punch;
        amp *= d_amp;
        click *= d_click;
        let body = sine(phase.step(base + sweep + punch)) * amp;
        drive(1.7 * body + 0.9 * edge.band(noise.next()) * click)
    });
    finish(hit.collect(), 0.1)
}

/// `force` 1 is a full stroke, 0.45 a ghost note: duller and with less wire.
fn snare(noise: &mut Noise, force: f32) -> Vec<f32> {
    let (mut low, mut high) = (Phase::default(), Phase(0.25));
    let (mut bend, mut shell, mut wire, mut snap) = (1.0, 1.0, 1.0, 1.0);
    let (d_bend, d_shell) = (decay(0.012), decay(0.065));
    let (d_wire, d_snap) = (decay(0.05 + 0.055 * force), decay(0.006));
    let mut body = Svf::new(1_900.0, 0.6);
    let mut air = OnePole::new(5_200.0);
    let tune = 1.0 + noise.slip(0.012);
    let hit = (0..samples(0.55)).map(|_| {
        bend *= d_bend;
        shell *= d_shell;
        wire *= d_wire;
        snap *= d_snap;
        let pitch = tune * (1.0 + 0.35 * bend);
        let drum = 0.75 * sine(low.step(186.0 * pitch)) + 0.35 * sine(high.step(331.0 * pitch));
        let n = noise.next();
        let wires = (0.95 * body.band(n) + 0.5 * force * air.high(n)) * wire;
        drive(1.3 * (drum * shell + wires + 0.5 * n * snap * force))
    });
    finish(hit.collect(), 0.1)
}

/// Six squares that are no harmonics of each other, as in a struck plate.
fn metal(phases: &mut [Phase; 6], scale: f32) -> f32 {
    const PARTIALS: [f32; 6] = [2_053.0, 3_077.0, 4_211.0, 5_471.0, 6_733.0, 8_017.0];
    phases
        .iter_mut()
        .zip(PARTIALS)
        .map(|(phase, hz)| {
            if phase.step(hz * scale) < 0.5 {
                1.0
            } else {
                -1.0
            }
        })
        .sum::<f32>()
        / 6.0
}

fn hat(noise: &mut Noise, seconds: f32) -> Vec<f32> {
    let mut phases = [Phase::default(); 6];
    let (mut amp, mut tick) = (1.0, 1.0);
    let (d_amp, d_tick) = (decay(seconds * (1.0 + noise.slip(0.25))), decay(0.003));
    let mut high = Svf::new(7_400.0, 0.9);
    let mut smooth = OnePole::new(14_000.0);
    let hit = (0..samples(seconds * 5.5 + 0.04)).map(|_| {
        amp *= d_amp;
        tick *= d_tick;
        let x = 0.6 * metal(&mut phases, 1.03) + 0.55 * noise.next();
        smooth.low(high.high(x)) * (amp + 0.7 * tick)
    });
    finish(hit.collect(), 0.03)
}

fn crash(noise: &mut Noise) -> Vec<f32> {
    let mut phases = [Phase::default(); 6];
    let (mut amp, mut bright) = (1.0, 1.0);
    let (d_amp, d_bright) = (decay(0.85), decay(0.16));
    let mut high = Svf::new(2_600.0, 0.6);
    let mut air = OnePole::new(6_500.0);
    let hit = (0..samples(3.2)).map(|_| {
        amp *= d_amp;
        bright *= d_bright;
        let x = high.high(0.3 * metal(&mut phases, 0.71) + 0.7 * noise.next());
        let dull = air.low(x);
        (dull + (x - dull) * (0.35 + bright)) * amp
    });
    finish(hit.collect(), 0.8)
}

fn tom(noise: &mut Noise, hz: f32) -> Vec<f32> {
    let mut phase = Phase::default();
    let (mut bend, mut amp, mut stick) = (1.0, 1.0, 1.0);
    let (d_bend, d_amp, d_stick) = (decay(0.05), decay(0.19), decay(0.004));
    let mut skin = Svf::new(hz * 9.0, 0.8);
    let hit = (0..samples(0.9)).map(|_| {
        bend *= d_bend;
        amp *= d_amp;
        stick *= d_stick;
        let pitch = hz * (1.0 + 0.5 * bend);
        let n = skin.band(noise.next());
        drive(1.4 * sine(phase.step(pitch)) * amp + n * (0.8 * stick + 0.05 * amp))
    });
    finish(hit.collect(), 0.2)
}

/// Several hands: four bursts within 30 ms, then the room.
fn clap(noise: &mut Noise) -> Vec<f32> {
    let mut tone = Svf::new(1_250.0, 1.1);
    let mut air = Svf::new(2_400.0, 0.7);
    let gaps = [0.0, 0.009, 0.019, 0.030].map(|at: f32| samples(at + noise.slip(0.002).abs()));
    let (mut burst, mut tail) = (0.0, 0.0);
    let (d_burst, d_tail) = (decay(0.004), decay(0.07));
    let hit = (0..samples(0.4)).map(|n| {
        if gaps.contains(&n) {
            burst = 1.0;
            tail = 0.6;
        }
        burst *= d_burst;
        tail *= d_tail;
        let x = noise.next();
        (tone.band(x) + 0.35 * air.high(x)) * (burst + tail)
    });
    finish(hit.collect(), 0.1)
}

fn shaker(noise: &mut Noise) -> Vec<f32> {
    let mut band = Svf::new(6_800.0 + noise.slip(600.0), 0.9);
    let swell = samples(0.028) as f32;
    let hit = (0..samples(0.11)).map(|n| {
        let n = n as f32;
        let amp = if n < swell {
            n / swell
        } else {
            libm::expf(-(n - swell) / (0.02 * RATE))
        };
        band.band(noise.next()) * amp * amp
    });
    finish(hit.collect(), 0.02)
}

fn tambourine(noise: &mut Noise) -> Vec<f32> {
    let mut phases = [Phase::default(); 6];
    let mut amp = 1.0;
    let d_amp = decay(0.075);
    let mut high = Svf::new(5_600.0, 1.2);
    let hit = (0..samples(0.35)).map(|_| {
        amp *= d_amp;
        let jingle = metal(&mut phases, 1.31) * noise.next();
        high.high(jingle + 0.25 * noise.next()) * amp
    });
    finish(hit.collect(), 0.05)
}
