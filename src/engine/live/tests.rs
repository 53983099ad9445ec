//! Answers that real servers give: names that are not unique, offline files, clip groups, fades of
//! other shapes, no playlists at all.

use super::ask::{Told, TrackTold};
use super::assemble::Assembly;
use crate::import::text_export;
use crate::model::paths::PathMap;
use crate::model::session::ImportedSession;
use crate::model::{Breakpoint, FadeShape, Ruler, SessionInfo, TimecodeRate, Track, TrackKind};
use crate::ptsl::clips::{ClipKind, ListedClip, SessionFile};
use crate::ptsl::playlists::{
    Element, Fade, FadeCurve, FadeCurveShape, FadeKind, FadeSlope, Piece,
};

fn info() -> SessionInfo {
    SessionInfo {
        name: "Live".to_owned(),
        path: "/pt/Live.ptx".to_owned(),
        origin_id: String::new(),
        instance_id: String::new(),
        sample_rate: 48_000,
        bit_depth: 24,
        ruler: Ruler {
            rate: TimecodeRate::Fps25,
            sample_rate: 48_000,
            start_frame: 90_000,
        },
        max_length: None,
        audio_format: "WAV".to_owned(),
        interleaved: true,
    }
}

fn track(name: &str, channels: u16) -> Track {
    Track {
        name: name.to_owned(),
        channels,
        format: "5.1".to_owned(),
        ..Track::default()
    }
}

fn listed(id: &str, name: &str, file: &str, start: u64, end: u64) -> ListedClip {
    ListedClip {
        id: id.to_owned(),
        file_id: file.to_owned(),
        full_name: name.to_owned(),
        root_name: name
            .trim_end_matches(".L")
            .trim_end_matches(".R")
            .to_owned(),
        kind: ClipKind::Audio,
        start: Some(start),
        end: Some(end),
        ..ListedClip::default()
    }
}

fn file(id: &str, path: &str, is_online: bool) -> SessionFile {
    SessionFile {
        id: id.to_owned(),
        path: path.to_owned(),
        is_online,
    }
}

fn element(start: i64, end: i64, ids: &[&str]) -> Element {
    let piece = |id: &&str| Piece {
        clip: Some((*id).to_owned()),
        fade: None,
    };
    Element {
        start,
        end,
        channels: ids.iter().map(piece).collect(),
        ..Element::default()
    }
}

fn fade(start: i64, end: i64, kind: FadeKind, equal_power: bool, shape: FadeCurveShape) -> Element {
    let curve = Some(FadeCurve {
        shape,
        bias: 0,
        start_percent: 0.0,
        end_percent: 0.0,
    });
    let fade = Fade {
        kind,
        slope: match equal_power {
            true => FadeSlope::EqualPower,
            false => FadeSlope::EqualGain,
        },
        fade_in: curve,
        fade_out: curve,
    };
    Element {
        start,
        end,
        channels: vec![Piece {
            clip: None,
            fade: Some(fade),
        }],
        ..Element::default()
    }
}

/// Mono clips a (0..100 of file 1), stereo s (both channels of file 2), split p, group g, offline o,
/// elsewhere e.
fn told(elements: Vec<Element>) -> Told {
    let mut group = listed("g", "g", "1", 0, 100);
    group.kind = ClipKind::Group;
    Told {
        clips: vec![
            listed("a", "a", "1", 20, 120),
            listed("sl", "s.L", "2", 0, 50),
            listed("sr", "s.R", "2", 0, 50),
            listed("pl", "p.L", "1", 0, 50),
            listed("pr", "p.R", "2", 0, 50),
            group,
            listed("o", "o", "3", 0, 100),
            listed("e", "e", "4", 0, 100),
            listed("t1", "twin", "1", 0, 100),
            listed("t2", "twin", "1", 100, 200),
        ],
        files: vec![
            file("1", "/audio/one.wav", true),
            file("2", "/audio/two.wav", true),
            file("3", "/audio/three.wav", false),
            file("4", "Z:\\audio\\four.wav", true),
        ],
        tracks: vec![TrackTold {
            elements,
            ..TrackTold::default()
        }],
        has_playlists: true,
        text: None,
    }
}

fn assemble(tracks: &[Track], told: &Told) -> ImportedSession {
    Assembly::of(&info(), tracks, told, &PathMap::default()).into_session(&info())
}

fn errors(session: &ImportedSession) -> Vec<&str> {
    let errors = session.folder.gaps.iter().map(|gap| &gap.finding);
    errors
        .filter(|finding| finding.level == crate::model::Level::Error)
        .map(|finding| finding.code.as_str())
        .collect()
}

#[test]
fn elements_become_clips_or_say_why_not() {
    for (channels, element, clip, code) in [
        (1, element(1000, 1100, &["a"]), Some((1000, 20, 100)), None),
        (2, element(0, 50, &["sl", "sr"]), Some((0, 0, 50)), None),
        (1, element(1000, 1099, &["a"]), None, Some("offset_unknown")),
        (
            1,
            element(1000, 1100, &["nobody"]),
            None,
            Some("offset_unknown"),
        ),
        (2, element(0, 50, &["pl", "pr"]), None, Some("split_stereo")),
        (
            2,
            element(0, 50, &["sr", "sl"]),
            None,
            Some("uneven_channels"),
        ),
        (
            2,
            element(0, 50, &["sl", "sl"]),
            None,
            Some("uneven_channels"),
        ),
        (1, element(0, 100, &["g"]), None, Some("clip_group")),
        (1, element(0, 100, &["o"]), None, Some("missing_audio")),
        (1, element(0, 100, &["e"]), None, Some("missing_audio")),
        (6, element(0, 100, &["a"]), None, Some("too_many_channels")),
    ] {
        let shown = format!("{element:?}");
        let session = assemble(&[track("T", channels)], &told(vec![element]));
        let lane = &session.folder.arrangement.lanes[0];
        let clips: Vec<_> = lane
            .clips
            .iter()
            .map(|c| (c.start, c.offset, c.length))
            .collect();
        assert_eq!(clips, clip.into_iter().collect::<Vec<_>>(), "{shown}");
        assert_eq!(
            errors(&session),
            code.into_iter().collect::<Vec<_>>(),
            "{shown}"
        );
        assert!(session.folder.is_live);
    }
}

#[test]
fn files_of_two_sides_are_one_source() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let elements = vec![element(0, 50, &["pl", "pr"])];
    let mut told = told(elements);
    for (file, name) in told.files.iter_mut().zip(["P.L.wav", "P.R.wav"]) {
        file.path = at(name).display().to_string();
    }
    let codes = |told: &Told| {
        let session = assemble(&[track("T", 2)], told);
        let arrangement = &session.folder.arrangement;
        let clips = arrangement.lanes[0].clips.iter();
        let used: Vec<_> = clips.map(|c| &arrangement.files[c.file].path).collect();
        assert!(used.iter().all(|path| **path == at("P.wav")), "{used:?}");
        (used.len(), errors(&session).len())
    };
    assert_eq!(codes(&told), (0, 1), "they are not there");
    for name in ["P.L.wav", "P.R.wav"] {
        std::fs::write(at(name), "").unwrap();
    }
    assert_eq!(codes(&told), (1, 0));
    std::fs::write(at("P.wav"), "").unwrap();
    assert_eq!(codes(&told), (0, 1), "another file has the name of both");
}

#[test]
fn fades_lie_on_their_clips_and_odd_ones_are_told() {
    use FadeCurveShape::{SShaped, Standard};
    let session = assemble(
        &[track("T", 1)],
        &told(vec![
            element(0, 100, &["a"]),
            fade(0, 10, FadeKind::In, true, Standard),
            fade(80, 100, FadeKind::Cross, false, Standard),
            element(80, 180, &["a"]),
            fade(170, 180, FadeKind::Out, false, SShaped),
            fade(300, 310, FadeKind::In, true, Standard),
        ]),
    );
    let clips = &session.folder.arrangement.lanes[0].clips;
    let fades: Vec<_> = clips
        .iter()
        .map(|c| (c.fade_in, c.fade_in_shape, c.fade_out))
        .collect();
    let expected = [(10, FadeShape::EqualPower, 20), (20, FadeShape::Linear, 10)];
    assert_eq!(fades, expected);
    let odd = session
        .folder
        .gaps
        .iter()
        .find(|gap| gap.finding.code == "fade_unknown")
        .unwrap();
    assert!(odd.finding.text.contains("1 fades"), "{}", odd.finding.text);
    assert_eq!(clips[1].fade_out_shape.to_string(), "s_curve");
    let mut gaps = session.folder.gaps.iter();
    let own = gaps.find(|gap| gap.finding.code == "fade_formula").unwrap();
    assert!(own.finding.text.contains("1 fades"), "{}", own.finding.text);
}

#[test]
fn told_shapes_become_ours() {
    use FadeCurveShape::{Legacy, SShaped, Standard, Unknown};
    for (slope, shape, bias, start, expected, code) in [
        (FadeSlope::EqualGain, Standard, 0, 0.0, "linear", ""),
        (FadeSlope::Unlinked, Standard, 0, 0.0, "linear", ""),
        (FadeSlope::EqualPower, Standard, 0, 0.0, "equal_power", ""),
        (
            FadeSlope::EqualGain,
            SShaped,
            0,
            0.0,
            "s_curve",
            "fade_formula",
        ),
        (
            FadeSlope::EqualPower,
            SShaped,
            0,
            0.0,
            "s_curve_power",
            "fade_formula",
        ),
        (
            FadeSlope::Unlinked,
            Standard,
            35,
            0.0,
            "linear+35",
            "fade_formula",
        ),
        (
            FadeSlope::EqualPower,
            Standard,
            -100,
            0.0,
            "equal_power-100",
            "fade_formula",
        ),
        (
            FadeSlope::EqualGain,
            Standard,
            101,
            0.0,
            "linear",
            "fade_unknown",
        ),
        (
            FadeSlope::EqualGain,
            SShaped,
            i32::MIN,
            0.0,
            "s_curve",
            "fade_unknown",
        ),
        (
            FadeSlope::EqualGain,
            Standard,
            0,
            10.0,
            "linear",
            "fade_unknown",
        ),
        (
            FadeSlope::EqualPower,
            Legacy,
            0,
            0.0,
            "equal_power",
            "fade_unknown",
        ),
        (
            FadeSlope::EqualGain,
            Unknown,
            0,
            0.0,
            "linear",
            "fade_unknown",
        ),
        (
            FadeSlope::Unknown,
            Standard,
            0,
            0.0,
            "linear",
            "fade_unknown",
        ),
    ] {
        let mut faded = fade(90, 100, FadeKind::Out, false, shape);
        let told_fade = faded.channels[0].fade.as_mut().unwrap();
        told_fade.slope = slope;
        let curve = told_fade.fade_out.as_mut().unwrap();
        (curve.bias, curve.start_percent) = (bias, start);
        let session = assemble(
            &[track("T", 1)],
            &told(vec![element(0, 100, &["a"]), faded]),
        );
        let clip = &session.folder.arrangement.lanes[0].clips[0];
        let got = (clip.fade_out, clip.fade_out_shape.to_string());
        assert_eq!(got, (10, expected.to_owned()), "{slope:?} {shape:?} {bias}");
        let gaps = session
            .folder
            .gaps
            .iter()
            .map(|gap| gap.finding.code.as_str());
        let codes: Vec<_> = gaps.filter(|code| code.starts_with("fade_")).collect();
        let wanted: Vec<_> = Some(code)
            .into_iter()
            .filter(|code| !code.is_empty())
            .collect();
        assert_eq!(codes, wanted, "{slope:?} {shape:?} {bias}");
    }
}

#[test]
fn the_text_is_joined_with_the_clip_list_by_unique_names() {
    let rows = |name: &str, start: u32, end: u32| {
        format!("1\t1\t{name}\t{start}\t{end}\t{}\tUnmuted\n", end - start)
    };
    let block = |name: &str, plug_ins: &str, rows: String| {
        format!(
            "TRACK NAME:\t{name}\nCOMMENTS:\t\nUSER DELAY:\t0 Samples\nSTATE: \nPLUG-INS: \t{plug_ins}\n\
             CHANNEL \tEVENT   \tCLIP NAME\tSTART TIME\tEND TIME\tDURATION\tSTATE\n{rows}\n\n"
        )
    };
    let stereo = rows("s.L", 0, 50) + "\n\n2\t1\ts.R\t0\t50\t50\tUnmuted\n";
    let text = "T R A C K  L I S T I N G\n".to_owned()
        + &block(
            "Mono",
            "EQ3",
            rows("a", 48_000, 48_100) + &rows("twin", 0, 100),
        )
        + &block("Wide (Stereo)", "", stereo);
    let mut told = told(Vec::new());
    told.has_playlists = false;
    told.text = Some(text_export::parse(&text));
    let tracks = [track("Mono", 1), track("Wide", 2), track("Absent", 1)];
    let session = assemble(&tracks, &told);
    let lane = |name: &str| session.folder.arrangement.lane(name).unwrap();
    let clip = &lane("Mono").clips[0];
    assert_eq!((clip.start, clip.offset, clip.length), (48_000, 20, 100));
    assert_eq!(lane("Mono").clips.len(), 1, "two clips are called twin");
    assert_eq!(lane("Wide").clips.len(), 1);
    assert_eq!(errors(&session), ["offset_unknown", "offset_unknown"]);
    let codes: Vec<&str> = session
        .folder
        .gaps
        .iter()
        .map(|g| g.finding.code.as_str())
        .collect();
    assert!(codes.contains(&"plug_ins_not_rendered") && codes.contains(&"clips_from_text"));
    assert_eq!(session.folder.arrangement.length, 48_100);
}

#[test]
fn what_is_not_told_is_said_of_each_track() {
    let mut told = told(Vec::new());
    told.tracks[0].volume = vec![Breakpoint { at: 0, value: -6.0 }];
    let mut synth = track("Synth", 2);
    synth.kind = TrackKind::Instrument;
    let session = assemble(&[track("T", 1), synth], &told);
    let text = |code: &str| {
        let mut gaps = session.folder.gaps.iter();
        gaps.find(|gap| gap.finding.code == code)
            .unwrap()
            .finding
            .text
            .clone()
    };
    assert!(
        !text("not_in_render").contains("fader"),
        "{}",
        text("not_in_render")
    );
    assert!(text("not_in_render").contains("plug-ins") && text("not_in_render").contains("sends"));
    assert!(text("not_rendered").contains("'Synth' is an instrument"));
    assert_eq!(
        session.folder.arrangement.lanes[0].volume_points[0].value,
        -6.0
    );
}
