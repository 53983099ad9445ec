//! The sum of files on disk against a mix on disk.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use crate::engine::proof::{self, StemSum};
use crate::engine::sum::{self, Mix};
use crate::engine::voice::Voice;
use crate::error::Result;
use crate::media::decode::Reader;
use crate::model::job::Proof;
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

/// The sum of the files against a mix file. What dither was used is not known here: its bound is
/// allowed.
/// `converted` where they have another rate than their session.
pub(super) fn sum_of(
    stems: &[Vec<PathBuf>],
    mix: &Vec<PathBuf>,
    converted: bool,
    note: &str,
) -> Proof {
    let compared = || -> Result<Proof> {
        let mut sums = StemSum::default();
        let mut depths = Vec::new();
        for path in stems.iter().chain([mix]).filter_map(|paths| paths.first()) {
            let reader = Reader::open(path)?;
            depths.push(depth(reader.info().bits, reader.info().float));
        }
        let never = CancellationToken::new();
        let whole = Mix::File(Box::new(Voice::open(mix)?));
        let peaks = sum::compare(sum::voices(stems)?, whole, &mut sums, &never)?;
        for (bits, peak) in depths.into_iter().zip(peaks) {
            // A bounce was a float file before it was this one.
            for _ in 0..sum::floats(converted) {
                sums.allow(BitDepth::Float32, Dither::None, peak);
            }
            sums.allow(bits, Dither::Tpdf, peak);
        }
        Ok(sums.verdict(note))
    };
    if stems.is_empty() {
        return proof::not_checked("there are no stems");
    }
    compared().unwrap_or_else(|error| {
        proof::not_checked(format!(
            "the sum could not be checked: {}",
            clean(&error.chain())
        ))
    })
}
