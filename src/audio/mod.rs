//! DSP on sample blocks, pure: fades, automation curves, pan, sums, quantisation, measuring.

pub mod automation;
pub mod fade;
pub mod loudness;
pub mod null;
pub mod pan;
pub mod quantize;
pub mod sum;
