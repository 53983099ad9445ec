//! Channels of what leaves the mixer: which layout a stem's tracks go to, and what a print of another
//! layout would need that nobody tells. How a track is panned into more channels than two, or folded
//! into fewer, is Pro Tools' own: a bounce has it, a render refuses it.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::preflight::names;
use super::way::Route;
use crate::model::plan::PlannedStem;
use crate::model::session::SessionFolder;
use crate::model::stem::{ChannelMode, EngineKind, Way};
use crate::model::text::fit;
use crate::model::{Finding, Layout, Level, Track};

/// The layout of a mix source (`output:Main`, `bus:DX`), where the session tells it. What a live Pro
/// Tools tells of itself has none.
pub(super) fn of_source(folder: Option<&SessionFolder>, source: &str) -> Option<Layout> {
    let routing = &folder.filter(|folder| !folder.is_live)?.routing;
    let (_, name) = source.split_once(':')?;
    match routing.path(name) {
        Some(path) => Some(path.layout),
        None => (name == routing.main_output()).then_some(Layout::Stereo),
    }
}

/// The mix source of a session whose recipe names none.
pub(super) fn main_source(folder: Option<&SessionFolder>) -> Option<String> {
    let routing = &folder?.routing;
    let is_told = routing.paths.iter().any(|path| path.layout.is_wide());
    is_told.then(|| format!("output:{}", routing.main_output()))
}

/// What a track plays into, as far as a render has it: the main output, unless it names others only.
fn of_track(folder: &SessionFolder, track: &Track) -> Layout {
    let routing = &folder.routing;
    let main = routing.main_output();
    let strips = &routing.strips;
    let strip = strips.iter().find(|strip| strip.track_id == track.id);
    let outputs = strip.and_then(|strip| strip.output.as_deref());
    let goes_to_main = |outputs: &[String]| outputs.iter().any(|name| name == main);
    let own = outputs.filter(|outputs| !goes_to_main(outputs));
    let own = own.and_then(|outputs| routing.path(outputs.first()?));
    let path = own.or_else(|| routing.path(main));
    path.map_or(Layout::Stereo, |path| stereo_or_wider(path.layout))
}

fn stereo_or_wider(layout: Layout) -> Layout {
    match layout {
        Layout::Mono => Layout::Stereo,
        layout => layout,
    }
}

impl Draft<'_> {
    fn track(&self, index: usize) -> Option<&Track> {
        self.roster.tracks.get(index)
    }

    /// The layout of what prints a file of these tracks; `None` where nobody tells.
    fn natural(&self, tracks: &[usize], route: &Route) -> Option<Layout> {
        let folder = self.session.folder.as_deref();
        let source = |name: &str| of_source(folder, name).map(stereo_or_wider);
        match (self.engine, route.way) {
            (EngineKind::Bounce, Way::Track) => {
                let only = self.track(*tracks.first()?)?;
                only.layout().map(stereo_or_wider)
            }
            (EngineKind::Bounce, _) => {
                source(route.source.as_ref().unwrap_or(&self.output.mix_source))
            }
            (EngineKind::Render, _) => {
                let folder = folder?;
                let heard = tracks
                    .iter()
                    .filter(|index| !self.roster.is_silent(**index));
                let heard = heard.filter_map(|index| self.track(*index));
                let widest = heard
                    .map(|track| of_track(folder, track))
                    .max_by_key(|layout| layout.channels());
                widest.or_else(|| source(&self.output.mix_source))
            }
        }
    }

    /// What `asked` comes to for a file of these tracks: the mode and the channels.
    pub(super) fn channels_of(
        &self,
        asked: Option<ChannelMode>,
        tracks: &[usize],
        route: &Route,
    ) -> (ChannelMode, u16) {
        let natural = self
            .natural(tracks, route)
            .filter(|layout| layout.is_wide());
        match (asked, natural) {
            (None | Some(ChannelMode::AsTracks), Some(wide)) => {
                (ChannelMode::Wide(wide), wide.channels())
            }
            (asked, _) => {
                let mode = asked.unwrap_or_default();
                (mode, self.channel_count(mode, tracks, route))
            }
        }
    }

    /// What is to be said of the layouts of files.
    pub(super) fn layout_findings<'f>(
        &self,
        files: impl IntoIterator<Item = (&'f PlannedStem, &'f [usize])>,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        // By the layouts of track and file.
        let mut panned: BTreeMap<(u16, u16), Vec<&str>> = BTreeMap::new();
        for (file, tracks) in files {
            let route = Route {
                way: file.way,
                why: String::new(),
                source: file.source.clone(),
            };
            let natural = self.natural(tracks, &route);
            let is = stereo_or_wider(file.layout());
            if let Some(natural) = natural.filter(|natural| *natural != is) {
                findings.push(other_layout(file, natural));
                continue;
            }
            if self.engine == EngineKind::Bounce {
                continue;
            }
            let heard = tracks
                .iter()
                .filter(|index| !self.roster.is_silent(**index));
            for track in heard.filter_map(|index| self.track(*index)) {
                let Some(lane) = self.sound.lane(&track.name) else {
                    continue;
                };
                if lane.channels.max(2) != is.channels() {
                    let list = panned.entry((lane.channels, is.channels())).or_default();
                    if !list.contains(&track.name.as_str()) {
                        list.push(&track.name);
                    }
                }
            }
        }
        let panned = panned.into_iter();
        findings.extend(panned.map(|((from, to), tracks)| not_rendered(from, to, &tracks)));
        findings
    }
}

/// The recipe asks for other channels than there are.
fn other_layout(file: &PlannedStem, natural: Layout) -> Finding {
    let text = format!(
        "'{}' is to be {}, and what it is printed from is {natural}: nothing is folded or spread here",
        fit(&file.name, 60),
        file.channels.word()
    );
    let fix = match natural.is_wide() {
        true => "leave 'channels' out, or set mix_source to an output of that layout",
        false => "leave 'channels' out, or send its tracks to an output of that layout",
    };
    Finding::new(Level::Error, "other_layout", text)
        .stem(&file.name)
        .fix(fix)
}

/// Tracks that a render cannot place.
fn not_rendered(from: u16, to: u16, tracks: &[&str]) -> Finding {
    let name = |count| Layout::of(count).unwrap_or_default();
    let text = format!(
        "{} tracks that go to {}: how Pro Tools places them there is not told, and a render cannot: {}",
        name(from),
        name(to),
        names(tracks)
    );
    let finding = Finding::new(Level::Error, "pan_not_rendered", text).fix(
        "print with --engine bounce, send them to an output of their own layout, or leave them out with \
         [ignore]",
    );
    match tracks {
        [only] => finding.track(*only),
        _ => finding,
    }
}

/// Files whose format does not say where so many channels are heard.
pub(super) fn without_room<'f>(files: impl Iterator<Item = &'f PlannedStem>) -> Vec<Finding> {
    let told = files.filter_map(|file| {
        let why = file.format.no_room(file.file_channels())?;
        let (name, word) = (fit(&file.name, 60), file.format.word());
        let text = format!("'{name}' is {} and {word}, which {why}", file.layout());
        let finding = Finding::new(Level::Error, "format_layout", text).stem(&file.name);
        Some(finding.fix("set format = \"wav\", or split = true"))
    });
    told.collect()
}
