//! Ranges, track states, clips and options that decide about a plan.

use super::*;

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
        ..Marker::default()
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

/// The last timecode of a day is not the end of it.
#[test]
fn the_end_of_a_day_is_named_where_the_session_is_that_long() {
    const DAY: u64 = 24 * 3600 * 48_000;
    let plan = |start: &str, hours: u64, rate, range: &str| {
        let mut session = session(band());
        let ruler = &mut session.info.ruler;
        ruler.rate = rate;
        ruler.start_frame = Timecode::parse(start, rate).unwrap().frame;
        change(&mut session, |folder| {
            Arc::make_mut(&mut folder.arrangement).length = DAY / 24 * hours
        });
        let text = format!("[output]\nrange = \"{range}\"\n{WHOLE}");
        plan::make(&session, &recipe(&text), &Overrides::default(), &around())
    };
    let (fps25, day) = (TimecodeRate::Fps25, i64::try_from(DAY).unwrap());
    let last = Range::new(day - 480_000, day);
    for (start, hours, range, wanted) in [
        ("00:00:00:00", 24, "23:59:50:00..24:00:00:00", last),
        ("00:00:00:00", 24, "23:59:50:00-24:00:00:00", last),
        ("00:00:00:00", 24, "23:59:50:00..00:00:00:00", last),
        (
            "00:00:00:00",
            24,
            "00:00:00:00..24:00:00:00",
            Range::new(0, day),
        ),
        ("01:00:00:00", 24, "00:59:50:00..01:00:00:00", last),
        (
            "01:00:00:00",
            24,
            "01:00:00:00..01:00:00:00",
            Range::new(0, day),
        ),
        (
            "01:00:00:00",
            24,
            "23:59:50:00..24:00:00:00",
            Range::new(day / 24 * 23 - 480_000, day / 24 * 23),
        ),
        (
            "01:00:00:00",
            2,
            "00:59:50:00..01:00:00:00",
            Range::new(-480_000, 0),
        ),
    ] {
        let plan = plan(start, hours, fps25, range).unwrap();
        assert_eq!(plan.range, wanted, "{start} {hours} {range}");
    }
    let refused = |start, hours, range| plan(start, hours, fps25, range).unwrap_err().message;
    let short = refused("01:00:00:00", 23, "01:00:00:00..01:00:00:00");
    assert!(short.contains("is empty"), "{short}");
    let beyond = refused("00:00:00:00", 24, "0..24:00:00:01");
    assert!(beyond.contains("is not a time of day"), "{beyond}");
    // A day of drop frame is as long as its labels, not as 24 hours.
    let drop = TimecodeRate::Fps2997Drop;
    let frames = u128::from(drop.frames_per_day()) * 1001 * 48_000;
    let plan = plan("00:00:00:00", 25, drop, "0..24:00:00;00").unwrap();
    assert_eq!(plan.range.end as u128, (2 * frames + 30_000) / 60_000);
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
            Level::Warning,
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
fn what_feeds_a_bus_or_a_return_is_not_told_and_what_is_wired_is_not_rendered() {
    let mut session = session(vec![audio("A"), track("Verb", TrackKind::Aux)]);
    change(&mut session, |folder| lanes(folder)[1].clips.clear());
    let overrides = Overrides {
        engine: Some(EngineKind::Bounce),
        ..Overrides::default()
    };
    let text = "[[stem]]\nname = \"A\"\ntracks = [\"A\"]\n[[stem]]\nname = \"FX\"\ntracks = [\"Verb\"]\n[[stem]]\nname = \"DX\"\nsource = \"bus:DX\"\n";
    let make = |session: &Session| plan::make(session, &recipe(text), &overrides, &around());
    let plain = make(&session).unwrap();
    let clips: Vec<_> = plain.stems.iter().map(|stem| stem.has_clips).collect();
    assert_eq!(clips, [Some(true), None, None]);
    assert!(plain.findings.iter().all(|found| found.code != "no_clips"));
    assert_eq!(plain.unrendered, None);
    change(&mut session, |folder| {
        folder.routing.strips.push(StripRouting {
            track: "A".to_owned(),
            vcas: vec!["All".to_owned()],
            ..StripRouting::default()
        });
    });
    let wired = make(&session).unwrap();
    assert!(wired.unrendered.unwrap().contains("'A'"));
}

#[test]
fn audio_that_no_file_needs_stops_no_print() {
    let mut session = session(band());
    change(&mut session, |folder| {
        for lane in lanes(folder) {
            lane.clips = vec![clip(0, 10)];
        }
        folder.audio_findings =
            vec![Finding::new(Level::Error, "missing_audio", "Kick's file").track("Kick")];
    });
    let make = |track: &str, mix: bool| {
        let overrides = Overrides {
            mix: Some(mix),
            ..Overrides::default()
        };
        let stem = named(&[&format!("One={track}")]);
        plan::make(&session, &stem, &overrides, &around()).unwrap()
    };
    let other = make("Bass", false);
    assert_eq!(errors(&other), [""; 0]);
    assert_eq!(finding(&other, "missing_audio").level, Level::Warning);
    assert_eq!(errors(&make("Kick", false)), ["missing_audio"]);
    assert_eq!(
        errors(&make("Bass", true)),
        ["missing_audio"],
        "it is in the mix"
    );
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
fn sixteen_bits_without_dither_are_advised_against() {
    let says = |output: &str| {
        let plan = make(
            &session(band()),
            &recipe(&format!("[output]\n{output}\n{WHOLE}")),
        );
        plan.findings.iter().any(|found| found.code == "undithered")
    };
    assert!(says("bits = 16"));
    assert!(!says("bits = 16\ndither = \"tpdf\""));
    assert!(!says("bits = 24"));
    assert!(!says("bits = 32"));
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
