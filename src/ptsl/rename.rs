//! Renaming a track.

use super::client::{Client, Result, unreadable};
use super::json;
use super::wire::{CommandId, RenameTargetTrackRequestBody};
use crate::model::TrackId;

impl Client {
    /// Renames one track: the one of this identity, else the one that bears the name.
    pub async fn rename_track(&self, id: &TrackId, from: &str, to: &str) -> Result<()> {
        // Either of the two, never both: some commands refuse that.
        let current_name = match id.0.is_empty() {
            true => from.to_owned(),
            false => String::new(),
        };
        let request = RenameTargetTrackRequestBody {
            track_id: id.0.clone(),
            current_name,
            new_name: to.to_owned(),
        };
        let command = CommandId::RenameTargetTrack;
        let body = json::sparse_request("RenameTargetTrackRequestBody", &request)
            .map_err(|error| unreadable(command, &error.to_string()))?;
        self.call(command, &body, None).await?;
        Ok(())
    }
}
