//! `pt-stem presets [ID]`.

use serde_json::{Value, json};

use crate::cli::output::{Output, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::presets::{self, Gate, Preset, Split, Weight};

pub fn run(id: Option<&str>, output: Output) -> Result<()> {
    let Some(id) = id else {
        let list: Vec<Value> = presets::all().iter().map(shape).collect();
        let value = json!({ "schema": 1, "presets": list });
        return output.show(&value, table);
    };
    let Some(preset) = presets::any(id) else {
        return Err(match presets::find(id) {
            Err(error) => error,
            Ok(_) => Error::new(ErrorKind::Internal, "a preset is there and is not"),
        });
    };
    let value = json!({ "schema": 1, "preset": shape(preset) });
    output.show(&value, || text(preset))
}

/// As its file, with what is said of it.
fn shape(preset: &Preset) -> Value {
    let mut value = serde_json::to_value(preset).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("not_measured".to_owned(), json!(preset.unmeasured()));
        fields.insert("warning".to_owned(), json!(preset.warning()));
    }
    value
}

fn table() -> String {
    let mut table = Table::new(&["ID", "CONF", "CHECKED", "TITLE"]);
    for preset in presets::all() {
        let title = match (&preset.disabled, preset.warning()) {
            (Some(_), _) => format!("{} (not to be used)", preset.title),
            (None, Some(_)) => format!("{} (verify with your client)", preset.title),
            (None, None) => preset.title.clone(),
        };
        table.row([
            preset.id.clone(),
            preset.confidence.word().to_owned(),
            preset.checked.clone(),
            title,
        ]);
    }
    format!(
        "{table}\nCONF: A official page read, B good second hand, C weak; pt-stem presets ID shows one\n"
    )
}

fn list(words: &[impl ToString], none: &str) -> String {
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    match words.is_empty() {
        true => none.to_owned(),
        false => words.join(", "),
    }
}

fn text(preset: &Preset) -> String {
    let mut lines = vec![
        format!("{}: {}", preset.id, preset.title),
        format!(
            "Confidence {} ({}), checked {}",
            preset.confidence.word(),
            preset.confidence.meaning(),
            preset.checked
        ),
    ];
    lines.extend(
        preset
            .disabled
            .iter()
            .map(|why| format!("Not to be used: {why}")),
    );
    lines.push(String::new());
    lines.extend(
        rows(preset)
            .into_iter()
            .map(|(what, is)| format!("  {what:<12} {is}")),
    );
    lines.push(String::new());
    lines.extend(preset.notes.iter().map(|note| format!("  {note}")));
    let unmeasured = preset.unmeasured();
    lines.extend(
        unmeasured
            .iter()
            .map(|what| format!("  Not measured: {what}")),
    );
    lines.push("Sources:".to_owned());
    lines.extend(preset.sources.iter().map(|source| format!("  {source}")));
    lines.join("\n") + "\n"
}

fn rows(preset: &Preset) -> Vec<(&'static str, String)> {
    let format = &preset.format;
    let mut rows = vec![
        ("container", list(&format.containers, "any")),
        ("rate", rate(preset)),
        ("bits", list(&format.bits, "any, the same for all")),
        ("layout", list(&format.layouts, "any")),
    ];
    match format.split {
        Split::Each => rows.push(("files", "one mono file a channel".to_owned())),
        Split::No => rows.push(("files", "one file of all channels".to_owned())),
        Split::Either => {}
    }
    let level = &preset.level;
    if let Some(target) = level.target_lkfs {
        let how = match level.gate {
            Gate::Programme => "of the mix",
            Gate::Dialog => "of the mix, gated by speech",
            Gate::ReRender => "of the 5.1 re-render",
        };
        let range = match level.at_most {
            true => format!("at most {target:.1} LKFS {how}"),
            false => format!("{target:.1} ±{} LKFS {how}", level.tolerance),
        };
        rows.push(("loudness", range));
    }
    let peak = level
        .true_peak_max
        .map(|most| format!("at most {most:.1} dBTP"));
    rows.extend(peak.map(|peak| ("true peak", peak)));
    let peak = level
        .mix_peak_max
        .map(|most| format!("at most {most:.1} dBFS"));
    rows.extend(peak.map(|peak| ("mix peak", peak)));
    let naming = &preset.naming;
    let pattern = naming.pattern.as_ref().map(|p| p.replace('|', " or "));
    rows.extend(pattern.map(|pattern| ("names", pattern)));
    rows.extend(naming.charset.clone().map(|letters| ("letters", letters)));
    let stems = &preset.stems;
    for (what, names) in [
        ("stems", &stems.required),
        ("optional", &stems.optional),
        ("mixes", &stems.mixes),
        ("versions", &stems.versions),
    ] {
        if !names.is_empty() {
            rows.push((what, names.join(", ")));
        }
    }
    let start = preset.checks.start.clone();
    rows.extend(start.map(|start| ("start", start)));
    let sum = match preset.checks.sum {
        Weight::Error => "must be the mix",
        Weight::Warning => "is reported",
        Weight::Off | Weight::NotMeasured => "is not asked for",
    };
    rows.push(("sum", sum.to_owned()));
    rows
}

fn rate(preset: &Preset) -> String {
    let format = &preset.format;
    match (format.min_rate, format.max_rate) {
        (Some(least), _) => format!("{least} Hz or more"),
        (None, Some(most)) => format!("{most} Hz or less"),
        (None, None) => list(&format.rates, "the session's"),
    }
}
