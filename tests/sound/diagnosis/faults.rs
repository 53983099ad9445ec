//! What is done to a set of stems, or to its mix, for its sum to fail.

use super::*;

/// What was done, and what should be said of it.
pub(super) struct Injected {
    pub(super) stems: Vec<Sound>,
    pub(super) mix: Sound,
    /// Any of these, of any of these stems.
    pub(super) kinds: Vec<Kind>,
    pub(super) of: Vec<Option<usize>>,
}

pub(super) const FAULTS: [&str; 23] = [
    "stem late",
    "stem early",
    "stem gain",
    "stem polarity",
    "channels swapped",
    "stem silent",
    "stem absent",
    "stem not in mix",
    "stem at double level",
    "stem file twice",
    "track in two stems",
    "track not in mix",
    "stem twice in mix",
    "tail cut",
    "mix cut",
    "master compressor",
    "master saturation",
    "master limiter",
    "wrong speed",
    "mix late",
    "mix gain",
    "mix polarity",
    "mix swapped",
];

pub(super) fn inject(fault: &str, job: &Job, random: &mut Random) -> Option<Injected> {
    let mut stems = job.stems.clone();
    let frames = stems[0].len() / 2;
    let mut mix = sum(&stems, frames);
    let sounding: Vec<usize> = (0..stems.len())
        .filter(|at| peak(&stems[*at]) > 0.0)
        .collect();
    let at = random.pick(&sounding);
    let other = *sounding.iter().find(|other| **other != at)?;
    let mut of = vec![Some(at)];
    let far = random.pick(&[1, 2, 7, 26, 480, i64::from(RATE)]);
    let db: f64 = random.pick(&[0.01, 0.1, 0.5, 1.0, 3.0, 12.0]) * random.pick(&[-1.0, 1.0]);
    let kinds = match fault {
        "stem late" | "stem early" => {
            let late = if fault == "stem late" { far } else { -far };
            stems[at] = moved(&stems[at], late);
            vec![Kind::Late(late)]
        }
        "stem gain" => {
            stems[at].iter_mut().for_each(|x| *x *= gain(db.min(6.5)));
            vec![Kind::Gain(db.min(6.5))]
        }
        "stem polarity" => {
            stems[at].iter_mut().for_each(|x| *x = -*x);
            vec![Kind::Polarity]
        }
        "channels swapped" => {
            stems[at].chunks_mut(2).for_each(|frame| frame.swap(0, 1));
            vec![Kind::Swapped]
        }
        "stem silent" => {
            if sounding.len() < stems.len() {
                of.push(None);
            }
            stems[at].fill(0.0);
            vec![Kind::Missing]
        }
        "stem absent" => {
            stems.remove(at);
            // One that is silent is as good a guess.
            of = stems
                .iter()
                .enumerate()
                .filter(|(_, s)| peak(s) == 0.0)
                .map(|(s, _)| Some(s))
                .collect();
            of.push(None);
            vec![Kind::Missing]
        }
        "stem not in mix" => {
            add(&mut mix, &job.stems[at], -1.0);
            vec![Kind::NotInMix]
        }
        "stem at double level" => {
            stems[at].iter_mut().for_each(|x| *x *= 2.0);
            vec![Kind::CountedTwice]
        }
        "stem file twice" => {
            stems.push(job.stems[at].clone());
            of.push(Some(stems.len() - 1));
            vec![Kind::CountedTwice]
        }
        "track in two stems" => {
            let track = sound(random, frames, 0.1);
            add(&mut stems[at], &track, 1.0);
            add(&mut stems[other], &track, 1.0);
            add(&mut mix, &track, 1.0);
            of.push(Some(other));
            vec![Kind::SharesTrack]
        }
        "track not in mix" => {
            let track = sound(random, frames, 0.1);
            add(&mut stems[at], &track, 1.0);
            vec![Kind::Extra]
        }
        "stem twice in mix" => {
            add(&mut mix, &job.stems[at], 1.0);
            vec![Kind::TwiceInMix]
        }
        "tail cut" => {
            let end = stems[at].iter().rposition(|x| x.abs() > 0.0)? / 2;
            let loud = peak(&stems[at]) * 0.02;
            let mut cut = random.size(end * 5 / 10, end * 95 / 100);
            // In the midst of sound.
            while cut > 0 && peak(&stems[at][2 * cut..2 * cut + 40]) < loud {
                cut -= 20.min(cut);
            }
            stems[at][2 * cut..].fill(0.0);
            vec![Kind::TailCut(cut as u64)]
        }
        "mix cut" => {
            let cut = random.size(frames / 2, frames * 95 / 100);
            mix[2 * cut..].fill(0.0);
            of = vec![None];
            vec![Kind::MixCut(cut as u64)]
        }
        "master compressor" | "master saturation" | "master limiter" => {
            master(fault, &mut mix, random);
            of = vec![None];
            vec![Kind::MasterChain(0.0)]
        }
        "wrong speed" => {
            let speed = random.pick(&[48_000.0 / 44_100.0, 44_100.0 / 48_000.0, 0.5]);
            stems[at] = at_speed(&stems[at], speed);
            vec![Kind::Speed(speed)]
        }
        "mix late" => {
            mix = moved(&mix, -far);
            of = vec![None];
            vec![Kind::Late(far)]
        }
        "mix gain" => {
            mix.iter_mut().for_each(|x| *x *= gain(db.min(6.5)));
            of = vec![None];
            vec![Kind::Gain(-db.min(6.5))]
        }
        "mix polarity" => {
            mix.iter_mut().for_each(|x| *x = -*x);
            of = vec![None];
            vec![Kind::Polarity]
        }
        _ => {
            mix.chunks_mut(2).for_each(|frame| frame.swap(0, 1));
            of = vec![None];
            // Where all others are the same on both sides, it is that stem's fault as well.
            let is_wide = |stem: &Sound| stem.chunks(2).any(|frame| frame[0] != frame[1]);
            let wide: Vec<usize> = (0..stems.len()).filter(|at| is_wide(&stems[*at])).collect();
            if let [only] = wide.as_slice() {
                of.push(Some(*only));
            }
            vec![Kind::Swapped]
        }
    };
    Some(Injected {
        stems,
        mix,
        kinds,
        of,
    })
}

pub(super) fn moved(sound: &[f64], late: i64) -> Sound {
    let shift = 2 * late.unsigned_abs() as usize;
    let silence = vec![0.0; shift];
    match late > 0 {
        true => [&silence, &sound[..sound.len() - shift]].concat(),
        false => [&sound[shift..], &silence].concat(),
    }
}

pub(super) fn master(fault: &str, mix: &mut [f64], random: &mut Random) {
    let top = peak(mix);
    let limit = top * random.real(0.2, 0.7);
    let mut level = 0.0_f64;
    for frame in mix.chunks_mut(2) {
        let now = frame.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let pace = if now > level { 0.02 } else { 0.0005 };
        level += pace * (now - level);
        let turned = (limit / level.max(1e-9)).min(1.0).powf(0.6);
        for x in frame {
            *x = match fault {
                "master compressor" => *x * turned,
                "master saturation" => (*x / limit).tanh() * limit,
                _ => x.clamp(-limit, limit),
            };
        }
    }
}

/// Played so many times too fast.
pub(super) fn at_speed(sound: &[f64], speed: f64) -> Sound {
    let frames = sound.len() / 2;
    let mut out = Vec::with_capacity(sound.len());
    for frame in 0..frames {
        let at = frame as f64 * speed;
        let base = at.floor() as i64;
        for side in 0..2 {
            let tap = |tap: i64| {
                let apart = at - tap as f64;
                let sinc = match apart.abs() < 1e-9 {
                    true => 1.0,
                    false => (apart * std::f64::consts::PI).sin() / (apart * std::f64::consts::PI),
                };
                let window = 0.5 + 0.5 * (apart / 25.0 * std::f64::consts::PI).cos();
                let place = usize::try_from(tap).ok().filter(|place| *place < frames);
                place.map_or(0.0, |place| sound[2 * place + side] * sinc * window)
            };
            out.push((base - 23..=base + 24).map(tap).sum());
        }
    }
    out
}
