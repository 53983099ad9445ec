//! How late answers are: always the same, or in the two humps that were measured on real systems.

use std::time::Duration;

/// Delays of answers.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Latency {
    #[default]
    None,
    Fixed(Duration),
    Humps(Humps),
}

/// Mostly `low`, now and then something between the two of `high`.
#[derive(Debug, Clone, PartialEq)]
pub struct Humps {
    pub low: Duration,
    pub high: (Duration, Duration),
    /// 0 to 1.
    pub high_share: f64,
    /// The state of the generator; the same seed gives the same delays.
    pub seed: u64,
}

impl Latency {
    /// The delay of the next answer.
    pub fn draw(&mut self) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Fixed(delay) => *delay,
            Self::Humps(humps) => humps.draw(),
        }
    }
}

impl Humps {
    fn draw(&mut self) -> Duration {
        if self.random() >= self.high_share {
            return self.low;
        }
        let (from, to) = self.high;
        from + to.saturating_sub(from).mul_f64(self.random())
    }

    /// SplitMix64, as a number from 0 to below 1.
    fn random(&mut self) -> f64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let top = u32::try_from(mixed >> 32).unwrap_or(0);
        f64::from(top) / 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn humps_keep_their_share_and_their_seed() {
        let new = || {
            Latency::Humps(Humps {
                low: Duration::from_millis(10),
                high: (Duration::from_millis(300), Duration::from_millis(1400)),
                high_share: 0.3,
                seed: 1,
            })
        };
        let delays =
            |mut latency: Latency| -> Vec<Duration> { (0..2000).map(|_| latency.draw()).collect() };
        let first = delays(new());
        assert_eq!(first, delays(new()), "the seed decides");
        let (low, high): (Vec<Duration>, Vec<Duration>) = first
            .into_iter()
            .partition(|delay| *delay == Duration::from_millis(10));
        assert!((500..700).contains(&high.len()), "{}", high.len());
        assert_eq!(low.len() + high.len(), 2000);
        for delay in high {
            assert!((300..=1400).contains(&delay.as_millis()), "{delay:?}");
        }
    }
}
