//! What a bounce is delivered as: containers, sample rates, tracks of the session.

use super::*;
use pt_stem::media::probe::probe;

fn asked(bench: &Bench, name: &str, changes: &[(&str, Value)]) -> Value {
    let mut request = mix_request(bench.dir.path(), name, "Bit24");
    for (pointer, value) in changes {
        *request.pointer_mut(pointer).unwrap() = value.clone();
    }
    request
}

/// The body of a RIFF chunk.
fn chunk(file: &[u8], wanted: &[u8]) -> Option<Vec<u8>> {
    let mut at = 12;
    while at + 8 <= file.len() {
        let length = u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        if &file[at..at + 4] == wanted {
            return Some(file[at + 8..at + 8 + length].to_vec());
        }
        at += 8 + length + (length & 1);
    }
    None
}

#[tokio::test]
async fn writes_aiff_and_adm_bwf() {
    let mut bench = Bench::open().await;
    bench.ok("ExportMix", asked(&bench, "wave", &[])).await;
    let (frames, left, right) = read_constant(&bench.path("wave.wav"));
    for (kind, file, bits) in [
        ("EMFType_AIFF", "mix.aif", "Bit16"),
        ("EMFType_AIFF", "deep.aif", "Bit24"),
        ("EMFType_WAVADM", "bed.wav", "Bit24"),
    ] {
        let name = file.split('.').next().unwrap();
        let request = asked(
            &bench,
            name,
            &[
                ("/file_type", json!(kind)),
                ("/audio_info/bit_depth", json!(bits)),
            ],
        );
        bench.ok("ExportMix", request).await;
        let path = bench.path(file);
        assert_eq!(read_constant(&path), (frames, left, right), "{file}");
        let info = probe(&path).unwrap();
        assert_eq!((info.sample_rate, info.channels), (RATE, 2));
        assert_eq!(info.bits, if bits == "Bit16" { 16 } else { 24 }, "{file}");
    }
    let bed = std::fs::read(bench.path("bed.wav")).unwrap();
    let length = u32::from_le_bytes(bed[4..8].try_into().unwrap());
    assert_eq!(length as usize + 8, bed.len());
    let chna = chunk(&bed, b"chna").unwrap();
    assert_eq!((chna.len(), chna[0], chna[2]), (4 + 2 * 40, 2, 2));
    let axml = String::from_utf8(chunk(&bed, b"axml").unwrap()).unwrap();
    for unit in ["ATU_00000001", "ATU_00000002"] {
        assert!(axml.contains(&format!("UID=\"{unit}\"")));
        assert!(chna.windows(12).any(|part| part == unit.as_bytes()));
    }
    bench.end().await;
}

#[tokio::test]
async fn bounces_and_imports_at_other_rates() {
    let mut bench = Bench::open().await;
    bench.ok("ExportMix", asked(&bench, "wave", &[])).await;
    // Of all tracks, and to be the same there and back.
    let (_, mix, _) = read_constant(&bench.path("wave.wav"));
    let slow = asked(
        &bench,
        "slow",
        &[
            ("/audio_info/sample_rate", json!("SR_44100")),
            ("/end_time/location", json!("48000")),
        ],
    );
    bench.ok("ExportMix", slow).await;
    let file = bench.path("slow.wav");
    let info = probe(&file).unwrap();
    assert_eq!((info.sample_rate, info.frames), (44_100, Some(44_100)));
    assert_eq!(info.time_reference, Some(3600 * 44_100));

    let location = json!({ "location": "0", "time_type": "TLType_Samples" });
    let import = |operations: &str| {
        json!({ "import_type": "Audio", "audio_data": {
            "file_list": [file], "audio_operations": operations,
            "audio_destination": "MD_NewTrack", "audio_location": "ML_SessionStart",
            "location_data": { "location_type": "Start", "location_options": "TimeCode",
                "location_value": "01:00:00:00", "location": location } } })
    };
    assert_eq!(
        bench.refused("Import", import("CopyAudio")).await,
        "PT_CannotBeDone"
    );
    let answer = bench.ok("Import", import("ConvertAudio")).await;
    let made = PathBuf::from(answer["file_list"][0].as_str().unwrap());
    let info = probe(&made).unwrap();
    assert_eq!((info.sample_rate, info.frames), (RATE, Some(LENGTH)));
    assert_eq!(info.time_reference, Some(3600 * u64::from(RATE)));
    let mut reader = Reader::open(&made).unwrap();
    let mut samples = vec![0.0; 2 * 4_800];
    reader.seek(20_000).unwrap();
    reader.read(&mut samples).unwrap();
    assert!(
        samples.iter().all(|sample| (sample - mix).abs() < 1e-5),
        "{mix} {}",
        samples[0]
    );
    bench.end().await;
}

#[tokio::test]
async fn a_bounce_becomes_a_track() {
    let mut bench = Bench::open().await;
    let into = ("/location_info/import_after_bounce", json!("TB_True"));
    let start = ("/start_time/location", json!("1000"));
    let before = bench.tracks().await.len();
    let wrong = asked(
        &bench,
        "no",
        &[into.clone(), ("/audio_info/sample_rate", json!("SR_96000"))],
    );
    assert_eq!(
        bench.refused("ExportMix", wrong).await,
        "PT_SampleRateMismatch"
    );
    assert!(!bench.path("no.wav").exists());
    assert_eq!(bench.tracks().await.len(), before);

    let request = asked(&bench, "Back", &[into, start]);
    bench.ok("ExportMix", request).await;
    let tracks = bench.tracks().await;
    assert_eq!(tracks.len(), before + 1);
    let track = &tracks[before];
    assert_eq!(
        (&track["name"], &track["format"]),
        (&json!("Back"), &json!("TF_Stereo"))
    );
    let elements = bench
        .ok(
            "CId_GetPlaylistElements",
            json!({ "playlist_name": "Back", "time_format": "TLType_Samples" }),
        )
        .await;
    let element = &elements["elements_list"][0];
    let place = |key: &str| element[key]["location"].clone();
    assert_eq!(
        (place("start_time"), place("end_time")),
        (json!("1000"), json!("4800"))
    );
    bench.end().await;
}
