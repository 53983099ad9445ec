//! The request of ExportMix, in the shape that is known to work (BEHAVIOUR of other clients on
//! 2025.x), and for servers before 2025.6 in the one of their time.

use super::channel::Version;
use super::client::{ExportMix, Result};
use super::error::PtslError;
use super::json;
use super::wire::{
    BitDepth, CompressionType, EmAudioInfo, EmDeliveryFormat, EmDolbyAtmosInfo, EmFileDestination,
    EmFileType, EmLocationInfo, EmSourceInfo, EmSourceType, EmVideoExportOptions, EmVideoInfo,
    ExportFormat, ExportMixRequestBody, SampleRate, TimelineLocation, TimelineLocationType,
    TripleBool,
};

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

/// The body for a server of this version, naming its source `name`.
pub fn body(request: &ExportMix, name: &str, version: Version) -> Result<String> {
    let bad = |reason: &str| PtslError::BadArgument {
        command: "ExportMix".to_owned(),
        reason: reason.to_owned(),
    };
    if request.range.is_empty() {
        return Err(bad("the range is empty"));
    }
    if request.file_name.is_empty() || request.directory.is_empty() {
        return Err(bad("a file name and a folder are needed"));
    }
    let (source_type, _) = source(&request.mix_source);
    let sources = vec![EmSourceInfo {
        source_type: source_type as i32,
        name: name.to_owned(),
    }];
    let at = |sample: i64| TimelineLocation {
        location: sample.to_string(),
        time_type: TimelineLocationType::TlTypeSamples as i32,
    };
    let is_modern = version.is_modern();
    let message = ExportMixRequestBody {
        file_name: request.file_name.clone(),
        file_type: EmFileType::EmfTypeWav as i32,
        files_list: if is_modern {
            Vec::new()
        } else {
            sources.clone()
        },
        mix_source_list: if is_modern { sources } else { Vec::new() },
        audio_info: Some(audio(request.sample_rate)),
        video_info: Some(EmVideoInfo {
            include_video: TripleBool::TbFalse as i32,
            export_option: EmVideoExportOptions::VeNone as i32,
            replace_timecode_track: TripleBool::TbFalse as i32,
            codec_info: None,
        }),
        location_info: Some(EmLocationInfo {
            import_after_bounce: TripleBool::TbFalse as i32,
            import_options: None,
            file_destination: EmFileDestination::EmFdDirectory as i32,
            directory: directory(&request.directory),
        }),
        dolby_atmos_info: Some(EmDolbyAtmosInfo::default()),
        offline_bounce: if request.offline {
            TripleBool::TbTrue as i32
        } else {
            TripleBool::TbFalse as i32
        },
        start_time: is_modern.then(|| at(request.range.start)),
        end_time: is_modern.then(|| at(request.range.end)),
        ..ExportMixRequestBody::default()
    };
    let text = json::sparse_request("ExportMixRequestBody", &message)
        .map_err(|error| bad(&error.to_string()))?;
    Ok(if is_modern { text } else { old_names(text) })
}

fn audio(rate: u32) -> EmAudioInfo {
    let wire_rate = i32::try_from(rate).unwrap_or(0);
    let is_named = SampleRate::try_from(wire_rate).is_ok() && wire_rate > 1;
    EmAudioInfo {
        compression_type: CompressionType::CtPcm as i32,
        export_format: ExportFormat::EfInterleaved as i32,
        bit_depth: BitDepth::Bit32Float as i32,
        sample_rate: if is_named {
            wire_rate
        } else {
            SampleRate::SrNone as i32
        },
        pad_to_frame_boundary: TripleBool::TbFalse as i32,
        delivery_format: EmDeliveryFormat::EmDfSingleFile as i32,
        sample_rate_custom: if is_named { 0 } else { wire_rate },
    }
}

/// The enums whose first name is not their oldest.
fn old_names(text: String) -> String {
    ["Output", "Bus", "PhysicalOut"]
        .iter()
        .fold(text, |text, name| {
            text.replace(
                &format!("\"source_type\":\"EMSType_{name}\""),
                &format!("\"source_type\":\"{name}\""),
            )
        })
        .replace("\"file_type\":\"EMFType_WAV\"", "\"file_type\":\"EM_WAV\"")
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
            mix_source: "output:Out 1-2".to_owned(),
            sample_rate: 48_000,
            range: Range::new(0, 96_000),
            offline: true,
        }
    }

    fn made(request: &ExportMix, version: Version) -> Value {
        let (_, name) = source(&request.mix_source);
        serde_json::from_str(&body(request, name, version).unwrap()).unwrap()
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
        assert!(body(&empty, "Out 1-2", Version::new(5, 0, 0)).is_err());
    }
}
