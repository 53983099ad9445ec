//! (skeleton: pan)
