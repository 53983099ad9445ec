//! The time that a cheap call takes, told only when it is news.

/// The round trip, smoothed, and told only when it has doubled or halved.
#[derive(Default)]
pub struct RoundTrip {
    smooth: u64,
    told: u64,
}

impl RoundTrip {
    pub fn measured(&mut self, micros: u64) -> Option<u64> {
        self.smooth = match self.smooth {
            0 => micros.max(1),
            smooth => (smooth * 3 + micros) / 4,
        };
        // Below a millisecond nothing is worth a redraw.
        let (smooth, told) = (self.smooth.max(1000), self.told.max(1000));
        let is_news = self.told == 0 || smooth >= told * 2 || smooth * 2 <= told;
        is_news.then(|| {
            self.told = self.smooth.max(1);
            self.told
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_trip_is_told_in_big_steps() {
        let mut round_trip = RoundTrip::default();
        assert_eq!(round_trip.measured(400), Some(400));
        for micros in [300, 600, 900, 500, 1500] {
            assert_eq!(round_trip.measured(micros), None, "{micros}");
        }
        let told: Vec<u64> = (0..40)
            .filter_map(|_| round_trip.measured(40_000))
            .collect();
        assert!(
            told.len() <= 6 && told.iter().all(|t| *t > 1000),
            "{told:?}"
        );
        let back: Vec<u64> = (0..60).filter_map(|_| round_trip.measured(500)).collect();
        assert!(back.last().is_some_and(|t| *t <= 1500), "{back:?}");
    }
}
