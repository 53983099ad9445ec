//! (skeleton: automation)
