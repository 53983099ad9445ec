//! PTSL, the Pro Tools Scripting Library: the wire types, the names of its enums over the
//! versions, bodies as protobuf JSON, a typed client and the link that keeps it alive.

mod answer;
pub mod bounce_format;
mod bounces;
mod channel;
pub mod client;
pub mod clips;
pub mod controls;
mod convert;
pub mod describe;
pub mod error;
pub mod events;
pub mod export;
mod flags;
mod handshake;
pub mod json;
pub mod link;
mod long;
mod markers;
pub mod names;
mod pages;
pub mod playlists;
mod refusal;
mod rename;
mod repair;
pub mod request;
mod session;
mod status;
mod task;
pub mod text_export;
mod tracks;
mod version;
pub mod wire;
