//! Settings, keymap and themes: built-in, then the user's files, then the environment, then flags.
//! Nothing here writes a file.

pub mod file;
pub mod keymap;
pub mod layers;
pub mod settings;
mod text;
pub mod theme;
mod user_files;
pub mod watch;

pub use file::{KEYS, Key};
pub use keymap::Keymap;
pub use layers::{Entry, Loaded, Origin};
pub use settings::Config;
pub use theme::Theme;
pub use user_files::UserFiles;
