//! The levels of a print against its preset, from what was measured while it was written. The rest of
//! what a preset asks for is decided by the plan.

use super::levels::target_of;
use crate::model::manifest::{FileRole, ManifestFile};
use crate::model::text::clean;
use crate::model::{Finding, Level, Plan};
use crate::plan::presets::{self, Gate};

/// LU and dB that meters may differ by.
const METER: f64 = 0.05;

pub fn of_print(plan: &Plan, files: &[ManifestFile]) -> Vec<Finding> {
    let preset = plan.output.preset.as_deref().and_then(presets::any);
    let Some(wanted) = preset.map(|preset| &preset.level) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for file in files {
        let peak = file.levels.true_peak_dbtp;
        let limit = wanted.true_peak_max.zip(wanted.true_peak.level());
        if let (Some(peak), Some((most, level))) = (peak, limit)
            && peak > most + METER
        {
            let text = format!(
                "'{}' peaks at {peak:.1} dBTP, and at most {most:.1} are asked for",
                clean(&file.path)
            );
            let fix = "turn the mix down and print everything again; never a stem alone";
            let finding = Finding::new(level, "true_peak", text);
            found.push(finding.stem(&file.name).file(&file.path).fix(fix));
        }
        if file.role != FileRole::Mix || wanted.gate != Gate::Programme {
            continue;
        }
        if file.channel.is_some() {
            // A channel alone has no loudness of the programme.
            if wanted.target_lkfs.is_some() && file.channel.as_deref() == Some("L") {
                let text = "loudness of a split mix: not measured while it is printed";
                let finding = Finding::new(Level::Note, "not_measured", text);
                found.push(finding.fix("pt-stem lint measures it"));
            }
            continue;
        }
        let lufs = file.levels.integrated_lufs;
        let finding = target_of(&file.path, file.channels == 1, lufs, wanted, "");
        found.extend(finding.map(|finding| finding.stem(&file.name).file(&file.path)));
    }
    found
}
