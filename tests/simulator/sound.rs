//! The mixer behind ExportMix and BounceTrack: sends, busses, aux returns, folders, VCAs, masters.

use super::*;

pub(super) const ONE: f64 = 1.0 / 4.0;
pub(super) const TWO: f64 = 1.0 / 8.0;

/// A session of given tracks. `One` and `Two` name files of one value, 1/4 and 1/8, which begin
/// where half of the session is over.
pub(super) async fn desk(tracks: Value) -> Bench {
    Bench::with(
        |root| {
            let folder = root.with_file_name("desk");
            std::fs::create_dir_all(&folder).unwrap();
            for (name, value) in [("One", ONE), ("Two", TWO)] {
                constant(&folder.join(format!("{name}.wav")), 1, value);
            }
            let session = json!({ "version": 1, "rate": RATE, "length": 2 * LENGTH,
                "name": "Desk", "busses": ["Spare"], "tracks": tracks });
            std::fs::write(folder.join("session.json"), session.to_string()).unwrap();
            std::fs::create_dir_all(root.with_file_name("out")).unwrap();
            SessionChoice::Open(folder)
        },
        Faults::default(),
    )
    .await
}

/// An audio track of a mono file in the second half of the session, with more fields.
pub(super) fn track(file: &str, more: Value) -> Value {
    let mut track = json!({ "name": file, "channels": 1, "pan": null, "clips": [
        { "file": format!("{file}.wav"), "start": LENGTH, "offset": 0, "length": LENGTH }] });
    merge(&mut track, more);
    track
}

pub(super) fn strip(name: &str, kind: &str, more: Value) -> Value {
    let mut track = json!({ "name": name, "type": kind });
    merge(&mut track, more);
    track
}

fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    for (key, value) in more {
        into[key] = value;
    }
}

fn peak(samples: &[f64]) -> f64 {
    samples.iter().fold(0.0, |peak, x| x.abs().max(peak))
}

fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b);
    pairs.fold(0.0, |most, (a, b)| (a - b).abs().max(most))
}

fn sum(parts: &[Vec<f64>]) -> Vec<f64> {
    let mut sum = vec![0.0; parts[0].len()];
    for part in parts {
        for (sum, sample) in sum.iter_mut().zip(part) {
            *sum += sample;
        }
    }
    sum
}

impl Bench {
    /// Bounces `range` of one source as 32-bit float.
    pub(super) async fn mix_of(&mut self, kind: &str, source: &str, range: (u64, u64)) -> Vec<f64> {
        let out = self.path("out");
        let name = uuid();
        let mut request = mix_request(&out, &name, "Bit32Float");
        request["mix_source_list"] = json!([{ "source_type": kind, "name": source }]);
        request["start_time"]["location"] = json!(range.0.to_string());
        request["end_time"]["location"] = json!(range.1.to_string());
        self.ok("ExportMix", request).await;
        samples(&out.join(format!("{name}.wav"))).0
    }

    /// The left and right value at the end of the session.
    pub(super) async fn level_of(&mut self, kind: &str, source: &str) -> (f64, f64) {
        let range = (LENGTH, LENGTH + 4_800);
        let all = self.mix_of(kind, source, range).await;
        let (left, right) = (all[all.len() - 2], all[all.len() - 1]);
        ((left * 1e6).round() / 1e6, (right * 1e6).round() / 1e6)
    }

    pub(super) async fn main_level(&mut self) -> f64 {
        let (left, right) = self.level_of("EMSType_Output", "Out 1-2").await;
        assert_eq!(left, right);
        left
    }
}

fn uuid() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("mix {}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test]
async fn sends_leave_before_or_behind_fader_mute_and_pan() {
    let send = |pre_fader: bool, more: Value| {
        let mut send = json!({ "bus": "FX", "pre_fader": pre_fader });
        merge(&mut send, more);
        json!({ "sends": [send], "volume_db": -20.0, "pan": -1.0 })
    };
    for (fields, open, muted) in [
        (send(false, json!({})), (0.025, 0.0), (0.0, 0.0)),
        (send(true, json!({})), (0.25, 0.25), (0.25, 0.25)),
        (
            send(true, json!({ "level_db": -20.0 })),
            (0.025, 0.025),
            (0.025, 0.025),
        ),
        (
            send(false, json!({ "level_db": 20.0 })),
            (0.25, 0.0),
            (0.0, 0.0),
        ),
        (send(true, json!({ "mute": true })), (0.0, 0.0), (0.0, 0.0)),
    ] {
        let shown = fields.to_string();
        let aux = strip("Return", "aux", json!({ "input": "FX", "volume_db": 20.0 }));
        let mut bench = desk(json!([track("One", fields), aux])).await;
        assert_eq!(bench.level_of("EMSType_Bus", "FX").await, open, "{shown}");
        let main = bench.level_of("EMSType_Output", "Out 1-2").await;
        let expected = (0.025 + 10.0 * open.0, 10.0 * open.1);
        assert!((main.0 - expected.0).abs() < 2e-6, "{shown}: {main:?}");
        assert!((main.1 - expected.1).abs() < 2e-6, "{shown}: {main:?}");
        bench.set("SetTrackMuteState", &["One"], true).await;
        assert_eq!(bench.level_of("EMSType_Bus", "FX").await, muted, "{shown}");
        bench.set("SetTrackInactiveState", &["One"], true).await;
        assert_eq!(bench.level_of("EMSType_Bus", "FX").await, (0.0, 0.0));
        bench.end().await;
    }
}

#[tokio::test]
async fn solo_in_place_cuts_returns_that_are_not_solo_safe() {
    let mut bench = desk(json!([
        track("One", json!({ "sends": [{ "bus": "FX" }] })),
        track(
            "Two",
            json!({ "sends": [{ "bus": "FX", "pre_fader": true }] })
        ),
        strip("Return", "aux", json!({ "input": "FX" })),
    ]))
    .await;
    assert_eq!(bench.main_level().await, 2.0 * (ONE + TWO));
    bench.set("SetTrackSoloState", &["One"], true).await;
    assert_eq!(bench.main_level().await, ONE, "dry: the return is cut");
    bench.set("SetTrackSoloSafeState", &["Return"], true).await;
    // What another track sends before its fader is heard even so.
    assert_eq!(bench.main_level().await, 2.0 * ONE + TWO);
    bench.set("SetTrackSoloSafeState", &["Return"], false).await;
    bench.set("SetTrackSoloState", &["One"], false).await;
    bench.set("SetTrackSoloState", &["Return"], true).await;
    assert_eq!(
        bench.main_level().await,
        TWO,
        "a return alone has what is sent early"
    );
    bench.end().await;
}

#[tokio::test]
async fn vcas_move_mute_and_solo_their_members() {
    let mut bench = desk(json!([
        track("One", json!({ "vcas": ["Group"] })),
        track("Two", json!({})),
        strip(
            "Group",
            "vca",
            json!({ "volume_db": -20.0, "vcas": ["All"] })
        ),
        strip("All", "vca", json!({ "volume_db": 20.0 })),
    ]))
    .await;
    assert_eq!(
        bench.main_level().await,
        ONE + TWO,
        "-20 and 20 dB add up to none"
    );
    bench.set("SetTrackInactiveState", &["All"], true).await;
    assert_eq!(bench.main_level().await, ONE / 10.0 + TWO);
    bench.set("SetTrackInactiveState", &["All"], false).await;
    bench.set("SetTrackMuteState", &["All"], true).await;
    assert_eq!(bench.main_level().await, TWO);
    assert!(
        bench.tracks().await.iter().all(|track| {
            track["name"] != "One" || track["track_attributes"]["is_muted"] != true
        })
    );
    bench.set("SetTrackMuteState", &["All"], false).await;

    let soloed = async |bench: &mut Bench, name: &str| {
        let tracks = bench.tracks().await;
        let track = tracks.iter().find(|track| track["name"] == name).unwrap();
        track["track_attributes"]["is_soloed"] == true
    };
    bench.set("SetTrackSoloState", &["One"], true).await;
    bench.set("SetTrackSoloState", &["Group"], true).await;
    assert!(!soloed(&mut bench, "One").await, "the VCA clears it");
    assert_eq!(bench.main_level().await, ONE);
    bench.set("SetTrackSoloState", &["Two"], true).await;
    assert_eq!(bench.main_level().await, ONE + TWO);
    bench.set("SetTrackSoloState", &["One"], true).await;
    bench.set("SetTrackSoloState", &["Two"], false).await;
    assert!(soloed(&mut bench, "Group").await && soloed(&mut bench, "One").await);
    assert_eq!(bench.main_level().await, ONE);
    bench.end().await;
}

#[tokio::test]
async fn busses_add_up_to_the_mix_until_the_master_limits_it() {
    let limiter = json!({ "volume_db": 0.0, "inactive": true,
        "limiter": { "gain_db": 12.0, "ceiling_db": -6.0 } });
    let mut bench = desk(json!([
        track("One", json!({ "output": "DX" })),
        strip("MX", "routing_folder", json!({})),
        track("Two", json!({ "folder": "MX" })),
        strip("DX Aux", "aux", json!({ "input": "DX" })),
        strip("Master", "master", limiter),
    ]))
    .await;
    let list = |kind: &str| json!({ "type": kind });
    for (kind, names) in [
        ("EMSType_Output", json!(["Out 1-2"])),
        ("EMSType_PhysicalOut", json!(["Out 1-2"])),
        ("EMSType_Bus", json!(["Spare", "DX", "MX"])),
        ("EMSType_Renderer", json!([])),
    ] {
        let answer = bench.ok("GetExportMixSourceList", list(kind)).await;
        assert_eq!(answer["source_list"], names, "{kind}");
    }
    let out = bench.path("out");
    let sources = json!([
        { "source_type": "EMSType_Bus", "name": "DX" },
        { "source_type": "EMSType_Bus", "name": "MX (Stereo)" },
        { "source_type": "EMSType_Output", "name": "Out 1-2" },
    ]);
    let mut request = mix_request(&out, "job", "Bit32Float");
    request["mix_source_list"] = sources.clone();
    request["end_time"]["location"] = json!((2 * LENGTH).to_string());
    assert_eq!(
        bench.refused("ExportMix", request.clone()).await,
        "PT_InvalidParameter",
        "several sources do not go into one file"
    );
    request["audio_info"]["delivery_format"] = json!("EM_DF_FilePerMixSource");
    let mut twice = request.clone();
    twice["mix_source_list"] = json!([sources[0], sources[0]]);
    assert_eq!(
        bench.refused("ExportMix", twice).await,
        "PT_InvalidParameter"
    );
    for limits in [false, true] {
        bench
            .set("SetTrackInactiveState", &["Master"], !limits)
            .await;
        request["file_name"] = json!(format!("job {limits}"));
        bench.ok("ExportMix", request.clone()).await;
        let file = |source: &str| samples(&out.join(format!("job {limits} ({source}).wav"))).0;
        let (parts, mix) = ([file("DX"), file("MX")], file("Out 1-2"));
        assert!(parts.iter().all(|part| peak(part) > 0.1));
        let off = difference(&sum(&parts), &mix);
        if limits {
            assert!(off > 0.1, "{off}");
            assert!(peak(&mix) <= 0.502, "held at its ceiling");
        } else {
            assert_eq!(off, 0.0);
        }
    }
    bench.end().await;
}

#[tokio::test]
async fn what_is_a_bus_has_faders_and_loops_are_cut() {
    let mut bench = desk(json!([
        strip(
            "MX",
            "routing_folder",
            json!({ "volume_db": -20.0, "sends": [{ "bus": "FX" }] })
        ),
        track("One", json!({ "folder": "MX" })),
        strip("Sub", "routing_folder", json!({ "folder": "MX" })),
        track(
            "Two",
            json!({ "folder": "Sub", "output": ["Sub", "Out 1-2"] })
        ),
        strip(
            "Return",
            "aux",
            json!({ "input": "FX", "output": "Side",
            "sends": [{ "bus": "FX" }] })
        ),
        strip(
            "Side Master",
            "master",
            json!({ "output": "Side", "volume_db": -20.0 })
        ),
    ]))
    .await;
    let both = ONE + TWO;
    assert_eq!(bench.level_of("EMSType_Bus", "Sub").await, (TWO, TWO));
    assert_eq!(bench.level_of("EMSType_Bus", "MX").await, (both, both));
    assert_eq!(bench.main_level().await, both / 10.0 + TWO);
    // The return sends to itself: that is cut, and the bus it feeds has its own master.
    assert_eq!(
        bench.level_of("EMSType_Bus", "FX").await,
        (both / 10.0, both / 10.0)
    );
    assert_eq!(
        bench.level_of("EMSType_Bus", "Side").await,
        (0.00375, 0.00375)
    );
    bench.set("SetTrackSoloState", &["Two"], true).await;
    assert_eq!(
        bench.main_level().await,
        TWO / 10.0 + TWO,
        "folders above stay open"
    );
    bench.end().await;
}

#[tokio::test]
async fn a_reverb_is_the_same_wherever_blocks_begin_and_whenever_it_is_asked() {
    let mut bench = desk(json!([
        track(
            "One",
            json!({ "sends": [{ "bus": "FX", "level_db": -6.0 }] })
        ),
        strip(
            "Verb",
            "aux",
            json!({ "input": "FX", "reverb": { "seconds": 0.5 },
            "volume_points": [[LENGTH, 0.0], [2 * LENGTH, -12.0]] })
        ),
    ]))
    .await;
    // Nothing sounds before LENGTH, so that the room is empty at each of these starts.
    let end = 2 * LENGTH;
    let first = bench.mix_of("EMSType_Output", "Out 1-2", (0, end)).await;
    let again = bench.mix_of("EMSType_Output", "Out 1-2", (0, end)).await;
    assert_eq!(first, again);
    let tail = &first[usize::try_from(2 * LENGTH).unwrap()..];
    let constant = usize::try_from(LENGTH).unwrap();
    assert!(
        difference(&tail[..2 * 960], &vec![ONE; 2 * 960]) == 0.0,
        "dry at first"
    );
    assert!(
        difference(tail, &vec![ONE; 2 * constant]) > 0.01,
        "then the room comes"
    );
    for start in [1, 777, 16_383, 40_001, LENGTH] {
        let part = bench
            .mix_of("EMSType_Output", "Out 1-2", (start, end))
            .await;
        let skip = usize::try_from(2 * (LENGTH - start)).unwrap();
        assert_eq!(&part[skip..], tail, "from {start}");
    }
    bench.end().await;
}

/// Thirty seconds of music, over and over: the routing demo keeps its promises.
#[tokio::test(flavor = "multi_thread")]
async fn the_routing_demo_goes_wrong_as_its_page_says() {
    let choice = |root: &Path| {
        std::fs::create_dir_all(root.with_file_name("out")).unwrap();
        SessionChoice::Demo("routing".to_owned())
    };
    let mut bench = Bench::with(choice, Faults::default()).await;
    // The start of the second chorus: everything plays.
    let range = (20 * 48_000, 23 * 48_000);
    let drums = ["Kick", "Snare", "Hi-Hat"];
    let music = ["Bass", "EP"];
    let vocals = ["Lead Vox", "Harm Hi", "Harm Lo"];
    bench.set("SetTrackSoloSafeState", &["Bass"], false).await;
    let solo = async |bench: &mut Bench, names: &[&str]| {
        bench.set("SetTrackSoloState", names, true).await;
        let stem = bench.mix_of("EMSType_Output", "Out 1-2", range).await;
        bench.set("SetTrackSoloState", names, false).await;
        stem
    };
    let mix = bench.mix_of("EMSType_Output", "Out 1-2", range).await;
    assert!(peak(&mix) > 0.2 && peak(&mix) < 1.0, "{}", peak(&mix));
    let dry = [
        solo(&mut bench, &drums).await,
        solo(&mut bench, &music).await,
        solo(&mut bench, &vocals).await,
    ];
    let missing = difference(&sum(&dry), &mix);
    assert!(missing > 0.003, "the vocal reverb is in no stem: {missing}");

    bench
        .set("SetTrackSoloSafeState", &["Vocal Verb"], true)
        .await;
    let wet = [
        solo(&mut bench, &drums).await,
        solo(&mut bench, &music).await,
        solo(&mut bench, &vocals).await,
    ];
    assert!(
        difference(&dry[2], &wet[2]) > 0.003,
        "the voices have it now"
    );
    assert_eq!(dry[1], wet[1], "what sends nothing there is as it was");
    let off = difference(&sum(&wet), &mix);
    assert!(off < 1e-6, "the stems add up to the mix: {off}");

    bench.set("SetTrackSoloSafeState", &["Bass"], true).await;
    let leaking = solo(&mut bench, &vocals).await;
    assert!(
        difference(&leaking, &wet[2]) > 0.02,
        "a solo-safe track leaks"
    );
    assert_eq!(solo(&mut bench, &["Vox VCA", "Bass"]).await, leaking);

    bench.set("SetTrackInactiveState", &["Master"], false).await;
    let limited = bench.mix_of("EMSType_Output", "Out 1-2", range).await;
    let again = bench.mix_of("EMSType_Output", "Out 1-2", range).await;
    assert_eq!(limited, again);
    assert!(peak(&limited) <= 0.5012, "{}", peak(&limited));
    bench.set("SetTrackSoloSafeState", &["Bass"], false).await;
    let stems = [
        solo(&mut bench, &drums).await,
        solo(&mut bench, &music).await,
        solo(&mut bench, &vocals).await,
    ];
    let off = difference(&sum(&stems), &limited);
    assert!(off > 0.1, "behind a limiter they do not: {off}");
    bench.end().await;
}
