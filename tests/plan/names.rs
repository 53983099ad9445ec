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
