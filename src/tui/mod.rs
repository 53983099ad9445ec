//! The terminal interface: a view on `app::State` and a way to send it messages. Owns the terminal's
//! modes and all bytes that go to it; knows nothing of gRPC, engines or the job runner.

pub mod appearance;
pub mod background;
pub mod events;
pub mod input;
pub mod keys;
pub mod layout;
pub mod levels;
pub mod osc;
pub mod overlay;
pub mod panes;
pub mod pen;
pub mod plain;
pub mod run;
pub mod style;
pub mod terminal;
pub mod view;
pub mod widgets;
pub mod words;

pub use run::{Setup, run};
