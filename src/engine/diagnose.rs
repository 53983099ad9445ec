//! Reads stems and mix again after their sum failed, and says what explains it. Changes nothing; what
//! cannot be read explains nothing.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::proof;
use super::sum::{Mix, voices};
use super::voice::Voice;
use crate::audio::diagnose::{self, Each, Fault, Kind, Limits, Recording};
use crate::audio::sum::gain;
use crate::error::Result;
use crate::mixdown::BLOCK;
use crate::model::job::{Diagnosis, Proof, Verdict};

/// The files of a set, with its mix, to be opened again and again.
pub(super) struct Set<'a> {
    /// Each in one file or in one for each channel.
    pub stems: Vec<Vec<PathBuf>>,
    pub names: Vec<String>,
    pub mix: &'a (dyn Fn() -> Result<Mix<'a>> + Sync),
    pub cancel: &'a CancellationToken,
}

/// Whether there is more to find out than a proof says: a failed sum, and one that is left louder than
/// rounding.
pub(super) fn is_open(proof: &Proof) -> bool {
    let has_failed = proof.verdict == Verdict::Fail && !proof::is_only_clipped(proof);
    has_failed || proof::is_odd(proof)
}

/// Puts what explains a failed sum into its proof. Clipping explains itself. A sum that passed but is odd
/// fails where a fault of a stem explains what is left.
pub(super) fn explain(proof: &mut Proof, set: &Set<'_>, limits: &Limits) {
    if !is_open(proof) {
        return;
    }
    let found = match (proof.verdict, proof.rounding_rms_dbfs) {
        (Verdict::Pass, Some(rounding)) => by_pairs(set, |pair| {
            let faint = diagnose::faint(pair, limits, gain(rounding))?;
            Ok(faint.into_iter().collect())
        }),
        _ => by_pairs(set, |pair| diagnose::diagnose(pair, limits)),
    };
    match found {
        Ok(faults) if faults.is_empty() => {}
        Ok(faults) => {
            proof.verdict = Verdict::Fail;
            let told = faults.iter().map(|fault| diagnosis(fault, &set.names));
            proof.diagnosis.extend(told);
        }
        Err(error) => tracing::warn!(error = %error.chain(), "the diagnosis of a failed sum"),
    }
}

/// What explains it in the first two channels that something explains; of mono and stereo there are no
/// others.
fn by_pairs(
    set: &Set<'_>,
    examine: impl Fn(&Pair<'_, '_>) -> Result<Vec<Fault>>,
) -> Result<Vec<Fault>> {
    let channels = (set.mix)()?.channels().max(2);
    let mut first = Vec::new();
    for pair in 0..channels.div_ceil(2) {
        let of_pair = Pair {
            set,
            pair: usize::from(pair),
        };
        let faults = examine(&of_pair)?;
        let is_told = |fault: &Fault| fault.kind != Kind::Unexplained;
        if faults.iter().any(is_told) {
            return Ok(faults);
        }
        if first.is_empty() {
            first = faults;
        }
    }
    Ok(first)
}

/// Two channels of a set.
struct Pair<'s, 'a> {
    set: &'s Set<'a>,
    /// 0 for the first two.
    pair: usize,
}

fn diagnosis(fault: &Fault, names: &[String]) -> Diagnosis {
    let stem = fault.stem.and_then(|stem| names.get(stem)).cloned();
    let samples = |frames: f64| Some((frames, "samples"));
    let (word, value) = match fault.kind {
        Kind::Late(late) if late < 0 => ("early", samples(late.unsigned_abs() as f64)),
        Kind::Late(late) => ("late", samples(late as f64)),
        Kind::Gain(db) => ("gain", Some((db, "dB"))),
        Kind::Polarity => ("polarity", None),
        Kind::Swapped => ("channels_swapped", None),
        Kind::NotInMix => ("not_in_mix", None),
        Kind::CountedTwice => ("counted_twice", None),
        Kind::TwiceInMix => ("twice_in_mix", None),
        Kind::SharesTrack => ("shares_track", None),
        Kind::Extra => ("extra", None),
        Kind::Missing => ("missing", None),
        Kind::TailCut(at) => ("tail_cut", samples(at as f64)),
        Kind::MixCut(at) => ("mix_cut", samples(at as f64)),
        Kind::MasterChain(db) => ("master_chain", Some((db, "dB"))),
        Kind::Speed(times) => ("wrong_speed", Some((times, "times"))),
        Kind::FewerBits(bits) => ("fewer_bits", Some((f64::from(bits), "bits"))),
        Kind::Unexplained => ("unexplained", None),
    };
    Diagnosis::new(word, stem, value)
}

impl Set<'_> {
    fn goes_on(&self) -> Result<()> {
        match self.cancel.is_cancelled() {
            true => Err(super::interrupted()),
            false => Ok(()),
        }
    }
}

impl Recording for Pair<'_, '_> {
    type Error = crate::error::Error;

    fn stems(&self) -> usize {
        self.set.stems.len()
    }

    fn through(&self, each: &mut Each<'_>) -> Result<()> {
        let mut voices = voices(&self.set.stems)?;
        let mut mix = (self.set.mix)()?;
        let mut blocks = vec![Vec::new(); voices.len()];
        let mut whole = Vec::new();
        loop {
            self.set.goes_on()?;
            whole.clear();
            if let Some((samples, channels)) = mix.next()? {
                stereo(samples, channels, self.pair, &mut whole);
            }
            // Behind the mix's end the stems go on alone.
            let frames = if whole.is_empty() {
                BLOCK
            } else {
                whole.len() / 2
            };
            for (voice, block) in voices.iter_mut().zip(&mut blocks) {
                let channels = voice.channels();
                block.clear();
                stereo(voice.read(frames)?, channels, self.pair, block);
            }
            let longest = blocks.iter().map(Vec::len).fold(whole.len(), usize::max);
            if longest == 0 {
                return Ok(());
            }
            whole.resize(longest, 0.0);
            blocks
                .iter_mut()
                .for_each(|block| block.resize(longest, 0.0));
            each(&blocks, &whole);
        }
    }

    fn alone(&self, stem: usize, each: &mut dyn FnMut(&[f64])) -> Result<()> {
        let Some(paths) = self.set.stems.get(stem) else {
            return Ok(());
        };
        let mut voice = Voice::open(paths)?;
        let (channels, mut block) = (voice.channels(), Vec::new());
        loop {
            self.set.goes_on()?;
            block.clear();
            stereo(voice.read(BLOCK)?, channels, self.pair, &mut block);
            if block.is_empty() {
                return Ok(());
            }
            each(&block);
        }
    }
}

/// Two of the channels; one alone stands for both sides.
fn stereo(samples: &[f64], channels: u16, pair: usize, into: &mut Vec<f64>) {
    match channels {
        1 => into.extend(samples.iter().flat_map(|x| [*x; 2])),
        2 => into.extend_from_slice(samples),
        _ => {
            let frames = samples.chunks_exact(usize::from(channels));
            let of = |frame: &[f64], at: usize| frame.get(at).copied().unwrap_or(0.0);
            into.extend(frames.flat_map(|frame| [of(frame, 2 * pair), of(frame, 2 * pair + 1)]));
        }
    }
}
