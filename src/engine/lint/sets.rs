//! Files that are one stem together: discrete mono sets by their suffix (`Mix.L.wav`, `Mix_Ls.wav`),
//! or one interleaved file. What the name of a stem says.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::gather::Heard;
use crate::model::file_name;
use crate::plan::presets::names::{Kind, Said, Shape};
use crate::plan::presets::{Preset, Split};

/// The sides as they are written, with the bit of a WAV's channel mask.
const SIDES: [(&str, u32); 12] = [
    ("L", 0),
    ("R", 1),
    ("C", 2),
    ("LFE", 3),
    ("Lsr", 4),
    ("Rsr", 5),
    ("Ls", 9),
    ("Rs", 10),
    ("Lss", 9),
    ("Rss", 10),
    ("Lrs", 4),
    ("Rrs", 5),
];
const STEREO: u32 = 0x3;
const FIVE: u32 = 0x60F;
const SEVEN: u32 = 0x63F;

/// One of the files of a set.
#[derive(Debug, Clone)]
pub struct Part {
    /// Place in the folder's list.
    pub file: usize,
    /// The bit of the channel mask, and the side as it should be written; of discrete files.
    pub side: Option<(u32, &'static str)>,
    /// Whether the suffix is written as it should be: `.L`.
    pub is_written_well: bool,
}

/// A stem, a mix or a version.
#[derive(Debug, Clone)]
pub struct Set {
    /// Its file's name without ending and side.
    pub name: String,
    /// The stem's own name, as far as it can be told.
    pub stem: String,
    pub kind: Kind,
    /// What the name says, where it fits the preset's pattern.
    pub said: Option<Said>,
    /// In the order of the channels.
    pub parts: Vec<Part>,
    /// `1.0`, `2.0`, `5.1`, `7.1`, or the count of channels.
    pub layout: String,
    pub channels: u16,
    /// Places of its channels, 0 where nothing says.
    pub mask: u32,
    /// Sides that are not there.
    pub missing: Vec<&'static str>,
    /// Sides that are there more than once.
    pub twice: Vec<&'static str>,
}

impl Set {
    pub fn is_discrete(&self) -> bool {
        self.parts.iter().any(|part| part.side.is_some())
    }

    pub fn files<'f>(&self, all: &'f [Heard]) -> Vec<&'f Heard> {
        let files = self.parts.iter();
        files.filter_map(|part| all.get(part.file)).collect()
    }

    pub fn paths(&self, all: &[Heard]) -> Vec<PathBuf> {
        let files = self.files(all).into_iter();
        files.map(|file| file.path.clone()).collect()
    }

    /// The first of its files, to be named in a finding.
    pub fn first<'f>(&self, all: &'f [Heard]) -> Option<&'f Heard> {
        all.get(self.parts.first()?.file)
    }

    pub fn version(&self) -> Option<&str> {
        self.said.as_ref().and_then(|said| said.get("version"))
    }
}

/// A name in parts: base, mark, side.
struct Sided<'n> {
    base: &'n str,
    bit: u32,
    side: &'static str,
    /// `.`, and the letters as they should be.
    is_written_well: bool,
    has_dot: bool,
}

/// The name without its ending.
pub fn without_ending(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(base, _)| base)
}

fn sided(base: &str) -> Option<Sided<'_>> {
    let (at, mark) = base
        .char_indices()
        .rev()
        .find(|(_, c)| matches!(c, '.' | '_' | '-' | ' '))?;
    let side = base.get(at + mark.len_utf8()..)?;
    let known = SIDES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(side));
    let (known, bit) = known?;
    let base = base.get(..at).filter(|base| !base.is_empty())?;
    Some(Sided {
        base,
        bit: *bit,
        side: known,
        is_written_well: mark == '.' && *known == side,
        has_dot: mark == '.',
    })
}

/// The sets of a folder.
pub fn sets(files: &[Heard], preset: Option<&Preset>, shape: &Shape) -> Vec<Set> {
    let mut groups: BTreeMap<String, Vec<(usize, Sided<'_>)>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        if file.info.channels != 1 {
            continue;
        }
        if let Some(sided) = sided(without_ending(&file.name)) {
            let key = file_name::key(sided.base);
            groups.entry(key).or_default().push((index, sided));
        }
    }
    let wants_each = preset.is_some_and(|preset| preset.format.split == Split::Each);
    groups.retain(|_, group| {
        let has = |bit: u32| group.iter().any(|(_, sided)| sided.bit == bit);
        let is_dotted = group.iter().all(|(_, sided)| sided.has_dot);
        has(0) && has(1) || wants_each || is_dotted || group.len() > 2
    });
    let grouped: HashSet<usize> = groups.values().flatten().map(|(index, _)| *index).collect();
    let mut sets: Vec<Set> = groups.into_values().filter_map(discrete).collect();
    let alone = files.iter().enumerate();
    let alone = alone.filter(|(index, _)| !grouped.contains(index));
    sets.extend(alone.map(|(index, file)| interleaved(index, file)));
    for set in &mut sets {
        set.said = shape.read(&set.name);
        let stem = set.said.as_ref().and_then(|said| {
            let stem = said.get("stem").or_else(|| said.get("version"));
            stem.or_else(|| said.get("asset")).map(str::to_owned)
        });
        set.stem = stem.unwrap_or_else(|| last_word(&set.name, shape));
        set.kind = shape.kind(&set.stem);
        if set.kind == Kind::Stem && set.said.is_none() && shape.kind(&set.name) != Kind::Stem {
            set.kind = shape.kind(&set.name);
        }
    }
    sets.sort_by(|a, b| a.name.cmp(&b.name));
    sets
}

/// The longest end of a name, from a mark on, that is a mix, a version or a known stem; the whole
/// name where there is none.
fn last_word(name: &str, shape: &Shape) -> String {
    let marks = name
        .char_indices()
        .filter(|(_, c)| matches!(c, '_' | '-' | ' ' | '.'));
    let ends = marks.filter_map(|(at, mark)| name.get(at + mark.len_utf8()..));
    let is_known = |end: &&str| shape.knows(end) || shape.kind(end) != Kind::Stem;
    ends.into_iter().find(is_known).unwrap_or(name).to_owned()
}

fn discrete(mut group: Vec<(usize, Sided<'_>)>) -> Option<Set> {
    let name = group.first()?.1.base.to_owned();
    group.sort_by_key(|(_, sided)| sided.bit);
    let mask = group
        .iter()
        .fold(0, |mask, (_, sided)| mask | 1 << sided.bit);
    let wanted = match mask {
        mask if mask & !STEREO == 0 => STEREO,
        mask if mask & 0x30 != 0 => SEVEN,
        _ => FIVE,
    };
    // A centre alone is mono.
    let wanted = if mask == 0x4 { mask } else { wanted };
    let missing = SIDES
        .iter()
        .filter(|(_, bit)| (wanted & !mask) & (1 << bit) != 0)
        .map(|(side, _)| *side);
    let mut missing: Vec<&'static str> = missing.collect();
    missing.retain(|side| !["Lss", "Rss", "Lrs", "Rrs"].contains(side));
    let mut twice = Vec::new();
    for pair in group.windows(2) {
        if let [(_, a), (_, b)] = pair
            && a.bit == b.bit
            && !twice.contains(&a.side)
        {
            twice.push(a.side);
        }
    }
    Some(Set {
        stem: name.clone(),
        name,
        kind: Kind::Stem,
        said: None,
        layout: layout(wanted.count_ones()),
        channels: u16::try_from(group.len()).unwrap_or(u16::MAX),
        mask,
        parts: group
            .into_iter()
            .map(|(file, sided)| Part {
                file,
                side: Some((sided.bit, sided.side)),
                is_written_well: sided.is_written_well,
            })
            .collect(),
        missing,
        twice,
    })
}

fn interleaved(index: usize, file: &Heard) -> Set {
    let name = without_ending(&file.name).to_owned();
    Set {
        stem: name.clone(),
        name,
        kind: Kind::Stem,
        said: None,
        parts: vec![Part {
            file: index,
            side: None,
            is_written_well: true,
        }],
        layout: layout(u32::from(file.info.channels)),
        channels: file.info.channels,
        mask: file.info.mask,
        missing: Vec::new(),
        twice: Vec::new(),
    }
}

fn layout(channels: u32) -> String {
    match channels {
        1 => "1.0".to_owned(),
        2 => "2.0".to_owned(),
        6 => "5.1".to_owned(),
        8 => "7.1".to_owned(),
        more => format!("{more} channels"),
    }
}
