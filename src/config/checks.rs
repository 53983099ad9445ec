//! What a value of `config.toml` may be: each check reads one key and refuses with what it takes.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::de::{Error as _, IntoDeserializer as _};
use serde::{Deserialize, Deserializer};

use super::keys::{COLORS, Kind, SYMBOLS, key_of};
use super::settings::{ColorDepth, Notify, OnHangup, Symbols};

/// A number within the range of its key, or an error that names the range.
fn within<E: serde::de::Error>(key: &str, value: f64) -> Result<(), E> {
    let (least, most) = match key_of(key).map(|key| key.kind) {
        Some(Kind::Whole(least, most)) => (least as f64, most as f64),
        Some(Kind::Number(least, most)) => (least, most),
        _ => return Ok(()),
    };
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(E::custom(format!(
            "{value} is not between {least} and {most}"
        )))
    }
}

macro_rules! whole_numbers {
    ($($name:ident $kind:ty, $key:literal;)*) => {
        $(pub(super) fn $name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<$kind>, D::Error> {
            let value = i64::deserialize(from)?;
            within::<D::Error>($key, value as f64)?;
            <$kind>::try_from(value).map(Some).map_err(D::Error::custom)
        })*
    };
}

whole_numbers! {
    port u16, "connection.port";
    poll u64, "connection.poll_ms";
    fps u32, "ui.fps";
    key_timeout u64, "ui.key_timeout_ms";
    keep_days usize, "log.keep_days";
    changes u32, "server.changes_per_second";
}

pub(super) fn timeout<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    let value = f64::deserialize(from)?;
    within::<D::Error>("connection.timeout_s", value)?;
    Ok(Some(value))
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

/// `127.0.0.1:8000`, `[::1]:8000` or `localhost:8000`. Other names are no addresses of ours.
pub(super) fn bind<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let value = String::deserialize(from)?;
    let local = value
        .strip_prefix("localhost:")
        .and_then(|port| port.parse().ok())
        .map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let address = local.or_else(|| value.parse().ok());
    address.map(Some).ok_or_else(|| {
        D::Error::custom(format!(
            "'{value}' is not an address and a port such as 127.0.0.1:8000"
        ))
    })
}

fn texts_of<'de, D: Deserializer<'de>>(
    from: D,
    is_right: impl Fn(&str) -> bool,
    wanted: &str,
) -> Result<Option<Vec<String>>, D::Error> {
    let values = Vec::<String>::deserialize(from)?;
    match values.iter().find(|value| !is_right(value)) {
        Some(wrong) => Err(D::Error::custom(format!("'{wrong}' is not {wanted}"))),
        None => Ok(Some(values)),
    }
}

/// Whether a text is what a browser sends as its page's origin: scheme, host, port and no more.
pub(super) fn is_origin(text: &str) -> bool {
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        !rest.is_empty() && rest.len() <= 255 && rest.chars().all(is_part)
    })
}

pub(super) fn origins<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    let wanted = "an origin such as http://localhost:3000, without a path; '*' is not taken";
    texts_of(from, is_origin, wanted)
}

pub(super) fn hosts<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    let is_host = |text: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        !text.is_empty() && text.len() <= 255 && text.chars().all(is_part)
    };
    texts_of(from, is_host, "a host name without a port")
}

pub(super) fn folders<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Vec<PathBuf>>, D::Error> {
    let is_whole = |text: &str| std::path::Path::new(text).is_absolute();
    let texts = texts_of(from, is_whole, "an absolute path")?;
    Ok(texts.map(|texts| texts.into_iter().map(PathBuf::from).collect()))
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
            "'{value}' is not one of {}",
            COLORS.join(", ")
        )))
    }
}

pub(super) fn symbols<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let wanted = format!("one of {}", SYMBOLS.join(", "));
    text_of(from, |text| symbol_set(text).is_some(), &wanted)
}

pub(super) fn log_level<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    // A word alone that is no level would be taken for a module, and silence all others.
    let is_level = |word: &str| {
        word.parse::<tracing_subscriber::filter::LevelFilter>()
            .is_ok()
    };
    let is_right = |text: &str| {
        let mut parts = text.split(',').map(str::trim);
        tracing_subscriber::EnvFilter::try_new(text).is_ok()
            && parts.all(|part| part.contains(['=', '[', ':']) || is_level(part))
    };
    text_of(
        from,
        is_right,
        "a log level (error, warn, info, debug, trace) or filter",
    )
}

pub(super) fn path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    let value = text_of(from, |text| !text.is_empty(), "a path")?;
    Ok(value.map(PathBuf::from))
}

pub(super) fn command<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    text_of(from, |text| !text.trim().is_empty(), "a command line")
}

/// One of the words of a key, as `T` reads them.
fn word<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    from: D,
    key: &str,
) -> Result<Option<T>, D::Error> {
    let value = String::deserialize(from)?;
    let read = T::deserialize(value.as_str().into_deserializer());
    read.map(Some).map_err(|_: serde::de::value::Error| {
        let words = match key_of(key).map(|key| key.kind) {
            Some(Kind::Word(words)) => words.join(", "),
            _ => String::new(),
        };
        D::Error::custom(format!("'{value}' is not one of {words}"))
    })
}

pub(super) fn on_hangup<'de, D: Deserializer<'de>>(from: D) -> Result<Option<OnHangup>, D::Error> {
    word(from, "ui.on_hangup")
}

pub(super) fn notify<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Notify>, D::Error> {
    word(from, "ui.notify")
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
