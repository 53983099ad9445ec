//! Plans as a whole: the report, large sessions, rules that hold for any.

use super::*;

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
