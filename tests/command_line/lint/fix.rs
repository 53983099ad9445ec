//! `--fix`: a plan first, names and stamps only, never over another file.

use std::collections::BTreeMap;
use std::path::Path;

use pt_stem::media::decode::Reader;

use super::delivery::*;
use crate::bench::Bench;

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn samples(path: &Path) -> Vec<f64> {
    let mut reader = Reader::open(path).unwrap();
    let mut all = Vec::new();
    let mut block = vec![0.0; 4096 * usize::from(reader.info().channels)];
    loop {
        match reader.read(&mut block).unwrap() {
            0 => return all,
            got => all.extend_from_slice(&block[..got * usize::from(reader.info().channels)]),
        }
    }
}

/// Names with blanks and `_L`, one wrong and one missing stamp.
fn crooked() -> Delivery {
    let mut delivery = netflix(3, false);
    for file in &mut delivery.files {
        file.name = file
            .name
            .replace("Show_", "My Show_")
            .replace(".L.wav", "_L.WAV");
    }
    delivery.file("DIAStem_20_2ch_48k_24b_24_L").time = Some(5);
    delivery.file("FXStem_20_2ch_48k_24b_24.R").time = None;
    delivery
}

#[test]
fn the_plan_comes_first_and_nobody_there_is_no_yes() {
    let bench = Bench::new();
    let dir = bench.path("delivery");
    crooked().write(&dir);
    let before = contents(&dir);
    let place = dir.display().to_string();
    let args = ["lint", &place, "--preset", "netflix-nf20", "--fix"];
    let said = bench.run(&args).exits(2);
    assert!(said.err.contains("rename 'My Show_"), "{}", said.err);
    assert!(said.err.contains("--yes"), "{}", said.err);
    assert_eq!(contents(&dir), before);
}

#[test]
fn names_and_stamps_are_put_right_and_no_sample_is_touched() {
    let bench = Bench::new();
    let dir = bench.path("delivery");
    let delivery = crooked();
    delivery.write(&dir);
    let old: BTreeMap<String, Vec<f64>> = delivery
        .files
        .iter()
        .map(|file| {
            let good = file
                .name
                .replace("My Show", "My_Show")
                .replace("_L.WAV", ".L.wav");
            (good, samples(&dir.join(&file.name)))
        })
        .collect();
    let place = dir.display().to_string();
    let args = [
        "--json",
        "lint",
        &place,
        "--preset",
        "netflix-nf20",
        "--fix",
        "--yes",
    ];
    let said = bench.run(&args).exits(0);
    assert_eq!(
        said.json()["fixed"].as_array().unwrap().len(),
        10,
        "{}",
        said.err
    );
    let names: Vec<String> = contents(&dir).into_keys().collect();
    assert_eq!(names, old.keys().cloned().collect::<Vec<_>>());
    for (name, before) in &old {
        let path = dir.join(name);
        assert_eq!(&samples(&path), before, "{name}");
        let reader = Reader::open(&path).unwrap();
        assert_eq!(reader.info().time_reference, Some(HOUR), "{name}");
    }
    let said = bench.run(&args).exits(0);
    assert!(
        said.err.contains("nothing that --fix can put right"),
        "{}",
        said.err
    );
}

#[test]
fn a_name_that_is_taken_stays_taken() {
    let bench = Bench::new();
    let dir = bench.path("delivery");
    let mut delivery = Delivery::new(None, vec![Wav::new("Drums .wav", 2, 1)]);
    delivery.files.push(Wav::new("Drums.wav", 2, 2));
    delivery.write(&dir);
    let before = contents(&dir);
    let place = dir.display().to_string();
    let said = bench.run(&["lint", &place, "--fix", "--yes"]).exits(1);
    assert!(said.err.contains("'Drums.wav' is taken"), "{}", said.err);
    assert_eq!(contents(&dir), before);
}

#[test]
fn a_file_of_another_length_keeps_its_start() {
    let bench = Bench::new();
    let dir = bench.path("delivery");
    let mut delivery = house(2);
    let keys = delivery.file("Keys");
    keys.time = Some(HOUR + 480);
    keys.channels
        .iter_mut()
        .for_each(|c| c.truncate(FRAMES - 480));
    delivery.write(&dir);
    let before = contents(&dir);
    let place = dir.display().to_string();
    let said = bench.run(&["lint", &place, "--fix", "--yes"]).exits(1);
    assert!(said.err.contains("may start elsewhere"), "{}", said.err);
    assert_eq!(contents(&dir), before);
}

#[test]
fn a_printed_set_belongs_to_its_manifest() {
    let bench = Bench::new();
    let dir = bench.path("delivery");
    let mut delivery = house(2);
    delivery.file("Keys").name = "Keys.WAV".into();
    delivery
        .others
        .push(("manifest.json".into(), b"{}".to_vec()));
    delivery.write(&dir);
    let place = dir.display().to_string();
    let said = bench.run(&["lint", &place, "--fix", "--yes"]).exits(1);
    assert!(said.err.contains("manifest"), "{}", said.err);
    assert!(dir.join("Keys.WAV").is_file());
}

/// Timecode at 23.976 and 29.97 frames a second is slower than the clock; with drop frame it keeps up.
#[test]
fn a_stamp_is_that_of_the_frame_rate_that_the_name_says() {
    const SLOW: u64 = 172_972_800;
    const DROP: u64 = 172_799_827;
    let bench = Bench::new();
    let cases = [
        ("25", HOUR, None),
        ("25", SLOW, Some(HOUR)),
        ("23976", SLOW, None),
        ("23976", HOUR, Some(SLOW)),
        ("2997", SLOW, None),
        ("2997", DROP, None),
    ];
    for (fps, stamp, fixed) in cases {
        let mut delivery = netflix(3, false);
        for file in &mut delivery.files {
            file.name = file.name.replace("b_24.", &format!("b_{fps}."));
            file.time = Some(stamp);
        }
        let dir = bench.path(&format!("{fps} {stamp}"));
        delivery.write(&dir);
        let place = dir.display().to_string();
        let args = ["lint", &place, "--preset", "netflix-nf20"];
        bench.run(&args).exits(i32::from(fixed.is_some()));
        let Some(fixed) = fixed else { continue };
        bench
            .run(&[&args[..], &["--fix", "--yes"]].concat())
            .exits(0);
        for file in &delivery.files {
            let reader = Reader::open(&dir.join(&file.name)).unwrap();
            assert_eq!(reader.info().time_reference, Some(fixed), "{}", file.name);
        }
    }
    // Whether 29.97 drops frames is told by nothing: it is left alone.
    let mut delivery = netflix(3, false);
    for file in &mut delivery.files {
        file.name = file.name.replace("b_24.", "b_2997.");
    }
    let dir = bench.path("either");
    delivery.write(&dir);
    let place = dir.display().to_string();
    let said = bench.run(&["lint", &place, "--preset", "netflix-nf20", "--fix", "--yes"]);
    let all = format!("{}{}", said.out, said.err);
    assert!(all.contains("at which frame rate"), "{all}");
    let reader = Reader::open(&dir.join(&delivery.files[0].name)).unwrap();
    assert_eq!(reader.info().time_reference, Some(HOUR));
}
