//! The questions. What an old server lacks, or one that keeps its playlists to itself, is left out;
//! a lost connection or a closed session is an error.

use crate::engine::inspect::{elements, optional};
use crate::error::{Error, ErrorKind, Result};
use crate::import::text_export::{self, TextExport};
use crate::model::{Breakpoint, Track, TrackKind};
use crate::ptsl::client::Client;
use crate::ptsl::clips::{FileFilter, ListedClip, SessionFile};
use crate::ptsl::controls::{Control, PanChannel};
use crate::ptsl::playlists::Element;

/// Everything that was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub clips: Vec<ListedClip>,
    pub files: Vec<SessionFile>,
    /// In the order of the tracks, those without audio of their own included.
    pub tracks: Vec<TrackTold>,
    /// Whether playlists were told; else the text has the clips.
    pub has_playlists: bool,
    pub text: Option<TextExport>,
}

/// What was told of one track.
#[derive(Debug, Default)]
pub(super) struct TrackTold {
    pub elements: Vec<Element>,
    /// Points of the fader's automation; empty where not told.
    pub volume: Vec<Breakpoint>,
    pub pan: Vec<Breakpoint>,
}

pub(super) async fn all(client: &Client, tracks: &[Track]) -> Result<Told> {
    let Some(clips) = optional(client.clip_list().await)? else {
        let text = "this Pro Tools does not tell its clips, so nothing can be rendered from it";
        return Err(Error::new(ErrorKind::Refused, text)
            .hint("Print with --engine bounce, or open the session's folder with --open"));
    };
    let mut told = Told {
        clips,
        files: client.file_locations(FileFilter::All).await?,
        text: optional(client.export_session_text().await)?
            .map(|text| text_export::parse(&text.replace("\r\n", "\n"))),
        has_playlists: true,
        ..Told::default()
    };
    for track in tracks {
        let mut of_track = TrackTold::default();
        if track.kind == TrackKind::Audio && told.has_playlists {
            match elements(client, track).await? {
                Some(elements) => of_track.elements = elements,
                None => told.has_playlists = false,
            }
        }
        told.tracks.push(of_track);
    }
    automation(client, tracks, &mut told).await?;
    if !told.has_playlists && told.text.is_none() {
        let text = "this Pro Tools tells neither its playlists nor its session as text";
        return Err(Error::new(ErrorKind::Refused, text).hint("Print with --engine bounce"));
    }
    Ok(told)
}

/// The wire has 32 bits for a value; of them, the decimal number that was meant.
fn meant(points: Vec<Breakpoint>) -> Vec<Breakpoint> {
    let meant = |value: f64| (value as f32).to_string().parse().unwrap_or(value);
    points
        .into_iter()
        .map(|point| Breakpoint {
            value: meant(point.value),
            ..point
        })
        .collect()
}

/// Volume and pan, as long as the server tells them at all.
async fn automation(client: &Client, tracks: &[Track], told: &mut Told) -> Result<()> {
    let (mut has_volume, mut has_pan) = (true, true);
    for (track, told) in tracks.iter().zip(&mut told.tracks) {
        if track.kind != TrackKind::Audio {
            continue;
        }
        if has_volume {
            match optional(client.breakpoints(track, Control::Volume).await)? {
                Some(points) => told.volume = meant(points),
                None => has_volume = false,
            }
        }
        if has_pan && track.channels == 1 {
            match optional(
                client
                    .breakpoints(track, Control::Pan(PanChannel::Mono))
                    .await,
            )? {
                Some(points) => told.pan = meant(points),
                None => has_pan = false,
            }
        }
        if has_pan && track.channels == 2 {
            match stereo_pan(client, track).await? {
                Some(points) => told.pan = meant(points),
                None => has_pan = false,
            }
        }
    }
    Ok(())
}

/// Stereo strips have a knob a side; only where both say the same is it a balance that can be
/// rendered.
async fn stereo_pan(client: &Client, track: &Track) -> Result<Option<Vec<Breakpoint>>> {
    let side = |channel| client.breakpoints(track, Control::Pan(channel));
    let Some(left) = optional(side(PanChannel::Left).await)? else {
        return Ok(None);
    };
    let right = optional(side(PanChannel::Right).await)?;
    Ok(Some(match right {
        Some(right) if right == left => left,
        _ => Vec::new(),
    }))
}
