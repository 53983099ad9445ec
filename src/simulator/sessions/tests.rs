//! The demo session is whole, the same every time, and covered by its stems.

use std::collections::HashMap;
use std::fs;

use super::*;

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let dir = tempfile::tempdir().unwrap();
    let error = make("demmo", dir.path()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(
        error.hints.iter().any(|hint| hint.contains("'demo'")),
        "{error:?}"
    );
}

/// Every file below the folder with the hash of its bytes.
fn hashes(folder: &Path) -> HashMap<PathBuf, blake3::Hash> {
    let mut found = HashMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(hashes(&path));
        } else {
            found.insert(path.clone(), blake3::hash(&fs::read(&path).unwrap()));
        }
    }
    found
}

/// Two at once make one whole session; a damaged one is made again, the same to the byte.
#[test]
fn the_demo_is_whole_and_always_the_same() {
    let dir = tempfile::tempdir().unwrap();
    // What a maker left that died.
    let rest = dir.path().join("sessions/.making-dead/fresh");
    fs::create_dir_all(&rest).unwrap();
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| make("demo", dir.path()).unwrap());
        let other = scope.spawn(|| demo(dir.path()).unwrap());
        (one.join().unwrap(), other.join().unwrap())
    });
    assert_eq!(one, other);
    assert!(!rest.exists());
    let first = hashes(&one);
    assert!(first.len() > 60, "{} files", first.len());

    let session = one.join("session.json");
    let made = fs::metadata(&session).unwrap().modified().unwrap();
    demo(dir.path()).unwrap();
    assert_eq!(
        fs::metadata(&session).unwrap().modified().unwrap(),
        made,
        "made again for nothing"
    );

    fs::write(one.join("audio/Kick_02.wav"), "cut off").unwrap();
    demo(dir.path()).unwrap();
    assert_eq!(hashes(&one), first);
    let bytes: u64 = first
        .keys()
        .map(|file| fs::metadata(file).unwrap().len())
        .sum();
    assert!(bytes < 175_000_000, "{bytes} bytes on disk");
    check_session(&one);
}

fn check_session(folder: &Path) {
    let text = fs::read_to_string(folder.join("session.json")).unwrap();
    let session: serde_json::Value = serde_json::from_str(&text).unwrap();
    let list = |value: &serde_json::Value| value.as_array().unwrap().clone();
    let length = session["length"].as_i64().unwrap();
    assert_eq!(length, 75 * 48_000);
    let mut stems: HashMap<String, usize> = HashMap::new();
    for name in list(&session["stems"])
        .iter()
        .flat_map(|stem| list(&stem["tracks"]))
    {
        *stems.entry(name.as_str().unwrap().to_owned()).or_default() += 1;
    }
    for name in list(&session["ignore"]) {
        *stems.entry(name.as_str().unwrap().to_owned()).or_default() += 1;
    }
    let tracks = list(&session["tracks"]);
    for track in tracks.iter().filter(|track| track["type"] == "audio") {
        let name = track["name"].as_str().unwrap();
        assert_eq!(
            stems.get(name),
            Some(&1),
            "{name} is not in exactly one stem"
        );
        let clips = list(&track["clips"]);
        assert!(!clips.is_empty(), "{name}");
        for clip in clips {
            let number = |key: &str| clip[key].as_i64().unwrap();
            let file = folder.join(clip["file"].as_str().unwrap());
            let wav = hound::WavReader::open(&file).unwrap();
            assert_eq!(
                i64::from(wav.spec().channels),
                track["channels"].as_i64().unwrap(),
                "{name}"
            );
            assert_eq!(
                (wav.spec().sample_rate, wav.spec().bits_per_sample),
                (48_000, 24)
            );
            assert!(
                number("start") >= 0 && number("start") + number("length") <= length,
                "{clip}"
            );
            assert!(number("offset") >= 0, "{clip}");
            assert!(
                number("offset") + number("length") <= i64::from(wav.duration()),
                "{name} plays past the end of {}",
                file.display()
            );
            assert!(number("fade_in") > 0 && number("fade_out") > 0, "{clip}");
            assert!(
                number("fade_in") + number("fade_out") <= number("length"),
                "{clip}"
            );
        }
    }
    assert_eq!(stems.values().sum::<usize>(), stems.len());
    let count = |key: &str| tracks.iter().filter(|track| track[key] == true).count();
    assert_eq!(count("hidden"), 1);
    assert_eq!(count("mute"), 1);
    assert_eq!(count("inactive"), 1);
}

/// Leaves the session in `PT_STEM_DEMO_DIR`, for listening.
#[test]
#[ignore = "makes files to listen to"]
fn listen() {
    let Some(dir) = std::env::var_os("PT_STEM_DEMO_DIR") else {
        return;
    };
    println!("{}", demo(Path::new(&dir)).unwrap().display());
}

#[test]
fn the_routing_session_is_small_and_has_it_all() {
    use crate::model::TrackKind;
    let dir = tempfile::tempdir().unwrap();
    let folder = make("routing", dir.path()).unwrap();
    let bytes: u64 = hashes(&folder)
        .keys()
        .map(|file| fs::metadata(file).unwrap().len())
        .sum();
    assert!(bytes < 30_000_000, "{bytes} bytes on disk");
    let session = crate::import::open(&folder).unwrap();
    assert!(session.findings.is_empty(), "{:?}", session.findings);
    let routing = &session.folder.routing;
    let length = session.folder.arrangement.length;
    assert_eq!(length, 30 * 48_000);
    for lane in &session.folder.arrangement.lanes {
        for clip in &lane.clips {
            let end = u64::try_from(clip.end()).unwrap();
            assert!(clip.start >= 0 && end <= length, "{}", lane.track);
        }
    }
    let kinds = |kind| session.tracks.iter().filter(|t| t.kind == kind).count();
    for (kind, count) in [
        (TrackKind::Audio, 9),
        (TrackKind::Instrument, 1),
        (TrackKind::Aux, 2),
        (TrackKind::RoutingFolder, 1),
        (TrackKind::Folder, 2),
        (TrackKind::Vca, 1),
        (TrackKind::Master, 1),
    ] {
        assert_eq!(kinds(kind), count, "{kind:?}");
    }
    let track = |name: &str| session.tracks.iter().find(|t| t.name == name).unwrap();
    assert!(track("Harm Lo").hidden.explicit && track("Claps").inactive.explicit);
    assert!(track("Bass").solo_safe && track("Drum Room").solo_safe);
    assert!(!track("Vocal Verb").solo_safe);
    assert!(track("Master").inactive.explicit && routing.of("Master").unwrap().limiter.is_some());
    assert_eq!(session.folder.returns, ["Vocal Verb", "Drum Room"]);
    // Every track that plays stands in one stem or is left out, as the demo's do.
    let in_stems = session.folder.stems.iter().flat_map(|stem| &stem.tracks);
    let named: Vec<_> = in_stems.chain(&session.folder.ignore).collect();
    for track in session.tracks.iter().filter(|t| t.kind != TrackKind::Aux) {
        let times = named.iter().filter(|name| ***name == track.name).count();
        assert_eq!(
            times,
            usize::from(track.kind.is_sounding()),
            "{}",
            track.name
        );
    }
}
