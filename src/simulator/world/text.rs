//! The session as text, in the layout of Pro Tools' own export (2025: markers name their ruler).
//! Tab-separated, LF, each block followed by two blank lines. Control characters in names become
//! blanks, since they would break the columns.

use std::fmt::Write as _;
use std::path::Path;

use crate::model::{Clip, Lane, TimecodeRate, TrackKind};
use crate::ptsl::wire::{
    ExportSessionInfoAsTextRequestBody, MarkerLocation, MemoryLocationReference,
    TimelineLocationType, TrackListType,
};
use crate::simulator::world::OpenSession;
use crate::simulator::world::clips::{ClipList, channel_tail};
use crate::simulator::world::times::{Times, from_offset_options};
use crate::simulator::world::tracks::Strip;

/// One export on its way.
struct Export<'a> {
    session: &'a OpenSession,
    request: &'a ExportSessionInfoAsTextRequestBody,
    times: Times,
    kind: TimelineLocationType,
    names: ClipList,
    out: String,
}

/// The whole text.
pub fn export(session: &OpenSession, request: &ExportSessionInfoAsTextRequestBody) -> String {
    let kind = match request.location_type() {
        TimelineLocationType::TlTypeUnknown => from_offset_options(request.track_offset_options()),
        kind => kind,
    };
    let mut export = Export {
        session,
        request,
        times: session.times(),
        kind: match kind {
            TimelineLocationType::TlTypeUnknown => TimelineLocationType::TlTypeTimeCode,
            kind => kind,
        },
        names: session.clip_list(),
        out: String::new(),
    };
    export.header();
    if request.include_file_list {
        export.files();
    }
    if request.include_clip_list {
        export.clips();
    }
    if request.include_plugin_list {
        export.plug_ins();
    }
    if request.include_track_edls {
        export.tracks();
    }
    if request.include_markers {
        export.markers();
    }
    export.out
}

fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// `29.97 Drop Frame`.
fn timecode_format(rate: TimecodeRate) -> String {
    let number = rate.text().trim_end_matches(" df");
    let drop = if rate.is_drop() { " Drop" } else { "" };
    format!("{number}{drop} Frame")
}

/// The folder of a file as Pro Tools writes it: colons, the disk first.
fn hfs_folder(path: &Path) -> String {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let parts: Vec<String> = folder
        .components()
        .filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(plain(&name.to_string_lossy())),
            _ => None,
        })
        .collect();
    format!("Macintosh HD:{}:", parts.join(":"))
}

impl Export<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn end_block(&mut self) {
        self.out.push_str("\n\n");
    }

    fn header(&mut self) {
        let info = &self.session.info;
        let start = info.ruler.start();
        let sub = if self.request.show_sub_frames {
            ".00"
        } else {
            ""
        };
        let lanes = &self.session.arrangement.lanes;
        let clips: usize = lanes
            .iter()
            .map(|lane| lane.clips.len() * usize::from(lane.channels.max(1)))
            .sum();
        let audio = self
            .session
            .strips
            .iter()
            .filter(|strip| strip.track.kind == TrackKind::Audio)
            .count();
        let depth = match info.bit_depth {
            32 => "32-bit float".to_owned(),
            bits => format!("{bits}-bit"),
        };
        let text = format!(
            "SESSION NAME:\t{}\nSAMPLE RATE:\t{}.000000\nBIT DEPTH:\t{depth}\n\
             SESSION START TIMECODE:\t{start}{sub}\nTIMECODE FORMAT:\t{}\n\
             # OF AUDIO TRACKS:\t{audio}\n# OF AUDIO CLIPS:\t{clips}\n# OF AUDIO FILES:\t{}",
            plain(&info.name),
            info.sample_rate,
            timecode_format(info.ruler.rate),
            self.session.arrangement.files.len(),
        );
        self.line(&text);
        self.end_block();
    }

    fn files(&mut self) {
        self.line("F I L E S  I N  S E S S I O N");
        self.line("Filename     \tLocation");
        let session = self.session;
        for file in &session.arrangement.files {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            self.line(&format!("{}\t{}", plain(&name), hfs_folder(&file.path)));
        }
        self.end_block();
    }

    fn name_of(&self, clip: &Clip) -> String {
        plain(self.names.name_of(&self.session.arrangement, clip))
    }

    fn clips(&mut self) {
        self.line("O N L I N E  C L I P S  I N  S E S S I O N");
        self.line("CLIP NAME       \tSource File");
        let mut rows: Vec<String> = Vec::new();
        for listed in self.names.items() {
            let file = listed.piece.file.file_name().unwrap_or_default();
            let file = plain(&file.to_string_lossy());
            let name = plain(&listed.name);
            for channel in 0..listed.channels {
                let tail = channel_tail(listed.channels, channel);
                rows.push(format!("{name}{tail}   \t{file}\t[{}]", channel + 1));
            }
        }
        rows.sort();
        for row in rows {
            self.line(&row);
        }
        self.end_block();
    }

    fn plug_ins(&mut self) {
        self.line("P L U G - I N S  L I S T I N G");
        self.line(
            "MANUFACTURER            \tPLUG-IN NAME            \tVERSION         \t\
             FORMAT          \tSTEMS                   \tNUMBER OF INSTANCES",
        );
        self.end_block();
    }

    fn tracks(&mut self) {
        self.line("T R A C K  L I S T I N G");
        let only_selected = self.request.track_list_type() == TrackListType::SelectedTracksOnly;
        let session = self.session;
        for strip in &session.strips {
            let is_listed = strip.track.kind.is_sounding() || strip.track.kind == TrackKind::Master;
            if is_listed && (strip.selected || !only_selected) {
                self.track(strip);
            }
        }
    }

    fn track(&mut self, strip: &Strip) {
        let track = &strip.track;
        let format = match (track.channels, track.format.as_str()) {
            (0 | 1, _) => String::new(),
            (2, _) => " (Stereo)".to_owned(),
            (_, format) => format!(" ({format})"),
        };
        self.line(&format!("TRACK NAME:\t{}{format}", plain(&track.name)));
        self.line(&format!("COMMENTS:\t{}", plain(&track.comments)));
        self.line("USER DELAY:\t0 Samples");
        let mut state = "STATE: ".to_owned();
        for (on, word) in [
            (track.inactive.is_set(), "Inactive "),
            (track.muted, "Muted "),
            (track.soloed, "Solo "),
            (track.hidden.is_set(), "Hidden "),
        ] {
            if on {
                state.push_str(word);
            }
        }
        self.line(&state);
        if self.request.include_plugin_list {
            self.line("PLUG-INS: ");
        }
        let stamp = if self.request.include_user_timestamps {
            "TIMESTAMP         \t"
        } else {
            ""
        };
        self.line(&format!(
            "CHANNEL \tEVENT   \tCLIP NAME                     \tSTART TIME    \t\
             END TIME      \tDURATION      \t{stamp}STATE"
        ));
        let session = self.session;
        let lane = strip.lane.and_then(|at| session.arrangement.lanes.get(at));
        for channel in 0..track.channels.max(1) {
            if let Some(lane) = lane {
                self.events(lane, channel);
            }
            self.end_block();
        }
    }

    fn events(&mut self, lane: &Lane, channel: u16) {
        let mut clips: Vec<&Clip> = lane.clips.iter().collect();
        clips.sort_by_key(|clip| clip.start);
        for (index, clip) in clips.into_iter().enumerate() {
            let name = format!(
                "{}{}",
                self.name_of(clip),
                channel_tail(lane.channels, channel)
            );
            let stamp = if self.request.include_user_timestamps {
                format!("{:>18}\t", self.time(clip.start))
            } else {
                String::new()
            };
            let state = if clip.muted { "Muted" } else { "Unmuted" };
            let row = format!(
                "{:<8}\t{:<8}\t{name:<30}\t{:>14}\t{:>14}\t{:>14}\t{stamp}{state}",
                channel + 1,
                index + 1,
                self.time(clip.start),
                self.time(clip.end()),
                self.duration(clip.end().saturating_sub(clip.start)),
            );
            self.line(&row);
        }
    }

    fn time(&self, sample: i64) -> String {
        let sub_frames = self.request.show_sub_frames;
        self.times.text(sample, self.kind, sub_frames)
    }

    /// A length, which counts from zero and not from the session start.
    fn duration(&self, samples: i64) -> String {
        let mut times = self.times;
        times.ruler.start_frame = 0;
        times.text(samples, self.kind, self.request.show_sub_frames)
    }

    fn markers(&mut self) {
        self.line("M A R K E R S  L I S T I N G");
        self.line(
            "#   \tLOCATION     \tTIME REFERENCE    \tUNITS    \tNAME                             \t\
             TRACK NAME                       \tTRACK TYPE   \tCOMMENTS",
        );
        let session = self.session;
        for marker in &session.markers {
            let is_bars = marker.reference == MemoryLocationReference::MlrBarBeat;
            let (reference, units) = if is_bars {
                let kind = TimelineLocationType::TlTypeBarsBeats;
                (self.times.format(marker.start, kind), "Ticks")
            } else {
                (marker.start.to_string(), "Samples")
            };
            let (ruler, kind) = match marker.location {
                MarkerLocation::MlcTrack => (plain(&marker.track), "Track"),
                _ => ("Markers".to_owned(), "Ruler"),
            };
            let mut row = String::new();
            // Writing to a String cannot fail.
            let _ = write!(
                row,
                "{:<4}\t{:<13}\t{reference:<18}\t{units:<9}\t{:<33}\t{ruler:<33}\t{kind:<33}\t{}",
                marker.number,
                self.time(marker.start),
                plain(&marker.name),
                plain(&marker.comments),
            );
            self.line(&row);
        }
        self.end_block();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Marker;
    use crate::model::clip::SourceFile;
    use crate::simulator::world::markers::MemoryLocation;
    use crate::simulator::world::tests::session;
    use crate::simulator::world::tracks::Switch;
    use std::sync::Arc;

    fn with_clip() -> OpenSession {
        let mut session = session();
        let mut arrangement = (*session.arrangement).clone();
        arrangement.files.push(SourceFile {
            path: "/audio/Bass DI.wav".into(),
            name: "Bass DI.wav".to_owned(),
        });
        arrangement.lanes[3].clips.push(Clip {
            start: 48_000 * 8,
            length: 48_000 * 87 + 1920 * 3,
            ..Clip::default()
        });
        session.arrangement = Arc::new(arrangement);
        session
    }

    #[test]
    fn the_layout_is_pro_tools_own() {
        let mut session = with_clip();
        session
            .switch(Switch::Mute, &["Bass".to_owned()], true)
            .unwrap();
        session.markers.push(MemoryLocation::from(Marker {
            number: 1,
            name: "Verse".to_owned(),
            start: 96_000,
            comments: "loud".to_owned(),
            ..Marker::default()
        }));
        let request = ExportSessionInfoAsTextRequestBody {
            include_file_list: true,
            include_track_edls: true,
            include_markers: true,
            ..Default::default()
        };
        let text = export(&session, &request);
        for piece in [
            "SESSION NAME:\tSong\nSAMPLE RATE:\t48000.000000\nBIT DEPTH:\t24-bit\n\
             SESSION START TIMECODE:\t01:00:00:00\nTIMECODE FORMAT:\t25 Frame\n\
             # OF AUDIO TRACKS:\t4\n# OF AUDIO CLIPS:\t2\n# OF AUDIO FILES:\t1\n\n\n",
            "Bass DI.wav\tMacintosh HD:audio:\n\n\n",
            "TRACK NAME:\tBass (Stereo)\nCOMMENTS:\t\nUSER DELAY:\t0 Samples\nSTATE: Muted \n\
             CHANNEL \tEVENT   \tCLIP NAME                     \tSTART TIME    \t",
            "1       \t1       \tBass DI-01.L                  \t   01:00:08:00\t   01:01:35:03\t   00:01:27:03\tUnmuted\n\n\n2       \t1",
            "1   \t01:00:02:00  \t96000             \tSamples  \tVerse                            \tMarkers",
        ] {
            assert!(text.contains(piece), "{piece}\nis not in\n{text}");
        }
    }

    #[test]
    fn other_formats_and_time_stamps() {
        let session = with_clip();
        let mut request = ExportSessionInfoAsTextRequestBody {
            include_track_edls: true,
            include_user_timestamps: true,
            ..Default::default()
        };
        request.set_location_type(TimelineLocationType::TlTypeSamples);
        let text = export(&session, &request);
        let row = "\t        384000\t       4565760\t       4181760\t            384000\tUnmuted\n";
        assert!(text.contains(row), "{text}");
        request.set_location_type(TimelineLocationType::TlTypeMinSecs);
        let text = export(&session, &request);
        assert!(text.contains("\t          0:08\t"), "{text}");
        request.show_sub_frames = true;
        let text = export(&session, &request);
        assert!(text.contains("\t      0:08.000\t"), "{text}");
        assert!(text.contains("SESSION START TIMECODE:\t01:00:00:00.00\n"));
    }
}
