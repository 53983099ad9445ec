//! `pt-stem lint DIR`: needs no connection, and changes nothing without `--fix`.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use serde_json::{Value, json};

use super::junit;
use crate::cli::lint_args::LintArgs;
use crate::cli::output::{self, Output, Table, duration, level};
use crate::engine::lint::{self, Change, Fixes, Outcome, Question};
use crate::error::{Error, ErrorKind, Result};
use crate::model::job::Verdict;
use crate::model::text::clean;
use crate::model::{Finding, Level};
use crate::plan::presets;
use crate::platform::atomic;

/// What a folder is held against where no preset is named.
const HOUSE: &str = "house";

pub fn run(args: &LintArgs, output: Output) -> Result<()> {
    let question = question(args)?;
    if let Some(file) = &args.junit {
        check_target(file)?;
    }
    let done = match args.fix {
        true => fix(args, &question, output)?,
        false => Vec::new(),
    };
    let outcome = lint::lint(&args.dir, &question)?;
    let preset = question.preset.map_or(HOUSE, |preset| preset.id.as_str());
    if let Some(file) = &args.junit {
        let xml = junit::xml(&outcome, preset);
        atomic::write(file, xml.as_bytes()).map_err(|error| {
            let text = format!("'{}' cannot be written", file.display());
            Error::new(ErrorKind::Storage, text).because(error)
        })?;
    }
    let mut value = shape(&args.dir, preset, &outcome);
    if let (true, Some(fields)) = (args.fix, value.as_object_mut()) {
        let done: Vec<Value> = done.iter().map(change).collect();
        fields.insert("fixed".to_owned(), json!(done));
    }
    output.show(&value, || text(preset, &outcome))?;
    match outcome.errors() {
        0 => Ok(()),
        1 => Err(Error::new(ErrorKind::Check, "One thing is wrong")),
        n => Err(Error::new(
            ErrorKind::Check,
            format!("{n} things are wrong"),
        )),
    }
}

fn question(args: &LintArgs) -> Result<Question> {
    let preset = args.preset.as_deref().map(presets::find).transpose()?;
    if let Some(mix) = args.mix.as_ref().filter(|mix| mix.is_dir()) {
        let text = format!("'{}' is a folder and no mix", mix.display());
        return Err(Error::new(ErrorKind::Usage, text).hint("Name the file of the mix"));
    }
    let is_gated = preset.is_some_and(|preset| preset.level.gate == presets::Gate::Dialog);
    if args.dialog_lkfs.is_some() && !is_gated {
        let text = "--dialog-lkfs answers a preset that asks for loudness gated by speech";
        return Err(Error::new(ErrorKind::Usage, text)
            .hint("Leave it out, or name such a preset with --preset"));
    }
    if let Some(lkfs) = args
        .dialog_lkfs
        .filter(|lkfs| !(-70.0..=0.0).contains(lkfs))
    {
        let text = format!("{lkfs} LKFS is no loudness of dialogue");
        return Err(Error::new(ErrorKind::Usage, text).hint("Give what the meter shows: -27.1"));
    }
    Ok(Question {
        preset,
        mix: args.mix.clone(),
        dialog_lkfs: args.dialog_lkfs,
    })
}

/// A report of an earlier run is replaced, and nothing else.
fn check_target(file: &Path) -> Result<()> {
    use std::io::Read as _;
    if !file.exists() {
        return Ok(());
    }
    let mut head = [0; 5];
    let is_xml = std::fs::metadata(file).is_ok_and(|facts| facts.is_file())
        && std::fs::File::open(file)
            .and_then(|mut file| file.read_exact(&mut head))
            .is_ok_and(|()| &head == b"<?xml");
    match is_xml {
        true => Ok(()),
        false => {
            let text = format!("'{}' is there and is no XML", file.display());
            Err(Error::new(ErrorKind::Usage, text).hint("Name another file for --junit"))
        }
    }
}

/// Shows the plan, asks, carries it out; gives what was done.
fn fix(args: &LintArgs, question: &Question, output: Output) -> Result<Vec<Change>> {
    let fixes = lint::fixes(&args.dir, question)?;
    output::say(&plan_text(&fixes));
    if fixes.changes.is_empty() {
        return Ok(Vec::new());
    }
    if !args.yes && !agreed(output)? {
        output::say("Nothing was changed.\n");
        return Ok(Vec::new());
    }
    let (done, failed) = lint::apply(&args.dir, &fixes);
    for text in &failed {
        output::say(&format!("error: {}\n", clean(text)));
    }
    output::say(&format!("{done} of {} done.\n\n", fixes.changes.len()));
    match failed.is_empty() {
        true => Ok(fixes.changes),
        false => Err(Error::new(
            ErrorKind::Storage,
            format!("{} changes could not be made", failed.len()),
        )),
    }
}

fn plan_text(fixes: &Fixes) -> String {
    let mut text = match fixes.changes.is_empty() {
        true => "There is nothing that --fix can put right.\n".to_owned(),
        false => "Without touching a sample:\n".to_owned(),
    };
    for change in &fixes.changes {
        text.push_str(&format!("  {}\n", change.text()));
    }
    for left in &fixes.left {
        text.push_str(&format!("  left: {left}\n"));
    }
    text
}

fn agreed(output: Output) -> Result<bool> {
    let stdin = std::io::stdin();
    if output.json || !stdin.is_terminal() {
        return Err(Error::new(
            ErrorKind::Usage,
            "nobody is there to be asked, and nothing was changed",
        )
        .hint("Add --yes to carry the plan out"));
    }
    output::say("Do it? [y/N] ");
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    read.map_err(|error| Error::new(ErrorKind::Usage, "the answer cannot be read").because(error))?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn change(change: &Change) -> Value {
    match change {
        Change::Rename { from, to } => json!({ "change": "rename", "from": from, "to": to }),
        Change::Stamp { file, from, to } => {
            json!({ "change": "time_reference", "file": file, "from": from, "to": to })
        }
    }
}

fn shape(dir: &Path, preset: &str, outcome: &Outcome) -> Value {
    let sets = outcome.sets.iter().map(|set| {
        json!({
            "name": set.name,
            "kind": set.kind,
            "files": set.files,
            "layout": set.layout,
            "rate": set.rate,
            "bits": set.bits,
            "frames": set.frames,
            "peak_dbfs": set.peak_dbfs,
            "true_peak_dbtp": set.true_peak_dbtp,
            "integrated_lufs": set.integrated_lufs,
        })
    });
    let verdict = match outcome.errors() {
        0 => "pass",
        _ => "fail",
    };
    json!({
        "schema": 1,
        "dir": dir.display().to_string(),
        "preset": preset,
        "verdict": verdict,
        "files": outcome.files,
        "sets": sets.collect::<Vec<_>>(),
        "findings": outcome.findings,
        "not_measured": outcome.not_measured,
        "proof": crate::app::shape::proof(&outcome.proof),
    })
}

fn text(preset: &str, outcome: &Outcome) -> String {
    let mut table = Table::new(&[
        "STEM", "KIND", "LAYOUT", "RATE", "BITS", "LENGTH", "dBTP", "LUFS",
    ]);
    for set in &outcome.sets {
        table.row([
            set.name.clone(),
            set.kind.to_owned(),
            set.layout.clone(),
            set.rate.to_string(),
            set.bits.to_string(),
            duration(set.frames as f64 / f64::from(set.rate.max(1))),
            level(set.true_peak_dbtp),
            level(set.integrated_lufs),
        ]);
    }
    let mut text = String::new();
    if !table.is_empty() {
        text.push_str(&format!("{table}\n"));
    }
    for finding in &outcome.findings {
        text.push_str(&line(finding));
    }
    for what in &outcome.not_measured {
        text.push_str(&format!("not measured: {}\n", clean(what)));
    }
    let proof = &outcome.proof;
    text.push_str(match proof.verdict {
        Verdict::Pass => "Sum: PASS",
        Verdict::Fail => "Sum: FAIL",
        Verdict::NotChecked => "Sum: not checked",
    });
    if !proof.note.is_empty() {
        text.push_str(&format!(" ({})", clean(&proof.note)));
    }
    let count = |level: Level| outcome.findings.iter().filter(|f| f.level == level).count();
    let verdict = match outcome.errors() {
        0 if outcome.not_measured.is_empty() => "PASS".to_owned(),
        0 => format!("PASS, but for {} not measured", outcome.not_measured.len()),
        _ => "FAIL".to_owned(),
    };
    text.push_str(&format!(
        "\n{preset}: {verdict}; {} files, {} errors, {} warnings, {} notes\n",
        outcome.files.len(),
        count(Level::Error),
        count(Level::Warning),
        count(Level::Note)
    ));
    text
}

/// One line: what is wrong, and what to do.
fn line(finding: &Finding) -> String {
    let mark = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let fix = match finding.fix.is_empty() {
        true => String::new(),
        false => format!(" -> {}", clean(&finding.fix)),
    };
    format!("{mark}: {} [{}]{fix}\n", clean(&finding.text), finding.code)
}
