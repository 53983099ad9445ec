//! Bounces: ExportMix and BounceTrack, and what they can be made from.

use std::time::Duration;

use tokio::time::Instant;

use super::client::{Client, Result};
use super::error::PtslError;
use super::export::{self, BounceTrack, ExportMix};
use super::wire::{
    BounceTrackResponseBody, CommandId, GetExportMixSourceListRequestBody,
    GetExportMixSourceListResponseBody,
};
use super::{json, refusal};
use crate::model::Range;

/// Seconds of sound, and whether they may go faster than they sound.
#[derive(Clone, Copy)]
struct Length {
    seconds: f64,
    offline: bool,
}

impl Length {
    fn of(range: Range, sample_rate: u32, offline: bool) -> Self {
        Self {
            seconds: range.len() as f64 / f64::from(sample_rate.max(1)),
            offline,
        }
    }
}

impl Client {
    /// Blocks until the bounce is written; `deadline` bounds it. The range should be the timeline
    /// selection too: servers before 2025.6 know no other.
    pub async fn export_mix(&self, request: &ExportMix, deadline: Duration) -> Result<()> {
        let names: Vec<String> = request
            .sources
            .iter()
            .map(|text| export::source(text).1.to_owned())
            .collect();
        let refused = match self.export_from(request, &names, deadline).await {
            Err(error @ PtslError::Refused { .. }) => error,
            outcome => return outcome,
        };
        // The menu may call it `Out 1-2 (Stereo)`; and who asked for a wrong one wants the list.
        match self.better_names(request, &names).await? {
            Some(better) => self.export_from(request, &better, deadline).await,
            None => Err(refused),
        }
    }

    /// The names as the server has them; `None` when there is nothing better than those that were
    /// refused.
    async fn better_names(
        &self,
        request: &ExportMix,
        names: &[String],
    ) -> Result<Option<Vec<String>>> {
        let mut better = Vec::with_capacity(names.len());
        for (text, name) in request.sources.iter().zip(names) {
            let kind = export::kind_word(text);
            let known = self.mix_sources(kind).await.unwrap_or_default();
            if known.is_empty() {
                return Ok(None);
            }
            if known.contains(name) {
                better.push(name.clone());
                continue;
            }
            let longer = format!("{name} (");
            let mut fitting = known.iter().filter(|source| source.starts_with(&longer));
            let (Some(only), None) = (fitting.next(), fitting.next()) else {
                let known = refusal::shown(&known.join(", "));
                return Err(PtslError::BadArgument {
                    command: "ExportMix".to_owned(),
                    reason: format!("there is no mix source '{name}'; Pro Tools has {known}"),
                });
            };
            better.push(only.clone());
        }
        Ok(Some(better).filter(|better| better.as_slice() != names))
    }

    async fn export_from(
        &self,
        request: &ExportMix,
        names: &[String],
        deadline: Duration,
    ) -> Result<()> {
        let body = export::body(request, names, self.version())?;
        let length = Length::of(request.range, request.sample_rate, request.offline);
        self.bounce(CommandId::ExportMix, &body, deadline, length)
            .await?;
        Ok(())
    }

    /// Sends a bounce, tells how long it should take, and learns from how long it took.
    async fn bounce(
        &self,
        command: CommandId,
        body: &str,
        deadline: Duration,
        length: Length,
    ) -> Result<String> {
        let pace = if length.offline { self.pace() } else { 1.0 };
        self.expect_length(Duration::try_from_secs_f64(length.seconds / pace).ok());
        let started = Instant::now();
        let answer = self.call(command, body, Some(deadline)).await?;
        let took = started.elapsed().as_secs_f64();
        if length.offline && took > 0.0 {
            self.learn_pace(length.seconds / took);
        }
        Ok(answer)
    }

    /// Prints one track as it stands; the paths that Pro Tools says it wrote, none for a track
    /// without sound of its own. Set the timeline selection to the range first. Since 2025.6.
    pub async fn bounce_track(
        &self,
        request: &BounceTrack,
        deadline: Duration,
    ) -> Result<Vec<String>> {
        let command = CommandId::CIdBounceTrack;
        let body = export::track_body(request, self.version())?;
        let length = Length::of(request.range, request.sample_rate, request.offline);
        let answer = self.bounce(command, &body, deadline, length).await?;
        let answer: BounceTrackResponseBody = json::read("BounceTrackResponseBody", &answer)
            .map_err(|error| super::client::unreadable(command, &error.to_string()))?;
        Ok(answer.file_paths)
    }

    /// Names of the mix sources of a type (`output`, `bus`, `physical`, `renderer`). Since 2025.6.
    pub async fn mix_sources(&self, kind: &str) -> Result<Vec<String>> {
        let kind = export::source_type(kind).ok_or_else(|| PtslError::BadArgument {
            command: "GetExportMixSourceList".to_owned(),
            reason: format!("'{kind}' is none of output, bus, physical and renderer"),
        })?;
        let request = GetExportMixSourceListRequestBody {
            r#type: kind as i32,
        };
        let body = json::request("GetExportMixSourceListRequestBody", &request).unwrap_or_default();
        let answer: GetExportMixSourceListResponseBody = self
            .ask(CommandId::CIdGetExportMixSourceList, &body)
            .await?;
        Ok(answer.source_list)
    }
}
