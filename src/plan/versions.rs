//! The files that are computed from others: what `[[version]]` asks for.

use super::arithmetic::{self, Name};
use super::draft::Draft;
use super::recipe::VersionSpec;
use crate::model::plan::{Formula, PlannedStem, Term};
use crate::model::stem::{ChannelMode, StemSpec, Way};
use crate::model::text::{fit, nearest};
use crate::model::{Finding, Layout, Level};

/// A recipe has no more.
const MOST: usize = 1_000;

impl Draft<'_> {
    /// The versions as files that have no names yet, in the recipe's order. What is wrong with one becomes a
    /// finding. `stems` and `mix` are what is printed.
    pub(super) fn versions(
        &mut self,
        specs: &[VersionSpec],
        stems: &[PlannedStem],
        mix: Option<&PlannedStem>,
    ) -> Vec<PlannedStem> {
        let mut versions: Vec<PlannedStem> = Vec::new();
        for spec in specs.iter().take(MOST) {
            if !self.is_printed(&spec.name) {
                continue;
            }
            let taken = stems.iter().chain(mix).chain(&versions);
            let is_taken = taken.map(|file| &file.name).any(|name| *name == spec.name);
            let made = match spec.name.trim() {
                "" => Err(problem("it has no name", "give it a name")),
                _ if is_taken => Err(problem(
                    "a stem or a version of that name is there",
                    "give it a name of its own",
                )),
                _ => self.version(spec, stems, mix),
            };
            match made {
                Ok(version) => versions.push(version),
                Err((why, fix)) => self.findings.push(refused(spec, &why, fix)),
            }
        }
        if specs.len() > MOST {
            let text = format!("{} versions are more than {MOST}", specs.len());
            let finding = Finding::new(Level::Error, "bad_version", text);
            self.findings.push(finding.fix("split the recipe"));
        }
        versions
    }

    fn version(
        &self,
        spec: &VersionSpec,
        stems: &[PlannedStem],
        mix: Option<&PlannedStem>,
    ) -> Result<PlannedStem, (String, String)> {
        let parsed = arithmetic::terms(&spec.formula);
        let parsed = parsed.map_err(|why| {
            problem(
                &why,
                "write sums and differences: mix - Vocals, Drums + Bass",
            )
        })?;
        let mut terms = Vec::new();
        let mut used = Vec::new();
        for (name, gain) in parsed {
            let (file, stem) = match (&name, mix) {
                (Name::Mix, Some(mix)) => (stems.len(), mix),
                (Name::Mix, None) => {
                    return Err(problem(
                        "the mix is not printed",
                        "set mix = true in [output], or add up the stems it is made of",
                    ));
                }
                (Name::Stem(name), _) => stems
                    .iter()
                    .enumerate()
                    .find(|(_, stem)| stem.name == *name)
                    .ok_or_else(|| unknown(name, stems))?,
            };
            if stem.format.is_handed_through() {
                let text = format!(
                    "'{}' is {} as Pro Tools makes it",
                    fit(&stem.name, 60),
                    stem.format.word()
                );
                return Err(problem(&text, "print that as WAV"));
            }
            terms.push(Term { file, gain });
            used.push(stem);
        }
        let plain = StemSpec {
            name: spec.name.clone(),
            kind: Some("version".to_owned()),
            ..StemSpec::default()
        };
        let mut version = self.file(&plain, &[]);
        if version.format.is_handed_through() {
            return Err(problem(
                &format!("{} is made by Pro Tools only", version.format.word()),
                "set format = \"wav\"",
            ));
        }
        let widest = used.iter().map(|stem| stem.channel_count).max();
        let widest = widest.unwrap_or(2);
        if widest > 2 {
            if used.iter().any(|stem| stem.channel_count != widest) {
                return Err(problem(
                    "its files have different channels",
                    "compute it of files of one layout",
                ));
            }
            let layout = Layout::of(widest).unwrap_or_default();
            version.channels = ChannelMode::Wide(layout);
        }
        if matches!(
            version.channels,
            ChannelMode::AsTracks | ChannelMode::Wide(_)
        ) {
            version.channel_count = widest;
        }
        (version.way, version.source, version.has_clips) = (Way::Formula, None, None);
        let text = spec.formula.trim().to_owned();
        version.why = format!("computed: {}", fit(&text, 120));
        version.formula = Some(Formula { text, terms });
        Ok(version)
    }
}

fn problem(why: &str, fix: &str) -> (String, String) {
    (why.to_owned(), fix.to_owned())
}

fn unknown(name: &str, stems: &[PlannedStem]) -> (String, String) {
    let names = stems.iter().map(|stem| stem.name.as_str());
    let why = format!("'{}' is no stem that is printed", fit(name, 60));
    let fix = match nearest(name, names) {
        Some(near) => format!("did you mean \"{}\"?", fit(near, 60)),
        None => "name stems of the recipe, or mix".to_owned(),
    };
    (why, fix)
}

fn refused(spec: &VersionSpec, why: &str, fix: String) -> Finding {
    let (name, formula) = (fit(&spec.name, 60), fit(&spec.formula, 60));
    let text = format!("the version '{name}' ({formula}) cannot be made: {why}");
    Finding::new(Level::Error, "bad_version", text)
        .stem(&spec.name)
        .fix(fix)
}
