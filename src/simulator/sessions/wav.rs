//! Plain 24-bit WAV files for the takes: 44 bytes of header, samples, a pad byte where it is due.
//! Session material only; deliverables are written by `media`.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Largest and smallest 24-bit value.
const LIMIT: f32 = 8_388_607.0;

/// Writes one or two channels of equal length; what is over full scale is clipped.
pub fn write(path: &Path, channels: &[Vec<f32>], rate: u32) -> io::Result<()> {
    let too_long = |_| io::Error::new(io::ErrorKind::InvalidInput, "too long for a WAV file");
    let count = u32::try_from(channels.len().max(1)).map_err(too_long)?;
    let frames = channels.first().map_or(0, Vec::len);
    let data = u32::try_from(frames)
        .map_err(too_long)?
        .saturating_mul(3 * count);
    let pad = data % 2;
    let mut bytes = Vec::with_capacity(data as usize + 45);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&(36 + data + pad).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    bytes.extend_from_slice(&1_u16.to_le_bytes());
    bytes.extend_from_slice(&(count as u16).to_le_bytes());
    bytes.extend_from_slice(&rate.to_le_bytes());
    bytes.extend_from_slice(&(rate * 3 * count).to_le_bytes());
    bytes.extend_from_slice(&(3 * count as u16).to_le_bytes());
    bytes.extend_from_slice(&24_u16.to_le_bytes());
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&data.to_le_bytes());
    match channels {
        [mono] => mono.iter().for_each(|x| push(&mut bytes, *x)),
        [left, right] => {
            for (l, r) in left.iter().zip(right) {
                push(&mut bytes, *l);
                push(&mut bytes, *r);
            }
        }
        _ => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "takes have one or two channels",
            ));
        }
    }
    if pad == 1 {
        bytes.push(0);
    }
    File::create(path)?.write_all(&bytes)
}

fn push(bytes: &mut Vec<u8>, x: f32) {
    // Adding and taking away a half keeps the rounding off the slow path of `round`.
    let scaled = (x * 8_388_608.0).clamp(-LIMIT, LIMIT);
    let value = (scaled + if scaled < 0.0 { -0.5 } else { 0.5 }) as i32;
    let [a, b, c, _] = value.to_le_bytes();
    bytes.extend_from_slice(&[a, b, c]);
}
