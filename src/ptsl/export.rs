//! The requests of ExportMix and BounceTrack, in the shapes that are known to work (BEHAVIOUR of
//! other clients on 2025.x), and for servers before 2025.6 in the one of their time.

use super::bounce_format::BounceFormat;
use super::client::Result;
use super::error::PtslError;
use super::json;
use super::version::Version;
use super::wire::{
    BounceTrackRequestBody, CompressionType, EmAudioInfo, EmDeliveryFormat, EmDolbyAtmosInfo,
    EmFileDestination, EmLocationInfo, EmSourceInfo, EmSourceType, EmVideoExportOptions,
    EmVideoInfo, ExportFormat, ExportMixRequestBody, RenderAutomationOptions, SampleRate,
    TimelineLocation, TimelineLocationType, TripleBool,
};
use crate::model::{Range, TrackId};

/// What ExportMix is asked for: one interleaved file, or one for each of several sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportMix {
    /// Without extension.
    pub file_name: String,
    /// Absolute folder on the machine of Pro Tools.
    pub directory: String,
    /// `output:Out 1-2`, `bus:…`, `physical:…`, `renderer:…`. With several there is a file for
    /// each: `<file_name> (<source>).wav`.
    pub sources: Vec<String>,
    pub format: BounceFormat,
    pub sample_rate: u32,
    /// Session samples.
    pub range: Range,
    pub offline: bool,
}

/// What BounceTrack is asked for: one track as it stands after its own fader. The timeline
/// selection must be the range: only servers since 2026 are sent it too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BounceTrack {
    /// With its braces.
    pub track: TrackId,
    /// Pro Tools appends what it likes to it (channels, format).
    pub file_name_prefix: String,
    /// Absolute folder on the machine of Pro Tools.
    pub directory: String,
    pub format: BounceFormat,
    pub sample_rate: u32,
    /// Session samples.
    pub range: Range,
    pub offline: bool,
    pub volume_automation: bool,
    pub pan_automation: bool,
}

impl ExportMix {
    /// Names of the files that are expected in the folder, in the order of the sources.
    pub fn file_names(&self) -> Vec<String> {
        let extension = self.format.extension();
        match self.sources.as_slice() {
            [] | [_] => vec![format!("{}.{extension}", self.file_name)],
            several => several
                .iter()
                .map(|text| format!("{} ({}).{extension}", self.file_name, source(text).1))
                .collect(),
        }
    }
}

/// Type and name of a mix source written as `output:Out 1-2`, `bus:…`, `physical:…`,
/// `renderer:…`; without a known word before the colon it is an output.
pub fn source(text: &str) -> (EmSourceType, &str) {
    match text.split_once(':') {
        Some((kind, name)) if source_type(kind).is_some() => (
            source_type(kind).unwrap_or(EmSourceType::EmsTypeOutput),
            name.trim(),
        ),
        _ => (EmSourceType::EmsTypeOutput, text.trim()),
    }
}

/// `output`, `bus`, `physical`, `renderer`.
pub fn source_type(word: &str) -> Option<EmSourceType> {
    match word.trim().to_ascii_lowercase().as_str() {
        "output" => Some(EmSourceType::EmsTypeOutput),
        "bus" => Some(EmSourceType::EmsTypeBus),
        "physical" => Some(EmSourceType::EmsTypePhysicalOut),
        "renderer" => Some(EmSourceType::EmsTypeRenderer),
        _ => None,
    }
}

/// The word for the type of a mix source that is written like this.
pub fn kind_word(text: &str) -> &str {
    match text.split_once(':') {
        Some((kind, _)) if source_type(kind).is_some() => kind.trim(),
        _ => "output",
    }
}

/// The folder as Pro Tools wants it: with its separator at the end.
pub fn directory(path: &str) -> String {
    let is_windows = path.contains('\\') && !path.contains('/');
    let separator = if is_windows { '\\' } else { '/' };
    if path.ends_with(['/', '\\', ':']) {
        path.to_owned()
    } else {
        format!("{path}{separator}")
    }
}

fn bad(command: &str, reason: &str) -> PtslError {
    PtslError::BadArgument {
        command: command.to_owned(),
        reason: reason.to_owned(),
    }
}

fn check(command: &str, range: Range, name: &str, directory: &str) -> Result<()> {
    if range.is_empty() {
        return Err(bad(command, "the range is empty"));
    }
    if name.is_empty() || directory.is_empty() {
        return Err(bad(command, "a file name and a folder are needed"));
    }
    Ok(())
}

fn at(sample: i64) -> TimelineLocation {
    TimelineLocation {
        location: sample.to_string(),
        time_type: TimelineLocationType::TlTypeSamples as i32,
    }
}

fn triple(on: bool) -> i32 {
    if on {
        TripleBool::TbTrue as i32
    } else {
        TripleBool::TbFalse as i32
    }
}

fn location(folder: &str) -> EmLocationInfo {
    EmLocationInfo {
        import_after_bounce: TripleBool::TbFalse as i32,
        import_options: None,
        file_destination: EmFileDestination::EmFdDirectory as i32,
        directory: directory(folder),
    }
}

/// The body for a server of this version; `names` are those of the sources as the server has them.
pub fn body(request: &ExportMix, names: &[String], version: Version) -> Result<String> {
    let command = "ExportMix";
    check(
        command,
        request.range,
        &request.file_name,
        &request.directory,
    )?;
    if request.sources.is_empty() || names.len() != request.sources.len() {
        return Err(bad(command, "a mix source is needed"));
    }
    let sources: Vec<EmSourceInfo> = request
        .sources
        .iter()
        .zip(names)
        .map(|(text, name)| EmSourceInfo {
            source_type: source(text).0 as i32,
            name: name.clone(),
        })
        .collect();
    let delivery = match sources.len() {
        1 => EmDeliveryFormat::EmDfSingleFile,
        _ => EmDeliveryFormat::EmDfFilePerMixSource,
    };
    let is_modern = version.is_modern();
    let (files_list, mix_source_list) = if is_modern {
        (Vec::new(), sources)
    } else {
        (sources, Vec::new())
    };
    let message = ExportMixRequestBody {
        file_name: request.file_name.clone(),
        file_type: request.format.wire() as i32,
        files_list,
        mix_source_list,
        audio_info: Some(audio(request.sample_rate, request.format, delivery)),
        video_info: Some(EmVideoInfo {
            include_video: TripleBool::TbFalse as i32,
            export_option: EmVideoExportOptions::VeNone as i32,
            replace_timecode_track: TripleBool::TbFalse as i32,
            codec_info: None,
        }),
        location_info: Some(location(&request.directory)),
        dolby_atmos_info: Some(EmDolbyAtmosInfo::default()),
        offline_bounce: triple(request.offline),
        audio_encoding_options: request.format.encoding().filter(|_| is_modern),
        start_time: is_modern.then(|| at(request.range.start)),
        end_time: is_modern.then(|| at(request.range.end)),
        ..ExportMixRequestBody::default()
    };
    let text = json::sparse_request("ExportMixRequestBody", &message)
        .map_err(|error| bad(command, &error.to_string()))?;
    Ok(if is_modern { text } else { old_names(text) })
}

/// The body of BounceTrack.
pub fn track_body(request: &BounceTrack, version: Version) -> Result<String> {
    let command = "BounceTrack";
    let name = &request.file_name_prefix;
    check(command, request.range, name, &request.directory)?;
    let id = request.track.0.trim();
    if id.is_empty() {
        return Err(bad(command, "the track has no id"));
    }
    let braced = if id.starts_with('{') {
        id.to_owned()
    } else {
        format!("{{{id}}}")
    };
    let takes_range = version.track_takes_range();
    let delivery = EmDeliveryFormat::EmDfSingleFile;
    let message = BounceTrackRequestBody {
        preset_path: String::new(),
        file_name_prefix: name.clone(),
        file_type: request.format.wire() as i32,
        audio_info: Some(audio(request.sample_rate, request.format, delivery)),
        location_info: Some(location(&request.directory)),
        offline_bounce: triple(request.offline),
        audio_encoding_options: Some(request.format.encoding().unwrap_or_default()),
        src_track_id: braced,
        in_location: takes_range.then(|| at(request.range.start)),
        out_location: takes_range.then(|| at(request.range.end)),
        automation_options: Some(RenderAutomationOptions {
            render_volume_automation: request.volume_automation,
            render_pan_automation: request.pan_automation,
        }),
    };
    json::sparse_request("BounceTrackRequestBody", &message)
        .map_err(|error| bad(command, &error.to_string()))
}

fn audio(rate: u32, format: BounceFormat, delivery: EmDeliveryFormat) -> EmAudioInfo {
    let wire_rate = i32::try_from(rate).unwrap_or(0);
    let is_named = SampleRate::try_from(wire_rate).is_ok() && wire_rate > 1;
    EmAudioInfo {
        compression_type: CompressionType::CtPcm as i32,
        export_format: ExportFormat::EfInterleaved as i32,
        bit_depth: format.bit_depth() as i32,
        sample_rate: if is_named {
            wire_rate
        } else {
            SampleRate::SrNone as i32
        },
        pad_to_frame_boundary: TripleBool::TbFalse as i32,
        delivery_format: delivery as i32,
        sample_rate_custom: if is_named { 0 } else { wire_rate },
    }
}

/// The enums whose first name is not their oldest.
fn old_names(text: String) -> String {
    let sources = ["Output", "Bus", "PhysicalOut"]
        .iter()
        .fold(text, |text, name| {
            text.replace(
                &format!("\"source_type\":\"EMSType_{name}\""),
                &format!("\"source_type\":\"{name}\""),
            )
        });
    sources.replace("\"file_type\":\"EMFType_", "\"file_type\":\"EM_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Range;
    use serde_json::{Value, json};

    fn request() -> ExportMix {
        ExportMix {
            file_name: "Drums".to_owned(),
            directory: "/Volumes/Stems".to_owned(),
            sources: vec!["output:Out 1-2".to_owned()],
            format: BounceFormat::Wav,
            sample_rate: 48_000,
            range: Range::new(0, 96_000),
            offline: true,
        }
    }

    fn made(request: &ExportMix, version: Version) -> Value {
        let names: Vec<String> = request
            .sources
            .iter()
            .map(|text| source(text).1.to_owned())
            .collect();
        serde_json::from_str(&body(request, &names, version).unwrap()).unwrap()
    }

    #[test]
    fn the_body_has_the_shape_that_works() {
        assert_eq!(
            made(&request(), Version::new(2025, 6, 0)),
            json!({
                "file_name": "Drums", "file_type": "EMFType_WAV",
                "mix_source_list": [{"source_type": "EMSType_Output", "name": "Out 1-2"}],
                "audio_info": {
                    "compression_type": "CT_PCM", "export_format": "EF_Interleaved",
                    "bit_depth": "Bit32Float", "sample_rate": "SR_48000",
                    "pad_to_frame_boundary": "TB_False", "delivery_format": "EM_DF_SingleFile"
                },
                "video_info": {
                    "include_video": "TB_False", "export_option": "VE_None",
                    "replace_timecode_track": "TB_False"
                },
                "location_info": {
                    "import_after_bounce": "TB_False", "file_destination": "EM_FD_Directory",
                    "directory": "/Volumes/Stems/"
                },
                "dolby_atmos_info": {}, "offline_bounce": "TB_True",
                "start_time": {"location": "0", "time_type": "TLType_Samples"},
                "end_time": {"location": "96000", "time_type": "TLType_Samples"}
            })
        );
    }

    #[test]
    fn old_servers_get_old_fields_and_names() {
        let old = made(&request(), Version::new(5, 0, 0));
        assert_eq!(
            old["files_list"],
            json!([{"source_type": "Output", "name": "Out 1-2"}])
        );
        assert_eq!(old["file_type"], "EM_WAV");
        assert!(old.get("mix_source_list").is_none() && old.get("start_time").is_none());
    }

    #[test]
    fn odd_rates_are_sent_as_numbers() {
        let odd = ExportMix {
            sample_rate: 47_952,
            offline: false,
            ..request()
        };
        let made = made(&odd, Version::new(2025, 10, 0));
        assert_eq!(made["audio_info"]["sample_rate"], "SR_None");
        assert_eq!(made["audio_info"]["sample_rate_custom"], 47_952);
        assert_eq!(made["offline_bounce"], "TB_False");
    }

    #[test]
    fn several_sources_make_a_file_each() {
        let several = ExportMix {
            sources: vec!["bus:DX".to_owned(), "output:Out 1-2".to_owned()],
            format: BounceFormat::Mp3 { kbps: 320 },
            ..request()
        };
        let made = made(&several, Version::new(2025, 6, 0));
        assert_eq!(
            made["mix_source_list"],
            json!([
                {"source_type": "EMSType_Bus", "name": "DX"},
                {"source_type": "EMSType_Output", "name": "Out 1-2"}
            ])
        );
        assert_eq!(
            made["audio_info"]["delivery_format"],
            "EM_DF_FilePerMixSource"
        );
        assert_eq!(made["file_type"], "EMFType_MP3");
        assert_eq!(
            made["audio_encoding_options"]["encoding_options_mp3"]["bit_rate"],
            "MP3EOCBRate_320kbps"
        );
        assert_eq!(
            several.file_names(),
            ["Drums (DX).mp3", "Drums (Out 1-2).mp3"]
        );
    }

    #[test]
    fn a_track_bounce_has_braces_and_a_range_only_where_it_is_taken() {
        let request = BounceTrack {
            track: TrackId("00000000-2a000000".to_owned()),
            file_name_prefix: "Kick".to_owned(),
            directory: "/Volumes/Stems".to_owned(),
            format: BounceFormat::Wav,
            sample_rate: 48_000,
            range: Range::new(10, 20),
            offline: true,
            volume_automation: true,
            pan_automation: false,
        };
        let made = |version| -> Value {
            serde_json::from_str(&track_body(&request, version).unwrap()).unwrap()
        };
        let old = made(Version::new(2025, 6, 0));
        assert_eq!(old["src_track_id"], "{00000000-2a000000}");
        assert!(old.get("in_location").is_none());
        assert_eq!(
            old["automation_options"],
            json!({"render_volume_automation": true})
        );
        assert_eq!(old["audio_encoding_options"], json!({}));
        assert_eq!(
            made(Version::new(2026, 4, 0))["out_location"]["location"],
            "20"
        );
    }

    #[test]
    fn folders_end_with_their_separator() {
        for (path, expected) in [
            ("/a/b", "/a/b/"),
            ("/a/b/", "/a/b/"),
            (r"D:\Stems", r"D:\Stems\"),
            ("D:/Stems", "D:/Stems/"),
            ("Macintosh HD:Stems:", "Macintosh HD:Stems:"),
        ] {
            assert_eq!(directory(path), expected);
        }
    }

    #[test]
    fn sources_are_read_with_and_without_their_type() {
        for (text, kind, name) in [
            ("output:Out 1-2", EmSourceType::EmsTypeOutput, "Out 1-2"),
            ("bus: DX Bus", EmSourceType::EmsTypeBus, "DX Bus"),
            ("physical:A 1-2", EmSourceType::EmsTypePhysicalOut, "A 1-2"),
            ("Main L:R", EmSourceType::EmsTypeOutput, "Main L:R"),
        ] {
            assert_eq!(source(text), (kind, name));
        }
    }

    #[test]
    fn an_empty_range_is_refused_before_it_is_sent() {
        let empty = ExportMix {
            range: Range::new(5, 5),
            ..request()
        };
        assert!(body(&empty, &["Out 1-2".to_owned()], Version::new(5, 0, 0)).is_err());
    }
}
