//! File names: patterns, limits, files that are there.

use super::*;

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
fn each_channel_of_a_split_stem_has_a_name() {
    const STEMS: &str = "[[stem]]\nname = \"A\"\ntracks = [\"Kick\"]\n[[stem]]\nname = \"B\"\ntracks = [\"Bass\"]\n";
    let make = |output: &str, stems: &str, on_existing, existing: &[&str]| {
        let text = format!(
            "[output]\nfile = \"{{stem}}\"\n{output}\n{stems}[ignore]\ntracks = [\"Click\", \"Snare\", \"O*\", \"Verb\", \"Synth\"]\n"
        );
        let overrides = Overrides {
            on_existing,
            ..Overrides::default()
        };
        let around = Surroundings {
            existing: existing.iter().map(|name| (*name).to_owned()).collect(),
            ..around()
        };
        plan::make(&session(band()), &recipe(&text), &overrides, &around).unwrap()
    };
    let written = |plan: &Plan| plan.written().cloned().collect::<Vec<_>>();
    let plain = make("", STEMS, None, &[]);
    assert_eq!(written(&plain), ["A.wav", "B.wav"]);
    let split = make("split = true\nmix = true", STEMS, None, &[]);
    assert_eq!(
        written(&split),
        [
            "A.L.wav",
            "A.R.wav",
            "B.L.wav",
            "B.R.wav",
            "mix.L.wav",
            "mix.R.wav"
        ]
    );
    assert_eq!(errors(&split), [""; 0]);
    let report = plan::report(&split);
    assert_eq!(report["stems"][1]["file"], "B.L.wav");
    assert_eq!(
        report["stems"][1]["files"],
        serde_json::json!(["B.L.wav", "B.R.wav"])
    );
    assert_eq!(report["stems"][1]["channels"], 2);
    // Each file has headers of its own.
    assert_eq!(
        make("split = true", STEMS, None, &[]).bytes,
        plain.bytes + 2 * 1024
    );
    // A stem's own word, and mono.
    let one = STEMS.replace("\"B\"\n", "\"B\"\nsplit = false\n");
    assert_eq!(
        written(&make("split = true", &one, None, &[])),
        ["A.L.wav", "A.R.wav", "B.wav"]
    );
    let mono = make(
        "split = true\nchannels = \"mono\"\nformat = \"aiff\"",
        STEMS,
        None,
        &[],
    );
    assert_eq!(written(&mono), ["A.aif", "B.aif"]);
    // Names that are taken, by each other and by what is there.
    let same = STEMS.replace("\"B\"\n", "\"a.R\"\nsplit = false\n");
    let same = make("split = true", &same, None, &[]);
    assert_eq!(errors(&same), ["name_collision"]);
    assert_eq!(
        finding(&same, "name_collision").file.as_deref(),
        Some("a.R.wav")
    );
    let there = make("split = true", STEMS, None, &["b.r.WAV", "A.wav"]);
    assert_eq!(errors(&there), ["file_exists"]);
    assert_eq!(
        finding(&there, "file_exists").file.as_deref(),
        Some("B.R.wav")
    );
    let next = make(
        "split = true",
        STEMS,
        Some(OnExisting::Version),
        &["B.R.wav"],
    );
    assert_eq!(
        written(&next),
        ["A_v2.L.wav", "A_v2.R.wav", "B_v2.L.wav", "B_v2.R.wav"]
    );
    // Long names are cut alike.
    let long = STEMS.replace("\"B\"\n", &format!("\"{}\"\n", "ü".repeat(300)));
    let long = written(&make("split = true", &long, None, &[]));
    assert!(long.iter().all(|name| name.len() + ".part".len() <= 255));
    assert_eq!(long[2].replace(".L.wav", ".R.wav"), long[3]);
    // What Pro Tools makes itself stays whole.
    let bounced = Overrides {
        engine: Some(EngineKind::Bounce),
        split: Some(true),
        ..Overrides::default()
    };
    let live = Surroundings {
        simulated: false,
        ..around()
    };
    let text = format!(
        "[output]\nformat = \"mp3\"\n{STEMS}[ignore]\ntracks = [\"Click\", \"Snare\", \"O*\", \"Verb\", \"Synth\"]\n"
    );
    let plan = plan::make(&session(band()), &recipe(&text), &bounced, &live).unwrap();
    assert_eq!(errors(&plan), ["split_in_format"]);
}

#[test]
fn audio_of_the_session_is_not_replaced() {
    let make = |on_existing| {
        let overrides = Overrides {
            on_existing: Some(on_existing),
            ..Overrides::default()
        };
        let names = ["song_DRUMS.wav", "song_Rest.wav"].map(str::to_owned);
        let around = Surroundings {
            own_audio: vec![names[0].clone()],
            existing: names.to_vec(),
            ..around()
        };
        plan::make(&session(band()), &recipe(WHOLE), &overrides, &around).unwrap()
    };
    let plan = make(OnExisting::Replace);
    assert_eq!(errors(&plan), ["session_audio"]);
    let said = finding(&plan, "session_audio");
    assert!(
        said.text.contains("is audio of the session"),
        "{}",
        said.text
    );
    assert_eq!(
        finding(&plan, "replaces").level,
        Level::Note,
        "the other file"
    );
    assert_eq!(errors(&make(OnExisting::Version)), [""; 0]);
}
