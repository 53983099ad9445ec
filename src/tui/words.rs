//! Numbers as people read them: durations, sizes, rates, levels.

/// `m:ss`, or `h:mm:ss` from an hour on; `—` for what is no time.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || !(0.0..=3.6e8).contains(&seconds) {
        return "—".to_owned();
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// One unit of a thousand: `364 MB`, `1.6 GB`.
pub fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["kB", "MB", "GB", "TB", "PB"] {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if unit == "B" || value >= 99.5 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// `48 kHz`, `44.1 kHz`.
pub fn rate(hertz: u32) -> String {
    format!("{} kHz", f64::from(hertz) / 1000.0)
}

/// One decimal, `—` when there is none.
pub fn level(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map_or_else(|| "—".to_owned(), |value| format!("{value:.1}"))
}

/// A round trip in steps coarse enough not to change all the time.
pub fn round_trip(micros: u64) -> &'static str {
    match micros {
        0..1_000 => "below 1 ms",
        1_000..3_000 => "1-3 ms",
        3_000..10_000 => "3-10 ms",
        10_000..30_000 => "10-30 ms",
        30_000..100_000 => "30-100 ms",
        100_000..300_000 => "0.1-0.3 s",
        300_000..1_000_000 => "0.3-1 s",
        _ => "over 1 s",
    }
}

/// Time of day of a local moment, see [`crate::model::Now::local_ms`].
pub fn time_of_day(local_ms: u64) -> String {
    let seconds = local_ms / 1000 % 86_400;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// `1 track`, `3 tracks`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// What the plan advises, with the names that the print dialog has for its choices.
pub fn advice(fix: &str) -> String {
    fix.replace("use --on-existing ", "turn 'existing files' to ")
        .replace("--engine ", "the engine ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_sizes_and_rates() {
        assert_eq!(duration(101.6), "1:42");
        assert_eq!(duration(3661.0), "1:01:01");
        for none in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            assert_eq!(duration(none), "—");
        }
        for (value, wanted) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_600, "1.6 kB"),
            (364_000_000, "364 MB"),
            (1_600_000_000, "1.6 GB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(bytes(value), wanted);
        }
        assert_eq!(rate(48_000), "48 kHz");
        assert_eq!(rate(44_100), "44.1 kHz");
        assert_eq!(level(Some(f64::NEG_INFINITY)), "—");
        assert_eq!(time_of_day(1_750_000_000_000), "15:06:40");
        assert_eq!(count(1, "track"), "1 track");
    }
}
