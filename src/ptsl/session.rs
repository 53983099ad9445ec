//! What the client asks about the session as a whole: its facts, and times in all their forms.

use serde_json::Value;

use super::client::{Client, Result, unreadable};
use super::error::PtslError;
use super::wire::{
    CommandId, GetSessionIDsResponseBody, GetSessionInterleavedStateResponseBody,
    GetSessionLengthResponseBody, GetSessionNameResponseBody, GetSessionStartTimeResponseBody,
    GetSessionSystemDelayInfoResponseBody, GetTimeAsTypeRequestBody, GetTimeAsTypeResponseBody,
    GetTimelineSelectionRequestBody, GetTimelineSelectionResponseBody,
    SetTimelineSelectionRequestBody, TimelineLocation, TimelineLocationType, TrackOffsetOptions,
};
use super::{convert, json};
use crate::model::{Range, Ruler, SessionInfo, Timecode, TimecodeRate};

/// Identities of a session: of the file it was first, of this very file, of the one it was made
/// from. Empty where the server has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionIds {
    pub origin: String,
    pub instance: String,
    pub parent: String,
}

/// Automatic delay compensation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DelayInfo {
    /// Delay of the whole system, samples.
    pub samples: u32,
    pub is_compensated: bool,
}

impl Client {
    /// The identities by which a session is known again. Since 2024.3.
    pub async fn session_ids(&self) -> Result<SessionIds> {
        let ids: GetSessionIDsResponseBody = self.ask(CommandId::GetSessionIDs, "").await?;
        Ok(SessionIds {
            origin: ids.origin_id,
            instance: ids.instance_id,
            parent: ids.parent_id,
        })
    }

    /// Whether delays are compensated. Since 2024.6.
    pub async fn delay_info(&self) -> Result<DelayInfo> {
        let command = CommandId::GetSessionSystemDelayInfo;
        let info: GetSessionSystemDelayInfoResponseBody = self.ask(command, "").await?;
        Ok(DelayInfo {
            samples: u32::try_from(info.samples).unwrap_or(0),
            is_compensated: info.delay_compensation_enabled,
        })
    }

    /// All constant facts of the open session.
    pub async fn session(&self) -> Result<SessionInfo> {
        let path = self.session_path().await?;
        self.session_at(path).await
    }

    /// The facts of the session whose path is known: eight calls, PTSL has no single one for them.
    /// What an old server lacks (identities, length) stays empty. The name is the file's, and not
    /// asked for.
    pub async fn session_at(&self, path: String) -> Result<SessionInfo> {
        let name = match name_of(&path) {
            "" => {
                let name: GetSessionNameResponseBody =
                    self.ask(CommandId::GetSessionName, "").await?;
                name.session_name
            }
            name => name.to_owned(),
        };
        let ruler = self.read_ruler().await?;
        let bit_depth = self
            .setting(CommandId::GetSessionBitDepth, "current_setting", bit_depth)
            .await?;
        let ids = optional(self.session_ids().await)?;
        let length: GetSessionLengthResponseBody =
            optional(self.ask(CommandId::GetSessionLength, "").await)?;
        let format = optional(self.ask_value(CommandId::GetSessionAudioFormat, "").await)?;
        let interleaved: GetSessionInterleavedStateResponseBody =
            optional(self.ask(CommandId::GetSessionInterleavedState, "").await)?;
        Ok(SessionInfo {
            name,
            path,
            origin_id: ids.origin,
            instance_id: ids.instance,
            sample_rate: ruler.sample_rate,
            bit_depth,
            ruler,
            max_length: duration(&length.session_length, &ruler),
            audio_format: match json::enum_at(&format, "current_setting", "SessionAudioFormat") {
                Some(1) => "WAV".to_owned(),
                Some(2) => "AIFF".to_owned(),
                _ => String::new(),
            },
            interleaved: interleaved.current_setting,
        })
    }

    async fn read_ruler(&self) -> Result<Ruler> {
        let sample_rate = self
            .setting(CommandId::GetSessionSampleRate, "sample_rate", sample_rate)
            .await?;
        let rate = self
            .setting(
                CommandId::GetSessionTimeCodeRate,
                "current_setting",
                |v, f| {
                    let number = json::enum_at(v, f, "SessionTimeCodeRate")?;
                    let index = usize::try_from(number.checked_sub(1)?).ok()?;
                    TimecodeRate::ALL.get(index).copied()
                },
            )
            .await?;
        let command = CommandId::GetSessionStartTime;
        let start: GetSessionStartTimeResponseBody = self.ask(command, "").await?;
        let start = Timecode::parse(&start.session_start_time, rate)
            .map_err(|error| unreadable(command, &error.to_string()))?;
        let ruler = Ruler {
            rate,
            sample_rate,
            start_frame: start.frame,
        };
        self.remember_ruler(ruler);
        Ok(ruler)
    }

    async fn setting<T>(
        &self,
        command: CommandId,
        field: &str,
        read: impl Fn(&Value, &str) -> Option<T>,
    ) -> Result<T> {
        let answer = self.ask_value(command, "").await?;
        read(&answer, field).ok_or_else(|| {
            let told = answer.get(field).map(Value::to_string).unwrap_or_default();
            let reason = format!("{field} is {}", super::refusal::shown(&told));
            unreadable(command, &reason)
        })
    }

    /// Play start marker and timeline selection, session samples.
    pub async fn timeline(&self) -> Result<(i64, Range)> {
        // Some servers look at the one field, some at the other.
        let request = GetTimelineSelectionRequestBody {
            time_scale: TrackOffsetOptions::Samples as i32,
            location_type: TimelineLocationType::TlTypeSamples as i32,
        };
        let body = json::request("GetTimelineSelectionRequestBody", &request).unwrap_or_default();
        let answer: GetTimelineSelectionResponseBody =
            self.ask(CommandId::GetTimelineSelection, &body).await?;
        let start = self.samples_of(&answer.in_time).await?;
        let end = match answer.out_time.trim() {
            "" => start,
            text => self.samples_of(text).await?,
        };
        let play_start = match answer.play_start_marker_time.trim() {
            "" => start,
            text => self.samples_of(text).await?,
        };
        Ok((play_start, Range::new(start, end)))
    }

    /// Sets the timeline selection, and the play start marker when one is given; session samples.
    pub async fn set_timeline(&self, play_start: Option<i64>, range: Range) -> Result<()> {
        let request = SetTimelineSelectionRequestBody {
            play_start_marker_time: play_start.map(|at| at.to_string()).unwrap_or_default(),
            in_time: range.start.to_string(),
            out_time: range.end.to_string(),
            location_type: TimelineLocationType::TlTypeSamples as i32,
            ..SetTimelineSelectionRequestBody::default()
        };
        self.ask_text(
            CommandId::SetTimelineSelection,
            "SetTimelineSelectionRequestBody",
            &request,
        )
        .await?;
        Ok(())
    }

    /// A time as the server told it, in session samples. Decimal numbers are samples; timecode is
    /// read by the session's ruler; bars and beats are converted by the server where it can.
    pub(super) async fn samples_of(&self, text: &str) -> Result<i64> {
        if let Some(samples) = convert::samples(text) {
            return Ok(samples);
        }
        let unknown = || {
            let shown = super::refusal::shown(text);
            unreadable(
                CommandId::CIdGetTimeAsType,
                &format!("'{shown}' is no number of samples"),
            )
        };
        if !text.contains('|') {
            let ruler = self.ruler().await?;
            if let Ok(timecode) = Timecode::parse(text, ruler.rate) {
                return Ok(ruler.sample_of(timecode));
            }
        }
        if !self.version().is_modern() || !text.contains(['|', ':', '+']) {
            return Err(unknown());
        }
        let time_type = if text.contains('|') {
            TimelineLocationType::TlTypeBarsBeats
        } else if text.contains('+') {
            TimelineLocationType::TlTypeFeetFrames
        } else {
            TimelineLocationType::TlTypeMinSecs
        };
        let request = GetTimeAsTypeRequestBody {
            location: Some(TimelineLocation {
                location: text.to_owned(),
                time_type: time_type as i32,
            }),
            time_type: TimelineLocationType::TlTypeSamples as i32,
        };
        let body = json::request("GetTimeAsTypeRequestBody", &request).unwrap_or_default();
        let answer: GetTimeAsTypeResponseBody =
            match self.ask(CommandId::CIdGetTimeAsType, &body).await {
                Err(PtslError::Refused { .. }) => return Err(unknown()),
                other => other?,
            };
        answer
            .converted_location
            .and_then(|at| convert::samples(&at.location))
            .ok_or_else(unknown)
    }

    async fn ruler(&self) -> Result<Ruler> {
        match self.known_ruler() {
            Some(ruler) => Ok(ruler),
            None => self.read_ruler().await,
        }
    }

    /// A session sample as timecode with hundredths of a frame, which is what creating takes.
    pub(super) async fn timecode_of(&self, sample: i64) -> Result<String> {
        let ruler = self.ruler().await?;
        let timecode = ruler.timecode_at(sample);
        let rest = sample.saturating_sub(ruler.sample_of(timecode)).max(0);
        let (num, den) = ruler.rate.ratio();
        let hundredths = i128::from(rest) * 100 * i128::from(num)
            / (i128::from(den) * i128::from(ruler.sample_rate.max(1)));
        Ok(match hundredths.clamp(0, 99) {
            0 => timecode.to_string(),
            hundredths => format!("{timecode}.{hundredths:02}"),
        })
    }
}

/// The session's name, which its file has: POSIX, Windows and HFS paths.
fn name_of(path: &str) -> &str {
    let file = path.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    file.rsplit_once('.').map_or("", |(name, _)| name)
}

/// What an old server lacks is empty; what breaks the connection is an error.
fn optional<T: Default>(outcome: Result<T>) -> Result<T> {
    match outcome {
        Err(error @ PtslError::Refused { .. }) if !error.is_no_session() => {
            tracing::debug!("left empty: {error}");
            Ok(T::default())
        }
        Err(PtslError::Unreadable { command, reason }) => {
            tracing::debug!("{command} left empty: {reason}");
            Ok(T::default())
        }
        other => other,
    }
}

fn sample_rate(value: &Value, field: &str) -> Option<u32> {
    json::enum_at(value, field, "SampleRate")
        .and_then(|number| u32::try_from(number).ok())
        .or_else(|| convert::digits(value.get(field)?.as_str()?))
        .filter(|rate| (8_000..=768_000).contains(rate))
}

fn bit_depth(value: &Value, field: &str) -> Option<u16> {
    let word = match json::enum_at(value, field, "BitDepth") {
        Some(number) => super::names::names_of("BitDepth", number)
            .into_iter()
            .next()?,
        None => value.get(field)?.as_str()?.to_owned(),
    };
    let bits = u16::try_from(convert::digits(&word)?).ok()?;
    (8..=64).contains(&bits).then_some(bits)
}

/// A length such as `24:00:00:00` in samples; it may be as long as a day, which no timecode is.
fn duration(text: &str, ruler: &Ruler) -> Option<u64> {
    if let Some(samples) = convert::samples(text) {
        return u64::try_from(samples).ok();
    }
    let hours: u64 = text.trim().split(':').next()?.parse().ok()?;
    if hours >= 24 {
        let day = Timecode {
            frame: ruler.rate.frames_per_day(),
            rate: ruler.rate,
        };
        return Some(day.sample(ruler.sample_rate));
    }
    let timecode = Timecode::parse(text, ruler.rate).ok()?;
    Some(timecode.sample(ruler.sample_rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rates_and_depths_are_read_in_every_spelling() {
        for (value, rate) in [
            (json!("SR_48000"), Some(48_000)),
            (json!("SRate_96000"), Some(96_000)),
            (json!(44_100), Some(44_100)),
            (json!("SRate_384000"), Some(384_000)),
            (json!("SR_None"), None),
            (json!(null), None),
        ] {
            assert_eq!(sample_rate(&json!({ "r": value }), "r"), rate, "{value}");
        }
        for (value, bits) in [
            (json!("Bit24"), Some(24)),
            (json!("BDepth_32Float"), Some(32)),
            (json!(2), Some(16)),
            (json!("BDepth_64Float"), Some(64)),
            (json!("BDepth_Unknown"), None),
        ] {
            assert_eq!(bit_depth(&json!({ "b": value }), "b"), bits, "{value}");
        }
    }

    #[test]
    fn a_session_has_the_name_of_its_file() {
        for (path, name) in [
            ("/Volumes/X/Söng v1.2/Söng v1.2.ptx", "Söng v1.2"),
            ("Macintosh HD:Users:x:Song:Song.ptx", "Song"),
            (r"D:\Sessions\Song\Song.ptx", "Song"),
            ("", ""),
        ] {
            assert_eq!(name_of(path), name);
        }
    }

    #[test]
    fn lengths_reach_a_whole_day() {
        let ruler = Ruler {
            rate: TimecodeRate::Fps25,
            sample_rate: 48_000,
            start_frame: 0,
        };
        assert_eq!(duration("24:00:00:00", &ruler), Some(24 * 3600 * 48_000));
        assert_eq!(duration("06:00:00:00.00", &ruler), Some(6 * 3600 * 48_000));
        assert_eq!(duration("4800", &ruler), Some(4800));
        assert_eq!(duration("", &ruler), None);
    }
}
