//! `pt-stem doctor`: checks the set-up and says what to do.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::cli::desk::{Setting, prepare};
use crate::cli::output::{Output, bytes};
use crate::engine::lease;
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::clean;
use crate::platform::{atomic, space};
use crate::ptsl::client::Client;

/// Less free space than this deserves a warning before a night of printing.
const LITTLE_SPACE: u64 = 10_000_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    Warning,
    Fail,
}

#[derive(Debug, serde::Serialize)]
struct Check {
    outcome: Outcome,
    what: &'static str,
    text: String,
    fix: String,
}

impl Check {
    fn ok(what: &'static str, text: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Ok,
            what,
            text: text.into(),
            fix: String::new(),
        }
    }

    fn warning(what: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Warning,
            fix: fix.into(),
            ..Self::ok(what, text)
        }
    }

    fn fail(what: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Fail,
            fix: fix.into(),
            ..Self::ok(what, text)
        }
    }
}

/// Runs all checks; a failed one makes the exit code 1, or 3 where nobody answers.
pub async fn run(setting: &Setting, output: Output) -> Result<()> {
    let mut checks = vec![
        configuration(&setting.places.config),
        folder("state folder", &setting.places.state),
        folder("log folder", &setting.places.log),
        free_space(&setting.config.output.root),
        leases(&setting.places.state),
    ];
    checks.extend(proxies(|name| std::env::var(name).ok()));
    checks.push(terminal(|name| std::env::var(name).ok()));
    let (server, kind) = connection(setting).await;
    checks.extend(server);
    output.show(&json!({ "schema": 1, "checks": checks }), || {
        checks.iter().map(line).collect()
    })?;
    match checks.iter().filter(|c| c.outcome == Outcome::Fail).count() {
        0 => Ok(()),
        n => Err(Error::new(
            kind.unwrap_or(ErrorKind::Check),
            format!("{n} of {} checks failed", checks.len()),
        )),
    }
}

fn line(check: &Check) -> String {
    let mark = match check.outcome {
        Outcome::Ok => "ok  ",
        Outcome::Warning => "warn",
        Outcome::Fail => "FAIL",
    };
    let mut text = format!("{mark}  {:<13} {}\n", check.what, clean(&check.text));
    if !check.fix.is_empty() {
        text.push_str(&format!("      {:<13} -> {}\n", "", clean(&check.fix)));
    }
    text
}

/// A broken file never gets here: it ends every command with its own error.
fn configuration(dir: &Path) -> Check {
    let path = dir.join("config.toml");
    Check::ok(
        "configuration",
        if path.is_file() {
            format!("{} is read", path.display())
        } else {
            format!("none at {}: built-in settings", path.display())
        },
    )
}

fn folder(what: &'static str, dir: &Path) -> Check {
    let probe = dir.join(".doctor");
    let written = atomic::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Check::ok(what, format!("{} is writable", dir.display())),
        Err(error) => Check::fail(
            what,
            format!("{}: {error}", dir.display()),
            "Make it writable, or set XDG_STATE_HOME to a folder that is",
        ),
    }
}

fn free_space(root: &Path) -> Check {
    let place = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    match space::free_bytes(&place) {
        Ok(free) if free < LITTLE_SPACE => Check::warning(
            "free space",
            format!("{} in {}", bytes(free), place.display()),
            "An hour of stereo at 48 kHz and 24 bit takes 1 GB a stem",
        ),
        Ok(free) => Check::ok(
            "free space",
            format!("{} in {}", bytes(free), place.display()),
        ),
        Err(error) => Check::warning(
            "free space",
            format!("{}: {error}", place.display()),
            "Set [output] root to a folder that exists",
        ),
    }
}

fn leases(state: &Path) -> Check {
    match lease::open_leases(state) {
        Ok(open) if open.is_empty() => Check::ok("leases", "no interrupted bounce"),
        Ok(open) => {
            let names: Vec<&str> = open.iter().map(|l| l.session.as_str()).collect();
            Check::warning(
                "leases",
                format!("an interrupted bounce left {} changed", names.join(", ")),
                "Run pt-stem rescue",
            )
        }
        Err(error) => Check::fail("leases", error.chain(), "Look into the state folder"),
    }
}

/// A machine-wide proxy can break even the loopback connection.
fn proxies(var: impl Fn(&str) -> Option<String>) -> Option<Check> {
    let set: Vec<&str> = [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
    ]
    .into_iter()
    .filter(|name| var(name).is_some_and(|value| !value.is_empty()))
    .collect();
    let spared = ["NO_PROXY", "no_proxy"]
        .into_iter()
        .filter_map(&var)
        .any(|value| value == "*" || value.contains("localhost") || value.contains("127.0.0.1"));
    (!set.is_empty() && !spared).then(|| {
        Check::warning(
            "proxy",
            format!("{} is set", set.join(", ")),
            "Set NO_PROXY=localhost,127.0.0.1 for other PTSL clients; this program uses no proxy",
        )
    })
}

fn terminal(var: impl Fn(&str) -> Option<String>) -> Check {
    let name = var("TERM").unwrap_or_default();
    let mut notes = vec![if name.is_empty() {
        "no TERM".to_owned()
    } else {
        name.clone()
    }];
    if let Ok((columns, rows)) = crossterm::terminal::size() {
        notes.push(format!("{columns}x{rows}"));
        if columns < 60 || rows < 16 {
            return Check::warning("terminal", notes.join(", "), "The interface needs 60x16");
        }
    }
    if var("SSH_CONNECTION").is_some() || var("SSH_TTY").is_some() {
        notes.push("over SSH: 10 frames a second, 256 colours".to_owned());
    }
    if var("TMUX").is_some() {
        notes.push("tmux: set -g allow-passthrough on for notifications, set -g set-clipboard on for copying".to_owned());
    }
    if var("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        notes.push("NO_COLOR".to_owned());
    }
    if name == "dumb" {
        return Check::warning("terminal", notes.join(", "), "Use the commands: see --help");
    }
    Check::ok("terminal", notes.join(", "))
}

/// Is somebody there, is it PTSL, which version, is a session open.
async fn connection(setting: &Setting) -> (Vec<Check>, Option<ErrorKind>) {
    let (options, simulator) = match prepare(setting).await {
        Ok(prepared) => prepared,
        Err(error) => {
            let fix = error.hints.join("; ");
            let kind = error.kind;
            return (
                vec![Check::fail("simulator", error.chain(), fix)],
                Some(kind),
            );
        }
    };
    let timeout = Duration::try_from_secs_f64(setting.config.connection.timeout_s)
        .unwrap_or(Duration::from_secs(10));
    let reached = addresses(&options.host, options.port, timeout).await;
    let mut outcome = ask(&options.host, options.port, timeout).await;
    outcome.0.insert(0, reached);
    if let Some((simulator, end)) = simulator {
        end.cancel();
        simulator.closed().await;
    }
    outcome
}

/// Every address behind the host name: a tunnel or relay that listens on one of the two of
/// `localhost` is a common trap.
async fn addresses(host: &str, port: u16, timeout: Duration) -> Check {
    let host = host.trim_matches(['[', ']']);
    let found = match tokio::net::lookup_host((host, port)).await {
        Ok(found) => found,
        Err(error) => {
            return Check::fail(
                "address",
                format!("{host} has no address: {error}"),
                "Check --host, or [connection] host in the configuration",
            );
        }
    };
    let (mut reached, mut missed) = (Vec::new(), Vec::new());
    for address in found {
        let attempt = tokio::net::TcpStream::connect(address);
        match tokio::time::timeout(timeout.min(Duration::from_secs(3)), attempt).await {
            Ok(Ok(_)) => reached.push(address.to_string()),
            Ok(Err(error)) => missed.push(format!("{address} ({error})")),
            Err(_) => missed.push(format!("{address} (no answer)")),
        }
    }
    match (reached.is_empty(), missed.is_empty()) {
        (true, _) => Check::fail(
            "address",
            format!("nobody accepts at {}", missed.join(", ")),
            "Start Pro Tools, or the simulator with pt-stem simulate; from another machine use ssh -L",
        ),
        (false, true) => Check::ok("address", format!("{} accepts", reached.join(" and "))),
        (false, false) => Check::ok(
            "address",
            format!(
                "{} accepts, not {}",
                reached.join(" and "),
                missed.join(", ")
            ),
        ),
    }
}

async fn ask(host: &str, port: u16, timeout: Duration) -> (Vec<Check>, Option<ErrorKind>) {
    let client = match Client::connect(host, port, timeout).await {
        Ok(client) => client,
        Err(error) => {
            let error = Error::from(error);
            let check = Check::fail("connection", error.chain(), error.hints.join("; "));
            return (vec![check], Some(error.kind));
        }
    };
    let version = client.server().ptsl_version;
    let address = client.address();
    let mut checks = vec![match version.as_str() {
        "" => Check::warning(
            "connection",
            format!("{address} speaks PTSL and tells no version"),
            "Bouncing needs Pro Tools 2023.12 or newer",
        ),
        "1" => Check::warning(
            "connection",
            format!("{address} speaks PTSL 1, which cannot mute or solo"),
            "Bouncing needs Pro Tools 2023.12 or newer",
        ),
        version => Check::ok("connection", format!("{address} speaks PTSL {version}")),
    }];
    let mut kind = None;
    match client.session().await {
        Ok(info) => checks.push(Check::ok(
            "session",
            format!(
                "{}, {} Hz, {} bit",
                info.name, info.sample_rate, info.bit_depth
            ),
        )),
        Err(error) => {
            let error = Error::from(error);
            kind = Some(error.kind);
            checks.push(if error.kind == ErrorKind::NoSession {
                Check::warning("session", "none is open", error.hints.join("; "))
            } else {
                Check::fail("session", error.chain(), error.hints.join("; "))
            });
        }
    }
    (checks, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_only_named_when_loopback_is_not_spared() {
        let with = |no_proxy: &'static str| {
            proxies(move |name| match name {
                "HTTP_PROXY" => Some("http://proxy:3128".to_owned()),
                "NO_PROXY" => Some(no_proxy.to_owned()),
                _ => None,
            })
        };
        assert!(with("").is_some_and(|check| check.text.contains("HTTP_PROXY")));
        assert!(with("localhost,127.0.0.1").is_none());
        assert!(proxies(|_| None).is_none());
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_fails_with_its_address() {
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let check = addresses("127.0.0.1", port, Duration::from_secs(3)).await;
        assert_eq!(check.outcome, Outcome::Fail);
        assert!(check.text.contains(&format!("127.0.0.1:{port}")) && !check.fix.is_empty());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let check = addresses("127.0.0.1", port, Duration::from_secs(3)).await;
        assert_eq!(check.outcome, Outcome::Ok);
    }

    #[test]
    fn a_folder_that_cannot_be_made_fails_with_a_fix() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let check = folder("state folder", &dir.path().join("file/below"));
        assert_eq!(check.outcome, Outcome::Fail);
        assert!(!check.fix.is_empty());
        assert_eq!(folder("state folder", dir.path()).outcome, Outcome::Ok);
    }
}
