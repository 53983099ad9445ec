//! `pt-stem stems init | diff | snapshot`: recipes that people keep.

use std::path::Path;

use serde_json::json;

use crate::app::runtime::read_recipe;
use crate::cli::desk::Desk;
use crate::cli::output::{self, Output, Table};
use crate::cli::recipe_args::{DiffArgs, InitArgs, SnapshotArgs};
use crate::cli::run::stems::findings_text;
use crate::error::{Error, ErrorKind, Result};
use crate::model::plan::PlanKind;
use crate::model::snapshot::Snapshot;
use crate::model::stem::StemSpec;
use crate::model::text::clean;
use crate::model::{Finding, Level, Plan, Session};
use crate::plan::recipe::Recipe;
use crate::plan::{Overrides, Source, rewrite, suggest};
use crate::platform::atomic;

/// What a plan finds about the match of recipe and session.
const OF_THE_MATCH: [&str; 13] = [
    "double",
    "duplicate_track",
    "empty_stem",
    "ignored_in_stem",
    "no_match",
    "not_a_return",
    "not_sounding",
    "orphan",
    "return_in_stem",
    "unknown_folder",
    "unknown_ignore",
    "unknown_return",
    "unknown_track",
];

fn session(desk: &Desk) -> Result<&Session> {
    let session = desk.state().session.as_ref();
    session.ok_or_else(|| Error::new(ErrorKind::NoSession, "no session is open"))
}

/// The plan of a recipe's text, for what it finds; nothing is printed.
async fn planned(desk: &mut Desk, recipe: Recipe) -> Result<Plan> {
    let source = Source::Recipe(Box::new(recipe));
    desk.plan(&source, Overrides::default(), PlanKind::Stems)
        .await
}

fn of_the_match(plan: &Plan) -> Vec<Finding> {
    let findings = plan.findings.iter();
    let found = findings.filter(|finding| OF_THE_MATCH.contains(&finding.code.as_str()));
    found.cloned().collect()
}

/// Writes a commented recipe for the open session. What is in no stem is said, and no error.
pub async fn init(desk: &mut Desk, args: &InitArgs, output: Output) -> Result<()> {
    let text = suggest::recipe(session(desk)?)?;
    if let Some(file) = &args.file {
        if file.exists() {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("'{}' exists already", file.display()),
            )
            .hint("Name another file, or take that one away"));
        }
        write(file, &text)?;
    }
    let recipe = Recipe::parse(&text, "the recipe")?;
    let findings = match recipe.stems.is_empty() {
        true => Vec::new(),
        false => of_the_match(&planned(desk, recipe).await?),
    };
    if !output.json {
        output::say(&findings_text(&findings));
    }
    let shown = json!({
        "schema": 1,
        "file": args.file.as_ref().map(|file| file.display().to_string()),
        "recipe": text,
        "findings": findings,
    });
    output.show(&shown, || match &args.file {
        Some(file) => format!("{} is written\n", file.display()),
        None => text.clone(),
    })
}

/// Names what of a recipe and the open session does not match.
pub async fn diff(desk: &mut Desk, args: &DiffArgs, output: Output) -> Result<()> {
    let plan = planned(desk, read_recipe(&args.recipe)?).await?;
    let findings = of_the_match(&plan);
    let differs = findings
        .iter()
        .any(|finding| finding.level >= Level::Warning);
    let stems = plan.stems.iter();
    let names = |stem: &crate::model::plan::PlannedStem| -> Vec<String> {
        stem.tracks.iter().map(|track| track.name.clone()).collect()
    };
    let stems: Vec<_> = stems.map(|stem| (stem.name.clone(), names(stem))).collect();
    let shown = json!({
        "schema": 1,
        "session": plan.session,
        "recipe": args.recipe.display().to_string(),
        "matches": !differs,
        "stems": stems.iter().map(|(name, tracks)| json!({ "name": name, "tracks": tracks })).collect::<Vec<_>>(),
        "findings": findings,
    });
    output.show(&shown, || {
        let mut table = Table::new(&["STEM", "TRACKS"]);
        for (name, tracks) in &stems {
            table.row([name.clone(), tracks.join(", ")]);
        }
        let verdict = match differs {
            true => "does not fit",
            false => "fits",
        };
        let findings = findings_text(&findings);
        let gap = if findings.is_empty() { "" } else { "\n" };
        let session = clean(&plan.session);
        format!("{table}{gap}{findings}\nThe recipe {verdict} '{session}'\n")
    })?;
    match differs {
        true => Err(Error::new(
            ErrorKind::Check,
            "the recipe does not fit the session",
        )),
        false => Ok(()),
    }
}

/// Stores what is heard now, by solo and mute, as a stem of a recipe.
pub async fn snapshot(desk: &mut Desk, args: &SnapshotArgs, output: Output) -> Result<()> {
    let configured = desk.state().config.output.recipe.clone();
    let Some(file) = args.recipe.clone().or(configured) else {
        return Err(Error::new(ErrorKind::Usage, "--recipe FILE is missing")
            .hint("Name the recipe that gets the stem; it is made if it is not there"));
    };
    if args.name.trim().is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the stem has no name"));
    }
    let session = session(desk)?;
    let now = Snapshot::of(args.name.clone(), &session.tracks, 0);
    let heard = now.heard(&session.tracks);
    if heard.is_empty() {
        return Err(Error::new(
            ErrorKind::Refused,
            "nothing is heard: every track is muted, inactive or cut off by a solo",
        )
        .hint("Solo the tracks of the stem in Pro Tools"));
    }
    let tracks: Vec<String> = heard.iter().map(|track| track.name.clone()).collect();
    let name = file.display().to_string();
    let before = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            let text = format!("'{name}' cannot be read");
            return Err(Error::new(ErrorKind::Recipe, text).because(error));
        }
    };
    let old = Recipe::parse(&before, &name)?;
    let stems = old.stems.iter().cloned().enumerate();
    let mut stems: Vec<_> = stems.map(|(at, stem)| (Some(at), stem)).collect();
    let is_known = stems.iter().any(|(_, stem)| stem.name == args.name);
    for (_, stem) in stems.iter_mut().filter(|(_, stem)| stem.name == args.name) {
        if stem.folder.is_some() || stem.regex.is_some() || stem.color.is_some() {
            let text = format!(
                "the stem '{}' takes a folder, a regex or a color",
                clean(&args.name)
            );
            return Err(Error::new(ErrorKind::Recipe, text)
                .hint("Give the snapshot another name, or take that stem out of the recipe"));
        }
        stem.tracks.clone_from(&tracks);
        stem.except.clear();
    }
    if !is_known {
        let stem = StemSpec {
            name: args.name.clone(),
            tracks: tracks.clone(),
            ..StemSpec::default()
        };
        stems.push((None, stem));
    }
    write(
        &file,
        &rewrite::rewrite(&before, &name, &stems, &old.ignore)?,
    )?;
    let shown = json!({ "schema": 1, "file": name, "stem": args.name, "tracks": tracks });
    output.show(&shown, || {
        let (stem, count) = (clean(&args.name), tracks.len());
        let what = if count == 1 { "track" } else { "tracks" };
        format!("'{stem}' stands in {name}: {count} {what}\n")
    })
}

fn write(file: &Path, text: &str) -> Result<()> {
    atomic::write(file, text.as_bytes()).map_err(|error| {
        let text = format!("'{}' cannot be written", file.display());
        Error::new(ErrorKind::Storage, text).because(error)
    })
}
