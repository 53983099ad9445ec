//! `/api/v1/recipes` and `/api/v1/manifest`: the recipes that can be printed, and what stands beside
//! printed files.

use std::path::{Path, PathBuf};

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::stems::RECIPES;
use crate::app::runtime::{read_manifest, read_recipe};
use crate::app::shape;
use crate::model::text::clean;
use crate::server::body::{Asked, Named};
use crate::server::paths::{Purpose, resolve};
use crate::server::reply::{ErrorBody, Failure, Reply, blocking};
use crate::server::{ServerOptions, Service};

/// Recipes that are listed.
const MOST: usize = 200;

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(recipes))
        .routes(routes!(recipe))
        .routes(routes!(manifest))
}

/// A recipe.
#[derive(Debug, Serialize, ToSchema)]
struct RecipeRow {
    /// Its file's name without `.toml`.
    name: String,
    /// As `recipe` of `POST /api/v1/stems/separate` takes it.
    path: String,
    /// The names of its stems; null where it cannot be read.
    stems: Option<Vec<String>>,
    /// Why it cannot be read.
    error: Option<String>,
}

/// All recipes.
#[derive(ToSchema)]
#[allow(dead_code)]
struct RecipesBody {
    schema: u32,
    recipes: Vec<RecipeRow>,
    total_count: u64,
}

/// The recipes (`*.toml`) in `recipes/` of the configuration folder and in the output root.
#[utoipa::path(get, path = "/api/v1/recipes", tag = "ours",
    responses(
        (status = 200, description = "Recipes", body = RecipesBody),
        (status = "5XX", description = "The folders cannot be read", body = ErrorBody),
    ))]
async fn recipes(State(service): State<Service>) -> Reply<Value> {
    let options = std::sync::Arc::clone(&service.options);
    let rows =
        blocking(move || Ok(files(&options).into_iter().map(row).collect::<Vec<_>>())).await?;
    let count = rows.len();
    Ok(Json(
        json!({ "schema": shape::SCHEMA, "recipes": rows, "total_count": count }),
    ))
}

fn files(options: &ServerOptions) -> Vec<PathBuf> {
    let own = options.config_dir.join(RECIPES);
    let folders = [own.clone(), options.root.clone()];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .filter_map(|dir| std::fs::read_dir(dir).ok())
        .flatten()
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml") && path.is_file())
        // A link in the output root may lead out of it.
        .filter(|path| path.starts_with(&own) || is_within(options, path))
        .collect();
    files.sort();
    files.truncate(MOST);
    files
}

fn is_within(options: &ServerOptions, path: &Path) -> bool {
    let path = path.canonicalize().unwrap_or_default();
    resolve(options, "path", &path.to_string_lossy(), Purpose::Read).is_ok()
}

fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    clean(&stem).into_owned()
}

fn row(path: PathBuf) -> RecipeRow {
    let read = read_recipe(&path);
    RecipeRow {
        name: name(&path),
        path: clean(&path.to_string_lossy()).into_owned(),
        error: read.as_ref().err().map(crate::error::Error::chain),
        stems: read
            .ok()
            .map(|recipe| recipe.stems.into_iter().map(|stem| stem.name).collect()),
    }
}

/// One recipe, by its name in the list.
#[utoipa::path(get, path = "/api/v1/recipes/{name}", tag = "ours",
    params(("name" = String, Path, description = "As the list tells it")),
    responses(
        (status = 200, description = "The recipe", body = RecipeRow),
        (status = "4XX", description = "There is no such recipe", body = ErrorBody),
        (status = "5XX", description = "The folders cannot be read", body = ErrorBody),
    ))]
async fn recipe(State(service): State<Service>, Named(wanted): Named<String>) -> Reply<RecipeRow> {
    let options = std::sync::Arc::clone(&service.options);
    let found = blocking(move || {
        let path = files(&options)
            .into_iter()
            .find(|path| name(path) == wanted);
        Ok(path.map(row))
    });
    let found = found.await?;
    found
        .map(Json)
        .ok_or_else(|| Failure::missing("there is no recipe of that name"))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Folder {
    /// Below the output root, or absolute below a folder of `[server] write_roots`.
    #[serde(default)]
    #[param(max_length = 4096, example = ".")]
    path: String,
}

/// The manifest of a printed set: files, measurements, checksums, proof.
#[utoipa::path(get, path = "/api/v1/manifest", tag = "ours", params(Folder),
    responses(
        (status = 200, description = "The manifest", body = Object),
        (status = "4XX", description = "There is none, or the folder is not to be read", body = ErrorBody),
        (status = "5XX", description = "It cannot be read", body = ErrorBody),
    ))]
async fn manifest(State(service): State<Service>, Asked(folder): Asked<Folder>) -> Reply<Value> {
    let options = std::sync::Arc::clone(&service.options);
    let read = blocking(move || {
        let dir = resolve(&options, "path", &folder.path, Purpose::Read)?;
        // The manifest itself may be a link that leads out.
        let file = dir.join("manifest.json");
        let file = resolve(&options, "path", &file.to_string_lossy(), Purpose::Read)?;
        read_manifest(&file).map_err(Failure::from)
    });
    read.await.map(Json)
}
