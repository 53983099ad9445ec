//! Automation of a track's own controls, since PTSL 2025.10; plug-ins and sends are left alone.
//! Volume is in dB (-144 to +12), pan from -1 to 1, mute 0 or 1.

use super::client::{Client, Result, unreadable};
use super::json;
use super::wire::{
    CommandId, GetTrackControlBreakpointsRequestBody, GetTrackControlBreakpointsResponseBody,
    PanControlInfo, PanControlParameter, PanSpace, StemChannel, TrackControlId, TrackControlType,
    TrackSectionId,
};
use crate::model::{Breakpoint, Track};

/// A control of a track's main output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Control {
    Volume,
    Mute,
    Lfe,
    /// The pan knob of one channel of the strip.
    Pan(PanChannel),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PanChannel {
    Mono,
    Left,
    Right,
}

impl Client {
    /// The automation of a control in order of time, session samples. Empty where it has none.
    pub async fn breakpoints(&self, track: &Track, control: Control) -> Result<Vec<Breakpoint>> {
        let command = CommandId::CIdGetTrackControlBreakpoints;
        let (id, name) = either(track);
        let request = GetTrackControlBreakpointsRequestBody {
            track_id: id.unwrap_or_default(),
            track_name: name.unwrap_or_default(),
            control_id: Some(control_id(control)),
        };
        let body = json::sparse_request("GetTrackControlBreakpointsRequestBody", &request)
            .map_err(|error| unreadable(command, &error.to_string()))?;
        let answer: GetTrackControlBreakpointsResponseBody = self.ask(command, &body).await?;
        let mut points = Vec::with_capacity(answer.breakpoints.len());
        for point in &answer.breakpoints {
            let value = f64::from(point.value);
            // A point without a place stands at the start: defaults are left out.
            let at = self.place(point.time.as_ref()).await?.unwrap_or(0);
            if value.is_finite() {
                points.push(Breakpoint { at, value });
            }
        }
        points.sort_by_key(|point| point.at);
        Ok(points)
    }
}

/// Id or name: one of them, never both.
fn either(track: &Track) -> (Option<String>, Option<String>) {
    if track.id.0.is_empty() {
        (None, Some(track.name.clone()))
    } else {
        (Some(track.id.0.clone()), None)
    }
}

fn control_id(control: Control) -> TrackControlId {
    let (control_type, pan) = match control {
        Control::Volume => (TrackControlType::TcTypeVolume, None),
        Control::Mute => (TrackControlType::TcTypeMute, None),
        Control::Lfe => (TrackControlType::TcTypeLfe, None),
        Control::Pan(channel) => (TrackControlType::TcTypePan, Some(channel)),
    };
    TrackControlId {
        section: TrackSectionId::TsIdMainOut as i32,
        control_type: control_type as i32,
        pan: pan.map(|channel| PanControlInfo {
            pan_space: PanSpace::PSpaceStereo as i32,
            parameter: PanControlParameter::PcParameterPan as i32,
            channel: match channel {
                PanChannel::Mono => StemChannel::SChannelMono,
                PanChannel::Left => StemChannel::SChannelLeft,
                PanChannel::Right => StemChannel::SChannelRight,
            } as i32,
        }),
        plugin: None,
    }
}
