//! Settings, keymap and themes: built-in, then the user's files, then the environment, then flags.
//! Nothing here writes a file.

mod checks;
pub mod file;
pub mod keymap;
mod keys;
pub mod layers;
mod schema;
mod service;
pub mod settings;
mod text;
pub mod theme;
mod user_files;
pub mod watch;
mod written;

pub use keymap::Keymap;
pub use keys::{KEYS, Key, Kind};
pub use layers::{Entry, Loaded, Origin};
pub use schema::schema;
pub use service::ENV_TEMPLATE;
pub use settings::Config;
pub use theme::Theme;
pub use user_files::UserFiles;
