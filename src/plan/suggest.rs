//! A recipe for a session that has none: the session's own stems, else its folders, else its tracks, with
//! comments that say what to write where. What fits into no stem stays out, and the plan says so.

use std::collections::HashSet;

use super::recipe::Recipe;
use super::rewrite::rewrite;
use super::select::Roster;
use crate::error::Result;
use crate::model::stem::StemSpec;
use crate::model::text::{clean, fit};
use crate::model::tree::Tree;
use crate::model::{Session, TrackKind};
use crate::plan::recipe::Ignore;

/// The text of the recipe.
///
/// # Errors
/// A session whose names cannot be written as a recipe.
pub fn recipe(session: &Session) -> Result<String> {
    let roster = Roster::new(&session.tracks);
    let folder = session.folder.as_deref();
    let own = folder
        .map(|folder| folder.stems.clone())
        .unwrap_or_default();
    let stems = [own, folders(session, &roster), single(session, &roster)];
    let stems = stems.into_iter().find(|stems| !stems.is_empty());
    let stems = stems.unwrap_or_default();
    let ignore = folder
        .map(|folder| folder.ignore.clone())
        .unwrap_or_default();
    let returns = folder
        .map(|folder| folder.returns.clone())
        .unwrap_or_default();
    let left = left_over(session, &roster, &stems, &[&ignore, &returns]);
    let mut text = format!("{}{}", head(&session.info.name), left);
    text.push_str(&list(
        "ignore",
        "in no stem, and not in the mix: Click, \"Ref *\"",
        &ignore,
    ));
    text.push_str(&list(
        "returns",
        "aux returns that sound in every stem that feeds them",
        &returns,
    ));
    let placed: Vec<_> = stems.into_iter().map(|stem| (None, stem)).collect();
    if placed.is_empty() {
        Recipe::parse(&text, "the recipe")?;
        return Ok(text);
    }
    let ignore = Ignore { tracks: ignore };
    rewrite(&text, "the recipe", &placed, &ignore)
}

fn head(session: &str) -> String {
    let name = clean(session);
    format!(
        r#"# Stems of '{name}': which tracks go where, and how the files are made and named.
# What it comes to: pt-stem stems plan THIS-FILE

[output]
file   = "{{session}}_{{stem}}"     # or {{n:02}}_{{stem}}, {{date}}, {{rev}}, {{tc}} …
format = "wav"                  # wav | aiff | flac
bits   = 24                     # 16 | 24 | 32 (float)
rate   = "session"              # or 44100, 48000 …
range  = "session"              # session | selection | "01:00:00:00..01:04:10:00" | "marker:A..marker:B"
mix    = true                   # also write the mix, which the stems are proven against
# root = "./stems"              # where the files go, unless --out says so

# A stem takes tracks by name or pattern, a folder, a regex or a color; `except` takes away.
# [[version]] computes a file from others: name = "Instrumental", formula = "mix - Vocals"
"#
    )
}

fn list(table: &str, what: &str, names: &[String]) -> String {
    let names: Vec<toml::Value> = names.iter().cloned().map(toml::Value::String).collect();
    format!(
        "\n# {what}\n[{table}]\ntracks = {}\n",
        toml::Value::Array(names)
    )
}

/// The topmost folders that hold something that sounds.
fn folders(session: &Session, roster: &Roster<'_>) -> Vec<StemSpec> {
    let tree = Tree::new(&session.tracks);
    let is_top = |index: &usize| tree.parent(*index).is_none();
    let folders = session.tracks.iter().enumerate();
    let folders = folders.filter(|(index, track)| track.kind.is_folder() && is_top(index));
    let mut seen = HashSet::new();
    let stems = folders.filter_map(|(_, folder)| {
        let stem = StemSpec {
            name: folder.name.clone(),
            folder: Some(folder.name.clone()),
            ..StemSpec::default()
        };
        let tracks = roster.select(&stem).ok()?.tracks;
        (!tracks.is_empty() && seen.insert(folder.name.clone())).then_some(stem)
    });
    stems.collect()
}

/// Every track for itself; those that share a name together.
fn single(session: &Session, roster: &Roster<'_>) -> Vec<StemSpec> {
    let mut seen = HashSet::new();
    let tracks = roster
        .sounding()
        .filter_map(|index| session.tracks.get(index));
    let stems = tracks.filter(|track| track.kind != TrackKind::Aux && seen.insert(&track.name));
    stems
        .map(|track| StemSpec {
            name: track.name.clone(),
            tracks: vec![track.name.clone()],
            ..StemSpec::default()
        })
        .collect()
}

/// Tracks named in one remark.
const MOST: usize = 200;

/// A remark on the tracks that no stem takes.
fn left_over(
    session: &Session,
    roster: &Roster<'_>,
    stems: &[StemSpec],
    others: &[&[String]],
) -> String {
    let mut taken: HashSet<usize> = HashSet::new();
    for stem in stems {
        taken.extend(
            roster
                .select(stem)
                .map(|found| found.tracks)
                .unwrap_or_default(),
        );
    }
    for patterns in others {
        taken.extend(roster.matching(patterns).0);
    }
    let left = roster.sounding().filter(|index| !taken.contains(index));
    let names: Vec<String> = left
        .filter_map(|index| session.tracks.get(index))
        .map(|track| format!("#   {}\n", fit(&track.name, 80)))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    let more = match names.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!("#   and {more} more\n"),
    };
    let named: String = names.into_iter().take(MOST).collect();
    format!(
        "#\n# In no stem yet; put them into one, or below [ignore] or [returns]:\n{named}{more}"
    )
}
