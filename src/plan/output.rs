//! `[output]`, resolved: command line over recipe over defaults. Says of everything that this
//! version cannot do that it cannot, before anything starts.

use std::path::PathBuf;

use super::range;
use super::recipe::{OutputSpec, RateSpec};
use super::{Overrides, RangeError};
use crate::model::plan::{Output, PlannedStem};
use crate::model::stem::{BitDepth, Dither, EngineKind};
use crate::model::text::fit;
use crate::model::{Finding, Level, PanLaw};

pub(super) const FILE_PATTERN: &str = "{session}_{stem}";
/// Hz that files are written at, beside the session's own rate.
pub const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
pub(super) const MIX_SOURCE: &str = "output:Out 1-2";

/// Resolves; findings are about what cannot be done.
pub(super) fn resolve(
    spec: &OutputSpec,
    overrides: &Overrides,
    sample_rate: u32,
    findings: &mut Vec<Finding>,
) -> Result<Output, RangeError> {
    let output = Output {
        dir: dir(spec.root.as_ref(), overrides),
        format: overrides.format.or(spec.format).unwrap_or_default(),
        bits: overrides.bits.or(spec.bits).unwrap_or_default(),
        rate: rate(spec, overrides, sample_rate, findings),
        channels: spec.channels.unwrap_or_default(),
        dither: spec.dither.unwrap_or_default(),
        on_existing: overrides
            .on_existing
            .or(spec.on_existing)
            .unwrap_or_default(),
        mix_source: overrides
            .mix_source
            .as_ref()
            .or(spec.mix_source.as_ref())
            .cloned()
            .unwrap_or_else(|| MIX_SOURCE.to_owned()),
        online: overrides.online.or(spec.online).unwrap_or(false),
        pan_law: pan_law(spec, findings),
        proof: spec.proof.unwrap_or_default(),
        measure: overrides.measure.or(spec.measure).unwrap_or_default(),
        md5: spec.md5.unwrap_or(false),
        tail: range::tail(spec.tail.as_deref().unwrap_or("0s"), sample_rate)?,
        rename_duplicates: overrides.rename_duplicates || spec.rename_duplicates.unwrap_or(false),
        preset: spec.preset.clone(),
    };
    Ok(output)
}

/// Where the files go; `root` is the recipe's.
pub(super) fn dir(root: Option<&PathBuf>, overrides: &Overrides) -> PathBuf {
    let dir = overrides.dir.as_ref().or(root).cloned();
    dir.unwrap_or_else(|| PathBuf::from("./output"))
}

fn pan_law(spec: &OutputSpec, findings: &mut Vec<Finding>) -> PanLaw {
    let word = match &spec.pan_law {
        None => return PanLaw::default(),
        Some(toml::Value::String(word)) => word.clone(),
        Some(other) => other.to_string(),
    };
    word.parse().unwrap_or_else(|_| {
        let text = format!("'{}' is no pan law", fit(&word, 40));
        findings.push(
            Finding::new(Level::Error, "bad_pan_law", text)
                .fix("write \"session-folder\", -2.5, -3, -4.5 or -6"),
        );
        PanLaw::default()
    })
}

/// A bounce is panned by Pro Tools, whatever the recipe says.
pub(super) fn panned_elsewhere(output: &Output, engine: EngineKind) -> Option<Finding> {
    let is_asked = output.pan_law != PanLaw::default() && engine == EngineKind::Bounce;
    is_asked.then(|| {
        Finding::new(
            Level::Note,
            "pan_law_of_bounce",
            format!(
                "Pro Tools pans what it bounces; pan_law = {} is only what renders are compared by",
                output.pan_law
            ),
        )
        .fix("set the pan depth in Pro Tools: Setup > Session")
    })
}

/// What going to 16 bits without dither does.
pub(super) fn undithered<'a>(
    output: &Output,
    mut files: impl Iterator<Item = &'a PlannedStem>,
) -> Option<Finding> {
    let is_short =
        |file: &PlannedStem| file.bits == BitDepth::Int16 && !file.format.is_handed_through();
    (output.dither == Dither::None && files.any(is_short)).then(|| {
        let text = "16 bits without dither: what is quieter than the last bit is cut off, and fades end in distortion";
        Finding::new(Level::Note, "undithered", text)
            .fix("set dither = \"tpdf\", unless the files are only rounded once more elsewhere")
    })
}

fn rate(
    spec: &OutputSpec,
    overrides: &Overrides,
    sample_rate: u32,
    findings: &mut Vec<Finding>,
) -> u32 {
    let wanted = match (overrides.rate, &spec.rate) {
        (Some(rate), _) => rate,
        (None, Some(RateSpec::Hertz(rate))) => *rate,
        (None, None) => sample_rate,
        (None, Some(RateSpec::Word(word))) if word == "session" => sample_rate,
        (None, Some(RateSpec::Word(word))) => word.trim().parse().unwrap_or_else(|_| {
            findings.push(
                Finding::new(
                    Level::Error,
                    "bad_rate",
                    format!("'{}' is no sample rate", fit(word, 40)),
                )
                .fix("write \"session\" or Hz, such as 48000"),
            );
            sample_rate
        }),
    };
    if wanted != sample_rate && !RATES.contains(&wanted) {
        let text = format!("files are not written at {wanted} Hz");
        let known = RATES.map(|rate| rate.to_string()).join(", ");
        let fix = format!("write \"session\" ({sample_rate} Hz) or one of {known}");
        findings.push(Finding::new(Level::Error, "bad_rate", text).fix(fix));
        return sample_rate;
    }
    if wanted != sample_rate {
        let text =
            format!("files are written at {wanted} Hz, the session runs at {sample_rate} Hz");
        findings.push(
            Finding::new(Level::Note, "converted", text)
                .fix("leave the rate at \"session\" if that is not wanted"),
        );
    }
    wanted
}

/// The engine: as asked, else render in the simulator and bounce on a live Pro Tools.
pub(super) fn engine(overrides: &Overrides, simulated: bool) -> EngineKind {
    overrides.engine.unwrap_or(match simulated {
        true => EngineKind::Render,
        false => EngineKind::Bounce,
    })
}
