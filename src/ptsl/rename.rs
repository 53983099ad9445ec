//! Renaming a track.

use super::client::{Client, Result};
use super::wire::{CommandId, RenameTargetTrackRequestBody};
use crate::model::TrackId;

impl Client {
    /// Renames one track: the one of this identity, else the one that bears the name.
    pub async fn rename_track(&self, id: &TrackId, from: &str, to: &str) -> Result<()> {
        let request = RenameTargetTrackRequestBody {
            track_id: id.0.clone(),
            current_name: from.to_owned(),
            new_name: to.to_owned(),
        };
        self.ask_text(
            CommandId::RenameTargetTrack,
            "RenameTargetTrackRequestBody",
            &request,
        )
        .await?;
        Ok(())
    }
}
