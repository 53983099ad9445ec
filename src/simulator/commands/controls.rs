//! Automation of channel strips: range and breakpoints of the main volume and pan. Sends, inserts,
//! mutes and surround panners are controls that this Pro Tools does not implement yet.

use std::sync::Arc;

use crate::model::{Breakpoint, Lane, Now};
use crate::ptsl::wire::{
    self, CommandErrorType, CommandId, PanControlInfo, PanControlParameter, PanSpace,
    TimelineLocation, TimelineLocationType, TrackControlBreakpoint, TrackControlId,
    TrackControlInfo, TrackControlType, TrackSectionId,
};

use super::read;
use crate::simulator::answer::{self, Body};
use crate::simulator::world::{Failure, OpenSession, Outcome, World};

/// Breakpoints of one request.
const MOST_POINTS: usize = 100_000;

/// A control whose automation the world plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    /// dB.
    Volume,
    /// -1 left to 1 right.
    Pan,
}

impl Control {
    fn of(id: Option<TrackControlId>) -> Outcome<Self> {
        let id = id.ok_or_else(|| Failure::invalid("The control_id is missing."))?;
        if id.section() == TrackSectionId::TsIdUnknown {
            return Err(Failure::invalid(
                "The section of the control_id is missing.",
            ));
        }
        let is_main = id.section() == TrackSectionId::TsIdMainOut;
        let is_plain_pan = id.pan.as_ref().is_none_or(|pan| {
            matches!(
                pan.pan_space(),
                PanSpace::PSpaceUnknown | PanSpace::PSpaceStereo
            ) && matches!(
                pan.parameter(),
                PanControlParameter::PcParameterUnknown | PanControlParameter::PcParameterPan
            )
        });
        match id.control_type() {
            TrackControlType::TcTypeVolume if is_main => Ok(Self::Volume),
            TrackControlType::TcTypePan if is_main && is_plain_pan => Ok(Self::Pan),
            TrackControlType::TcTypeUnknown => Err(Failure::invalid(
                "The control_type of the control_id is missing.",
            )),
            _ => Err(Failure::new(
                CommandErrorType::PtUnsupportedCommand,
                "That control is not yet implemented.",
            )),
        }
    }

    fn id(self) -> TrackControlId {
        let (control_type, pan) = match self {
            Self::Volume => (TrackControlType::TcTypeVolume, None),
            Self::Pan => (
                TrackControlType::TcTypePan,
                Some(PanControlInfo {
                    pan_space: PanSpace::PSpaceStereo as i32,
                    parameter: PanControlParameter::PcParameterPan as i32,
                    ..Default::default()
                }),
            ),
        };
        TrackControlId {
            section: TrackSectionId::TsIdMainOut as i32,
            control_type: control_type as i32,
            pan,
            plugin: None,
        }
    }

    fn range(self) -> (f32, f32) {
        match self {
            Self::Volume => (-144.0, 12.0),
            Self::Pan => (-1.0, 1.0),
        }
    }

    fn info(self) -> TrackControlInfo {
        let (min_value, max_value) = self.range();
        TrackControlInfo {
            control_id: Some(self.id()),
            max_value,
            min_value,
            steps: 0,
        }
    }
}

/// A track that is given by its id or by its name.
fn track(session: &OpenSession, id: &str, name: &str) -> Outcome<usize> {
    let list = |text: &str| -> Vec<String> {
        (!text.is_empty())
            .then(|| text.to_owned())
            .into_iter()
            .collect()
    };
    let found = session.chosen(&list(id), &list(name))?;
    found
        .first()
        .copied()
        .ok_or_else(|| Failure::invalid("There is no such track."))
}

fn infos(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::GetTrackControlInfoRequestBody =
        read("GetTrackControlInfoRequestBody", body)?;
    let found = session.chosen(&request.track_ids, &request.track_names)?;
    let controls = match request.control_id {
        Some(id) => vec![Control::of(Some(id))?],
        None => vec![Control::Volume, Control::Pan],
    };
    let control_info = found
        .iter()
        .flat_map(|_| controls.iter().map(|control| control.info()))
        .collect();
    answer::body(
        "GetTrackControlInfoResponseBody",
        &wire::GetTrackControlInfoResponseBody { control_info },
    )
}

/// What the control plays: a control without automation stands where it was put.
fn heard(lane: &Lane, control: Control) -> Vec<Breakpoint> {
    let (points, put) = match control {
        Control::Volume => (&lane.volume_points, Some(lane.volume_db)),
        Control::Pan => (&lane.pan_points, lane.pan),
    };
    match (points.is_empty(), control) {
        (true, _) => {
            let point = |value| Breakpoint { at: 0, value };
            put.map(point).into_iter().collect()
        }
        // The world adds the fader to the automation; here they are one.
        (false, Control::Volume) => points
            .iter()
            .map(|point| Breakpoint {
                value: point.value + lane.volume_db,
                ..*point
            })
            .collect(),
        (false, Control::Pan) => points.clone(),
    }
}

fn get(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::GetTrackControlBreakpointsRequestBody =
        read("GetTrackControlBreakpointsRequestBody", body)?;
    let at = track(session, &request.track_id, &request.track_name)?;
    let control = Control::of(request.control_id)?;
    let lane = session
        .strips
        .get(at)
        .and_then(|strip| strip.lane)
        .and_then(|lane| session.arrangement.lanes.get(lane));
    let points = lane.map(|lane| heard(lane, control)).unwrap_or_default();
    let breakpoints = points
        .into_iter()
        .map(|point| TrackControlBreakpoint {
            time: Some(TimelineLocation {
                location: point.at.to_string(),
                time_type: TimelineLocationType::TlTypeSamples as i32,
            }),
            value: point.value as f32,
        })
        .collect();
    answer::body(
        "GetTrackControlBreakpointsResponseBody",
        &wire::GetTrackControlBreakpointsResponseBody { breakpoints },
    )
}

/// The points of a request in the order of time.
fn points(
    session: &OpenSession,
    control: Control,
    asked: &[TrackControlBreakpoint],
) -> Outcome<Vec<Breakpoint>> {
    if asked.len() > MOST_POINTS {
        return Err(Failure::invalid("There are too many breakpoints."));
    }
    let times = session.times();
    let (min, max) = control.range();
    let mut points = Vec::with_capacity(asked.len());
    for point in asked {
        let time = point
            .time
            .as_ref()
            .ok_or_else(|| Failure::invalid("A breakpoint has no time."))?;
        if !(min..=max).contains(&point.value) {
            return Err(Failure::new(
                CommandErrorType::PtArgumentOutOfRange,
                format!("The value of a breakpoint goes from {min} to {max}."),
            ));
        }
        points.push(Breakpoint {
            at: times.parse(&time.location, time.time_type())?,
            value: f64::from(point.value),
        });
    }
    points.sort_by_key(|point| point.at);
    Ok(points)
}

/// The points take the place of all that were there; without any the control has none.
fn set(session: &mut OpenSession, body: &str) -> Outcome<Body> {
    let request: wire::SetTrackControlBreakpointsRequestBody =
        read("SetTrackControlBreakpointsRequestBody", body)?;
    let at = track(session, &request.track_id, &request.track_name)?;
    let control = Control::of(request.control_id)?;
    let points = points(session, control, &request.breakpoints)?;
    session.edit("Automation", |session| {
        let lane = match session.strips.get(at).and_then(|strip| strip.lane) {
            Some(lane) => lane,
            None => session.lane_for(at)?,
        };
        if let Some(lane) = Arc::make_mut(&mut session.arrangement).lanes.get_mut(lane) {
            match control {
                Control::Volume => (lane.volume_db, lane.volume_points) = (0.0, points),
                Control::Pan => lane.pan_points = points,
            }
        }
        Ok(None)
    })
}

/// Commands of this room, `None` for all others.
pub fn answer(
    world: &mut World,
    command: CommandId,
    body: &str,
    _now: Now,
) -> Option<Outcome<Body>> {
    let run: fn(&mut OpenSession, &str) -> Outcome<Body> = match command {
        CommandId::CIdGetTrackControlInfo => infos,
        CommandId::CIdGetTrackControlBreakpoints => get,
        CommandId::CIdSetTrackControlBreakpoints => set,
        _ => return None,
    };
    Some(world.session().and_then(|session| run(session, body)))
}
