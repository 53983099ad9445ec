//! What a value of `config.toml` may be: each check reads one key and refuses with what it takes.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::settings::{ColorDepth, Symbols};

/// A whole number of a range, as an error that names the range.
fn whole<'de, D: Deserializer<'de>>(from: D, least: i64, most: i64) -> Result<i64, D::Error> {
    let value = i64::deserialize(from)?;
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(D::Error::custom(format!(
            "{value} is not between {least} and {most}"
        )))
    }
}

macro_rules! whole_numbers {
    ($($name:ident $kind:ty, $least:literal, $most:literal;)*) => {
        $(pub(super) fn $name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<$kind>, D::Error> {
            let value = whole(from, $least, $most)?;
            <$kind>::try_from(value).map(Some).map_err(D::Error::custom)
        })*
    };
}

whole_numbers! {
    port u16, 1, 65_535;
    poll u64, 50, 60_000;
    fps u32, 1, 120;
    key_timeout u64, 50, 10_000;
    keep_days usize, 1, 365;
}

pub(super) fn timeout<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let value = f64::deserialize(from)?;
    if (0.1..=3600.0).contains(&value) {
        Ok(Some(value))
    } else {
        Err(D::Error::custom(format!(
            "{value} is not between 0.1 and 3600"
        )))
    }
}

fn text_of<'de, D: Deserializer<'de>>(
    from: D,
    is_right: impl Fn(&str) -> bool,
    wanted: &str,
) -> Result<Option<String>, D::Error> {
    let value = String::deserialize(from)?;
    if is_right(&value) {
        Ok(Some(value))
    } else {
        Err(D::Error::custom(format!("'{value}' is not {wanted}")))
    }
}

pub(super) fn host<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let is_host = |text: &str| {
        !text.is_empty()
            && text.len() <= 255
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/')
    };
    text_of(from, is_host, "a host name or address")
}

pub(super) fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let is_address = |text: &str| {
        let rest = ["http://", "https://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
        })
    };
    text_of(
        from,
        is_address,
        "an address that begins with http:// or https://",
    )
}

pub(super) fn theme<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    text_of(from, |text| !text.is_empty(), "the name of a theme")
}

pub(super) fn color<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    // `color = 256` is what one types first.
    let value = match toml::Value::deserialize(from)? {
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    if color_depth(&value).is_some() {
        Ok(Some(value))
    } else {
        Err(D::Error::custom(format!(
            "'{value}' is not one of auto, truecolor, 256, 16, mono"
        )))
    }
}

pub(super) fn symbols<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    text_of(
        from,
        |text| symbol_set(text).is_some(),
        "one of unicode, ascii",
    )
}

pub(super) fn log_level<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let is_filter = |text: &str| tracing_subscriber::EnvFilter::try_new(text).is_ok();
    text_of(from, is_filter, "a log level or filter")
}

pub(super) fn color_depth(word: &str) -> Option<ColorDepth> {
    Some(match word {
        "auto" => ColorDepth::Auto,
        "truecolor" => ColorDepth::TrueColor,
        "256" => ColorDepth::Ansi256,
        "16" => ColorDepth::Ansi16,
        "mono" => ColorDepth::Mono,
        _ => return None,
    })
}

pub(super) fn symbol_set(word: &str) -> Option<Symbols> {
    Some(match word {
        "unicode" => Symbols::Unicode,
        "ascii" => Symbols::Ascii,
        _ => return None,
    })
}
