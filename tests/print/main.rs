//! Both engines on small generated sessions: what is printed, checked, refused and put back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod bounce;
mod busy;
mod faults;
mod flac;
mod hands;
mod inspect;
mod itself;
mod late;
mod levels;
mod live;
mod no_number;
mod odd_mix;
mod own_audio;
mod render;
mod rig;
mod said;
#[path = "../link/scripted.rs"]
#[allow(dead_code)]
mod scripted;
mod session;
mod shapes;
mod through;
mod verify;
mod ways;
