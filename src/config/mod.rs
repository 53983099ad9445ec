//! Settings, keymap and themes: built-in, then the user's files, then the environment, then flags.

pub mod keymap;
pub mod settings;
pub mod theme;

pub use keymap::Keymap;
pub use settings::Config;
pub use theme::Theme;
