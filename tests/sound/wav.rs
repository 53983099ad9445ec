//! WAV files built byte by byte, so that the reader is not tested with its own writer.

use pt_stem::media::MediaError;
use pt_stem::media::decode::Reader;
use pt_stem::media::info::Ending;
use pt_stem::media::probe::probe;

use crate::{Random, read_all};

/// How samples lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
}

pub const FORMATS: [Format; 6] = [
    Format::U8,
    Format::I16,
    Format::I24,
    Format::I32,
    Format::F32,
    Format::F64,
];

impl Format {
    fn facts(self) -> (u16, u16) {
        match self {
            Self::U8 => (1, 8),
            Self::I16 => (1, 16),
            Self::I24 => (1, 24),
            Self::I32 => (1, 32),
            Self::F32 => (3, 32),
            Self::F64 => (3, 64),
        }
    }

    /// A random sample: its bytes and its exact value.
    fn sample(self, random: &mut Random) -> (Vec<u8>, f64) {
        let integer = |random: &mut Random, bits: u32| {
            let half = 1_i64 << (bits - 1);
            let v = random.between(-half, half - 1);
            (v, v as f64 / half as f64)
        };
        match self {
            Self::U8 => {
                let (v, x) = integer(random, 8);
                (vec![u8::try_from(v + 128).unwrap()], x)
            }
            Self::I16 | Self::I24 | Self::I32 => {
                let bits = self.facts().1;
                let (v, x) = integer(random, u32::from(bits));
                (v.to_le_bytes()[..usize::from(bits / 8)].to_vec(), x)
            }
            Self::F32 => {
                let v = random.real(-1.5, 1.5) as f32;
                (v.to_le_bytes().to_vec(), f64::from(v))
            }
            Self::F64 => {
                let v = random.real(-1.5, 1.5);
                (v.to_le_bytes().to_vec(), v)
            }
        }
    }
}

pub fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut out = id.to_vec();
    out.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    out.extend(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
    out
}

pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut body = b"WAVE".to_vec();
    body.extend(chunks.concat());
    let mut out = b"RIFF".to_vec();
    out.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    out.extend(body);
    out
}

pub fn fmt(format: Format, channels: u16, rate: u32) -> Vec<u8> {
    let (tag, bits) = format.facts();
    let align = channels * (bits / 8);
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(channels.to_le_bytes());
    body.extend(rate.to_le_bytes());
    body.extend((rate * u32::from(align)).to_le_bytes());
    body.extend(align.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body
}

/// The same as WAVE_FORMAT_EXTENSIBLE.
pub fn extensible(format: Format, channels: u16, rate: u32, valid_bits: u16) -> Vec<u8> {
    let mut body = fmt(format, channels, rate);
    let tag = [body[0], body[1]];
    body[..2].copy_from_slice(&0xFFFE_u16.to_le_bytes());
    body.extend(22_u16.to_le_bytes());
    body.extend(valid_bits.to_le_bytes());
    body.extend(0_u32.to_le_bytes());
    body.extend(tag);
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
    body
}

/// Random data: bytes of a data chunk and the values that they stand for.
pub fn noise(format: Format, samples: usize, random: &mut Random) -> (Vec<u8>, Vec<f64>) {
    let (mut bytes, mut values) = (Vec::new(), Vec::new());
    for _ in 0..samples {
        let (sample, value) = format.sample(random);
        bytes.extend(sample);
        values.push(value);
    }
    (bytes, values)
}

fn bext(time: u64) -> Vec<u8> {
    let mut body = vec![0x41; 602];
    body[338..346].copy_from_slice(&time.to_le_bytes());
    body
}

#[test]
fn every_coding_is_exact_in_blocks_of_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(1);
    for format in FORMATS {
        for channels in [1_u16, 2, 3, 6] {
            let frames = 1001;
            let (bytes, want) = noise(format, frames * usize::from(channels), &mut random);
            let plain = riff(&[
                chunk(b"fmt ", &fmt(format, channels, 48_000)),
                chunk(b"data", &bytes),
            ]);
            let valid = format.facts().1;
            let decorated = riff(&[
                chunk(b"JUNK", &[1; 27]),
                chunk(b"iXML", b"<a/>12345"),
                chunk(b"fmt ", &extensible(format, channels, 48_000, valid)),
                chunk(b"LIST", b"INFOxyz"),
                chunk(b"data", &bytes),
                chunk(b"bext", &bext(77)),
                chunk(b"odd ", b"abc"),
            ]);
            for (file, time) in [(plain, None), (decorated, Some(77))] {
                let path = folder.path().join("a.wav");
                std::fs::write(&path, file).unwrap();
                let info = probe(&path).unwrap();
                assert_eq!(info.frames, Some(1001), "{format:?} {channels}");
                assert_eq!((info.channels, info.sample_rate), (channels, 48_000));
                assert_eq!((info.bits, info.float), (valid, format.facts().0 == 3));
                assert_eq!(info.time_reference, time);
                for block in [1, 100, 5000] {
                    assert!(
                        read_all(&path, block).unwrap() == want,
                        "{format:?} {channels}"
                    );
                }
            }
        }
    }
}

#[test]
fn seeking_lands_on_the_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut random = Random(2);
    let (bytes, want) = noise(Format::I24, 2 * 5000, &mut random);
    let file = riff(&[
        chunk(b"fmt ", &fmt(Format::I24, 2, 44_100)),
        chunk(b"data", &bytes),
    ]);
    std::fs::write(&path, file).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    let mut block = [0.0; 2 * 33];
    for _ in 0..200 {
        let frame = random.size(0, 5100);
        reader.seek(frame as u64).unwrap();
        let got = reader.read(&mut block).unwrap();
        assert_eq!(got, 33.min(5000_usize.saturating_sub(frame)));
        assert!(got == 0 || block[..got * 2] == want[frame * 2..(frame + got) * 2]);
    }
}

#[test]
fn a_wav_that_was_cut_off_reads_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.wav");
    let (bytes, want) = noise(Format::I16, 2 * 1000, &mut Random(3));
    let mut file = riff(&[
        chunk(b"fmt ", &fmt(Format::I16, 2, 48_000)),
        chunk(b"data", &bytes),
    ]);
    let ending = |path: &std::path::Path| probe(path).unwrap().ending;
    std::fs::write(&path, &file).unwrap();
    assert_eq!(ending(&path), Ending::Whole);
    file.truncate(44 + 4 * 600 + 3);
    std::fs::write(&path, &file).unwrap();
    assert_eq!(probe(&path).unwrap().frames, Some(600));
    assert_eq!(ending(&path), Ending::Cut);
    assert_eq!(read_all(&path, 128).unwrap(), want[..1200]);

    // What a recorder leaves that died before it wrote the sizes.
    file[4..8].fill(0);
    file[40..44].fill(0);
    std::fs::write(&path, &file).unwrap();
    assert_eq!(ending(&path), Ending::Unfinished);
    assert_eq!(read_all(&path, 128).unwrap(), want[..1200]);

    // The sizes of programs that write into a pipe.
    for size in [0xFFFF_FFFF_u32, 0x7FFF_FFFF, 0x7FFF_F024] {
        file[4..8].fill(0xFF);
        file[40..44].copy_from_slice(&size.to_le_bytes());
        std::fs::write(&path, &file).unwrap();
        assert_eq!(ending(&path), Ending::Whole);
        assert_eq!(read_all(&path, 128).unwrap(), want[..1200]);
    }
}

#[test]
fn chunks_without_their_pad_byte_are_stepped_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.wav");
    let (bytes, want) = noise(Format::I24, 333, &mut Random(5));
    let unpadded = |id: &[u8; 4], body: &[u8]| {
        let mut chunk = chunk(id, body);
        chunk.truncate(8 + body.len());
        chunk
    };
    let format = chunk(b"fmt ", &fmt(Format::I24, 1, 48_000));
    for (before, after) in [
        (unpadded(b"iXML", b"<x/>1"), unpadded(b"LIST", b"INFOa")),
        (chunk(b"iXML", b"<x/>1"), chunk(b"LIST", b"INFOa")),
        (unpadded(b"JUNK", &[0; 27]), chunk(b"fact", &[1, 0, 0, 0])),
        // A pad byte that is no zero.
        (
            [&unpadded(b"JUNK", &[b'x'; 27])[..], b"x"].concat(),
            Vec::new(),
        ),
    ] {
        for data in [unpadded(b"data", &bytes), chunk(b"data", &bytes)] {
            let chunks = [
                format.clone(),
                before.clone(),
                data,
                after.clone(),
                chunk(b"bext", &bext(9)),
            ];
            std::fs::write(&path, riff(&chunks)).unwrap();
            assert!(read_all(&path, 100).unwrap() == want);
            assert_eq!(probe(&path).unwrap().time_reference, Some(9));
        }
    }
}

#[test]
fn a_wide_file_that_was_never_finished_reads_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dead.wav");
    let (bytes, want) = noise(Format::I16, 400, &mut Random(6));
    for form in [b"RF64", b"BW64"] {
        let mut file = riff(&[
            chunk(b"ds64", &[0; 28]),
            chunk(b"fmt ", &fmt(Format::I16, 2, 48_000)),
            chunk(b"data", &bytes),
        ]);
        file[..4].copy_from_slice(form);
        let data = file.windows(4).position(|w| w == b"data").unwrap();
        file[data + 4..data + 8].fill(0xFF);
        std::fs::write(&path, &file).unwrap();
        assert_eq!(read_all(&path, 64).unwrap(), want);
        assert_eq!(probe(&path).unwrap().ending, Ending::Unfinished);
        // A size that is beyond the file.
        file[20 + 8..20 + 16].copy_from_slice(&(1_u64 << 40).to_le_bytes());
        std::fs::write(&path, &file).unwrap();
        assert_eq!(read_all(&path, 64).unwrap(), want);
        assert_eq!(probe(&path).unwrap().ending, Ending::Cut);
    }
}

#[test]
fn rf64_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.wav");
    let (bytes, want) = noise(Format::F32, 500, &mut Random(4));
    let mut sizes = vec![0; 28];
    sizes[8..16].copy_from_slice(&2000_u64.to_le_bytes());
    let mut file = riff(&[
        chunk(b"ds64", &sizes),
        chunk(b"fmt ", &fmt(Format::F32, 1, 96_000)),
        chunk(b"data", &bytes),
        chunk(b"bext", &bext(u64::from(u32::MAX) + 5)),
    ]);
    file[..4].copy_from_slice(b"RF64");
    let data = file.windows(4).position(|w| w == b"data").unwrap();
    file[data + 4..data + 8].fill(0xFF);
    std::fs::write(&path, &file).unwrap();
    assert_eq!(read_all(&path, 99).unwrap(), want);
    let time = probe(&path).unwrap().time_reference;
    assert_eq!(time, Some(u64::from(u32::MAX) + 5));
}

#[test]
fn broken_headers_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.wav");
    let good = fmt(Format::I16, 2, 48_000);
    let change = |at: usize, value: u8| {
        let mut body = good.clone();
        body[at] = value;
        body[at + 1] = 0;
        chunk(b"fmt ", &body)
    };
    let data = chunk(b"data", &[0; 16]);
    for (chunks, reason) in [
        (vec![data.clone()], "no format chunk"),
        (vec![chunk(b"fmt ", &good)], "no data chunk"),
        (vec![chunk(b"fmt ", &good[..10]), data.clone()], "too short"),
        (vec![change(2, 0), data.clone()], "0 channels"),
        (vec![change(14, 77), data.clone()], "77 bits"),
        (vec![change(12, 9), data.clone()], "contradicts itself"),
        (
            vec![data.clone(), chunk(b"fmt ", &good)],
            "after its samples",
        ),
    ] {
        std::fs::write(&path, riff(&chunks)).unwrap();
        let error = probe(&path).unwrap_err();
        assert!(matches!(error, MediaError::Unreadable { .. }));
        let text = error.to_string();
        assert!(
            text.contains("broken.wav") && text.contains(reason),
            "{text}"
        );
    }
    let missing = probe(&folder.path().join("none.wav")).unwrap_err();
    assert!(matches!(missing, MediaError::Missing { .. }));
    let text = probe(folder.path()).unwrap_err().to_string();
    assert!(text.contains("not a regular file"), "{text}");
}
