//! Snapshots of solo and mute as requests bring them, what they come to on the open session, and the
//! routes that set the session to one or tell about one.

use std::collections::{BTreeMap, HashSet};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::stems::{LONGEST_NAME, MOST_TRACKS};
use crate::action::{Action, Switch};
use crate::app::state::State as AppState;
use crate::error::{Error, ErrorKind};
use crate::model::snapshot::{Kept, Snapshot};
use crate::model::stem::EngineKind;
use crate::model::text::fit;
use crate::model::{Track, TrackFlag, TrackId};
use crate::server::Service;
use crate::server::body::{Asked, Body};
use crate::server::printing::bounded;
use crate::server::reply::{ErrorBody, Failure, Reply, Undone, envelope};

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(apply))
        .routes(routes!(info))
}

/// Solo and mute of one track.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct TrackState {
    /// As Pro Tools says it; a track is found by its name where there is none of that id.
    #[serde(default, rename = "trackId", alias = "track_id")]
    #[schema(max_length = 1024)]
    pub track_id: Option<String>,
    #[serde(default, rename = "trackName", alias = "track_name")]
    #[schema(max_length = 1024)]
    pub track_name: Option<String>,
    #[serde(default, alias = "isSoloed")]
    pub is_soloed: bool,
    #[serde(default, alias = "isMuted")]
    pub is_muted: bool,
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    #[serde(default)]
    pub color: Option<String>,
}

/// Which tracks are soloed and muted, under a name.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct SnapshotBody {
    /// As the client has it.
    #[serde(default)]
    pub id: Value,
    #[schema(min_length = 1, max_length = 255, example = "Vocals up")]
    pub name: String,
    #[serde(rename = "trackStates", alias = "track_states")]
    #[schema(max_items = 10000)]
    pub track_states: Vec<TrackState>,
    #[serde(default, rename = "createdAt", alias = "created_at")]
    pub created_at: Value,
}

impl TrackState {
    fn kept(&self) -> Kept {
        Kept {
            id: TrackId(self.track_id.clone().unwrap_or_default()),
            name: self.track_name.clone().unwrap_or_default(),
        }
    }

    fn on(&self, flag: TrackFlag) -> bool {
        match flag {
            TrackFlag::Solo => self.is_soloed,
            _ => self.is_muted,
        }
    }

    /// What it is called, for messages.
    fn label(&self) -> String {
        let name = self.track_name.as_deref().filter(|name| !name.is_empty());
        fit(name.or(self.track_id.as_deref()).unwrap_or_default(), 100)
    }

    fn find<'a>(&self, tracks: &'a [Track]) -> Option<&'a Track> {
        let id = self.track_id.as_deref().filter(|id| !id.is_empty());
        let by_id = id.and_then(|id| tracks.iter().find(|track| track.id.0 == id));
        let name = self.track_name.as_deref().filter(|name| !name.is_empty());
        by_id.or_else(|| {
            tracks
                .iter()
                .find(|track| Some(track.name.as_str()) == name)
        })
    }
}

impl SnapshotBody {
    /// Refuses what is too long, and rows that name no track.
    pub fn check(&self, field: &str) -> Result<(), Failure> {
        bounded(&format!("{field}.name"), self.name.len(), LONGEST_NAME)?;
        let states = format!("{field}.trackStates");
        bounded(&states, self.track_states.len(), MOST_TRACKS)?;
        if self.name.trim().is_empty() {
            let text = "a snapshot needs a name";
            return Err(Failure::field(&format!("{field}.name"), text));
        }
        for (at, state) in self.track_states.iter().enumerate() {
            let at = format!("{states}[{at}]");
            let texts = [
                &state.track_id,
                &state.track_name,
                &state.kind,
                &state.color,
            ];
            for text in texts.into_iter().flatten() {
                bounded(&at, text.len(), 1024)?;
            }
            if state.label().is_empty() {
                return Err(Failure::field(&at, "a trackId or a trackName is needed"));
            }
        }
        Ok(())
    }

    /// Names of tracks that the session does not have.
    pub fn unknown(&self, tracks: &[Track]) -> Vec<String> {
        let gone = self
            .track_states
            .iter()
            .filter(|s| s.find(tracks).is_none());
        gone.map(TrackState::label).collect()
    }

    /// Those of them that sounded.
    pub fn unknown_heard(&self, tracks: &[Track]) -> Vec<String> {
        let has_solo = self.track_states.iter().any(|state| state.is_soloed);
        let sounded = |s: &&TrackState| !s.is_muted && (s.is_soloed || !has_solo);
        let gone = self
            .track_states
            .iter()
            .filter(|s| s.find(tracks).is_none());
        gone.filter(sounded).map(TrackState::label).collect()
    }

    /// Tracks that it says nothing about.
    fn unlisted<'a>(&self, tracks: &'a [Track]) -> Vec<&'a Track> {
        let listed = self.track_states.iter().filter_map(|s| s.find(tracks));
        let listed: HashSet<&TrackId> = listed.map(|track| &track.id).collect();
        let is_left = |track: &&Track| !listed.contains(&track.id);
        tracks.iter().filter(is_left).collect()
    }

    /// The tracks that sound in it. Tracks that it says nothing about are not soloed, and muted where
    /// they are now.
    pub fn heard<'a>(&self, tracks: &'a [Track]) -> Vec<&'a Track> {
        let on = |flag| -> Vec<Kept> {
            let on = self.track_states.iter().filter(|state| state.on(flag));
            on.map(TrackState::kept).collect()
        };
        let mut muted = on(TrackFlag::Mute);
        let unlisted = self.unlisted(tracks).into_iter();
        muted.extend(unlisted.filter(|track| track.muted).map(|track| Kept {
            id: track.id.clone(),
            name: track.name.clone(),
        }));
        let snapshot = Snapshot {
            name: self.name.clone(),
            at_ms: 0,
            soloed: on(TrackFlag::Solo),
            muted,
        };
        snapshot.heard(tracks)
    }

    /// What would have to be switched: track, switch, and what it becomes.
    fn differences<'a>(&self, tracks: &'a [Track]) -> Vec<(&'a Track, TrackFlag, bool)> {
        let found = |state: &TrackState| Some((state.find(tracks)?, state.clone()));
        let rows = self.track_states.iter().filter_map(found);
        rows.flat_map(|(track, state)| {
            [TrackFlag::Mute, TrackFlag::Solo].map(|flag| (track, flag, state.on(flag)))
        })
        .filter(|(track, flag, on)| track.flag(*flag) != *on)
        .collect()
    }
}

/// The snapshot to set the session to; its fields may also stand without `snapshot` around them.
#[derive(Debug, Deserialize, ToSchema)]
struct Apply {
    #[serde(default)]
    snapshot: Option<SnapshotBody>,
    #[serde(default)]
    #[schema(ignore)]
    name: Option<String>,
    #[serde(default, rename = "trackStates", alias = "track_states")]
    #[schema(ignore)]
    track_states: Option<Vec<TrackState>>,
}

impl Apply {
    fn snapshot(self) -> Result<SnapshotBody, Failure> {
        let bare = |track_states| SnapshotBody {
            id: Value::Null,
            name: self.name.unwrap_or_else(|| "snapshot".to_owned()),
            track_states,
            created_at: Value::Null,
        };
        self.snapshot
            .or_else(|| self.track_states.map(bare))
            .ok_or_else(|| Failure::field("snapshot", "snapshot is missing"))
    }
}

/// The session was set to a snapshot.
#[derive(ToSchema)]
#[allow(dead_code)]
struct Applied {
    success: bool,
    message: String,
    timestamp: String,
    /// Switches that were turned.
    changed: u64,
    /// Tracks of the snapshot that the session does not have.
    unknown_tracks: Vec<String>,
    /// Tracks of the session that the snapshot says nothing about; they are as they were.
    unlisted_tracks: Vec<String>,
}

/// Sets solo and mute of the session to a snapshot, and waits until Pro Tools shows it.
#[utoipa::path(post, path = "/api/v1/session/apply-snapshot", tag = "session",
    request_body = Apply,
    responses(
        (status = 200, description = "Solo and mute are as in the snapshot", body = Applied),
        Undone,
    ))]
async fn apply(State(service): State<Service>, Body(body): Body<Apply>) -> Reply<Value> {
    let snapshot = body.snapshot()?;
    snapshot.check("snapshot")?;
    service.ready()?;
    let looked = snapshot.clone();
    let look = move |app: &mut crate::app::App| begin(&app.state, &looked);
    let (actions, changed, unknown, unlisted) = service.desk.with(look).await??;
    for action in actions {
        service.desk.act(service.timeout, action).await?;
    }
    let wanted = snapshot.clone();
    let shows = move |app: &mut crate::app::App| {
        let is_set = wanted.differences(app.state.tracks()).is_empty();
        is_set.then_some(Ok(()))
    };
    service
        .desk
        .until(service.timeout, shows)
        .await
        .map_err(|error| match error.kind {
            ErrorKind::Late => Error::new(
                ErrorKind::Refused,
                "Pro Tools took the commands, and does not show the snapshot",
            ),
            _ => error,
        })?;
    let message = match changed {
        0 => format!("solo and mute are as in '{}' already", snapshot.name),
        n => format!("solo and mute are as in '{}': {n} changes", snapshot.name),
    };
    tracing::info!(
        name = fit(&snapshot.name, 200),
        changed,
        "a snapshot is applied over HTTP"
    );
    let fields = json!({
        "changed": changed, "unknown_tracks": unknown, "unlisted_tracks": unlisted,
    });
    Ok(Json(envelope(message, fields)))
}

type Begun = (Vec<Action>, usize, Vec<String>, Vec<String>);

/// The actions that lead to the snapshot: mutes and solos before what ends them, so that nothing sounds
/// meanwhile that should not.
fn begin(state: &AppState, snapshot: &SnapshotBody) -> Result<Begun, Failure> {
    if state.session.is_none() {
        return Err(Failure::no_session());
    }
    not_bouncing(state)?;
    let tracks = state.tracks();
    let differences = snapshot.differences(tracks);
    one_of_a_name(tracks, &differences)?;
    let mut actions = Vec::new();
    for (flag, on) in [
        (TrackFlag::Mute, true),
        (TrackFlag::Solo, true),
        (TrackFlag::Mute, false),
        (TrackFlag::Solo, false),
    ] {
        let rows = differences
            .iter()
            .filter(|row| (row.1, row.2) == (flag, on));
        let names: Vec<String> = rows.map(|row| row.0.name.clone()).collect();
        if !names.is_empty() {
            actions.push(Action::Flag {
                flag,
                tracks: names,
                switch: if on { Switch::On } else { Switch::Off },
            });
        }
    }
    let unlisted = snapshot.unlisted(tracks).into_iter();
    let unlisted = unlisted.map(|track| track.name.clone()).collect();
    Ok((
        actions,
        differences.len(),
        snapshot.unknown(tracks),
        unlisted,
    ))
}

/// A bounce needs solo and mute for itself.
fn not_bouncing(state: &AppState) -> Result<(), Failure> {
    let mut jobs = state.jobs.jobs().iter();
    let bounces = jobs.find(|job| job.state.is_active() && job.plan.engine == EngineKind::Bounce);
    let Some(job) = bounces else {
        return Ok(());
    };
    let text = format!("job {} is bouncing: it needs solo and mute", job.id);
    let mut failure = Failure::new(StatusCode::CONFLICT, "busy", text);
    failure.details = json!({ "task_id": job.id.to_string() });
    Err(failure)
}

/// Pro Tools switches by name: all tracks of a name, or none.
fn one_of_a_name(
    tracks: &[Track],
    differences: &[(&Track, TrackFlag, bool)],
) -> Result<(), Failure> {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for track in tracks {
        *names.entry(&track.name).or_default() += 1;
    }
    let is_twin = |row: &&(&Track, TrackFlag, bool)| names.get(row.0.name.as_str()) > Some(&1);
    match differences.iter().find(is_twin) {
        None => Ok(()),
        Some((track, ..)) => Err(several_of_a_name(&track.name)),
    }
}

/// A name that stands for several tracks.
pub fn several_of_a_name(name: &str) -> Failure {
    let text = format!(
        "'{}' stands for several tracks, and Pro Tools would change all of them",
        fit(name, 100)
    );
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "plan", text)
}

/// A snapshot within an address.
#[derive(Debug, Deserialize)]
struct Query {
    snapshot_data: String,
}

/// Facts about a snapshot.
#[derive(ToSchema)]
#[allow(dead_code)]
struct Info {
    success: bool,
    message: String,
    timestamp: String,
    snapshot: SnapshotBody,
    statistics: Statistics,
}

#[derive(ToSchema)]
#[allow(dead_code)]
struct Statistics {
    total_tracks: u64,
    soloed_tracks: u64,
    muted_tracks: u64,
    /// Soloed or, where nothing is soloed, all; without the muted.
    audible_tracks: u64,
    /// Number of tracks by `type`, where it is told.
    track_types: BTreeMap<String, u64>,
    /// Names that the open session does not have; null without one.
    unknown_tracks: Option<Vec<String>>,
}

/// Reads a snapshot and counts.
#[utoipa::path(get, path = "/api/v1/session/snapshot-info", tag = "session",
    params(("snapshot_data" = String, Query, description = "The snapshot as JSON")),
    responses(
        (status = 200, description = "The snapshot", body = Info),
        (status = "4XX", description = "It is no snapshot", body = ErrorBody),
        (status = 503, description = "The server is ending", body = ErrorBody),
    ))]
async fn info(State(service): State<Service>, Asked(query): Asked<Query>) -> Reply<Value> {
    let field = "snapshot_data";
    let snapshot: SnapshotBody = serde_json::from_str(&query.snapshot_data)
        .map_err(|error| Failure::field(field, format!("{field} is no snapshot: {error}")))?;
    snapshot.check("snapshot_data")?;
    let looked = snapshot.clone();
    let unknown = move |app: &mut crate::app::App| {
        let session = app.state.session.as_ref();
        session.map(|session| looked.unknown(&session.tracks))
    };
    let unknown = service.desk.with(unknown).await?;
    let fields = json!({
        "snapshot": snapshot, "statistics": statistics(&snapshot, unknown.as_deref()),
    });
    Ok(Json(envelope(fit(&snapshot.name, 200), fields)))
}

fn statistics(snapshot: &SnapshotBody, unknown: Option<&[String]>) -> Value {
    let states = &snapshot.track_states;
    let count = |is: &dyn Fn(&TrackState) -> bool| states.iter().filter(|s| is(s)).count();
    let soloed = count(&|state| state.is_soloed);
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for kind in states.iter().filter_map(|state| state.kind.as_deref()) {
        *kinds.entry(kind).or_default() += 1;
    }
    json!({
        "total_tracks": states.len(),
        "soloed_tracks": soloed,
        "muted_tracks": count(&|state| state.is_muted),
        "audible_tracks": count(&|s| (soloed == 0 || s.is_soloed) && !s.is_muted),
        "track_types": kinds,
        "unknown_tracks": unknown,
    })
}
