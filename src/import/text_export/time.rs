//! Times of an export as session samples. An export has one form for all its times, and does not
//! name it: it shows in the times themselves. Bars and beats need the tempo map, which no export has.

use super::rows::TextExport;
use crate::model::number::{decimal, nearest};
use crate::model::timecode::FARTHEST_SAMPLE;
use crate::model::{Ruler, Timecode, TimecodeRate};

/// Rates that feet and frames may count in.
const FEET_RATES: [(u32, u32); 3] = [(24, 1), (24_000, 1001), (25, 1)];
const FRAMES_IN_A_FOOT: i128 = 16;

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Samples,
    Timecode { sub_frames: bool },
    MinSecs { millis: bool },
    FeetFrames { sub_frames: bool },
    BarsBeats,
}

impl Form {
    /// The form of one time; `None` when it is none.
    fn of(text: &str) -> Option<Self> {
        let dotted = text.contains('.');
        Some(match text.matches([':', ';']).count() {
            _ if text.contains('|') => Self::BarsBeats,
            _ if text.contains('+') => Self::FeetFrames { sub_frames: dotted },
            0 if !text.is_empty()
                && text
                    .trim_start_matches('-')
                    .bytes()
                    .all(|b| b.is_ascii_digit()) =>
            {
                Self::Samples
            }
            1 | 2 => Self::MinSecs { millis: dotted },
            3 => Self::Timecode { sub_frames: dotted },
            _ => return None,
        })
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Timecode { sub_frames: true } => "timecode with sub-frames",
            Self::Timecode { .. } => "timecode",
            Self::MinSecs { millis: true } => "minutes, seconds and milliseconds",
            Self::MinSecs { .. } => "minutes and whole seconds",
            Self::FeetFrames { .. } => "feet and frames",
            Self::BarsBeats => "bars and beats",
        }
    }
}

/// What turns the export's times into samples.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub ruler: Ruler,
    pub form: Form,
    /// Frames a second of feet and frames; the markers tell which, else 24.
    feet_rate: (u32, u32),
}

impl Times {
    /// Looks at all times of the export.
    pub fn of(export: &TextExport, ruler: Ruler) -> Self {
        let events = export.tracks.iter().flat_map(|track| &track.events);
        let times = events.map(|event| &event.start);
        let places = export.markers.iter().map(|marker| &marker.location);
        let form = times.chain(places).find_map(|text| Form::of(text));
        let mut times = Self {
            ruler,
            form: form.unwrap_or(Form::Samples),
            feet_rate: (24, 1),
        };
        let fits = |times: &Self| {
            let known = export
                .markers
                .iter()
                .filter(|marker| marker.units == "Samples");
            known
                .filter_map(|m| {
                    Some((
                        times.samples(&m.location)?,
                        m.reference.parse::<i64>().ok()?,
                    ))
                })
                .all(|(place, told)| place.abs_diff(told) <= times.unit())
        };
        for feet_rate in FEET_RATES {
            let tried = Self { feet_rate, ..times };
            if fits(&tried) {
                times = tried;
                break;
            }
        }
        times
    }

    /// A session sample; `None` for what is no time, lies too far out, or is in bars and beats.
    pub fn samples(&self, text: &str) -> Option<i64> {
        let rate = i128::from(self.ruler.sample_rate.max(1));
        let sample = match Form::of(text)? {
            Form::Samples => text.parse().ok()?,
            Form::Timecode { .. } => self.ruler.parse_fine(text).ok()?,
            Form::MinSecs { .. } => {
                let (head, seconds) = text.rsplit_once(':')?;
                let minutes = match head.split_once(':') {
                    Some((hours, minutes)) => whole(hours)? * 60 + whole(minutes)?,
                    None => whole(head)?,
                };
                let millis = minutes * 60_000 + decimal(seconds.trim(), 3)?;
                nearest(millis * rate, 1000)?
            }
            Form::FeetFrames { .. } => {
                let (feet, frames) = text.split_once('+')?;
                let (num, den) = self.feet_rate;
                let hundredths = whole(feet)? * FRAMES_IN_A_FOOT * 100 + decimal(frames.trim(), 2)?;
                nearest(hundredths * i128::from(den) * rate, i128::from(num) * 100)?
            }
            Form::BarsBeats => return None,
        };
        (-FARTHEST_SAMPLE..=FARTHEST_SAMPLE)
            .contains(&sample)
            .then_some(sample)
    }

    /// How far a place may lie from where it is said to be, in samples.
    pub fn unit(&self) -> u64 {
        let rate = u64::from(self.ruler.sample_rate.max(1));
        let frame =
            |(num, den): (u32, u32)| (rate * u64::from(den)).div_ceil(u64::from(num.max(1)));
        match self.form {
            Form::Samples => 0,
            Form::Timecode { sub_frames: false } => frame(self.ruler.rate.ratio()),
            Form::Timecode { sub_frames: true } => frame(self.ruler.rate.ratio()).div_ceil(100),
            Form::MinSecs { millis: true } => rate.div_ceil(1000),
            Form::FeetFrames { sub_frames: true } => frame(self.feet_rate).div_ceil(100),
            Form::FeetFrames { sub_frames: false } => frame(self.feet_rate),
            Form::MinSecs { millis: false } | Form::BarsBeats => rate,
        }
    }

    /// Whether places are good enough to play from: within a frame.
    pub fn is_fine(&self) -> bool {
        self.unit() * 20 <= u64::from(self.ruler.sample_rate) && self.form != Form::BarsBeats
    }
}

/// The ruler that the header describes; `None` where its rate or start cannot be read.
pub fn ruler(export: &TextExport) -> Option<Ruler> {
    let rate = TimecodeRate::parse(&export.timecode_format).ok()?;
    let start = Timecode::parse(&export.start, rate).ok()?;
    Some(Ruler {
        rate,
        sample_rate: export.sample_rate,
        start_frame: start.frame,
    })
}

fn whole(text: &str) -> Option<i128> {
    decimal(text.trim(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::text_export::rows::MarkerRow;
    use proptest::prelude::*;

    fn times(format: &str, start: &str) -> Times {
        let export = TextExport {
            sample_rate: 48_000,
            timecode_format: format.to_owned(),
            start: start.to_owned(),
            ..TextExport::default()
        };
        Times::of(&export, ruler(&export).unwrap())
    }

    #[test]
    fn every_form_becomes_samples() {
        for (format, start, text, sample) in [
            ("25 Frame", "01:00:00:00", "01:00:08:00", Some(384_000)),
            (
                "25 Frame",
                "01:00:00:00.00",
                "01:00:08:01.50",
                Some(384_000 + 2880),
            ),
            ("29.97 Frame", "01:00:00:00", "01:00:08:00", Some(384_384)),
            (
                "29.97 Drop Frame",
                "01:00:00;00",
                "01:00:08;00",
                Some(384_384),
            ),
            ("29.97 Drop Frame", "01:00:00;00", "01:01:00;00", None),
            ("23.976 Frame", "00:00:00:00", "26706709", Some(26_706_709)),
            ("25 Frame", "01:00:00:00", "0:08", Some(384_000)),
            ("25 Frame", "01:00:00:00", "0:08.008", Some(384_384)),
            (
                "25 Frame",
                "01:00:00:00",
                "1:00:08.5",
                Some(48_000 * 3608 + 24_000),
            ),
            ("24 Frame", "01:00:00:00", "12+00", Some(384_000)),
            ("24 Frame", "01:00:00:00", "12+01.50", Some(387_000)),
            ("25 Frame", "01:00:00:00", "3|1|000", None),
            ("25 Frame", "01:00:00:00", "", None),
            ("25 Frame", "01:00:00:00", "99999999999999999999", None),
            ("25 Frame", "01:00:00:00", "soon", None),
        ] {
            assert_eq!(
                times(format, start).samples(text),
                sample,
                "{format} {text}"
            );
        }
    }

    #[test]
    fn markers_tell_the_rate_of_the_film() {
        for (reference, rate) in [
            (48_000, (24, 1)),
            (48_048, (24_000, 1001)),
            (46_080, (25, 1)),
        ] {
            let marker = MarkerRow {
                number: 1,
                location: "1+08.00".to_owned(),
                reference: reference.to_string(),
                units: "Samples".to_owned(),
                name: String::new(),
                comments: String::new(),
                track: None,
            };
            let export = TextExport {
                sample_rate: 48_000,
                timecode_format: "24 Frame".to_owned(),
                start: "01:00:00:00".to_owned(),
                markers: vec![marker],
                ..TextExport::default()
            };
            let times = Times::of(&export, ruler(&export).unwrap());
            assert_eq!(times.feet_rate, rate, "{reference}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_time_or_none(text in "[-0-9:;.|+ ]{0,24}") {
            let _ = times("29.97 Drop Frame", "01:00:00;00").samples(&text);
        }
    }
}
