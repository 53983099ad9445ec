//! Bodies: protobuf JSON inside a string. Field names as in the proto, enums by name, defaults
//! written out; reading tolerates unknown fields, missing fields, aliases, numbers and null.

use prost_reflect::{
    DeserializeOptions, DynamicMessage, MessageDescriptor, ReflectMessage as _, SerializeOptions,
};

use super::wire;

/// Why a text is no such body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the program knows no message {0}")]
    UnknownMessage(String),
    #[error("not a {message}: {reason}")]
    Unreadable { message: String, reason: String },
}

/// Reads a body leniently into the message `ptsl.<name>`. An empty text is an empty message.
pub fn read<T: prost::Message + Default>(name: &str, text: &str) -> Result<T, BodyError> {
    let descriptor =
        wire::message(name).ok_or_else(|| BodyError::UnknownMessage(name.to_owned()))?;
    let dynamic = read_dynamic(descriptor, text)?;
    dynamic
        .transcode_to()
        .map_err(|error| BodyError::Unreadable {
            message: name.to_owned(),
            reason: error.to_string(),
        })
}

/// The same for a message known at run time only.
pub fn read_dynamic(
    descriptor: MessageDescriptor,
    text: &str,
) -> Result<DynamicMessage, BodyError> {
    let message = descriptor.name().to_owned();
    if text.trim().is_empty() {
        return Ok(DynamicMessage::new(descriptor));
    }
    let unreadable = |reason: String| BodyError::Unreadable {
        message: message.clone(),
        reason,
    };
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let dynamic = DynamicMessage::deserialize_with_options(descriptor, &mut deserializer, &options)
        .map_err(|error| unreadable(error.to_string()))?;
    deserializer
        .end()
        .map_err(|error| unreadable(error.to_string()))?;
    Ok(dynamic)
}

/// Writes the message `ptsl.<name>` with every scalar present, enums under their first name.
pub fn write<T: prost::Message>(name: &str, body: &T) -> Result<String, BodyError> {
    let descriptor =
        wire::message(name).ok_or_else(|| BodyError::UnknownMessage(name.to_owned()))?;
    let unreadable = |reason: String| BodyError::Unreadable {
        message: name.to_owned(),
        reason,
    };
    let mut dynamic = DynamicMessage::new(descriptor);
    dynamic
        .transcode_from(body)
        .map_err(|error| unreadable(error.to_string()))?;
    write_dynamic(&dynamic)
}

/// The same for a message known at run time only.
pub fn write_dynamic(message: &DynamicMessage) -> Result<String, BodyError> {
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .stringify_64_bit_integers(false)
        .skip_default_fields(false);
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut text);
    message
        .serialize_with_options(&mut serializer, &options)
        .map_err(|error| BodyError::Unreadable {
            message: message.descriptor().name().to_owned(),
            reason: error.to_string(),
        })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
