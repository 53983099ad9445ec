//! `--open FILE.txt --audio DIR`: a session from Pro Tools' text export, printed and verified.

use std::path::Path;

use serde_json::Value;

use crate::bench::Bench;
use crate::wave;

const FRAMES: u32 = 24_000;

fn wav(path: &Path, channels: u16, hertz: f64) {
    wave::tone(path, channels, hertz, 4000.0, FRAMES);
}

fn track(name: &str, events: &[(u16, &str, u32, u32)]) -> String {
    let rows: String = events
        .iter()
        .map(|(channel, clip, start, end)| {
            let length = end - start;
            format!("{channel}\t1\t{clip}\t{start}\t{end}\t{length}\tUnmuted\n\n\n")
        })
        .collect();
    format!(
        "TRACK NAME:\t{name}\nCOMMENTS:\t\nUSER DELAY:\t0 Samples\nSTATE: \n\
         CHANNEL \tEVENT   \tCLIP NAME\tSTART TIME\tEND TIME\tDURATION\tSTATE\n{rows}\n\n"
    )
}

/// Kick (mono), Keys (stereo, later), and where wanted Odd, a part of a file.
fn export(bench: &Bench, with_odd: bool) -> String {
    let odd = match with_odd {
        true => track("Odd", &[(1, "Odd-03", 100, 900)]),
        false => String::new(),
    };
    let text = "SESSION NAME:\tNight Drive\nSAMPLE RATE:\t48000.000000\nBIT DEPTH:\t24-bit\n\
        SESSION START TIMECODE:\t01:00:00:00\nTIMECODE FORMAT:\t25 Frame\n\n\n\
        O N L I N E  C L I P S  I N  S E S S I O N\nCLIP NAME\tSource File\n\
        Kick-01\tKick.wav\t[1]\nKeys.L\tKeys.wav\t[1]\nKeys.R\tKeys.wav\t[2]\nOdd-03\tKick.wav\t[1]\n\n\n\
        T R A C K  L I S T I N G\n"
        .to_owned()
        + &track("Kick", &[(1, "Kick-01", 0, FRAMES)])
        + &track("Keys (Stereo)", &[(1, "Keys.L", 12_000, 36_000), (2, "Keys.R", 12_000, 36_000)])
        + &odd
        + "M A R K E R S  L I S T I N G\n#   \tLOCATION\tTIME REFERENCE\tUNITS\tNAME\tCOMMENTS\n\
           1\t12000\t12000\tSamples\tVerse\t\n";
    let file = bench.path("Night.txt");
    std::fs::write(&file, text).unwrap();
    wav(&bench.path("audio/deep/kick.WAV"), 1, 110.0);
    wav(&bench.path("audio/Keys.wav"), 2, 220.0);
    file.display().to_string()
}

const STEMS: [&str; 4] = ["--stem", "Drums=Kick", "--stem", "Music=Keys"];

fn codes(said: &Value) -> Vec<(String, String)> {
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = said["findings"].as_array().unwrap().iter();
    findings
        .map(|f| (text(f, "level"), text(f, "code")))
        .collect()
}

fn has(said: &Value, level: &str, code: &str) -> bool {
    codes(said).contains(&(level.to_owned(), code.to_owned()))
}

#[test]
fn a_text_export_is_printed_and_verified() {
    let bench = Bench::new();
    let file = export(&bench, false);
    let audio = bench.path("audio").display().to_string();
    let open = ["--open", &file, "--audio", &audio, "--json"];
    let out = bench.path("out").display().to_string();
    let print = [&open[..], &["stems", "print", "--out", &out], &STEMS].concat();
    let said = bench.run(&print).exits(0).json();
    assert_eq!(said["files"].as_array().unwrap().len(), 2, "{said}");
    assert!(has(&said, "warning", "not_in_render"), "{said}");
    let mut drums = hound::WavReader::open(bench.path("out/Night Drive_Drums.wav")).unwrap();
    let mut kick = hound::WavReader::open(bench.path("audio/deep/kick.WAV")).unwrap();
    let left: Vec<i32> = drums
        .samples::<i32>()
        .step_by(2)
        .map(Result::unwrap)
        .collect();
    assert_eq!(left.len(), 36_000);
    let source: Vec<i32> = kick
        .samples::<i16>()
        .map(|s| i32::from(s.unwrap()) << 8)
        .collect();
    assert_eq!(left.get(..source.len()), Some(source.as_slice()));
    bench.run(&["stems", "verify", &out]).exits(0);
    let markers = bench.run(
        &[
            &open[..],
            &["stems", "plan", "--range", "marker:Verse..36000"],
            &STEMS,
        ]
        .concat(),
    );
    assert_eq!(markers.exits(0).json()["seconds"], 0.5);
}

#[test]
fn what_is_not_certain_is_an_error_that_names_it() {
    let bench = Bench::new();
    let file = export(&bench, true);
    let audio = bench.path("audio").display().to_string();
    let plan = |more: &[&str], stem: &str| {
        let args = [
            &["--open", &file, "--json"],
            more,
            &["stems", "plan", "--stem", stem],
        ]
        .concat();
        bench.run(&args).json()
    };
    let with_audio = ["--audio", &audio];
    let said = plan(&with_audio, "X=Odd");
    assert!(has(&said, "error", "offset_unknown"), "{said}");
    assert!(said.to_string().contains("Odd-03"), "{said}");
    assert!(has(&plan(&[], "X=Kick"), "error", "no_audio"));
    std::fs::create_dir_all(bench.path("audio/again")).unwrap();
    std::fs::copy(
        bench.path("audio/Keys.wav"),
        bench.path("audio/again/Keys.wav"),
    )
    .unwrap();
    let said = plan(&with_audio, "X=Keys");
    assert!(
        has(&said, "error", "ambiguous_audio") && said.to_string().contains("again"),
        "{said}"
    );
    std::fs::remove_dir_all(bench.path("audio/again")).unwrap();
    std::fs::remove_file(bench.path("audio/deep/kick.WAV")).unwrap();
    let said = plan(&with_audio, "X=Kick");
    assert!(has(&said, "error", "missing_audio"), "{said}");
    let out = bench.path("out").display().to_string();
    let file = export(&bench, false);
    std::fs::remove_file(bench.path("audio/deep/kick.WAV")).unwrap();
    let print = |more: &[&str]| {
        let args = [
            "--open", &file, "--audio", &audio, "--json", "stems", "print", "--out", &out,
        ];
        bench.run(&[&args[..], more, &["--stem", "X=Kick"]].concat())
    };
    let said = print(&[]);
    assert_ne!(said.code, 0);
    assert!(!bench.path("out/Night Drive_X.wav").exists());
    let said = print(&["--allow-missing"]).exits(0).json();
    assert!(has(&said, "warning", "missing_audio"), "{said}");
    let mut stem = hound::WavReader::open(bench.path("out/Night Drive_X.wav")).unwrap();
    assert!(stem.samples::<i32>().all(|sample| sample.unwrap() == 0));
    bench
        .run(&["--open", &audio, "--audio", &audio, "tracks"])
        .exits(2);
    bench
        .run(&[
            "--open",
            &file,
            "--audio",
            &bench.path("nowhere").display().to_string(),
            "tracks",
        ])
        .exits(2);
    assert!(!bench.path("session.json").exists() && !bench.path("audio/session.json").exists());
}
