//! `pt-stem service print`: files that make `serve` a service of this machine, with this program's own
//! path in them.

use std::path::PathBuf;

use crate::cli::args::ServiceFile;
use crate::cli::output;
use crate::error::{Error, ErrorKind, Result};

/// Prints one, ready to be saved.
pub fn print(what: ServiceFile) -> Result<()> {
    let text = match what {
        ServiceFile::Launchd => filled(include_str!("service/launchd.plist"), xml),
        ServiceFile::Systemd => filled(include_str!("service/systemd.service"), unit),
        ServiceFile::Windows => filled(include_str!("service/windows.xml"), xml),
        ServiceFile::Docker => Ok(include_str!("service/Dockerfile").to_owned()),
        ServiceFile::Grafana => Ok(include_str!("service/grafana.json").to_owned()),
    };
    output::block(&text?)
}

/// The text with the program, the home folder and the user in it, each quoted as the file wants.
fn filled(text: &str, quoted: fn(&str) -> String) -> Result<String> {
    let program = std::env::current_exe().map_err(|error| {
        Error::new(ErrorKind::Internal, "the program does not know where it is").because(error)
    })?;
    let named = |names: [&str; 2]| {
        let mut found = names.iter().filter_map(std::env::var_os);
        found.next().map(PathBuf::from)
    };
    let home = named(["HOME", "USERPROFILE"]).unwrap_or_else(|| PathBuf::from("/"));
    let user = named(["USER", "USERNAME"]).unwrap_or_else(|| PathBuf::from("root"));
    Ok(text
        .replace("@PROGRAM@", &quoted(&program.to_string_lossy()))
        .replace("@HOME@", &quoted(&home.to_string_lossy()))
        // systemd takes quotes for a part of this one.
        .replace("@FOLDER@", &home.to_string_lossy().replace('%', "%%"))
        .replace("@USER@", &quoted(&user.to_string_lossy())))
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// systemd expands `%`, and takes quotes and backslashes for its own.
fn unit(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', "\\\"");
    text.replace('%', "%%").replace('$', "$$")
}
