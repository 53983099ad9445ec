//! The system's shell, for command lines that a user wrote.

use std::process::Command;

/// A command that lets the shell run `line`.
#[cfg(unix)]
pub fn command(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line);
    command
}

/// A command that lets the shell run `line`.
#[cfg(windows)]
pub fn command(line: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut command = Command::new("cmd.exe");
    // The line has quotes of its own, which must reach the shell as they are.
    command.raw_arg(format!("/D /S /C \"{line}\""));
    command
}
