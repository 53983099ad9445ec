//! The steps of making a plan, one after the other: choose tracks, judge coverage, make files, check
//! them, name them, weigh them. Each takes what the one before found; none changes anything.

use super::draft::{Choice, Chosen, Draft};
use super::forecast::{forecast, too_large};
use super::select::Indices;
use super::wish::Wish;
use super::{Overrides, Source, Surroundings, inspected, layout, output, preflight, title, way};
use crate::error::Result;
use crate::model::plan::{About, Coverage, PlannedStem};
use crate::model::stem::EngineKind;
use crate::model::{Finding, Level, Marker, Plan, Session};

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

impl Draft<'_> {
    fn check_tracks(
        &mut self,
        stems: &[PlannedStem],
        chosen: &[Chosen<'_>],
        mix: &[usize],
        returns: &[usize],
    ) {
        let converts = self.output.rate != self.session.info.sample_rate;
        let of_format = stems.iter().zip(chosen).filter_map(|(stem, chosen)| {
            let is_split = !self.split(chosen.spec.split, stem).is_empty();
            way::of_format(stem, self.around, converts, is_split)
        });
        let of_format = way::once(of_format.collect(), stems.len());
        self.findings.extend(of_format);
        for (stem, chosen) in stems.iter().zip(chosen) {
            let found = way::findings(chosen.spec, stem, &chosen.tracks, &self.roster);
            self.findings.extend(found);
            let state = preflight::of_stem(stem, &chosen.tracks, &self.roster);
            self.findings.extend(state);
        }
        let printed: Indices = chosen
            .iter()
            .flat_map(|stem| &stem.tracks)
            .chain(mix)
            .copied()
            .collect();
        let heard = printed.iter().filter(|i| !self.roster.is_silent(*i));
        let heard: Indices = heard.collect();
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

    fn finish(mut self, wish: &Wish, source: &Source) -> Result<Plan> {
        self.findings.extend(wish.findings.iter().cloned());
        let choice = self.choose(wish)?;
        let coverage = self.cover(&choice, wish.strict);
        let Choice {
            stems,
            ignored,
            returns,
        } = choice;
        let chosen = self.only(stems, &wish.versions);
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
        let lists = chosen.iter().map(|stem| stem.tracks.as_slice());
        let files = stems
            .iter()
            .zip(lists)
            .chain(mix.iter().map(|mix| (mix, &*mix_tracks)));
        let layouts = self.layout_findings(files.clone());
        let widths = self.width_findings(files);
        self.findings.extend(layouts.into_iter().chain(widths));
        let mut versions = self.versions(&wish.versions, &stems, mix.as_ref());
        let others = mix.iter_mut().chain(&mut versions);
        title::name_files(&mut self, &chosen, &mut stems, others);
        let mut plan = self.plan(wish, stems, mix, coverage);
        plan.versions = versions;
        plan.mix_tracks = self.planned_tracks(&mix_tracks);
        plan.returns = self.planned_tracks(&returns);
        plan.unrendered = self.unrendered(&mix_tracks, &ignored);
        self.weigh(&mut plan);
        plan.findings = self.findings;
        plan.findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.level));
        Ok(plan)
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
            versions: Vec::new(),
            coverage,
            findings: Vec::new(),
            bytes: 0,
            scratch_bytes: 0,
            seconds: self.range.len() as f64 / f64::from(info.sample_rate),
            recipe_hash: wish.hash.clone(),
            returns: Vec::new(),
            unrendered: None,
            about: self.about(wish),
        }
    }

    fn about(&self, wish: &Wish) -> About {
        let info = &self.session.info;
        let inside =
            |marker: &&Marker| self.range.start <= marker.start && marker.start < self.range.end;
        let mut markers: Vec<Marker> = self
            .session
            .markers
            .iter()
            .filter(inside)
            .cloned()
            .collect();
        markers.sort_by_key(|marker| (marker.start, marker.number));
        About {
            origin_id: info.origin_id.clone(),
            instance_id: info.instance_id.clone(),
            markers,
            recipe: wish.text.to_string(),
        }
    }

    fn weigh(&mut self, plan: &mut Plan) {
        let sum = forecast(plan.files(), plan.frames(), plan.range.len());
        plan.bytes = sum.bytes;
        plan.scratch_bytes = sum.scratch_bytes;
        self.findings
            .extend(sum.finding(self.around.free_bytes, &plan.output.dir));
        self.findings.extend(too_large(plan.files(), plan.frames()));
        self.findings.extend(layout::without_room(plan.files()));
        self.findings
            .extend(output::undithered(&plan.output, plan.files()));
        if plan.frames() == 0 {
            let text = format!("the range has no frame at {} Hz", plan.output.rate);
            let fix = "print a longer range";
            self.findings
                .push(Finding::new(Level::Error, "empty_range", text).fix(fix));
        }
    }
}
