//! What differs by operating system, each piece with its twin, the file operations that must
//! never half-happen, and code of others that panics.

pub mod atomic;
pub mod contain;
pub mod lock;
pub mod places;
pub mod real;
pub mod secret;
pub mod service;
pub mod shell;
pub mod signals;
pub mod space;
pub mod suspend;
