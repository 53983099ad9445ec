//! Timecode at all 19 rates: labels, frames and samples lead to each other and back, exactly.

use proptest::prelude::*;
use pt_stem::model::timecode::{Ruler, Timecode, TimecodeError, TimecodeRate};

const SAMPLE_RATES: [u32; 8] = [
    32_000, 44_100, 47_952, 48_000, 88_200, 96_000, 176_400, 192_000,
];

fn rate(text: &str) -> TimecodeRate {
    TimecodeRate::parse(text).unwrap()
}

#[test]
fn known_labels_are_known_frames() {
    for (text, at, frame) in [
        ("00:00:00:00", "24", 0),
        ("01:00:00:00", "23.976", 86_400),
        ("01:00:00:00", "24", 86_400),
        ("01:00:00:00", "25", 90_000),
        ("01:00:00:00", "29.97", 108_000),
        ("01:00:00;00", "29.97 df", 107_892),
        ("01:00:00;00", "30 df", 107_892),
        ("01:00:00;00", "59.94 df", 215_784),
        ("01:00:00;000", "119.88 df", 431_568),
        ("00:00:59;29", "29.97 df", 1_799),
        ("00:01:00;02", "29.97 df", 1_800),
        ("00:09:59;29", "29.97 df", 17_981),
        ("00:10:00;00", "29.97 df", 17_982),
        ("00:10:59;29", "29.97 df", 19_781),
        ("00:11:00;02", "29.97 df", 19_782),
        ("00:01:00;04", "59.94 df", 3_600),
        ("00:01:00;008", "120 df", 7_200),
        ("23:59:59;29", "29.97 df", 2_589_407),
        ("23:59:59:23", "23.976", 2_073_599),
        ("23:59:59:119", "120", 10_367_999),
    ] {
        let timecode = Timecode::parse(text, rate(at)).unwrap();
        assert_eq!(timecode.frame, frame, "{text} at {at}");
        assert_eq!(timecode.to_string(), text, "{frame} at {at}");
    }
}

#[test]
fn known_labels_are_known_samples() {
    for (text, at, sample_rate, sample) in [
        ("01:00:00:00", "25", 48_000, 172_800_000),
        ("01:00:00:00", "30", 44_100, 158_760_000),
        // An hour of labels at 23.976 and 29.97 lasts 3603.6 seconds.
        ("01:00:00:00", "23.976", 48_000, 172_972_800),
        ("01:00:00:00", "29.97", 48_000, 172_972_800),
        // Drop frame keeps to the clock but for 3.6 ms an hour: 107892 * 1601.6.
        ("01:00:00;00", "29.97 df", 48_000, 172_799_827),
        ("00:00:00:01", "23.976", 48_000, 2_002),
        ("00:00:00:01", "29.97", 44_100, 1_471),
        ("00:00:00:02", "29.97", 44_100, 2_943),
    ] {
        let timecode = Timecode::parse(text, rate(at)).unwrap();
        assert_eq!(timecode.sample(sample_rate), sample, "{text} at {at}");
    }
}

#[test]
fn days_have_their_frames() {
    for (at, frames) in [
        ("24", 2_073_600),
        ("29.97", 2_592_000),
        ("29.97 df", 2_589_408),
        ("59.94 df", 5_178_816),
        ("120 df", 10_357_632),
    ] {
        assert_eq!(rate(at).frames_per_day(), frames);
        let last = Timecode::new(frames - 1, rate(at));
        assert!(last.to_string().starts_with("23:59:59"), "{last}");
        assert_eq!(Timecode::new(frames, rate(at)), Timecode::new(0, rate(at)));
    }
}

/// Every label that drop frame leaves out is refused, and no other one is.
#[test]
fn dropped_labels_are_refused_and_no_others() {
    for rate in TimecodeRate::ALL {
        let dropped = rate.dropped();
        assert_eq!(rate.is_drop(), rate.text().ends_with("df"));
        for (minute, second) in (0..25).flat_map(|minute| [(minute, 0), (minute, 1), (minute, 59)])
        {
            for frame in 0..rate.nominal() {
                let text = format!("00:{minute:02}:{second:02}:{frame:02}");
                let left_out = second == 0 && frame < dropped && minute % 10 != 0;
                match Timecode::parse(&text, rate) {
                    Ok(_) => assert!(!left_out, "{text} at {rate}"),
                    Err(TimecodeError::Dropped { .. }) => assert!(left_out, "{text} at {rate}"),
                    Err(error) => panic!("{error}"),
                }
            }
        }
        let ten = Timecode::parse("00:10:00:00", rate).unwrap().frame;
        assert_eq!(ten, u64::from(rate.nominal() * 600 - 9 * dropped), "{rate}");
    }
}

/// The first twelve minutes and the end of the day: each frame has a label of its own that leads
/// back to it.
#[test]
fn every_frame_has_its_label() {
    for rate in TimecodeRate::ALL {
        let day = rate.frames_per_day();
        let spans = [0..u64::from(rate.nominal()) * 60 * 12, day - 5_000..day];
        for frame in spans.into_iter().flatten() {
            let label = Timecode::new(frame, rate).to_string();
            assert_eq!(
                Timecode::parse(&label, rate).unwrap().frame,
                frame,
                "{label} at {rate}"
            );
        }
    }
}

#[test]
fn what_is_no_timecode_is_refused() {
    let fps = rate("25");
    for text in [
        "",
        "1",
        "01:00",
        "01:00:00",
        "01:00:00:",
        "a:b:c:d",
        "01:00:00:00:00",
        "-1:00:00:00",
        "01:00:00:+1",
        "01:00:00:0x",
        "٠١:00:00:00",
        "01:00:00:00.x",
        "01:00:00:00.",
        "01.00.00.00",
        "0001:00:00:00",
    ] {
        assert!(
            matches!(Timecode::parse(text, fps), Err(TimecodeError::Shape(_))),
            "{text}"
        );
    }
    for text in [
        "24:00:00:00",
        "00:60:00:00",
        "00:00:60:00",
        "00:00:00:25",
        "99:99:99:99",
    ] {
        assert!(
            matches!(
                Timecode::parse(text, fps),
                Err(TimecodeError::OutOfRange { .. })
            ),
            "{text}"
        );
    }
    for (text, frame) in [
        (" 01:00:00:05 ", 90_005),
        ("01:00:00;05", 90_005),
        ("01:00:00.05", 90_005),
        ("1:0:0:5", 90_005),
        ("01:00:00:05.75", 90_005),
    ] {
        assert_eq!(Timecode::parse(text, fps).unwrap().frame, frame, "{text}");
    }
    let error = Timecode::parse(&"9".repeat(100_000), fps).unwrap_err();
    assert!(error.to_string().len() < 200);
}

#[test]
fn rates_have_names() {
    for rate in TimecodeRate::ALL {
        assert_eq!(TimecodeRate::parse(rate.text()), Ok(rate));
        let json = serde_json::to_string(&rate).unwrap();
        assert_eq!(serde_json::from_str::<TimecodeRate>(&json).unwrap(), rate);
    }
    for (text, wanted) in [
        ("29.97df", TimecodeRate::Fps2997Drop),
        ("29.97 Drop", TimecodeRate::Fps2997Drop),
        ("29.97 drop frame", TimecodeRate::Fps2997Drop),
        ("29.97 fps", TimecodeRate::Fps2997),
        ("29.97 ndf", TimecodeRate::Fps2997),
        ("23.98", TimecodeRate::Fps23976),
        ("25 FPS", TimecodeRate::Fps25),
    ] {
        assert_eq!(TimecodeRate::parse(text), Ok(wanted), "{text}");
    }
    for text in ["", "26", "25 df", "df", "29,97"] {
        assert!(TimecodeRate::parse(text).is_err(), "{text}");
    }
}

fn ruler(rate: TimecodeRate, sample_rate: u32, start: &str) -> Ruler {
    Ruler {
        rate,
        sample_rate,
        start_frame: Timecode::parse(start, rate).unwrap().frame,
    }
}

#[test]
fn a_ruler_places_the_session() {
    let r = ruler(rate("25"), 48_000, "10:00:00:00");
    for (sample, label) in [
        (0, "10:00:00:00"),
        (1_919, "10:00:00:00"),
        (1_920, "10:00:00:01"),
        (-1, "09:59:59:24"),
        (-1_920, "09:59:59:24"),
        (-1_921, "09:59:59:23"),
        (14 * 3600 * 48_000, "00:00:00:00"),
        (-10 * 3600 * 48_000 - 1, "23:59:59:24"),
    ] {
        assert_eq!(r.timecode_at(sample).to_string(), label, "{sample}");
    }
    for (text, sample) in [
        ("10:00:01:00", 48_000),
        ("09:59:59:00", -48_000),
        ("00:00:00:00", -10 * 3600 * 48_000),
        ("-480", -480),
        ("480", 480),
        (" 480 ", 480),
    ] {
        assert_eq!(r.parse(text).unwrap(), sample, "{text}");
    }
    // Over midnight: an hour into the next day, not 23 hours back.
    let late = ruler(rate("25"), 48_000, "23:30:00:00");
    assert_eq!(late.parse("00:30:00:00").unwrap(), 3600 * 48_000);
    assert!(late.parse("soon").is_err());
    // Far beyond any day nothing overflows.
    for sample in [i64::MIN, i64::MAX] {
        r.timecode_at(sample);
    }
}

fn any_rate() -> impl Strategy<Value = TimecodeRate> {
    prop::sample::select(TimecodeRate::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn frame_to_label_to_sample_and_back(rate in any_rate(), at in any::<u64>(), sample_rate in prop::sample::select(SAMPLE_RATES.to_vec())) {
        let timecode = Timecode::new(at, rate);
        prop_assert_eq!(Timecode::parse(&timecode.to_string(), rate), Ok(timecode));
        let sample = timecode.sample(sample_rate);
        prop_assert_eq!(Timecode::at_sample(sample, sample_rate, rate), timecode);
        if sample > 0 {
            let before = Timecode::at_sample(sample - 1, sample_rate, rate);
            prop_assert_eq!(before.frame + 1, timecode.frame, "the sample before is the frame before");
        }
    }

    /// The start of a frame is the nearest sample to where it lies, computed the long way.
    #[test]
    fn frames_start_at_the_nearest_sample(rate in any_rate(), at in any::<u64>(), sample_rate in prop::sample::select(SAMPLE_RATES.to_vec())) {
        let timecode = Timecode::new(at, rate);
        let (num, den) = rate.ratio();
        let exact = i128::from(timecode.frame) * i128::from(den) * i128::from(sample_rate);
        let off = (i128::from(timecode.sample(sample_rate)) * i128::from(num) - exact).abs();
        prop_assert!(2 * off <= i128::from(num));
    }

    #[test]
    fn a_sample_lies_in_its_frame(rate in any_rate(), sample in 0_u64..20_000_000_000, sample_rate in prop::sample::select(SAMPLE_RATES.to_vec())) {
        let day = rate.frames_per_day();
        let timecode = Timecode::at_sample(sample, sample_rate, rate);
        let first = timecode.sample(sample_rate);
        let next = Timecode { frame: timecode.frame + 1, rate }.sample(sample_rate);
        let whole = Timecode { frame: day, rate }.sample(sample_rate);
        if sample < whole {
            prop_assert!(first <= sample && sample < next);
        }
    }

    /// A ruler's labels lead back to the first sample of their frame, before and after midnight.
    #[test]
    fn rulers_agree_with_themselves(rate in any_rate(), start in any::<u64>(), hours in -11_i64..12, rest in 0_i64..200_000_000, sample_rate in prop::sample::select(SAMPLE_RATES.to_vec())) {
        let ruler = Ruler { rate, sample_rate, start_frame: Timecode::new(start, rate).frame };
        let sample = hours * 3600 * i64::from(sample_rate) + rest.min(i64::from(sample_rate) * 3000);
        let label = ruler.timecode_at(sample);
        let back = ruler.sample_of(label);
        let day = i64::try_from(Timecode { frame: rate.frames_per_day(), rate }.sample(sample_rate)).unwrap();
        let off = (sample - back).rem_euclid(day);
        let frame = i64::from(sample_rate) * i64::from(rate.ratio().1) / i64::from(rate.ratio().0) + 1;
        prop_assert!(off <= frame || off >= day - 1, "{label}: {sample} {back}");
        prop_assert_eq!(ruler.timecode_at(back), label);
        prop_assert_eq!(ruler.parse(&label.to_string()).unwrap(), back);
    }
}
