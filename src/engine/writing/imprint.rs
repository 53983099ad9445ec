//! What the files of a print say of themselves: session, stem, tracks, markers, when they were made and
//! how. The same for the same job and moment, whoever writes them.

use crate::media::tags::{Cue, Tags};
use crate::model::plan::PlannedStem;
use crate::model::stem::{BitDepth, ChannelMode, Dither, EngineKind};
use crate::model::{Now, Plan};

/// What all files of a plan have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Imprint {
    common: Tags,
    rate: u32,
    /// Of the session, which is that of a bounce.
    session_rate: u32,
    dither: Dither,
}

impl Imprint {
    /// Of a job that began at a moment.
    pub fn of(plan: &Plan, begun: Now) -> Self {
        let local = crate::clock::utc_text(begun.local_ms(begun.unix_ms));
        let (date, time) = local.split_once('T').unwrap_or_default();
        let start = plan.range.start;
        let cue = |marker: &crate::model::Marker| Cue {
            frame: plan.frame_of(marker.start.saturating_sub(start)),
            label: marker.name.clone(),
        };
        Self {
            common: Tags {
                originator: "PT-STEM".to_owned(),
                date: date.to_owned(),
                time: time.trim_end_matches('Z').to_owned(),
                session: plan.session.clone(),
                timecode: Some(plan.ruler.rate),
                cues: plan.about.markers.iter().map(cue).collect(),
                ..Tags::default()
            },
            rate: plan.output.rate,
            session_rate: plan.sample_rate,
            dither: plan.output.dither,
        }
    }

    /// Of one of its files; `channel` where that holds but one of the stem's.
    pub fn tags(&self, stem: &PlannedStem, channel: Option<&str>) -> Tags {
        let tracks: Vec<String> = stem.tracks.iter().map(|track| track.name.clone()).collect();
        let named = |channel: &str| format!("{} {channel}", stem.name);
        let channels = match (channel, stem.channel_count) {
            (Some(channel), _) => vec![named(channel)],
            (None, 1) => vec![stem.name.clone()],
            (None, _) => stem.layout().sides().into_iter().map(named).collect(),
        };
        Tags {
            description: format!(
                "{} - {}: {}",
                self.common.session,
                stem.name,
                tracks.join(", ")
            ),
            coding_history: self.history(stem),
            stem: stem.name.clone(),
            tracks,
            channels,
            ..self.common.clone()
        }
    }

    /// A line for each step (EBU R 98).
    fn history(&self, stem: &PlannedStem) -> String {
        let mode = |channels: u16| match channels {
            1 => "mono",
            2 => "stereo",
            _ => "multichannel",
        };
        let bounced = match stem.channels {
            ChannelMode::Wide(layout) => mode(layout.channels()),
            _ => "stereo",
        };
        let line = |rate: u32, bits: u16, mode: &str, by: &str| {
            format!("A=PCM,F={rate},W={bits},M={mode},T={by}\r\n")
        };
        let program = concat!("pt-stem ", env!("CARGO_PKG_VERSION"));
        let is_dithered = self.dither == Dither::Tpdf && stem.bits != BitDepth::Float32;
        let how = match (stem.engine, is_dithered) {
            (EngineKind::Render, false) => format!("{program}; render"),
            (EngineKind::Render, true) => format!("{program}; render; TPDF dither"),
            (EngineKind::Bounce, false) => program.to_owned(),
            (EngineKind::Bounce, true) => format!("{program}; TPDF dither"),
        };
        let own = line(self.rate, stem.bits.bits(), mode(stem.channel_count), &how);
        match stem.engine {
            EngineKind::Render => own,
            EngineKind::Bounce => line(self.session_rate, 32, bounced, "Pro Tools; bounce") + &own,
        }
    }
}
