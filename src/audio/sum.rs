//! (skeleton: sum)
