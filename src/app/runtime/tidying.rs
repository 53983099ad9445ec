//! Puts sessions back by itself that jobs of this very run left changed: Pro Tools died, another
//! session was opened, a command was not answered. What a dead program left is told, and waits for
//! `rescue`: only its user knows what happened since.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::actors::tell_leases;
use super::hub::{Hub, To};
use crate::app::wire::News;
use crate::engine::rescue;
use crate::model::text::clean;
use crate::ptsl::link::Link;

/// Time between two tries while a lease of this run is open.
const AGAIN: Duration = Duration::from_secs(10);

/// Runs until the application ends. `again` tells that a session opened or a job ended.
pub(super) async fn own_leases(
    state_dir: PathBuf,
    link: Link,
    hub: Arc<Hub>,
    again: Arc<Notify>,
    stop: CancellationToken,
) {
    let mut is_open = false;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = again.notified() => {}
            () = tokio::time::sleep(AGAIN), if is_open => {}
        }
        let was_open = is_open;
        is_open = has_own(&state_dir).await;
        if is_open {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = put_back(&state_dir, &link, &hub) => {}
            }
            is_open = has_own(&state_dir).await;
        }
        if is_open || was_open {
            tell_leases(state_dir.clone(), &hub).await;
        }
    }
}

async fn has_own(state_dir: &std::path::Path) -> bool {
    let dir = state_dir.to_owned();
    let looked = tokio::task::spawn_blocking(move || rescue::has_own(&dir)).await;
    looked.unwrap_or(false)
}

async fn put_back(state_dir: &std::path::Path, link: &Link, hub: &Hub) {
    let Some(client) = link.client().borrow().clone() else {
        return;
    };
    match rescue::rescue_own(state_dir, &client).await {
        Ok(done) => {
            for (lease, rescued) in done {
                tracing::info!(job = %lease.job, session = %clean(&lease.session), "put back");
                let news = News::Rescued(Ok(rescued.changed));
                hub.tell(To::All, news).await;
            }
        }
        // Told when the job ended; the next try may do it.
        Err(error) => tracing::info!(error = %error.chain(), "a lease stays open"),
    }
}
