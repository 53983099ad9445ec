//! Timecode of all 19 rates of PTSL, drop frame included, to and from samples in exact integers.
//!
//! A frame of a rate `n/d` frames a second starts at sample `round(frame * d * sample_rate / n)`;
//! a sample belongs to the last frame that starts at or before it. Drop frame leaves out the first
//! labels of each minute that is not a tenth: 2 a minute at 30, 4 at 60, 8 at 120 nominal frames
//! (SMPTE 12M extended in proportion). Labels wrap at 24 hours.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The farthest sample that a timeline is believed to have: a week at 192 kHz.
pub const FARTHEST_SAMPLE: i64 = 192_000 * 3600 * 24 * 7;

macro_rules! rates {
    ($($variant:ident $text:literal $num:literal / $den:literal $nominal:literal $drop:literal;)*) => {
        /// The timecode rates that a session can have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum TimecodeRate {
            $(#[doc = $text] $variant,)*
        }

        impl TimecodeRate {
            /// All of them, in PTSL's order (the number of `SessionTimeCodeRate` less one).
            pub const ALL: [Self; 19] = [$(Self::$variant),*];

            /// The usual name: `23.976`, `29.97 df`, `25`.
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Frames a second as a fraction.
            pub fn ratio(self) -> (u32, u32) {
                match self { $(Self::$variant => ($num, $den),)* }
            }

            /// Frame labels in a second.
            pub fn nominal(self) -> u32 {
                match self { $(Self::$variant => $nominal,)* }
            }

            /// Labels left out at the start of most minutes; 0 without drop frame.
            pub fn dropped(self) -> u32 {
                match self { $(Self::$variant => $drop,)* }
            }
        }
    };
}

rates! {
    Fps23976 "23.976" 24000/1001 24 0;
    Fps24 "24" 24/1 24 0;
    Fps25 "25" 25/1 25 0;
    Fps2997 "29.97" 30000/1001 30 0;
    Fps2997Drop "29.97 df" 30000/1001 30 2;
    Fps30 "30" 30/1 30 0;
    Fps30Drop "30 df" 30/1 30 2;
    Fps47952 "47.952" 48000/1001 48 0;
    Fps48 "48" 48/1 48 0;
    Fps50 "50" 50/1 50 0;
    Fps5994 "59.94" 60000/1001 60 0;
    Fps5994Drop "59.94 df" 60000/1001 60 4;
    Fps60 "60" 60/1 60 0;
    Fps60Drop "60 df" 60/1 60 4;
    Fps100 "100" 100/1 100 0;
    Fps11988 "119.88" 120000/1001 120 0;
    Fps11988Drop "119.88 df" 120000/1001 120 8;
    Fps120 "120" 120/1 120 0;
    Fps120Drop "120 df" 120/1 120 8;
}

/// Why a text is no timecode of a rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimecodeError {
    #[error("'{0}' is not a timecode like 01:00:00:00")]
    Shape(String),
    #[error("'{text}' is not a time of day at {rate}")]
    OutOfRange { text: String, rate: TimecodeRate },
    #[error("'{text}' does not exist at {rate}: drop frame leaves that label out")]
    Dropped { text: String, rate: TimecodeRate },
    #[error("'{0}' is not a timecode rate; known are 23.976, 24, 25, 29.97, 29.97 df …")]
    Rate(String),
}

impl TimecodeRate {
    pub fn is_drop(self) -> bool {
        self.dropped() > 0
    }

    /// Frames in 24 hours of labels.
    pub fn frames_per_day(self) -> u64 {
        let nominal = u64::from(self.nominal());
        24 * 3600 * nominal - 24 * 54 * u64::from(self.dropped())
    }

    /// First sample of a frame counted from midnight, which may lie before it.
    fn start_of(self, frame: i128, sample_rate: u32) -> i128 {
        let (num, den) = self.ratio();
        let scaled = frame * i128::from(den) * i128::from(sample_rate);
        (2 * scaled + i128::from(num)).div_euclid(2 * i128::from(num))
    }

    fn frame_at(self, sample: i128, sample_rate: u32) -> i128 {
        let (num, den) = self.ratio();
        let samples = i128::from(den) * i128::from(sample_rate.max(1));
        let frame = (sample * i128::from(num)).div_euclid(samples);
        // The start of a frame is rounded, so the next one may begin half a sample early.
        match self.start_of(frame + 1, sample_rate) <= sample {
            true => frame + 1,
            false => frame,
        }
    }

    /// Reads the usual names (`29.97 df`, `29.97df`, `29.97 drop`, `25`).
    pub fn parse(text: &str) -> Result<Self, TimecodeError> {
        let wanted: String = text
            .to_ascii_lowercase()
            .replace("drop frame", "df")
            .replace("drop", "df")
            .replace("fps", "")
            .replace("frame", "")
            .replace("ndf", "")
            .split_whitespace()
            .collect::<String>()
            .replace("23.98", "23.976");
        Self::ALL
            .into_iter()
            .find(|rate| rate.text().replace(' ', "") == wanted)
            .ok_or_else(|| TimecodeError::Rate(super::text::fit(text, 60)))
    }
}

// Not derived: the variants come out of the macro above.
#[allow(clippy::derivable_impls)]
impl Default for TimecodeRate {
    fn default() -> Self {
        Self::Fps30
    }
}

impl fmt::Display for TimecodeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for TimecodeRate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for TimecodeRate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A frame of a day, counted from midnight, with the rate that labels it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timecode {
    /// Real frames since midnight, below [`TimecodeRate::frames_per_day`].
    pub frame: u64,
    pub rate: TimecodeRate,
}

impl Timecode {
    /// Wraps at 24 hours.
    pub fn new(frame: u64, rate: TimecodeRate) -> Self {
        Self {
            frame: frame % rate.frames_per_day(),
            rate,
        }
    }

    /// Reads `hh:mm:ss:ff`, with `;` or `.` allowed before the frames, and sub-frames (`.nn`)
    /// behind them ignored.
    pub fn parse(text: &str, rate: TimecodeRate) -> Result<Self, TimecodeError> {
        let shown = || super::text::fit(text, 60);
        let shape = || TimecodeError::Shape(shown());
        let mut parts: Vec<&str> = text.trim().split([':', ';']).collect();
        let dotted = parts.pop().ok_or_else(shape)?;
        if !matches!(parts.len(), 2 | 3) {
            return Err(shape());
        }
        parts.extend(dotted.split('.'));
        let ([hours, minutes, seconds, frames] | [hours, minutes, seconds, frames, _]) =
            parts.as_slice()
        else {
            return Err(shape());
        };
        let number = |digits: &str| -> Result<u64, TimecodeError> {
            if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit())
            {
                return Err(shape());
            }
            digits.parse().map_err(|_| shape())
        };
        if let Some(subframes) = parts.get(4) {
            number(subframes)?;
        }
        let (h, m, s, f) = (
            number(hours)?,
            number(minutes)?,
            number(seconds)?,
            number(frames)?,
        );
        let nominal = u64::from(rate.nominal());
        if h > 23 || m > 59 || s > 59 || f >= nominal {
            return Err(TimecodeError::OutOfRange {
                text: shown(),
                rate,
            });
        }
        let dropped = u64::from(rate.dropped());
        if s == 0 && f < dropped && m % 10 != 0 {
            return Err(TimecodeError::Dropped {
                text: shown(),
                rate,
            });
        }
        let minute = h * 60 + m;
        let label = (minute * 60 + s) * nominal + f;
        Ok(Self {
            frame: label - dropped * (minute - minute / 10),
            rate,
        })
    }

    /// First sample of this frame, from midnight.
    pub fn sample(self, sample_rate: u32) -> u64 {
        let sample = self.rate.start_of(i128::from(self.frame), sample_rate);
        u64::try_from(sample).unwrap_or(u64::MAX)
    }

    /// The frame that sample number `sample` since midnight belongs to.
    pub fn at_sample(sample: u64, sample_rate: u32, rate: TimecodeRate) -> Self {
        Self::at(i128::from(sample), sample_rate, rate)
    }

    /// The same for samples before midnight and after the day. The day is counted off in frames:
    /// at most rates it has no whole number of samples.
    fn at(sample: i128, sample_rate: u32, rate: TimecodeRate) -> Self {
        let frame = rate.frame_at(sample, sample_rate);
        let frame = frame.rem_euclid(i128::from(rate.frames_per_day()));
        Self::new(u64::try_from(frame).unwrap_or(0), rate)
    }
}

impl fmt::Display for Timecode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nominal = u64::from(self.rate.nominal());
        let dropped = u64::from(self.rate.dropped());
        let mut label = self.frame;
        if dropped > 0 {
            let per_ten = nominal * 600 - 9 * dropped;
            let per_minute = nominal * 60 - dropped;
            let (tens, rest) = (self.frame / per_ten, self.frame % per_ten);
            let minutes = if rest < nominal * 60 {
                0
            } else {
                1 + (rest - nominal * 60) / per_minute
            };
            label += dropped * (9 * tens + minutes);
        }
        let (frames, seconds) = (label % nominal, label / nominal);
        let separator = if dropped > 0 { ';' } else { ':' };
        let width = if nominal > 100 { 3 } else { 2 };
        write!(
            f,
            "{:02}:{:02}:{:02}{separator}{frames:0width$}",
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
        )
    }
}

/// The session's timecode ruler: where the timeline starts and how it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruler {
    pub rate: TimecodeRate,
    /// Hz.
    pub sample_rate: u32,
    /// The frame of the day at which the session starts.
    pub start_frame: u64,
}

impl Default for Ruler {
    fn default() -> Self {
        Self {
            rate: TimecodeRate::default(),
            sample_rate: 48_000,
            start_frame: 0,
        }
    }
}

impl Ruler {
    pub fn start(&self) -> Timecode {
        Timecode::new(self.start_frame, self.rate)
    }

    /// Samples from midnight to the session start (the `bext` time reference of a file that
    /// starts with the session).
    pub fn start_sample(&self) -> u64 {
        self.start().sample(self.sample_rate)
    }

    /// The timecode at a session sample. What lies before midnight shows as the day before.
    pub fn timecode_at(&self, sample: i64) -> Timecode {
        let absolute = i128::from(self.start_sample()) + i128::from(sample);
        Timecode::at(absolute, self.sample_rate, self.rate)
    }

    /// The session sample of a timecode; a time before the session start counts as the next day
    /// only where it would otherwise lie more than 12 hours back.
    pub fn sample_of(&self, timecode: Timecode) -> i64 {
        let day = i128::from(self.rate.frames_per_day());
        let frames = i128::from(timecode.frame) - i128::from(self.start_frame);
        let mut absolute = i128::from(timecode.frame);
        if frames < -day / 2 {
            absolute += day;
        }
        self.sample_at(u64::try_from(absolute).unwrap_or(0))
    }

    /// Reads a timecode as a session sample, with the hundredths of a frame in `hh:mm:ss:ff.nn`.
    pub fn parse_fine(&self, text: &str) -> Result<i64, TimecodeError> {
        let timecode = Timecode::parse(text, self.rate)?;
        let start = self.sample_of(timecode);
        // `hh:mm:ss.ff` is an old way to write frames, so sub-frames come after three colons only.
        let is_full = text.matches([':', ';']).count() == 3;
        let mut digits = match text.trim().split_once('.') {
            Some((_, digits)) if is_full => digits.bytes(),
            _ => return Ok(start),
        };
        let mut digit = || i128::from(digits.next().unwrap_or(b'0').wrapping_sub(b'0'));
        let hundredths = digit() * 10 + digit();
        let frame = i128::from(timecode.frame);
        let length = self.rate.start_of(frame + 1, self.sample_rate)
            - self.rate.start_of(frame, self.sample_rate);
        let into = i64::try_from((2 * hundredths * length + 100) / 200).unwrap_or(0);
        Ok(start.saturating_add(into))
    }

    /// The same as [`Self::parse`] where a session of so many samples is cut: `24:00:00:00` is the end of a
    /// day, and a timecode that lies before the session's start, or not after `after`, is that of the next
    /// day where the session goes on until then.
    pub fn parse_in(
        &self,
        text: &str,
        length: Option<u64>,
        after: Option<i64>,
    ) -> Result<i64, TimecodeError> {
        let text = text.trim();
        if let Ok(samples) = text.parse::<i64>() {
            return Ok(samples);
        }
        let day = self.rate.frames_per_day();
        let midnight = text.strip_prefix("24").map(|rest| format!("00{rest}"));
        let midnight = midnight.and_then(|text| Timecode::parse(&text, self.rate).ok());
        if midnight.is_some_and(|timecode| timecode.frame == 0) {
            return Ok(self.sample_at(day));
        }
        let timecode = Timecode::parse(text, self.rate)?;
        let (today, next) = (
            self.sample_of(timecode),
            self.sample_at(timecode.frame + day),
        );
        let is_early = today < 0 || after.is_some_and(|after| today <= after);
        let reaches = length.is_some_and(|length| u64::try_from(next).is_ok_and(|at| at <= length));
        Ok(if is_early && reaches { next } else { today })
    }

    /// The session sample of a frame counted from midnight, of the next day too.
    fn sample_at(&self, frame: u64) -> i64 {
        let rate = self.rate;
        let at = Timecode { frame, rate }.sample(self.sample_rate);
        i64::try_from(i128::from(at) - i128::from(self.start_sample())).unwrap_or(i64::MAX)
    }

    /// Reads a timecode, or a plain number of samples, as a session sample.
    pub fn parse(&self, text: &str) -> Result<i64, TimecodeError> {
        let text = text.trim();
        if let Ok(samples) = text.parse::<i64>() {
            return Ok(samples);
        }
        Timecode::parse(text, self.rate).map(|timecode| self.sample_of(timecode))
    }
}
