//! Channels and size of the files: mono where the tracks are, and what no format can hold.

use super::*;

const AS_TRACKS: &str = "[output]\nchannels = \"as-tracks\"\nrange = \"1000..2000\"\n";

/// Two mono tracks, of which the first is panned like this.
fn two(pan: Option<f64>, points: &[(i64, f64)], channels: u16) -> Session {
    let mono = |name: &str| Track {
        channels: 1,
        ..audio(name)
    };
    let mut session = session(vec![mono("A"), mono("B")]);
    change(&mut session, |folder| {
        let lanes = lanes(folder);
        lanes[0].channels = channels;
        lanes[0].pan = pan;
        lanes[0].pan_points = points.iter().map(|point| (*point).into()).collect();
        lanes[1].channels = 1;
    });
    session
}

#[test]
fn a_file_is_mono_where_all_tracks_are_mono_and_centred() {
    let stems = format!("{AS_TRACKS}[[stem]]\nname = \"S\"\ntracks = [\"A\", \"B\"]\n");
    type Case<'a> = (Option<f64>, &'a [(i64, f64)], u16, u16);
    let cases: [Case<'_>; 17] = [
        (None, &[], 1, 1),
        (Some(0.0), &[], 1, 1),
        (Some(0.1), &[], 1, 2),
        (Some(0.0), &[], 2, 2),
        (Some(0.5), &[(0, 0.0), (9_000, 0.0)], 1, 1),
        (None, &[(500, 0.5)], 1, 2),
        (None, &[(5_000, 0.5)], 1, 2),
        // Away before and after the range, in the centre from its first sample to its last.
        (
            None,
            &[(0, 1.0), (1_000, 0.0), (1_999, 0.0), (2_000, 1.0)],
            1,
            1,
        ),
        (None, &[(0, 1.0), (999, 0.0), (1_500, 0.0)], 1, 1),
        (None, &[(0, 1.0), (1_001, 0.0)], 1, 2),
        (None, &[(1_000, 0.0), (1_998, 0.0), (2_500, 1.0)], 1, 2),
        (None, &[(1_000, 0.0), (1_500, -0.1), (1_999, 0.0)], 1, 2),
        // Jumps on one sample.
        (None, &[(0, 0.5), (1_000, 0.5), (1_000, 0.0)], 1, 1),
        (None, &[(0, 0.0), (1_999, 0.0), (1_999, 0.5)], 1, 2),
        (None, &[(0, 0.0), (2_000, 0.0), (2_000, 0.5)], 1, 1),
        // In any order.
        (None, &[(2_000, 1.0), (1_999, 0.0), (0, 0.0)], 1, 1),
        (None, &[(2_000, 1.0), (0, 0.0)], 1, 2),
    ];
    for (pan, points, channels, wanted) in cases {
        let plan = make(&two(pan, points, channels), &recipe(&stems));
        let got = plan.stems[0].channel_count;
        assert_eq!(got, wanted, "{pan:?} {points:?} {channels}");
        let is_said = plan.findings.iter().any(|f| f.code == "written_mono");
        assert_eq!(is_said, wanted == 1);
        assert_eq!(errors(&plan), [""; 0]);
    }
    let plan = make(
        &two(Some(1.0), &[], 1),
        &recipe(&stems.replace("as-tracks", "mono")),
    );
    assert_eq!(plan.stems[0].channel_count, 1);
}

#[test]
fn what_nobody_tells_is_written_in_stereo_and_said() {
    let mono = |name: &str| Track {
        channels: 1,
        ..audio(name)
    };
    let stems = format!(
        "{AS_TRACKS}[[stem]]\nname = \"M\"\ntracks = [\"A\"]\n[[stem]]\nname = \"W\"\ntracks = [\"B\", \"C\"]\n"
    );
    let around = Surroundings {
        simulated: false,
        ..around()
    };
    let tracks = vec![mono("A"), mono("B"), audio("C")];
    let plan = plan::make(
        &live(tracks),
        &recipe(&stems),
        &Overrides::default(),
        &around,
    )
    .unwrap();
    let counts: Vec<u16> = plan.stems.iter().map(|stem| stem.channel_count).collect();
    assert_eq!(counts, [2, 2]);
    let said = finding(&plan, "mono_not_known");
    assert_eq!(said.level, Level::Note);
    // A stereo track is no question.
    assert!(
        said.text.contains("'M'") && !said.text.contains("'W'"),
        "{}",
        said.text
    );
    // A bus is as wide as it is.
    let bus = stems.replace("tracks = [\"A\"]", "tracks = [\"A\"]\nsource = \"bus:DX\"");
    let bounced = Overrides {
        engine: Some(EngineKind::Bounce),
        ..Overrides::default()
    };
    let mut session = two(None, &[], 1);
    session.tracks = Arc::new(vec![mono("A"), mono("B"), audio("C")]);
    let plan = plan::make(&session, &recipe(&bus), &bounced, &self::around()).unwrap();
    assert_eq!(plan.stems[0].channel_count, 2);
    assert!(finding(&plan, "mono_not_known").text.contains("'M'"));
    // What the folder tells of a track without plug-ins is what the bounce prints.
    let plan = plan::make(&session, &recipe(&stems), &bounced, &self::around()).unwrap();
    assert_eq!(plan.stems[0].channel_count, 1);
}

#[test]
fn an_aiff_beyond_its_limit_is_an_error_of_the_plan() {
    // 4 GiB less 1024 bytes of headers, in frames of stereo 24 bits.
    let most: u64 = (u64::from(u32::MAX) - 1024) / 6;
    let plan = |frames: u64, more: &str| {
        let mut session = session(band());
        change(&mut session, |folder| {
            Arc::make_mut(&mut folder.arrangement).length = frames;
        });
        make(&session, &recipe(&format!("[output]\n{more}\n{WHOLE}")))
    };
    assert_eq!(errors(&plan(most, "format = \"aiff\"")), [""; 0]);
    let large = plan(most + 1, "format = \"aiff\"");
    assert_eq!(errors(&large), ["too_large"; 2]);
    let said = finding(&large, "too_large");
    assert!(said.text.contains("4 GiB"), "{}", said.text);
    assert_eq!(said.file.as_deref(), Some("Song_Drums.aif"));
    assert_eq!(
        errors(&plan(most + 1, "format = \"aiff\"\nbits = 16")),
        [""; 0]
    );
    assert_eq!(errors(&plan(most * 4, "format = \"wav\"")), [""; 0]);
}
