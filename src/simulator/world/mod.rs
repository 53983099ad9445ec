//! The world: a pure state machine.
