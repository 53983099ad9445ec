//! File names against a preset's pattern. A pattern is text with tokens in braces: `{stem}`,
//! `{rev:02}` (so many digits at least), `{rate}`, `{khz}`, `{bits}`, `{channels}`, `{layout}` with
//! the shapes that they have, the preset's own, and any other for any text. Case matters in
//! text and not in stems.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{Preset, Stems};

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    pub tokens: BTreeMap<String, String>,
}

impl Said {
    pub fn get(&self, token: &str) -> Option<&str> {
        self.tokens.get(token).map(String::as_str)
    }
}

/// A preset's ideas of names, ready to be asked.
pub struct Shape {
    patterns: Vec<Regex>,
    foreign: Option<Regex>,
    required: Vec<Glob>,
    optional: Vec<Glob>,
    mixes: Vec<Glob>,
    versions: Vec<Glob>,
}

/// A name or glob of a preset's list.
pub struct Glob {
    pub text: String,
    matcher: GlobMatcher,
}

/// What a stem's name says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Stem,
    Mix,
    Version,
}

/// Names of mixes and of versions wherever no preset says others, in the form of [`plain`].
const MIXES: [&str; 14] = [
    "mix",
    "fullmix",
    "mainmix",
    "stereomix",
    "finalmix",
    "master",
    "mixdown",
    "printmaster",
    "pm",
    "full",
    "main",
    "2mix",
    "mixmaster",
    "stereomaster",
];
const VERSIONS: [&str; 13] = [
    "instrumental",
    "inst",
    "acappella",
    "acapella",
    "tv",
    "tvmix",
    "clean",
    "karaoke",
    "radioedit",
    "underscore",
    "instrumentalmix",
    "me",
    "alt",
];

/// Letters and digits in lower case: `Full Mix` and `full_mix` are one.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn globs(texts: &[String]) -> Result<Vec<Glob>, String> {
    let glob = |text: &String| {
        let glob = GlobBuilder::new(text).case_insensitive(true).build();
        let glob = glob.map_err(|error| error.to_string())?;
        Ok(Glob {
            text: text.clone(),
            matcher: glob.compile_matcher(),
        })
    };
    texts.iter().map(glob).collect()
}

impl Glob {
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }
}

impl Shape {
    /// Of a preset.
    ///
    /// # Errors
    /// What is wrong with its patterns.
    pub fn new(preset: &Preset) -> Result<Self, String> {
        let alternatives = preset.naming.pattern.as_deref();
        let alternatives = alternatives.into_iter().flat_map(|text| text.split('|'));
        let foreign = preset
            .naming
            .charset
            .as_ref()
            .map(|class| Regex::new(&format!("[^{class}]")).map_err(|error| error.to_string()));
        let Stems {
            required,
            optional,
            mixes,
            versions,
            ..
        } = &preset.stems;
        Ok(Self {
            patterns: alternatives
                .map(|text| expression(text, preset))
                .collect::<Result<_, _>>()?,
            foreign: foreign.transpose()?,
            required: globs(required)?,
            optional: globs(optional)?,
            mixes: globs(mixes)?,
            versions: globs(versions)?,
        })
    }

    /// Of no preset.
    pub fn house() -> Self {
        Self {
            patterns: Vec::new(),
            foreign: None,
            required: Vec::new(),
            optional: Vec::new(),
            mixes: Vec::new(),
            versions: Vec::new(),
        }
    }

    pub fn has_pattern(&self) -> bool {
        !self.patterns.is_empty()
    }

    pub fn required(&self) -> &[Glob] {
        &self.required
    }

    /// What a name says, without ending and side; `None` where it fits no alternative.
    pub fn read(&self, name: &str) -> Option<Said> {
        self.patterns.iter().find_map(|pattern| {
            let found = pattern.captures(name)?;
            let tokens = pattern.capture_names().flatten();
            let tokens = tokens.filter_map(|token| {
                let text = found.name(token)?.as_str();
                Some((token.to_owned(), text.to_owned()))
            });
            Some(Said {
                tokens: tokens.collect(),
            })
        })
    }

    /// The first letter that a name may not have.
    pub fn foreign(&self, name: &str) -> Option<char> {
        let found = self.foreign.as_ref()?.find(name)?;
        found.as_str().chars().next()
    }

    /// Whether the lists know a stem of this name.
    pub fn knows(&self, stem: &str) -> bool {
        let lists = [&self.required, &self.optional, &self.mixes, &self.versions];
        lists.into_iter().flatten().any(|glob| glob.matches(stem))
    }

    /// What a stem is by its name. Without a list of mixes the usual words are.
    pub fn kind(&self, stem: &str) -> Kind {
        let word = plain(stem);
        let within = |globs: &[Glob]| {
            let same = |glob: &Glob| glob.matches(stem) || plain(&glob.text) == word;
            globs.iter().any(same)
        };
        if within(&self.mixes) {
            return Kind::Mix;
        }
        if within(&self.versions) {
            return Kind::Version;
        }
        if within(&self.required) || within(&self.optional) {
            return Kind::Stem;
        }
        if self.mixes.is_empty() && MIXES.contains(&word.as_str()) {
            return Kind::Mix;
        }
        match self.versions.is_empty() && VERSIONS.contains(&word.as_str()) {
            true => Kind::Version,
            false => Kind::Stem,
        }
    }
}

/// A text in the letters of a class: accents go, what is left over becomes `_`.
pub fn legal(text: &str, class: &str) -> String {
    let Ok(allowed) = Regex::new(&format!("^[{class}]$")) else {
        return text.to_owned();
    };
    let bare = text.nfd().filter(|c| !is_combining_mark(*c));
    let mut buffer = [0; 4];
    bare.map(|c| match allowed.is_match(c.encode_utf8(&mut buffer)) {
        true => c,
        false => '_',
    })
    .collect()
}

/// A pattern as a regular expression.
fn expression(pattern: &str, preset: &Preset) -> Result<Regex, String> {
    let mut text = String::from("^");
    let mut rest = pattern;
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(&regex::escape(before));
        let (token, behind) = behind
            .split_once('}')
            .ok_or_else(|| format!("'{pattern}' has a brace without its twin"))?;
        let (name, digits) = token.split_once(':').unwrap_or((token, ""));
        let shape = match digits.parse::<u8>() {
            Ok(digits) => format!("[0-9]{{{digits},}}"),
            Err(_) => shape(name, preset),
        };
        text.push_str(&format!("(?P<{name}>{shape})"));
        rest = behind;
    }
    text.push_str(&regex::escape(rest));
    text.push('$');
    RegexBuilder::new(&text)
        .size_limit(1 << 22)
        .build()
        .map_err(|error| error.to_string())
}

fn shape(token: &str, preset: &Preset) -> String {
    if let Some(own) = preset.naming.tokens.get(token) {
        return own.clone();
    }
    match token {
        "rate" => "[0-9]{5,6}",
        "khz" => "[0-9]{2,3}(?:[._][0-9]+)?",
        "bits" => "[0-9]{2}f?",
        "channels" | "n" => "[0-9]{1,3}",
        "rev" => "(?i:v|r|rev|mix)?[0-9]{1,4}[a-z]?",
        "layout" => "(?:[0-9]\\.?[0-9])",
        "stem" => return stem_shape(&preset.stems),
        _ => ".+?",
    }
    .to_owned()
}

/// Any text; where the lists are closed, text without the mark between the parts of a name, so that an
/// unknown stem is read as one.
fn stem_shape(stems: &Stems) -> String {
    match stems.closed {
        true => "[^_]+".to_owned(),
        false => ".+?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::presets;

    fn shape_of(id: &str) -> Shape {
        Shape::new(presets::any(id).unwrap()).unwrap()
    }

    #[test]
    fn names_are_held_against_their_pattern() {
        for (id, name, fits) in [
            (
                "netflix-nf51",
                "Show_s01e02_v01_DIAStem_51_6ch_48k_24b_24",
                true,
            ),
            ("netflix-nf51", "Film_v01_PM_51_6ch_48k_24b_23976", true),
            ("netflix-nf51", "Film_v1_PM_51_6ch_48k_24b_23976", false),
            ("netflix-nf51", "Film_v01_PM_51_6ch_48k_24b_60", false),
            ("pe-wing", "AI_Title_MI01_Snare_Rim_96k24", true),
            ("pe-wing", "AI_A-very-long-title_MI01_Snare_96k24", false),
            ("pe-wing", "Snare", false),
            ("mastering-stems", "0_Song_FullMix", true),
            ("mastering-stems", "Song_FullMix", false),
            ("film-score-to-dub", "M3v2 Strings 01-02-03-04", true),
            ("film-score-to-dub", "M3 Strings 01-02-03-04", false),
            ("sync-library", "Track_60_Drums", true),
            ("sync-library", "Track_Long_Drums", false),
            ("umg-style-multi", "Artist_Song_Vox_120_01312026", true),
            ("game-layers", "anything at all", false),
        ] {
            assert_eq!(shape_of(id).read(name).is_some(), fits, "{id}: {name}");
        }
        let said = shape_of("netflix-nf51").read("A_B_s01e02_v03_FXStem_51_6ch_48k_24b_25");
        let said = said.unwrap();
        assert_eq!(said.get("stem"), Some("FXStem"));
        assert_eq!(said.get("title"), Some("A_B"));
        assert_eq!(said.get("ver"), Some("03"));
        assert!(shape_of("game-layers").foreign("a b") == Some(' '));
    }

    #[test]
    fn mixes_and_versions_are_no_stems() {
        let house = Shape::house();
        for (name, kind) in [
            ("Full Mix", Kind::Mix),
            ("MIX", Kind::Mix),
            ("Instrumental", Kind::Version),
            ("A Cappella", Kind::Version),
            ("Remix Vox", Kind::Stem),
            ("Drums", Kind::Stem),
        ] {
            assert_eq!(house.kind(name), kind, "{name}");
        }
        let netflix = shape_of("netflix-nf51");
        assert_eq!(netflix.kind("pm"), Kind::Mix);
        assert_eq!(netflix.kind("OPTA"), Kind::Version);
        assert_eq!(netflix.kind("mix"), Kind::Stem);
        assert!(netflix.knows("OPTB") && !netflix.knows("DX"));
    }
}
