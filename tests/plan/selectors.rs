//! Which tracks a stem takes, and what is wrong with a selector.

use super::*;

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
            "tracks = [\"Kick\"]\nway = \"track\"",
            "way_not_rendered",
            Level::Warning,
            "'track'",
            "bounce",
        ),
        (
            "tracks = [\"Kick\"]\nsource = \"bus:DX\"",
            "way_not_rendered",
            Level::Warning,
            "'bus:DX'",
            "bounce",
        ),
        (
            "tracks = [\"Kick\"]\n[[version]]\nname = \"I\"\nformula = \"mix - S\"",
            "bad_version",
            Level::Error,
            "'I'",
            "mix = true",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\npan_law = -3.01",
            "bad_pan_law",
            Level::Error,
            "-3.01",
            "-4.5",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\npreset = \"nf\"",
            "unknown_preset",
            Level::Error,
            "'nf'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nrate = 44100",
            "converted",
            Level::Note,
            "44100 Hz",
            "session",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nrate = 44000",
            "bad_rate",
            Level::Error,
            "44000 Hz",
            "44100, 48000",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nrate = \"fast\"",
            "bad_rate",
            Level::Error,
            "'fast'",
            "",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nformat = \"flac\"\nbits = 32",
            "bits_in_format",
            Level::Error,
            "FLAC",
            "wav",
        ),
        (
            "tracks = [\"Kick\"]\n[output]\nformat = \"aiff\"\nbits = 32",
            "bits_in_format",
            Level::Error,
            "32-bit float",
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
fn pan_laws_go_by_number_or_word() {
    let stem =
        "[[stem]]\nname = \"S\"\ntracks = [\"Kick\"]\n[ignore]\ntracks = [\"*\"]\n[output]\n";
    for (text, law) in [
        ("", PanLaw::SessionFolder),
        ("pan_law = \"session-folder\"", PanLaw::SessionFolder),
        ("pan_law = -2.5", PanLaw::Depth2_5),
        ("pan_law = -3", PanLaw::Depth3),
        ("pan_law = \"-4.5\"", PanLaw::Depth4_5),
        ("pan_law = \"-6.0 dB\"", PanLaw::Depth6),
    ] {
        for engine in [EngineKind::Render, EngineKind::Bounce] {
            let overrides = Overrides {
                engine: Some(engine),
                ..Overrides::default()
            };
            let recipe = recipe(&format!("{stem}{text}"));
            let plan = plan::make(&session(band()), &recipe, &overrides, &around()).unwrap();
            assert_eq!(plan.output.pan_law, law, "{text}");
            let codes: Vec<_> = plan.findings.iter().map(|f| f.code.as_str()).collect();
            assert!(!codes.contains(&"bad_pan_law"), "{text}");
            let is_noted = engine == EngineKind::Bounce && law != PanLaw::SessionFolder;
            assert_eq!(codes.contains(&"pan_law_of_bounce"), is_noted, "{text}");
        }
    }
}
