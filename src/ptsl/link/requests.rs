//! Carries out what the application asks of Pro Tools, and looks at the result at once.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::desk::{Desk, Trouble};
use super::seen::Seen;
use crate::error::{Error, ErrorKind};
use crate::model::link::{Fault, RequestId};
use crate::model::track::{Track, TrackFlag};
use crate::model::{LinkEvent, Range, TrackKind, TransportState, text};
use crate::ptsl::client::{Client, TransportReading};
use crate::ptsl::error::PtslError;
use crate::ptsl::names;
use crate::ptsl::request::Request;

/// How long a transport that is starting or stopping is waited for before it is acted on.
const SETTLE: Duration = Duration::from_secs(6);
/// Pro Tools wants a moment between arming and rolling.
const BREATH: Duration = Duration::from_millis(100);

enum Refusal {
    Trouble(Trouble),
    /// Found by us, before anything was sent.
    Fault(Fault),
}

impl<T: Into<Trouble>> From<T> for Refusal {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

type Outcome = Result<Option<String>, Refusal>;

/// Does it, tells what changed, answers. What breaks the connection comes back as trouble, after
/// the answer.
pub async fn carry_out(
    desk: &mut Desk,
    client: &Client,
    seen: &mut Seen,
    id: RequestId,
    request: Request,
) -> Result<(), Trouble> {
    let outcome = act(desk, client, seen, request).await;
    match outcome {
        Ok(body) => Ok(desk.answer(id, Ok(body)).await?),
        Err(Refusal::Fault(fault)) => Ok(desk.answer(id, Err(fault)).await?),
        Err(Refusal::Trouble(Trouble::Ptsl(error))) => {
            desk.answer(id, Err(Error::from(error.clone()).into()))
                .await?;
            match error {
                PtslError::Unreachable { .. } | PtslError::NotPtsl { .. } => Err(error.into()),
                _ => {
                    seen.expect_change();
                    Ok(())
                }
            }
        }
        Err(Refusal::Trouble(trouble)) => {
            let gone = Error::new(ErrorKind::Interrupted, "the connection was given up").into();
            desk.answer(id, Err(gone)).await?;
            Err(trouble)
        }
    }
}

async fn act(desk: &mut Desk, client: &Client, seen: &mut Seen, request: Request) -> Outcome {
    match request {
        Request::SetFlag { flag, tracks, on } => {
            set_flag(desk, client, seen, flag, &tracks, on).await?;
        }
        Request::TogglePlay => {
            desk.attend(client.toggle_play()).await??;
            watch_transport(desk, client, seen).await?;
        }
        Request::Play => play(desk, client, seen).await?,
        Request::Stop => stop(desk, client, seen).await?,
        Request::Record => record(desk, client, seen).await?,
        Request::Locate(sample) => {
            let at = Range::new(sample, sample);
            desk.attend(client.set_timeline(Some(sample), at)).await??;
            seen.expect_change();
        }
        Request::SetSelection(range) => {
            desk.attend(client.set_timeline(Some(range.start), range))
                .await??;
            seen.expect_change();
        }
        Request::OpenSession(path) => {
            desk.attend(client.open_session(&path)).await??;
            seen.forget();
        }
        Request::SaveSession => {
            desk.attend(client.save_session()).await??;
            seen.expect_change();
        }
        Request::CloseSession { save } => {
            desk.attend(client.close_session(save)).await??;
            seen.forget();
        }
        Request::Call { command, body } => {
            let id = names::command(&command).ok_or_else(|| unknown_command(&command))?;
            let answer = desk.attend(client.call(id, &body, None)).await??;
            seen.expect_change();
            return Ok(Some(answer).filter(|answer| !answer.trim().is_empty()));
        }
    }
    Ok(None)
}

fn unknown_command(command: &str) -> Refusal {
    let commands = names::commands();
    let nearest = text::nearest(command, commands.iter().map(|(_, name)| name.as_str()));
    let error = Error::from(PtslError::UnknownCommand(text::clean(command).into_owned()));
    Refusal::Fault(match nearest {
        Some(nearest) => error.hint(format!("Did you mean {nearest}?")).into(),
        None => error.into(),
    })
}

/// Sets a switch on all named tracks in one call. A name that stands for several tracks is
/// refused: Pro Tools would change all of them.
async fn set_flag(
    desk: &mut Desk,
    client: &Client,
    seen: &mut Seen,
    flag: TrackFlag,
    wanted: &[String],
    on: bool,
) -> Result<(), Refusal> {
    let (able, unable) = choose(seen.tracks(), flag, wanted)?;
    if able.is_empty() && !unable.is_empty() {
        return Err(Refusal::Fault(without_switch(flag, &unable)));
    }
    desk.attend(client.set_flag(flag, &able, on)).await??;
    if !unable.is_empty() {
        desk.emit(LinkEvent::Notice(without_switch(flag, &unable)))
            .await?;
    }
    let mut busy = client.busy();
    match seen.refresh_tracks(desk, client, &mut busy).await {
        Err(Trouble::Exit(exit)) => Err(exit.into()),
        Ok(()) => Ok(()),
        Err(_) => {
            seen.expect_change();
            Ok(())
        }
    }
}

/// The names that have the switch, and those that do not.
fn choose<'a>(
    tracks: impl Iterator<Item = &'a Track>,
    flag: TrackFlag,
    wanted: &[String],
) -> Result<(Vec<String>, Vec<String>), Refusal> {
    let mut by_name: HashMap<&str, (usize, TrackKind)> = HashMap::new();
    for track in tracks {
        by_name.entry(&track.name).or_insert((0, track.kind)).0 += 1;
    }
    let (mut able, mut unable) = (Vec::new(), Vec::new());
    for name in wanted {
        match by_name.get(name.as_str()) {
            None => {
                let nearest = text::nearest(name, by_name.keys().copied());
                return Err(Refusal::Fault(unknown_track(name, nearest)));
            }
            Some((count @ 2.., _)) => {
                return Err(Refusal::Trouble(Trouble::Ptsl(PtslError::Ambiguous {
                    name: name.clone(),
                    count: *count,
                })));
            }
            Some((_, kind)) if has_switch(*kind, flag) => able.push(name.clone()),
            Some(_) => unable.push(name.clone()),
        }
    }
    able.dedup();
    Ok((able, unable))
}

/// Which kinds of track Pro Tools takes for a switch (docstrings of py-ptsl).
fn has_switch(kind: TrackKind, flag: TrackFlag) -> bool {
    use TrackKind as K;
    match flag {
        TrackFlag::Mute | TrackFlag::Solo | TrackFlag::SoloSafe => {
            !matches!(kind, K::Video | K::Master | K::Other)
        }
        TrackFlag::RecordEnable => matches!(kind, K::Audio | K::Instrument | K::Midi | K::Vca),
        TrackFlag::InputMonitor => matches!(kind, K::Audio | K::Instrument | K::Vca),
    }
}

fn without_switch(flag: TrackFlag, names: &[String]) -> Fault {
    let switch = match flag {
        TrackFlag::Mute => "mute",
        TrackFlag::Solo => "solo",
        TrackFlag::SoloSafe => "solo safe",
        TrackFlag::RecordEnable => "record enable",
        TrackFlag::InputMonitor => "input monitor",
    };
    let shown: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
    let more = match names.len().saturating_sub(5) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "no {switch} on this kind of track: {}{more}",
        shown.join(", ")
    );
    Error::new(ErrorKind::Refused, message).into()
}

fn unknown_track(name: &str, nearest: Option<&str>) -> Fault {
    let error = Error::new(ErrorKind::Refused, format!("there is no track '{name}'"));
    match nearest {
        Some(nearest) => error
            .hint(format!("Did you mean '{}'?", text::clean(nearest)))
            .into(),
        None => error.into(),
    }
}

async fn play(desk: &mut Desk, client: &Client, seen: &mut Seen) -> Result<(), Refusal> {
    match settled(desk, client, seen).await? {
        TransportState::Playing | TransportState::Recording => return Ok(()),
        TransportState::Busy => return Err(Refusal::Fault(not_settled())),
        TransportState::Stopped => {}
    }
    desk.attend(client.toggle_play()).await??;
    watch_transport(desk, client, seen).await
}

async fn stop(desk: &mut Desk, client: &Client, seen: &mut Seen) -> Result<(), Refusal> {
    // What is still not settled (shuttle, scrub, prime) is stopped by the space bar too.
    if settled(desk, client, seen).await? == TransportState::Stopped {
        return Ok(());
    }
    desk.attend(client.toggle_play()).await??;
    watch_transport(desk, client, seen).await
}

async fn record(desk: &mut Desk, client: &Client, seen: &mut Seen) -> Result<(), Refusal> {
    let state = settled(desk, client, seen).await?;
    match state {
        TransportState::Recording => return Ok(()),
        TransportState::Busy => return Err(Refusal::Fault(not_settled())),
        TransportState::Stopped | TransportState::Playing => {}
    }
    let was_armed = desk.attend(client.record_armed()).await??;
    if !was_armed {
        desk.attend(client.toggle_record_enable()).await??;
        desk.attend(tokio::time::sleep(BREATH)).await?;
    }
    if state == TransportState::Stopped
        && let Err(error) = desk.attend(client.toggle_play()).await?
    {
        if !was_armed {
            // Nothing records, so nothing stays armed.
            let _ = desk.attend(client.toggle_record_enable()).await?;
        }
        return Err(error.into());
    }
    seen.expect_change();
    watch_transport(desk, client, seen).await
}

/// The transport once it is neither starting nor stopping, or `Busy` when it does not settle.
async fn settled(
    desk: &mut Desk,
    client: &Client,
    seen: &mut Seen,
) -> Result<TransportState, Refusal> {
    let until = Instant::now() + SETTLE;
    loop {
        let reading: TransportReading = desk.attend(client.transport()).await??;
        seen.take_transport(desk, reading).await?;
        if reading.state != TransportState::Busy || Instant::now() >= until {
            return Ok(reading.state);
        }
        desk.attend(tokio::time::sleep(BREATH)).await?;
    }
}

/// Looks once at the transport after it was told something, and often from then on.
async fn watch_transport(desk: &mut Desk, client: &Client, seen: &mut Seen) -> Result<(), Refusal> {
    seen.hurry();
    let before = seen.transport.state;
    let reading = desk.attend(client.transport()).await??;
    seen.take_transport(desk, reading).await?;
    if reading.state != before && reading.state != TransportState::Busy {
        seen.calm();
    }
    Ok(())
}

fn not_settled() -> Fault {
    Error::new(
        ErrorKind::Refused,
        "the transport is neither stopped nor playing",
    )
    .hint("Look at Pro Tools: it may be cueing, scrubbing or waiting for a dialog")
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(name: &str, kind: TrackKind) -> Track {
        Track {
            name: name.to_owned(),
            kind,
            ..Track::default()
        }
    }

    fn chosen(flag: TrackFlag, wanted: &[&str]) -> Result<(Vec<String>, Vec<String>), String> {
        let tracks = [
            track("Kick", TrackKind::Audio),
            track("Vox", TrackKind::Audio),
            track("Vox", TrackKind::Aux),
            track("Mix", TrackKind::Master),
            track("Click", TrackKind::Aux),
        ];
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        choose(tracks.iter(), flag, &wanted).map_err(|refusal| match refusal {
            Refusal::Fault(fault) => format!("{} {:?}", fault.message, fault.hints),
            Refusal::Trouble(Trouble::Ptsl(error)) => error.to_string(),
            Refusal::Trouble(_) => "trouble".to_owned(),
        })
    }

    #[test]
    fn names_are_checked_before_anything_is_sent() {
        let own = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            chosen(TrackFlag::Mute, &["Kick", "Mix"]),
            Ok((own(&["Kick"]), own(&["Mix"])))
        );
        assert_eq!(
            chosen(TrackFlag::RecordEnable, &["Click"]),
            Ok((vec![], own(&["Click"])))
        );
        assert!(
            chosen(TrackFlag::Solo, &["Vox"])
                .unwrap_err()
                .contains("2 tracks")
        );
        assert!(
            chosen(TrackFlag::Solo, &["Kik"])
                .unwrap_err()
                .contains("Kick")
        );
    }
}
