//! The diagnosis of failed sums on generated jobs: no false alarm, and each fault flagged and named.
//! `PT_STEM_DIAGNOSES=200` makes it longer, `PT_STEM_SEED` another one.

use std::collections::BTreeMap;
use std::convert::Infallible;

use pt_stem::audio::diagnose::{Each, Fault, Kind, Limits, Recording, diagnose, faint};
use pt_stem::audio::null::file_error;
use pt_stem::audio::sum::gain;
use pt_stem::engine::proof::{StemSum, is_odd};
use pt_stem::model::job::{Proof, Verdict};
use pt_stem::model::stem::{BitDepth, Dither};
use rayon::prelude::*;

use crate::Random;

#[path = "diagnosis/faults.rs"]
mod faults;

use faults::*;

const RATE: u32 = 4_000;

/// Stereo, interleaved.
type Sound = Vec<f64>;

#[derive(Clone)]
struct Job {
    stems: Vec<Sound>,
    bits: BitDepth,
    dither: Dither,
}

struct Set {
    stems: Vec<Sound>,
    mix: Sound,
}

impl Recording for Set {
    type Error = Infallible;

    fn stems(&self) -> usize {
        self.stems.len()
    }

    fn through(&self, each: &mut Each<'_>) -> Result<(), Infallible> {
        for from in (0..self.mix.len()).step_by(9_000) {
            let to = (from + 9_000).min(self.mix.len());
            let blocks: Vec<Sound> = self.stems.iter().map(|s| s[from..to].to_vec()).collect();
            each(&blocks, &self.mix[from..to]);
        }
        Ok(())
    }

    fn alone(&self, stem: usize, each: &mut dyn FnMut(&[f64])) -> Result<(), Infallible> {
        self.stems[stem].chunks(9_000).for_each(each);
        Ok(())
    }
}

/// One stem's sound: bursts of filtered noise, or notes, with envelopes that die away.
fn sound(random: &mut Random, frames: usize, level: f64) -> Sound {
    let mut samples = vec![0.0; frames * 2];
    let is_mono = random.chance(0.3);
    let is_tonal = random.chance(0.5);
    let end = random.size(frames * 7 / 10, frames);
    let mut at = random.size(0, frames / 6);
    let cut = random.real(0.05, 0.9);
    while at < end {
        let length = random.size(frames / 20, frames / 3).min(end - at);
        let sides = [random.real(0.2, 1.0), random.real(0.2, 1.0)];
        let pitch = random.real(50.0, 900.0);
        let (mut low, fall) = ([0.0; 2], random.real(1.0, 5.0));
        let parts: Vec<(f64, f64)> = (1..6)
            .map(|part| {
                (
                    f64::from(part) * random.real(0.995, 1.005),
                    random.real(0.0, 1.0),
                )
            })
            .collect();
        for frame in 0..length {
            let time = frame as f64 / length as f64;
            let shape = (time * 40.0).min(1.0) * (-fall * time).exp();
            let noise = [random.real(-1.0, 1.0), random.real(-1.0, 1.0)];
            for side in 0..2 {
                let noise = if is_mono { noise[0] } else { noise[side] };
                low[side] += cut * (noise - low[side]);
                let phase = frame as f64 / f64::from(RATE) * pitch * std::f64::consts::TAU;
                let tone: f64 = parts.iter().map(|(n, a)| a * (n * phase).sin()).sum();
                let of = if is_tonal {
                    tone / 3.0 + 0.02 * low[side]
                } else {
                    low[side]
                };
                let side_gain = if is_mono { 0.7 } else { sides[side] };
                samples[2 * (at + frame) + side] += level * shape * of * side_gain;
            }
        }
        at += random.size(length / 2, length + frames / 20).max(1);
    }
    samples
}

fn job(random: &mut Random, is_short: bool) -> Job {
    let frames = random.size(12_000, 24_000);
    let count = match random.size(0, 2) {
        _ if is_short => random.size(2, 4),
        0 => random.size(2, 6),
        1 => random.size(7, 20),
        _ => random.size(21, 48),
    };
    let level = 0.8 / (count as f64).sqrt();
    let mut stems: Vec<Sound> = Vec::new();
    for _ in 0..count {
        let quiet = level * random.real(0.2, 1.0);
        let mut stem = sound(random, frames, quiet);
        if random.chance(0.2) && !stems.is_empty() {
            // Bleed of another.
            let (from, much) = (random.size(0, stems.len() - 1), random.real(0.05, 0.4));
            add(&mut stem, &stems[from], much);
        }
        stems.push(stem);
    }
    if count > 4 && random.chance(0.15) {
        stems[0].fill(0.0);
    }
    let bits = random.pick(&[BitDepth::Int16, BitDepth::Int24, BitDepth::Float32]);
    let is_dithered = bits != BitDepth::Float32 && random.chance(0.5);
    let dither = if is_dithered {
        Dither::Tpdf
    } else {
        Dither::None
    };
    let mut mix = sum(&stems, frames);
    let peak = peak(&mix).max(stems.iter().map(|s| self::peak(s)).fold(0.0, f64::max));
    // Room for twice the loudest.
    mix.clear();
    for stem in &mut stems {
        stem.iter_mut().for_each(|x| *x *= 0.45 / peak.max(1e-9));
    }
    Job {
        stems,
        bits,
        dither,
    }
}

fn peak(sound: &[f64]) -> f64 {
    sound.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

fn add(to: &mut [f64], from: &[f64], much: f64) {
    to.iter_mut()
        .zip(from)
        .for_each(|(to, from)| *to += much * from);
}

fn sum(stems: &[Sound], frames: usize) -> Sound {
    let mut mix = vec![0.0; frames * 2];
    stems.iter().for_each(|stem| add(&mut mix, stem, 1.0));
    mix
}

/// What a file holds of it.
fn written(sound: &[f64], job: &Job, random: &mut Random) -> Sound {
    let steps = libm::exp2(f64::from(job.bits.bits()) - 1.0);
    let mut store = |x: f64| match job.bits {
        BitDepth::Float32 => f64::from(x as f32),
        _ => {
            let noise = match job.dither {
                Dither::Tpdf => random.real(-0.5, 0.5) + random.real(-0.5, 0.5),
                Dither::None => 0.0,
            };
            ((x * steps + noise).round() / steps).clamp(-1.0, 1.0 - 1.0 / steps)
        }
    };
    sound.iter().map(|x| store(*x)).collect()
}

/// The proof, and what the set and a file may be off.
fn proof(set: &Set, job: &Job) -> (Proof, Limits) {
    let mut sums = StemSum::default();
    for from in (0..set.mix.len()).step_by(8_192) {
        let to = (from + 8_192).min(set.mix.len());
        sums.begin((to - from) / 2);
        set.stems.iter().for_each(|s| sums.add(&s[from..to], 2));
        sums.end(&set.mix[from..to], 2);
    }
    for file in set.stems.iter().chain([&set.mix]) {
        sums.allow_bounced(job.bits, job.dither, peak(file), false);
    }
    let proof = sums.verdict("test");
    let limits = Limits {
        rate: RATE,
        bound: gain(proof.threshold_dbfs.unwrap()),
        errors: vec![file_error(job.bits, job.dither, 1.0); set.stems.len()],
    };
    (proof, limits)
}

/// Whether it is a fault, and which: by what passes the bound, and by what follows a stem below it.
fn judged(set: &Set, job: &Job) -> (bool, Vec<Fault>, Limits) {
    let (proof, limits) = proof(set, job);
    if proof.verdict == Verdict::Fail {
        return (true, diagnose(set, &limits).unwrap(), limits);
    }
    let rounding = gain(proof.rounding_rms_dbfs.unwrap());
    let found = is_odd(&proof).then(|| faint(set, &limits, rounding).unwrap());
    let found: Vec<Fault> = found.flatten().into_iter().collect();
    (!found.is_empty(), found, limits)
}

fn is_right(said: &[Fault], wanted: &Injected) -> bool {
    let Some(first) = said.first() else {
        return false;
    };
    let is_same = |kind: &Kind| match (*kind, first.kind) {
        (Kind::Gain(want), Kind::Gain(got)) => (want - got).abs() < (want.abs() * 0.02).max(0.003),
        (Kind::MasterChain(_), Kind::MasterChain(_)) => true,
        (Kind::Speed(want), Kind::Speed(got)) => (want - got).abs() < 1e-6,
        (Kind::TailCut(want), Kind::TailCut(got)) | (Kind::MixCut(want), Kind::MixCut(got)) => {
            want.abs_diff(got) < u64::from(RATE) / 20
        }
        (want, got) => want == got,
    };
    wanted.kinds.iter().any(is_same) && wanted.of.contains(&first.stem)
}

#[derive(Default)]
struct Row {
    injected: usize,
    counted: usize,
    flagged: usize,
    named: usize,
}

/// Fault, whether it counts, was flagged, was named rightly, and what was said.
type Outcome = (usize, bool, bool, bool, String);

#[test]
fn failed_sums_are_flagged_and_named() {
    let number = |name: &str, or: u64| {
        let value = std::env::var(name).ok();
        value.map_or(or, |value| value.parse().unwrap())
    };
    let (jobs, seed) = (
        number("PT_STEM_DIAGNOSES", 2),
        number("PT_STEM_SEED", 20_260),
    );
    println!("seed {seed}, {jobs} jobs");
    let done: Vec<Vec<Outcome>> = (0..jobs)
        .into_par_iter()
        .map(|at| of_job(seed.wrapping_mul(1_000_003) + at, jobs < 20))
        .collect();
    let mut table: BTreeMap<usize, Row> = BTreeMap::new();
    for (fault, counts, flagged, named, words) in done.into_iter().flatten() {
        let row = table.entry(fault).or_default();
        row.injected += 1;
        row.counted += usize::from(counts);
        row.flagged += usize::from(counts && flagged);
        row.named += usize::from(counts && named);
        if counts && !named {
            println!("{words}");
        }
    }
    let (mut counted, mut named, mut flagged) = (0, 0, 0);
    println!("{:<22} injected counted flagged   named", "fault");
    let part = |of: usize, all: usize| 100.0 * of as f64 / all.max(1) as f64;
    for (fault, row) in &table {
        let Row {
            injected,
            counted: all,
            ..
        } = row;
        let (seen, told) = (part(row.flagged, *all), part(row.named, *all));
        println!(
            "{:<22} {injected:>8} {all:>7} {seen:>6.1}% {told:>6.1}%",
            FAULTS[*fault]
        );
        counted += all;
        named += row.named;
        flagged += row.flagged;
    }
    println!(
        "{:<22} {counted:>16} {:>6.1}% {:>6.1}%",
        "all",
        part(flagged, counted),
        part(named, counted)
    );
    assert_eq!(
        flagged, counted,
        "each fault that passes the bound is flagged"
    );
    assert!(part(named, counted) >= 95.0);
}

fn of_job(seed: u64, is_short: bool) -> Vec<Outcome> {
    let mut random = Random(seed);
    let job = job(&mut random, is_short);
    let frames = job.stems[0].len() / 2;
    let stored = |stems: &[Sound], mix: &[f64], random: &mut Random| Set {
        stems: stems
            .iter()
            .map(|stem| written(stem, &job, random))
            .collect(),
        mix: written(mix, &job, random),
    };
    let right = stored(&job.stems, &sum(&job.stems, frames), &mut random);
    let (flagged, said, limits) = judged(&right, &job);
    assert!(!flagged, "false alarm, job {seed}: {said:?}");
    assert_eq!(diagnose(&right, &limits).unwrap(), [], "job {seed}");
    let mut done = Vec::new();
    for (at, fault) in FAULTS.iter().enumerate() {
        let Some(wanted) = inject(fault, &job, &mut random) else {
            continue;
        };
        let set = stored(&wanted.stems, &wanted.mix, &mut random);
        let (flagged, said, limits) = judged(&set, &job);
        // What the fault alone leaves, without rounding.
        let mut alone = sum(&wanted.stems, frames);
        add(&mut alone, &wanted.mix, -1.0);
        let counts = flagged || peak(&alone) > limits.bound;
        let named = is_right(&said, &wanted);
        let words = format!(
            "job {seed}, {} stems, {:?} {:?}, {fault}: wanted {:?} of {:?}, said {said:?}, {:.2} of the bound",
            job.stems.len(),
            job.bits,
            job.dither,
            wanted.kinds,
            wanted.of,
            peak(&alone) / limits.bound
        );
        done.push((at, counts, flagged, named, words));
    }
    done
}
