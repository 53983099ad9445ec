//! Recipes as text: read, refused with their place, named on the spot.

use super::*;

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
