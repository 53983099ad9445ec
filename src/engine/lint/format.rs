//! Containers, rates, depths, channels and their order.

use std::collections::BTreeMap;

use super::gather::Heard;
use super::sets::Set;
use super::{Case, Outcome, error, warning};
use crate::media::info::Ending;
use crate::model::Finding;
use crate::model::text::clean;
use crate::plan::presets::{Format, Split};

pub fn rules(case: &Case<'_>, outcome: &mut Outcome) {
    let files = case.files();
    let none = Format {
        containers: Vec::new(),
        ..Format::default()
    };
    let wanted = case.preset().map_or(&none, |preset| &preset.format);
    let usual = Usual::of(files);
    for file in files {
        let found = &mut outcome.findings;
        found.extend(ending(file));
        found.extend(container(file, wanted, &usual));
        found.extend(rate(file, wanted, &usual));
        found.extend(depth(file, wanted, &usual));
    }
    for set in &case.sets {
        outcome.findings.extend(channels(case, set, wanted));
        outcome.findings.extend(order(case, set, wanted));
    }
}

/// What most files have.
struct Usual {
    container: String,
    rate: u32,
    depth: (u16, bool),
}

/// The value that occurs most; the smallest of several.
pub fn most<T: Ord + Clone>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts
        .into_iter()
        .find(|(_, count)| *count == most)
        .map(|(value, _)| value)
}

impl Usual {
    fn of(files: &[Heard]) -> Self {
        let infos = || files.iter().map(|file| &file.info);
        Self {
            container: most(files.iter().map(|file| file.container.clone())).unwrap_or_default(),
            rate: most(infos().map(|info| info.sample_rate)).unwrap_or_default(),
            depth: most(infos().map(|info| (info.bits, info.float))).unwrap_or_default(),
        }
    }
}

fn ending(file: &Heard) -> Option<Finding> {
    let what = match file.info.ending {
        Ending::Whole => return None,
        Ending::Cut => "ends before the samples that its header promises",
        Ending::Unfinished => "was never finished: its header says no length",
    };
    let text = format!("'{}' {what}", clean(&file.name));
    Some(
        error("cut", text)
            .file(&file.name)
            .fix("fetch it again from where it was made, or print it again"),
    )
}

fn container(file: &Heard, wanted: &Format, usual: &Usual) -> Option<Finding> {
    let is = &file.container;
    let name = clean(&file.name);
    let ending = file.name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let ending = ending.to_lowercase();
    let fits = match is.as_str() {
        "wav" | "adm" => ["wav", "wave", "bwf", "rf64"].contains(&ending.as_str()),
        "aiff" => ["aif", "aiff", "aifc"].contains(&ending.as_str()),
        "flac" => ending == "flac",
        _ => true,
    };
    if !fits {
        let text = format!("'{name}' is called .{ending} and is {is}");
        let fix = format!("convert it, or name it .{is}");
        return Some(error("ending", text).file(&file.name).fix(fix));
    }
    let is_asked = wanted.containers.is_empty() || wanted.containers.contains(is);
    if !is_asked {
        let asked = wanted.containers.join(" or ");
        let text = format!("'{name}' is {is}, and {asked} is asked for");
        let fix = format!("print or export it as {asked}");
        return Some(error("container", text).file(&file.name).fix(fix));
    }
    let is_strange = wanted.containers.is_empty() && *is != usual.container;
    is_strange.then(|| {
        let text = format!("'{name}' is {is}, and the others are {}", usual.container);
        let fix = format!("print or export it as {}", usual.container);
        warning("container", text).file(&file.name).fix(fix)
    })
}

fn list(values: impl Iterator<Item = impl ToString>) -> String {
    let texts: Vec<String> = values.map(|value| value.to_string()).collect();
    texts.join(" or ")
}

fn rate(file: &Heard, wanted: &Format, usual: &Usual) -> Option<Finding> {
    let is = file.info.sample_rate;
    let asked = if !wanted.rates.is_empty() && !wanted.rates.contains(&is) {
        format!("{} Hz are asked for", list(wanted.rates.iter()))
    } else if let Some(least) = wanted.min_rate.filter(|least| is < *least) {
        format!("at least {least} Hz are asked for")
    } else if let Some(most) = wanted.max_rate.filter(|most| is > *most) {
        format!("at most {most} Hz are asked for")
    } else if is != usual.rate {
        format!("the others run at {} Hz", usual.rate)
    } else {
        return None;
    };
    let text = format!("'{}' runs at {is} Hz, and {asked}", clean(&file.name));
    let fix = "print it again at that rate; changing the header alone would change its pitch";
    Some(error("rate", text).file(&file.name).fix(fix))
}

fn depth_text((bits, float): (u16, bool)) -> String {
    match (bits, float) {
        (0, _) => "a lossy format".to_owned(),
        (bits, true) => format!("{bits}-bit float"),
        (bits, false) => format!("{bits} bits"),
    }
}

fn depth(file: &Heard, wanted: &Format, usual: &Usual) -> Option<Finding> {
    let is = (file.info.bits, file.info.float);
    let fits = |bits: &u16| *bits == is.0 && (*bits == 32) == is.1;
    let asked = if !wanted.bits.is_empty() && !wanted.bits.iter().any(fits) {
        let words = wanted
            .bits
            .iter()
            .map(|bits| depth_text((*bits, *bits == 32)));
        format!("{} is asked for", list(words))
    } else if is != usual.depth {
        format!("the others have {}", depth_text(usual.depth))
    } else {
        return None;
    };
    let text = format!(
        "'{}' has {}, and {asked}",
        clean(&file.name),
        depth_text(is)
    );
    let fix = "print it again with that depth";
    Some(error("depth", text).file(&file.name).fix(fix))
}

/// Layouts, and whether each channel has its file.
fn channels(case: &Case<'_>, set: &Set, wanted: &Format) -> Vec<Finding> {
    let name = case.name(set);
    let shown = clean(&set.name).into_owned();
    let mut found = Vec::new();
    let of = |finding: Finding| finding.file(&name).stem(&set.stem);
    for side in &set.missing {
        let text = format!("'{shown}' has no channel {side}");
        let fix = format!("print {shown}.{side} over the same range");
        found.push(of(error("missing_channel", text)).fix(fix));
    }
    for side in &set.twice {
        let text = format!("'{shown}' has two files for the channel {side}");
        found.push(of(error("double_channel", text)).fix("take one of them away"));
    }
    let is_layout = wanted.layouts.is_empty() || wanted.layouts.contains(&set.layout);
    let is_adm = wanted.containers.iter().any(|word| word == "adm");
    if !is_layout && set.missing.is_empty() && set.twice.is_empty() {
        let asked = wanted.layouts.join(" or ");
        let text = format!("'{shown}' is {}, and {asked} is asked for", set.layout);
        found.push(of(error("layout", text)).fix(format!("print it in {asked}")));
    }
    if let Some(most) = wanted.most_channels.filter(|most| set.channels > *most) {
        let text = format!(
            "'{shown}' has {} channels, at most {most} are asked for",
            set.channels
        );
        found.push(of(error("layout", text)).fix("make a new master with fewer channels"));
    }
    let is_split = set.is_discrete();
    match wanted.split {
        Split::Each if !is_split && set.channels > 1 && !is_adm => {
            let text =
                format!("'{shown}' is interleaved, and one mono file a channel is asked for");
            found.push(of(error("split", text)).fix("print it with --split"));
        }
        Split::No if is_split => {
            let text = format!("'{shown}' is split in a file a channel, and one file is asked for");
            found.push(of(error("split", text)).fix("print it without --split"));
        }
        _ => {}
    }
    found
}

/// The order of interleaved channels, which only the WAVE mask tells.
fn order(case: &Case<'_>, set: &Set, wanted: &Format) -> Option<Finding> {
    let known: &[u32] = match set.channels {
        6 => &[0x3F, 0x60F],
        8 => &[0x63F],
        _ => return None,
    };
    let file = set.first(case.files())?;
    let is_wave = file.container == "wav";
    if set.is_discrete() || known.contains(&set.mask) || !is_wave {
        return None;
    }
    let order = match set.channels {
        6 => "L R C LFE Ls Rs",
        _ => "L R C LFE Lsr Rsr Ls Rs",
    };
    let text = match set.mask {
        0 => format!(
            "'{}' does not say which channel is which",
            clean(&file.name)
        ),
        mask => format!(
            "'{}' names other channels than {order} (mask {mask:#x})",
            clean(&file.name)
        ),
    };
    let is_asked = !wanted.layouts.is_empty() || set.mask != 0;
    let finding = match is_asked {
        true => error("channel_order", text),
        false => warning("channel_order", text),
    };
    let fix = format!("export it in the order {order} with a WAVE channel mask");
    Some(finding.file(&file.name).stem(&set.stem).fix(fix))
}
