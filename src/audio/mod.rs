//! DSP on sample blocks, pure: fades, automation curves, pan, sums, sample rates, quantisation,
//! measuring.
//!
//! Samples are 64-bit floats, interleaved, full scale 1.0. Sums run in the order of the lanes,
//! never fused, so that the same session gives the same bits on every machine; curves come from
//! `libm` for the same reason. Only what is brought to another sample rate may differ in the last
//! bits.

pub mod automation;
pub mod diagnose;
pub mod fade;
pub mod fold;
pub mod gating;
pub mod int24;
pub mod kweight;
pub mod loudness;
pub mod null;
pub mod overview;
pub mod pan;
pub mod peaks;
pub mod programme;
pub mod quantize;
pub mod resample;
pub mod strip;
pub mod sum;
pub mod survey;
pub mod true_peak;
pub mod turn;
pub mod wide;
