//! Files of ffmpeg and libsndfile, decoded by them and by us: the same frames at the same places,
//! the same samples where nothing is lost.

use std::path::{Path, PathBuf};
use std::process::Command;

use pt_stem::media::decode::Reader;
use pt_stem::media::info::Ending;
use pt_stem::media::probe::probe;

use crate::{have, read_all, run};

/// Odd, so that frames, packets and pad bytes do not fall together.
const FRAMES: usize = 30_001;

/// ffmpeg 9 where Python has it (`imageio-ffmpeg`), which cuts both ends of AAC; else the system's.
fn ffmpeg() -> Option<(PathBuf, bool)> {
    let python = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())";
    if have("python3", &["-c", "import imageio_ffmpeg"]) {
        let path = run(Command::new("python3").args(["-c", python]));
        return Some((path.trim().into(), true));
    }
    have("ffmpeg", &["-version"]).then(|| ("ffmpeg".into(), false))
}

/// A source of sines, each channel its own, 24 bits.
fn source(ffmpeg: &Path, folder: &Path, channels: usize) -> PathBuf {
    let path = folder.join(format!("source{channels}.wav"));
    let sines: Vec<String> = (0..channels)
        .map(|c| format!("0.3*sin(2*PI*({}+60*t)*t)", 300 + 170 * c))
        .collect();
    let layout = match channels {
        1 => "mono",
        2 => "stereo",
        6 => "5.1",
        _ => "7.1",
    };
    let expression = format!("aevalsrc={}:c={layout}:s=48000", sines.join("|"));
    let mut command = Command::new(ffmpeg);
    command.args(["-v", "error", "-y", "-f", "lavfi", "-i", &expression]);
    command.args(["-af", &format!("atrim=end_sample={FRAMES}")]);
    run(command.args(["-c:a", "pcm_s24le"]).arg(&path));
    path
}

/// What ffmpeg reads from a file.
fn theirs(ffmpeg: &Path, path: &Path) -> Vec<f64> {
    let output = Command::new(ffmpeg)
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-f", "f64le", "-c:a", "pcm_f64le", "-"])
        .output()
        .unwrap();
    let (samples, _) = output.stdout.as_chunks::<8>();
    samples.iter().copied().map(f64::from_le_bytes).collect()
}

/// Ending, options, and whether nothing is lost.
const FORMS: [(&str, &str, bool); 36] = [
    ("wav", "pcm_u8", true),
    ("wav", "pcm_s16le", true),
    ("wav", "pcm_s24le", true),
    ("wav", "pcm_s32le", true),
    ("wav", "pcm_f32le", true),
    ("wav", "pcm_f64le", true),
    ("wav", "pcm_s24le -rf64 always", true),
    ("wav", "pcm_alaw", true),
    ("wav", "pcm_mulaw", true),
    ("w64", "pcm_s24le", true),
    ("aif", "pcm_s8", true),
    ("aif", "pcm_s16be", true),
    ("aif", "pcm_s24be", true),
    ("aif", "pcm_s32be", true),
    ("aif", "pcm_f32be", true),
    ("aif", "pcm_f64be", true),
    ("aif", "pcm_s16le", true),
    ("aif", "pcm_alaw", true),
    ("aif", "pcm_mulaw", true),
    ("caf", "pcm_s8", true),
    ("caf", "pcm_s16be", true),
    ("caf", "pcm_s24le", true),
    ("caf", "pcm_s32le", true),
    ("caf", "pcm_f32be", true),
    ("caf", "pcm_f64le", true),
    ("caf", "pcm_alaw", true),
    ("flac", "flac -sample_fmt s16", true),
    ("flac", "flac -sample_fmt s32", true),
    ("m4a", "alac -sample_fmt s16p", true),
    ("m4a", "alac -sample_fmt s32p", true),
    ("mp3", "libmp3lame -b:a 256k", false),
    ("mp3", "libmp3lame -q:a 3", false),
    ("m4a", "aac -b:a 192k", false),
    (
        "m4a",
        "aac -b:a 192k -movflags +frag_keyframe+empty_moov",
        false,
    ),
    ("aac", "aac -b:a 192k", false),
    ("ogg", "libvorbis -q:a 6", false),
];

/// What symphonia cannot do is refused, with the reason and a way out.
fn is_refused(ending: &str, options: &str, channels: usize) -> bool {
    channels > 2 && (options.starts_with("aac") || ending == "ogg")
}

#[test]
fn we_read_what_ffmpeg_reads() {
    let Some((ffmpeg, is_new)) = ffmpeg() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for channels in [1, 2, 6, 8] {
        let source = source(&ffmpeg, folder.path(), channels);
        for (number, (ending, options, is_exact)) in FORMS.into_iter().enumerate() {
            // ffmpeg folds what MP3 cannot hold.
            if channels > 2 && ending == "mp3" {
                continue;
            }
            let path = folder.path().join(format!("{number}-{channels}.{ending}"));
            let mut command = Command::new(&ffmpeg);
            command.args(["-v", "error", "-y", "-i"]).arg(&source);
            command.args(["-c:a"]).args(options.split(' ')).arg(&path);
            if !command.output().unwrap().status.success() {
                println!("skipped: this ffmpeg writes no {options} of {channels} channels");
                continue;
            }
            let what = format!("{ending} {options} of {channels} channels");
            if is_refused(ending, options, channels) {
                assert!(Reader::open(&path).is_err(), "{what}");
                continue;
            }
            // Of ALAC in 7.1 ffmpeg moves the channels about.
            if channels == 8 && options.starts_with("alac") {
                continue;
            }
            let want = theirs(&ffmpeg, &path);
            let got = read_all(&path, 4096).unwrap_or_else(|error| panic!("{what}: {error}"));
            let info = probe(&path).unwrap();
            assert_eq!(usize::from(info.channels), channels, "{what}");
            assert_eq!(info.ending, Ending::Whole, "{what}");
            let frames = got.len() as u64 / channels as u64;
            assert_eq!(info.frames.unwrap_or(frames), frames, "{what}");
            match ending {
                // ffmpeg loses a part of the last packet at some lengths.
                "ogg" => assert_eq!(frames, FRAMES as u64, "{what}"),
                // Old ones keep the padding of AAC.
                _ if !is_new && options.starts_with("aac") => {}
                _ => assert_eq!(got.len(), want.len(), "{what}: samples"),
            }
            let apart = got.iter().zip(&want).map(|(a, b)| (a - b).abs());
            let apart = apart.fold(0.0, f64::max);
            let bound = if is_exact { 0.0 } else { 2e-6 };
            assert!(apart <= bound, "{what}: {apart} apart");
        }
    }
}

/// What is lost of an uncompressed file is known, what is there is read.
#[test]
fn files_that_were_cut_off_are_read_to_their_end() {
    let Some((ffmpeg, _)) = ffmpeg() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let source = source(&ffmpeg, folder.path(), 2);
    for (ending, coding) in [
        ("wav", "pcm_s24le"),
        ("w64", "pcm_s24le"),
        ("aif", "pcm_s24be"),
        ("caf", "pcm_s24be"),
    ] {
        let path = folder.path().join(format!("cut.{ending}"));
        let mut command = Command::new(&ffmpeg);
        command.args(["-v", "error", "-y", "-i"]).arg(&source);
        run(command.args(["-c:a", coding]).arg(&path));
        let whole = read_all(&path, 1000).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_len(60_001).unwrap();
        let info = probe(&path).unwrap();
        assert_eq!(info.ending, Ending::Cut, "{ending}");
        let got = read_all(&path, 1000).unwrap();
        assert_eq!(info.frames, Some(got.len() as u64 / 2), "{ending}");
        assert!((9_900..10_000).contains(&(got.len() / 2)), "{ending}");
        assert!(got == whole[..got.len()], "{ending}");
    }
}

fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(8 + body.len()).unwrap();
    [&size.to_be_bytes()[..], name, body].concat()
}

/// The tag as iTunes writes it.
fn itunes_tag(priming: u32, remainder: u32, frames: u64) -> Vec<u8> {
    let zeros = " 00000000".repeat(8);
    let text = format!(" 00000000 {priming:08X} {remainder:08X} {frames:016X}{zeros}");
    let data = [&[0, 0, 0, 1, 0, 0, 0, 0], text.as_bytes()].concat();
    let tag = [
        boxed(b"mean", b"\0\0\0\0com.apple.iTunes"),
        boxed(b"name", b"\0\0\0\0iTunSMPB"),
        boxed(b"data", &data),
    ];
    let handler = boxed(b"hdlr", b"\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
    let list = boxed(b"ilst", &boxed(b"----", &tag.concat()));
    boxed(
        b"udta",
        &boxed(b"meta", &[&[0; 4][..], &handler, &list].concat()),
    )
}

/// The same file with other places for its length: the edit list hidden, a tag put at the end.
fn relabelled(bytes: &[u8], keep_edits: bool, tag: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let find = |bytes: &[u8], name: &[u8; 4]| bytes.windows(4).position(|w| w == name).unwrap();
    if !keep_edits {
        let at = find(&bytes, b"edts");
        bytes[at..at + 4].copy_from_slice(b"free");
    }
    let at = find(&bytes, b"udta");
    bytes[at..at + 4].copy_from_slice(b"free");
    let moov = find(&bytes, b"moov");
    let size = u32::try_from(bytes.len() - (moov - 4) + tag.len()).unwrap();
    bytes[moov - 4..moov].copy_from_slice(&size.to_be_bytes());
    bytes.extend(tag);
    bytes
}

#[test]
fn priming_of_aac_is_cut_by_edit_list_or_tag() {
    let Some((ffmpeg, _)) = ffmpeg() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let source = source(&ffmpeg, folder.path(), 2);
    let path = folder.path().join("edited.m4a");
    let mut command = Command::new(&ffmpeg);
    command.args(["-v", "error", "-y", "-i"]).arg(&source);
    run(command.args(["-c:a", "aac"]).arg(&path));
    let bytes = std::fs::read(&path).unwrap();
    let edited = read_all(&path, 1000).unwrap();
    let frames = edited.len() / 2;
    assert!(frames.abs_diff(FRAMES) < 48, "{frames} frames");

    let other = folder.path().join("other.m4a");
    let read = |bytes: Vec<u8>| {
        std::fs::write(&other, bytes).unwrap();
        read_all(&other, 1000).unwrap()
    };
    let tag = itunes_tag(1024, 0, frames as u64);
    assert!(read(relabelled(&bytes, false, &tag)) == edited, "tag alone");
    let plain = read(relabelled(&bytes, false, &[]));
    assert!(plain[2 * 1024..][..edited.len()] == edited, "neither");
    let later = itunes_tag(2112, 0, 20_000);
    let both = read(relabelled(&bytes, true, &later));
    assert!(both == plain[2 * 2112..][..40_000], "the tag counts");
}

const WRITE: &str = "
import sys, numpy as np, soundfile as sf
rng = np.random.default_rng(5)
for format, end in (('WAV', 'wav'), ('WAVEX', 'wav'), ('RF64', 'wav'), ('W64', 'w64'), ('AIFF', 'aif'), ('CAF', 'caf')):
    for subtype in ('PCM_S8', 'PCM_U8', 'PCM_16', 'PCM_24', 'PCM_32', 'FLOAT', 'DOUBLE', 'ULAW', 'ALAW', 'ALAC_16'):
        for endian in ('FILE', 'LITTLE'):
            for channels in (1, 2, 6):
                # It does not bring the channels into ALAC's order.
                if subtype.startswith('ALAC') and channels > 2: continue
                if not sf.check_format(format, subtype, endian): continue
                path = f'{sys.argv[1]}/{format}-{subtype}-{endian}-{channels}.{end}'
                try: sf.write(path, rng.uniform(-1, 1, (5001, channels)), 44100, subtype, endian, format)
                except Exception: continue
                sf.read(path, dtype='float64', always_2d=True)[0].tofile(path + '.f64')
                print(path)
";

#[test]
fn we_read_what_libsndfile_reads() {
    if !have("python3", &["-c", "import numpy, soundfile"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let list = run(Command::new("python3")
        .args(["-c", WRITE])
        .arg(folder.path()));
    assert!(list.lines().count() > 80, "{list}");
    for path in list.lines() {
        let raw = std::fs::read(format!("{path}.f64")).unwrap();
        let (want, _) = raw.as_chunks::<8>();
        let want: Vec<f64> = want.iter().copied().map(f64::from_le_bytes).collect();
        let got = read_all(Path::new(path), 777).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(got.len(), want.len(), "{path}");
        assert!(got == want, "{path}");
    }
}
