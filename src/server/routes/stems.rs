//! `/api/v1/stems/separate`: stems named in the request, of a recipe, or of the session itself.

use std::path::{Path, PathBuf};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::runtime::{App, read_recipe};
use crate::app::shape;
use crate::model::manifest::ManifestFile;
use crate::model::plan::PlanKind;
use crate::model::stem::{BitDepth, FileFormat, OnExisting};
use crate::model::{Job, StemSpec};
use crate::plan::recipe::Recipe;
use crate::plan::{Overrides, Source};
use crate::server::Service;
use crate::server::body::{Body, Own};
use crate::server::paths::{self, Purpose};
use crate::server::printing::{self, Engine, Order, bounded};
use crate::server::reply::{Failure, Reply, Undone, blocking, envelope};
use crate::server::schema::{ExistingWord, FormatWord};

/// Stems of one request, tracks of one stem, bytes of a name.
pub const MOST_STEMS: usize = 1000;
pub const MOST_TRACKS: usize = 10_000;
pub const LONGEST_NAME: usize = 255;
/// Bytes of a recipe within a request.
const LONGEST_RECIPE: usize = 1 << 20;
/// The user's own recipes, in the configuration folder.
pub const RECIPES: &str = "recipes";

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(separate))
        .routes(routes!(plan))
}

/// A stem: its name and its tracks.
#[derive(Debug, Deserialize, ToSchema)]
struct StemConfig {
    #[schema(min_length = 1, max_length = 255, example = "Drums")]
    name: String,
    /// What it is, for people: `drums`, `vocals` …
    #[serde(rename = "type")]
    #[schema(max_length = 255)]
    kind: Option<String>,
    /// Names or globs.
    #[serde(default)]
    #[schema(max_items = 10000)]
    tracks: Vec<String>,
}

/// What to print, and where. Without `stem_configs` and recipe: the configured recipe, else the stems
/// of the session's own folder.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct Separate {
    /// Below the output root; absolute ones where the server allows it.
    #[schema(max_length = 4096)]
    output_dir: Option<String>,
    #[serde(default)]
    #[schema(max_items = 1000)]
    stem_configs: Vec<StemConfig>,
    #[schema(value_type = Option<FormatWord>)]
    format: Option<FileFormat>,
    /// A recipe file (`.toml`) below the output root, a write root or `recipes/` of the configuration
    /// folder.
    #[schema(max_length = 4096)]
    recipe: Option<String>,
    /// The recipe itself, TOML.
    #[schema(max_length = 1048576)]
    recipe_text: Option<String>,
    /// `session`, `selection`, `IN..OUT`, `marker:A..marker:B`.
    #[schema(max_length = 1000)]
    range: Option<String>,
    /// 16, 24 or 32 (float).
    #[schema(value_type = Option<u16>, minimum = 16, maximum = 32, multiple_of = 8)]
    bit_depth: Option<BitDepth>,
    #[serde(default)]
    engine: Engine,
    #[schema(value_type = Option<ExistingWord>)]
    on_existing: Option<OnExisting>,
    /// Tracks in no stem of a recipe are no error.
    #[serde(default)]
    allow_orphans: bool,
    /// Answer when the files are there (true, the default), or at once.
    wait: Option<bool>,
}

/// A print that was done, or queued (`stem_files` is empty then).
#[derive(ToSchema)]
#[allow(dead_code)]
struct Separated {
    success: bool,
    message: String,
    timestamp: String,
    task_id: String,
    stem_files: Vec<StemFile>,
    /// Whether the sum of the stems is the mix; null while the job is not done.
    #[schema(value_type = Option<Object>)]
    proof: Option<Value>,
    /// What was found, worst first.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<Value>,
}

/// What would be printed; further fields are as `pt-stem stems plan --json` has them.
#[derive(ToSchema)]
#[allow(dead_code)]
struct PlanBody {
    schema: u32,
    session: String,
    engine: String,
    /// The folder.
    dir: String,
    #[schema(value_type = Vec<Object>)]
    stems: Vec<Value>,
    #[schema(value_type = Object)]
    coverage: Value,
    /// Level, code, where, text, fix.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<Value>,
    /// Of all files.
    bytes: u64,
    /// Of each file.
    seconds: f64,
}

/// A printed file.
#[derive(ToSchema)]
#[allow(dead_code)]
struct StemFile {
    name: String,
    r#type: Option<String>,
    file_path: String,
    /// `L` or `R` where each channel of a stem has a file of its own.
    channel: Option<String>,
    /// Bytes.
    size: u64,
    /// Seconds.
    duration: f64,
    /// LUFS; null where there is nothing to measure.
    loudness: Option<f64>,
    /// dBFS; null in silence.
    peak: Option<f64>,
}

/// Prints stems.
#[utoipa::path(post, path = "/api/v1/stems/separate", tag = "print",
    request_body = Option<Separate>,
    responses(
        (status = 200, description = "The files are there", body = Separated),
        (status = 202, description = "Queued", body = Separated),
        Undone,
    ))]
async fn separate(
    State(service): State<Service>,
    Body(body): Body<Separate>,
) -> Result<Response, Failure> {
    let wait = body.wait.unwrap_or(true);
    let (mut app, order) = order(&service, body).await?;
    let id = printing::queue(&service, &mut app, order).await?;
    drop(app);
    if !wait {
        let fields = json!({
            "task_id": id.to_string(), "stem_files": [], "proof": null, "findings": [],
        });
        let answer = Json(envelope(format!("job {id} is queued"), fields));
        return Ok((StatusCode::ACCEPTED, answer).into_response());
    }
    let job = printing::ended(&service, id).await?;
    let fields = result(&job);
    let count = fields.get("stem_files").and_then(Value::as_array);
    let message = format!("{} files", count.map_or(0, Vec::len));
    Ok(Json(envelope(message, fields)).into_response())
}

/// What `separate` would print with the same request, and what is to be said about it. Changes nothing,
/// and sends Pro Tools nothing that changes anything.
#[utoipa::path(post, path = "/api/v1/stems/plan", tag = "ours",
    request_body = Option<Separate>,
    responses(
        (status = 200, description = "The plan; errors among its findings are what `separate` would refuse", body = PlanBody),
        Undone,
    ))]
async fn plan(State(service): State<Service>, Own(body): Own<Separate>) -> Reply<Value> {
    let (mut app, order) = order(&service, body).await?;
    let plan = printing::plan(&mut app, order).await?;
    Ok(Json(crate::plan::report(&plan)))
}

/// What is to be printed, with a view of the session that it is about.
async fn order(service: &Service, body: Separate) -> Result<(App, Order), Failure> {
    check(&body)?;
    let app = printing::view(service).await?;
    let source = source(service, &app, &body).await?;
    let from_recipe = match &source {
        Source::Recipe(recipe) => recipe.output.root.clone(),
        _ => None,
    };
    let given = body.output_dir.or_else(|| from_recipe.map(text));
    let dir = printing::output_dir(service, "output_dir", given).await?;
    let overrides = Overrides {
        dir: Some(dir),
        engine: body.engine.kind(),
        on_existing: body.on_existing,
        allow_orphans: body.allow_orphans,
        bits: body.bit_depth,
        format: body.format,
        range: body.range,
        ..Overrides::default()
    };
    let order = Order {
        source,
        overrides,
        kind: PlanKind::Stems,
        title: "Stems of {}".to_owned(),
    };
    Ok((app, order))
}

fn text(path: PathBuf) -> String {
    path.to_string_lossy().into_owned()
}

fn check(body: &Separate) -> Result<(), Failure> {
    bounded("stem_configs", body.stem_configs.len(), MOST_STEMS)?;
    for (at, stem) in body.stem_configs.iter().enumerate() {
        let field = |name: &str| format!("stem_configs[{at}].{name}");
        let kind = stem.kind.as_deref().unwrap_or_default();
        bounded(&field("name"), stem.name.len(), LONGEST_NAME)?;
        bounded(&field("type"), kind.len(), LONGEST_NAME)?;
        bounded(&field("tracks"), stem.tracks.len(), MOST_TRACKS)?;
        if stem.name.trim().is_empty() {
            return Err(Failure::field(&field("name"), "a stem needs a name"));
        }
        for track in &stem.tracks {
            bounded(&field("tracks"), track.len(), 1024)?;
        }
    }
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    bounded("recipe_text", length(&body.recipe_text), LONGEST_RECIPE)?;
    bounded("range", length(&body.range), 1000)?;
    let sources = [
        !body.stem_configs.is_empty(),
        body.recipe.is_some(),
        body.recipe_text.is_some(),
    ];
    match sources.into_iter().filter(|given| *given).count() > 1 {
        true => Err(Failure::field(
            "recipe",
            "give stem_configs, recipe or recipe_text, not several of them",
        )),
        false => Ok(()),
    }
}

async fn source(service: &Service, app: &App, body: &Separate) -> Result<Source, Failure> {
    if let Some(text) = &body.recipe_text {
        let recipe = Recipe::parse(text, "recipe_text")?;
        return Ok(Source::Recipe(Box::new(recipe)));
    }
    if !body.stem_configs.is_empty() {
        let stem = |stem: &StemConfig| StemSpec {
            name: stem.name.clone(),
            kind: stem.kind.clone(),
            tracks: stem.tracks.clone(),
            ..StemSpec::default()
        };
        return Ok(Source::Named(body.stem_configs.iter().map(stem).collect()));
    }
    let configured = app.state.config.output.recipe.clone();
    let (service, named) = (service.clone(), body.recipe.clone());
    let read = move || match (named, configured) {
        (Some(named), _) => read_recipe(&recipe_file(&service, &named)?)
            .map(|recipe| Source::Recipe(Box::new(recipe)))
            .map_err(Failure::from),
        (None, Some(path)) => read_recipe(&path)
            .map(|recipe| Source::Recipe(Box::new(recipe)))
            .map_err(Failure::from),
        (None, None) => Ok(Source::Session),
    };
    blocking(read).await
}

/// Below the output root, else below `recipes/` of the configuration folder. Other files are none of
/// a client's business, not even in the words of an error.
fn recipe_file(service: &Service, named: &str) -> Result<PathBuf, Failure> {
    let found = paths::resolve(&service.options, "recipe", named, Purpose::Read);
    let found = found.or_else(|refused| {
        let mut options = (*service.options).clone();
        options.root = options.config_dir.join(RECIPES);
        paths::resolve(&options, "recipe", named, Purpose::Read).map_err(|_| refused)
    })?;
    match found.extension().is_some_and(|end| end == "toml") {
        true => Ok(found),
        false => {
            let text = "a recipe is a file whose name ends with .toml";
            Err(Failure::field("recipe", text))
        }
    }
}

/// Files, proof and findings of a job that is done.
fn result(job: &Job) -> Value {
    let report = job.report.clone().unwrap_or_default();
    let files: Vec<Value> = report.files.iter().map(|one| file(job, one)).collect();
    json!({
        "task_id": job.id.to_string(),
        "stem_files": files,
        "proof": shape::proof(&report.proof),
        "findings": report.findings,
    })
}

fn file(job: &Job, file: &ManifestFile) -> Value {
    let mut planned = job.plan.files();
    let kind = planned.find(|stem| stem.name == file.name);
    json!({
        "name": file.name,
        "type": kind.and_then(|stem| stem.kind.clone()),
        "file_path": place(&job.plan.output.dir, file),
        "channel": file.channel,
        "size": file.bytes,
        "duration": file.frames as f64 / f64::from(file.rate.max(1)),
        "loudness": file.levels.integrated_lufs,
        "peak": file.levels.peak_dbfs,
    })
}

/// The whole path of a printed file.
pub fn place(dir: &Path, file: &ManifestFile) -> PathBuf {
    dir.join(&file.path)
}
