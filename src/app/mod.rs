//! The application without a screen: state, the pure update, effects as data, and the runtime that
//! performs them. Terminal, command line and REST are views on this.

pub mod effect;
pub mod runtime;
pub mod state;
pub mod update;

pub use effect::Effect;
pub use state::State;
pub use update::{Msg, update};
