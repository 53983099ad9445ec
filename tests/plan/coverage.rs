//! Orphans, doubles, and what is ignored.

use super::*;

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
