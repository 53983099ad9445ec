//! `pt-stem stems plan | print | verify`, and `export`.

use std::path::{Path, PathBuf};

use crate::app::runtime::read_recipe;
use crate::app::shape;
use crate::cli::args::{ExportArgs, PrintArgs};
use crate::cli::desk::Desk;
use crate::cli::output::{self, Output, Table, bytes, duration, level};
use crate::cli::progress::Progress;
use crate::cli::run::matrix;
use crate::engine::verify;
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::{Diagnosis, JobState, Proof, Report, Verdict};
use crate::model::plan::{PlanKind, PlannedStem};
use crate::model::stem::{BitDepth, EngineKind, Way};
use crate::model::text::{clean, fit};
use crate::model::{Finding, Level, Plan};
use crate::plan::{self, Overrides, Source};

fn bits(text: Option<&str>) -> Result<Option<BitDepth>> {
    text.map(|bits| {
        bits.parse::<u16>()
            .map_err(|error| error.to_string())
            .and_then(BitDepth::try_from)
            .map_err(|reason| Error::new(ErrorKind::Usage, reason))
    })
    .transpose()
}

fn overrides(args: &PrintArgs) -> Result<Overrides> {
    Ok(Overrides {
        dir: args.out.clone(),
        engine: args.engine.kind(),
        on_existing: args.on_existing.map(Into::into),
        allow_orphans: args.allow_orphans,
        file: args.file.clone(),
        bits: bits(args.bits.as_deref())?,
        rate: args.rate,
        format: args.format.map(Into::into),
        range: args.range.clone(),
        measure: args.measure.map(Into::into),
        preset: args.preset.clone(),
        mix: args.mix.then_some(true),
        only: args.only.clone(),
        way: args.way.map(Into::into),
        returns: args.returns.clone(),
        rename_duplicates: args.rename_duplicates,
        split: args.split.then_some(true),
        ..Overrides::default()
    })
}

/// The stems named on the command line, the recipe, or the session's own.
fn source(args: &PrintArgs, configured: Option<&PathBuf>) -> Result<Source> {
    if !args.stem.is_empty() {
        let stems = args
            .stem
            .iter()
            .map(|text| plan::recipe::parse_stem_argument(text))
            .collect::<Result<Vec<_>>>()?;
        return Ok(Source::Named(stems));
    }
    match args.recipe.as_ref().or(configured) {
        Some(path) => Ok(Source::Recipe(Box::new(read_recipe(path)?))),
        None => Ok(Source::Session),
    }
}

async fn make(desk: &mut Desk, args: &PrintArgs) -> Result<Plan> {
    let source = source(args, desk.state().config.output.recipe.as_ref())?;
    let overrides = overrides(args)?;
    desk.plan(&source, overrides, PlanKind::Stems).await
}

/// Shows what would be printed. Errors among the findings decide the exit code.
pub async fn plan(desk: &mut Desk, args: &PrintArgs, output: Output) -> Result<()> {
    let plan = make(desk, args).await?;
    output.show(&plan::report(&plan), || plan_text(&plan))?;
    refuse_errors(&plan, output)
}

fn plan_text(plan: &Plan) -> String {
    let mut table = Table::new(&["STEM", "FILE", "ENGINE", "WAY", "TRACKS"]);
    for stem in plan.files() {
        let names: Vec<&str> = stem.tracks.iter().map(|t| t.name.as_str()).collect();
        table.row([
            stem.name.clone(),
            stem.files_text(),
            stem.engine.word().to_owned(),
            way_text(stem),
            match &stem.formula {
                Some(formula) => clean(&formula.text).into_owned(),
                None => names.join(", "),
            },
        ]);
    }
    let ruler = &plan.ruler;
    let mut text = format!(
        "{table}\n{} from {} to {}, {} each; {} in {}\n",
        clean(&plan.session),
        ruler.timecode_at(plan.range.start),
        ruler.timecode_at(plan.range.end),
        duration(plan.seconds),
        bytes(plan.bytes),
        plan.output.dir.display(),
    );
    text.push_str(&ways_text(plan));
    text.push('\n');
    text.push_str(&matrix::text(plan));
    let findings = findings_text(&plan.findings);
    if !findings.is_empty() {
        text.push('\n');
        text.push_str(&findings);
    }
    text
}

fn way_text(stem: &PlannedStem) -> String {
    match (stem.engine, &stem.source) {
        _ if stem.formula.is_some() => stem.way.word().to_owned(),
        (EngineKind::Render, _) => "mix".to_owned(),
        (EngineKind::Bounce, Some(source)) => clean(source).into_owned(),
        (EngineKind::Bounce, None) => stem.way.word().to_owned(),
    }
}

/// Why the files of a bounce are printed the way they are, one line a reason.
fn ways_text(plan: &Plan) -> String {
    let mut reasons: Vec<(Way, &str, Vec<&str>)> = Vec::new();
    for stem in plan.files().filter(|s| s.engine == EngineKind::Bounce) {
        let known = reasons
            .iter_mut()
            .find(|(way, why, _)| *way == stem.way && *why == stem.why);
        match known {
            Some((_, _, stems)) => stems.push(&stem.name),
            None => reasons.push((stem.way, &stem.why, vec![&stem.name])),
        }
    }
    reasons
        .iter()
        .map(|(way, why, stems)| {
            let stems = clean(&stems.join(", ")).into_owned();
            format!("{}: {stems} ({})\n", way.word(), clean(why))
        })
        .collect()
}

/// Sentences, and names of tracks, that one group of findings spells out.
const MOST_SAID: usize = 20;
const MOST_TRACKS: usize = 6;

/// One line a finding, worst first, with its fix below. Findings of many tracks that say the same
/// become one line.
pub fn findings_text(findings: &[Finding]) -> String {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let known = groups.iter_mut().find(|group| {
            group.first().is_some_and(|first| {
                first.level == finding.level
                    && first.code == finding.code
                    && first.stem == finding.stem
                    && first.fix == finding.fix
                    && first.track.is_some()
                    && finding.track.is_some()
            })
        });
        match known {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.sort_by_key(|group| group.first().map(|first| std::cmp::Reverse(first.level)));
    groups.iter().map(|group| group_text(group)).collect()
}

fn group_text(group: &[&Finding]) -> String {
    let Some(first) = group.first() else {
        return String::new();
    };
    let mark = match first.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    // What they say beside the track's name, each once, with the tracks that it is said of.
    let mut said: Vec<(String, &Finding, Vec<&str>)> = Vec::new();
    for finding in group {
        let track = finding.track.as_deref().unwrap_or_default();
        let rest = finding
            .text
            .replacen(&format!("'{}'", fit(track, 60)), "", 1);
        match said.iter_mut().find(|(known, ..)| *known == rest) {
            Some((.., others)) => others.push(track),
            None => said.push((rest, finding, Vec::new())),
        }
    }
    let mut text = String::new();
    for (index, (_, finding, others)) in said.iter().take(MOST_SAID).enumerate() {
        let start = if index == 0 { mark } else { "  also" };
        text.push_str(&format!("{start}: {}\n", clean(&finding.text)));
        if !others.is_empty() {
            let named = others.iter().take(MOST_TRACKS).map(|name| clean(name));
            let named = named.collect::<Vec<_>>().join(", ");
            let more = match others.len().saturating_sub(MOST_TRACKS) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            text.push_str(&format!("  and so {named}{more}\n"));
        }
    }
    if let Some(more @ 1..) = said.len().checked_sub(MOST_SAID) {
        text.push_str(&format!("  and {more} more; --json lists them\n"));
    }
    if !first.fix.is_empty() {
        text.push_str(&format!("  {}\n", clean(&first.fix)));
    }
    text
}

fn refuse_errors(plan: &Plan, output: Output) -> Result<()> {
    let errors: Vec<&Finding> = plan
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .collect();
    let Some(first) = errors.first() else {
        return Ok(());
    };
    let message = match errors.len() {
        1 => format!("The plan cannot be carried out: {}", first.text),
        n => format!(
            "The plan cannot be carried out: {n} errors, the first: {}",
            first.text
        ),
    };
    let mut error = Error::new(ErrorKind::Recipe, message);
    if output.json && !first.fix.is_empty() {
        error = error.hint(first.fix.clone());
    }
    Err(error)
}

/// Prints the stems.
pub async fn print(desk: &mut Desk, args: &PrintArgs, output: Output) -> Result<()> {
    if args.out.is_none() && args.recipe.is_none() && desk.state().config.output.recipe.is_none() {
        return Err(Error::new(ErrorKind::Usage, "--out DIR is missing")
            .hint("Name the folder for the stems, or give a recipe with a root"));
    }
    let plan = make(desk, args).await?;
    let title = match plan.stems.len() {
        1 => format!("1 stem of {}", plan.session),
        number => format!("{number} stems of {}", plan.session),
    };
    carry_out(desk, plan, title, output).await
}

/// What a plan with errors comes to: no files, and everything that is wrong with it.
fn not_begun(plan: &Plan) -> Report {
    Report {
        findings: plan.findings.clone(),
        proof: Proof {
            note: "the plan has errors, and nothing was printed".to_owned(),
            ..Proof::default()
        },
        ..Report::default()
    }
}

async fn carry_out(desk: &mut Desk, plan: Plan, title: String, output: Output) -> Result<()> {
    if plan.has_errors() {
        match output.json {
            true => output::line(&shape::report(&not_begun(&plan)).to_string())?,
            false => output::say(&findings_text(&plan.findings)),
        }
    }
    refuse_errors(&plan, output)?;
    if !output.json {
        output::say(&findings_text(&plan.findings));
    }
    let dir = plan.output.dir.clone();
    let said = plan.findings.clone();
    let id = desk.submit(plan, title).await?;
    let mut progress = Progress::new(output);
    let job = desk
        .follow(id, |job| progress.show(job))
        .await
        .inspect_err(|_| progress.clear())?;
    progress.clear();
    let mut report = job.report.clone().unwrap_or_default();
    if report.proof.verdict == Verdict::NotChecked && report.proof.note.is_empty() {
        report.proof.note = match &job.fault {
            Some(fault) => format!("the job failed: {}", fault.message),
            None => format!("the job ended as {}", job.state.word()),
        };
    }
    // A job that ended early has nothing to tell people; a program waits for its last object.
    if output.json || job.report.is_some() {
        output.show(&shape::report(&report), || {
            report_text(&report, &said, Some(&dir))
        })?;
    }
    match job.state {
        JobState::Done => Ok(()),
        JobState::Cancelled => Err(Error::new(ErrorKind::Interrupted, "Cancelled")),
        _ => Err(super::job_error(&job)),
    }
}

/// The files, what was found beyond what has been said, and the verdict.
fn report_text(report: &Report, said: &[Finding], dir: Option<&Path>) -> String {
    let mut table = Table::new(&["FILE", "LENGTH", "SIZE", "PEAK dBFS", "LUFS"]);
    for file in &report.files {
        table.row([
            file.path.clone(),
            duration(file.frames as f64 / f64::from(file.rate.max(1))),
            bytes(file.bytes),
            level(file.levels.peak_dbfs),
            level(file.levels.integrated_lufs),
        ]);
    }
    let mut text = String::new();
    if !table.is_empty() {
        text.push_str(&table.to_string());
    }
    let news = report.findings.iter().filter(|f| !said.contains(f));
    let findings = findings_text(&news.cloned().collect::<Vec<_>>());
    if !findings.is_empty() {
        text.push('\n');
        text.push_str(&findings);
    }
    text.push('\n');
    text.push_str(&proof_text(&report.proof));
    if let Some(dir) = dir {
        text.push_str(&format!("In {}\n", dir.display()));
    }
    text
}

fn proof_text(proof: &Proof) -> String {
    let note = if proof.note.is_empty() {
        String::new()
    } else {
        format!(" ({})", clean(&proof.note))
    };
    let peak = proof.peak_dbfs.map_or_else(
        || "no residual at all".to_owned(),
        |p| format!("residual peak {p:.1} dBFS{}", place_text(proof)),
    );
    let limit = proof
        .threshold_dbfs
        .map_or_else(String::new, |t| format!(", limit {t:.1} dBFS"));
    let mut text = match proof.verdict {
        Verdict::Pass => format!("Sum: PASS, {peak}{limit}{note}\n"),
        Verdict::Fail => format!("Sum: FAIL, {peak}{limit}{note}\n"),
        Verdict::NotChecked => format!("Sum: not checked{note}\n"),
    };
    for told in proof.diagnosis.iter().filter_map(Diagnosis::told) {
        let what = clean(&told.what);
        text.push_str(&format!(
            "  {what}.\n    Why: {}.\n    Fix: {}.\n",
            told.why, told.fix
        ));
    }
    text
}

/// Where a failed sum is off most.
fn place_text(proof: &Proof) -> String {
    let place = proof.peak_at.as_ref();
    let place = place.filter(|_| proof.verdict == Verdict::Fail);
    place.map_or_else(String::new, |place| match place.timecode.is_empty() {
        true => format!(" at sample {}", place.frame),
        false => format!(" at {}", clean(&place.timecode)),
    })
}

/// Checks a printed set. Needs no connection.
pub fn verify_set(dir: &Path, mix: Option<&Path>, output: Output) -> Result<()> {
    let report = verify::verify(dir, mix)?;
    output.show(&shape::report(&report), || report_text(&report, &[], None))?;
    checked(&report)
}

/// An error where a check found one.
pub fn checked(report: &Report) -> Result<()> {
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Error);
    match errors.count() {
        0 => Ok(()),
        1 => Err(Error::new(ErrorKind::Check, "One check failed")),
        n => Err(Error::new(ErrorKind::Check, format!("{n} checks failed"))),
    }
}

/// One mix of some tracks, or of a time range.
pub async fn export(desk: &mut Desk, args: &ExportArgs, output: Output) -> Result<()> {
    let name = args
        .out
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or_else(|| Error::new(ErrorKind::Usage, "--out names no file"))?;
    let stem = name.strip_suffix(".wav").ok_or_else(|| {
        Error::new(
            ErrorKind::Usage,
            format!("'{name}' is not a WAV file's name"),
        )
        .hint("Exports are WAV: let the name end with .wav")
    })?;
    let dir = args
        .out
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let overrides = Overrides {
        dir: Some(dir),
        engine: args.engine.kind(),
        on_existing: args.on_existing.map(Into::into),
        // Braces are tokens in a pattern; in a file name they are letters.
        file: Some(stem.replace('{', "{{").replace('}', "}}")),
        bits: bits(args.bits.as_deref())?,
        range: args.range.clone(),
        measure: args.measure.map(Into::into),
        ..Overrides::default()
    };
    let source = Source::Export(args.tracks.clone());
    let plan = desk.plan(&source, overrides, PlanKind::Export).await?;
    carry_out(desk, plan, format!("Export {name}"), output).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracks_share_a_line_only_where_the_same_is_said_of_them() {
        let finding = |track: &str, what: &str| {
            Finding::new(Level::Warning, "sends", format!("track '{track}': {what}"))
                .track(track)
                .fix("bounce")
        };
        let text = findings_text(&[
            finding("A", "send to 'Verb'"),
            finding("B", "reverb"),
            finding("C", "send to 'Verb'"),
        ]);
        let expected = "warning: track 'A': send to 'Verb'\n  and so C\n  \
            also: track 'B': reverb\n  bounce\n";
        assert_eq!(text, expected);
        let many: Vec<Finding> = (0..30)
            .map(|at| finding("A", &format!("clip {at}")))
            .collect();
        let text = findings_text(&many);
        assert!(text.contains("clip 19\n  and 10 more"), "{text}");
    }
}
