//! `kill -9` at random instants of a render: beside `.part` files nothing stands that is not whole, and
//! the next print clears up and makes the same bytes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::bench::{Bench, Random, number, seed};
use crate::followed::{self, Followed, are_same, files, wrong_in};

const STEMS: usize = 4;

type Files = BTreeMap<String, Vec<u8>>;

struct Stage {
    bench: Bench,
    /// What every print is told beside.
    form: &'static [&'static str],
    /// How long an undisturbed print takes.
    took: Duration,
    /// What it makes, of 24 and of 16 bits.
    whole: Files,
    earlier: Files,
}

/// Where a kill met the program.
#[derive(Default)]
struct Met {
    before: u32,
    printing: u32,
    delivered: u32,
    ended: u32,
}

impl Stage {
    fn new(form: &'static [&'static str]) -> Self {
        let bench = followed::session_of(STEMS, 2.0);
        let print = |out: &str, bits: &str| {
            let begun = Instant::now();
            let more = [form, &["--bits", bits]].concat();
            let said = Self::start(&bench, out, &more).end();
            said.exits(0);
            (begun.elapsed(), files(&bench.path(out)))
        };
        let (_, earlier) = print("earlier", "16");
        let (took, whole) = print("whole", "24");
        Self {
            bench,
            form,
            took,
            whole,
            earlier,
        }
    }

    fn start(bench: &Bench, out: &str, more: &[&str]) -> Followed {
        let more = [&["--mix"], more].concat();
        Followed::start(followed::print(bench, out, STEMS, &more))
    }

    fn print(&self, existing: &str) -> Followed {
        let more = [self.form, &["--on-existing", existing]].concat();
        Self::start(&self.bench, "out", &more)
    }

    /// An empty folder, or one with an earlier print that is to be replaced.
    fn set_up(&self, replaces: bool) {
        let out = self.bench.path("out");
        let _ = std::fs::remove_dir_all(&out);
        if replaces {
            std::fs::create_dir_all(&out).unwrap();
            for (name, bytes) in &self.earlier {
                std::fs::write(out.join(name), bytes).unwrap();
            }
        }
    }

    /// Prints and kills; says when.
    fn kill(&self, kind: u64, replaces: bool, random: &mut Random) -> String {
        let existing = if replaces { "replace" } else { "refuse" };
        let mut print = self.print(existing);
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap();
        let when = if kind == 0 {
            // The end is short, and much happens in it.
            print.until_stage("verifying");
            let after = random.below(micros(self.took) / 16);
            std::thread::sleep(Duration::from_micros(after));
            format!("{after} us after the samples")
        } else {
            let after = random.below(micros(self.took) * 11 / 10);
            std::thread::sleep(Duration::from_micros(after));
            format!("after {after} us")
        };
        print.kill();
        print.end();
        when
    }

    fn meet(&self, met: &mut Met) {
        let left = files(&self.bench.path("out"));
        let new = |(name, bytes): &(&String, &Vec<u8>)| {
            *name != "manifest.json" && self.whole.get(*name) == Some(*bytes)
        };
        let delivered = left.iter().filter(new).count();
        let has_parts = left.keys().any(|name| name.ends_with(".part"));
        match (delivered, has_parts) {
            (0, false) => met.before += 1,
            (0, true) => met.printing += 1,
            (_, true) => met.delivered += 1,
            (_, false) => met.ended += 1,
        }
    }
}

#[test]
fn a_render_killed_anywhere_leaves_whole_files_and_parts_and_the_next_print_clears_up() {
    let kills = number("PT_STEM_KILLS").unwrap_or(20);
    kill_often(&Stage::new(&[]), kills);
}

#[test]
fn a_render_of_split_files_killed_anywhere_does_the_same() {
    let stage = Stage::new(&["--split"]);
    let sides = |letter: &str| {
        let names = stage.whole.keys();
        names.filter(|name| name.ends_with(letter)).count()
    };
    // The stems and the mix.
    assert_eq!((sides(".L.wav"), sides(".R.wav")), (STEMS + 1, STEMS + 1));
    kill_often(&stage, number("PT_STEM_KILLS").unwrap_or(12));
}

/// Kills prints, looks at what they left, and prints again.
fn kill_often(stage: &Stage, kills: u64) {
    let mut random = seed();
    let (mut met, mut wrong) = (Met::default(), Vec::new());
    let out = stage.bench.path("out");
    for kill in 0..kills {
        let replaces = kill % 2 == 1;
        stage.set_up(replaces);
        let when = stage.kill(kill % 3, replaces, &mut random);
        let mut found = wrong_in(&out, &[&stage.whole, &stage.earlier]);
        stage.meet(&mut met);
        let again = stage.print("replace").end();
        if again.code != 0 || !are_same(&files(&out), &stage.whole) {
            let names: Vec<String> = files(&out).into_keys().collect();
            found.push(format!("printed again: {names:?}, {again:?}"));
        }
        if !found.is_empty() {
            wrong.push(format!("kill {kill} {when}: {found:?}"));
            println!("{}", wrong.last().unwrap());
        }
    }
    let Met {
        before,
        printing,
        delivered,
        ended,
    } = met;
    println!(
        "{kills} kills: {before} before anything was written, {printing} with parts only, \
         {delivered} with parts and whole files, {ended} behind the last file; wrong {}",
        wrong.len()
    );
    assert_eq!(wrong, [""; 0]);
    assert!(
        printing > 0,
        "no kill landed inside: the test proves nothing"
    );
}
