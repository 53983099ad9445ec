//! The report of a printed set for people: what it says, once, for the page and for Markdown. All of it
//! comes from outside: it is cleaned here and escaped where it is written.

mod html;
mod markdown;

pub use html::html;
pub use markdown::markdown;

use crate::cli::output::{bytes, duration, level};
use crate::engine::verify::account::Account;
use crate::model::job::{Diagnosis, Proof, Verdict};
use crate::model::manifest::{FileRole, ManifestFile};
use crate::model::overview::Overview;
use crate::model::stem::EngineKind;
use crate::model::text::clean;
use crate::model::{Finding, Level};

/// How the reports of this program begin.
pub const STARTS: [&str; 2] = [html::START, markdown::START];

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Open,
    Bad,
}

/// A sentence with how good the news is.
struct News {
    state: State,
    word: &'static str,
    text: String,
}

/// One file of the set.
struct Entry<'a> {
    title: String,
    file: String,
    news: News,
    numbers: Vec<(&'static str, String)>,
    tracks: Vec<String>,
    checksum: String,
    shape: Option<&'a Overview>,
}

/// All of it.
struct Sheet<'a> {
    title: String,
    /// The files as they lie there, and the sum.
    files: News,
    sum: News,
    diagnosis: Vec<String>,
    facts: Vec<(&'static str, String)>,
    findings: Vec<&'a Finding>,
    entries: Vec<Entry<'a>>,
    markers: Vec<(String, String)>,
    recipe: Option<&'a str>,
}

fn own(text: &str) -> String {
    clean(text).into_owned()
}

impl<'a> Sheet<'a> {
    fn of(account: &'a Account) -> Self {
        let (manifest, report) = (&account.manifest, &account.report);
        let shapes = account.shapes.iter().map(Option::as_ref);
        let files = report
            .files
            .iter()
            .zip(shapes.chain(std::iter::repeat(None)));
        let mut findings: Vec<&Finding> = report.findings.iter().collect();
        // What was said when it was printed, and is not said again.
        let told = manifest.findings.iter();
        findings.extend(told.filter(|old| report.findings.iter().all(|new| new.code != old.code)));
        // Of the machine that printed, on that day.
        findings.retain(|finding| finding.code != "space");
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        let marker = |marker: &crate::model::manifest::ManifestMarker| {
            (own(&marker.timecode), own(&marker.name))
        };
        Self {
            title: own(&manifest.session.name),
            files: intact(account),
            sum: summed(&report.proof),
            diagnosis: report.proof.diagnosis.iter().map(diagnosed).collect(),
            facts: facts(account),
            findings,
            entries: files
                .map(|(file, shape)| entry(account, file, shape))
                .collect(),
            markers: manifest.markers.iter().map(marker).collect(),
            recipe: manifest.recipe.as_deref(),
        }
    }
}

/// Whether the files are still those that were printed.
fn intact(account: &Account) -> News {
    let files = &account.report.files;
    let is_bad = |file: &&ManifestFile| account.faults(file).next().is_some();
    let bad = files.iter().filter(is_bad).count();
    let all = files.len();
    if bad == 0 {
        let text = match all {
            1 => "The file is as it was printed: checksum, length and format".to_owned(),
            _ => format!("All {all} files are as they were printed: checksum, length and format"),
        };
        return News {
            state: State::Good,
            word: "INTACT",
            text,
        };
    }
    let is = if bad == 1 { "is" } else { "are" };
    News {
        state: State::Bad,
        word: "CHANGED",
        text: format!("{bad} of {all} files {is} changed, damaged or missing: do not use this set"),
    }
}

fn summed(proof: &Proof) -> News {
    let note = match proof.note.is_empty() {
        true => String::new(),
        false => format!(" ({})", clean(&proof.note)),
    };
    let worst = proof.peak_at.as_ref().map(|place| place.timecode.as_str());
    let worst = worst.filter(|at| !at.is_empty() && proof.verdict == Verdict::Fail);
    let at = worst.map_or_else(String::new, |at| format!(" at {}", clean(at)));
    let residual = match proof.peak_dbfs {
        Some(peak) => format!("a residual of {peak:.1} dBFS peak{at}"),
        None => "no residual at all".to_owned(),
    };
    let limit = proof.threshold_dbfs;
    let limit = limit.map_or_else(String::new, |limit| {
        format!(", allowed are {limit:.1} dBFS")
    });
    let (state, word, text) = match proof.verdict {
        Verdict::Pass => (
            State::Good,
            "PASS",
            format!("The sum of the stems is the mix: {residual}{limit}{note}"),
        ),
        Verdict::Fail => (
            State::Bad,
            "FAIL",
            format!("The sum of the stems is not the mix: {residual}{limit}{note}"),
        ),
        Verdict::NotChecked => (
            State::Open,
            "NOT CHECKED",
            format!("Whether the stems sum to the mix is not known{note}"),
        ),
    };
    News { state, word, text }
}

fn diagnosed(diagnosis: &Diagnosis) -> String {
    let stem = diagnosis
        .stem
        .as_deref()
        .map_or_else(String::new, |stem| format!(" of '{}'", clean(stem)));
    let unit = diagnosis.unit.as_deref().unwrap_or_default();
    let value = diagnosis
        .value
        .map_or_else(String::new, |value| format!(": {value} {}", clean(unit)));
    format!(
        "{}{stem}{}",
        clean(&diagnosis.fault).replace('_', " "),
        value.trim_end()
    )
}

fn facts(account: &Account) -> Vec<(&'static str, String)> {
    let manifest = &account.manifest;
    let (session, [first, last]) = (&manifest.session, &manifest.range_timecode);
    let seconds = manifest.range.len() as f64 / f64::from(session.sample_rate.max(1));
    let printed = match &manifest.times {
        Some(times) => format!(
            "{}, in {}",
            own(&times.ended),
            duration(times.seconds as f64)
        ),
        None => own(&manifest.printed),
    };
    let by = match manifest
        .versions
        .as_ref()
        .and_then(|versions| versions.ptsl.as_deref())
    {
        Some(ptsl) => format!("{}, PTSL {}", own(&manifest.program), clean(ptsl)),
        None => own(&manifest.program),
    };
    let mut facts = vec![
        ("Printed", printed),
        ("By", by),
        (
            "Engine",
            match manifest.engine {
                EngineKind::Bounce => "bounce: Pro Tools made the sound",
                EngineKind::Render => "render: this program made the sound from the audio files",
            }
            .to_owned(),
        ),
        (
            "Range",
            format!("{} to {}, {}", clean(first), clean(last), duration(seconds)),
        ),
        (
            "Samples",
            format!(
                "{} to {} from the session start",
                manifest.range.start, manifest.range.end
            ),
        ),
        (
            "Session",
            format!(
                "{} Hz, {} fps, starts at {}",
                session.sample_rate,
                clean(&session.timecode_rate),
                clean(&session.start_timecode)
            ),
        ),
    ];
    for (name, value) in [
        ("Session file", &session.path),
        ("Session id", &session.instance_id),
        ("Recipe", &manifest.recipe_hash),
    ] {
        if !value.is_empty() {
            facts.push((name, own(value)));
        }
    }
    if let Some(rms) = account.report.proof.rms_dbfs {
        facts.push(("Residual RMS", format!("{rms:.1} dBFS")));
    }
    if let Some(plan) = &manifest.plan {
        let orphans: Vec<&str> = plan.coverage.orphans.iter().map(String::as_str).collect();
        if !orphans.is_empty() {
            facts.push(("In no stem", own(&orphans.join(", "))));
        }
    }
    facts
}

fn entry<'a>(account: &Account, file: &ManifestFile, shape: Option<&'a Overview>) -> Entry<'a> {
    let mut faults: Vec<&str> = account.faults(file).collect();
    faults.dedup();
    let news = match faults.as_slice() {
        [] => News {
            state: State::Good,
            word: "intact",
            text: String::new(),
        },
        ["missing", ..] => News {
            state: State::Bad,
            word: "MISSING",
            text: String::new(),
        },
        _ => News {
            state: State::Bad,
            word: "CHANGED",
            text: own(&faults.join(", ")),
        },
    };
    let channel = file
        .channel
        .as_deref()
        .map_or_else(String::new, |side| format!(" {}", clean(side)));
    let role = match file.role {
        FileRole::Stem => "",
        FileRole::Mix => " (the mix)",
        FileRole::Version => " (computed)",
    };
    Entry {
        title: format!("{}{channel}{role}", clean(&file.name)),
        file: own(&file.path),
        news,
        numbers: numbers(file),
        tracks: file.tracks.iter().map(|track| own(track)).collect(),
        checksum: own(&file.checksum),
        shape: shape.filter(|shape| !shape.peaks.is_empty()),
    }
}

fn numbers(file: &ManifestFile) -> Vec<(&'static str, String)> {
    let mut numbers = Vec::new();
    if let Some(formula) = &file.formula {
        numbers.push(("Formula", own(formula)));
    }
    if !file.handed_through {
        let channels = match file.channels {
            1 => "mono".to_owned(),
            2 => "stereo".to_owned(),
            count => format!("{count} channels"),
        };
        let bits = if file.bits == 32 {
            "32-bit float".to_owned()
        } else {
            format!("{}-bit", file.bits)
        };
        numbers.push(("Format", format!("{} Hz, {bits}, {channels}", file.rate)));
        let seconds = file.frames as f64 / f64::from(file.rate.max(1));
        numbers.push((
            "Length",
            format!("{} ({} frames)", duration(seconds), file.frames),
        ));
    }
    numbers.push(("Size", bytes(file.bytes)));
    let levels = &file.levels;
    let measured = [
        ("Peak dBFS", levels.peak_dbfs),
        ("True peak dBTP", levels.true_peak_dbtp),
        ("Loudness LUFS", levels.integrated_lufs),
        ("Range LU", levels.range_lu),
        ("Highest momentary LUFS", levels.max_momentary_lufs),
        ("Highest short-term LUFS", levels.max_short_term_lufs),
        ("Last 500 ms dBFS", levels.end_dbfs),
        ("DC offset dBFS", levels.dc_dbfs),
    ];
    if levels.silent {
        numbers.push(("Sound", "silent".to_owned()));
    } else {
        let known = measured.into_iter().filter(|(_, value)| value.is_some());
        numbers.extend(known.map(|(name, value)| (name, level(value))));
    }
    numbers.extend(shape_of(file));
    if levels.clipped_samples > 0 {
        numbers.push(("Clipped samples", levels.clipped_samples.to_string()));
    }
    numbers
}

/// What else was measured of a file that sounds.
fn shape_of(file: &ManifestFile) -> Vec<(&'static str, String)> {
    let levels = &file.levels;
    let mut found = Vec::new();
    if levels.silent {
        return found;
    }
    let seconds = |frames: u64| duration(frames as f64 / f64::from(file.rate.max(1)));
    if let (Some(head), Some(tail)) = (levels.head_silence, levels.tail_silence) {
        let text = format!("{} before, {} behind", seconds(head), seconds(tail));
        found.push(("Silence", text));
    }
    if let Some(correlation) = levels.correlation {
        let same = match levels.same_channels {
            Some(true) => ", the same in all channels",
            _ => "",
        };
        found.push(("Correlation", format!("{correlation:.2}{same}")));
    }
    if let Some(clipping) = levels.clipping.filter(|clipping| clipping.runs > 0) {
        let (runs, longest) = (clipping.runs, clipping.longest);
        let first = clipping.first_frame.unwrap_or_default();
        let text = format!("{runs}, longest {longest} samples, first at frame {first}");
        found.push(("Runs at full scale", text));
    }
    if let Some(over) = levels.clipping.map(|clipping| clipping.over_samples)
        && over > 0
    {
        found.push(("Samples beyond 0 dBFS", over.to_string()));
    }
    found
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}
