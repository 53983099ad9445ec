//! Drawing on a buffer from plain values: text, frames, tables, bars, digits, text fields. Knows
//! nothing of the application. Everything is clipped to its area and cleaned of control characters.

pub mod bar;
pub mod digits;
pub mod field;
pub mod frame;
pub mod meter;
pub mod paint;
pub mod strip;
pub mod table;
pub mod wave;
