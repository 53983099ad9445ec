//! Markers in a file: `cue ` and `LIST adtl` of WAV, `MARK` of AIFF. Frames have 32 bits in both: a
//! marker beyond is left out.

use std::collections::HashMap;

use super::{Cue, MOST_CUES, MOST_NAME, chunk, cut, text};

/// Those that have a place, with the number that a file knows each by.
fn placed(cues: &[Cue]) -> impl Iterator<Item = (u32, u32, &str)> {
    let small = cues.iter().filter_map(|cue| {
        let frame = u32::try_from(cue.frame).ok()?;
        Some((frame, cut(&cue.label, MOST_NAME)))
    });
    let numbered = (1..).zip(small.take(MOST_CUES));
    numbered.map(|(number, (frame, label))| (number, frame, label))
}

/// The body of `cue `; empty where there are none.
pub fn points(cues: &[Cue]) -> Vec<u8> {
    let mut out = Vec::new();
    let count = u32::try_from(placed(cues).count()).unwrap_or(0);
    if count == 0 {
        return out;
    }
    out.extend_from_slice(&count.to_le_bytes());
    for (number, frame, _) in placed(cues) {
        out.extend_from_slice(&number.to_le_bytes());
        out.extend_from_slice(&frame.to_le_bytes());
        out.extend_from_slice(b"data");
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&frame.to_le_bytes());
    }
    out
}

/// The body of the `LIST` with their names.
pub fn list(cues: &[Cue]) -> Vec<u8> {
    let mut out = b"adtl".to_vec();
    for (number, _, label) in placed(cues) {
        let mut body = number.to_le_bytes().to_vec();
        body.extend_from_slice(label.as_bytes());
        body.push(0);
        chunk(&mut out, b"labl", &body, false);
    }
    out
}

/// The body of `MARK`; empty where there are none.
pub fn marks(cues: &[Cue]) -> Vec<u8> {
    let mut out = Vec::new();
    let count = u16::try_from(placed(cues).count()).unwrap_or(0);
    if count == 0 {
        return out;
    }
    out.extend_from_slice(&count.to_be_bytes());
    for (number, frame, label) in placed(cues) {
        out.extend_from_slice(&u16::try_from(number).unwrap_or(0).to_be_bytes());
        out.extend_from_slice(&frame.to_be_bytes());
        // A text with its length before it, even together.
        out.push(u8::try_from(label.len()).unwrap_or(0));
        out.extend_from_slice(label.as_bytes());
        if label.len() % 2 == 0 {
            out.push(0);
        }
    }
    out
}

/// Places and numbers of a `cue `.
pub fn read_points(body: &[u8]) -> Vec<(u32, u64)> {
    let (points, _) = body.get(4..).unwrap_or_default().as_chunks::<24>();
    let count = points.len().min(MOST_CUES);
    let count = count.min(le(body).map_or(0, |count| count as usize));
    let number = |point: &[u8; 24]| {
        // The offset counts; the position is that of a playlist.
        let offset = le(point.get(20..)?)?;
        Some((le(point)?, u64::from(offset)))
    };
    points.iter().take(count).filter_map(number).collect()
}

/// Names by the number of their point, of a `LIST`.
pub fn read_list(body: &[u8], names: &mut HashMap<u32, String>) {
    let Some(mut rest) = body.strip_prefix(b"adtl") else {
        return;
    };
    while let Some((head, behind)) = rest.split_at_checked(8) {
        let length = head.get(4..).and_then(le).unwrap_or(0) as usize;
        let entry = behind.get(..length.min(behind.len())).unwrap_or_default();
        if head.starts_with(b"labl")
            && names.len() < MOST_CUES
            && let Some((number, name)) = entry.split_at_checked(4)
        {
            let name = text(name);
            names.insert(le(number).unwrap_or(0), cut(&name, MOST_NAME).to_owned());
        }
        rest = behind
            .get(length.saturating_add(length & 1)..)
            .unwrap_or_default();
    }
}

/// Of a `MARK`.
pub fn read_marks(body: &[u8]) -> Vec<Cue> {
    let mut rest = body.get(2..).unwrap_or_default();
    let mut found = Vec::new();
    while found.len() < MOST_CUES
        && let Some(([_, _, f0, f1, f2, f3, length], behind)) = rest.split_first_chunk::<7>()
    {
        let length = usize::from(*length);
        let name = behind.get(..length.min(behind.len())).unwrap_or_default();
        found.push(Cue {
            frame: u64::from(u32::from_be_bytes([*f0, *f1, *f2, *f3])),
            label: text(name),
        });
        rest = behind.get(length + 1 - length % 2..).unwrap_or_default();
    }
    found
}

fn le(bytes: &[u8]) -> Option<u32> {
    bytes
        .first_chunk::<4>()
        .map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues() -> Vec<Cue> {
        let cue = |frame, label: &str| Cue {
            frame,
            label: label.to_owned(),
        };
        vec![
            cue(0, "Verse"),
            cue(7, ""),
            cue(9, "Größe"),
            cue(1 << 32, "far"),
        ]
    }

    #[test]
    fn what_is_written_is_read_back() {
        let places = read_points(&points(&cues()));
        assert_eq!(places, [(1, 0), (2, 7), (3, 9)]);
        let mut names = HashMap::new();
        read_list(&list(&cues()), &mut names);
        assert_eq!(names.get(&3).map(String::as_str), Some("Größe"));
        assert_eq!(names.len(), 3);
        assert_eq!(read_marks(&marks(&cues())), cues()[..3]);
        assert!(points(&[]).is_empty() && marks(&[]).is_empty());
    }

    #[test]
    fn sizes_that_lie_end_the_reading() {
        assert!(read_points(&[255; 20]).is_empty());
        assert_eq!(read_points(&[255; 28]).len(), 1);
        let mut names = HashMap::new();
        read_list(b"adtllabl\xFF\xFF\xFF\xFF\x01\0\0\0A", &mut names);
        assert_eq!(names.get(&1).map(String::as_str), Some("A"));
        assert_eq!(read_marks(b"\xFF\xFF\0\x01\0\0\0\x05\xFFAB").len(), 1);
    }
}
