//! Where requests may write and read: paths below the output root and the listed folders. Refuses `..`,
//! NUL, links that lead out, and elsewhere on a bind that others can reach.

use std::path::{Component, Path, PathBuf};

use axum::http::StatusCode;

use super::ServerOptions;
use super::reply::Failure;
use crate::model::text::fit;
use crate::platform::real::real;

/// Bytes of a path.
const LONGEST: usize = 4096;

/// What a path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It need not exist. On a loopback bind an absolute one may lie anywhere.
    Write,
    /// It exists, below the output root or a listed folder.
    Read,
}

/// The place that a request means, links resolved: relative ones lie below the output root, empty is
/// the root itself. 400 for what is no path, 403 for what lies outside, 404 for what should exist.
/// `field` is the name in the request. Asks the file system.
pub fn resolve(
    options: &ServerOptions,
    field: &str,
    given: &str,
    purpose: Purpose,
) -> Result<PathBuf, Failure> {
    let path = Path::new(given);
    well_formed(given, path).map_err(|why| Failure::field(field, format!("{field} {why}")))?;
    let root = std::path::absolute(&options.root).unwrap_or_else(|_| options.root.clone());
    let whole = match path.is_absolute() {
        true => path.to_owned(),
        false => root.join(path),
    };
    let place = real(&whole).map_err(|error| unusable(field, given, &error))?;
    let is_free = purpose == Purpose::Write && path.is_absolute() && is_private(options);
    let mut allowed = std::iter::once(&root).chain(&options.write_roots);
    if !is_free && !allowed.any(|folder| lies_below(&place, folder)) {
        return Err(outside(field, given));
    }
    if purpose == Purpose::Read && !place.exists() {
        let text = format!("there is no '{}'", fit(given, 200));
        return Err(Failure::missing(text));
    }
    Ok(place)
}

/// Nobody but this machine can ask: no other, and no proxy that calls it by a name of its own.
pub fn is_private(options: &ServerOptions) -> bool {
    options.bind.ip().is_loopback() && options.hosts.is_empty()
}

fn well_formed(given: &str, path: &Path) -> Result<(), &'static str> {
    if given.len() > LONGEST {
        return Err("is too long for a path");
    }
    if given.chars().any(char::is_control) {
        return Err("holds characters that no path has");
    }
    if path.components().any(|part| part == Component::ParentDir) {
        return Err("climbs up with '..'");
    }
    // `C:name` and `\name` of Windows: neither whole nor below anything.
    let is_rooted = matches!(
        path.components().next(),
        Some(Component::Prefix(_) | Component::RootDir)
    );
    match is_rooted && !path.is_absolute() {
        true => Err("is neither relative nor absolute"),
        false => Ok(()),
    }
}

fn lies_below(place: &Path, folder: &Path) -> bool {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    real(&folder).is_ok_and(|folder| place.starts_with(folder))
}

fn outside(field: &str, given: &str) -> Failure {
    let text = format!(
        "'{}' lies neither below the output root nor below a folder of [server] write_roots",
        fit(given, 200)
    );
    let mut failure = Failure::new(StatusCode::FORBIDDEN, "outside", text);
    failure.details = serde_json::json!({ "field": field });
    failure
}

fn unusable(field: &str, given: &str, error: &std::io::Error) -> Failure {
    let text = format!("'{}' cannot be used: {error}", fit(given, 200));
    Failure::field(field, text).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        dir: tempfile::TempDir,
        options: ServerOptions,
    }

    fn place() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["root/inside", "listed", "elsewhere"] {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        let mut options = ServerOptions::new(at("root"), at("state"), at("config"));
        options.write_roots = vec![at("listed")];
        Place { dir, options }
    }

    fn open(place: &mut Place) {
        place.options.bind = ([0, 0, 0, 0], 8000).into();
    }

    impl Place {
        fn at(&self, name: &str) -> String {
            let path = self.dir.path().canonicalize().unwrap().join(name);
            path.to_str().unwrap().to_owned()
        }

        fn ask(&self, given: &str, purpose: Purpose) -> Result<String, u16> {
            resolve(&self.options, "path", given, purpose)
                .map(|path| path.to_str().unwrap().to_owned())
                .map_err(|failure| failure.status.as_u16())
        }
    }

    #[test]
    fn what_is_relative_lies_below_the_root() {
        let place = place();
        for purpose in [Purpose::Write, Purpose::Read] {
            assert_eq!(place.ask("", purpose), Ok(place.at("root")));
            assert_eq!(place.ask("./inside", purpose), Ok(place.at("root/inside")));
        }
        let new = place.at("root/new/deep");
        assert_eq!(place.ask("new/deep", Purpose::Write), Ok(new));
        assert_eq!(place.ask("new/deep", Purpose::Read), Err(404));
        for wrong in [
            "..",
            "inside/../..",
            "a/../../b",
            "x\0y",
            "a\nb",
            &"x".repeat(5000),
        ] {
            for purpose in [Purpose::Write, Purpose::Read] {
                assert_eq!(place.ask(wrong, purpose), Err(400), "{wrong:?}");
            }
        }
        // Encodings are names here.
        let odd = place.at("root/%2e%2e/x");
        assert_eq!(place.ask("%2e%2e/x", Purpose::Write), Ok(odd));
    }

    #[test]
    fn what_is_absolute_may_lie_anywhere_only_for_this_machine() {
        let mut place = place();
        let (elsewhere, listed) = (place.at("elsewhere/x"), place.at("listed/x"));
        let inside = place.at("root/x");
        for path in [&elsewhere, &listed, &inside] {
            assert_eq!(place.ask(path, Purpose::Write), Ok(path.clone()));
        }
        assert_eq!(place.ask(&place.at("elsewhere"), Purpose::Read), Err(403));
        assert!(place.ask(&place.at("listed"), Purpose::Read).is_ok());
        place.options.hosts = vec!["stems.example.org".to_owned()];
        assert_eq!(place.ask(&elsewhere, Purpose::Write), Err(403), "a proxy");
        place.options.hosts.clear();
        open(&mut place);
        assert_eq!(place.ask(&elsewhere, Purpose::Write), Err(403));
        for path in [&listed, &inside] {
            assert_eq!(place.ask(path, Purpose::Write), Ok(path.clone()));
        }
        // A name that only begins like the root.
        let beside = format!("{}beside", place.at("root"));
        assert_eq!(place.ask(&beside, Purpose::Write), Err(403));
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        use std::os::unix::fs::symlink;
        let place = place();
        let link = |to: &str, name: &str| symlink(place.at(to), place.at(name)).unwrap();
        link("elsewhere", "root/out");
        link("nowhere", "root/dangling");
        link("root/inside", "root/fine");
        for purpose in [Purpose::Write, Purpose::Read] {
            assert_eq!(place.ask("out", purpose), Err(403));
            for dangling in ["dangling", "dangling/", "dangling/."] {
                assert_eq!(place.ask(dangling, purpose), Err(400), "{dangling}");
            }
            assert_eq!(place.ask("fine", purpose), Ok(place.at("root/inside")));
        }
        assert_eq!(place.ask("out/new", Purpose::Write), Err(403));
        assert_eq!(place.ask("dangling/new", Purpose::Write), Err(400));
    }
}
