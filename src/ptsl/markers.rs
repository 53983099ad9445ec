//! Memory locations: read as markers in session samples, and made.

use super::client::{Client, Result};
use super::error::PtslError;
use super::wire::{
    CommandId, CreateMemoryLocationRequestBody, GetMemoryLocationsRequestBody,
    GetMemoryLocationsResponseBody, MarkerLocation, MemoryLocation, MemoryLocationProperties,
    MemoryLocationReference, TimeProperties,
};
use super::{convert, json};
use crate::model::Marker;

impl Client {
    /// All memory locations that stand at a time. Those in bars and beats are converted by Pro
    /// Tools since 2025.6; before it they are left out, and the log says so.
    pub async fn markers(&self) -> Result<Vec<Marker>> {
        let locations = self
            .pages(
                CommandId::GetMemoryLocations,
                |window| {
                    let request = GetMemoryLocationsRequestBody {
                        pagination_request: Some(window.request()),
                    };
                    json::request("GetMemoryLocationsRequestBody", &request)
                },
                |answer: GetMemoryLocationsResponseBody| {
                    let total = answer.pagination_response.map(|stats| stats.total);
                    let total = total.or(answer.stats.map(|stats| stats.total));
                    (answer.memory_locations, total)
                },
            )
            .await?;
        let mut markers = Vec::new();
        for location in &locations {
            if let Some(marker) = self.marker(location).await? {
                markers.push(marker);
            }
        }
        Ok(markers)
    }

    async fn marker(&self, location: &MemoryLocation) -> Result<Option<Marker>> {
        if location.time_properties == TimeProperties::TpNone as i32 {
            return Ok(None);
        }
        let start = match self.samples_of(&location.start_time).await {
            Ok(start) => start,
            Err(PtslError::Unreadable { reason, .. }) => {
                tracing::info!(
                    number = location.number,
                    "memory location left out: {reason}"
                );
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let end = match location.end_time.trim() {
            "" => None,
            text => self.samples_of(text).await.ok(),
        };
        Ok(Some(convert::marker(location.clone(), start, end)))
    }

    /// Makes a marker on the main ruler under the next free number. Session samples.
    pub async fn create_marker(&self, name: &str, at: i64) -> Result<()> {
        // An explicit number: with -1 some 2025.12 re-edit the last marker instead.
        let number = self
            .markers()
            .await?
            .iter()
            .map(|marker| marker.number)
            .max();
        let request = CreateMemoryLocationRequestBody {
            number: number.unwrap_or(0).saturating_add(1),
            name: name.to_owned(),
            start_time: self.timecode_of(at).await?,
            time_properties: TimeProperties::TpMarker as i32,
            reference: MemoryLocationReference::MlrAbsolute as i32,
            general_properties: Some(MemoryLocationProperties::default()),
            location: if self.version().is_modern() {
                MarkerLocation::MlcMainRuler as i32
            } else {
                MarkerLocation::MlcUnknown as i32
            },
            ..CreateMemoryLocationRequestBody::default()
        };
        self.ask_text(
            CommandId::CreateMemoryLocation,
            "CreateMemoryLocationRequestBody",
            &request,
        )
        .await?;
        Ok(())
    }
}
