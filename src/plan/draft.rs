//! A plan in the making: what it is made from, the tracks that are chosen, and stems and mix as
//! files that have no names yet.

use super::output;
use super::preflight::Sound;
use super::presets::{self, Filled, Preset};
use super::range;
use super::recipe::OutputSpec;
use super::select::Roster;
use super::wish::Wish;
use super::{Overrides, Surroundings, layout, way};
use crate::error::{Error, ErrorKind, Result};
use crate::model::plan::{Output, PlanKind, PlannedStem, PlannedTrack};
use crate::model::stem::{EngineKind, StemSpec, Way};
use crate::model::{Finding, Level, Range, Session};

/// A stem with the tracks that it comes to.
pub(super) struct Chosen<'w> {
    /// Place in the recipe, from 0.
    pub index: usize,
    pub spec: &'w StemSpec,
    pub tracks: Vec<usize>,
}

/// What is chosen of a session.
pub(super) struct Choice<'w> {
    pub stems: Vec<Chosen<'w>>,
    pub ignored: Vec<usize>,
    pub returns: Vec<usize>,
}

pub(super) struct Draft<'a> {
    pub session: &'a Session,
    pub overrides: &'a Overrides,
    pub around: &'a Surroundings,
    pub roster: Roster<'a>,
    pub sound: Sound<'a>,
    /// `[output]` with what the preset fills.
    pub spec: OutputSpec,
    pub preset: Option<&'static Preset>,
    /// What the preset calls the mix.
    pub mix_name: Option<String>,
    pub output: Output,
    pub range: Range,
    pub engine: EngineKind,
    pub findings: Vec<Finding>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        session: &'a Session,
        wish: &Wish,
        overrides: &'a Overrides,
        around: &'a Surroundings,
    ) -> Result<Self> {
        let sample_rate = session.info.sample_rate;
        if sample_rate == 0 {
            return Err(Error::new(
                ErrorKind::Recipe,
                "the session tells no sample rate, so nothing can be planned",
            ));
        }
        let mut findings = Vec::new();
        let mut spec = wish.output.clone();
        let folder = session.folder.as_deref();
        let asked = overrides.mix_source.as_ref().or(spec.mix_source.as_ref());
        if let Some(main) = layout::main_source(folder).filter(|_| asked.is_none()) {
            spec.mix_source = Some(main);
        }
        let preset = preset(wish, &mut spec, overrides, session, &mut findings);
        let output = output::resolve(&spec, overrides, sample_rate, &mut findings)?;
        if let Some((preset, _)) = &preset {
            findings.extend(presets::against(preset, &output));
        }
        let engine = output::engine(overrides, around.simulated);
        findings.extend(output::panned_elsewhere(&output, engine));
        let words = overrides.range.as_ref().or(spec.range.as_ref());
        let mut range = range::parse(words.map_or("session", String::as_str), session)?;
        findings.extend(outside(range, session));
        range.end = range
            .end
            .saturating_add(i64::try_from(output.tail).unwrap_or(i64::MAX));
        Ok(Self {
            session,
            overrides,
            around,
            roster: Roster::new(&session.tracks),
            sound: Sound::new(session, range),
            spec,
            preset: preset.as_ref().map(|(preset, _)| *preset),
            mix_name: preset.and_then(|(_, filled)| filled.mix_name),
            engine,
            output,
            range,
            findings,
        })
    }

    pub(super) fn is_printed(&self, stem: &str) -> bool {
        self.overrides.only.is_empty() || self.overrides.only.iter().any(|name| name == stem)
    }

    pub(super) fn planned_tracks(&self, tracks: &[usize]) -> Vec<PlannedTrack> {
        let planned = |index: &usize| {
            let track = self.roster.tracks.get(*index)?;
            Some(PlannedTrack {
                name: track.name.clone(),
                id: track.id.clone(),
                silent: self.roster.is_silent(*index),
            })
        };
        tracks.iter().filter_map(planned).collect()
    }

    /// The stem as a file, still without its name.
    pub(super) fn file(&self, spec: &StemSpec, tracks: &[usize]) -> PlannedStem {
        let route = way::route(spec, self.engine, self.overrides);
        let asked = spec.channels.or(self.spec.channels);
        let (channels, channel_count) = self.channels_of(asked, tracks, &route);
        let is_source = route.source.is_some();
        PlannedStem {
            name: spec.name.clone(),
            kind: spec.kind.clone(),
            file: String::new(),
            more_files: Vec::new(),
            engine: self.engine,
            way: route.way,
            gain_db: spec.gain_db,
            format: spec.format.unwrap_or(self.output.format),
            bits: spec.bits.unwrap_or(self.output.bits),
            channels,
            channel_count,
            has_clips: self.has_clips(tracks, is_source),
            tracks: self.planned_tracks(tracks),
            why: route.why,
            source: route.source,
            formula: None,
        }
    }

    /// The channels of a file that each get one of their own.
    pub(super) fn split(&self, own: Option<bool>, file: &PlannedStem) -> Vec<&'static str> {
        let split = own.or(self.overrides.split).or(self.spec.split);
        match split == Some(true) && file.channel_count > 1 {
            true => file.layout().sides(),
            false => Vec::new(),
        }
    }

    pub(super) fn writes_mix(&self) -> bool {
        let wanted = self.overrides.mix.or(self.spec.mix).unwrap_or(false);
        wanted && self.around.kind == PlanKind::Stems
    }

    /// The mix as a file of its own, where it is asked for.
    pub(super) fn mix(&self, tracks: &[usize]) -> Option<PlannedStem> {
        let spec = StemSpec {
            name: self.mix_name.clone().unwrap_or_else(|| "mix".to_owned()),
            kind: Some("mix".to_owned()),
            ..StemSpec::default()
        };
        self.writes_mix().then(|| {
            let mut mix = self.file(&spec, tracks);
            (mix.way, mix.source) = (Way::Solo, None);
            if self.engine == EngineKind::Bounce {
                mix.why = "all tracks that are not ignored are soloed".to_owned();
            }
            mix
        })
    }
}

/// The preset that is asked for, after it has filled what the recipe leaves open.
fn preset(
    wish: &Wish,
    spec: &mut OutputSpec,
    overrides: &Overrides,
    session: &Session,
    findings: &mut Vec<Finding>,
) -> Option<(&'static Preset, Filled)> {
    let id = overrides.preset.as_ref().or(spec.preset.as_ref())?.clone();
    let preset = match presets::find(&id) {
        Ok(preset) => preset,
        Err(error) => {
            let fix = error.hints.first().cloned().unwrap_or_default();
            let text = error.message;
            findings.push(Finding::new(Level::Error, "unknown_preset", text).fix(fix));
            return None;
        }
    };
    let names: Vec<&str> = wish.stems.iter().map(|stem| stem.name.as_str()).collect();
    let all = overrides.only.is_empty().then_some(names.as_slice());
    spec.preset = Some(id);
    let source = overrides.mix_source.as_ref().or(spec.mix_source.as_ref());
    let source = source.map_or(output::MIX_SOURCE, String::as_str);
    let told = layout::of_source(session.folder.as_deref(), source);
    let filled = presets::fill(preset, spec, all, session.info.sample_rate, told);
    findings.extend(filled.findings.iter().cloned());
    Some((preset, filled))
}

/// What of the range lies where the session is not.
fn outside(range: Range, session: &Session) -> Option<Finding> {
    if range.start < 0 {
        return Some(
            Finding::new(
                Level::Error,
                "range_before_session",
                "the range begins before the session does",
            )
            .fix("begin it at the session start or later"),
        );
    }
    let length = session.content_length()?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    (range.end > length).then(|| {
        Finding::new(
            Level::Warning,
            "range_past_session",
            "the range ends after the session does; the rest is silence",
        )
        .fix("check the range")
    })
}
