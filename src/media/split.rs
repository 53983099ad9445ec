//! Sources that lie in one mono file a channel, as Pro Tools records and exports them: `Vox.L.wav`
//! and `Vox.R.wav` are the stereo source `Vox.wav`, up to the eight files of 7.1. The source has the
//! name that an interleaved file would have; it is opened by that name when no such file is there.
//!
//! Channels stand in the order of a WAV's channel mask: L, R, C, LFE, Lsr, Rsr, Lc, Rc, Cs, Lss, Rss, where
//! Ls and Rs are the side pair. Refuses files that are not mono, not uncompressed, or
//! of different rates.

use std::path::{Path, PathBuf};

/// What Pro Tools puts between name and ending, with the place's bit of a WAV's channel mask.
const SIDES: [(&str, u32); 14] = [
    ("L", 0),
    ("R", 1),
    ("C", 2),
    ("LFE", 3),
    ("Lsr", 4),
    ("Rsr", 5),
    ("Lc", 6),
    ("Rc", 7),
    ("Cs", 8),
    ("S", 8),
    ("Ls", 9),
    ("Lss", 9),
    ("Rs", 10),
    ("Rss", 10),
];
/// Most channels of a source: 7.1.
const MOST: usize = 8;

/// The name of the whole source, from that of the file of one side.
fn of_side(name: &str) -> Option<String> {
    let (rest, ending) = name.rsplit_once('.')?;
    let (base, side) = rest.rsplit_once('.')?;
    let is_side = SIDES.iter().any(|(known, _)| *known == side);
    (is_side && !base.is_empty()).then(|| format!("{base}.{ending}"))
}

/// The channel mask of a source, from the files of its sides.
pub(super) fn mask(files: &[PathBuf]) -> u32 {
    let bit = |path: &PathBuf| {
        let side = path.file_stem()?.to_str()?.rsplit_once('.')?.1;
        SIDES.iter().find(|(known, _)| *known == side)
    };
    files
        .iter()
        .filter_map(bit)
        .fold(0, |mask, (_, bit)| mask | 1 << bit)
}

/// The source that a file is a side of, by name; it lies in the same folder.
pub fn whole(path: &Path) -> Option<PathBuf> {
    Some(path.with_file_name(of_side(path.file_name()?.to_str()?)?))
}

/// The files that a source lies in: itself, or its sides; empty where neither is there.
pub fn files_of(source: &Path) -> Vec<PathBuf> {
    match source.is_file() {
        true => vec![source.to_owned()],
        false => files(source),
    }
}

/// The files of a source that is not there as one file, in the order of its channels; empty where
/// left or right is missing, or where there are too many.
pub fn files(source: &Path) -> Vec<PathBuf> {
    let Some((base, ending)) = source
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.rsplit_once('.'))
    else {
        return Vec::new();
    };
    let of = |side: &str| source.with_file_name(format!("{base}.{side}.{ending}"));
    if !of("L").is_file() || !of("R").is_file() {
        return Vec::new();
    }
    let mut files: Vec<PathBuf> = SIDES.iter().map(|(side, _)| of(side)).collect();
    files.retain(|path| path.is_file());
    // More than 7.1, or two names of one place.
    if files.len() > MOST || mask(&files).count_ones() as usize != files.len() {
        files.clear();
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_name_their_source() {
        for (file, source) in [
            ("a/Vox.L.wav", Some("a/Vox.wav")),
            ("a/Vox.Rss.aif", Some("a/Vox.aif")),
            ("a/Vox.2.LFE.wav", Some("a/Vox.2.wav")),
            ("a/Vox.l.wav", None),
            ("a/Vox.wav", None),
            ("a/L.wav", None),
            ("a/.L.wav", None),
        ] {
            assert_eq!(
                whole(Path::new(file)).as_deref(),
                source.map(Path::new),
                "{file}"
            );
        }
    }

    #[test]
    fn a_source_has_its_files_in_the_order_of_its_channels() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("Mix.wav");
        let mut there = Vec::new();
        for (side, count) in [
            ("R", 0),
            ("Ls", 0),
            ("L", 3),
            ("LFE", 4),
            ("Rs", 5),
            ("C", 6),
        ] {
            let path = folder.path().join(format!("Mix.{side}.wav"));
            std::fs::write(&path, b"").unwrap();
            there.push(path);
            assert_eq!(files(&source).len(), count, "with {side}");
        }
        let order = [2, 0, 5, 3, 1, 4].map(|i: usize| there[i].clone());
        assert_eq!(files(&source), order);
        assert_eq!(mask(&order), 0x60F);
        assert_eq!(files(Path::new("/nowhere/Mix.wav")), Vec::<PathBuf>::new());
    }
}
