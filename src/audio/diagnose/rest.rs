//! Which explanation holds, and what is said where no single fault of one stem explains all.

use super::still::Stood;
use super::survey::Survey;
use super::whole;
use super::windows::Windows;
use super::{Fault, Kind, OF_ALL, PARTIAL};

/// Explanations that differ by less are as good as one another.
const TIE: f64 = 1.0005;
/// So many dB above what the mix holds, a stem that is not that alone is something else.
const LOUD: f64 = 20.0;
/// How near to 1 a share is that says that the residual is a part of a stem.
const SHARE: f64 = 0.4;

/// The best of those that leave rounding.
pub(super) fn best(faults: &[Fault]) -> Option<Fault> {
    let whole = faults.iter().filter(|fault| fault.is_whole);
    whole
        .min_by(|a, b| weight(a).total_cmp(&weight(b)))
        .copied()
}

fn weight(fault: &Fault) -> f64 {
    let factor = if fault.stem.is_none() { OF_ALL } else { 1.0 };
    fault.left.max(1e-12) * factor
}

/// With the best, those of other stems that cannot be told from it, as stems that are alike.
pub(super) fn twins(best: Fault, found: &[Stood]) -> Vec<Fault> {
    let is_twin = |fault: &&Fault| {
        let is_same = std::mem::discriminant(&fault.kind) == std::mem::discriminant(&best.kind);
        let is_other = fault.stem.is_some() && fault.stem != best.stem;
        is_same && is_other && fault.is_whole && fault.left <= best.left * TIE + 1e-9
    };
    let all = found.iter().flat_map(|stood| &stood.faults);
    let mut told: Vec<Fault> = [best]
        .into_iter()
        .chain(all.filter(is_twin).copied())
        .collect();
    if best.kind != Kind::NotInMix || best.stem.is_none() {
        return told;
    }
    // The same in two stems: either would do.
    if told.len() > 1 {
        told.iter_mut()
            .for_each(|fault| fault.kind = Kind::CountedTwice);
        return told;
    }
    let energy_of = |stem| {
        found
            .iter()
            .find(|stood| stood.stem == stem)
            .map_or(0.0, |s| s.energy)
    };
    let own = energy_of(best.stem);
    let holder = found.iter().find(|stood| {
        let is_other = stood.stem.is_some() && stood.stem != best.stem;
        is_other && stood.energy >= own * 0.9 && (stood.share - 1.0).abs() < 0.15
    });
    if let Some(holder) = holder {
        told.iter_mut()
            .for_each(|fault| fault.kind = Kind::CountedTwice);
        let kind = Kind::SharesTrack;
        told.push(Fault {
            kind,
            stem: holder.stem,
            ..best
        });
    }
    told
}

/// What is said where no fault of a single stem leaves nothing but rounding.
pub(super) fn otherwise(
    faults: Vec<Fault>,
    found: &[Stood],
    survey: &Survey,
    windows: &Windows,
) -> Vec<Fault> {
    if let Some(cut) = cut(survey, windows) {
        return vec![cut];
    }
    let partial = faults.into_iter().chain(whole::master(windows));
    let partial = partial.filter(|fault| fault.left < PARTIAL);
    let partial = partial.min_by(|a, b| weight(a).total_cmp(&weight(b)));
    let shared = shared(found, survey);
    match partial {
        Some(partial) if shared.len() < 2 || partial.left < PARTIAL / 2.0 => vec![plain(partial)],
        _ if shared.is_empty() => vec![foreign(Kind::Unexplained, None)],
        _ => shared,
    }
}

/// A stem whose sound is hardly any of the mix's holds something else; of part of it, a gain says nothing.
fn plain(fault: Fault) -> Fault {
    match fault.kind {
        Kind::Gain(db) if db > LOUD && fault.stem.is_some() => foreign(Kind::Extra, fault.stem),
        _ => fault,
    }
}

fn foreign(kind: Kind, stem: Option<usize>) -> Fault {
    Fault {
        kind,
        stem,
        left: 1.0,
        is_whole: false,
    }
}

/// Something that ends where the residual begins, and is silent from there.
fn cut(survey: &Survey, windows: &Windows) -> Option<Fault> {
    let (first, _) = survey.residual()?;
    let near = u64::from(windows.rate) / 10;
    let ends_there = |end: u64| end > 0 && end <= first && first - end <= near;
    let told = |kind, stem| Fault {
        kind,
        stem,
        left: 0.0,
        is_whole: true,
    };
    if ends_there(survey.mix_end) {
        return Some(told(Kind::MixCut(survey.mix_end), None));
    }
    let ends = survey
        .ends
        .iter()
        .enumerate()
        .filter(|(_, end)| ends_there(**end));
    let (stem, end) = ends.max_by_key(|(_, end)| **end)?;
    Some(told(Kind::TailCut(*end), Some(stem)))
}

/// Where the residual is sound that no stem, one stem or two stems hold.
fn shared(found: &[Stood], survey: &Survey) -> Vec<Fault> {
    let share = survey.sum_share();
    if share < 0.5 {
        let silent: Vec<usize> = {
            let stems = survey.ends.iter().enumerate();
            stems
                .filter(|(_, end)| **end == 0)
                .map(|(stem, _)| stem)
                .collect()
        };
        let which = match silent.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        return vec![foreign(Kind::Missing, which)];
    }
    let mut shares: Vec<(usize, f64)> = {
        let stems = found.iter().filter_map(|stood| stood.stem);
        stems.zip(survey.shares()).collect()
    };
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    match shares.as_slice() {
        [(first, a), (second, b), ..] if *b > 0.5 && (a + b - 2.0).abs() < 2.0 * SHARE => {
            let shares = |stem: &usize| foreign(Kind::SharesTrack, Some(*stem));
            vec![shares(first), shares(second)]
        }
        [(first, a), rest @ ..]
            if (a - 1.0).abs() < SHARE && rest.iter().all(|(_, share)| *share < 0.5) =>
        {
            vec![foreign(Kind::Extra, Some(*first))]
        }
        _ => Vec::new(),
    }
}
