//! How each stem of a bounce is printed and why, aux returns, and formats that Pro Tools makes.

use super::*;
use pt_stem::model::stem::Way;

fn bounced(text: &str, overrides: Overrides, simulated: bool) -> Plan {
    let overrides = Overrides {
        engine: Some(EngineKind::Bounce),
        ..overrides
    };
    let around = Surroundings {
        simulated,
        ..around()
    };
    plan::make(&session(band()), &recipe(text), &overrides, &around).unwrap()
}

fn way(word: Way) -> Overrides {
    Overrides {
        way: Some(word),
        ..Overrides::default()
    }
}

#[test]
fn a_stem_is_printed_as_asked_and_the_plan_says_why() {
    for (stem, overrides, wanted, source, why) in [
        ("tracks = [\"Bass\"]", None, Way::Solo, None, "soloed"),
        (
            "tracks = [\"Bass\"]\nway = \"track\"",
            None,
            Way::Track,
            None,
            "recipe",
        ),
        (
            "source = \"bus:DX\"",
            None,
            Way::Source,
            Some("bus:DX"),
            "'bus:DX'",
        ),
        (
            "tracks = [\"Bass\"]\nsource = \"bus:DX\"\nway = \"solo\"",
            None,
            Way::Solo,
            None,
            "recipe",
        ),
        (
            "tracks = [\"Bass\"]\nway = \"track\"",
            Some(Way::Solo),
            Way::Solo,
            None,
            "--way",
        ),
        (
            "tracks = [\"Bass\"]\nsource = \"bus:DX\"",
            Some(Way::Track),
            Way::Track,
            None,
            "--way",
        ),
    ] {
        let text = format!("[output]\nmix = true\n[[stem]]\nname = \"S\"\n{stem}\n");
        let overrides = Overrides {
            allow_orphans: true,
            ..overrides.map_or_else(Overrides::default, way)
        };
        let plan = bounced(&text, overrides, false);
        let made = &plan.stems[0];
        assert_eq!(
            (made.way, made.source.as_deref()),
            (wanted, source),
            "{stem}"
        );
        assert!(made.why.contains(why), "{stem}: {}", made.why);
        assert_eq!(errors(&plan), [""; 0], "{stem}");
        assert_eq!(plan.mix.as_ref().unwrap().way, Way::Solo);
        let json = plan::report(&plan);
        assert_eq!(json["stems"][0]["why"], made.why.as_str());
        assert_eq!(json["stems"][0]["way"], wanted.word());
    }
}

#[test]
fn what_a_way_cannot_do_is_an_error_before_anything_starts() {
    for (stem, overrides, code, text) in [
        ("tracks = [\"Bass\"]", Some(Way::Source), "no_source", "'S'"),
        (
            "folder = \"DRUMS\"",
            Some(Way::Track),
            "track_way",
            "'OH L'",
        ),
        (
            "way = \"solo\"\nsource = \"bus:DX\"",
            None,
            "empty_stem",
            "'S'",
        ),
        (
            "tracks = [\"Bass\"]\nformat = \"mp3\"\ngain_db = -1.0",
            None,
            "gain_in_format",
            "mp3",
        ),
    ] {
        let text_of = format!("[[stem]]\nname = \"S\"\n{stem}\n");
        let overrides = Overrides {
            allow_orphans: true,
            ..overrides.map_or_else(Overrides::default, way)
        };
        let plan = bounced(&text_of, overrides, false);
        let found = finding(&plan, code);
        assert_eq!(found.level, Level::Error, "{code}");
        assert!(found.text.contains(text), "{code}: {}", found.text);
        assert!(!found.fix.is_empty());
    }
}

#[test]
fn a_muted_track_makes_no_track_print() {
    let mut tracks = band();
    tracks[6].muted = true;
    let text = "[[stem]]\nname = \"S\"\ntracks = [\"Bass\"]\nway = \"track\"\n";
    let overrides = Overrides {
        engine: Some(EngineKind::Bounce),
        allow_orphans: true,
        ..Overrides::default()
    };
    let plan = plan::make(&session(tracks), &recipe(text), &overrides, &around()).unwrap();
    assert_eq!(errors(&plan), ["track_way"]);
}

#[test]
fn formats_of_pro_tools_are_offered_unproven_and_never_in_the_simulator() {
    for (word, file) in [
        ("mp3", "Song_S.mp3"),
        ("m4a", "Song_S.m4a"),
        ("mxf", "Song_S.mxf"),
        ("adm", "Song_S.wav"),
    ] {
        let text =
            format!("[output]\nformat = \"{word}\"\n[[stem]]\nname = \"S\"\ntracks = [\"*\"]\n");
        let live = bounced(&text, Overrides::default(), false);
        assert_eq!(errors(&live), [""; 0], "{word}");
        assert_eq!(live.stems[0].file, file);
        assert_eq!(finding(&live, "unproven_format").level, Level::Warning);
        let simulated = bounced(&text, Overrides::default(), true);
        assert_eq!(errors(&simulated), ["needs_pro_tools"], "{word}");
        assert_eq!(
            errors(&make(&session(band()), &recipe(&text))),
            ["needs_pro_tools"]
        );
    }
}

#[test]
fn returns_are_in_no_stem_no_orphans_and_in_the_mix() {
    let stems = "[[stem]]\nname = \"Drums\"\nfolder = \"DRUMS\"\n[[stem]]\nname = \"Rest\"\ntracks = [\"Bass\", \"Synth\"]\n[ignore]\ntracks = [\"Click\"]\n";
    let without = bounced(stems, Overrides::default(), false);
    assert_eq!(errors(&without), ["orphan"]);
    let cut = finding(&without, "returns_not_safe");
    assert!(cut.fix.contains("--returns 'Verb'"), "{}", cut.fix);

    let asked = Overrides {
        returns: vec!["Verb".into()],
        ..Overrides::default()
    };
    let in_recipe = format!("{stems}[returns]\ntracks = [\"V*\"]\n");
    for plan in [
        bounced(stems, asked, false),
        bounced(&in_recipe, Overrides::default(), false),
    ] {
        assert_eq!(errors(&plan), [""; 0]);
        assert!(plan.findings.iter().all(|f| f.code != "returns_not_safe"));
        let names = |list: &[pt_stem::model::plan::PlannedTrack]| {
            list.iter().map(|t| t.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&plan.returns), ["Verb"]);
        assert!(names(&plan.mix_tracks).contains(&"Verb".to_owned()));
        assert_eq!(plan.coverage.ignored, ["Click"]);
        assert!(plan.coverage.is_exact());
    }
}

#[test]
fn a_session_names_its_returns_and_a_stem_that_names_one_wins() {
    let mut tracks = session(band());
    change(&mut tracks, |folder| folder.returns = vec!["Verb".into()]);
    let overrides = Overrides {
        engine: Some(EngineKind::Bounce),
        ..Overrides::default()
    };
    let plan = |stems: &str| plan::make(&tracks, &recipe(stems), &overrides, &around()).unwrap();
    let globbed = plan("[[stem]]\nname = \"All\"\ntracks = [\"*\"]\n");
    assert_eq!(globbed.returns.len(), 1);
    assert!(globbed.stems[0].tracks.iter().all(|t| t.name != "Verb"));
    let named = plan(
        "[[stem]]\nname = \"All\"\ntracks = [\"*\"]\n[[stem]]\nname = \"FX\"\ntracks = [\"Verb\"]\n",
    );
    assert_eq!(named.returns.len(), 0);
    assert_eq!(finding(&named, "only_returns").stem.as_deref(), Some("FX"));
}

#[test]
fn wrong_returns_are_named() {
    for (returns, code, level, text) in [
        ("\"Verv\"", "unknown_return", Level::Error, "'Verv'"),
        ("\"Del*\"", "unknown_return", Level::Warning, "'Del*'"),
        ("\"Bass\"", "not_a_return", Level::Error, "'Bass' (audio)"),
        ("\"Synth\"", "return_in_stem", Level::Error, "'Synth'"),
    ] {
        let text_of = format!("{WHOLE}[returns]\ntracks = [{returns}]\n");
        let plan = bounced(&text_of, Overrides::default(), false);
        let found = finding(&plan, code);
        assert_eq!(found.level, level, "{code}");
        assert!(found.text.contains(text), "{code}: {}", found.text);
    }
}

#[test]
fn duplicates_may_be_renamed_for_the_job_and_a_running_transport_is_told() {
    let mut session = session(band());
    std::sync::Arc::make_mut(&mut session.tracks)[2].name = "Kick".into();
    session.transport.state = TransportState::Playing;
    let overrides = Overrides {
        engine: Some(EngineKind::Bounce),
        rename_duplicates: true,
        ..Overrides::default()
    };
    let plan = plan::make(&session, &recipe(WHOLE), &overrides, &around()).unwrap();
    assert_eq!(finding(&plan, "duplicate_track").level, Level::Warning);
    assert_eq!(finding(&plan, "transport_running").level, Level::Warning);
    assert!(plan.output.rename_duplicates);
}

#[test]
fn a_source_stem_without_tracks_makes_orphans_doubtful() {
    let text = "[[stem]]\nname = \"DX\"\nsource = \"bus:DX\"\n";
    let plan = bounced(text, Overrides::default(), false);
    assert_eq!(errors(&plan), [""; 0]);
    assert_eq!(finding(&plan, "orphan").level, Level::Warning);
}

#[test]
fn what_is_wrong_with_the_format_of_several_stems_is_said_once() {
    let stem = |name: &str, tracks: &str, more: &str| {
        format!("[[stem]]\nname = \"{name}\"\ntracks = [\"{tracks}\"]\n{more}\n")
    };
    let made = |output: &str, of_bass: &str| {
        let stems = stem("A", "Kick", "") + &stem("B", "Snare", "") + &stem("C", "Bass", of_bass);
        let overrides = Overrides {
            allow_orphans: true,
            ..Overrides::default()
        };
        bounced(&format!("[output]\n{output}\n{stems}"), overrides, false)
    };
    let of_format = |plan: &Plan| -> Vec<(Option<String>, String)> {
        let found = plan.findings.iter().filter(|f| f.code == "bits_in_format");
        found.map(|f| (f.stem.clone(), f.text.clone())).collect()
    };
    let text = "AIFF holds 16 or 24 bits and no 32-bit float";
    let all = made("format = \"aiff\"\nbits = 32", "");
    assert_eq!(of_format(&all), [(None, text.to_owned())]);
    let some = made("format = \"aiff\"\nbits = 32", "bits = 24");
    let named = format!("{text} (stems 'A', 'B')");
    assert_eq!(of_format(&some), [(None, named)]);
    let one = made("bits = 32", "format = \"aiff\"");
    assert_eq!(of_format(&one), [(Some("C".to_owned()), text.to_owned())]);
}
