//! What differs by operating system, each piece with its twin, and the file operations that must
//! never half-happen.

pub mod atomic;
pub mod lock;
pub mod places;
pub mod real;
pub mod secret;
pub mod service;
pub mod shell;
pub mod signals;
pub mod space;
pub mod suspend;
