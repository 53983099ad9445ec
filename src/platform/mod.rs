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

/// What this machine is called among others.
#[cfg(unix)]
pub fn host_name() -> String {
    let names = rustix::system::uname();
    names.nodename().to_string_lossy().into_owned()
}

/// What this machine is called among others.
#[cfg(not(unix))]
pub fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "another machine".to_owned())
}
