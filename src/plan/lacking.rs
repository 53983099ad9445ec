//! What a print will not have: clips whose audio is not certain, controls that nobody told, sends and
//! plug-ins that the render engine does not mix. Each with its track, before the job starts.

use std::collections::{HashMap, HashSet};

use crate::model::session::{Gap, SessionFolder};
use crate::model::stem::EngineKind;
use crate::model::text::fit;
use crate::model::{Finding, Level, Range, Track, TrackKind};

/// Findings of one code that are spelled out.
const MOST_OF_A_KIND: usize = 50;

/// Whether two stretches have a sample in common.
pub fn touch(a: Range, b: Range) -> bool {
    a.start < b.end && b.start < a.end
}

/// What a print of these audible tracks will lack, in the order of the session. A live Pro Tools
/// that prints itself lacks nothing; a simulator has no more than its clips. `shaping` are the
/// tracks that the sound of those may pass: see [`super::select::Roster::shaping`].
pub fn findings(
    folder: &SessionFolder,
    audible: &HashSet<&str>,
    shaping: &[&Track],
    range: Range,
    engine: EngineKind,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if engine == EngineKind::Render || !folder.is_live {
        let concerns = |gap: &&Gap| {
            let track = gap.finding.track.as_deref();
            track.is_none_or(|track| audible.contains(track))
                && gap.range.is_none_or(|gap| touch(gap, range))
        };
        let gaps = folder.gaps.iter().filter(concerns);
        findings.extend(gaps.map(|gap| gap.finding.clone()));
    }
    if engine == EngineKind::Render {
        findings.extend(routing(folder, audible, shaping));
    }
    capped(findings)
}

/// Sends, outputs, VCAs and the like of a session whose wiring is known.
fn routing(folder: &SessionFolder, audible: &HashSet<&str>, shaping: &[&Track]) -> Vec<Finding> {
    let strips = folder.routing.strips.iter();
    let vcas: HashSet<&str> = strips
        .filter(|strip| audible.contains(&*strip.track))
        .flat_map(|strip| strip.vcas.iter().map(String::as_str))
        .collect();
    let shapes = |track: &&&Track| track.kind != TrackKind::Vca || vcas.contains(&*track.name);
    let shaping: HashSet<&str> = shaping.iter().filter(shapes).map(|t| &*t.name).collect();
    let beyond = folder.routing.beyond_render().into_iter();
    beyond
        .filter(|(track, _)| audible.contains(track) || shaping.contains(track))
        .map(|(track, words)| {
            let text = format!(
                "track '{}': not in this render: {}",
                fit(track, 60),
                fit(&words.join(", "), 300)
            );
            Finding::new(Level::Warning, "routing_not_rendered", text)
                .track(track)
                .fix("print with --engine bounce")
        })
        .collect()
}

/// Of each code and level the first ones, and how many more there are.
fn capped(all: Vec<Finding>) -> Vec<Finding> {
    let mut counts: HashMap<(String, Level), usize> = HashMap::new();
    let mut order = Vec::new();
    let mut findings = Vec::new();
    for finding in all {
        let key = (finding.code.clone(), finding.level);
        let count = counts.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            0
        });
        *count += 1;
        if *count <= MOST_OF_A_KIND {
            findings.push(finding);
        }
    }
    for key in order {
        let count = counts.get(&key).copied().unwrap_or(0);
        if let Some(more @ 1..) = count.checked_sub(MOST_OF_A_KIND) {
            let text = format!("and {more} more like these");
            findings.push(Finding::new(key.1, &key.0, text).fix("see the ones that are named"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::routing::{Routing, Send, StripRouting};

    fn gap(track: &str, code: &str, range: Option<(i64, i64)>) -> Gap {
        Gap {
            finding: Finding::new(Level::Error, code, format!("{code} of {track}")).track(track),
            range: range.map(|(start, end)| Range::new(start, end)),
        }
    }

    fn told(folder: &SessionFolder, engine: EngineKind) -> Vec<(String, Option<String>)> {
        let audible = HashSet::from(["A", "B"]);
        let range = Range::new(100, 200);
        let findings = findings(folder, &audible, &[], range, engine).into_iter();
        findings.map(|f| (f.code, f.track)).collect()
    }

    #[test]
    fn only_what_is_heard_in_the_range_is_told() {
        let mut folder = SessionFolder {
            gaps: vec![
                gap("A", "before", Some((0, 100))),
                gap("A", "inside", Some((0, 101))),
                gap("A", "behind", Some((200, 300))),
                gap("C", "unheard", None),
                gap("B", "throughout", None),
            ],
            ..SessionFolder::default()
        };
        let is = |code: &str, track: &str| (code.to_owned(), Some(track.to_owned()));
        let expected = [is("inside", "A"), is("throughout", "B")];
        assert_eq!(told(&folder, EngineKind::Render), expected);
        assert_eq!(
            told(&folder, EngineKind::Bounce),
            expected,
            "the simulator has no more"
        );
        folder.is_live = true;
        assert_eq!(told(&folder, EngineKind::Render), expected);
        assert_eq!(
            told(&folder, EngineKind::Bounce),
            [],
            "Pro Tools prints it all"
        );
    }

    #[test]
    fn sends_are_told_for_a_render() {
        let send = Send {
            bus: "Verb".to_owned(),
            level_db: 0.0,
            pre_fader: false,
            muted: false,
        };
        let strip = |track: &str, sends: Vec<Send>| StripRouting {
            track: track.to_owned(),
            sends,
            ..StripRouting::default()
        };
        let folder = SessionFolder {
            routing: Routing {
                strips: vec![
                    strip("A", vec![send.clone()]),
                    strip("B", Vec::new()),
                    strip("C", vec![send]),
                ],
                ..Routing::default()
            },
            ..SessionFolder::default()
        };
        let expected = [("routing_not_rendered".to_owned(), Some("A".to_owned()))];
        assert_eq!(told(&folder, EngineKind::Render), expected);
        assert_eq!(told(&folder, EngineKind::Bounce), []);
    }

    #[test]
    fn folders_and_vcas_are_told_where_they_shape_what_is_heard() {
        let strip = |track: &str, vca: &str| StripRouting {
            track: track.to_owned(),
            vcas: vec![vca.to_owned()],
            ..StripRouting::default()
        };
        let fader = |track: &str| (track.to_owned(), -3.0);
        let folder = SessionFolder {
            routing: Routing {
                strips: vec![strip("A", "Vox"), strip("C", "Other")],
                faders: vec![fader("DRUMS"), fader("Vox"), fader("Other"), fader("Off")],
                ..Routing::default()
            },
            ..SessionFolder::default()
        };
        let track = |name: &str, kind| Track {
            name: name.to_owned(),
            kind,
            ..Track::default()
        };
        let drums = track("DRUMS", TrackKind::RoutingFolder);
        let vcas = ["Vox", "Other"].map(|name| track(name, TrackKind::Vca));
        let shaping: Vec<&Track> = std::iter::once(&drums).chain(&vcas).collect();
        let audible = HashSet::from(["A", "B"]);
        let range = Range::new(0, 1);
        let found = findings(&folder, &audible, &shaping, range, EngineKind::Render);
        let told: Vec<&str> = found.iter().filter_map(|f| f.track.as_deref()).collect();
        assert_eq!(told, ["A", "DRUMS", "Vox"]);
    }

    #[test]
    fn a_flood_is_counted() {
        let folder = SessionFolder {
            gaps: (0..10_000)
                .map(|_| gap("A", "offset_unknown", None))
                .collect(),
            ..SessionFolder::default()
        };
        let audible = HashSet::from(["A"]);
        let all = findings(&folder, &audible, &[], Range::new(0, 1), EngineKind::Render);
        assert_eq!(all.len(), MOST_OF_A_KIND + 1);
        assert!(all.last().unwrap().text.contains("9950"));
    }
}
