//! Which tracks a stem takes: names, globs, regular expressions, folders, colours, exceptions. Only
//! sounding tracks are taken; a folder stands for those below it, at any depth.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::model::stem::StemSpec;
use crate::model::track::parse_color;
use crate::model::tree::Tree;
use crate::model::{Track, TrackKind, text};

/// Bytes that a compiled regular expression may take.
const REGEX_SIZE: usize = 1 << 20;

/// A pattern that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    #[error("stem '{stem}': regex '{pattern}' cannot be read: {reason}")]
    Regex {
        stem: String,
        pattern: String,
        reason: String,
    },
    #[error("stem '{stem}': '{color}' is not a colour like #3c7dd9")]
    Color { stem: String, color: String },
}

/// A session's tracks, looked up by name, folder and colour.
pub struct Roster<'a> {
    pub tracks: &'a [Track],
    /// Names in NFC, as patterns are compared.
    names: Vec<Cow<'a, str>>,
    /// The first track of each name.
    by_name: HashMap<Cow<'a, str>, usize>,
    /// All tracks of a name that several have, by the first of them.
    twins: HashMap<usize, Vec<usize>>,
    children: Vec<Vec<usize>>,
    /// Adds nothing: muted, inactive, or in a folder that is.
    silent: Vec<bool>,
}

/// A set of tracks, by index.
#[derive(Debug, Clone, Default)]
pub struct Indices {
    members: Vec<bool>,
    count: usize,
}

impl Indices {
    pub fn insert(&mut self, index: usize) {
        if self.members.len() <= index {
            self.members.resize(index + 1, false);
        }
        if let Some(member) = self.members.get_mut(index) {
            self.count += usize::from(!std::mem::replace(member, true));
        }
    }

    pub fn contains(&self, index: usize) -> bool {
        self.members.get(index).copied().unwrap_or(false)
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// In ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let all = self.members.iter().enumerate();
        all.filter(|(_, member)| **member).map(|(index, _)| index)
    }
}

impl FromIterator<usize> for Indices {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut set = Self::default();
        for index in indices {
            set.insert(index);
        }
        set
    }
}

/// What a stem's selectors come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Indices of sounding tracks in the order of the session, each once.
    pub tracks: Vec<usize>,
    /// Those of them that are named to the letter.
    pub named: Vec<usize>,
    /// Names that are no track, or folders that are none.
    pub unknown: Vec<Unknown>,
    /// Globs and exceptions that match nothing.
    pub idle: Vec<String>,
    /// Tracks named to the letter that make no sound of their own.
    pub soundless: Vec<usize>,
}

/// A name that is no track's, with the one that is most like it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub name: String,
    pub nearest: Option<String>,
    pub folder: bool,
}

enum Found {
    Named(Vec<usize>),
    Globbed(Vec<usize>),
    Nothing { is_glob: bool },
}

fn nfc(name: &str) -> Cow<'_, str> {
    match is_nfc(name) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(name.nfc().collect()),
    }
}

fn glob(pattern: &str) -> Option<GlobMatcher> {
    if !pattern.contains(['*', '?', '[', '{']) {
        return None;
    }
    GlobBuilder::new(pattern)
        .literal_separator(false)
        .backslash_escape(true)
        .build()
        .ok()
        .map(|glob| glob.compile_matcher())
}

impl<'a> Roster<'a> {
    pub fn new(tracks: &'a [Track]) -> Self {
        let names: Vec<Cow<'a, str>> = tracks.iter().map(|track| nfc(&track.name)).collect();
        let mut by_name = HashMap::with_capacity(names.len());
        let mut twins: HashMap<usize, Vec<usize>> = HashMap::new();
        for (index, name) in names.iter().enumerate() {
            match by_name.entry(name.clone()) {
                Entry::Vacant(place) => drop(place.insert(index)),
                Entry::Occupied(first) => {
                    let first = *first.get();
                    twins
                        .entry(first)
                        .or_insert_with(|| vec![first])
                        .push(index);
                }
            }
        }
        let tree = Tree::new(tracks);
        let mut children = vec![Vec::new(); tracks.len()];
        for index in 0..tracks.len() {
            if let Some(list) = tree.parent(index).and_then(|p| children.get_mut(p)) {
                list.push(index);
            }
        }
        Self {
            tracks,
            names,
            by_name,
            twins,
            children,
            silent: tree.silent(tracks),
        }
    }

    pub fn is_sounding(&self, index: usize) -> bool {
        self.tracks
            .get(index)
            .is_some_and(|track| track.kind.is_sounding())
    }

    /// Whether the track adds nothing to any stem.
    pub fn is_silent(&self, index: usize) -> bool {
        self.silent.get(index).copied().unwrap_or(true)
    }

    /// Sounding tracks in the order of the session.
    pub fn sounding(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.tracks.len()).filter(|index| self.is_sounding(*index))
    }

    /// Groups of tracks that share a name.
    pub fn duplicates(&self) -> impl Iterator<Item = &[usize]> {
        self.twins.values().map(Vec::as_slice)
    }

    /// The tracks of a name, which is in NFC.
    fn named(&self, name: &str) -> Option<Vec<usize>> {
        let first = *self.by_name.get(name)?;
        Some(
            self.twins
                .get(&first)
                .cloned()
                .unwrap_or_else(|| vec![first]),
        )
    }

    /// What the sound of these tracks passes or may be moved by: routing folders around them, and
    /// VCAs and master fader that are active.
    pub fn shaping(&self, heard: &Indices) -> Vec<&'a Track> {
        let around = |folder: usize| {
            let mut below = Vec::new();
            self.below(folder, &mut below);
            below.iter().any(|track| heard.contains(*track))
        };
        let shapes = |(index, track): &(usize, &Track)| match track.kind {
            TrackKind::RoutingFolder => around(*index),
            TrackKind::Vca | TrackKind::Master => !track.inactive.is_set() && !heard.is_empty(),
            _ => false,
        };
        let tracks = self.tracks.iter().enumerate().filter(shapes);
        tracks.map(|(_, track)| track).collect()
    }

    fn find(&self, pattern: &str) -> Found {
        let wanted = nfc(pattern);
        if let Some(found) = self.named(&wanted) {
            return Found::Named(found);
        }
        let Some(glob) = glob(&wanted) else {
            return Found::Nothing { is_glob: false };
        };
        let matches = |index: &usize| {
            self.names
                .get(*index)
                .is_some_and(|name| glob.is_match(name.as_ref()))
        };
        let found: Vec<usize> = (0..self.tracks.len()).filter(matches).collect();
        if found.is_empty() {
            return Found::Nothing { is_glob: true };
        }
        Found::Globbed(found)
    }

    /// Sounding tracks below a folder.
    fn below(&self, folder: usize, into: &mut Vec<usize>) {
        let mut open = vec![folder];
        while let Some(at) = open.pop() {
            for child in self.children.get(at).into_iter().flatten() {
                open.push(*child);
                if self.is_sounding(*child) {
                    into.push(*child);
                }
            }
        }
    }

    /// A track, or all below it where it is a folder. Whether that was anything.
    fn take(&self, index: usize, into: &mut Vec<usize>) -> bool {
        let Some(track) = self.tracks.get(index) else {
            return false;
        };
        if track.kind.is_folder() {
            self.below(index, into);
            return true;
        }
        if track.kind.is_sounding() {
            into.push(index);
        }
        track.kind.is_sounding()
    }

    fn unknown(&self, name: &str, folder: bool) -> Unknown {
        let known = self
            .tracks
            .iter()
            .filter(|track| !folder || track.kind.is_folder())
            .map(|track| track.name.as_str());
        Unknown {
            name: name.to_owned(),
            nearest: text::nearest(name, known).map(str::to_owned),
            folder,
        }
    }

    /// Tracks that names or globs stand for, without complaint: for `ignore`. What matches nothing
    /// is returned as well.
    pub fn matching<'p>(&self, patterns: &'p [String]) -> (Vec<usize>, Vec<&'p str>) {
        let (mut found, mut idle) = (Vec::new(), Vec::new());
        for pattern in patterns {
            match self.find(pattern) {
                Found::Named(list) | Found::Globbed(list) => {
                    for index in list {
                        self.take(index, &mut found);
                    }
                }
                Found::Nothing { .. } => idle.push(pattern.as_str()),
            }
        }
        found.sort_unstable();
        found.dedup();
        (found, idle)
    }

    /// What the stem's selectors come to.
    pub fn select(&self, stem: &StemSpec) -> Result<Selection, SelectError> {
        let mut out = Selection::default();
        for pattern in &stem.tracks {
            self.add(pattern, &mut out);
        }
        if let Some(folder) = &stem.folder {
            self.add_folder(folder, &mut out);
        }
        if let Some(pattern) = &stem.regex {
            let regex = regex(stem, pattern)?;
            let matches = |index: &usize| {
                self.names
                    .get(*index)
                    .is_some_and(|name| regex.is_match(name))
            };
            out.tracks.extend(self.sounding().filter(matches));
        }
        if let Some(text) = &stem.color {
            let color = parse_color(text).ok_or_else(|| SelectError::Color {
                stem: text::fit(&stem.name, 60),
                color: text::fit(text, 40),
            })?;
            let matches = |index: &usize| {
                self.tracks
                    .get(*index)
                    .is_some_and(|t| t.color == Some(color))
            };
            out.tracks.extend(self.sounding().filter(matches));
        }
        let (except, idle) = self.matching(&stem.except);
        out.idle.extend(idle.into_iter().map(str::to_owned));
        for list in [&mut out.tracks, &mut out.named] {
            list.sort_unstable();
            list.dedup();
            list.retain(|index| except.binary_search(index).is_err());
        }
        Ok(out)
    }

    fn add(&self, pattern: &str, out: &mut Selection) {
        match self.find(pattern) {
            Found::Named(list) => {
                for index in list {
                    let before = out.tracks.len();
                    if !self.take(index, &mut out.tracks) {
                        out.soundless.push(index);
                    }
                    out.named
                        .extend(out.tracks.iter().skip(before).filter(|t| **t == index));
                }
            }
            Found::Globbed(list) => {
                for index in list {
                    self.take(index, &mut out.tracks);
                }
            }
            Found::Nothing { is_glob: true } => out.idle.push(pattern.to_owned()),
            Found::Nothing { is_glob: false } => out.unknown.push(self.unknown(pattern, false)),
        }
    }

    fn add_folder(&self, name: &str, out: &mut Selection) {
        let is_folder =
            |index: &&usize| self.tracks.get(**index).is_some_and(|t| t.kind.is_folder());
        let found = self.named(&nfc(name)).unwrap_or_default();
        let folders: Vec<usize> = found.iter().filter(is_folder).copied().collect();
        if folders.is_empty() {
            out.unknown.push(self.unknown(name, true));
        }
        for folder in folders {
            self.below(folder, &mut out.tracks);
        }
    }
}

fn regex(stem: &StemSpec, pattern: &str) -> Result<Regex, SelectError> {
    RegexBuilder::new(pattern)
        .size_limit(REGEX_SIZE)
        .build()
        .map_err(|error| SelectError::Regex {
            stem: text::fit(&stem.name, 60),
            pattern: text::fit(pattern, 60),
            reason: last_line(&error.to_string()),
        })
}

/// The regex crate draws the place over several lines and gives the reason in the last.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
