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
        (Verdict::Pass, Some(rounding)) => {
            let faint = diagnose::faint(set, limits, gain(rounding));
            faint.map(|fault| fault.into_iter().collect())
        }
        _ => diagnose::diagnose(set, limits),
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

impl Recording for Set<'_> {
    type Error = crate::error::Error;

    fn stems(&self) -> usize {
        self.stems.len()
    }

    fn through(&self, each: &mut Each<'_>) -> Result<()> {
        let mut voices = voices(&self.stems)?;
        let mut mix = (self.mix)()?;
        let mut blocks = vec![Vec::new(); voices.len()];
        let mut whole = Vec::new();
        loop {
            self.goes_on()?;
            whole.clear();
            if let Some((samples, channels)) = mix.next()? {
                stereo(samples, channels, &mut whole);
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
                stereo(voice.read(frames)?, channels, block);
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
        let Some(paths) = self.stems.get(stem) else {
            return Ok(());
        };
        let mut voice = Voice::open(paths)?;
        let (channels, mut block) = (voice.channels(), Vec::new());
        loop {
            self.goes_on()?;
            block.clear();
            stereo(voice.read(BLOCK)?, channels, &mut block);
            if block.is_empty() {
                return Ok(());
            }
            each(&block);
        }
    }
}

/// One channel stands for both sides.
fn stereo(samples: &[f64], channels: u16, into: &mut Vec<f64>) {
    match channels {
        1 => into.extend(samples.iter().flat_map(|x| [*x; 2])),
        _ => into.extend_from_slice(samples),
    }
}
