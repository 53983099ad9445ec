//! (skeleton: null)
