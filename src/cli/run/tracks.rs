//! `pt-stem tracks`: list, mute, solo, arm.

use crate::action::{Action, Switch};
use crate::app::shape;
use crate::cli::args::TracksCommand;
use crate::cli::desk::Desk;
use crate::cli::output::{Output, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::nearest;
use crate::model::track::TrackFlag;

/// Runs a subcommand; listing without one.
pub async fn run(desk: &mut Desk, command: Option<&TracksCommand>, output: Output) -> Result<()> {
    let (flag, switch, names) = match command {
        None | Some(TracksCommand::List) => return list(desk, output),
        Some(TracksCommand::Mute(names)) => (TrackFlag::Mute, Switch::On, names),
        Some(TracksCommand::Unmute(names)) => (TrackFlag::Mute, Switch::Off, names),
        Some(TracksCommand::Solo(names)) => (TrackFlag::Solo, Switch::On, names),
        Some(TracksCommand::Unsolo(names)) => (TrackFlag::Solo, Switch::Off, names),
        Some(TracksCommand::Arm(names)) => (TrackFlag::RecordEnable, Switch::On, names),
        Some(TracksCommand::Disarm(names)) => (TrackFlag::RecordEnable, Switch::Off, names),
    };
    let tracks = names.names.clone();
    known(desk, &tracks)?;
    desk.act(Action::Flag {
        flag,
        tracks: tracks.clone(),
        switch,
    })
    .await?;
    let on = switch == Switch::On;
    desk.wait("the change to be confirmed", move |state| {
        let Some(session) = &state.session else {
            return false;
        };
        tracks
            .iter()
            .all(|name| session.track(name).is_some_and(|t| t.flag(flag) == on))
    })
    .await?;
    if output.json {
        list(desk, output)?;
    }
    Ok(())
}

/// Every name must be a track's, or nothing is changed.
fn known(desk: &Desk, names: &[String]) -> Result<()> {
    let Some(session) = &desk.state().session else {
        return Err(Error::new(ErrorKind::NoSession, "no session is open"));
    };
    for name in names {
        if session.track(name).is_none() {
            let mut error = Error::new(ErrorKind::Usage, format!("there is no track '{name}'"));
            let all = session.tracks.iter().map(|track| track.name.as_str());
            if let Some(near) = nearest(name, all) {
                error = error.hint(format!("Did you mean '{near}'?"));
            }
            return Err(error);
        }
    }
    Ok(())
}

fn list(desk: &Desk, output: Output) -> Result<()> {
    let state = desk.state();
    output.show(&shape::tracks(state), || {
        let mut table = Table::new(&["#", "NAME", "TYPE", "FORMAT", "MSRI", "STEM", "NOTE"]);
        for track in state
            .session
            .iter()
            .flat_map(|session| session.tracks.iter())
        {
            let flags = [
                (track.muted, 'M'),
                (track.soloed, 'S'),
                (track.record_enabled, 'R'),
                (track.input_monitoring, 'I'),
            ];
            let letters = flags.map(|(on, letter)| if on { letter } else { '-' });
            let mut notes = Vec::new();
            if track.hidden.is_set() {
                notes.push("hidden");
            }
            if track.inactive.is_set() {
                notes.push("inactive");
            }
            if track.solo_safe {
                notes.push("solo safe");
            }
            let stems = state.stem_of.get(&track.id);
            table.row([
                track.index.to_string(),
                track.name.clone(),
                track.kind.word().to_owned(),
                track.format.clone(),
                letters.iter().collect(),
                stems.map_or_else(String::new, |stems| stems.join(", ")),
                notes.join(", "),
            ]);
        }
        table.to_string()
    })
}
