//! `pt-stem status` and `pt-stem session`.

use serde_json::Value;

use crate::app::{State, shape};
use crate::cli::desk::Desk;
use crate::cli::output::{self, Output};
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::clean;
use crate::model::{LinkPhase, Now, TrackFlag};

/// Once, or a line whenever something changes.
pub async fn run(desk: &mut Desk, watch: bool, output: Output) -> Result<()> {
    if !watch {
        desk.wait_once("the session to be read", super::is_read)
            .await?;
        let now = desk.now();
        let value = shape::status(desk.state(), now);
        return output.show(&value, || status_text(desk.state(), now));
    }
    let mut last = String::new();
    loop {
        let now = desk.now();
        let text = if output.json {
            without_running_position(shape::status(desk.state(), now)).to_string()
        } else {
            one_line(desk.state())
        };
        if text != last {
            output::line(&text)?;
            last = text;
        }
        desk.next().await?;
    }
}

/// The estimated position of a rolling transport changes all the time and is no news.
fn without_running_position(mut status: Value) -> Value {
    if let Some(transport) = status.get_mut("transport").and_then(Value::as_object_mut)
        && transport.get("position_is_estimate") == Some(&Value::Bool(true))
    {
        transport.remove("position");
        transport.remove("timecode");
    }
    status
}

fn connection(state: &State) -> String {
    let address = clean(&state.link.address);
    match &state.link.phase {
        LinkPhase::Offline => format!("offline, {address}"),
        LinkPhase::Connecting => format!("connecting to {address}"),
        LinkPhase::Waiting { reason, .. } => format!("waiting for {address}: {}", reason.message),
        LinkPhase::NoSession {
            may_be_dialog: true,
        } => format!("connected to {address}, no session open, or Pro Tools is showing a dialog"),
        LinkPhase::NoSession { .. } => format!("connected to {address}, no session open"),
        LinkPhase::Linked => format!(
            "connected to {address}, PTSL {}",
            clean(&state.link.server.ptsl_version)
        ),
        LinkPhase::Stale { .. } => format!("no answer from {address}; what is shown is old"),
        LinkPhase::Blocked { .. } => {
            format!("{address} refuses everything: a dialog may be up in Pro Tools")
        }
    }
}

fn one_line(state: &State) -> String {
    let mut parts = vec![connection(state)];
    if let Some(session) = &state.session {
        parts.push(format!(
            "{}, {} tracks, {}",
            clean(&session.info.name),
            session.tracks.len(),
            shape::transport_word(session.transport.state)
        ));
        for (flag, word) in [
            (TrackFlag::Mute, "muted"),
            (TrackFlag::Solo, "soloed"),
            (TrackFlag::RecordEnable, "record-armed"),
            (TrackFlag::InputMonitor, "input-monitored"),
        ] {
            match session.tracks.iter().filter(|t| t.flag(flag)).count() {
                0 => {}
                number => parts.push(format!("{number} {word}")),
            }
        }
    }
    for job in state.jobs.jobs().iter().filter(|job| !job.state.is_over()) {
        parts.push(format!(
            "job {} {} {:.0} %",
            job.id,
            job.state.word(),
            job.fraction() * 100.0
        ));
    }
    parts.join("; ")
}

fn status_text(state: &State, now: Now) -> String {
    let mut text = format!("Connection  {}\n", connection(state));
    if let Some(session) = &state.session {
        let info = &session.info;
        let position = session.transport.position(info.sample_rate, now);
        text.push_str(&format!(
            "Session     {}, {} Hz, {} bit, {}, start {}, {} tracks\n",
            clean(&info.name),
            info.sample_rate,
            info.bit_depth,
            info.ruler.rate,
            info.ruler.start(),
            session.tracks.len(),
        ));
        text.push_str(&format!(
            "Transport   {} at {}{}\n",
            shape::transport_word(session.transport.state),
            info.ruler.timecode_at(position),
            if session.transport.is_estimate() {
                " (estimated)"
            } else {
                ""
            },
        ));
    }
    for job in state.jobs.jobs().iter().filter(|job| !job.state.is_over()) {
        text.push_str(&format!(
            "Job {:<7} {} {:.0} %, {}\n",
            job.id,
            job.state.word(),
            job.fraction() * 100.0,
            clean(&job.title)
        ));
    }
    for (job, session) in &state.open_leases {
        text.push_str(&format!(
            "Lease       job {job} left {} changed: pt-stem rescue\n",
            clean(session)
        ));
    }
    text
}

/// The facts of the session.
pub fn session(desk: &Desk, output: Output) -> Result<()> {
    let Some(session) = &desk.state().session else {
        return Err(Error::new(ErrorKind::NoSession, "no session is open"));
    };
    let mut value = shape::session(session);
    if let Value::Object(map) = &mut value {
        map.insert("schema".to_owned(), shape::SCHEMA.into());
    }
    output.show(&value, || {
        let info = &session.info;
        let mut text = format!(
            "Name          {}\nPath          {}\nSample rate   {} Hz\nBit depth     {} bit{}\n\
             Timecode      {} fps\nStart         {}\nTracks        {}\n",
            clean(&info.name),
            clean(&info.path),
            info.sample_rate,
            info.bit_depth,
            if info.bit_depth == 32 { " float" } else { "" },
            info.ruler.rate,
            info.ruler.start(),
            session.tracks.len(),
        );
        if let Some(length) = session.content_length() {
            let seconds = length as f64 / f64::from(info.sample_rate.max(1));
            text.push_str(&format!("Length        {}\n", output::duration(seconds)));
        }
        for marker in &session.markers {
            let at = info.ruler.timecode_at(marker.start);
            text.push_str(&format!(
                "Marker {:<6} {at}  {}\n",
                marker.number,
                clean(&marker.name)
            ));
        }
        text
    })
}
