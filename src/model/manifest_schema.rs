//! The manifest as a JSON Schema (2020-12), for who reads it: derived from the types that are written.

use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::manifest::Manifest;

/// Where the derived schemas look for each other, and where they stand here.
const OPENAPI: &str = "#/components/schemas/";
const HERE: &str = "#/$defs/";

/// The schema of `manifest.json`.
pub fn schema() -> Value {
    let mut parts = Vec::new();
    Manifest::schemas(&mut parts);
    let parts: Map<String, Value> = parts
        .into_iter()
        .map(|(name, part)| (name, serde_json::to_value(part).unwrap_or_default()))
        .collect();
    let mut schema =
        serde_json::to_value(<Manifest as PartialSchema>::schema()).unwrap_or_default();
    if let Some(whole) = schema.as_object_mut() {
        whole.insert("$defs".to_owned(), Value::Object(parts));
    }
    refer(&mut schema);
    if let Some(whole) = schema.as_object_mut() {
        let id = "https://json-schema.org/draft/2020-12/schema";
        whole.insert("$schema".to_owned(), json!(id));
        whole.insert("title".to_owned(), json!("manifest.json of pt-stem"));
    }
    if let Some(number) = schema.pointer_mut("/properties/schema") {
        *number = json!({ "const": 1, "description": "Fields are added, none ever changes" });
    }
    schema
}

fn refer(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(place)) = object.get_mut("$ref") {
                *place = place.replace(OPENAPI, HERE);
            }
            object.values_mut().for_each(refer);
        }
        Value::Array(items) => items.iter_mut().for_each(refer),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let schema = schema();
        let text = schema.to_string();
        assert!(!text.contains("components"), "{text}");
        let places: Vec<&str> = text.split("\"$ref\":\"#").skip(1).collect();
        assert!(places.len() > 5);
        for place in places {
            let place = place.split('"').next().unwrap();
            assert!(schema.pointer(place).is_some(), "{place}");
        }
        for name in ["files", "proof", "recipe_hash", "versions", "times", "plan"] {
            assert!(
                schema.pointer(&format!("/properties/{name}")).is_some(),
                "{name}"
            );
        }
    }
}
