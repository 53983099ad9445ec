//! Whether the session of the record is the one that is open, asked around every command: names of
//! tracks mean others in another session.

use super::trouble::Trouble;
use crate::engine::another::{Asked, another_is_open};
use crate::engine::lease::{Identity, LeaseRecord};
use crate::model::Track;
use crate::ptsl::client::Client;

/// The tracks of the lease's session. Somebody may open another one at any moment: the question
/// after it comes after the tracks.
pub(super) async fn tracks(
    client: &Client,
    record: &LeaseRecord,
    asked: &mut Option<Asked>,
) -> std::result::Result<Vec<Track>, Trouble> {
    let present = client.tracks().await?;
    let open = Identity::of(client).await?;
    if record.is_of(&open) {
        // Whatever was asked was done here.
        *asked = None;
        return Ok(present);
    }
    Err(another(client, record, &open, asked).await)
}

/// Names of tracks mean others in another session.
pub(super) async fn check_session(
    client: &Client,
    record: &LeaseRecord,
    asked: &Option<Asked>,
) -> std::result::Result<(), Trouble> {
    let path = client.session_path().await?;
    if path == record.session_path {
        return Ok(());
    }
    let origin = String::new();
    Err(another(client, record, &Identity { path, origin }, asked).await)
}

async fn another(
    client: &Client,
    record: &LeaseRecord,
    open: &Identity,
    asked: &Option<Asked>,
) -> Trouble {
    let error = another_is_open(record, open);
    Trouble::Final(match asked {
        Some(asked) => error.hint(asked.look_there(client).await),
        None => error,
    })
}
