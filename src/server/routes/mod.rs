//! One file a group of paths. Handlers translate: what is done stands in `app`.

pub mod connection;
pub mod own;
pub mod session;
pub mod transport;

use super::Service;
use utoipa_axum::router::OpenApiRouter;

/// All paths with their descriptions.
pub fn all() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .merge(connection::routes())
        .merge(own::routes())
        .merge(session::routes())
        .merge(transport::routes())
}
