//! The application without a screen: state, the pure update, effects as data, and the runtime that
//! performs them. Terminal, command line and REST are views on this.

pub mod choices;
pub mod complete;
pub mod dialog;
pub mod effect;
pub mod keys;
pub mod lists;
pub mod picking;
pub mod planned;
pub mod rows;
pub mod runtime;
pub mod screen;
pub mod shape;
pub mod state;
pub mod update;
pub mod wire;

pub use crate::jobs::queue::JobCommand;
pub use effect::Effect;
pub use runtime::{App, Runtime, RuntimeOptions};
pub use state::State;
pub use update::{Input, Msg, Reload, available::unavailable, update};
