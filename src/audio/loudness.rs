//! (skeleton: loudness)
