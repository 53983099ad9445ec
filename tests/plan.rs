//! Plans: what a recipe and a session come to, and everything that is said about it. Sessions are
//! built in code; nothing is read or written.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;
use pt_stem::error::ErrorKind;
use pt_stem::model::clip::SourceFile;
use pt_stem::model::plan::PlanKind;
use pt_stem::model::session::SessionFolder;
use pt_stem::model::stem::{BitDepth, EngineKind, FileFormat, OnExisting, StemSpec};
use pt_stem::model::track::Inherited;
use pt_stem::model::*;
use pt_stem::plan::recipe::{Recipe, parse_stem_argument};
use pt_stem::plan::{self, Overrides, Source, Surroundings};

fn track(name: &str, kind: TrackKind) -> Track {
    Track {
        id: TrackId(format!("{{{name}}}")),
        name: name.to_owned(),
        kind,
        channels: if kind.is_sounding() { 2 } else { 0 },
        ..Track::default()
    }
}

fn audio(name: &str) -> Track {
    track(name, TrackKind::Audio)
}

fn inside(mut track: Track, folder: &str) -> Track {
    track.folder = Some(folder.to_owned());
    track
}

fn clip(start: i64, length: u64) -> Clip {
    Clip {
        file: 0,
        start,
        offset: 0,
        length,
        gain_db: 0.0,
        fade_in: 0,
        fade_in_shape: FadeShape::Linear,
        fade_out: 0,
        fade_out_shape: FadeShape::Linear,
        muted: false,
    }
}

/// A live session: what PTSL tells, no folder.
fn live(tracks: Vec<Track>) -> Session {
    Session {
        info: SessionInfo {
            name: "Song".to_owned(),
            path: "/Volumes/Audio/Song.ptx".to_owned(),
            origin_id: String::new(),
            instance_id: String::new(),
            sample_rate: 48_000,
            bit_depth: 24,
            ruler: Ruler {
                rate: TimecodeRate::Fps25,
                sample_rate: 48_000,
                start_frame: 25 * 3600,
            },
            max_length: Some(1 << 40),
            audio_format: "WAV".to_owned(),
            interleaved: true,
        },
        tracks,
        markers: Vec::new(),
        transport: Transport::default(),
        selection: None,
        folder: None,
    }
}

/// A session with a folder: two seconds, one clip a sounding track.
fn session(tracks: Vec<Track>) -> Session {
    let lanes = tracks
        .iter()
        .filter(|track| track.kind.is_sounding())
        .map(|track| Lane {
            track: track.name.clone(),
            channels: track.channels,
            clips: vec![clip(0, 96_000)],
            ..Lane::default()
        })
        .collect();
    let folder = SessionFolder {
        root: PathBuf::from("/sessions/song"),
        arrangement: Arc::new(Arrangement {
            sample_rate: 48_000,
            length: 96_000,
            files: vec![SourceFile {
                path: PathBuf::from("/sessions/song/audio/a.wav"),
                name: "audio/a.wav".to_owned(),
            }],
            lanes,
        }),
        ..SessionFolder::default()
    };
    Session {
        folder: Some(Arc::new(folder)),
        ..live(tracks)
    }
}

fn change(session: &mut Session, how: impl FnOnce(&mut SessionFolder)) {
    let mut folder = (**session.folder.as_ref().unwrap()).clone();
    how(&mut folder);
    session.folder = Some(Arc::new(folder));
}

fn lanes(folder: &mut SessionFolder) -> &mut Vec<Lane> {
    &mut Arc::make_mut(&mut folder.arrangement).lanes
}

/// The band that most tests use.
fn band() -> Vec<Track> {
    vec![
        track("DRUMS", TrackKind::Folder),
        inside(audio("Kick"), "DRUMS"),
        inside(audio("Snare"), "DRUMS"),
        inside(track("OVERHEADS", TrackKind::RoutingFolder), "DRUMS"),
        inside(audio("OH L"), "OVERHEADS"),
        inside(audio("OH R"), "OVERHEADS"),
        audio("Bass"),
        audio("Click"),
        track("Verb", TrackKind::Aux),
        track("Synth", TrackKind::Instrument),
        track("Keys MIDI", TrackKind::Midi),
        track("Master", TrackKind::Master),
    ]
}

fn around() -> Surroundings {
    Surroundings {
        simulated: true,
        free_bytes: Some(1 << 40),
        date: "2026-11-22".to_owned(),
        ..Surroundings::default()
    }
}

fn recipe(text: &str) -> Source {
    Source::Recipe(Box::new(Recipe::parse(text, "recipe.toml").unwrap()))
}

fn named(stems: &[&str]) -> Source {
    Source::Named(
        stems
            .iter()
            .map(|s| parse_stem_argument(s).unwrap())
            .collect(),
    )
}

fn make(session: &Session, source: &Source) -> Plan {
    plan::make(session, source, &Overrides::default(), &around()).unwrap()
}

fn made(text: &str) -> Plan {
    make(&session(band()), &recipe(text))
}

fn tracks(plan: &Plan, stem: usize) -> Vec<&str> {
    plan.stems[stem]
        .tracks
        .iter()
        .map(|t| t.name.as_str())
        .collect()
}

fn finding<'p>(plan: &'p Plan, code: &str) -> &'p Finding {
    let found = plan.findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("no '{code}' in {:#?}", plan.findings))
}

fn errors(plan: &Plan) -> Vec<&str> {
    let errors = plan.findings.iter().filter(|f| f.level == Level::Error);
    errors.map(|finding| finding.code.as_str()).collect()
}

const WHOLE: &str = r#"
[[stem]]
name = "Drums"
folder = "DRUMS"
[[stem]]
name = "Rest"
tracks = ["Bass", "Verb", "Synth"]
[ignore]
tracks = ["Click"]
"#;

#[test]
fn a_whole_recipe_has_no_errors() {
    let plan = made(WHOLE);
    assert_eq!(errors(&plan), [""; 0]);
    assert!(plan.coverage.is_exact());
    assert_eq!(plan.coverage.ignored, ["Click"]);
    assert_eq!(tracks(&plan, 0), ["Kick", "Snare", "OH L", "OH R"]);
    assert_eq!(plan.stems[0].file, "Song_Drums.wav");
    assert_eq!((plan.range, plan.seconds), (Range::new(0, 96_000), 2.0));
    assert_eq!((plan.engine, plan.scratch_bytes), (EngineKind::Render, 0));
    assert_eq!(plan.bytes, 2 * (96_000 * 6 + 1024));
    assert_eq!(plan.mix_tracks.len(), 7);
    assert_eq!(plan.stems[0].has_clips, Some(true));
    assert!(plan.recipe_hash.starts_with("blake3:"));
    assert_eq!(plan.output.dir, PathBuf::from("./output"));
}

#[test]
fn recipes_are_read_and_refused_with_their_place() {
    let all = Recipe::parse(
        "[output]\nbits = 32\nrate = 96000\nformat = \"flac\"\nchannels = \"as-tracks\"\ntempo = 120.5\n\
         [[stem]]\nname = \"A\"\ntracks = [\"x\"]\nbits = 16\nway = \"track\"\n[[version]]\nname = \"I\"\nformula = \"mix - A\"\n",
        "r.toml",
    )
    .unwrap();
    assert_eq!(all.output.bits, Some(BitDepth::Float32));
    assert_eq!(all.stems[0].bits, Some(BitDepth::Int16));

    for (text, place, hint) in [
        (
            "[output]\nbitz = 24\n",
            "'r.toml', line 2, column 1: 'bitz'",
            "did you mean 'bits'?",
        ),
        (
            "[[stem]]\nname = \"A\"\ntrakcs = []\n",
            "line 3, column 1: 'trakcs'",
            "did you mean 'tracks'?",
        ),
        (
            "[ignroe]\n",
            "line 1, column 2: 'ignroe'",
            "did you mean 'ignore'?",
        ),
        ("[output]\nqqqq = 1\n", "'qqqq'", "known are root, file"),
        (
            "[output]\nbits = 20\n",
            "line 2, column 8: bits must be 16, 24 or 32",
            "",
        ),
        ("[output]\nmix = maybe\n", "line 2, column 7", ""),
        ("[output\n", "line 1", ""),
        ("[[stem]]\ntracks = []\n", "missing field `name`", ""),
        ("a = \u{1b}[31m", "line 1", ""),
    ] {
        let error = Recipe::parse(text, "r.toml").unwrap_err();
        assert_eq!(error.kind, ErrorKind::Recipe);
        assert!(error.message.contains(place), "{text}: {}", error.message);
        assert!(!error.message.contains('\u{1b}'));
        assert!(
            error.hints.join(" ").contains(hint),
            "{text}: {:?}",
            error.hints
        );
    }
}

#[test]
fn stems_can_be_named_on_the_spot() {
    for (text, name, tracks) in [
        (
            "Drums=Kick,Snare,Hi-Hat",
            "Drums",
            vec!["Kick", "Snare", "Hi-Hat"],
        ),
        (" Gtr = Gtr * , Solo=1 ", "Gtr", vec!["Gtr *", "Solo=1"]),
        ("A={Kick,Snare} In", "A", vec!["{Kick,Snare} In"]),
        ("A=one\\, two,three", "A", vec!["one, two", "three"]),
        ("A={odd,b", "A", vec!["{odd", "b"]),
    ] {
        let stem = parse_stem_argument(text).unwrap();
        assert_eq!(
            (stem.name.as_str(), stem.tracks),
            (name, tracks.iter().map(|t| (*t).to_owned()).collect())
        );
    }
    for text in ["Drums", "=Kick", "Drums=", "Drums=,,", ""] {
        let error = parse_stem_argument(text).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage, "{text}");
    }
}

#[test]
fn selectors_add_up_and_except_takes_away() {
    let mut tracks = band();
    tracks[6].color = Some([0x3c, 0x7d, 0xd9]);
    for odd in ["Gtr [L]", "AC/DC *", "a\nb", "🎸 Solo", "Cafe\u{301}"] {
        tracks.push(audio(odd));
    }
    let session = session(tracks);
    for (selectors, wanted) in [
        (
            "tracks = [\"Kick\", \"OH *\"]",
            vec!["Kick", "OH L", "OH R"],
        ),
        (
            "tracks = [\"DRUMS\"]",
            vec!["Kick", "Snare", "OH L", "OH R"],
        ),
        ("folder = \"OVERHEADS\"", vec!["OH L", "OH R"]),
        ("regex = \"^(Bass|S)\"", vec!["Snare", "Bass", "Synth"]),
        ("color = \"#3C7DD9\"", vec!["Bass"]),
        (
            "folder = \"DRUMS\"\ncolor = \"3c7dd9\"\nexcept = [\"OVERHEADS\", \"S*\"]",
            vec!["Kick", "Bass"],
        ),
        (
            "tracks = [\"{Kick,Snare}\", \"Kick\"]",
            vec!["Kick", "Snare"],
        ),
        // To the letter: brackets and a slash are no pattern where such a track exists.
        ("tracks = [\"Gtr [L]\"]", vec!["Gtr [L]"]),
        ("tracks = [\"AC/DC *\"]", vec!["AC/DC *"]),
        ("tracks = [\"AC*\"]", vec!["AC/DC *"]),
        ("tracks = [\"a?b\", \"🎸*\"]", vec!["a\nb", "🎸 Solo"]),
        ("tracks = [\"Caf\\u00e9\"]", vec!["Cafe\u{301}"]),
        ("regex = \"é$\"", vec!["Cafe\u{301}"]),
        (
            "tracks = [\"*\"]\nexcept = [\"DRUMS\", \"[A-Z]?[a-z]*\", \"AC/DC *\", \"🎸 Solo\", \"a\\nb\"]",
            vec![],
        ),
    ] {
        let plan = make(
            &session,
            &recipe(&format!("[[stem]]\nname = \"S\"\n{selectors}\n")),
        );
        assert_eq!(tracks_of(&plan), wanted, "{selectors}");
    }
}

fn tracks_of(plan: &Plan) -> Vec<&str> {
    tracks(plan, 0)
}

#[test]
fn patterns_that_cannot_be_read_are_refused() {
    for (selector, wanted) in [
        ("regex = \"(\"", "stem 'S': regex '('"),
        ("regex = \"(a{900}){900}\"", "stem 'S': regex"),
        ("color = \"blue\"", "'blue' is not a colour"),
    ] {
        let source = recipe(&format!("[[stem]]\nname = \"S\"\n{selector}\n"));
        let error =
            plan::make(&session(band()), &source, &Overrides::default(), &around()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Recipe);
        assert!(error.message.contains(wanted), "{}", error.message);
    }
}

/// A recipe's stem (with its selectors), the finding it must give, and a word of the fix.
#[test]
fn what_is_wrong_with_a_stem_is_said() {
    for (stems, code, level, text, fix) in [
        (
            "tracks = [\"Kik\"]",
            "unknown_track",
            Level::Error,
            "'Kik'",
            "'Kick'",
        ),
        (
            "tracks = [\"Zzz\"]",
            "unknown_track",
            Level::Error,
            "'Zzz'",
            "track list",
        ),
        (
            "folder = \"DRUM\"",
            "unknown_folder",
            Level::Error,
            "'DRUM'",
            "'DRUMS'",
        ),
        (
            "folder = \"Bass\"",
            "unknown_folder",
            Level::Error,
            "'Bass'",
            "",
        ),
        (
            "tracks = [\"Tom *\", \"Kick\"]",
            "no_match",
            Level::Warning,
            "'Tom *'",
            "correct",
        ),
        (
            "tracks = [\"Kick\"]\nexcept = [\"Snar\"]",
            "no_match",
            Level::Warning,
            "'Snar'",
            "",
        ),
        (
            "tracks = [\"Master\", \"Kick\"]",
            "not_sounding",
            Level::Warning,
            "'Master' (master)",
            "",
        ),
        (
            "tracks = []",
            "empty_stem",
            Level::Error,
            "has no tracks",
            "",
        ),
        (
            "tracks = [\"Kick\"]\nexcept = [\"Kick\"]",
            "empty_stem",
            Level::Error,
            "has no tracks",
            "",
        ),
        (
            "tracks = [\"Clic?\"]",
            "empty_stem",
            Level::Error,
            "are ignored",
            "",
        ),
        (
            "tracks = [\"Click\"]",
            "ignored_in_stem",
            Level::Error,
            "'Click'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\ngain_db = nan",
            "bad_gain",
            Level::Error,
            "NaN",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[[stem]]\nname = \"S\"\ntracks = [\"Bass\"]",
            "duplicate_stem",
            Level::Error,
            "'S'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[[stem]]\nname = \" \"\ntracks = [\"Bass\"]",
            "unnamed_stem",
            Level::Error,
            "stem 2",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[[stem]]\nname = \"s\"\ntracks = [\"Bass\"]",
            "name_collision",
            Level::Error,
            "'Song_s.wav'",
            "{stem}",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"{stm}\"",
            "unknown_token",
            Level::Error,
            "{stm}",
            "{stem}",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"{title}\"",
            "unset_token",
            Level::Error,
            "{title}",
            "'title' in [output]",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"{tempo}\"",
            "unset_token",
            Level::Error,
            "{tempo}",
            "",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"{rev}\"",
            "unset_token",
            Level::Error,
            "{rev}",
            "",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"{type}\"",
            "unset_token",
            Level::Error,
            "{type}",
            "give the stem",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"{stem:02}\"",
            "bad_pattern",
            Level::Error,
            "'S' is no number",
            "",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"{n:x}\"",
            "bad_pattern",
            Level::Error,
            "digits",
            "",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"a/{stem}\"",
            "bad_pattern",
            Level::Error,
            "folder",
            "--out",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"{stem\"",
            "bad_pattern",
            Level::Error,
            "brace",
            "",
        ),
        (
            "tracks = [\"Kick\"]\nfile = \"\"",
            "bad_pattern",
            Level::Error,
            "empty",
            "",
        ),
        (
            "tracks = [\"Kick\"]\nformat = \"flac\"",
            "not_available",
            Level::Error,
            "flac",
            "wav",
        ),
        (
            "tracks = [\"Kick\"]\nway = \"track\"",
            "not_available",
            Level::Error,
            "'track'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\nsource = \"bus:DX\"",
            "not_available",
            Level::Error,
            "'source'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[[version]]\nname = \"I\"\nformula = \"mix - S\"",
            "not_available",
            Level::Error,
            "'I'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\npan_law = -3",
            "not_available",
            Level::Error,
            "-3",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\npreset = \"nf\"",
            "not_available",
            Level::Error,
            "'nf'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nrate = 44100",
            "not_available",
            Level::Error,
            "44100 Hz",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nrate = \"fast\"",
            "bad_rate",
            Level::Error,
            "'fast'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nformat = \"aiff\"",
            "not_available",
            Level::Error,
            "aif",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nrange = \"0..192000\"",
            "range_past_session",
            Level::Warning,
            "after",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nrange = \"-5..100\"",
            "range_before_session",
            Level::Error,
            "before",
            "",
        ),
    ] {
        let plan = made(&format!(
            "[[stem]]\nname = \"S\"\n{stems}\n[ignore]\ntracks = [\"Click\"]\n"
        ));
        let found = finding(&plan, code);
        assert_eq!(found.level, level, "{stems}");
        assert!(found.text.contains(text), "{stems}: {}", found.text);
        assert!(found.fix.contains(fix), "{stems}: {}", found.fix);
        assert!(!found.fix.is_empty(), "{stems}");
    }
}

#[test]
fn orphans_and_doubles_are_named() {
    let stems = "[[stem]]\nname = \"A\"\ntracks = [\"Kick\", \"Bass\", \"DRUMS\"]\n[[stem]]\nname = \"B\"\ntracks = [\"Bass\"]\n[ignore]\ntracks = [\"Clic?\"]\n";
    let plan = made(stems);
    assert_eq!(plan.coverage.orphans, ["Verb", "Synth"]);
    assert_eq!(plan.coverage.doubles[0].track, "Bass");
    assert_eq!(plan.coverage.doubles[0].stems, ["A", "B"]);
    assert_eq!(errors(&plan), ["orphan", "orphan", "double"]);
    assert_eq!(finding(&plan, "orphan").track.as_deref(), Some("Verb"));
    assert!(finding(&plan, "double").text.contains("'A', 'B'"));

    let allowed = Overrides {
        allow_orphans: true,
        ..Overrides::default()
    };
    let plan = plan::make(&session(band()), &recipe(stems), &allowed, &around()).unwrap();
    assert_eq!(
        errors(&plan),
        ["double"],
        "allowing orphans allows no doubles"
    );

    let plan = make(&session(band()), &named(&["A=Kick,Bass", "B=Bass"]));
    assert_eq!(errors(&plan), [""; 0], "named on the spot: warnings");
    assert_eq!(finding(&plan, "double").level, Level::Warning);
}

#[test]
fn silent_tracks_are_milder_orphans() {
    let mut tracks = band();
    tracks[6].muted = true;
    let plan = make(
        &session(tracks),
        &recipe("[[stem]]\nname = \"A\"\ntracks = [\"DRUMS\", \"Verb\", \"Synth\", \"Click\"]\n"),
    );
    assert_eq!(errors(&plan), [""; 0]);
    assert_eq!(finding(&plan, "orphan").level, Level::Warning);
    assert_eq!(plan.coverage.orphans, ["Bass"]);
}

#[test]
fn the_sessions_own_stems_are_a_recipe() {
    let mut session = session(band());
    let error =
        plan::make(&session, &Source::Session, &Overrides::default(), &around()).unwrap_err();
    assert!(
        error.message.contains("no stems of its own"),
        "{}",
        error.message
    );
    change(&mut session, |folder| {
        folder.stems = vec![StemSpec {
            name: "Drums".into(),
            folder: Some("DRUMS".into()),
            ..StemSpec::default()
        }];
        folder.ignore = vec!["Cl*".into()];
    });
    let plan = make(&session, &Source::Session);
    assert_eq!(plan.coverage.orphans, ["Bass", "Verb", "Synth"]);
    assert_eq!(errors(&plan), ["orphan"; 3]);
    // What the session ignores can still be asked for by its name.
    let plan = make(&session, &named(&["Click=Click"]));
    assert_eq!(tracks(&plan, 0), ["Click"]);
    let plan = make(&session, &named(&["All=*"]));
    assert!(!tracks(&plan, 0).contains(&"Click"));
}

#[test]
fn only_some_stems_are_printed_but_all_are_judged() {
    let only = |names: &[&str]| Overrides {
        only: names.iter().map(|n| (*n).to_owned()).collect(),
        ..Overrides::default()
    };
    let make =
        |only: &Overrides| plan::make(&session(band()), &recipe(WHOLE), only, &around()).unwrap();
    let plan = make(&only(&["Rest"]));
    assert_eq!(plan.stems.len(), 1);
    assert!(plan.coverage.is_exact());
    assert_eq!(errors(&plan), [""; 0]);
    let plan = make(&only(&["Drms"]));
    assert!(finding(&plan, "unknown_stem").fix.contains("'Drums'"));
}

#[test]
fn an_export_is_one_mix() {
    let export = |tracks: &[&str]| Source::Export(tracks.iter().map(|t| (*t).to_owned()).collect());
    let mut session = session(band());
    change(&mut session, |folder| folder.ignore = vec!["Click".into()]);
    let overrides = Overrides {
        file: Some("My {{mix}}".into()),
        mix: Some(true),
        ..Overrides::default()
    };
    let around = Surroundings {
        kind: PlanKind::Export,
        ..around()
    };
    let make =
        |tracks: &[&str]| plan::make(&session, &export(tracks), &overrides, &around).unwrap();
    let all = make(&[]);
    assert_eq!((all.stems.len(), all.stems[0].tracks.len()), (1, 7));
    assert_eq!(
        (all.stems[0].file.as_str(), all.stems[0].name.as_str()),
        ("My {mix}.wav", "My {mix}")
    );
    assert_eq!((errors(&all), all.mix.is_none()), (vec![], true));
    assert!(all.findings.iter().all(|f| f.code != "orphan"));
    let some = make(&["Kick", "Bass"]);
    assert_eq!(tracks(&some, 0), ["Kick", "Bass"]);
    assert_eq!(some.mix_tracks.len(), 2);
    assert_eq!(errors(&make(&["Kik"])), ["unknown_track", "empty_stem"]);
}

#[test]
fn names_follow_the_pattern() {
    let mut session = session(band());
    session.info.name = "AC/DC: \"Live\"?".to_owned();
    for (pattern, wanted) in [
        ("{session}_{stem}", "AC_DC_ _Live___D.wav"),
        ("{n:02} {stem}.wav", "01 D.wav"),
        ("{stem}_{rate}_{bits}_{ch}ch", "D_48000_24_2ch.wav"),
        (
            "{date} {tc} v{version:03}",
            "2026-11-22 01-00-00-00 v001.wav",
        ),
        ("{title} {rev} {tempo} {type}", "Ti R2 120.5 dx.wav"),
        ("CON", "CON_.wav"),
        ("nul.x", "nul_.x.wav"),
        (".. {stem} . ", "D.wav"),
        ("{{{stem}}}", "{D}.wav"),
        ("a:b*c?d\\u0000e|f<g>h", "a_b_c_d_e_f_g_h.wav"),
        ("Cafe\\u0301 {stem}", "Café D.wav"),
        ("x\\u202Ey", "x_y.wav"),
    ] {
        let text = format!(
            "[output]\nfile = \"{pattern}\"\ntitle = \"Ti\"\nrev = \"R2\"\ntempo = 120.5\n[[stem]]\nname = \"D\"\ntype = \"dx\"\ntracks = [\"*\"]\n"
        );
        let plan = make(&session, &recipe(&text));
        assert_eq!(plan.stems[0].file, wanted, "{pattern}");
        assert_eq!(errors(&plan), [""; 0], "{pattern}");
    }
}

#[test]
fn long_names_stay_two() {
    let long = "ü".repeat(300);
    let stems = [format!("{long}1=Kick"), format!("{long}2=Bass")];
    let plan = make(&session(band()), &named(&[&stems[0], &stems[1]]));
    assert_ne!(plan.stems[0].file, plan.stems[1].file);
    assert!(
        plan.files()
            .all(|stem| stem.file.len() + ".part".len() <= 255)
    );
    assert_eq!(finding(&plan, "name_shortened").level, Level::Note);
    assert_eq!(errors(&plan), [""; 0]);
}

#[test]
fn files_that_are_there_are_refused_replaced_or_versioned() {
    let make = |on_existing, pattern: Option<&str>| {
        let overrides = Overrides {
            on_existing,
            file: pattern.map(str::to_owned),
            ..Overrides::default()
        };
        let around = Surroundings {
            existing: [
                "song_DRUMS.wav",
                "Song_Rest.wav",
                "Song_Rest_v2.wav",
                "Rest 1.wav",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..around()
        };
        plan::make(&session(band()), &recipe(WHOLE), &overrides, &around).unwrap()
    };
    let files = |plan: &Plan| {
        plan.stems
            .iter()
            .map(|s| s.file.clone())
            .collect::<Vec<_>>()
    };
    let plan = make(None, None);
    assert_eq!(
        errors(&plan),
        ["file_exists"; 2],
        "also where only the case differs"
    );
    assert_eq!(
        finding(&plan, "file_exists").file.as_deref(),
        Some("Song_Drums.wav")
    );
    let plan = make(Some(OnExisting::Replace), None);
    assert_eq!(
        (errors(&plan), finding(&plan, "replaces").level),
        (vec![], Level::Note)
    );
    let plan = make(Some(OnExisting::Version), None);
    assert_eq!(
        files(&plan),
        ["Song_Drums_v3.wav", "Song_Rest_v3.wav"],
        "a set stays together"
    );
    assert_eq!(errors(&plan), [""; 0]);
    let plan = make(Some(OnExisting::Version), Some("{stem} {version}"));
    assert_eq!(files(&plan), ["Drums 2.wav", "Rest 2.wav"]);
}

#[test]
fn range_words() {
    let mut session = session(band());
    session.selection = Some(Range::new(100, 200));
    session.markers = [
        (1, "Verse", 1000, None),
        (2, "A..B", 2000, None),
        (7, "Solo", 3000, Some(4000)),
    ]
    .map(|(number, name, start, end)| Marker {
        number,
        name: name.into(),
        start,
        end,
        comments: String::new(),
        track: None,
    })
    .to_vec();
    let plan = |session: &Session, range: &str, tail: &str| {
        let text = format!("[output]\nrange = \"{range}\"\ntail = \"{tail}\"\n{WHOLE}");
        plan::make(session, &recipe(&text), &Overrides::default(), &around())
    };
    for (range, tail, start, end) in [
        ("session", "0s", 0, 96_000),
        ("selection", "0s", 100, 200),
        ("0..48000", "2s", 0, 144_000),
        ("01:00:00:00..01:00:01:00", "500ms", 0, 72_000),
        ("01:00:00:12..48000", "480", 23_040, 48_480),
        ("marker:Verse..marker:A..B", "1.5s", 1000, 74_000),
        ("marker:A..B..marker:Solo", "0", 2000, 3000),
        ("marker:Solo", "0s", 3000, 4000),
        ("marker:7", "0s", 3000, 4000),
        ("marker:Verse..01:00:01:00", "0s", 1000, 48_000),
        (" 5 .. 6 ", "0s", 5, 6),
    ] {
        let plan = plan(&session, range, tail).unwrap();
        assert_eq!(plan.range, Range::new(start, end), "{range} {tail}");
    }
    for (range, tail, wanted) in [
        ("5..5", "0s", "is empty"),
        ("6..5", "1s", "is empty"),
        ("whenever", "0s", "is not a range"),
        ("01:00:00:00..", "0s", "is not a range"),
        ("01:00:00:25..01:01:00:00", "0s", "is not a time of day"),
        ("marker:Vers..marker:Solo", "0s", "no marker 'Vers'"),
        ("marker:Verse", "0s", "is a point"),
        ("session", "2h", "is not a tail"),
        ("session", "-1s", "is not a tail"),
        ("session", "1e300s", "is not a tail"),
        ("session", "0.5", "is not a tail"),
        ("session", "4000s", "is not a tail"),
    ] {
        let error = plan(&session, range, tail).unwrap_err();
        assert!(error.message.contains(wanted), "{range}: {}", error.message);
        assert!(!error.hints.is_empty());
    }
    session.selection = Some(Range::new(5, 5));
    assert!(
        plan(&session, "selection", "0s")
            .unwrap_err()
            .message
            .contains("nothing is selected")
    );
    assert!(
        plan(&live(band()), "session", "0s")
            .unwrap_err()
            .message
            .contains("how long")
    );
    change(&mut session, |folder| {
        Arc::make_mut(&mut folder.arrangement).length = 0
    });
    assert_eq!(
        plan(&session, "session", "0s").unwrap().range.end,
        96_000,
        "the last clip's end"
    );
    change(&mut session, |folder| lanes(folder).clear());
    assert!(
        plan(&session, "session", "0s")
            .unwrap_err()
            .message
            .contains("length of zero")
    );
}

#[test]
fn a_live_session_says_what_it_cannot_know() {
    let selected = |engine| {
        let overrides = Overrides {
            engine,
            range: Some("0..96000".into()),
            ..Overrides::default()
        };
        let around = Surroundings {
            simulated: false,
            ..around()
        };
        plan::make(&live(band()), &recipe(WHOLE), &overrides, &around).unwrap()
    };
    let plan = selected(None);
    assert_eq!(plan.engine, EngineKind::Bounce);
    assert_eq!(errors(&plan), [""; 0]);
    assert_eq!(finding(&plan, "unknown_to_us").level, Level::Note);
    assert_eq!(plan.stems[0].has_clips, None);
    assert_eq!(plan.scratch_bytes, 2 * (96_000 * 8 + 1024));
    let plan = selected(Some(EngineKind::Render));
    assert_eq!(errors(&plan), ["no_session_folder"]);
}

/// A change to the band, the engine, and the finding that must come of it.
#[test]
fn the_state_of_tracks_is_weighed() {
    type Change = fn(&mut Vec<Track>);
    let cases: [(Change, EngineKind, &str, Level, &str); 10] = [
        (
            |t| t[1].record_enabled = true,
            EngineKind::Render,
            "record_armed",
            Level::Error,
            "'Kick'",
        ),
        (
            |t| t[1].input_monitoring = true,
            EngineKind::Bounce,
            "input_monitoring",
            Level::Error,
            "'Kick'",
        ),
        (
            |t| t[1].muted = true,
            EngineKind::Render,
            "silent_tracks",
            Level::Note,
            "'Kick'",
        ),
        (
            |t| t[3].muted = true,
            EngineKind::Render,
            "silent_tracks",
            Level::Note,
            "'OH L', 'OH R'",
        ),
        (
            |t| {
                t[0].inactive = Inherited {
                    explicit: true,
                    implicit: false,
                }
            },
            EngineKind::Render,
            "silent_stem",
            Level::Warning,
            "'Drums'",
        ),
        (
            |t| t[6].solo_safe = true,
            EngineKind::Bounce,
            "solo_safe_audio",
            Level::Note,
            "'Bass'",
        ),
        (
            |_| {},
            EngineKind::Bounce,
            "returns_not_safe",
            Level::Note,
            "'Verb'",
        ),
        (
            |t| t[2].name = "Kick".into(),
            EngineKind::Bounce,
            "duplicate_track",
            Level::Error,
            "2 tracks are named 'Kick'",
        ),
        (
            |t| t[2].name = "Kick".into(),
            EngineKind::Render,
            "duplicate_track",
            Level::Error,
            "'Kick'",
        ),
        (
            |t| t[11].name = "Keys MIDI".into(),
            EngineKind::Bounce,
            "duplicate_track",
            Level::Error,
            "'Keys MIDI'",
        ),
    ];
    for (how, engine, code, level, text) in cases {
        let mut tracks = band();
        how(&mut tracks);
        let overrides = Overrides {
            engine: Some(engine),
            ..Overrides::default()
        };
        let plan = plan::make(&session(tracks), &recipe(WHOLE), &overrides, &around()).unwrap();
        let found = finding(&plan, code);
        assert_eq!(found.level, level, "{code}");
        assert!(found.text.contains(text), "{code}: {}", found.text);
        assert!(!found.fix.is_empty(), "{code}");
    }
    // A name that no printed track bears does not matter to a render.
    let mut tracks = band();
    tracks[11].name = "Keys MIDI".into();
    assert_eq!(errors(&make(&session(tracks), &recipe(WHOLE))), [""; 0]);
}

#[test]
fn clips_and_files_in_the_range_decide() {
    let mut session = session(band());
    change(&mut session, |folder| {
        for lane in lanes(folder) {
            lane.clips = match lane.track.as_str() {
                "Bass" => vec![clip(50_000, 10)],
                "Kick" => vec![clip(0, 10)],
                _ => Vec::new(),
            };
        }
        folder.audio_findings = vec![
            Finding::new(Level::Error, "missing_audio", "Kick's file")
                .track("Kick")
                .file("audio/a.wav"),
        ];
    });
    let make = |range: &str| {
        let overrides = Overrides {
            range: Some(range.into()),
            ..Overrides::default()
        };
        plan::make(&session, &recipe(WHOLE), &overrides, &around()).unwrap()
    };
    let early = make("0..1000");
    assert_eq!(
        early.stems.iter().map(|s| s.has_clips).collect::<Vec<_>>(),
        [Some(true), Some(false)]
    );
    assert_eq!(errors(&early), ["missing_audio"]);
    assert_eq!(finding(&early, "no_clips").stem.as_deref(), Some("Rest"));
    let late = make("50009..50100");
    assert_eq!(
        late.stems.iter().map(|s| s.has_clips).collect::<Vec<_>>(),
        [Some(false), Some(true)]
    );
    assert_eq!(
        errors(&late),
        [""; 0],
        "the missing file is not heard there"
    );
}

#[test]
fn mono_where_all_tracks_are_mono_and_centred() {
    let count = |pan: Option<f64>, points: usize, channels: u16| {
        let mut session = session(vec![audio("A"), audio("B")]);
        change(&mut session, |folder| {
            for lane in lanes(folder) {
                lane.channels = 1;
            }
            let lane = &mut lanes(folder)[1];
            (lane.pan, lane.channels) = (pan, channels);
            lane.pan_points = vec![Breakpoint { at: 0, value: 0.0 }; points];
        });
        make(&session, &recipe("[output]\nchannels = \"as-tracks\"\nmix = true\n[[stem]]\nname = \"S\"\ntracks = [\"*\"]\n")).stems[0].channel_count
    };
    assert_eq!(count(None, 0, 1), 1);
    assert_eq!(count(Some(0.0), 0, 1), 1);
    assert_eq!(count(Some(0.1), 0, 1), 2);
    assert_eq!(count(None, 1, 1), 2);
    assert_eq!(count(None, 0, 2), 2);
}

#[test]
fn options_win_over_the_recipe_and_stems_over_both() {
    let text = "[output]\nroot = \"/r\"\nbits = 24\nchannels = \"mono\"\nmix = true\nfile = \"{stem}\"\non_existing = \"replace\"\n[[stem]]\nname = \"A\"\ntracks = [\"*\"]\nbits = 16\n[[stem]]\nname = \"B\"\ntracks = [\"Kick\"]\n";
    let overrides = Overrides {
        dir: Some("/o".into()),
        bits: Some(BitDepth::Float32),
        format: Some(FileFormat::Wav),
        ..Overrides::default()
    };
    let plan = plan::make(&session(band()), &recipe(text), &overrides, &around()).unwrap();
    assert_eq!(plan.output.dir, PathBuf::from("/o"));
    assert_eq!(
        plan.files().map(|f| f.bits.bits()).collect::<Vec<_>>(),
        [16, 32, 32]
    );
    assert_eq!(
        plan.files().map(|f| f.channel_count).collect::<Vec<_>>(),
        [1, 1, 1]
    );
    assert_eq!(plan.mix.as_ref().unwrap().file, "mix.wav");
    assert_eq!(plan.bytes, 96_000 * (2 + 4 + 4) + 3 * 1024);
}

#[test]
fn a_plan_that_does_not_fit_is_refused() {
    let make = |free| {
        plan::make(
            &session(band()),
            &recipe(WHOLE),
            &Overrides::default(),
            &Surroundings {
                free_bytes: free,
                ..around()
            },
        )
        .unwrap()
    };
    let bytes = make(None).bytes;
    assert!(
        make(None)
            .findings
            .iter()
            .all(|f| f.code != "space" && f.code != "no_space")
    );
    assert_eq!(
        errors(&make(Some(bytes))),
        ["no_space"],
        "a tenth more than needed must be free"
    );
    assert_eq!(
        finding(&make(Some(bytes + bytes / 10)), "space").level,
        Level::Note
    );
}

#[test]
fn the_report_has_the_contracts_fields() {
    let report = plan::report(&made(WHOLE));
    assert_eq!(report["schema"], 1);
    assert_eq!(report["stems"][0]["name"], "Drums");
    assert_eq!(report["stems"][0]["file"], "Song_Drums.wav");
    assert_eq!(report["stems"][0]["tracks"][0], "Kick");
    assert_eq!(report["stems"][0]["engine"], "render");
    assert_eq!(report["stems"][0]["way"], "solo");
    assert_eq!(report["coverage"]["orphans"], serde_json::json!([]));
    assert_eq!(report["coverage"]["doubles"], serde_json::json!([]));
    assert!(report["findings"].is_array() && report["bytes"].is_u64());
    assert_eq!(report["seconds"], 2.0);
    assert_eq!(report["range"]["timecode"][1], "01:00:02:00");
}

#[test]
fn findings_come_worst_first_and_are_clean() {
    let mut tracks = band();
    tracks[6].name = "\u{1b}[2Jx\ny".into();
    tracks[6].record_enabled = true;
    let plan = make(
        &session(tracks),
        &recipe("[[stem]]\nname = \"A\\u001b[31m\"\ntracks = [\"*\", \"Tom\\u0007\"]\n"),
    );
    assert!(
        plan.findings
            .is_sorted_by_key(|finding| std::cmp::Reverse(finding.level))
    );
    for finding in &plan.findings {
        assert!(!finding.text.chars().any(char::is_control), "{finding:?}");
        assert!(!finding.fix.chars().any(char::is_control), "{finding:?}");
    }
}

#[test]
fn ten_thousand_tracks_in_forty_stems() {
    let tracks: Vec<Track> = (0..10_000)
        .map(|n| inside(audio(&format!("T{n:05}")), &format!("F{}", n % 40)))
        .chain((0..40).map(|n| track(&format!("F{n}"), TrackKind::Folder)))
        .collect();
    let stems: String = (0..40)
        .map(|n| {
            format!("[[stem]]\nname = \"S{n}\"\nfolder = \"F{n}\"\ntracks = [\"T000{n:02}\"]\n")
        })
        .collect();
    let session = session(tracks);
    let started = std::time::Instant::now();
    let plan = make(&session, &recipe(&stems));
    println!("10000 tracks in 40 stems: {:?}", started.elapsed());
    assert!(plan.coverage.is_exact());
    assert_eq!(
        plan.stems.iter().map(|s| s.tracks.len()).sum::<usize>(),
        10_000
    );
    let orphans = make(&session, &named(&["A=T00001"]));
    assert_eq!(orphans.coverage.orphans.len(), 9_999);
    assert!(orphans.findings.len() < 100, "a list for people");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Every sounding track is reported once: in one stem, orphan, double, or ignored.
    #[test]
    fn every_track_stands_somewhere_once(
        kinds in prop::collection::vec(0_u8..6, 1..20),
        picks in prop::collection::vec(prop::collection::vec(0_usize..20, 0..10), 1..6),
        ignore in prop::collection::vec(0_usize..20, 0..4),
    ) {
        let kind = |n: u8| [TrackKind::Audio, TrackKind::Aux, TrackKind::Instrument, TrackKind::Audio, TrackKind::Midi, TrackKind::Master][usize::from(n)];
        let list: Vec<Track> = kinds.iter().enumerate().map(|(i, n)| track(&format!("T{i}"), kind(*n))).collect();
        let stems: Vec<StemSpec> = picks.iter().enumerate().map(|(i, picks)| StemSpec {
            name: format!("S{i}"),
            // Globs, so that what is ignored is taken out and not fought over.
            tracks: picks.iter().map(|n| format!("[T]{n}")).collect(),
            ..StemSpec::default()
        }).collect();
        let mut session = session(list.clone());
        change(&mut session, |folder| {
            folder.ignore = ignore.iter().map(|n| format!("T{n}")).collect();
            folder.stems = stems;
        });
        let plan = make(&session, &Source::Session);
        let mut count: HashMap<&str, u32> = HashMap::new();
        for stem in &plan.stems {
            for track in &stem.tracks {
                *count.entry(&track.name).or_default() += 1;
            }
        }
        let c = &plan.coverage;
        for track in list.iter().filter(|t| t.kind.is_sounding()) {
            let orphan = c.orphans.contains(&track.name);
            let double = c.doubles.iter().find(|d| d.track == track.name);
            let ignored = c.ignored.contains(&track.name);
            let covered = count.get(track.name.as_str()).copied().unwrap_or(0);
            prop_assert_eq!(orphan, covered == 0 && !ignored);
            prop_assert_eq!(double.is_some(), covered > 1);
            prop_assert_eq!(double.map_or(covered, |d| d.stems.len() as u32), covered);
            prop_assert!(!ignored || covered == 0);
            prop_assert_eq!(plan.mix_tracks.iter().any(|t| t.name == track.name), !ignored);
        }
        let sounding = list.iter().filter(|t| t.kind.is_sounding()).count();
        let single = count.values().filter(|n| **n == 1).count();
        prop_assert_eq!(single + c.orphans.len() + c.doubles.len() + c.ignored.len(), sounding);
    }

    /// File names are legal everywhere, short enough, and no two are one (or that is an error).
    #[test]
    fn file_names_are_legal_and_unique(
        names in prop::collection::vec("(\\PC|[\\x00-\\x1f/\\\\:*?\"<>|. ]|con|COM1|é|e\u{301}){0,90}", 1..6),
        pattern in "(\\{stem\\}|\\{session\\}|\\{n:02\\}|[a-zA-Z. :*?]){1,6}",
        version in any::<bool>(),
    ) {
        let specs: Vec<StemSpec> = names.iter().map(|name| StemSpec { name: name.clone(), tracks: vec!["*".into()], ..StemSpec::default() }).collect();
        let overrides = Overrides {
            file: Some(pattern),
            on_existing: version.then_some(OnExisting::Version),
            ..Overrides::default()
        };
        let first = plan::make(&session(band()), &Source::Named(specs.clone()), &overrides, &around()).unwrap();
        let again = Surroundings { existing: first.stems.iter().map(|s| s.file.to_uppercase()).collect(), ..around() };
        let plan = plan::make(&session(band()), &Source::Named(specs), &overrides, &again).unwrap();
        let mut seen = HashSet::new();
        for stem in first.stems.iter().chain(&plan.stems) {
            let file = &stem.file;
            prop_assert!(file.len() + ".part".len() <= 255, "{file}");
            prop_assert!(!file.chars().any(|c| c.is_control() || "/\\:*?\"<>|".contains(c)), "{file:?}");
            let bare = file.strip_suffix(".wav").unwrap();
            prop_assert!(!bare.is_empty() && !bare.ends_with(['.', ' ']) && !bare.starts_with(['.', ' ']), "{file:?}");
            let device = bare.split('.').next().unwrap().trim_end().to_uppercase();
            prop_assert!(!["CON", "COM1", "NUL"].contains(&device.as_str()), "{file:?}");
        }
        for stem in &plan.stems {
            let there = again.existing.iter().any(|e| e.to_lowercase() == stem.file.to_lowercase());
            prop_assert!(!there || plan.findings.iter().any(|f| f.code == "file_exists" && f.file.as_ref() == Some(&stem.file)));
            if !seen.insert(stem.file.to_lowercase()) {
                prop_assert!(plan.findings.iter().any(|f| f.code == "name_collision"));
            }
        }
    }
}
