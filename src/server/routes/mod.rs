//! One file a group of paths. Handlers translate: what is done stands in `app`.

pub mod connection;
pub mod export;
pub mod files;
pub mod library;
pub mod own;
pub mod session;
pub mod snapshot;
pub mod stems;
pub mod system;
pub mod tasks;
pub mod transport;

use super::Service;
use super::reply::Failure;
use crate::model::text::clean;
use axum::http::{Method, StatusCode, Uri};
use utoipa_axum::router::OpenApiRouter;

/// Any path that is not ours.
pub async fn nowhere(uri: Uri) -> Failure {
    Failure::missing(format!(
        "there is no {}; /docs lists what there is",
        clean(uri.path())
    ))
}

/// A path of ours, asked in another way; `Allow` says which there are.
pub async fn no_method(method: Method, uri: Uri) -> Failure {
    let text = format!("{} does not take {method}", clean(uri.path()));
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method", text)
}

/// All paths with their descriptions.
pub fn all() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .merge(connection::routes())
        .merge(own::routes())
        .merge(files::routes())
        .merge(library::routes())
        .merge(session::routes())
        .merge(system::routes())
        .merge(snapshot::routes())
        .merge(stems::routes())
        .merge(export::routes())
        .merge(tasks::routes())
        .merge(transport::routes())
}
