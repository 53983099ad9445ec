//! Reads a sound for its waveform: a lane of a session as the render engine plays it, or a file.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::audio::overview::Gatherer;
use crate::error::{Error, ErrorKind, Result};
use crate::media::decode::Reader;
use crate::mixdown::{Bus, Mixdown};
use crate::model::overview::{Overview, OverviewSource};
use crate::model::{Arrangement, Range};

const READ_FRAMES: usize = 16_384;

/// Reads the whole sound. Blocks; looks at `cancel` with every block.
///
/// # Errors
/// `Media` for audio that cannot be read, `Interrupted` when cancelled.
pub fn read(source: &OverviewSource, cancel: &CancellationToken) -> Result<Overview> {
    match source {
        OverviewSource::Lane { arrangement, lane } => of_lane(arrangement, *lane, cancel),
        OverviewSource::File(path) => of_file(path, cancel),
    }
}

fn of_lane(arrangement: &Arrangement, lane: usize, cancel: &CancellationToken) -> Result<Overview> {
    let range = Range {
        start: 0,
        end: i64::try_from(arrangement.length).unwrap_or(i64::MAX),
    };
    let bus = Bus {
        lanes: vec![lane],
        gain_db: 0.0,
        ..Bus::default()
    };
    let mut mixdown = Mixdown::new(arrangement, vec![bus], range);
    let mut gatherer = Gatherer::new(arrangement.length);
    while let Some(blocks) = mixdown.next_block()? {
        stop(cancel)?;
        if let Some(block) = blocks.first() {
            gatherer.add(block, 2);
        }
    }
    Ok(gatherer.finish())
}

fn of_file(path: &Path, cancel: &CancellationToken) -> Result<Overview> {
    let mut reader = Reader::open(path)?;
    let channels = usize::from(reader.info().channels.max(1));
    let Some(frames) = reader.info().frames else {
        let text = format!("'{}' does not say how long it is", path.display());
        return Err(Error::new(ErrorKind::Media, text));
    };
    let mut gatherer = Gatherer::new(frames);
    let mut block = vec![0.0; READ_FRAMES * channels];
    loop {
        stop(cancel)?;
        let got = reader.read(&mut block)?;
        if got == 0 {
            return Ok(gatherer.finish());
        }
        gatherer.add(block.get(..got * channels).unwrap_or(&block), channels);
    }
}

fn stop(cancel: &CancellationToken) -> Result<()> {
    if cancel.is_cancelled() {
        return Err(super::interrupted());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::encode::{WriteSpec, Writer};
    use crate::model::stem::BitDepth;

    #[test]
    fn a_file_shows_its_peaks_and_a_missing_one_its_reason() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("two.wav");
        let spec = WriteSpec {
            sample_rate: 48_000,
            channels: 2,
            bits: BitDepth::Int24,
            time_reference: None,
        };
        let mut writer = Writer::create(&path, spec).unwrap();
        writer.write(&vec![0.25; 2 * 50_000]).unwrap();
        writer.write(&vec![-0.5; 2 * 50_000]).unwrap();
        writer.finish().unwrap();
        let source = OverviewSource::File(path);
        let overview = read(&source, &CancellationToken::new()).unwrap();
        assert_eq!(overview.frames, 100_000);
        assert_eq!(overview.columns(0, 100_000, 2), [0.25, 0.5]);
        let cancelled = CancellationToken::new();
        cancelled.cancel();
        let error = read(&source, &cancelled).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Interrupted);
        let gone = OverviewSource::File(dir.path().join("gone.wav"));
        let error = read(&gone, &CancellationToken::new()).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }
}
