//! What no session can be made of, and the words that say so.

use super::*;

#[test]
fn wrong_values_are_refused_with_their_place() {
    let with = |track: Value| json!({"version": 1, "rate": 48000, "length": 10, "tracks": [{"name": "A"}, track]});
    let clip = |clip: Value| {
        with(
            json!({"name": "Kick", "channels": 1, "clips": [{"file": "a.wav", "start": 0, "length": 1}, clip]}),
        )
    };
    let wide = |version: u32, mut track: Value| {
        track["name"] = json!("Film");
        track["clips"] = json!([{"file": "a.wav", "start": 0, "length": 1}]);
        json!({"version": version, "rate": 48000, "length": 10, "tracks": [track]})
    };
    let cases = [
        (json!([]), "session.json"),
        (
            json!({"version": 3, "rate": 48000}),
            "'version' must be a whole number from 1 to 2, not 3",
        ),
        (
            json!({"version": 1}),
            "'rate' must be the sample rate in Hz, not missing",
        ),
        (
            wide(1, json!({"format": "5.1"})),
            "'format' must be mono or stereo: wider tracks need \"version\": 2",
        ),
        (
            wide(2, json!({"format": "5.1", "channels": 8})),
            "'channels' must be 6 on a 5.1 track",
        ),
        (wide(2, json!({"format": "LCRS"})), "'format' must be mono"),
        (wide(2, json!({"channels": 9})), "'channels' must be"),
        (
            wide(2, json!({"channels": 6, "pan": 0.0})),
            "'pan' must be left out",
        ),
        (
            wide(2, json!({"channels": 3, "pan_points": [[0, 0.0]]})),
            "'pan_points' must be left out",
        ),
        (
            json!({"version": 1, "rate": 48000, "outputs": [{"name": "Main", "format": "5.1"}]}),
            "'format' must be mono or stereo",
        ),
        (
            json!({"version": 2, "rate": 48000, "outputs": [{"name": "Main", "format": "9.1"}]}),
            "'format' must be a layout",
        ),
        (
            json!({"rate": 48000, "length": -1}),
            "the session: 'length'",
        ),
        (
            json!({"rate": 48000, "length": 1e300}),
            "the session: 'length'",
        ),
        (
            json!({"rate": 48000, "tracks": 7}),
            "'tracks' must be a list, not 7",
        ),
        (
            json!({"rate": 48000, "start_timecode": "25:00:00:00"}),
            "'start_timecode'",
        ),
        (
            json!({"rate": 48000, "timecode_rate": "29.96"}),
            "'timecode_rate'",
        ),
        (
            json!({"rate": 48000, "markers": [{"name": "x"}]}),
            "marker 1 of the list: 'start'",
        ),
        (
            json!({"rate": 48000, "stems": [{"tracks": []}]}),
            "stem 1 '': 'name'",
        ),
        (with(json!({})), "track 2 '': 'name'"),
        (with(json!("x")), "track 2 ''"),
        (
            with(json!({"name": "Kick", "channels": 6})),
            "track 2 'Kick': 'channels' must be mono or stereo: wider tracks need \"version\": 2, not 6",
        ),
        (
            with(json!({"name": "Kick", "channels": 1, "format": "stereo"})),
            "track 2 'Kick': 'channels'",
        ),
        (
            with(json!({"name": "Kick", "volume_db": "loud"})),
            "track 2 'Kick': 'volume_db' must be a number from -600 to 144, not \"loud\"",
        ),
        (
            with(json!({"name": "Kick", "pan": 1.5})),
            "'pan' must be a number from -1 to 1, not 1.5",
        ),
        (with(json!({"name": "Kick", "color": "red"})), "'color'"),
        (
            with(json!({"name": "Kick", "mute": "yes"})),
            "'mute' must be true or false, not \"yes\"",
        ),
        (
            with(json!({"name": "Kick", "volume_points": [[0]]})),
            "'volume_points' must be a list of [sample, value",
        ),
        (
            with(json!({"name": "Kick", "volume_points": [[i64::MIN, 0.0]]})),
            "'volume_points'",
        ),
        (
            with(json!({"name": "Kick", "pan_points": [[0, 2.0]]})),
            "'pan_points'",
        ),
        (
            clip(json!({"start": 0, "length": 1})),
            "track 'Kick', clip 2: 'file'",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0.5, "length": 1})),
            "track 'Kick', clip 2: 'start' must be a whole number",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0, "length": -5})),
            "track 'Kick', clip 2: 'length' must be a whole number from 0",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0, "length": 1, "offset": -1})),
            "'offset'",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0, "length": 1, "gain_db": 1e9})),
            "'gain_db'",
        ),
        (
            clip(json!({"file": "a.wav", "start": 0})),
            "'length' must be a count of samples, not missing",
        ),
    ];
    for (value, wanted) in cases {
        let said = refusal(&value);
        assert!(
            said.contains(wanted),
            "{value}\n said {said}\n not {wanted}"
        );
    }
}

#[test]
fn of_two_lists_of_tracks_the_later_one_counts() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("session.json");
    for (later, wanted) in [
        (r#"[{"name":"B"},{"name":"A"}]"#, Ok(vec!["B", "A"])),
        ("null", Ok(vec![])),
        ("{\"name\":\"A\"}", Err("'tracks' must be a list")),
        ("[{}]", Err("track 1 '': 'name'")),
    ] {
        // What is wrong with the earlier list is not told: it is not there.
        let text = format!(
            r#"{{"rate":48000,"length":1,"tracks":[{{"name":"A","clips":[{{"file":"a.wav","start":0,"length":1}}]}},7],"tracks":{later}}}"#
        );
        std::fs::write(&file, text).unwrap();
        match (open(dir.path()), wanted) {
            (Ok(session), Ok(wanted)) => {
                let names: Vec<_> = session.tracks.iter().map(|t| &*t.name).collect();
                assert_eq!(names, wanted);
                assert!(session.folder.arrangement.files.is_empty());
            }
            (Err(error), Err(wanted)) => {
                assert!(error.to_string().contains(wanted), "{error}");
            }
            (read, _) => panic!("{later}: {read:?}"),
        }
    }
}

#[test]
fn broken_json_is_refused_with_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("session.json");
    for (text, wanted) in [
        (
            "{\n  \"rate\": 48000,\n  \"length\" 5\n}",
            "line 3, column 12: expected `:`",
        ),
        ("{\"rate\": NaN}", "line 1, column 10"),
        ("{\"rate\": 1e999}", "line 1"),
        ("", "line 1, column 0"),
        ("{} {}", "line 1, column 4: trailing characters"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("session.json"), "{error}");
        assert!(error.contains(wanted), "{text}: {error}");
    }
    std::fs::write(&file, "[".repeat(100_000)).unwrap();
    assert!(open(dir.path()).is_err());
}

#[test]
fn what_is_no_session_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, "text").unwrap();
        path
    };
    for (path, wanted) in [
        (dir.path().join("nowhere"), "does not exist"),
        (at("real.ptx"), "only Pro Tools"),
        (at("notes.txt"), "no text export"),
        (at("picture.png"), "not a folder"),
        (dir.path().to_owned(), "no audio file"),
    ] {
        let error = open(&path).unwrap_err();
        assert!(error.message.contains(wanted), "{}", error.message);
    }
}
