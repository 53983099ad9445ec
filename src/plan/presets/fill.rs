//! What a preset fills of a recipe's `[output]`, and what is to be said about it in the plan.

use super::names::{Kind, Shape};
use super::{Preset, Split, Weight};
use crate::model::plan::Output;
use crate::model::stem::{BitDepth, ChannelMode, FileFormat, ProofMode};
use crate::model::text::fit;
use crate::model::{Finding, Layout, Level};
use crate::plan::recipe::{OutputSpec, RateSpec};

/// What filling came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filled {
    pub findings: Vec<Finding>,
    /// What the mix is called.
    pub mix_name: Option<String>,
}

/// Fills what `spec` leaves unset, for a session of this rate (Hz) whose mix has this layout, where that is
/// told. Names of stems that the recipe
/// has, to say which are missing; `None` where only some of them are printed.
pub fn fill(
    preset: &Preset,
    spec: &mut OutputSpec,
    stems: Option<&[&str]>,
    session_rate: u32,
    mix: Option<Layout>,
) -> Filled {
    let mut filled = Filled::default();
    if let Some(text) = preset.warning() {
        let finding = Finding::new(Level::Warning, "weak_preset", text);
        let fix = format!("pt-stem presets {} shows what it asks for", preset.id);
        filled.findings.push(finding.fix(fix));
    }
    let container = preset.format.containers.first().map(String::as_str);
    spec.format.get_or_insert(match container {
        Some("adm") => FileFormat::Adm,
        _ => FileFormat::Wav,
    });
    let bits = preset.format.bits.first().copied();
    if let Some(bits) = bits.and_then(|bits| BitDepth::try_from(bits).ok()) {
        spec.bits.get_or_insert(bits);
    }
    if let Some(rate) = rate(preset, session_rate) {
        spec.rate.get_or_insert(RateSpec::Hertz(rate));
    }
    fill_layout(preset, spec, mix, &mut filled.findings);
    if preset.checks.checksums.as_deref() == Some("md5") {
        spec.md5.get_or_insert(true);
    }
    if let Some(file) = &preset.naming.file {
        spec.file.get_or_insert_with(|| file.clone());
    }
    if preset.checks.sum == Weight::Error || preset.checks.needs_mix {
        spec.mix.get_or_insert(true);
    }
    if preset.checks.sum == Weight::Error && spec.mix == Some(true) {
        spec.proof.get_or_insert(ProofMode::Required);
    }
    filled.mix_name = preset.stems.mixes.first().cloned();
    if let Some(stems) = stems {
        filled.findings.extend(stem_findings(preset, stems));
    }
    for what in preset.unmeasured() {
        let text = format!("the preset '{}' asks for {what}: not measured", preset.id);
        let finding = Finding::new(Level::Note, "not_measured", text);
        filled
            .findings
            .push(finding.fix("measure it with the meter that the client names"));
    }
    filled
}

/// Where recipe or command line say otherwise than the preset.
pub fn against(preset: &Preset, output: &Output) -> Vec<Finding> {
    let format = &preset.format;
    let bits = output.bits.bits();
    let container = output.format.word();
    let differs = [
        (
            !format.bits.is_empty() && !format.bits.contains(&bits),
            format!("{} bits", list(&format.bits)),
            format!("{bits}"),
        ),
        (
            !format.rates.is_empty() && !format.rates.contains(&output.rate),
            format!("{} Hz", list(&format.rates)),
            format!("{} Hz", output.rate),
        ),
        (
            !format.containers.iter().any(|word| word == container),
            format.containers.join(" or "),
            container.to_owned(),
        ),
    ];
    let differs = differs.into_iter().filter(|(differs, ..)| *differs);
    differs
        .map(|(_, wanted, is)| {
            let text = format!(
                "the preset '{}' asks for {wanted}, and {is} is set",
                preset.id
            );
            Finding::new(Level::Warning, "against_preset", text)
                .fix("leave it out of the recipe and the command line, or leave the preset out")
        })
        .collect()
}

fn list<T: ToString>(values: &[T]) -> String {
    let texts: Vec<String> = values.iter().map(T::to_string).collect();
    texts.join(" or ")
}

/// Hz that the session's rate is not: the nearest that is asked for.
fn rate(preset: &Preset, session: u32) -> Option<u32> {
    let format = &preset.format;
    let is_kept = (format.rates.is_empty() || format.rates.contains(&session))
        && format.min_rate.is_none_or(|least| session >= least)
        && format.max_rate.is_none_or(|most| session <= most);
    if is_kept {
        return None;
    }
    let nearest = |rate: &&u32| rate.abs_diff(session);
    let listed = format.rates.iter().min_by_key(nearest).copied();
    listed.or(match format.min_rate {
        Some(least) if session < least => Some(least),
        _ => format.max_rate,
    })
}

fn fill_layout(
    preset: &Preset,
    spec: &mut OutputSpec,
    mix: Option<Layout>,
    findings: &mut Vec<Finding>,
) {
    let layouts = &preset.format.layouts;
    let takes = |layout: &str| layouts.is_empty() || layouts.iter().any(|l| l == layout);
    let mut wide = Layout::ALL.into_iter().filter(|layout| layout.is_wide());
    let asked = wide.find(|layout| layouts.iter().any(|known| known == layout.name()));
    let mode = match (mix, takes("2.0"), takes("1.0"), asked) {
        // Files have the channels of what they are printed from.
        (Some(mix), ..) if mix.is_wide() && takes(mix.name()) => None,
        (Some(mix), ..) if mix.is_wide() => {
            findings.push(not_taken(preset, mix));
            None
        }
        // Only Pro Tools knows whether its mix is.
        (None, false, false, Some(wide)) => Some(ChannelMode::Wide(wide)),
        (_, true, true, _) => Some(ChannelMode::AsTracks),
        (_, false, true, _) => Some(ChannelMode::Mono),
        (_, true, false, _) => Some(ChannelMode::Stereo),
        (_, false, false, _) => {
            findings.push(not_taken(preset, Layout::Stereo));
            Some(ChannelMode::Stereo)
        }
    };
    if let Some(mode) = mode {
        spec.channels.get_or_insert(mode);
    }
    match preset.format.split {
        Split::Each => spec.split.get_or_insert(true),
        Split::No => spec.split.get_or_insert(false),
        Split::Either => return,
    };
}

/// What is printed has a layout that the preset does not take.
fn not_taken(preset: &Preset, mix: Layout) -> Finding {
    let text = format!(
        "the preset '{}' asks for {}, and the mix of this session is {mix}",
        preset.id,
        preset.format.layouts.join(" or ")
    );
    Finding::new(Level::Error, "preset_layout", text).fix(
        "send the tracks to an output of that layout and name it as mix_source, or take another preset",
    )
}

/// Stems that the preset wants and the recipe lacks, and the other way round.
fn stem_findings(preset: &Preset, stems: &[&str]) -> Vec<Finding> {
    let Ok(shape) = Shape::new(preset) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let missing = shape
        .required()
        .iter()
        .filter(|glob| !stems.iter().any(|stem| glob.matches(stem)));
    for glob in missing {
        let text = format!("the preset '{}' wants a stem '{}'", preset.id, glob.text);
        findings.push(
            Finding::new(Level::Warning, "missing_stem", text)
                .fix("add a [[stem]] of that name, or name one so"),
        );
    }
    let is_listed = |stem: &str| shape.knows(stem) || shape.kind(stem) != Kind::Stem;
    let strange = stems.iter().filter(|stem| !is_listed(stem));
    for stem in strange.filter(|_| preset.stems.closed) {
        let text = format!(
            "the preset '{}' knows no stem '{}'",
            preset.id,
            fit(stem, 60)
        );
        let known = [&preset.stems.required, &preset.stems.optional];
        let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
        findings.push(
            Finding::new(Level::Warning, "unknown_stem", text)
                .stem(*stem)
                .fix(format!("it knows {}", known.join(", "))),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::presets::any;

    #[test]
    fn what_the_recipe_sets_stays() {
        let mut spec = OutputSpec {
            bits: Some(BitDepth::Int16),
            file: Some("{stem}".to_owned()),
            ..OutputSpec::default()
        };
        let filled = fill(any("netflix-nf20").unwrap(), &mut spec, None, 44_100, None);
        assert_eq!(spec.bits, Some(BitDepth::Int16));
        assert_eq!(spec.file.as_deref(), Some("{stem}"));
        assert_eq!(spec.rate, Some(RateSpec::Hertz(48_000)));
        assert_eq!((spec.split, spec.mix), (Some(true), Some(true)));
        assert_eq!(spec.proof, Some(ProofMode::Required));
        assert_eq!(filled.mix_name.as_deref(), Some("PM"));
        assert!(filled.findings.iter().any(|f| f.code == "not_measured"));
    }

    #[test]
    fn lacking_and_strange_stems_are_named() {
        let mut spec = OutputSpec::default();
        let stems = ["DIAStem", "Drums", "mxstem"];
        let filled = fill(
            any("netflix-nf20").unwrap(),
            &mut spec,
            Some(&stems),
            48_000,
            None,
        );
        let of = |code: &str| -> Vec<&str> {
            let of = filled.findings.iter().filter(|f| f.code == code);
            of.map(|f| f.text.as_str()).collect()
        };
        assert_eq!(of("missing_stem").len(), 1);
        assert!(of("missing_stem")[0].contains("FXStem"));
        assert!(of("unknown_stem")[0].contains("Drums"));
        assert_eq!(spec.rate, None, "48 kHz stay");
    }

    #[test]
    fn what_is_wider_than_stereo_is_refused() {
        let mut spec = OutputSpec::default();
        let nf51 = any("netflix-nf51").unwrap();
        let filled = fill(nf51, &mut spec, None, 48_000, Some(Layout::Stereo));
        assert!(filled.findings.iter().any(|f| f.code == "preset_layout"));
        for (mix, mode) in [
            (Some(Layout::Five1), None),
            (None, Some(ChannelMode::Wide(Layout::Five1))),
        ] {
            let mut spec = OutputSpec::default();
            let filled = fill(nf51, &mut spec, None, 48_000, mix);
            assert!(filled.findings.iter().all(|f| f.code != "preset_layout"));
            assert_eq!(spec.channels, mode);
        }
        let mut spec = OutputSpec::default();
        let nf20 = any("netflix-nf20").unwrap();
        let filled = fill(nf20, &mut spec, None, 48_000, Some(Layout::Five1));
        assert!(filled.findings.iter().any(|f| f.code == "preset_layout"));
    }
}
