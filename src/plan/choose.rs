//! Which tracks of the session go where: into the stems, into none, into all as returns. And whether
//! every sounding track stands in exactly one stem.

use super::coverage::{self, Strictness};
use super::draft::{Choice, Chosen, Draft};
use super::recipe::VersionSpec;
use super::select::{Indices, Selection};
use super::wish::Wish;
use super::{complain, way};
use crate::error::{Error, ErrorKind, Result};
use crate::model::plan::Coverage;
use crate::model::text::nearest;
use crate::model::{Level, TrackKind};

impl Draft<'_> {
    /// Indices of the tracks that belong to no stem and not to the mix.
    fn ignored(&mut self, wish: &Wish, selections: &[Selection]) -> Vec<usize> {
        let (recipe, idle) = self.roster.matching(&wish.recipe_ignore);
        for name in idle {
            self.findings.push(complain::idle_ignore(name));
        }
        let (session, _) = self.roster.matching(&wish.session_ignore);
        let named: Indices = selections.iter().flat_map(|s| &s.named).copied().collect();
        for index in recipe.iter().filter(|index| named.contains(**index)) {
            if let Some(track) = self.roster.tracks.get(*index) {
                self.findings.push(complain::ignored_in_stem(&track.name));
            }
        }
        let mut ignored = recipe;
        // Who names a track to the letter wants it, whatever the session says.
        ignored.extend(session.into_iter().filter(|index| !named.contains(*index)));
        ignored.sort_unstable();
        ignored.dedup();
        ignored
    }

    /// Indices of the aux returns that sound in every stem.
    fn returns(&mut self, wish: &Wish, selections: &[Selection], ignored: &[usize]) -> Vec<usize> {
        let named: Indices = selections.iter().flat_map(|s| &s.named).copied().collect();
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
        for index in asked.iter().filter(|index| named.contains(**index)) {
            if let Some(track) = self.roster.tracks.get(*index) {
                self.findings.push(complain::return_in_stem(&track.name));
            }
        }
        let (session, _) = self.roster.matching(&wish.session_returns);
        let mut returns = asked;
        // As with `ignore`: who names a track to the letter wants it, whatever the session says.
        returns.extend(session.into_iter().filter(|index| !named.contains(*index)));
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
    pub(super) fn choose<'w>(&mut self, wish: &'w Wish) -> Result<Choice<'w>> {
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

    /// Judges the whole recipe, also where only some of its stems are printed.
    pub(super) fn cover(&mut self, choice: &Choice<'_>, strict: Option<Strictness>) -> Coverage {
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

    /// Only the stems that were asked for. Versions may be asked for as well.
    pub(super) fn only<'w>(
        &mut self,
        chosen: Vec<Chosen<'w>>,
        versions: &[VersionSpec],
    ) -> Vec<Chosen<'w>> {
        let stems = chosen.iter().map(|stem| stem.spec.name.as_str());
        let versions = versions.iter().map(|version| version.name.as_str());
        let known: Vec<&str> = stems.chain(versions).collect();
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
}

/// Kinds of tracks that hear others through sends.
pub(super) fn can_return(kind: TrackKind) -> bool {
    matches!(kind, TrackKind::Aux | TrackKind::Instrument)
}
