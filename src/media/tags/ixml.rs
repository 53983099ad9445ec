//! The `iXML` chunk (version 2.10 of its specification): names of session, stem and channels, the
//! timecode rate. What has no field of its own there, the tracks of a stem, stands in `USER`.

use super::{MOST_CUES, MOST_NAME, Tags, cut};
use crate::media::container::WriteSpec;
use crate::model::TimecodeRate;

/// As long for the same tags and format.
pub fn encode(tags: &Tags, spec: &WriteSpec) -> Vec<u8> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BWFXML>\n");
    let mut put = |level: usize, name: &str, value: &str| {
        let indent = "  ".repeat(level);
        out.push_str(&format!("{indent}<{name}>{}</{name}>\n", escaped(value)));
    };
    put(1, "IXML_VERSION", "2.10");
    put(1, "PROJECT", &tags.session);
    put(1, "SCENE", &tags.stem);
    put(1, "NOTE", &tags.description);
    out.push_str(&speed(tags, spec));
    let channels = tags.channels.iter().take(usize::from(spec.channels));
    out.push_str(&format!(
        "  <TRACK_LIST>\n    <TRACK_COUNT>{}</TRACK_COUNT>\n",
        channels.len()
    ));
    for (index, name) in (1..).zip(channels) {
        let name = escaped(name);
        out.push_str(&format!(
            "    <TRACK><CHANNEL_INDEX>{index}</CHANNEL_INDEX><INTERLEAVE_INDEX>{index}</INTERLEAVE_INDEX><NAME>{name}</NAME></TRACK>\n"
        ));
    }
    out.push_str("  </TRACK_LIST>\n  <USER>\n");
    out.push_str(&format!("    <STEM>{}</STEM>\n", escaped(&tags.stem)));
    for track in tags.tracks.iter().take(MOST_CUES) {
        out.push_str(&format!(
            "    <TRACK_NAME>{}</TRACK_NAME>\n",
            escaped(track)
        ));
    }
    out.push_str("  </USER>\n</BWFXML>\n");
    out.into_bytes()
}

fn speed(tags: &Tags, spec: &WriteSpec) -> String {
    let mut out = String::from("  <SPEED>\n");
    if let Some(rate) = tags.timecode {
        let (num, den) = rate.ratio();
        let flag = if rate.is_drop() { "DF" } else { "NDF" };
        for name in ["MASTER_SPEED", "CURRENT_SPEED", "TIMECODE_RATE"] {
            out.push_str(&format!("    <{name}>{num}/{den}</{name}>\n"));
        }
        out.push_str(&format!("    <TIMECODE_FLAG>{flag}</TIMECODE_FLAG>\n"));
    }
    let rate = spec.sample_rate;
    for (name, value) in [
        ("FILE_SAMPLE_RATE", rate),
        ("AUDIO_BIT_DEPTH", u32::from(spec.bits.bits())),
        ("DIGITIZER_SAMPLE_RATE", rate),
    ] {
        out.push_str(&format!("    <{name}>{value}</{name}>\n"));
    }
    if let Some(time) = spec.time_reference {
        let (high, low) = (time >> 32, time & u64::from(u32::MAX));
        let name = "TIMESTAMP_SAMPLES_SINCE_MIDNIGHT";
        out.push_str(&format!(
            "    <{name}_HI>{high}</{name}_HI>\n    <{name}_LO>{low}</{name}_LO>\n"
        ));
        out.push_str(&format!(
            "    <TIMESTAMP_SAMPLE_RATE>{rate}</TIMESTAMP_SAMPLE_RATE>\n"
        ));
    }
    out.push_str("  </SPEED>\n");
    out
}

/// Reads a body into the tags; nothing from one that is no XML. A `bext` has the last word where both
/// say when the file starts.
pub fn decode(body: &[u8], tags: &mut Tags) {
    let text = super::text(body);
    // Without DTD no entity grows.
    let Ok(document) = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')) else {
        return;
    };
    let root = document.root_element();
    if root.tag_name().name() != "BWFXML" {
        return;
    }
    tags.has_ixml = true;
    let of = |parent: roxmltree::Node, name: &str| {
        let node = parent.descendants().find(|node| node.has_tag_name(name));
        node.and_then(|node| node.text())
            .map(|value| cut(value.trim(), MOST_NAME).to_owned())
    };
    tags.session = of(root, "PROJECT").unwrap_or_default();
    tags.stem = of(root, "STEM")
        .or_else(|| of(root, "SCENE"))
        .unwrap_or_default();
    let numbers = |text: String| {
        let (num, den) = text.split_once('/')?;
        Some((num.trim().parse().ok()?, den.trim().parse().ok()?))
    };
    let is_drop = of(root, "TIMECODE_FLAG").is_some_and(|flag| flag == "DF");
    if let Some(ratio) = of(root, "TIMECODE_RATE").and_then(numbers) {
        tags.timecode = TimecodeRate::ALL
            .into_iter()
            .find(|rate| is_same(rate.ratio(), ratio) && rate.is_drop() == is_drop);
    }
    let half = |name: &str| -> Option<u64> { of(root, name)?.parse().ok() };
    let high = half("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI").filter(|high| *high < 1 << 32);
    let low = half("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO").filter(|low| *low < 1 << 32);
    let stamp = low.map(|low| (high.unwrap_or(0) << 32) | low);
    tags.time_reference = tags.time_reference.or(stamp);
    let all = |inside: &str, name: &str| -> Vec<String> {
        let nodes = root.descendants().filter(|node| node.has_tag_name(name));
        let within = nodes.filter(|node| node.ancestors().any(|above| above.has_tag_name(inside)));
        let texts = within.take(MOST_CUES).filter_map(|node| node.text());
        texts
            .map(|text| cut(text.trim(), MOST_NAME).to_owned())
            .collect()
    };
    tags.channels = all("TRACK_LIST", "NAME");
    tags.tracks = all("USER", "TRACK_NAME");
}

fn is_same((a, b): (u32, u32), (c, d): (u32, u32)) -> bool {
    u64::from(a) * u64::from(d) == u64::from(b) * u64::from(c) && d > 0
}

/// Cut to a bound, in letters that XML 1.0 may have.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in cut(value, MOST_NAME).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stem::BitDepth;

    #[test]
    fn what_is_written_is_read_back() {
        let spec = WriteSpec {
            sample_rate: 48_000,
            channels: 2,
            bits: BitDepth::Int24,
            time_reference: Some((3 << 32) + 7),
        };
        let tags = Tags {
            session: "A & B <\"mix\">".to_owned(),
            stem: "Größe".to_owned(),
            tracks: vec!["Kick\u{1b}[0m".to_owned(), "Snare".to_owned()],
            channels: vec!["Größe L".to_owned(), "Größe R".to_owned()],
            timecode: TimecodeRate::ALL.into_iter().find(|rate| rate.is_drop()),
            ..Tags::default()
        };
        let mut back = Tags::default();
        decode(&encode(&tags, &spec), &mut back);
        assert!(back.has_ixml);
        assert_eq!((&back.session, &back.stem), (&tags.session, &tags.stem));
        assert_eq!(back.tracks, ["Kick [0m", "Snare"]);
        assert_eq!(back.channels, tags.channels);
        assert_eq!(back.timecode, tags.timecode);
        assert_eq!(back.time_reference, spec.time_reference);
    }

    #[test]
    fn what_is_no_ixml_says_nothing() {
        for text in [
            "",
            "<",
            "<BWFXML>",
            "<html/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><BWFXML><PROJECT>&b;</PROJECT></BWFXML>",
        ] {
            let mut tags = Tags::default();
            decode(text.as_bytes(), &mut tags);
            assert_eq!(tags, Tags::default(), "{text}");
        }
    }
}
