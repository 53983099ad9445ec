//! The settings as a JSON Schema (2020-12), for editors: made from the table of keys and the
//! built-in values.

use serde_json::{Map, Value, json};

use super::keys::{KEYS, Key, Kind};
use super::settings::Config;
use super::written::{look_up, table};

/// The schema of `config.toml`.
pub fn schema() -> Value {
    let defaults = table(&Config::default());
    let mut sections: Map<String, Value> = Map::new();
    for key in &KEYS {
        let (section, word) = key.name.split_once('.').unwrap_or(("", key.name));
        let mut property = property(key);
        let default =
            look_up(&defaults, key.name).and_then(|value| serde_json::to_value(value).ok());
        if let (Some(default), Some(object)) = (default, property.as_object_mut()) {
            object.insert("default".to_owned(), default);
        }
        let section = sections.entry(section).or_insert_with(object);
        if let Some(Value::Object(properties)) = section.get_mut("properties") {
            properties.insert(word.to_owned(), property);
        }
    }
    sections.insert(
        "paths".to_owned(),
        json!({
            "type": "object",
            "description": "Folders of the machine that Pro Tools runs on, and the same folders here",
            "additionalProperties": { "type": "string", "minLength": 1 },
        }),
    );
    let mut schema = object();
    if let Some(whole) = schema.as_object_mut() {
        let id = "https://json-schema.org/draft/2020-12/schema";
        whole.insert("$schema".to_owned(), json!(id));
        whole.insert("title".to_owned(), json!("Settings of pt-stem"));
        whole.insert("properties".to_owned(), Value::Object(sections));
    }
    schema
}

fn object() -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": {} })
}

fn property(key: &Key) -> Value {
    let description = key.text.replace('\n', " ");
    match key.kind {
        Kind::Text => json!({ "type": "string", "minLength": 1, "description": description }),
        Kind::Switch => json!({ "type": "boolean", "description": description }),
        Kind::List => json!({
            "type": "array", "items": { "type": "string", "minLength": 1 }, "description": description,
        }),
        Kind::Whole(least, most) => json!({
            "type": "integer", "minimum": least, "maximum": most, "description": description,
        }),
        Kind::Number(least, most) => json!({
            "type": "number", "minimum": least, "maximum": most, "description": description,
        }),
        Kind::Word(words) => {
            // `color = 256` is what one types first.
            let numbers = words.iter().filter_map(|word| word.parse::<u32>().ok());
            let all: Vec<Value> = words
                .iter()
                .map(|w| json!(w))
                .chain(numbers.map(|n| json!(n)))
                .collect();
            json!({ "enum": all, "description": description })
        }
    }
}
