//! Wrong input gets a clear error, the stated exit code, and loses nothing.

use std::path::Path;

use pt_stem::media::decode::Reader;

use crate::bench::{Bench, session_folder};
use crate::wave;

#[test]
fn nobody_answers() {
    let bench = Bench::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let said = bench.run(&["--port", &port, "tracks"]).exits(3);
    assert!(said.err.contains("31416"), "no hint: {}", said.err);
}

#[test]
fn something_else_answers() {
    let bench = Bench::new();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let answering = std::thread::spawn(move || {
        while let Ok((mut stream, _)) = other.accept() {
            let text = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
            if std::io::Write::write_all(&mut stream, text).is_err() {
                break;
            }
        }
    });
    let said = bench
        .run(&["--port", &port, "--timeout", "2", "tracks"])
        .exits(3);
    assert!(!said.err.is_empty());
    drop(answering);
}

#[test]
fn recipes_with_faults() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 4, 0.5);
    let open = session.display().to_string();
    let cases: [(&str, &[&str]); 5] = [
        (
            "[[stem]]\nname = \"A\"\ntracks = [\"T1\"\n",
            &["recipe.toml", "line 3"],
        ),
        (
            "[[stem]]\nname = \"A\"\ntraks = [\"T1\"]\n",
            &["traks", "tracks"],
        ),
        (
            "[[stem]]\nname = \"A\"\ntracks = [\"T1\", \"TT2\"]\n",
            &["TT2"],
        ),
        (
            "[[stem]]\nname=\"A\"\ntracks=[\"T1\",\"T2\"]\n[[stem]]\nname=\"A\"\ntracks=[\"T3\",\"T4\"]\n",
            &["A"],
        ),
        ("[[stem]]\nname = \"A\"\ntracks = [\"T1\"]\n", &["T3"]),
    ];
    for (text, words) in cases {
        std::fs::write(bench.path("recipe.toml"), text).unwrap();
        let said = bench
            .run(&[
                "--open",
                &open,
                "stems",
                "print",
                "recipe.toml",
                "--out",
                "out",
            ])
            .exits(2);
        for word in words {
            assert!(said.err.contains(word), "'{word}' is not in: {}", said.err);
        }
        assert!(!bench.path("out").exists(), "something was written");
    }
}

#[test]
fn sessions_with_faults() {
    let bench = Bench::new();
    let said = bench.run(&["--open", "nowhere", "tracks"]);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("nowhere"), "{}", said.err);

    let session = session_folder(&bench.path("session"), 2, 0.5);
    std::fs::remove_file(session.join("audio/t1.wav")).unwrap();
    let open = session.display().to_string();
    let said = bench.run(&[
        "--open", &open, "stems", "print", "--stem", "A=T1,T2", "--out", "out",
    ]);
    assert_ne!(said.code, 0, "{}", said.out);
    assert!(
        said.err.contains("t1.wav"),
        "the file is not named: {}",
        said.err
    );
    let finals = std::fs::read_dir(bench.path("out")).map_or(0, |entries| {
        entries
            .flatten()
            .filter(|e| e.path().extension().is_some_and(|e| e == "wav"))
            .count()
    });
    assert_eq!(finals, 0);
}

#[test]
fn an_unwritable_folder() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 2, 0.5);
    std::fs::write(bench.path("file"), "not a folder").unwrap();
    let open = session.display().to_string();
    let said = bench.run(&[
        "--open",
        &open,
        "stems",
        "print",
        "--stem",
        "A=T1",
        "--out",
        "file/below",
    ]);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("file"), "{}", said.err);
}

#[test]
fn unknown_names_name_the_nearest() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 3, 0.5);
    let open = session.display().to_string();
    let said = bench
        .run(&["--open", &open, "tracks", "mute", "T11"])
        .exits(2);
    assert!(said.err.contains("T1"), "{}", said.err);
    let said = bench
        .run(&["--open", &open, "call", "GetTrackLists"])
        .exits(2);
    assert!(said.err.contains("GetTrackLists"), "{}", said.err);
    let said = bench.run(&["--open", &open, "do", "stpo"]).exits(2);
    assert!(said.err.contains("stop"), "{}", said.err);
    let said = bench.run(&["--open", &open, "do", "mute"]).exits(2);
    assert!(said.err.contains("no cursor"), "{}", said.err);
    bench.run(&["--nonsense"]).exits(2);
}

#[test]
fn a_broken_configuration_names_its_place() {
    let bench = Bench::new();
    std::fs::write(bench.path("c.toml"), "[connection]\nprot = 31416\n").unwrap();
    let said = bench.run(&["--config", "c.toml", "keys"]).exits(2);
    assert!(
        said.err.contains("c.toml") && said.err.contains("port"),
        "{}",
        said.err
    );
}

/// What is left of audio that was cut off is printed, and nobody can miss that it is not all.
#[test]
fn audio_that_was_cut_off_is_printed_to_its_end_and_named_with_its_clip() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 2, 0.5);
    let file = session.join("audio/t1.wav");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..44 + (bytes.len() - 44) / 2]).unwrap();
    let open = session.display().to_string();
    let print = |what: &str, engine: &str, out: &str| {
        bench.run(&[
            "--open", &open, "stems", what, "--stem", "A=T1", "--stem", "B=T2", "--out", out,
            "--engine", engine, "--file", "{stem}",
        ])
    };
    let frames = (0.5 * f64::from(wave::RATE)) as usize;
    let missing = format!("the clip's last {} samples", frames - frames / 2);
    let words = ["'T1', clip 1", "t1.wav", "cut off", &missing];
    for (engine, out) in [("render", "render"), ("bounce", "bounce")] {
        let plan = print("plan", engine, out).exits(0);
        let printed = print("print", engine, out).exits(0);
        let manifest = bench.path(out).join("manifest.json");
        let manifest = std::fs::read_to_string(manifest).unwrap();
        for said in [plan.out, printed.err, printed.out, manifest] {
            for word in words {
                assert!(said.contains(word), "'{word}' is not in: {said}");
            }
        }
        let mut reader = Reader::open(&bench.path(out).join("A.wav")).unwrap();
        let mut samples = vec![0.0; 2 * frames];
        assert_eq!(reader.read(&mut samples).unwrap(), frames);
        let (there, gone) = samples.split_at(frames / 2 * 2);
        assert!(there[there.len() - 200..].iter().any(|x| *x != 0.0));
        assert!(gone.iter().all(|x| *x == 0.0));
    }
    // Of this clip nothing is left at all.
    let text = std::fs::read_to_string(session.join("session.json")).unwrap();
    let later = format!("\"offset\":{}", frames - 10);
    let (first, rest) = text.split_once("\"offset\":0").unwrap();
    let outside = format!("{first}{later}{rest}");
    std::fs::write(session.join("session.json"), outside).unwrap();
    let said = print("print", "render", "none").exits(2);
    assert!(said.err.contains("none of them the clip's"), "{}", said.err);
    assert!(!bench.path("none").exists(), "something was written");
}

#[test]
fn files_of_a_plain_folder_that_are_left_out_are_named() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 2, 0.5);
    let open = session.join("audio");
    std::fs::write(open.join("broken.wav"), b"RIFFxxxxWAVEjunk").unwrap();
    let open = open.display().to_string();
    let said = bench
        .run(&[
            "--open", &open, "stems", "plan", "--stem", "A=t1,t2", "--json",
        ])
        .exits(0);
    assert!(said.out.contains("broken.wav"), "{}", said.out);
}

#[test]
fn clipped_stems_are_named() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 2, 0.5);
    let text = std::fs::read_to_string(session.join("session.json")).unwrap();
    let loud = text.replace("\"volume_db\":0.0", "\"volume_db\":40.0");
    assert_ne!(text, loud);
    std::fs::write(session.join("session.json"), loud).unwrap();
    let open = session.display().to_string();
    let print = |bits: &str, out: &str| {
        bench.run(&[
            "--open", &open, "stems", "print", "--stem", "A=T1", "--bits", bits, "--out", out,
        ])
    };
    let clipped = print("24", "a").exits(0).out;
    assert!(clipped.contains("'Bench_A.wav' is clipped"), "{clipped}");
    let kept = print("32", "b").exits(0).out;
    assert!(!kept.contains("clipped"), "{kept}");
    assert!(kept.contains("goes beyond 0 dBFS"), "{kept}");
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_no_recipe() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 1, 0.5);
    let open = session.display().to_string();
    let said = bench
        .run(&["--open", &open, "stems", "plan", "/dev/zero"])
        .exits(2);
    assert!(said.err.contains("too large"), "{}", said.err);
    bench.run(&["--config", "/dev/zero", "keys"]).exits(2);
}

#[test]
fn audio_of_the_session_is_never_replaced() {
    let bench = Bench::new();
    let session = session_folder(&bench.path("session"), 2, 0.5);
    let audio = session.join("audio");
    let carry_out = |open: &Path, what: &str, way: &str| {
        let [open, out] = [open, &audio].map(|path| path.display().to_string());
        let stem = ["--stem", "t1=?1", "--file", "{stem}", "--engine", "render"];
        let args = ["--open", &open, "stems", what, "--out", &out];
        bench.run(&[&args[..], &stem, &["--on-existing", way]].concat())
    };
    let before = std::fs::read(audio.join("t1.wav")).unwrap();
    for open in [&session, &audio] {
        for what in ["plan", "print"] {
            let said = carry_out(open, what, "replace").exits(2);
            let all = said.out + &said.err;
            assert!(
                all.contains("error: 't1.wav' is audio of the session"),
                "{all}"
            );
        }
        assert_eq!(std::fs::read(audio.join("t1.wav")).unwrap(), before);
    }
    carry_out(&session, "print", "version").exits(0);
    assert_eq!(std::fs::read(audio.join("t1.wav")).unwrap(), before);
    assert!(audio.join("t1_v2.wav").is_file());
}

/// Sources of a shape of their own go all the way from a plain folder to the files.
#[test]
fn split_wide_and_empty_sources_are_printed() {
    let bench = Bench::new();
    let folder = bench.path("plain");
    let noise = |seed: i32| (0..9001).map(move |i: i32| (i * seed) % 8191 - 4095);
    wave::write(&folder.join("Vox.L.wav"), 1, 16, noise(31));
    wave::write(&folder.join("Vox.R.wav"), 1, 16, noise(37));
    let six = noise(41).flat_map(|x| [x, -x, 0, 99, 0, 0]);
    wave::write(&folder.join("Six.wav"), 6, 16, six);
    wave::write(&folder.join("Empty.wav"), 1, 16, std::iter::empty());
    let (open, out) = (folder.display().to_string(), bench.path("out"));
    let args = [
        "--open", &open, "stems", "print", "--file", "{stem}", "--out",
    ];
    let stems = [
        "--stem",
        "Vox=Vox,Empty",
        "--stem",
        "Six=Six",
        "--bits",
        "24",
    ];
    let target = out.display().to_string();
    bench
        .run(&[&args[..], &[&target], &stems].concat())
        .exits(0);
    for (file, left, right) in [("Vox.wav", 31, 37_i32), ("Six.wav", 41, -41)] {
        let mut reader = Reader::open(&out.join(file)).unwrap();
        let mut samples = vec![0.0; 2 * 9001 + 2];
        assert_eq!(reader.read(&mut samples).unwrap(), 9001, "{file}");
        let want = noise(left).zip(noise(right.abs()));
        let want = want.flat_map(|(l, r)| [l, if right < 0 { -r } else { r }]);
        let want = want.map(|x| f64::from(x) / 32_768.0);
        assert!(want.eq(samples.into_iter().take(2 * 9001)), "{file}");
    }
}
