//! ExportMix: what is heard, and what is refused.

use super::*;

#[tokio::test]
async fn bounces_what_is_audible() {
    let mut bench = Bench::open().await;
    let out = bench.path("out");
    std::fs::create_dir(&out).unwrap();
    let all = ["DRUMS", "Kick", "Snare", "Bass", "Vox"];
    let (kick, snare, bass, vox) = (0.25, 0.125, 0.0625, 0.03125);
    let table: &[(&[(&str, &str)], f64)] = &[
        (&[], kick + snare + bass + vox),
        (&[("SetTrackMuteState", "Kick")], snare + bass + vox),
        (&[("SetTrackMuteState", "DRUMS")], bass + vox),
        (&[("SetTrackSoloState", "DRUMS")], kick + snare),
        (
            &[
                ("SetTrackSoloState", "Bass"),
                ("SetTrackSoloSafeState", "Vox"),
            ],
            bass + vox,
        ),
        (&[("SetTrackInactiveState", "DRUMS")], bass + vox),
        (&[("SetTrackRecordEnableState", "Bass")], kick + snare + vox),
        (&[("SetTrackInputMonitorState", "Vox")], kick + snare + bass),
        (
            &[("SetTrackHiddenState", "Kick")],
            kick + snare + bass + vox,
        ),
        (
            &[("SetTrackSoloState", "Kick"), ("SetTrackMuteState", "Kick")],
            0.0,
        ),
    ];
    for (index, (changes, expected)) in table.iter().enumerate() {
        for (command, name) in *changes {
            bench.set(command, &[name], true).await;
        }
        let bits = ["Bit32Float", "Bit24", "Bit16"][index % 3];
        let name = format!("mix {index}");
        let answer = bench.ok("ExportMix", mix_request(&out, &name, bits)).await;
        assert_eq!(answer, Value::Null);
        let file = out.join(format!("{name}.wav"));
        assert_eq!(
            read_constant(&file),
            (4800, *expected, *expected),
            "{changes:?}"
        );
        for command in [
            "SetTrackMuteState",
            "SetTrackSoloState",
            "SetTrackSoloSafeState",
            "SetTrackInactiveState",
            "SetTrackHiddenState",
        ] {
            bench.set(command, &all, false).await;
        }
        for command in ["SetTrackRecordEnableState", "SetTrackInputMonitorState"] {
            bench.set(command, &["Bass", "Vox"], false).await;
        }
    }
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().collect();
    assert_eq!(left.len(), table.len(), "no file aside is left");

    let mut request = mix_request(&out, "selection", "Bit32Float");
    request.as_object_mut().unwrap().remove("start_time");
    request.as_object_mut().unwrap().remove("end_time");
    assert_eq!(
        bench.refused("ExportMix", request.clone()).await,
        "PT_NoSelection"
    );
    bench
        .ok(
            "SetTimelineSelection",
            json!({ "in_time": "100", "out_time": "1100", "location_type": "TLType_Samples" }),
        )
        .await;
    bench.ok("ExportMix", request).await;
    let file = out.join("selection.wav");
    assert_eq!(read_constant(&file).0, 1000);
    let stamp = Reader::open(&file).unwrap().info().time_reference;
    assert_eq!(stamp, Some(3600 * 48_000 + 100), "stamped with its place");

    bench.set("SetTrackMuteState", &["Bass"], true).await;
    let mut mono = mix_request(&out, "mono", "Bit32Float");
    mono["audio_info"]["export_format"] = json!("EF_Mono");
    bench.ok("ExportMix", mono).await;
    assert_eq!(read_constant(&out.join("mono.wav")).1, kick + snare + vox);
    let mut pair = mix_request(&out, "pair", "Bit32Float");
    pair["audio_info"]["export_format"] = json!("EF_MultipleMono");
    bench.ok("ExportMix", pair).await;
    for tail in ["L", "R"] {
        let file = out.join(format!("pair.{tail}.wav"));
        assert_eq!(read_constant(&file).0, 4800);
    }
    bench.end().await;
}

#[tokio::test]
async fn refuses_bounces_that_cannot_be() {
    let mut bench = Bench::open().await;
    let out = bench.path("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("taken.wav"), b"precious").unwrap();
    let change = |pointer: &str, value: Value| {
        let mut request = mix_request(&out, "file", "Bit24");
        *request.pointer_mut(pointer).unwrap() = value;
        request
    };
    let missing = format!("{}/nowhere/", out.display());
    for (request, kind) in [
        (change("/file_name", json!("taken")), "OS_DuplicateName"),
        (
            change("/file_name", json!("../escape")),
            "OS_IllegalCharacters",
        ),
        (change("/file_name", json!("")), "PT_InvalidParameter"),
        (
            change("/file_name", json!("x".repeat(300))),
            "OS_CharactersLimit",
        ),
        (
            change("/mix_source_list/0/name", json!("Out 3-4")),
            "PT_InvalidParameter",
        ),
        (change("/mix_source_list", json!([])), "PT_InvalidParameter"),
        (
            change("/location_info/directory", json!(missing)),
            "OS_NoLocationFound",
        ),
        (
            change("/location_info/directory", json!("relative/")),
            "OS_NoLocationFound",
        ),
        (
            change("/audio_info/sample_rate", json!(7)),
            "PT_InvalidParameter",
        ),
        (
            change("/file_type", json!("EMFType_MP3")),
            "PT_CannotBeDone",
        ),
        (change("/end_time/location", json!("0")), "PT_NoSelection"),
        (
            change("/end_time/location", json!("-9")),
            "PT_ArgumentOutOfRange",
        ),
    ] {
        assert_eq!(
            bench.refused("ExportMix", request.clone()).await,
            kind,
            "{request}"
        );
    }
    assert_eq!(std::fs::read(out.join("taken.wav")).unwrap(), b"precious");
    let left: Vec<_> = std::fs::read_dir(&out).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left behind");

    std::fs::remove_file(bench.path("song/audio/Vox.wav")).unwrap();
    let request = mix_request(&out, "gone", "Bit24");
    let (kind, message) = bench.call("ExportMix", request).await.unwrap_err();
    assert_eq!(kind, "PT_FileNotFound");
    assert!(message.contains("Vox"), "{message}");
    assert!(!out.join("gone.wav").exists());

    let list = bench
        .ok(
            "GetExportMixSourceList",
            json!({ "type": "EMSType_Output" }),
        )
        .await;
    assert_eq!(list["source_list"], json!(["Out 1-2"]));
    bench.end().await;
}

#[tokio::test]
async fn streams_the_progress_of_long_commands() {
    let mut bench = Bench::open().await;
    for (command, expected) in [("SaveSession", 2), ("GetTrackList", 1), ("UpdateVideo", 1)] {
        let number = names::command(command).unwrap() as i32;
        let request = bench.request(number, "");
        let mut stream = bench
            .client
            .send_grpc_streaming_request(request)
            .await
            .unwrap()
            .into_inner();
        let mut states = Vec::new();
        while let Some(message) = stream.message().await.unwrap() {
            let header = message.header.unwrap();
            assert_eq!(header.command, number);
            states.push(TaskStatus::try_from(header.status).unwrap());
        }
        assert_eq!(states.len(), expected, "{command}");
        if expected == 2 {
            assert_eq!(states, [TaskStatus::InProgress, TaskStatus::Completed]);
        }
    }
    bench.end().await;
}
