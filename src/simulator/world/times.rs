//! Session samples to and from the eight time formats of PTSL. Bars and beats follow a tempo of
//! 120 in 4/4: the world has no other.

use crate::model::number::{self, decimal};
use crate::model::timecode::FARTHEST_SAMPLE;
use crate::model::{Ruler, Timecode, TimecodeRate};
use crate::ptsl::wire::{
    BasicTimeType, CommandErrorType, TimelineLocationType, TrackOffsetOptions,
};

use super::{Failure, Outcome};

/// Ticks in a quarter note.
const TICKS: i128 = 960;
/// Quarter notes a minute.
const TEMPO: i128 = 120;

/// What the formats depend on.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub ruler: Ruler,
    /// Frames a second of the feet+frames counter.
    pub feet_frames: TimecodeRate,
}

/// The newer enum's value for one of the older.
pub fn from_offset_options(options: TrackOffsetOptions) -> TimelineLocationType {
    match options {
        TrackOffsetOptions::ToOptionsUnknown => TimelineLocationType::TlTypeUnknown,
        TrackOffsetOptions::BarsBeats => TimelineLocationType::TlTypeBarsBeats,
        TrackOffsetOptions::MinSecs => TimelineLocationType::TlTypeMinSecs,
        TrackOffsetOptions::TimeCode => TimelineLocationType::TlTypeTimeCode,
        TrackOffsetOptions::FeetFrames => TimelineLocationType::TlTypeFeetFrames,
        TrackOffsetOptions::Samples => TimelineLocationType::TlTypeSamples,
    }
}

/// The older enum's value for one of the newer, where it has one.
pub fn to_offset_options(kind: TimelineLocationType) -> TrackOffsetOptions {
    match kind {
        TimelineLocationType::TlTypeBarsBeats => TrackOffsetOptions::BarsBeats,
        TimelineLocationType::TlTypeMinSecs => TrackOffsetOptions::MinSecs,
        TimelineLocationType::TlTypeTimeCode => TrackOffsetOptions::TimeCode,
        TimelineLocationType::TlTypeFeetFrames => TrackOffsetOptions::FeetFrames,
        TimelineLocationType::TlTypeSamples => TrackOffsetOptions::Samples,
        _ => TrackOffsetOptions::ToOptionsUnknown,
    }
}

/// `numerator / denominator`, to the nearest; what no timeline holds is beyond its end.
fn nearest(numerator: i128, denominator: i128) -> i64 {
    number::nearest(numerator, denominator).unwrap_or(i64::MAX)
}

impl Times {
    fn rate(&self) -> i128 {
        i128::from(self.ruler.sample_rate.max(1))
    }

    fn feet_rate(&self) -> (i128, i128) {
        let (num, den) = self.feet_frames.ratio();
        (i128::from(num), i128::from(den))
    }

    /// First sample of the frame that follows the one at `frame` (both from midnight).
    fn frame_length(&self, frame: Timecode) -> i64 {
        let next = Timecode {
            frame: frame.frame + 1,
            rate: frame.rate,
        };
        let rate = self.ruler.sample_rate;
        i64::try_from(next.sample(rate).saturating_sub(frame.sample(rate))).unwrap_or(1)
    }

    /// Timecode with hundredths of a frame.
    fn timecode(&self, sample: i64, with_sub_frames: bool) -> String {
        let frame = self.ruler.timecode_at(sample);
        if !with_sub_frames {
            return frame.to_string();
        }
        let length = self.frame_length(frame).max(1);
        let into = (sample - self.ruler.sample_of(frame)).clamp(0, length - 1);
        let hundredths = (into * 100 + length / 2) / length;
        format!("{frame}.{:02}", hundredths.min(99))
    }

    /// A session sample in a format; sub-frames and milliseconds included.
    pub fn format(&self, sample: i64, kind: TimelineLocationType) -> String {
        self.text(sample, kind, true)
    }

    /// A session sample as the session text export writes it.
    pub fn text(&self, sample: i64, kind: TimelineLocationType, sub_frames: bool) -> String {
        let wide = i128::from(sample.max(0));
        match kind {
            TimelineLocationType::TlTypeSamples => sample.to_string(),
            TimelineLocationType::TlTypeSeconds => {
                let millionths = nearest(wide * 1_000_000, self.rate());
                format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
            }
            TimelineLocationType::TlTypeMinSecs => {
                let millis = nearest(wide * 1000, self.rate());
                let (minutes, seconds) = (millis / 60_000, millis / 1000 % 60);
                if sub_frames {
                    format!("{minutes}:{seconds:02}.{:03}", millis % 1000)
                } else {
                    format!("{minutes}:{seconds:02}")
                }
            }
            TimelineLocationType::TlTypeFrames => {
                let start = i128::from(self.ruler.start_frame);
                let frame = i128::from(self.ruler.timecode_at(sample).frame);
                (frame - start)
                    .rem_euclid(i128::from(self.ruler.rate.frames_per_day()))
                    .to_string()
            }
            TimelineLocationType::TlTypeFeetFrames => {
                let (num, den) = self.feet_rate();
                let hundredths = nearest(wide * num * 100, den * self.rate());
                let (frames, sub) = (hundredths / 100, hundredths % 100);
                if sub_frames {
                    format!("{}+{:02}.{sub:02}", frames / 16, frames % 16)
                } else {
                    format!("{}+{:02}", frames / 16, frames % 16)
                }
            }
            TimelineLocationType::TlTypeTicks => self.ticks(wide).to_string(),
            TimelineLocationType::TlTypeBarsBeats => {
                let ticks = i128::from(self.ticks(wide));
                let (bar, beat) = (ticks / (4 * TICKS) + 1, ticks / TICKS % 4 + 1);
                format!("{bar}|{beat}|{:03}", ticks % TICKS)
            }
            _ => self.timecode(sample, sub_frames),
        }
    }

    fn ticks(&self, sample: i128) -> i64 {
        nearest(sample * TICKS * TEMPO, 60 * self.rate())
    }

    fn of_ticks(&self, ticks: i128) -> i64 {
        nearest(ticks * 60 * self.rate(), TICKS * TEMPO)
    }

    /// Reads a time of a known format as a session sample; `Unknown` goes by the text's shape.
    pub fn parse(&self, text: &str, kind: TimelineLocationType) -> Outcome<i64> {
        let text = text.trim();
        let kind = Self::kind_of(text, kind);
        let wrong = || Failure::invalid(format!("'{}' is not a time of that format.", clip(text)));
        let sample = match kind {
            TimelineLocationType::TlTypeSamples => text.parse().map_err(|_| wrong())?,
            TimelineLocationType::TlTypeSeconds => {
                let micros = decimal(text, 6).ok_or_else(wrong)?;
                nearest(micros * self.rate(), 1_000_000)
            }
            TimelineLocationType::TlTypeMinSecs => self.min_secs(text).ok_or_else(wrong)?,
            TimelineLocationType::TlTypeFrames => {
                let frames = decimal(text, 0).ok_or_else(wrong)?;
                let frame = u64::try_from(frames).map_err(|_| wrong())? + self.ruler.start_frame;
                let rate = self.ruler.rate;
                let at = Timecode { frame, rate }.sample(self.ruler.sample_rate);
                let start = i128::from(self.ruler.start_sample());
                i64::try_from(i128::from(at) - start).map_err(|_| wrong())?
            }
            TimelineLocationType::TlTypeFeetFrames => {
                let (feet, frames) = text.split_once('+').ok_or_else(wrong)?;
                let feet = decimal(feet, 0).ok_or_else(wrong)?;
                let hundredths = decimal(frames, 2).ok_or_else(wrong)?;
                let (num, den) = self.feet_rate();
                nearest((feet * 1600 + hundredths) * den * self.rate(), num * 100)
            }
            TimelineLocationType::TlTypeTicks => self.of_ticks(decimal(text, 0).ok_or_else(wrong)?),
            TimelineLocationType::TlTypeBarsBeats => self.bars(text).ok_or_else(wrong)?,
            _ => self.of_timecode(text)?,
        };
        self.check(sample, &format!("'{}'", clip(text)))?;
        Ok(sample)
    }

    /// Refuses a sample outside the timeline; `what` begins the sentence.
    pub fn check(&self, sample: i64, what: &str) -> Outcome<()> {
        if (0..=FARTHEST_SAMPLE).contains(&sample) {
            return Ok(());
        }
        Err(Failure::new(
            CommandErrorType::PtArgumentOutOfRange,
            format!("{what} lies outside the session."),
        ))
    }

    /// The format of a time: the one that is said, else the one that the text looks like.
    pub fn kind_of(text: &str, said: TimelineLocationType) -> TimelineLocationType {
        match said {
            TimelineLocationType::TlTypeUnknown => Self::shape(text.trim()),
            kind => kind,
        }
    }

    /// A length of samples in a unit, to the nearest.
    pub fn length(&self, samples: i64, unit: BasicTimeType) -> i64 {
        let wide = i128::from(samples);
        match unit {
            BasicTimeType::BtTypeTicks => self.ticks(wide),
            BasicTimeType::BtTypeFrames => {
                let (num, den) = self.ruler.rate.ratio();
                nearest(wide * i128::from(num), i128::from(den) * self.rate())
            }
            _ => samples,
        }
    }

    /// A length in a unit as samples; refused beyond what a timeline holds.
    pub fn samples(&self, length: i64, unit: BasicTimeType) -> Outcome<i64> {
        let wide = i128::from(length);
        let samples = match unit {
            BasicTimeType::BtTypeTicks => self.of_ticks(wide),
            BasicTimeType::BtTypeFrames => {
                let (num, den) = self.ruler.rate.ratio();
                nearest(wide * i128::from(den) * self.rate(), i128::from(num))
            }
            _ => length,
        };
        if (-FARTHEST_SAMPLE..=FARTHEST_SAMPLE).contains(&samples) {
            return Ok(samples);
        }
        Err(Failure::new(
            CommandErrorType::PtArgumentOutOfRange,
            "The length is longer than any session.",
        ))
    }

    fn shape(text: &str) -> TimelineLocationType {
        match text.matches([':', ';']).count() {
            _ if text.contains('|') => TimelineLocationType::TlTypeBarsBeats,
            _ if text.contains('+') => TimelineLocationType::TlTypeFeetFrames,
            0 => TimelineLocationType::TlTypeSamples,
            1 => TimelineLocationType::TlTypeMinSecs,
            _ => TimelineLocationType::TlTypeTimeCode,
        }
    }

    fn of_timecode(&self, text: &str) -> Outcome<i64> {
        self.ruler
            .parse_fine(text)
            .map_err(|error| Failure::invalid(format!("{error}.")))
    }

    fn min_secs(&self, text: &str) -> Option<i64> {
        let (minutes, seconds) = text.rsplit_once(':')?;
        let minutes = match minutes.split_once(':') {
            Some((hours, minutes)) => decimal(hours, 0)? * 60 + decimal(minutes, 0)?,
            None => decimal(minutes, 0)?,
        };
        let micros = decimal(seconds, 6)?;
        Some(nearest(
            (minutes * 60_000_000 + micros) * self.rate(),
            1_000_000,
        ))
    }

    fn bars(&self, text: &str) -> Option<i64> {
        let mut parts = text.split('|').map(|part| decimal(part.trim(), 0));
        let bar = parts.next()??;
        let beat = parts.next().unwrap_or(Some(1))?;
        let ticks = parts.next().unwrap_or(Some(0))?;
        if bar < 1 || !(1..=4).contains(&beat) || ticks >= TICKS || parts.next().is_some() {
            return None;
        }
        Some(self.of_ticks(((bar - 1) * 4 + beat - 1) * TICKS + ticks))
    }
}

fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(rate: TimecodeRate) -> Times {
        let sample_rate = 48_000;
        let start = Timecode::parse("01:00:00:00", rate).unwrap();
        Times {
            ruler: Ruler {
                rate,
                sample_rate,
                start_frame: start.frame,
            },
            feet_frames: TimecodeRate::Fps24,
        }
    }

    #[test]
    fn formats_and_back() {
        use TimelineLocationType::*;
        let times = times(TimecodeRate::Fps25);
        for (sample, kind, text) in [
            (72_000, TlTypeSamples, "72000"),
            (72_000, TlTypeSeconds, "1.500000"),
            (72_000, TlTypeMinSecs, "0:01.500"),
            (72_000, TlTypeFrames, "37"),
            (72_000, TlTypeTimeCode, "01:00:01:12.50"),
            (72_000, TlTypeFeetFrames, "2+04.00"),
            (72_000, TlTypeBarsBeats, "1|4|000"),
            (72_000, TlTypeTicks, "2880"),
            (0, TlTypeBarsBeats, "1|1|000"),
            (48_000 * 3600, TlTypeMinSecs, "60:00.000"),
        ] {
            assert_eq!(times.format(sample, kind), text);
            let back = times.parse(text, kind).unwrap();
            if kind == TlTypeFrames {
                assert_eq!(back, 37 * 1920);
            } else {
                assert_eq!(back, sample, "{text}");
            }
        }
        assert_eq!(
            times.parse("1| 4| 000", TlTypeUnknown).unwrap(),
            72_000,
            "blanks between the bars"
        );
        assert_eq!(times.parse("01:00:01:00", TlTypeUnknown).unwrap(), 48_000);
    }

    #[test]
    fn lengths_in_units_and_back() {
        let times = times(TimecodeRate::Fps2997Drop);
        for (samples, unit, length) in [
            (48_000, BasicTimeType::BtTypeSamples, 48_000),
            (48_000, BasicTimeType::BtTypeTicks, 1920),
            (-24_000, BasicTimeType::BtTypeTicks, -960),
            (48_048, BasicTimeType::BtTypeFrames, 30),
            (-48_048, BasicTimeType::BtTypeFrames, -30),
        ] {
            assert_eq!(times.length(samples, unit), length);
            assert_eq!(times.samples(length, unit).unwrap(), samples);
        }
        for unit in 0..4 {
            let unit = BasicTimeType::try_from(unit).unwrap();
            assert!(times.samples(i64::MAX, unit).is_err());
            assert!(times.samples(i64::MIN, unit).is_err());
        }
    }

    #[test]
    fn nonsense_is_refused() {
        use TimelineLocationType::*;
        let times = times(TimecodeRate::Fps2997Drop);
        for (text, kind) in [
            ("", TlTypeTimeCode),
            ("abc", TlTypeSamples),
            ("-5", TlTypeSamples),
            ("99999999999999999999", TlTypeSamples),
            ("01:00:00:00", TlTypeBarsBeats),
            ("01:01:00;00", TlTypeTimeCode),
            ("1|9|000", TlTypeBarsBeats),
            ("1:2:3:4:5", TlTypeMinSecs),
            ("00:59:00;02", TlTypeTimeCode),
        ] {
            assert!(times.parse(text, kind).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn timecode_with_sub_frames_comes_back_within_a_hundredth(
            sample in 0_i64..48_000 * 3600 * 20,
            rate in proptest::sample::select(TimecodeRate::ALL.to_vec()),
        ) {
            let times = times(rate);
            let text = times.format(sample, TimelineLocationType::TlTypeTimeCode);
            let back = times.parse(&text, TimelineLocationType::TlTypeTimeCode).unwrap();
            prop_assert!((back - sample).abs() <= 48_000 / 23 / 50, "{text}: {sample} {back}");
        }

        #[test]
        fn any_text_is_refused_or_read(text in ".{0,30}", kind in 0_i32..9) {
            let kind = TimelineLocationType::try_from(kind).unwrap();
            let _ = times(TimecodeRate::Fps30).parse(&text, kind);
        }
    }
}
