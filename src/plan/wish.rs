//! What is wished for, whatever it comes from: a recipe, the session's own stems, stems named on
//! the spot, one export. And what is to be said about the wish itself.

use std::sync::Arc;

use std::collections::HashMap;

use super::coverage::Strictness;
use super::recipe::{OutputSpec, VersionSpec};
use super::{Overrides, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::model::stem::StemSpec;
use crate::model::text::fit;
use crate::model::{Finding, Level, Session};

/// Stems that one plan may have.
const MOST_STEMS: usize = 10_000;
/// dB, either way.
const GREATEST_GAIN: f64 = 144.0;

pub(super) struct Wish {
    pub stems: Vec<StemSpec>,
    pub versions: Vec<VersionSpec>,
    /// Names and globs of the recipe's own `[ignore]`, and of the session.
    pub recipe_ignore: Vec<String>,
    pub session_ignore: Vec<String>,
    /// Aux returns named by recipe or command line, and by the session.
    pub asked_returns: Vec<String>,
    pub session_returns: Vec<String>,
    pub output: OutputSpec,
    /// `None`: coverage is not judged.
    pub strict: Option<Strictness>,
    /// The one stem takes every sounding track that is not ignored.
    pub takes_all: bool,
    pub hash: String,
    /// Of the recipe's file, where there is one.
    pub text: Arc<str>,
    pub findings: Vec<Finding>,
}

impl Wish {
    pub fn new(session: &Session, source: &Source, overrides: &Overrides) -> Result<Self> {
        let folder = session.folder.as_deref();
        let session_ignore = folder
            .map(|folder| folder.ignore.clone())
            .unwrap_or_default();
        let mut wish = Self {
            stems: Vec::new(),
            versions: Vec::new(),
            recipe_ignore: Vec::new(),
            session_ignore,
            asked_returns: overrides.returns.clone(),
            session_returns: folder
                .map(|folder| folder.returns.clone())
                .unwrap_or_default(),
            output: OutputSpec::default(),
            strict: Some(Strictness::of_recipe(overrides.allow_orphans)),
            takes_all: false,
            hash: String::new(),
            text: Arc::default(),
            findings: Vec::new(),
        };
        match source {
            Source::Recipe(recipe) => {
                wish.stems.clone_from(&recipe.stems);
                wish.recipe_ignore.clone_from(&recipe.ignore.tracks);
                wish.asked_returns
                    .extend(recipe.returns.tracks.iter().cloned());
                wish.output = recipe.output.clone();
                wish.hash.clone_from(&recipe.hash);
                wish.versions.clone_from(&recipe.versions);
                wish.text.clone_from(&recipe.text);
            }
            Source::Session => {
                wish.stems = folder
                    .map(|folder| folder.stems.clone())
                    .unwrap_or_default();
            }
            Source::Named(stems) => {
                wish.stems.clone_from(stems);
                wish.strict = Some(Strictness::LOOSE);
            }
            Source::Export(tracks) => {
                wish.stems = vec![export(session, overrides, tracks)];
                wish.strict = None;
                wish.takes_all = tracks.is_empty();
            }
        }
        if wish.stems.is_empty() {
            return Err(no_stems(source));
        }
        if wish.stems.len() > MOST_STEMS {
            return Err(Error::new(
                ErrorKind::Recipe,
                format!("{} stems are more than {MOST_STEMS}", wish.stems.len()),
            ));
        }
        wish.check();
        if wish.hash.is_empty() {
            let ignore = [&wish.session_ignore, &wish.recipe_ignore];
            let returns = [&wish.session_returns, &wish.asked_returns];
            let text = serde_json::to_vec(&(&wish.stems, ignore, returns)).unwrap_or_default();
            wish.hash = format!("blake3:{}", blake3::hash(&text).to_hex());
        }
        Ok(wish)
    }

    fn check(&mut self) {
        self.findings.extend(same_names(&self.stems));
        for (index, stem) in self.stems.iter().enumerate() {
            if stem.name.trim().is_empty() {
                let text = format!("stem {} of the recipe has no name", index + 1);
                self.findings
                    .push(Finding::new(Level::Error, "unnamed_stem", text).fix("give it a name"));
            }
            // Not a number is in no range.
            if !(-GREATEST_GAIN..=GREATEST_GAIN).contains(&stem.gain_db) {
                let text = format!("the gain {} dB is no gain", stem.gain_db);
                self.findings.push(
                    Finding::new(Level::Error, "bad_gain", text)
                        .stem(&stem.name)
                        .fix(format!(
                            "write a number from -{GREATEST_GAIN} to {GREATEST_GAIN}"
                        )),
                );
            }
        }
    }
}

fn export(session: &Session, overrides: &Overrides, tracks: &[String]) -> StemSpec {
    let name = overrides.file.as_deref().unwrap_or(&session.info.name);
    StemSpec {
        name: name.replace("{{", "{").replace("}}", "}"),
        tracks: tracks.to_vec(),
        ..StemSpec::default()
    }
}

fn no_stems(source: &Source) -> Error {
    let what = match source {
        Source::Recipe(_) => "the recipe has no [[stem]]",
        Source::Session => "the session brings no stems of its own",
        Source::Named(_) | Source::Export(_) => "no stems are named",
    };
    Error::new(ErrorKind::Recipe, what).hint("give a recipe file, or --stem NAME=TRACK,TRACK…")
}

/// The stems whose names are the same.
fn same_names(stems: &[StemSpec]) -> Vec<Finding> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut findings = Vec::new();
    for stem in stems {
        let count = seen.entry(stem.name.trim()).or_default();
        *count += 1;
        if *count == 2 {
            findings.push(
                Finding::new(
                    Level::Error,
                    "duplicate_stem",
                    format!("two stems are named '{}'", fit(&stem.name, 60)),
                )
                .stem(&stem.name)
                .fix("give each stem a name of its own"),
            );
        }
    }
    findings
}
