//! A plan in the making: from the wished-for stems to tracks, and from tracks to files with names,
//! bytes and findings. Each step takes what the one before found; none changes anything.

use std::collections::{HashMap, HashSet};

use super::coverage::{self, Strictness};
use super::forecast::forecast;
use super::output;
use super::preflight::{self, Sound};
use super::range;
use super::recipe::OutputSpec;
use super::select::{Roster, Selection};
use super::wish::Wish;
use super::{Overrides, Source, Surroundings, complain, inspected, title, way};
use crate::error::{Error, ErrorKind, Result};
use crate::model::plan::{Coverage, Output, PlanKind, PlannedStem, PlannedTrack};
use crate::model::stem::{ChannelMode, EngineKind, StemSpec, Way};
use crate::model::text::{fit, nearest};
use crate::model::{Finding, Level, Plan, Range, Session, TrackKind};

/// A stem with the tracks that it comes to.
pub(super) struct Chosen<'w> {
    /// Place in the recipe, from 0.
    pub index: usize,
    pub spec: &'w StemSpec,
    pub tracks: Vec<usize>,
}

/// What is chosen of a session.
struct Choice<'w> {
    stems: Vec<Chosen<'w>>,
    ignored: Vec<usize>,
    returns: Vec<usize>,
}

pub(super) struct Draft<'a> {
    pub session: &'a Session,
    pub overrides: &'a Overrides,
    pub around: &'a Surroundings,
    pub roster: Roster<'a>,
    pub sound: Sound<'a>,
    pub spec: OutputSpec,
    pub output: Output,
    pub range: Range,
    pub engine: EngineKind,
    pub findings: Vec<Finding>,
}

impl<'a> Draft<'a> {
    fn new(
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
        let output = output::resolve(&wish.output, overrides, sample_rate, &mut findings)?;
        let words = overrides.range.as_ref().or(wish.output.range.as_ref());
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
            spec: wish.output.clone(),
            engine: output::engine(overrides, around.simulated),
            output,
            range,
            findings,
        })
    }

    /// Indices of the tracks that belong to no stem and not to the mix.
    fn ignored(&mut self, wish: &Wish, selections: &[Selection]) -> Vec<usize> {
        let (recipe, idle) = self.roster.matching(&wish.recipe_ignore);
        for name in idle {
            self.findings.push(complain::idle_ignore(name));
        }
        let (session, _) = self.roster.matching(&wish.session_ignore);
        let named: HashSet<usize> = selections.iter().flat_map(|s| &s.named).copied().collect();
        for index in recipe.iter().filter(|index| named.contains(index)) {
            if let Some(track) = self.roster.tracks.get(*index) {
                self.findings.push(complain::ignored_in_stem(&track.name));
            }
        }
        let mut ignored = recipe;
        // Who names a track to the letter wants it, whatever the session says.
        ignored.extend(session.into_iter().filter(|index| !named.contains(index)));
        ignored.sort_unstable();
        ignored.dedup();
        ignored
    }

    /// Indices of the aux returns that sound in every stem.
    fn returns(&mut self, wish: &Wish, selections: &[Selection], ignored: &[usize]) -> Vec<usize> {
        let named: HashSet<usize> = selections.iter().flat_map(|s| &s.named).copied().collect();
        let (asked, idle) = self.roster.matching(&wish.asked_returns);
        for name in idle {
            let aux = self.roster.tracks.iter().filter(|t| can_return(t.kind));
            let near = nearest(name, aux.map(|track| track.name.as_str()));
            let is_glob = name.contains(['*', '?', '[', '{']);
            self.findings
                .push(complain::idle_return(name, is_glob, near));
        }
        for track in asked.iter().filter_map(|at| self.roster.tracks.get(*at)) {
            if !can_return(track.kind) {
                let finding = complain::not_a_return(&track.name, track.kind.word());
                self.findings.push(finding);
            }
        }
        for index in asked.iter().filter(|index| named.contains(index)) {
            if let Some(track) = self.roster.tracks.get(*index) {
                self.findings.push(complain::return_in_stem(&track.name));
            }
        }
        let (session, _) = self.roster.matching(&wish.session_returns);
        let mut returns = asked;
        // As with `ignore`: who names a track to the letter wants it, whatever the session says.
        returns.extend(session.into_iter().filter(|index| !named.contains(index)));
        returns.retain(|index| {
            let track = self.roster.tracks.get(*index);
            track.is_some_and(|track| can_return(track.kind))
                && ignored.binary_search(index).is_err()
        });
        returns.sort_unstable();
        returns.dedup();
        returns
    }

    /// The tracks of every stem of the wish, those that are ignored, and the returns.
    fn choose<'w>(&mut self, wish: &'w Wish) -> Result<Choice<'w>> {
        let mut selections = Vec::with_capacity(wish.stems.len());
        for stem in &wish.stems {
            let selection = self.roster.select(stem);
            selections.push(selection.map_err(|error| {
                Error::new(ErrorKind::Recipe, error.to_string()).hint("correct the recipe")
            })?);
        }
        let ignored = self.ignored(wish, &selections);
        let returns = self.returns(wish, &selections, &ignored);
        let mut chosen = Vec::with_capacity(wish.stems.len());
        for (index, (spec, mut selection)) in wish.stems.iter().zip(selections).enumerate() {
            if wish.takes_all {
                selection.tracks = self.roster.sounding().collect();
            }
            let before = selection.tracks.len();
            let tracks = &mut selection.tracks;
            tracks.retain(|track| {
                ignored.binary_search(track).is_err() && returns.binary_search(track).is_err()
            });
            if self.is_printed(&spec.name) {
                let route = way::route(spec, self.engine, self.overrides);
                let needs_tracks = route.source.is_none();
                let findings =
                    complain::about(spec, &selection, &self.roster, before, needs_tracks);
                self.findings.extend(findings);
            }
            chosen.push(Chosen {
                index,
                spec,
                tracks: selection.tracks,
            });
        }
        Ok(Choice {
            stems: chosen,
            ignored,
            returns,
        })
    }

    fn is_printed(&self, stem: &str) -> bool {
        self.overrides.only.is_empty() || self.overrides.only.iter().any(|name| name == stem)
    }

    /// Judges the whole recipe, also where only some of its stems are printed.
    fn cover(&mut self, choice: &Choice<'_>, strict: Option<Strictness>) -> Coverage {
        let Some(mut strict) = strict else {
            return Coverage::default();
        };
        let chosen = &choice.stems;
        let is_blind = |stem: &Chosen<'_>| {
            let route = way::route(stem.spec, self.engine, self.overrides);
            route.source.is_some() && stem.tracks.is_empty()
        };
        if chosen.iter().any(is_blind) {
            // What feeds a bus is not told: an orphan may well sound in it.
            strict.orphan = strict.orphan.min(Level::Warning);
        }
        let mut outside: Vec<usize> = choice.ignored.clone();
        outside.extend(&choice.returns);
        outside.sort_unstable();
        let names: Vec<String> = chosen.iter().map(|stem| stem.spec.name.clone()).collect();
        let lists: Vec<&[usize]> = chosen.iter().map(|stem| stem.tracks.as_slice()).collect();
        let mut standing = coverage::stand(&self.roster, &lists, &outside);
        standing
            .ignored
            .retain(|index| choice.returns.binary_search(index).is_err());
        let findings = standing.findings(&self.roster, &names, strict);
        self.findings.extend(findings);
        standing.coverage(&self.roster, &names)
    }

    /// Only the stems that were asked for.
    fn only<'w>(&mut self, chosen: Vec<Chosen<'w>>) -> Vec<Chosen<'w>> {
        let known: Vec<&str> = chosen.iter().map(|stem| stem.spec.name.as_str()).collect();
        for name in &self.overrides.only {
            if !known.contains(&name.as_str()) {
                let near = nearest(name, known.iter().copied());
                self.findings.push(complain::unknown_stem(name, near));
            }
        }
        chosen
            .into_iter()
            .filter(|stem| self.is_printed(&stem.spec.name))
            .collect()
    }

    fn planned_tracks(&self, tracks: &[usize]) -> Vec<PlannedTrack> {
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
    fn file(&self, spec: &StemSpec, tracks: &[usize]) -> PlannedStem {
        let channels = spec.channels.unwrap_or(self.output.channels);
        let route = way::route(spec, self.engine, self.overrides);
        let is_source = route.source.is_some();
        PlannedStem {
            name: spec.name.clone(),
            kind: spec.kind.clone(),
            file: String::new(),
            engine: self.engine,
            way: route.way,
            gain_db: spec.gain_db,
            format: spec.format.unwrap_or(self.output.format),
            bits: spec.bits.unwrap_or(self.output.bits),
            channels,
            channel_count: match channels {
                ChannelMode::Stereo => 2,
                ChannelMode::Mono => 1,
                ChannelMode::AsTracks if self.is_mono(tracks) => 1,
                ChannelMode::AsTracks => 2,
            },
            has_clips: self.has_clips(tracks, is_source),
            tracks: self.planned_tracks(tracks),
            why: route.why,
            source: route.source,
        }
    }

    /// Every track is mono and centred, as far as that is known.
    fn is_mono(&self, tracks: &[usize]) -> bool {
        !tracks.is_empty()
            && tracks
                .iter()
                .filter_map(|index| self.roster.tracks.get(*index))
                .all(|track| {
                    self.sound.lane(&track.name).is_some_and(|lane| {
                        lane.channels == 1
                            && lane.pan.is_none_or(|pan| pan == 0.0)
                            && lane.pan_points.is_empty()
                    })
                })
    }

    fn writes_mix(&self) -> bool {
        let wanted = self.overrides.mix.or(self.spec.mix).unwrap_or(false);
        wanted && self.around.kind == PlanKind::Stems
    }

    /// The mix as a file of its own, where it is asked for.
    fn mix(&self, tracks: &[usize]) -> Option<PlannedStem> {
        let spec = StemSpec {
            name: "mix".to_owned(),
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

    fn check_tracks(
        &mut self,
        stems: &[PlannedStem],
        chosen: &[Chosen<'_>],
        mix: &[usize],
        returns: &[usize],
    ) {
        for (stem, chosen) in stems.iter().zip(chosen) {
            self.findings.extend(way::of_format(stem, self.around));
            let found = way::findings(chosen.spec, stem, &chosen.tracks, &self.roster);
            self.findings.extend(found);
            let state = preflight::of_stem(stem, &chosen.tracks, &self.roster);
            self.findings.extend(state);
        }
        let printed: HashSet<usize> = chosen
            .iter()
            .flat_map(|stem| &stem.tracks)
            .chain(mix)
            .copied()
            .collect();
        let heard = printed.iter().copied();
        let heard: HashSet<usize> = heard.filter(|i| !self.roster.is_silent(*i)).collect();
        let mut sound = self.sound.findings(&self.roster, &heard, self.engine);
        if !self.writes_mix() {
            preflight::soften(&mut sound, stems);
        }
        self.findings.extend(sound);
        let renamed = self.output.rename_duplicates;
        let twins = preflight::duplicates(&self.roster, self.engine, &printed, renamed);
        self.findings.extend(twins);
        let lists: Vec<&[usize]> = chosen.iter().map(|stem| stem.tracks.as_slice()).collect();
        if self.engine == EngineKind::Bounce {
            let cut = preflight::returns_cut(&self.roster, stems, &lists, mix, returns);
            self.findings.extend(cut);
        }
        let whole = preflight::of_session(self.session, &self.roster, self.engine);
        self.findings.extend(whole);
    }

    /// What Pro Tools told about this session, for a bounce. What the folder told is not said twice.
    fn judge(&mut self, files: &[&PlannedStem]) {
        let told = self.around.told.as_ref().filter(|told| {
            self.engine == EngineKind::Bounce && told.session == self.session.info.path
        });
        let Some(told) = told else { return };
        let source = &self.output.mix_source;
        let mut found: Vec<Finding> =
            inspected::findings(told, files.iter().copied(), source, self.range);
        found.retain(|new| {
            let is_said = |old: &Finding| old.code == new.code && old.track == new.track;
            new.track.is_none() || !self.findings.iter().any(is_said)
        });
        self.findings.extend(found);
    }

    fn finish(mut self, wish: &Wish, source: &Source) -> Result<Plan> {
        self.findings.extend(wish.findings.iter().cloned());
        let choice = self.choose(wish)?;
        let coverage = self.cover(&choice, wish.strict);
        let Choice {
            stems,
            ignored,
            returns,
        } = choice;
        let chosen = self.only(stems);
        let mix_tracks: Vec<usize> = match source {
            Source::Export(_) => chosen.iter().flat_map(|stem| stem.tracks.clone()).collect(),
            _ => {
                let heard = |index: &usize| ignored.binary_search(index).is_err();
                self.roster.sounding().filter(heard).collect()
            }
        };
        let mut stems: Vec<PlannedStem> = chosen
            .iter()
            .map(|stem| self.file(stem.spec, &stem.tracks))
            .collect();
        let mut mix = self.mix(&mix_tracks);
        self.check_tracks(&stems, &chosen, &mix_tracks, &returns);
        self.judge(&stems.iter().chain(&mix).collect::<Vec<_>>());
        title::name_files(&mut self, &chosen, &mut stems, mix.as_mut());
        let mut plan = self.plan(wish, stems, mix, coverage);
        plan.mix_tracks = self.planned_tracks(&mix_tracks);
        plan.returns = self.planned_tracks(&returns);
        plan.unrendered = self.unrendered(&mix_tracks, &ignored);
        self.weigh(&mut plan);
        plan.findings = self.findings;
        plan.findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.level));
        Ok(plan)
    }

    fn plan(
        &self,
        wish: &Wish,
        stems: Vec<PlannedStem>,
        mix: Option<PlannedStem>,
        coverage: Coverage,
    ) -> Plan {
        let info = &self.session.info;
        Plan {
            kind: self.around.kind,
            session: info.name.clone(),
            session_path: info.path.clone(),
            folder: self.sound.source(self.engine),
            sample_rate: info.sample_rate,
            ruler: info.ruler,
            range: self.range,
            engine: self.engine,
            output: self.output.clone(),
            stems,
            mix_tracks: Vec::new(),
            mix,
            coverage,
            findings: Vec::new(),
            bytes: 0,
            scratch_bytes: 0,
            seconds: self.range.len() as f64 / f64::from(info.sample_rate),
            recipe_hash: wish.hash.clone(),
            returns: Vec::new(),
            unrendered: None,
        }
    }

    fn weigh(&mut self, plan: &mut Plan) {
        let sum = forecast(plan.files(), plan.frames());
        plan.bytes = sum.bytes;
        plan.scratch_bytes = sum.scratch_bytes;
        self.findings.extend(sum.finding(self.around.free_bytes));
    }
}

/// Kinds of tracks that hear others through sends.
pub(super) fn can_return(kind: TrackKind) -> bool {
    matches!(kind, TrackKind::Aux | TrackKind::Instrument)
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

/// Makes the plan; see [`super::make`].
pub(super) fn make(
    session: &Session,
    source: &Source,
    overrides: &Overrides,
    around: &Surroundings,
) -> Result<Plan> {
    let wish = Wish::new(session, source, overrides)?;
    Draft::new(session, &wish, overrides, around)?.finish(&wish, source)
}

/// The stems whose names are the same.
pub(super) fn same_names(stems: &[StemSpec]) -> Vec<Finding> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut findings = Vec::new();
    for stem in stems {
        let count = seen.entry(stem.name.trim()).or_default();
        *count += 1;
        if *count == 2 {
            findings.push(
                Finding::new(
                    Level::Error,
                    "duplicate_stem",
                    format!("two stems are named '{}'", fit(&stem.name, 60)),
                )
                .stem(&stem.name)
                .fix("give each stem a name of its own"),
            );
        }
    }
    findings
}
