//! Deliveries made up for the linter: every byte of a file is the test's own.

use std::path::Path;

use pt_stem::audio::programme::Programme;

/// Hz and frames of a file that has no others.
pub const RATE: u32 = 48_000;
pub const FRAMES: usize = 36_000;
/// 01:00:00:00 at 48 kHz.
pub const HOUR: u64 = 172_800_000;
pub const FIVE: [&str; 6] = ["L", "R", "C", "LFE", "Ls", "Rs"];
pub const SEVEN: [&str; 8] = ["L", "R", "C", "LFE", "Lsr", "Rsr", "Ls", "Rs"];

/// A WAV.
#[derive(Clone)]
pub struct Wav {
    pub name: String,
    pub channels: Vec<Vec<f64>>,
    pub rate: u32,
    /// 32 is float.
    pub bits: u16,
    pub mask: Option<u32>,
    pub time: Option<u64>,
}

/// xorshift noise between -level and level.
pub fn noise(seed: u64, frames: usize, level: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..frames)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state as f64 / u64::MAX as f64 * 2.0 - 1.0) * level
        })
        .collect()
}

impl Wav {
    pub fn new(name: &str, channels: usize, seed: u64) -> Self {
        let sound = |channel: usize| noise(seed * 31 + channel as u64 + 1, FRAMES, 0.05);
        Self {
            name: name.to_owned(),
            channels: (0..channels).map(sound).collect(),
            rate: RATE,
            bits: 24,
            mask: None,
            time: Some(HOUR),
        }
    }

    pub fn scale(&mut self, gain: f64) {
        for sample in self.channels.iter_mut().flatten() {
            *sample *= gain;
        }
    }

    fn put(&self, out: &mut Vec<u8>, sample: f64) {
        match self.bits {
            32 => out.extend_from_slice(&(sample as f32).to_le_bytes()),
            bits => {
                let scale = f64::from(1_i32 << (bits - 1));
                let value = (sample * scale).round().clamp(-scale, scale - 1.0) as i32;
                out.extend_from_slice(&value.to_le_bytes()[..usize::from(bits / 8)]);
            }
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let width = self.channels.len();
        let frame = width as u16 * (self.bits / 8);
        let tag: u16 = if self.bits == 32 { 3 } else { 1 };
        let mut format = Vec::new();
        let outer = if self.mask.is_some() { 0xFFFE } else { tag };
        format.extend_from_slice(&outer.to_le_bytes());
        format.extend_from_slice(&(width as u16).to_le_bytes());
        format.extend_from_slice(&self.rate.to_le_bytes());
        format.extend_from_slice(&(self.rate * u32::from(frame)).to_le_bytes());
        format.extend_from_slice(&frame.to_le_bytes());
        format.extend_from_slice(&self.bits.to_le_bytes());
        if let Some(mask) = self.mask {
            format.extend_from_slice(&22_u16.to_le_bytes());
            format.extend_from_slice(&self.bits.to_le_bytes());
            format.extend_from_slice(&mask.to_le_bytes());
            format.extend_from_slice(&tag.to_le_bytes());
            format.extend_from_slice(&[0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
        }
        let mut data = Vec::new();
        for at in 0..self.channels.first().map_or(0, Vec::len) {
            for channel in &self.channels {
                self.put(&mut data, channel[at]);
            }
        }
        let mut body = b"WAVE".to_vec();
        let mut chunk = |id: &[u8; 4], bytes: &[u8]| {
            body.extend_from_slice(id);
            body.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            body.extend_from_slice(bytes);
            if bytes.len() % 2 == 1 {
                body.push(0);
            }
        };
        if let Some(time) = self.time {
            let mut bext = vec![0; 602];
            bext[338..346].copy_from_slice(&time.to_le_bytes());
            chunk(b"bext", &bext);
        }
        chunk(b"fmt ", &format);
        chunk(b"data", &data);
        let mut all = b"RIFF".to_vec();
        all.extend_from_slice(&(body.len() as u32).to_le_bytes());
        all.extend(body);
        all
    }
}

/// A folder to be linted.
#[derive(Clone)]
pub struct Delivery {
    pub preset: Option<&'static str>,
    pub files: Vec<Wav>,
    /// Whatever else lies there; a name with a slash lies deeper.
    pub others: Vec<(String, Vec<u8>)>,
}

impl Delivery {
    pub fn new(preset: Option<&'static str>, files: Vec<Wav>) -> Self {
        Self {
            preset,
            files,
            others: Vec::new(),
        }
    }

    pub fn file(&mut self, part: &str) -> &mut Wav {
        let found = self.files.iter_mut().find(|file| file.name.contains(part));
        found.unwrap_or_else(|| panic!("no file has '{part}' in its name"))
    }

    pub fn remove(&mut self, part: &str) {
        let before = self.files.len();
        self.files.retain(|file| !file.name.contains(part));
        assert!(
            self.files.len() < before,
            "no file has '{part}' in its name"
        );
    }

    /// Makes the files of the mix the sum of the files of these stems.
    pub fn remix(&mut self, mix: &str, stems: &[&str]) {
        let sides = |name: &str| {
            name.rsplit_once('.')
                .unwrap()
                .0
                .rsplit_once('.')
                .map(|s| s.1.to_owned())
        };
        let stems: Vec<Wav> = self
            .files
            .iter()
            .filter(|file| stems.iter().any(|stem| file.name.contains(stem)))
            .cloned()
            .collect();
        assert!(!stems.is_empty());
        for whole in self.files.iter_mut().filter(|file| file.name.contains(mix)) {
            let is_discrete = whole.channels.len() == 1;
            let mine = |stem: &&Wav| !is_discrete || sides(&stem.name) == sides(&whole.name);
            let width = whole.channels.len();
            let mut sum = vec![vec![0.0; FRAMES]; width];
            for stem in stems.iter().filter(mine) {
                for (side, sum) in sum.iter_mut().enumerate() {
                    let from = &stem.channels[side.min(stem.channels.len() - 1)];
                    for (sum, sample) in sum.iter_mut().zip(from) {
                        *sum += sample;
                    }
                }
            }
            whole.channels = sum;
        }
    }

    /// Turns everything so that this file has this loudness.
    pub fn level(&mut self, part: &str, lufs: f64) {
        let file = self.file(part).clone();
        let width = file.channels.len();
        let mut programme =
            Programme::new(width as u16, file.rate, file.mask.unwrap_or(0)).unwrap();
        let frames = (0..FRAMES).flat_map(|at| file.channels.iter().map(move |c| c[at]));
        programme.add(&frames.collect::<Vec<_>>());
        let is = programme.finish().integrated.unwrap();
        let gain = 10_f64.powf((lufs - is) / 20.0);
        for file in &mut self.files {
            file.scale(gain);
        }
    }

    pub fn write(&self, dir: &Path) {
        std::fs::create_dir_all(dir).unwrap();
        for file in &self.files {
            std::fs::write(dir.join(&file.name), file.bytes()).unwrap();
        }
        for (name, bytes) in &self.others {
            let path = dir.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

const BAND: [&str; 4] = ["Drums", "Bass", "Keys", "Vox"];

/// Stereo stems with a mix, by the rules of the house.
pub fn house(seed: u64) -> Delivery {
    let mut files: Vec<Wav> = (0_u64..)
        .zip(BAND)
        .map(|(i, name)| {
            Wav::new(
                &format!("Song_{name}.wav"),
                if name == "Bass" { 1 } else { 2 },
                seed * 97 + i,
            )
        })
        .collect();
    files.push(Wav::new("Song_Mix.wav", 2, 0));
    let mut delivery = Delivery::new(None, files);
    delivery.remix("Mix", &BAND);
    delivery
}

/// The same as floats.
pub fn floats(seed: u64) -> Delivery {
    let mut delivery = house(seed);
    for file in &mut delivery.files {
        file.bits = 32;
    }
    delivery
}

pub fn remix_house(delivery: &mut Delivery) {
    delivery.remix("Mix", &BAND);
}

/// Interleaved 5.1 with masks.
pub fn wide(seed: u64, mask: u32) -> Delivery {
    let mut delivery = house(seed);
    for (i, file) in delivery.files.iter_mut().enumerate() {
        *file = Wav::new(&file.name.clone(), 6, seed + i as u64);
        file.mask = Some(mask);
    }
    remix_house(&mut delivery);
    delivery
}

/// One mono file a channel.
pub fn split(seed: u64) -> Delivery {
    let mut files = Vec::new();
    for (i, name) in (0_u64..).zip(["Drums", "Bass", "Mix"]) {
        for side in ["L", "R"] {
            let seed = seed * 7 + i * 3 + u64::from(side == "R");
            files.push(Wav::new(&format!("Song_{name}.{side}.wav"), 1, seed));
        }
    }
    let mut delivery = Delivery::new(None, files);
    delivery.remix("Mix", &["Drums", "Bass"]);
    delivery
}

const NETFLIX: [&str; 3] = ["DIAStem", "MXStem", "FXStem"];

pub fn netflix(seed: u64, wide: bool) -> Delivery {
    let (preset, field, sides): (_, _, &[&str]) = match wide {
        true => ("netflix-nf51", "51_6ch", &FIVE),
        false => ("netflix-nf20", "20_2ch", &FIVE[..2]),
    };
    let mut files = Vec::new();
    for (i, asset) in (0_u64..).zip(NETFLIX.into_iter().chain(["PM"])) {
        for (k, side) in (0_u64..).zip(sides) {
            let name = format!(
                "Show_s01e0{}_v01_{asset}_{field}_48k_24b_24.{side}.wav",
                seed % 9 + 1
            );
            files.push(Wav::new(&name, 1, seed * 77 + i * 8 + k));
        }
    }
    let mut delivery = Delivery::new(Some(preset), files);
    delivery.remix("PM", &NETFLIX);
    delivery
}

pub fn remix_netflix(delivery: &mut Delivery) {
    delivery.remix("PM", &NETFLIX);
}

pub fn ebu(seed: u64, preset: &'static str) -> Delivery {
    let mut delivery = house(seed);
    delivery.preset = Some(preset);
    delivery.remove("Bass");
    delivery.remix("Mix", &["Drums", "Keys", "Vox"]);
    delivery.level("Mix", -23.0);
    delivery
}

pub fn mastering(seed: u64) -> Delivery {
    let names = ["0_Song_FullMix", "1_Song_Kick", "2_Song_Bass", "3_Song_Vox"];
    let files = (0_u64..).zip(names);
    let files = files.map(|(i, name)| Wav::new(&format!("{name}.wav"), 2, seed * 5 + i));
    let mut delivery = Delivery::new(Some("mastering-stems"), files.collect());
    delivery.remix("FullMix", &["Kick", "Bass", "Vox"]);
    delivery
}

pub fn grammy(seed: u64) -> Delivery {
    let names = ["Drums", "Snare_Rim", "Bass", "LeadVox"];
    let files = (0_u64..).zip(names);
    let files = files
        .map(|(i, name)| Wav::new(&format!("AI_Title_MI01_{name}_48k24.wav"), 2, seed * 9 + i));
    Delivery::new(Some("pe-wing"), files.collect())
}

pub fn library(seed: u64) -> Delivery {
    let names = [
        "Main_Drums",
        "Main_Bass",
        "Main_Synth",
        "Main",
        "Alt_Drums",
        "Alt_Bass",
    ];
    let files = (0_u64..).zip(names);
    let files = files.map(|(i, name)| Wav::new(&format!("Track_{name}.wav"), 2, seed * 9 + i));
    Delivery::new(Some("sync-library"), files.collect())
}

pub fn score(seed: u64) -> Delivery {
    let names = ["Strings", "Brass", "Perc", "Mix"];
    let files = (0_u64..).zip(names);
    let files =
        files.map(|(i, name)| Wav::new(&format!("M3v2 {name} 01-00-00-00.wav"), 2, seed * 9 + i));
    let mut delivery = Delivery::new(Some("film-score-to-dub"), files.collect());
    delivery.remix("Mix", &["Strings", "Brass", "Perc"]);
    delivery
}

pub fn cinema(seed: u64) -> Delivery {
    let mut files = Vec::new();
    for (i, stem) in (0_u64..).zip(["DX", "MX", "FX", "PM"]) {
        for (k, side) in (0_u64..).zip(SEVEN) {
            let name = format!("Film_{stem}_7.1.{side}.wav");
            files.push(Wav::new(&name, 1, seed * 77 + i * 8 + k));
        }
    }
    let mut delivery = Delivery::new(Some("cinema-archive-adpf"), files);
    delivery.remix("PM", &["DX", "MX", "FX"]);
    let list: String = delivery
        .files
        .iter()
        .map(|file| format!("0123  {}\n", file.name))
        .collect();
    delivery
        .others
        .push(("checksums.md5".into(), list.into_bytes()));
    delivery
}

pub fn component(seed: u64) -> Delivery {
    let mut wide = Wav::new("Title_DX_51.wav", 6, seed);
    wide.mask = Some(0x3F);
    let stereo = Wav::new("Title_DX_20.wav", 2, seed + 20);
    Delivery::new(Some("wbd-component"), vec![wide, stereo])
}

pub fn yandex(seed: u64) -> Delivery {
    let mut delivery = Delivery::new(Some("yandex-mne"), Vec::new());
    for (i, name) in (0_u64..).zip(["Film_ME", "Film_DX"]) {
        let mut wide = Wav::new(&format!("{name}.wav"), 6, seed + i * 50);
        wide.mask = Some(0x60F);
        delivery.files.push(wide);
        for side in ["L", "R"] {
            let seed = seed + i * 50 + 9 + u64::from(side == "R");
            delivery
                .files
                .push(Wav::new(&format!("{name}.{side}.wav"), 1, seed));
        }
    }
    delivery
}

pub fn streaming(seed: u64) -> Delivery {
    let mut delivery = Delivery::new(
        Some("streaming-master"),
        vec![Wav::new("Song.wav", 2, seed)],
    );
    delivery.level("Song", -14.0);
    delivery
}

pub fn music(seed: u64) -> Delivery {
    let mut delivery = house(seed);
    delivery.preset = Some("music-stems-24");
    for file in &mut delivery.files {
        file.name = file.name.replace(".wav", "_v02.wav");
        file.time = None;
    }
    delivery
}
