//! `/api/v1/export/audio`, one mix of some tracks or of a time range, and `/api/v1/export/start`,
//! snapshots of solo and mute as one stem each.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::snapshot::{SnapshotBody, several_of_a_name};
use super::stems::{MOST_STEMS, MOST_TRACKS};
use crate::app::App;
use crate::model::plan::PlanKind;
use crate::model::stem::{BitDepth, EngineKind, FileFormat, OnExisting};
use crate::model::text::fit;
use crate::model::{JobId, StemSpec, Track};
use crate::plan::{Overrides, Source};
use crate::server::Service;
use crate::server::body::Body;
use crate::server::printing::{self, Engine, Moment, Order, bounded};
use crate::server::reply::{Failure, Undone, envelope};
use crate::server::schema::{ExistingWord, FormatWord};

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(audio))
        .routes(routes!(start))
}

/// A print that was queued.
#[derive(ToSchema)]
#[allow(dead_code)]
struct Queued {
    success: bool,
    message: String,
    timestamp: String,
    task_id: String,
}

type Accepted = Result<(StatusCode, Json<Value>), Failure>;

fn accepted(id: JobId) -> (StatusCode, Json<Value>) {
    let fields = json!({ "task_id": id.to_string() });
    let answer = envelope(format!("task {id} is queued"), fields);
    (StatusCode::ACCEPTED, Json(answer))
}

/// What to export; everything that is left out is as the session has it.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct Audio {
    /// Names or globs; none for the whole mix.
    #[serde(default)]
    #[schema(max_items = 10000)]
    tracks: Vec<String>,
    /// Seconds from the session start, or a timecode.
    start: Option<Moment>,
    end: Option<Moment>,
    #[schema(value_type = Option<FormatWord>)]
    format: Option<FileFormat>,
    /// 16, 24 or 32 (float).
    #[schema(value_type = Option<u16>, minimum = 16, maximum = 32, multiple_of = 8)]
    bit_depth: Option<BitDepth>,
    /// Hz.
    #[schema(minimum = 8000, maximum = 192000)]
    sample_rate: Option<u32>,
    /// Below the output root; absolute ones where the server allows it.
    #[schema(max_length = 4096)]
    output_dir: Option<String>,
    /// With or without its extension; the session's name where it is left out.
    #[schema(max_length = 200)]
    file_name: Option<String>,
    #[serde(default)]
    engine: Engine,
    #[schema(value_type = Option<ExistingWord>)]
    on_existing: Option<OnExisting>,
}

/// Prints one mix of some tracks, or of a time range.
#[utoipa::path(post, path = "/api/v1/export/audio", tag = "print", request_body = Option<Audio>,
    responses(
        (status = 202, description = "Queued", body = Queued),
        Undone,
    ))]
async fn audio(State(service): State<Service>, Body(body): Body<Audio>) -> Accepted {
    bounded("tracks", body.tracks.len(), MOST_TRACKS)?;
    for track in &body.tracks {
        bounded("tracks", track.len(), 1024)?;
    }
    let format = body.format.unwrap_or_default();
    let file = body.file_name.as_deref();
    let file = file.map(|name| file_stem(name, format)).transpose()?;
    let mut app = printing::view(&service).await?;
    let session = app.state.session.as_ref();
    let (start, end) = (body.start.as_ref(), body.end.as_ref());
    let range = printing::between(session, ("start", start), ("end", end))?;
    let overrides = Overrides {
        dir: Some(printing::output_dir(&service, "output_dir", body.output_dir).await?),
        engine: body.engine.kind(),
        on_existing: body.on_existing,
        file: Some(printing::plain(&file.unwrap_or_else(|| session_name(&app)))),
        bits: body.bit_depth,
        rate: body.sample_rate,
        format: body.format,
        range,
        ..Overrides::default()
    };
    let order = Order {
        source: Source::Export(body.tracks),
        overrides,
        kind: PlanKind::Export,
        title: "Export of {}".to_owned(),
    };
    let id = printing::queue(&service, &mut app, order).await?;
    Ok(accepted(id))
}

fn session_name(app: &App) -> String {
    let session = app.state.session.as_ref();
    session.map_or_else(String::new, |session| session.info.name.clone())
}

/// The name without the extension that the format has anyway.
fn file_stem(name: &str, format: FileFormat) -> Result<String, Failure> {
    printing::file_part("file_name", name)?;
    let name = name.trim();
    let extension = format!(".{}", format.extension());
    let long = if format == FileFormat::Aiff {
        ".aiff"
    } else {
        ".wave"
    };
    let lower = name.to_ascii_lowercase();
    let cut = [extension.as_str(), long].into_iter().find_map(|ending| {
        let length = lower.strip_suffix(ending)?.len();
        name.get(..length)
    });
    match cut.unwrap_or(name) {
        "" => Err(Failure::field("file_name", "file_name is empty")),
        stem => Ok(stem.to_owned()),
    }
}

/// Kinds of mix sources as Pro Tools has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
enum SourceKind {
    PhysicalOut,
    Bus,
    Output,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ExportFormat {
    Wav,
    Aiff,
    Flac,
}

/// How snapshots are exported.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct ExportSettings {
    file_format: Option<ExportFormat>,
    /// What is bounced, such as `Out 1-2`; a render is always the whole mix.
    #[schema(max_length = 1024)]
    mix_source_name: Option<String>,
    mix_source_type: Option<SourceKind>,
    /// In real time, for hardware inserts.
    online_export: Option<bool>,
    /// Before the name of each snapshot.
    #[schema(max_length = 200)]
    file_prefix: Option<String>,
    /// The folder: below the output root; absolute ones where the server allows it.
    #[schema(max_length = 4096)]
    output_path: Option<String>,
}

/// Snapshots to export.
#[derive(Debug, Deserialize, ToSchema)]
struct Start {
    #[schema(min_items = 1, max_items = 1000)]
    snapshots: Vec<SnapshotBody>,
    #[serde(default)]
    export_settings: Option<ExportSettings>,
    /// Seconds from the session start, or a timecode.
    start_time: Option<Moment>,
    end_time: Option<Moment>,
    /// 16, 24 or 32 (float).
    #[schema(value_type = Option<u16>, minimum = 16, maximum = 32, multiple_of = 8)]
    bit_depth: Option<BitDepth>,
    #[serde(default)]
    engine: Engine,
    #[schema(value_type = Option<ExistingWord>)]
    on_existing: Option<OnExisting>,
}

/// Prints each snapshot as one stem named after it: the tracks that sound in it by Pro Tools' rules. The
/// session stays as it is.
#[utoipa::path(post, path = "/api/v1/export/start", tag = "print", request_body = Start,
    responses(
        (status = 202, description = "Queued", body = Queued),
        Undone,
    ))]
async fn start(State(service): State<Service>, Body(body): Body<Start>) -> Accepted {
    if body.snapshots.is_empty() {
        return Err(Failure::field("snapshots", "there are no snapshots"));
    }
    bounded("snapshots", body.snapshots.len(), MOST_STEMS)?;
    for (at, snapshot) in body.snapshots.iter().enumerate() {
        snapshot.check(&format!("snapshots[{at}]"))?;
    }
    let settings = body.export_settings.unwrap_or_default();
    let prefix = settings.file_prefix.as_deref().unwrap_or_default();
    printing::file_part("export_settings.file_prefix", prefix)?;
    let mut app = printing::view(&service).await?;
    let stems = stems(app.state.tracks(), &body.snapshots)?;
    let session = app.state.session.as_ref();
    let (start, end) = (body.start_time.as_ref(), body.end_time.as_ref());
    let range = printing::between(session, ("start_time", start), ("end_time", end))?;
    let engine = body.engine.kind();
    let renders = engine.map_or(app.state.mode.is_simulated(), |e| e == EngineKind::Render);
    let field = "export_settings.output_path";
    let overrides = Overrides {
        dir: Some(printing::output_dir(&service, field, settings.output_path.clone()).await?),
        engine,
        on_existing: body.on_existing,
        file: Some(format!("{}{{stem}}", printing::plain(prefix))),
        bits: body.bit_depth,
        format: settings.file_format.map(|format| match format {
            ExportFormat::Wav => FileFormat::Wav,
            ExportFormat::Aiff => FileFormat::Aiff,
            ExportFormat::Flac => FileFormat::Flac,
        }),
        range,
        mix_source: mix_source(&settings, renders)?,
        online: settings.online_export,
        ..Overrides::default()
    };
    let order = Order {
        source: Source::Named(stems),
        overrides,
        kind: PlanKind::Stems,
        title: "Snapshots of {}".to_owned(),
    };
    let id = printing::queue(&service, &mut app, order).await?;
    Ok(accepted(id))
}

/// The recipe's word for a mix source.
fn mix_source(settings: &ExportSettings, renders: bool) -> Result<Option<String>, Failure> {
    let kind = settings.mix_source_type.unwrap_or(SourceKind::Output);
    if renders && kind == SourceKind::Bus {
        let text = "a render is the whole mix and knows no bus: bounce, or take an output";
        return Err(unprintable(text.to_owned()));
    }
    let name = settings
        .mix_source_name
        .as_deref()
        .unwrap_or_default()
        .trim();
    bounded("export_settings.mix_source_name", name.len(), 1024)?;
    if name.is_empty() {
        return Ok(None);
    }
    let word = match kind {
        SourceKind::PhysicalOut => "physical",
        SourceKind::Bus => "bus",
        SourceKind::Output => "output",
    };
    Ok(Some(format!("{word}:{name}")))
}

fn unprintable(text: String) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "plan", text)
}

/// Each snapshot as a stem of the tracks that sound in it.
fn stems(tracks: &[Track], snapshots: &[SnapshotBody]) -> Result<Vec<StemSpec>, Failure> {
    snapshots.iter().map(|one| stem(tracks, one)).collect()
}

fn stem(tracks: &[Track], snapshot: &SnapshotBody) -> Result<StemSpec, Failure> {
    let name = fit(&snapshot.name, 100);
    let unknown = snapshot.unknown_heard(tracks);
    if let Some(first) = unknown.first() {
        let text = format!("snapshot '{name}': the session has no track '{first}'");
        let mut failure = unprintable(text);
        failure.details = json!({ "unknown_tracks": unknown });
        return Err(failure);
    }
    let heard = snapshot.heard(tracks);
    if heard.is_empty() {
        return Err(unprintable(format!("nothing sounds in snapshot '{name}'")));
    }
    if let Some(track) = heard.iter().find(|track| track.muted) {
        let text = format!(
            "'{}' sounds in snapshot '{name}' and is muted now: a print would be silent there",
            fit(&track.name, 100)
        );
        let mut failure = unprintable(text);
        let hint = "POST /api/v1/session/apply-snapshot sets solo and mute first";
        failure.details = json!({ "hints": [hint] });
        return Err(failure);
    }
    // Stems take tracks by name: those that share one sound together, or not at all.
    let is_heard = |track: &Track| heard.iter().any(|other| other.id == track.id);
    let others = tracks
        .iter()
        .filter(|t| t.kind.is_sounding() && !is_heard(t));
    let silent: std::collections::HashSet<&str> = others.map(|t| t.name.as_str()).collect();
    if let Some(twin) = heard.iter().find(|t| silent.contains(t.name.as_str())) {
        return Err(several_of_a_name(&twin.name));
    }
    Ok(StemSpec {
        name: snapshot.name.trim().to_owned(),
        tracks: heard.iter().map(|track| track.name.clone()).collect(),
        ..StemSpec::default()
    })
}
