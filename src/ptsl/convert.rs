//! Wire messages to the program's own words. Pure; refuses nothing that it can pass on.

use super::wire;
use crate::model::track::{Inherited, TrackId};
use crate::model::{Marker, Track, TrackKind, TransportState};

/// A channel strip. Kinds and formats without a name here become `Other` and no channels.
pub fn track(wire: wire::Track) -> Track {
    let attributes = wire.track_attributes.unwrap_or_default();
    let (channels, format) = format(wire.format);
    Track {
        id: TrackId(wire.id),
        name: wire.name,
        kind: kind(wire.r#type),
        index: u32::try_from(wire.index).unwrap_or(0),
        channels,
        format,
        color: color(&wire.color),
        folder: Some(wire.parent_folder_name).filter(|name| !name.is_empty()),
        folder_id: Some(wire.parent_folder_id)
            .filter(|id| !id.is_empty())
            .map(TrackId),
        muted: attributes.is_muted,
        soloed: attributes.is_soloed,
        solo_safe: attributes.is_soloed_safe,
        record_enabled: attributes.is_record_enabled,
        input_monitoring: inherited(attributes.is_input_monitoring_on).is_set(),
        hidden: inherited(attributes.is_hidden),
        inactive: inherited(attributes.is_inactive),
        frozen: attributes.is_frozen,
        open: attributes.is_open,
        volume_db: None,
        pan: None,
        comments: String::new(),
        follows_bars: wire.timebase == wire::TrackTimebase::TtbTicks as i32,
        record_safe: attributes.is_record_enabled_safe,
    }
}

fn kind(number: i32) -> TrackKind {
    use wire::TrackType as T;
    match T::try_from(number) {
        Ok(T::Midi) => TrackKind::Midi,
        Ok(T::AudioTrack) => TrackKind::Audio,
        Ok(T::Aux) => TrackKind::Aux,
        Ok(T::VideoTrack) => TrackKind::Video,
        Ok(T::Vca) => TrackKind::Vca,
        Ok(T::Instrument) => TrackKind::Instrument,
        Ok(T::Master) => TrackKind::Master,
        Ok(T::BasicFolder) => TrackKind::Folder,
        Ok(T::RoutingFolder) => TrackKind::RoutingFolder,
        _ => TrackKind::Other,
    }
}

fn inherited(number: i32) -> Inherited {
    use wire::TrackAttributeState as A;
    let state = A::try_from(number).unwrap_or(A::None);
    Inherited {
        explicit: matches!(state, A::SetExplicitly | A::SetExplicitlyAndImplicitly),
        implicit: matches!(state, A::SetImplicitly | A::SetExplicitlyAndImplicitly),
    }
}

/// Channels and name of a format, from its number: `2, "stereo"`, `6, "5.1"`, `10, "5.1.4"`.
pub fn format(number: i32) -> (u16, String) {
    let names = super::names::names_of("TrackFormat", number);
    let Some((_, name)) = names.first().and_then(|name| name.split_once('_')) else {
        return (0, String::new());
    };
    match name {
        "Mono" => (1, "mono".to_owned()),
        "Stereo" => (2, "stereo".to_owned()),
        "LCR" => (3, "LCR".to_owned()),
        "LCRS" => (4, "LCRS".to_owned()),
        "Quad" => (4, "quad".to_owned()),
        "Unknown" | "None" => (0, String::new()),
        "Overhead" => (0, "overhead".to_owned()),
        other => match other.split_once("OrderAmbisonics") {
            Some((order, _)) => {
                let order: u16 = order
                    .trim_end_matches(|c: char| c.is_ascii_alphabetic())
                    .parse()
                    .unwrap_or(0);
                ((order + 1).pow(2), format!("ambisonics {order}"))
            }
            None => {
                let channels = other.split('_').filter_map(|part| part.parse::<u16>().ok());
                (
                    channels.sum(),
                    other.replace("_SDDS", " SDDS").replace('_', "."),
                )
            }
        },
    }
}

/// `#aarrggbb`, or `#rrggbb`; nothing for an empty or odd text.
pub fn color(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().strip_prefix('#')?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    if !matches!(digits.len(), 6 | 8) || digits.starts_with('+') {
        return None;
    }
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}

/// A decimal number of samples; `None` for every other form of time.
pub fn samples(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// The transport in our four states, and whether it runs at half speed.
pub fn transport(number: Option<i32>) -> (TransportState, bool) {
    use wire::TransportState as T;
    match number.and_then(|number| T::try_from(number).ok()) {
        Some(T::TsTransportStopped) => (TransportState::Stopped, false),
        Some(T::TsTransportPlaying) => (TransportState::Playing, false),
        Some(T::TsTransportPlayingHalfSpeed) => (TransportState::Playing, true),
        Some(T::TsTransportRecording) => (TransportState::Recording, false),
        Some(T::TsTransportRecordingHalfSpeed) => (TransportState::Recording, true),
        _ => (TransportState::Busy, false),
    }
}

/// A memory location whose times are already known in samples.
pub fn marker(wire: wire::MemoryLocation, start: i64, end: Option<i64>) -> Marker {
    let is_selection = wire.time_properties == wire::TimeProperties::TpSelection as i32;
    let is_on_ruler = wire.location == wire::MarkerLocation::NamedRuler as i32;
    let place = Some(wire.track_name).filter(|name| !name.is_empty());
    let (track, ruler) = if is_on_ruler {
        (None, place)
    } else {
        (place, None)
    };
    Marker {
        number: wire.number,
        name: wire.name,
        start,
        end: end.filter(|end| is_selection && *end > start),
        comments: wire.comments,
        track,
        color: wire.color_index,
        ruler,
        follows_bars: wire.reference == wire::MemoryLocationReference::MlrBarBeat as i32,
    }
}

/// A number hidden in the name of an enum that the table lacks: `SRate_384000`, `BDepth_32Float`.
pub fn digits(name: &str) -> Option<u32> {
    let start = name.find(|c: char| c.is_ascii_digit())?;
    let digits: String = name
        .get(start..)?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_channels_and_usual_names() {
        for (name, channels, text) in [
            ("TF_Mono", 1, "mono"),
            ("TF_Stereo", 2, "stereo"),
            ("TF_2_1", 3, "2.1"),
            ("TF_5_1", 6, "5.1"),
            ("TF_7_1_SDDS", 8, "7.1 SDDS"),
            ("TF_7_1_4", 12, "7.1.4"),
            ("TF_9_1_6", 16, "9.1.6"),
            ("TF_1stOrderAmbisonics", 4, "ambisonics 1"),
            ("TF_7thOrderAmbisonics", 64, "ambisonics 7"),
            ("TF_None", 0, ""),
        ] {
            let number = crate::ptsl::names::number_of("TrackFormat", name).unwrap();
            assert_eq!(format(number), (channels, text.to_owned()), "{name}");
        }
        assert_eq!(format(999), (0, String::new()));
    }

    #[test]
    fn colours_drop_their_alpha() {
        for (text, expected) in [
            ("#ff2a2b2c", Some([0x2a, 0x2b, 0x2c])),
            ("#2a2b2c", Some([0x2a, 0x2b, 0x2c])),
            ("", None),
            ("red", None),
            ("#ééé", None),
            ("#+f2a2b2c", None),
        ] {
            assert_eq!(color(text), expected, "{text}");
        }
    }

    #[test]
    fn states_are_inherited_or_own() {
        for (number, explicit, implicit) in [
            (0, false, false),
            (1, false, false),
            (2, true, false),
            (3, false, true),
            (4, true, true),
            (9, false, false),
        ] {
            assert_eq!(inherited(number), Inherited { explicit, implicit });
        }
    }

    #[test]
    fn only_a_plain_stop_is_stopped() {
        assert_eq!(transport(Some(2)).0, TransportState::Stopped);
        assert_eq!(transport(Some(4)), (TransportState::Playing, true));
        for odd in [None, Some(0), Some(10), Some(14), Some(77)] {
            assert_eq!(transport(odd).0, TransportState::Busy);
        }
    }

    #[test]
    fn numbers_are_found_in_unknown_names() {
        assert_eq!(digits("SRate_384000"), Some(384_000));
        assert_eq!(digits("Bit32Float"), Some(32));
        assert_eq!(digits("SR_None"), None);
    }
}
