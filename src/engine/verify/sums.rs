//! The sum of files on disk against a mix on disk.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use crate::audio::diagnose::Limits;
use crate::audio::null::file_error;
use crate::engine::diagnose::{self, Set};
use crate::engine::proof::{self, StemSum};
use crate::engine::sum::{self, Mix};
use crate::engine::verify::folder::name_of;
use crate::engine::voice::Voice;
use crate::error::{Error, ErrorKind, Result};
use crate::media::probe::probe;
use crate::model::job::{Diagnosis, Proof, Verdict};
use crate::model::stem::{BitDepth, Dither};
use crate::model::text::clean;

/// The depth whose rounding a file has at most.
fn depth(bits: u16, float: bool) -> BitDepth {
    match (bits, float) {
        (32.., true) => BitDepth::Float32,
        (24.., _) => BitDepth::Int24,
        _ => BitDepth::Int16,
    }
}

/// The files of a stem, or of a mix.
pub(super) struct Whole {
    /// One, or one for each channel.
    pub files: Vec<PathBuf>,
    pub name: String,
    /// Noise that may have been added when it was written.
    pub dither: Dither,
    /// Whether it may have been rounded to floats before, as Pro Tools does.
    pub bounced: bool,
    /// Whether samples at full scale may have been clipped there.
    pub may_be_clipped: bool,
}

/// The dither of a file, and whether it may have been rounded to floats before.
type Made = (Dither, bool);

/// What comparing came to.
pub(super) struct Compared {
    pub proof: Proof,
    /// What to do where it came to nothing.
    pub fix: String,
}

impl From<Proof> for Compared {
    fn from(proof: Proof) -> Self {
        let fix = "Give a mix of the same session, range, and rate as the stems".to_owned();
        Self { proof, fix }
    }
}

/// The sum of the files against a mix file.
/// `converted` where they have another rate than their session.
pub(super) fn sum_of(stems: &[Whole], mix: &Whole, converted: bool, note: &str) -> Compared {
    if stems.is_empty() {
        return proof::not_checked("there are no stems").into();
    }
    compared(stems, mix, converted, note).unwrap_or_else(|error| {
        let mut none = Compared::from(unchecked(&error.chain()));
        if let Some(hint) = error.hints.first() {
            none.fix.clone_from(hint);
        }
        none
    })
}

fn compared(stems: &[Whole], mix: &Whole, converted: bool, note: &str) -> Result<Compared> {
    let mut voices = Vec::new();
    for whole in stems.iter().chain([mix]) {
        let voice = Voice::open(&whole.files)?;
        voices.push(with_depth(voice, &whole.files, whole.may_be_clipped)?);
    }
    let rate = voices.last().map_or(0, |(voice, _)| voice.rate());
    let pairs = voices.iter().zip(stems);
    let mut others = pairs.filter(|((voice, _), _)| voice.rate() != rate);
    if let (Some(((other, _), stem)), Some((whole, _))) = (others.next(), voices.last()) {
        let mut rates = voices
            .iter()
            .take(stems.len())
            .map(|(voice, _)| voice.rate());
        let is_mix = stems.len() > 1 && rates.all(|rate| rate == other.rate());
        let name = (!is_mix).then(|| stem.name.clone());
        return Ok(of_rates(name, other, whole));
    }
    let is_mono = |voice: &Voice| voice.channels() == 1;
    let is_folded = voices.last().is_some_and(|(mix, _)| is_mono(mix))
        && voices.iter().any(|(voice, _)| !is_mono(voice));
    let depths: Vec<BitDepth> = voices.iter().map(|(_, depth)| *depth).collect();
    let all = stems.iter().chain([mix]);
    let made: Vec<Made> = all.map(|whole| (whole.dither, whole.bounced)).collect();
    let (proof, longer) = measured(voices, &made, converted, note)?;
    let names: Vec<String> = stems.iter().map(|stem| stem.name.clone()).collect();
    let mut proof = proof::of_lengths(proof, &names, &longer);
    if is_folded && proof.verdict == Verdict::Fail {
        proof.diagnosis.push(Diagnosis::new("channels", None, None));
        return Ok(proof.into());
    }
    let errors = depths.iter().zip(stems);
    let limits = Limits {
        rate,
        bound: sum::bound(&proof),
        errors: errors
            .map(|(bits, whole)| file_error(*bits, whole.dither, 1.0))
            .collect(),
    };
    let set = Set {
        stems: stems.iter().map(|stem| stem.files.clone()).collect(),
        names,
        mix: &|| Ok(Mix::File(Box::new(Voice::open(&mix.files)?))),
        cancel: &CancellationToken::new(),
    };
    diagnose::explain(&mut proof, &set, &limits);
    Ok(proof.into())
}

/// A voice with the depth of its files, and where they may be clipped.
pub(in crate::engine) fn with_depth(
    voice: Voice,
    files: &[PathBuf],
    may_be_clipped: bool,
) -> Result<(Voice, BitDepth)> {
    let info = files.first().map(|first| probe(first)).transpose()?;
    let (bits, float) = info.map_or((16, false), |info| (info.bits, info.float));
    let clips = (may_be_clipped && !float).then(|| depth(bits, float));
    Ok((voice.clipped_to(clips), depth(bits, float)))
}

/// The sum of all voices but the last against the last. What dither was used and who made them is not known
/// here: the most is allowed.
pub(in crate::engine) fn prove(
    voices: Vec<(Voice, BitDepth)>,
    converted: bool,
    note: &str,
) -> Result<Proof> {
    let made = vec![(Dither::Tpdf, true); voices.len()];
    let names: Vec<String> = voices
        .iter()
        .map(|(voice, _)| name_of(voice.path()))
        .collect();
    let (proof, longer) = measured(voices, &made, converted, note)?;
    Ok(proof::of_lengths(proof, &names, &longer))
}

/// With how many frames longer than the last each of the others is.
fn measured(
    voices: Vec<(Voice, BitDepth)>,
    made: &[Made],
    converted: bool,
    note: &str,
) -> Result<(Proof, Vec<i64>)> {
    let (mut voices, depths): (Vec<_>, Vec<_>) = voices.into_iter().unzip();
    let Some(whole) = voices.pop() else {
        return Ok((proof::not_checked("there is no mix"), Vec::new()));
    };
    if let Some(other) = voices.iter().find(|voice| voice.rate() != whole.rate()) {
        let (text, fix) = other_rate(other, &whole);
        return Err(Error::new(ErrorKind::Check, text).hint(fix));
    }
    let (mut sums, never) = (StemSum::default(), CancellationToken::new());
    let seen = sum::compare(voices, Mix::File(Box::new(whole)), &mut sums, &never)?;
    for ((bits, (dither, bounced)), peak) in depths.into_iter().zip(made).zip(seen.peaks) {
        match bounced {
            true => sums.allow_bounced(bits, *dither, peak, converted),
            false => sums.allow(bits, *dither, peak),
        }
    }
    Ok((sums.verdict(note), seen.longer))
}

fn unchecked(why: &str) -> Proof {
    proof::not_checked(format!("the sum could not be checked: {}", clean(why)))
}

/// What is said of a stem with another rate than the mix.
/// `name` of the one that has another rate: of the mix, there is none.
fn of_rates(name: Option<String>, stem: &Voice, mix: &Voice) -> Compared {
    let (text, fix) = other_rate(stem, mix);
    let mut proof = unchecked(&text);
    let odd = name.as_ref().map_or(mix, |_| stem);
    let value = Some((f64::from(odd.rate()), "Hz"));
    proof.diagnosis.push(Diagnosis::new("rate", name, value));
    Compared { proof, fix }
}

/// What happened, and what to do.
fn other_rate(stem: &Voice, mix: &Voice) -> (String, String) {
    let (stems, whole) = (stem.rate(), mix.rate());
    let text = format!(
        "the mix '{}' runs at {whole} Hz and the stem '{}' at {stems} Hz",
        name_of(mix.path()),
        name_of(stem.path())
    );
    let fix = format!(
        "Bounce the mix again at {stems} Hz, or print the stems at {whole} Hz; a converted mix \
         would prove nothing"
    );
    (text, fix)
}
