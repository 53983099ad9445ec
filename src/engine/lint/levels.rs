//! Peaks, clipping, silence, and the loudness of the mix. What is not measured is said to be so.

use super::measure::Measured;
use super::names::same_sound;
use super::sets::Set;
use super::{Case, Outcome, error, warning};
use crate::model::text::clean;
use crate::model::{Finding, Level};
use crate::plan::presets::names::Kind;
use crate::plan::presets::{Gate, Levels, Weight};

/// LU that the meters of different makers may differ by.
const METER: f64 = 0.05;

pub fn rules(case: &Case<'_>, outcome: &mut Outcome) {
    let house = Levels {
        true_peak_max: Some(0.0),
        true_peak: Weight::Warning,
        ..Levels::default()
    };
    let wanted = case.preset().map_or(&house, |preset| &preset.level);
    let silence = case
        .preset()
        .map_or(Weight::Warning, |preset| preset.checks.silence);
    for (set, measured) in case.heard() {
        let of = |finding: Finding| finding.file(case.name(set)).stem(&set.stem);
        outcome
            .findings
            .extend(samples(set, measured).into_iter().map(of));
        outcome
            .findings
            .extend(true_peak(set, measured, wanted).map(of));
        let quiet = silent(case, set, measured, silence);
        outcome.findings.extend(quiet.into_iter().map(of));
    }
    outcome.findings.extend(same_sound(case));
    loudness(case, wanted, outcome);
}

fn samples(set: &Set, measured: &Measured) -> Vec<Finding> {
    let name = clean(&set.name);
    let mut found = Vec::new();
    if let Some(frame) = measured.no_number {
        let text = format!("'{name}' has samples that are no numbers, the first at frame {frame}");
        let fix = "look for a broken plug-in, and print it again";
        found.push(error("no_number", text).fix(fix));
    }
    let over = measured.peak_dbfs().filter(|peak| *peak > 0.0);
    if let Some(peak) = over {
        let text = format!("'{name}' goes {peak:.1} dB over full scale");
        let fix = "turn it down before it is printed: an integer file would be clipped";
        found.push(error("over", text).fix(fix));
    }
    if measured.clipped_runs > 0 {
        let times = match measured.clipped_runs {
            1 => "once".to_owned(),
            more => format!("{more} times"),
        };
        let text = format!("'{name}' stays at full scale {times}: it looks clipped");
        let fix = "turn it down before it is printed, if that is not meant";
        found.push(warning("clipped", text).fix(fix));
    }
    found
}

fn true_peak(set: &Set, measured: &Measured, wanted: &Levels) -> Option<Finding> {
    let most = wanted.true_peak_max?;
    let level = wanted.true_peak.level()?;
    let peak = measured.loudness.true_peak?;
    // A peak over full scale has been told.
    let is_told = measured.peak_dbfs().is_some_and(|peak| peak > 0.0) && most >= 0.0;
    (peak > most + METER && !is_told).then(|| {
        let text = format!(
            "'{}' peaks at {peak:.1} dBTP, and at most {most:.1} are asked for",
            clean(&set.name)
        );
        let fix = "limit the mix and print the stems with the same gain; never a stem alone";
        Finding::new(level, "true_peak", text).fix(fix)
    })
}

fn silent(case: &Case<'_>, set: &Set, measured: &Measured, weight: Weight) -> Vec<Finding> {
    let Some(level) = weight.level() else {
        return Vec::new();
    };
    let name = clean(&set.name);
    if measured.is_silent() {
        // Nothing to be heard in nothing.
        if measured.frames.iter().all(|frames| *frames == 0) {
            return Vec::new();
        }
        let text = format!("'{name}' is silent");
        let fix = "look whether its tracks were muted when it was printed";
        return vec![Finding::new(level, "silent", text).fix(fix)];
    }
    if set.layout != "2.0" || set.channels != 2 {
        return Vec::new();
    }
    if measured.silent_channels() == 1 {
        let text = format!("'{name}' has one silent side");
        let fix = "look at its pan and its output, or print it in mono";
        return vec![warning("silent_side", text).fix(fix)];
    }
    let takes_mono = case.preset().is_none_or(|preset| {
        let layouts = &preset.format.layouts;
        layouts.is_empty() || layouts.iter().any(|layout| layout == "1.0")
    });
    if measured.is_dual_mono && takes_mono && set.kind == Kind::Stem {
        let text = format!("'{name}' has the same sound on both sides");
        let finding = Finding::new(Level::Note, "dual_mono", text);
        return vec![finding.fix("print it in mono, if its tracks are")];
    }
    Vec::new()
}

/// Of the mixes, or of every file where each is one.
fn loudness(case: &Case<'_>, wanted: &Levels, outcome: &mut Outcome) {
    let mixes: Vec<(&Set, &Measured)> = case
        .heard()
        .filter(|(set, _)| wanted.every_file || set.kind == Kind::Mix)
        .collect();
    let is_asked = wanted.target_lkfs.is_some() || wanted.mix_peak_max.is_some();
    if is_asked && mixes.is_empty() {
        let what = "loudness and peak of the mix: there is no mix in the folder";
        if wanted.target_lkfs.is_some() && wanted.gate != Gate::ReRender {
            outcome.not_measured.push(what.to_owned());
        }
    }
    for (set, measured) in mixes {
        let of = |finding: Finding| finding.file(case.name(set)).stem(&set.stem);
        let given = case.question.dialog_lkfs;
        let found = match wanted.gate {
            Gate::Programme => target(set, measured.loudness.integrated, wanted, ""),
            Gate::Dialog => match given {
                Some(lkfs) => target(set, Some(lkfs), wanted, ", as given and not measured here"),
                None => programme(set, measured, wanted),
            },
            Gate::ReRender => None,
        };
        outcome.findings.extend(found.map(of));
        outcome
            .findings
            .extend(moments(set, measured, wanted).map(of));
        outcome
            .findings
            .extend(mix_peak(set, measured, wanted).map(of));
    }
}

fn target(set: &Set, lufs: Option<f64>, wanted: &Levels, how: &str) -> Option<Finding> {
    target_of(&set.name, set.layout == "1.0", lufs, wanted, how)
}

/// Whether a mix of this loudness is as loud as asked.
pub fn target_of(
    name: &str,
    is_mono: bool,
    lufs: Option<f64>,
    wanted: &Levels,
    how: &str,
) -> Option<Finding> {
    let (level, lufs) = (wanted.loudness.level()?, lufs?);
    let mono = wanted.target_mono.filter(|_| is_mono);
    let target = mono.or(wanted.target_lkfs)?;
    let (least, most) = match wanted.at_most {
        true => (f64::NEG_INFINITY, target),
        false => (target - wanted.tolerance, target + wanted.tolerance),
    };
    let is_kept = (least - METER..=most + METER).contains(&lufs);
    (!is_kept).then(|| {
        let asked = match wanted.at_most {
            true => format!("at most {target:.1} are asked for"),
            false => format!("{target:.1} ±{} are asked for", wanted.tolerance),
        };
        let text = format!("'{}' has {lufs:.1} LUFS{how}, and {asked}", clean(name));
        let change = target - lufs;
        let fix = format!(
            "turn the mix by {change:+.1} dB, and print mix and stems again with the same gain"
        );
        Finding::new(level, "loudness", text).fix(fix)
    })
}

/// What can be told where speech decides.
fn programme(set: &Set, measured: &Measured, wanted: &Levels) -> Option<Finding> {
    let lufs = measured.loudness.integrated?;
    let target = wanted.target_lkfs?;
    let text = format!(
        "'{}' has {lufs:.1} LUFS over all; {target:.1} ±{} gated by speech are asked for: not measured",
        clean(&set.name),
        wanted.tolerance
    );
    let finding = Finding::new(Level::Note, "loudness_not_measured", text);
    Some(finding.fix("read it on a dialogue meter, and give it with --dialog-lkfs"))
}

fn moments(set: &Set, measured: &Measured, wanted: &Levels) -> Option<Finding> {
    let exceeds = |is: Option<f64>, most: Option<f64>| {
        most.is_some_and(|most| is.is_some_and(|is| is > most + METER))
    };
    let heard = measured.loudness;
    let short = exceeds(heard.short_term, wanted.max_short_term);
    let momentary = exceeds(heard.momentary, wanted.max_momentary);
    let is_broken = match (wanted.max_short_term, wanted.max_momentary) {
        (Some(_), Some(_)) => short && momentary,
        _ => short || momentary,
    };
    is_broken.then(|| {
        let text = format!(
            "'{}' reaches {:.1} LUFS short-term and {:.1} momentary",
            clean(&set.name),
            heard.short_term.unwrap_or_default(),
            heard.momentary.unwrap_or_default()
        );
        let asked = [
            wanted
                .max_short_term
                .map(|most| format!("{most:.1} short-term")),
            wanted
                .max_momentary
                .map(|most| format!("{most:.1} momentary")),
        ];
        let asked: Vec<String> = asked.into_iter().flatten().collect();
        let fix = format!(
            "turn down its loudest moments: at most {}",
            asked.join(" or ")
        );
        error("loud_moment", text).fix(fix)
    })
}

fn mix_peak(set: &Set, measured: &Measured, wanted: &Levels) -> Option<Finding> {
    let most = wanted.mix_peak_max.filter(|_| set.kind == Kind::Mix)?;
    let peak = measured.peak_dbfs().filter(|peak| *peak > most + METER)?;
    let text = format!(
        "'{}' peaks at {peak:.1} dBFS, and at most {most:.1} are asked for",
        clean(&set.name)
    );
    let fix = "turn all stems and the mix down alike";
    Some(error("mix_peak", text).fix(fix))
}
