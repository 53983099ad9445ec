//! Kinds of fault: a clean delivery, what is done to it, what must be found, and what else is then true.

use std::path::Path;

use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::stem::{BitDepth, FileFormat};

use super::delivery::*;

pub struct Fault {
    pub kind: &'static str,
    /// The code that must be among the findings.
    pub code: &'static str,
    /// Codes that follow from it, and are true too.
    pub also: &'static [&'static str],
    pub make: fn(u64) -> Delivery,
    /// What only files on a disk can have.
    pub after: fn(&Path),
}

fn nothing(_: &Path) {}

fn aiff(dir: &Path, name: &str) {
    let spec = WriteSpec {
        sample_rate: RATE,
        channels: 2,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let mut writer = Writer::create_as(&dir.join(name), spec, FileFormat::Aiff).unwrap();
    writer.write(&noise(5, FRAMES * 2, 0.05)).unwrap();
    writer.finish().unwrap();
}

macro_rules! fault {
    ($kind:literal, $code:literal, [$($also:literal),*], $seed:ident => $make:expr) => {
        fault!($kind, $code, [$($also),*], $seed => $make, nothing)
    };
    ($kind:literal, $code:literal, [$($also:literal),*], $seed:ident => $make:expr, $after:expr) => {
        Fault {
            kind: $kind,
            code: $code,
            also: &[$($also),*],
            make: |$seed| $make,
            after: $after,
        }
    };
}

/// A delivery, changed.
fn with(mut delivery: Delivery, change: impl FnOnce(&mut Delivery)) -> Delivery {
    change(&mut delivery);
    delivery
}

fn for_all(mut delivery: Delivery, change: impl Fn(&mut Wav)) -> Delivery {
    delivery.files.iter_mut().for_each(change);
    delivery
}

fn rename(delivery: &mut Delivery, from: &str, to: &str) {
    for file in &mut delivery.files {
        file.name = file.name.replace(from, to);
    }
}

pub fn of_the_house() -> Vec<Fault> {
    vec![
        fault!("one file at another rate", "rate", ["length", "start"], s => with(house(s), |d| d.file("Keys").rate = 44_100)),
        fault!("one file of 16 bits", "depth", [], s => with(house(s), |d| d.file("Keys").bits = 16)),
        fault!("one float among integers", "depth", [], s => with(house(s), |d| d.file("Vox").bits = 32)),
        fault!("a file too short", "length", ["sum_failed"], s => with(house(s), |d| d.file("Vox").channels.iter_mut().for_each(|c| c.truncate(FRAMES - 1)))),
        fault!("a file too long", "length", ["sum_failed"], s => with(house(s), |d| d.file("Vox").channels.iter_mut().for_each(|c| c.extend([0.01; 480])))),
        fault!("another start", "start", [], s => with(house(s), |d| d.file("Drums").time = Some(HOUR + 1))),
        fault!("no time stamp", "no_start", [], s => with(house(s), |d| d.file("Drums").time = None)),
        fault!("floats over full scale", "over", [], s => with(floats(s), |d| {
            d.file("Drums").channels[0][100] = 1.5;
            d.file("Vox").channels[0][100] = -1.2;
            remix_house(d);
        })),
        fault!("clipping", "clipped", ["true_peak"], s => with(house(s), |d| {
            d.file("Drums").channels[0][500..520].fill(1.5);
            d.file("Vox").channels[0][500..520].fill(-1.0 + 0.2);
            d.file("Vox").channels[1][500..520].fill(-0.5);
            // What the file holds.
            d.file("Drums").channels[0][500..520].fill(1.0 - 1.0 / 8_388_608.0);
            remix_house(d);
        })),
        fault!("peaks between samples", "true_peak", [], s => with(house(s), |d| {
            let tone = |i: usize| 0.95 * (std::f64::consts::FRAC_PI_2 * i as f64 + std::f64::consts::FRAC_PI_4).sin() * std::f64::consts::SQRT_2;
            d.file("Keys").channels[0] = (0..FRAMES).map(tone).collect();
            let quiet = noise(3, FRAMES, 0.001);
            d.file("Drums").channels = vec![quiet.clone(), noise(4, FRAMES, 0.001)];
            d.file("Bass").channels = vec![noise(5, FRAMES, 0.001)];
            d.file("Vox").channels = vec![noise(6, FRAMES, 0.001), quiet];
            remix_house(d);
        })),
        fault!("a silent stem", "silent", [], s => with(house(s), |d| {
            d.file("Keys").scale(0.0);
            remix_house(d);
        })),
        fault!("a silent side", "silent_side", [], s => with(house(s), |d| {
            d.file("Keys").channels[1].fill(0.0);
            remix_house(d);
        })),
        fault!("mono in a stereo file", "dual_mono", [], s => with(house(s), |d| {
            let left = d.file("Keys").channels[0].clone();
            d.file("Keys").channels[1] = left;
            remix_house(d);
        })),
        fault!("a stem 0.1 dB too loud", "sum_failed", [], s => with(house(s), |d| d.file("Vox").scale(1.0116))),
        fault!("a stem a sample late", "sum_failed", [], s => with(house(s), |d| d.file("Vox").channels.iter_mut().for_each(|c| c.rotate_right(1)))),
        fault!("a stem turned over", "sum_failed", [], s => with(house(s), |d| d.file("Vox").scale(-1.0))),
        fault!("sides swapped", "sum_failed", [], s => with(house(s), |d| d.file("Vox").channels.swap(0, 1))),
        fault!("a stem that was taken away", "sum_failed", [], s => with(house(s), |d| d.remove("Keys"))),
        fault!("the same sound twice", "same_sound", ["sum_failed"], s => with(house(s), |d| {
            let mut copy = d.file("Keys").clone();
            copy.name = "Song_Piano.wav".into();
            d.files.push(copy);
        })),
        fault!("samples that are no numbers", "no_number", ["sum_failed"], s => with(floats(s), |d| d.file("Vox").channels[1][77] = f64::NAN)),
        fault!("a file cut off", "cut", ["length", "sum_failed"], s => house(s), |dir| {
            let path = dir.join("Song_Vox.wav");
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..bytes.len() - 6000]).unwrap();
        }),
        fault!("a file of no bytes", "unreadable", [], s => with(house(s), |d| d.others.push(("Song_FX.wav".into(), Vec::new())))),
        fault!("a file that is no audio", "unreadable", [], s => with(house(s), |d| d.others.push(("Song_FX.wav".into(), vec![7; 9000])))),
        fault!("a file without samples", "empty", ["sum_failed"], s => with(house(s), |d| d.file("Vox").channels.iter_mut().for_each(Vec::clear))),
        fault!("an unfinished file", "unfinished_file", [], s => with(house(s), |d| d.others.push(("Song_FX.wav.part".into(), vec![0; 100])))),
        #[cfg(unix)]
        fault!("a link", "link", [], s => house(s), |dir| {
            std::fs::rename(dir.join("Song_Vox.wav"), dir.join("target")).unwrap();
            std::os::unix::fs::symlink("target", dir.join("Song_Vox.wav")).unwrap();
        }),
        #[cfg(unix)]
        fault!("a link to nothing", "unreadable", ["link"], s => house(s), |dir| {
            std::os::unix::fs::symlink("gone.wav", dir.join("Song_FX.wav")).unwrap();
        }),
        #[cfg(unix)]
        fault!("an illegal name", "name_illegal", [], s => with(house(s), |d| rename(d, "Song_Keys", "Song_Keys: wet?"))),
        fault!("a blank at the end of a name", "name_illegal", [], s => with(house(s), |d| rename(d, "Song_Keys", "Song_Keys "))),
        #[cfg(target_os = "linux")]
        fault!("names that differ by case", "name_collision", [], s => with(house(s), |d| {
            rename(d, "Song_Keys", "song_drums");
            d.remix("Mix", &["Drums", "Bass", "drums", "Vox"]);
        })),
        fault!("a name ending in capitals", "ending_case", [], s => with(house(s), |d| rename(d, "Keys.wav", "Keys.WAV"))),
        fault!("an AIFF called WAV", "ending", ["container", "no_start", "sum_failed"], s => house(s), |dir| aiff(dir, "Song_Keys.wav")),
        fault!("an AIFF among WAVs", "container", ["no_start", "sum_failed"], s => house(s), |dir| aiff(dir, "Song_Pad.aif")),
        fault!("one side of two", "missing_channel", [], s => with(split(s), |d| d.remove("Bass.R"))),
        fault!("a side twice", "double_channel", [], s => with(split(s), |d| {
            let copy = Wav { name: "Song_Bass_L.wav".into(), ..Wav::new("", 1, s + 70) };
            d.files.push(copy);
        })),
        fault!("5.1 without a mask", "channel_order", [], s => wide(s, 0)),
        fault!("5.1 with another mask", "channel_order", [], s => wide(s, 0x707)),
        fault!("a wrong sum in 5.1", "sum_failed", [], s => with(wide(s, 0x3F), |d| d.file("Vox").channels[4][900] += 0.1)),
        fault!("a wrong sum of split files", "sum_failed", [], s => with(split(s), |d| d.file("Bass.R").scale(0.99))),
        fault!("a folder below", "subfolder", [], s => with(house(s), |d| d.others.push(("more/x.wav".into(), vec![1])))),
        fault!("what macOS leaves", "system_file", [], s => with(house(s), |d| d.others.push(("._Song_Keys.wav".into(), vec![1; 40])))),
    ]
}

pub fn of_presets() -> Vec<Fault> {
    vec![
        fault!("netflix at 44.1 kHz", "rate", ["name_token", "start_asked"], s => for_all(netflix(s, true), |f| f.rate = 44_100)),
        fault!("netflix in 16 bits", "depth", ["name_token"], s => for_all(netflix(s, false), |f| f.bits = 16)),
        fault!("netflix without LFE", "missing_channel", [], s => with(netflix(s, true), |d| d.remove("MXStem_51_6ch_48k_24b_24.LFE"))),
        fault!("netflix without effects", "missing_stem", ["sum_failed"], s => with(netflix(s, false), |d| d.remove("FXStem"))),
        fault!("netflix with another stem", "unknown_stem", [], s => with(netflix(s, false), |d| {
            rename(d, "MXStem", "Drums");
            d.remix("PM", &["DIAStem", "Drums", "FXStem"]);
            let extra: Vec<Wav> = ["L", "R"].iter().map(|side| Wav::new(&format!("Show_s01e0{}_v01_MXStem_20_2ch_48k_24b_24.{side}.wav", s % 9 + 1), 1, s + 5 + u64::from(*side == "R"))).collect();
            d.files.extend(extra);
            d.remix("PM", &["DIAStem", "Drums", "FXStem", "MXStem"]);
        })),
        fault!("netflix with a wrong name", "name_pattern", [], s => with(netflix(s, false), |d| {
            let extra = ["L", "R"].map(|side| Wav::new(&format!("OPTA.{side}.wav"), 1, s + 50 + u64::from(side == "R")));
            d.files.extend(extra);
        })),
        fault!("netflix with a blank in its names", "name_letters", [], s => with(netflix(s, false), |d| rename(d, "Show_", "My Show_"))),
        fault!("netflix that says 96 kHz", "name_token", [], s => with(netflix(s, false), |d| rename(d, "48k", "96k"))),
        fault!("netflix that says 16 bits", "name_token", [], s => with(netflix(s, false), |d| rename(d, "24b", "16b"))),
        fault!("netflix with _L for .L", "side_name", [], s => with(netflix(s, false), |d| {
            rename(d, ".L.wav", "_L.wav");
            rename(d, ".R.wav", "_R.wav");
        })),
        fault!("stereo where 5.1 is asked", "layout", ["name_token"], s => with(netflix(s, false), |d| {
            d.preset = Some("netflix-nf51");
            rename(d, "20_2ch", "51_6ch");
        })),
        fault!("interleaved where discrete is asked", "split", [], s => with(netflix(s, false), |d| {
            let right: Vec<Wav> = d.files.iter().filter(|f| f.name.contains(".R.")).cloned().collect();
            d.remove(".R.");
            for (left, right) in d.files.iter_mut().zip(right) {
                left.name = left.name.replace(".L.wav", ".wav");
                left.channels.extend(right.channels);
            }
        })),
        fault!("another start than asked", "start_asked", [], s => for_all(netflix(s, false), |f| f.time = Some(HOUR * 2))),
        fault!("no start where one is asked", "no_start", [], s => for_all(netflix(s, false), |f| f.time = None)),
        fault!("peaks above -2 dBTP", "true_peak", [], s => with(netflix(s, false), |d| {
            d.file("FXStem_20_2ch_48k_24b_24.L").channels[0][3000] = 0.82;
            remix_netflix(d);
        })),
        fault!("a silent stem where sound is asked", "silent", [], s => with(netflix(s, false), |d| {
            for side in ["L", "R"] {
                d.file(&format!("MXStem_20_2ch_48k_24b_24.{side}")).scale(0.0);
            }
            remix_netflix(d);
        })),
        fault!("two revisions of a stem", "double_stem", ["sum_failed"], s => with(netflix(s, false), |d| {
            let mut extra: Vec<Wav> = d.files.iter().filter(|f| f.name.contains("FXStem")).cloned().collect();
            for (i, file) in (0_u64..).zip(&mut extra) {
                *file = Wav::new(&file.name.replace("_v01_", "_v02_"), 1, s + 900 + i);
            }
            d.files.extend(extra);
        })),
        fault!("a stem at the wrong gain", "sum_failed", [], s => with(netflix(s, true), |d| d.file("DIAStem_51_6ch_48k_24b_24.C").scale(0.98))),
        fault!("a mix too loud", "loudness", [], s => with(ebu(s, "ebu-r128"), |d| d.level("Mix", -22.0))),
        fault!("a mix too quiet", "loudness", [], s => with(ebu(s, "ebu-r128"), |d| d.level("Mix", -24.0))),
        fault!("a loud moment", "loud_moment", ["loudness"], s => with(ebu(s, "ebu-r128-s1"), |d| d.level("Mix", -9.0))),
        fault!("a mastering mix above -6", "mix_peak", [], s => with(mastering(s), |d| {
            d.file("Kick").channels[0][70] = 0.8;
            d.remix("FullMix", &["Kick", "Bass", "Vox"]);
        })),
        fault!("too many stems", "too_many_stems", [], s => with(mastering(s), |d| {
            for n in 4..10 {
                d.files.push(Wav::new(&format!("{n}_Song_Part{n}.wav"), 2, s + n));
            }
            d.remix("FullMix", &["Kick", "Bass", "Vox", "Part"]);
        })),
        fault!("not named as the Grammys ask", "name_pattern", [], s => with(grammy(s), |d| rename(d, "AI_Title_MI01_Bass_48k24", "Bass"))),
        fault!("accents where none may be", "name_letters", ["name_pattern"], s => with(grammy(s), |d| rename(d, "Title", "Tïtle"))),
        fault!("15 seconds that are not", "exact_length", [], s => with(library(s), |d| d.files.push(Wav::new("Track_15.wav", 2, s + 40)))),
        fault!("a version that is none", "name_pattern", [], s => with(library(s), |d| rename(d, "Track_Main_Synth", "Track_Long"))),
        fault!("a cue whose name lies about its start", "name_token", [], s => with(score(s), |d| rename(d, "Brass 01-00-00-00", "Brass 02-00-00-00"))),
        fault!("no list of checksums", "missing_checksums", [], s => with(cinema(s), |d| d.others.clear())),
        fault!("a file in no list", "unlisted", [], s => with(cinema(s), |d| {
            let short: String = String::from_utf8(d.others[0].1.clone()).unwrap().lines().skip(1).map(|l| format!("{l}\n")).collect();
            d.others[0].1 = short.into_bytes();
        })),
        fault!("7.1 without a side", "missing_channel", [], s => with(cinema(s), |d| d.remove("Film_MX_7.1.Rsr"))),
        fault!("5.1 without its stereo twin", "missing_twin", [], s => with(component(s), |d| d.remove("20"))),
        fault!("a head that is too long", "start_asked", [], s => for_all(component(s), |f| f.time = Some(HOUR - 6 * 48_000))),
        fault!("dialogue in stereo only", "missing_stem", [], s => with(yandex(s), |d| d.remove("Film_DX.wav"))),
        fault!("a master too loud", "loudness", [], s => with(streaming(s), |d| d.level("Song", -9.0))),
        fault!("an archive without its mix", "missing_mix", ["missing_manifest"], s => with(floats(s), |d| {
            d.preset = Some("archive-float");
            d.remove("Mix");
        })),
        fault!("an archive without its manifest", "missing_manifest", [], s => with(floats(s), |d| d.preset = Some("archive-float"))),
        fault!("music in 16 bits", "depth", [], s => for_all(music(s), |f| f.bits = 16)),
        fault!("music without a revision", "name_pattern", [], s => with(music(s), |d| rename(d, "Keys_v02", "Keys"))),
    ]
}
