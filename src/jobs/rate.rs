//! How fast a job goes: audio seconds made a second of wall time, smoothed. Pure.

/// Seconds in which the weight of the past falls to a third.
const MEMORY_S: f64 = 6.0;
/// Shorter steps are gathered: their rate is mostly noise.
const SHORTEST_US: u64 = 200_000;

/// Follows the progress of one job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meter {
    /// Frames of one audio second.
    frame_rate: f64,
    frames: u64,
    at_us: u64,
    rate: f64,
}

impl Meter {
    pub fn new(frame_rate: u32, now_us: u64) -> Self {
        Self {
            frame_rate: f64::from(frame_rate.max(1)),
            frames: 0,
            at_us: now_us,
            rate: 0.0,
        }
    }

    /// The time up to now was a rest: it does not count as slowness.
    pub fn rested(&mut self, now_us: u64) {
        self.at_us = now_us;
    }

    /// Takes the frames of all files done so far; gives the smoothed rate, 0 until it is known.
    pub fn update(&mut self, frames: u64, now_us: u64) -> f64 {
        let passed = now_us.saturating_sub(self.at_us);
        if frames < self.frames {
            // A file started over; what it had does not count as speed.
            self.frames = frames;
            self.at_us = now_us;
        } else if passed >= SHORTEST_US {
            let seconds = passed as f64 / 1e6;
            let rate = (frames - self.frames) as f64 / self.frame_rate / seconds;
            let weight = if self.rate > 0.0 {
                1.0 - (-seconds / MEMORY_S).exp()
            } else {
                1.0
            };
            self.rate += (rate - self.rate) * weight;
            self.frames = frames;
            self.at_us = now_us;
        }
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;

    #[test]
    fn a_steady_pace_is_its_own_rate_and_a_pause_lowers_it() {
        let mut meter = Meter::new(48_000, 0);
        assert_eq!(meter.update(480, 1_000), 0.0, "too early to tell");
        for second in 1..=10 {
            let rate = meter.update(second * 96_000, second * 1_000_000);
            assert!((rate - 2.0).abs() < 0.1, "{rate} after {second} s");
        }
        let paused = meter.update(960_000, 13_000_000);
        assert!(paused > 0.5 && paused < 1.5, "{paused}");
    }

    #[test]
    fn starting_over_and_time_going_nowhere_are_no_speed() {
        let mut meter = Meter::new(48_000, 0);
        meter.update(96_000, 1_000_000);
        assert_eq!(meter.update(0, 2_000_000), 2.0);
        assert_eq!(meter.update(1 << 40, 2_000_000), 2.0);
    }
}
