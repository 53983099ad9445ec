//! The live levels as they are shown: taken no more often than the eye and the line can bear, with
//! the peaks held for a moment.

use std::collections::HashMap;

use crate::model::JobId;
use crate::model::level::LiveLevels;

/// Microseconds that a peak stands before it falls.
const HELD_US: u64 = 1_500_000;
/// How fast a held peak falls, dB a second.
const FALL: f64 = 12.0;
/// Files whose levels are remembered at most.
const MOST: usize = 1000;

/// What is shown of each file that is being rendered: job and place in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meters(HashMap<(JobId, usize), Meter>);

/// The levels of one file as they are shown now.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meter {
    pub levels: LiveLevels,
    taken_us: u64,
    /// Peak and moment of each channel.
    held: Vec<Option<(f64, u64)>>,
}

impl Meters {
    /// What to show of a file's levels; new ones are taken `every_us` at most.
    pub fn take(
        &mut self,
        file: (JobId, usize),
        live: &LiveLevels,
        now_us: u64,
        every_us: u64,
    ) -> &Meter {
        if self.0.len() > MOST {
            self.0.clear();
        }
        let meter = self.0.entry(file).or_default();
        let is_new = meter.held.is_empty();
        if is_new || now_us.saturating_sub(meter.taken_us) >= every_us {
            meter.take(live, now_us);
        }
        meter
    }

    /// Forgets what is not rendered any more.
    pub fn keep(&mut self, is_running: impl Fn(JobId) -> bool) {
        self.0.retain(|(id, _), _| is_running(*id));
    }
}

impl Meter {
    fn take(&mut self, live: &LiveLevels, now_us: u64) {
        let channels = live.recent_dbfs.len().max(1);
        self.held.resize(channels, None);
        for (held, level) in self.held.iter_mut().zip(&live.recent_dbfs) {
            let Some(level) = level.filter(|level| level.is_finite()) else {
                continue;
            };
            if held.is_none_or(|held| level >= fallen(held, now_us)) {
                *held = Some((level, now_us));
            }
        }
        self.levels.clone_from(live);
        self.taken_us = now_us;
    }

    /// The held peak of a channel, dBFS, at the moment of the levels.
    pub fn held(&self, channel: usize) -> Option<f64> {
        let held = self.held.get(channel).copied().flatten()?;
        Some(fallen(held, self.taken_us))
    }
}

fn fallen((peak, since): (f64, u64), now_us: u64) -> f64 {
    let over = now_us.saturating_sub(since).saturating_sub(HELD_US);
    peak - FALL * over as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(dbfs: f64) -> LiveLevels {
        LiveLevels {
            recent_dbfs: vec![Some(dbfs)],
            ..LiveLevels::default()
        }
    }

    #[test]
    fn levels_come_no_more_often_than_asked() {
        let mut meters = Meters::default();
        let file = (JobId(1), 0);
        for (at, level, shown) in [
            (0, -20.0, -20.0),
            (50_000, -3.0, -20.0),
            (100_000, -3.0, -3.0),
            (199_999, -9.0, -3.0),
            (200_000, -9.0, -9.0),
        ] {
            let meter = meters.take(file, &live(level), at, 100_000);
            assert_eq!(meter.levels.recent_dbfs, [Some(shown)], "{at}");
        }
        meters.keep(|id| id == JobId(2));
        assert_eq!(meters, Meters::default());
    }

    #[test]
    fn peaks_stand_and_then_fall() {
        let mut meters = Meters::default();
        for (at, level, held) in [
            (0, -6.0, -6.0),
            (1_000_000, -30.0, -6.0),
            (1_500_000, -30.0, -6.0),
            (2_500_000, -30.0, -18.0),
            (2_600_000, -10.0, -10.0),
        ] {
            let meter = meters.take((JobId(1), 0), &live(level), at, 100_000);
            let found = meter.held(0).unwrap();
            assert!((found - held).abs() < 1e-9, "{at}: {found}");
        }
    }
}
