//! `/api/v1/files`: what lies below the output root and the listed folders, to look at and to
//! download. Unfinished and hidden files are not offered.

use std::convert::Infallible;
use std::fs::Metadata;
use std::path::{Component, Path};
use std::time::SystemTime;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_http::services::ServeFile;
use tower_http::services::fs::ServeFileSystemResponseBody;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::utc_text;
use crate::error::{Error, ErrorKind};
use crate::model::text::clean;
use crate::server::body::Asked;
use crate::server::paths::{Purpose, resolve};
use crate::server::reply::{ErrorBody, Failure, Reply, blocking, envelope};
use crate::server::{ServerOptions, Service};

/// Entries of a folder that are read.
const MOST: usize = 10_000;

type Sent = axum::http::Response<ServeFileSystemResponseBody>;

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(download))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Place {
    /// Below the output root, or absolute below a folder of `[server] write_roots`.
    #[serde(default)]
    #[param(max_length = 4096, example = ".")]
    path: String,
}

/// A file or folder.
#[derive(Debug, Serialize, ToSchema)]
struct Entry {
    name: String,
    /// As `path` takes it.
    path: String,
    /// Bytes; 0 for a folder.
    size: u64,
    /// `audio/wav` and so on, `directory` for a folder.
    r#type: String,
    /// RFC 3339; null where the system does not tell.
    created_at: Option<String>,
    modified_at: Option<String>,
    is_directory: bool,
}

/// The files of a folder.
#[derive(ToSchema)]
#[allow(dead_code)]
struct FilesBody {
    success: bool,
    message: String,
    timestamp: String,
    /// Folders first, by name.
    files: Vec<Entry>,
    /// Empty for the output root.
    current_path: String,
    total_count: u64,
}

/// The files of a folder, without unfinished and hidden ones.
#[utoipa::path(get, path = "/api/v1/files", tag = "files", params(Place),
    responses(
        (status = 200, description = "Files", body = FilesBody),
        (status = "4XX", description = "No such folder, or it is not to be seen", body = ErrorBody),
        (status = "5XX", description = "It cannot be read", body = ErrorBody),
    ))]
async fn list(State(service): State<Service>, Asked(place): Asked<Place>) -> Reply<Value> {
    blocking(move || {
        let options = &service.options;
        if place.path.is_empty() && !options.root.exists() {
            // It is made by the first print.
            return Ok(listing(String::new(), Vec::new(), 0));
        }
        let folder = resolve(options, "path", &place.path, Purpose::Read)?;
        if !is_offered(options, &folder) {
            return Err(missing(&place.path));
        }
        if !folder.is_dir() {
            return Err(Failure::field("path", "path is no folder"));
        }
        let (entries, skipped) = entries(options, &folder).map_err(|error| unreadable(&error))?;
        Ok(listing(
            told(options, &folder).unwrap_or_default(),
            entries,
            skipped,
        ))
    })
    .await
    .map(Json)
}

fn listing(path: String, entries: Vec<Entry>, skipped: usize) -> Value {
    let count = entries.len();
    let message = match skipped {
        0 => format!("{count} files"),
        _ => format!("{count} files; {skipped} are not offered"),
    };
    let fields = json!({ "files": entries, "current_path": path, "total_count": count });
    envelope(message, fields)
}

/// What a folder offers, and how many entries it has beside.
fn entries(options: &ServerOptions, folder: &Path) -> std::io::Result<(Vec<Entry>, usize)> {
    let mut found: Vec<Entry> = Vec::new();
    let mut skipped = 0;
    for entry in std::fs::read_dir(folder)? {
        match entry.ok().and_then(|entry| offer(options, &entry.path())) {
            Some(entry) if found.len() < MOST => found.push(entry),
            _ => skipped += 1,
        }
    }
    found.sort_by_cached_key(|entry| (!entry.is_directory, entry.name.to_lowercase()));
    Ok((found, skipped))
}

fn offer(options: &ServerOptions, path: &Path) -> Option<Entry> {
    let name = path.file_name()?.to_str()?;
    if name.chars().any(char::is_control) || is_hidden(name) {
        return None;
    }
    let path = told(options, path)?;
    // A link that leads out is not offered.
    let real = resolve(options, "path", &path, Purpose::Read).ok()?;
    if !is_offered(options, &real) {
        return None;
    }
    let metadata = real.metadata().ok()?;
    let is_directory = metadata.is_dir();
    if !is_directory && !metadata.is_file() {
        return None;
    }
    Some(Entry {
        name: clean(name).into_owned(),
        size: if is_directory { 0 } else { metadata.len() },
        r#type: if is_directory {
            "directory"
        } else {
            kind(&real)
        }
        .to_owned(),
        path,
        created_at: metadata.created().ok().and_then(moment),
        modified_at: metadata.modified().ok().and_then(moment),
        is_directory,
    })
}

fn moment(time: SystemTime) -> Option<String> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(utc_text(u64::try_from(since.as_millis()).ok()?))
}

/// The path as requests say it.
fn told(options: &ServerOptions, path: &Path) -> Option<String> {
    let root = options.root.canonicalize().ok()?;
    let path = path.strip_prefix(root).unwrap_or(path);
    Some(path.to_str()?.replace(std::path::MAIN_SEPARATOR, "/"))
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name.to_ascii_lowercase().ends_with(".part")
}

/// Whether no part of it, below the folder that it is allowed by, is hidden.
fn is_offered(options: &ServerOptions, path: &Path) -> bool {
    let roots = std::iter::once(&options.root).chain(&options.write_roots);
    let mut below = roots.filter_map(|root| path.strip_prefix(root.canonicalize().ok()?).ok());
    below.any(|rest| {
        let mut parts = rest.components();
        parts.all(|part| match part {
            Component::Normal(name) => name.to_str().is_some_and(|name| !is_hidden(name)),
            _ => false,
        })
    })
}

fn kind(path: &Path) -> &'static str {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "wav" => "audio/wav",
        "aif" | "aiff" => "audio/aiff",
        "flac" => "audio/flac",
        "mp3" => "audio/mpeg",
        "json" => "application/json",
        "txt" | "csv" | "log" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The file itself. Takes `Range`, `If-Range`, `If-None-Match`, `If-Match` and the dates.
#[utoipa::path(get, path = "/api/v1/files/download", tag = "files", params(Place),
    responses(
        (status = 200, description = "The file", body = Value, content_type = "*/*"),
        (status = 206, description = "The part of it that was asked for", body = Value, content_type = "*/*"),
        (status = 304, description = "It is the one that is known already"),
        (status = "4XX", description = "No such file, it is not to be had, or not so much of it", body = ErrorBody),
        (status = "5XX", description = "It cannot be read", body = ErrorBody),
    ))]
async fn download(
    State(service): State<Service>,
    Asked(place): Asked<Place>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let given = place.path.clone();
    let (path, metadata) = blocking(move || {
        let path = resolve(&service.options, "path", &place.path, Purpose::Read)?;
        // Pipes and devices would be waited for.
        let metadata = path.metadata().map_err(|error| unreadable(&error))?;
        if metadata.is_dir() {
            return Err(Failure::field("path", "path is a folder"));
        }
        let is_offered = is_offered(&service.options, &path);
        Ok((path, (is_offered && metadata.is_file()).then_some(metadata)))
    })
    .await?;
    let metadata: Metadata = metadata.ok_or_else(|| missing(&given))?;
    tracing::debug!(bytes = metadata.len(), "a file is downloaded");
    send(&path, &method, headers).await
}

async fn send(path: &Path, method: &Method, mut headers: HeaderMap) -> Result<Response, Failure> {
    if !is_still_so(path, &headers).await {
        headers.remove(header::RANGE);
    }
    let response = serve(path, method, headers).await?;
    let range = response.headers().get(header::CONTENT_RANGE).cloned();
    let refused = |text: &str| Failure::new(response.status(), "usage", text);
    let failure = match response.status() {
        StatusCode::NOT_FOUND => missing(&path.to_string_lossy()),
        StatusCode::PRECONDITION_FAILED => refused("the file is another one by now"),
        StatusCode::RANGE_NOT_SATISFIABLE => refused("the file does not reach so far"),
        status if status.is_client_error() || status.is_server_error() => {
            refused("the file cannot be sent")
        }
        _ => return Ok(dress(response, path)),
    };
    let mut response = failure.into_response();
    if let Some(range) = range {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

async fn serve(path: &Path, method: &Method, headers: HeaderMap) -> Result<Sent, Failure> {
    let mut request = Request::new(Body::empty());
    request.method_mut().clone_from(method);
    *request.headers_mut() = headers;
    let file = ServeFile::new(path).ignore_multi_range_requests(true);
    let sent = file.oneshot(request).await;
    sent.map_err(|never: Infallible| match never {})
}

/// Whether `If-Range`, where there is one, names the file as it is.
async fn is_still_so(path: &Path, headers: &HeaderMap) -> bool {
    let Some(known) = headers.get(header::IF_RANGE) else {
        return true;
    };
    let Ok(now) = serve(path, &Method::HEAD, HeaderMap::new()).await else {
        return false;
    };
    let is_now = |name: HeaderName| now.headers().get(name) == Some(known);
    is_now(header::ETAG) || is_now(header::LAST_MODIFIED)
}

fn dress(response: Sent, path: &Path) -> Response {
    let mut response = response.map(Body::new);
    let headers = response.headers_mut();
    if headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)));
    }
    let name = path.file_name().map(|name| name.to_string_lossy());
    if let Ok(value) = HeaderValue::from_str(&attachment(&name.unwrap_or_default())) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ),
        (header::CACHE_CONTROL, "private, no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The file name in a form that cannot break the header: RFC 6266, with a plain one for old clients.
fn attachment(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._- ()+".contains(c);
    let plain: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let exact: String = name
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'_' | b'-' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

fn missing(given: &str) -> Failure {
    let text = crate::model::text::fit(given, 200);
    Failure::missing(format!("there is no '{text}'"))
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::from(Error::new(
        ErrorKind::Storage,
        format!("it cannot be read: {error}"),
    ))
    .caused_by(error)
}
