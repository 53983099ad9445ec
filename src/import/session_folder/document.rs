//! `session.json` as it comes from the disk: every field becomes a value, but the tracks, which are
//! nearly all of it, are handed on one by one and not kept. Refuses broken JSON.

use std::fmt;
use std::io::Read;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::tracks::Reader;

/// Reads a whole file; its tracks go to `tracks`, and an empty list stands for them in the value.
pub(super) fn read(input: impl Read, tracks: &mut Reader) -> serde_json::Result<Value> {
    let mut json = serde_json::Deserializer::from_reader(input);
    let value = Part::Session(tracks).deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// What is not kept whole.
enum Part<'a> {
    Session(&'a mut Reader),
    Tracks(&'a mut Reader),
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(self)
    }
}

/// Anything else than what belongs there becomes a value, which is refused with its place later.
impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Value, A::Error> {
        let Self::Session(tracks) = self else {
            return Map::deserialize(MapAccessDeserializer::new(input)).map(Value::Object);
        };
        let mut map = Map::new();
        while let Some(key) = input.next_key::<String>()? {
            let value = match &*key {
                "tracks" => input.next_value_seed(Part::Tracks(tracks))?,
                _ => input.next_value()?,
            };
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut input: A) -> Result<Value, A::Error> {
        let Self::Tracks(tracks) = self else {
            return Vec::deserialize(SeqAccessDeserializer::new(input)).map(Value::Array);
        };
        // Of two lists the later one counts.
        tracks.start();
        while let Some(track) = input.next_element()? {
            tracks.take(&track);
        }
        Ok(Value::Array(Vec::new()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        if let Self::Tracks(tracks) = self {
            tracks.start();
        }
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
}
