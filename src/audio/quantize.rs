//! (skeleton: quantize)
