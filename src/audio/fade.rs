//! (skeleton: fade)
