//! Session folders to render: tracks of tones and noise, plain or edited, the same on every machine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::stem::BitDepth;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// A clip a track, constant gains.
    Mix,
    /// Many clips with gains and fades, volume breakpoints, pan.
    Edits,
}

pub struct Size {
    pub name: &'static str,
    /// Hz.
    pub rate: u32,
    pub tracks: usize,
    pub stems: usize,
    pub seconds: usize,
}

impl Size {
    pub const S: Self = Self::at_48("S", 8, 2, 30);
    pub const M: Self = Self::at_48("M", 32, 8, 180);
    pub const L: Self = Self::at_48("L", 128, 12, 300);

    const fn at_48(name: &'static str, tracks: usize, stems: usize, seconds: usize) -> Self {
        Self {
            name,
            rate: 48_000,
            tracks,
            stems,
            seconds,
        }
    }
}

pub struct Track {
    pub path: PathBuf,
    pub channels: usize,
    pub volume_db: f64,
    pub stem: usize,
}

/// A folder on the disk.
pub struct Session {
    pub dir: PathBuf,
    pub stems: usize,
    pub tracks: Vec<Track>,
    pub rate: u32,
    pub frames: usize,
    name: &'static str,
}

/// Multiplicative congruence, its upper bits.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_F42D_4C95_7F2D)
            .wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 40) as f64 / (1_u64 << 24) as f64
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.next()
    }
}

impl Session {
    /// Every second track is mono, but in the smallest session.
    pub fn make(root: &Path, size: &Size, flavour: Flavour) -> Self {
        let dir = root.join(format!("{}-{flavour:?}-{}", size.name, size.seconds));
        // The sound is the same for both flavours.
        let sound = root.join(format!("{}-sound-{}", size.name, size.seconds));
        let frames = size.seconds * size.rate as usize;
        let mut session = Self {
            dir,
            stems: size.stems,
            tracks: Vec::new(),
            rate: size.rate,
            frames,
            name: size.name,
        };
        std::fs::create_dir_all(&session.dir).expect("a session folder");
        std::fs::create_dir_all(&sound).expect("a folder of sound");
        let mut tracks = Vec::new();
        for index in 0..size.tracks {
            let channels = if size.name == "S" { 2 } else { 1 + index % 2 };
            let path = sound.join(format!("track{:03}.wav", index + 1));
            if !path.exists() {
                source(&path, index, size.rate, channels, frames);
            }
            let mut noise = Noise(index as u64 + 99);
            let volume_db = (noise.within(-12.0, -1.0) * 100.0).round() / 100.0;
            session.tracks.push(Track {
                path: path.clone(),
                channels,
                volume_db,
                stem: index % size.stems,
            });
            let name = format!(
                "../{}-sound-{}/track{:03}.wav",
                size.name,
                size.seconds,
                index + 1
            );
            let mut track = json!({
                "name": format!("track{:03}", index + 1), "channels": channels, "mute": false,
                "volume_db": volume_db, "pan": null, "volume_points": [],
                "clips": [clip(&name, 0, 0, frames)],
            });
            if flavour == Flavour::Edits {
                edit(&mut track, &name, &mut noise, size.rate as usize, frames);
            }
            tracks.push(track);
        }
        let stems: Vec<Value> = (0..size.stems)
            .map(|stem| {
                let of = (0..size.tracks).filter(|track| track % size.stems == stem);
                let names: Vec<String> = of.map(|i| format!("track{:03}", i + 1)).collect();
                json!({ "name": format!("STEM{stem:02}"), "channels": 2, "gain_db": 0.0, "tracks": names })
            })
            .collect();
        let text = json!({
            "version": 1, "rate": size.rate, "length": frames, "tracks": tracks, "stems": stems,
        });
        std::fs::write(session.dir.join("session.json"), text.to_string()).expect("session.json");
        session
    }

    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.rate)
    }

    pub fn title(&self) -> String {
        let bytes: u64 = self
            .tracks
            .iter()
            .map(|t| (t.channels * self.frames * 3) as u64)
            .sum();
        format!(
            "{}: {} tracks, {} stems, {} s at {} Hz, {} MB in, {} MB out, 24 bits",
            self.name,
            self.tracks.len(),
            self.stems,
            self.frames / self.rate as usize,
            self.rate,
            bytes / 1_000_000,
            self.stems * self.frames * 6 / 1_000_000,
        )
    }

    /// Reads all sources.
    pub fn cat(&self) -> String {
        let mut script = "cat".to_owned();
        for track in &self.tracks {
            let _ = write!(script, " '{}'", track.path.display());
        }
        script + " >/dev/null"
    }

    /// Has all sources in the cache.
    pub fn warm(&self) {
        let _ = std::process::Command::new("sh")
            .args(["-c", &self.cat()])
            .status();
    }

    /// Puts all sources out of the cache.
    pub fn cool(&self) -> String {
        let mut script = "sync".to_owned();
        for track in &self.tracks {
            let _ = write!(
                script,
                "; dd if='{}' iflag=nocache count=0 2>/dev/null",
                track.path.display()
            );
        }
        script
    }
}

fn clip(file: &str, start: usize, offset: usize, length: usize) -> Value {
    json!({
        "file": file, "start": start, "offset": offset, "length": length, "gain_db": 0.0,
        "fade_in": 0, "fade_in_shape": "linear", "fade_out": 0, "fade_out_shape": "linear", "mute": false,
    })
}

fn edit(track: &mut Value, file: &str, noise: &mut Noise, rate: usize, frames: usize) {
    let second = rate as f64;
    let mut points = Vec::new();
    let mut at = 0;
    while at < frames {
        points.push(json!([
            at,
            (noise.within(-9.0, 3.0) * 100.0).round() / 100.0
        ]));
        at += (noise.within(0.5, 4.0) * second) as usize;
    }
    let mut clips = Vec::new();
    let mut start = 0;
    let pick = |noise: &mut Noise, of: [usize; 6]| of[(noise.next() * 6.0) as usize % 6];
    let shape = |noise: &mut Noise| {
        if noise.next() < 0.5 {
            "linear"
        } else {
            "equal_power"
        }
    };
    while start + 64 < frames {
        let length = ((noise.within(0.3, 6.0) * second) as usize).min(frames - start);
        let offset = (noise.next() * (frames - length) as f64) as usize;
        let fade_in = pick(noise, [0, 0, 1, 17, 480, 4800]).min(length / 2);
        let fade_out = pick(noise, [0, 0, 1, 33, 960, 9600]).min(length - fade_in);
        let mut one = clip(file, start, offset, length);
        one["gain_db"] = json!((noise.within(-9.0, 4.0) * 100.0).round() / 100.0);
        one["fade_in"] = json!(fade_in);
        one["fade_out"] = json!(fade_out);
        one["fade_in_shape"] = json!(shape(noise));
        one["fade_out_shape"] = json!(shape(noise));
        clips.push(one);
        start += length
            - if noise.next() < 0.5 {
                fade_out.min(length - 1)
            } else {
                0
            };
    }
    track["pan"] = json!((noise.within(-1.0, 1.0) * 1000.0).round() / 1000.0);
    track["volume_points"] = Value::Array(points);
    track["clips"] = Value::Array(clips);
}

/// Decaying tones and noise.
fn source(path: &Path, index: usize, rate: u32, channels: usize, frames: usize) {
    let spec = WriteSpec {
        sample_rate: rate,
        channels: channels as u16,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let mut writer = Writer::create(path, spec).expect("a source");
    let mut noise = Noise(index as u64 * 2 + 1);
    let (mut level, mut left) = (0.0, frames);
    let mut block = Vec::new();
    while left > 0 {
        let turn = left.min(rate as usize / 2);
        level = if level < 0.01 {
            noise.within(0.05, 0.2)
        } else {
            level * 0.6
        };
        block.clear();
        block.extend((0..turn * channels).map(|_| level * (noise.next() - 0.5)));
        writer.write(&block).expect("a source");
        left -= turn;
    }
    writer.finish().expect("a source");
}
