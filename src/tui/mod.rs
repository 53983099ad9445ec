//! The terminal interface: a view on `app::State`.
