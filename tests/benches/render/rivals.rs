//! The same work by others: an ideal mixer in C, sox, ffmpeg. Each is left out where it is missing.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::process::Program;
use crate::session::{Session, Track};

fn gain(track: &Track) -> f64 {
    10_f64.powf(track.volume_db / 20.0)
}

fn stem(session: &Session, number: usize) -> impl Iterator<Item = &Track> {
    let tracks = session.tracks.iter();
    tracks.filter(move |track| track.stem == number)
}

fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("left out: {program} is not installed");
    }
    found
}

/// Reads, sums, rounds and writes without checking, measuring or proving anything, and with every
/// instruction that the processor has.
pub fn ideal(root: &Path, session: &Session) -> Option<Program> {
    let shared = std::env::var("PT_STEM_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let source = Path::new(&shared).join("measure/tools/ideal64.c");
    if !source.exists() {
        println!(
            "left out: the ideal mixer ({} is missing)",
            source.display()
        );
        return None;
    }
    let program = root.join("ideal");
    let built = Command::new("cc")
        .args(["-O3", "-march=native", "-o"])
        .args([&program, &source])
        .args(["-lpthread", "-lm"])
        .status();
    if !built.is_ok_and(|status| status.success()) {
        println!("left out: the ideal mixer (no C compiler)");
        return None;
    }
    let out = folder(root, "ideal");
    let mut plan = String::new();
    for number in 0..session.stems {
        let (frames, rate) = (session.frames, session.rate);
        let _ = writeln!(plan, "S {out}/STEM{number:02}.wav {frames} {rate}");
        for track in stem(session, number) {
            let _ = writeln!(plan, "T {} {:.12}", track.path.display(), gain(track));
        }
    }
    let path = root.join(format!("plan-{}", session.frames));
    std::fs::write(&path, plan).expect("a plan");
    let script = format!("exec '{}' '{}' 2 3", program.display(), path.display());
    Some(Program::new("ideal, 2 threads", script))
}

fn folder(root: &Path, name: &str) -> String {
    let dir = root.join(format!("out-{name}"));
    std::fs::create_dir_all(&dir).expect("a folder");
    dir.display().to_string()
}

/// A process a stem, two at a time.
fn in_pairs(
    root: &Path,
    name: &str,
    session: &Session,
    command: impl Fn(usize) -> String,
) -> Program {
    let word = name.replace(' ', "-");
    let dir = root.join(format!("scripts-{word}-{}", session.frames));
    std::fs::create_dir_all(&dir).expect("a folder");
    for number in 0..session.stems {
        std::fs::write(dir.join(format!("{number:03}.sh")), command(number)).expect("a script");
    }
    let script = format!("ls '{}'/*.sh | xargs -P2 -n1 sh", dir.display());
    Program::new(name, script)
}

/// Its fastest right form: all inputs merged and remixed with gains.
pub fn sox(root: &Path, session: &Session) -> Option<Program> {
    is_there("sox").then(|| {
        let out = folder(root, "sox");
        in_pairs(root, "sox -M remix", session, |number| {
            let (mut files, mut left, mut right) = (String::new(), Vec::new(), Vec::new());
            let (mut channel, mut count) = (1, 0);
            for track in stem(session, number) {
                let _ = write!(files, " '{}'", track.path.display());
                left.push(format!("{channel}v{:.9}", gain(track)));
                right.push(format!("{}v{:.9}", channel + track.channels - 1, gain(track)));
                channel += track.channels;
                count += 1;
            }
            let merge = if count > 1 { "-M" } else { "" };
            format!(
                "exec sox {merge} -D --buffer 131072{files} -b 24 '{out}/{number}.wav' remix -m {} {}",
                left.join(","),
                right.join(",")
            )
        })
    })
}

/// A process a stem: its fastest form.
pub fn ffmpeg(root: &Path, session: &Session) -> Option<Program> {
    let program = std::env::var("FFMPEG").unwrap_or_else(|_| "ffmpeg".to_owned());
    is_there(&program).then(|| {
        let out = folder(root, "ffmpeg");
        in_pairs(root, "ffmpeg amix", session, |number| {
            let (mut files, mut graph, mut mixed) = (String::new(), String::new(), String::new());
            for (index, track) in stem(session, number).enumerate() {
                let _ = write!(files, " -i '{}'", track.path.display());
                let sides = if track.channels == 1 {
                    "pan=stereo|c0=c0|c1=c0,"
                } else {
                    ""
                };
                let _ = write!(graph, "[{index}:a]aformat=sample_fmts=fltp,{sides}");
                let _ = write!(
                    graph,
                    "volume={:.12}:precision=float[t{index}];",
                    gain(track)
                );
                let _ = write!(mixed, "[t{index}]");
            }
            let count = stem(session, number).count();
            format!(
                "exec '{program}' -v error -nostdin -y{files} -filter_complex \
                 \"{graph}{mixed}amix=inputs={count}:normalize=0:duration=longest[m]\" -map '[m]' \
                 -c:a pcm_s24le -bitexact '{out}/{number}.wav'"
            )
        })
    })
}
