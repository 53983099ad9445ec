//! PTSL, the Pro Tools Scripting Library: the wire types, the names of its enums over the
//! versions, bodies as protobuf JSON, a typed client and the link that keeps it alive.

mod channel;
pub mod client;
mod convert;
pub mod error;
mod export;
mod handshake;
pub mod json;
pub mod link;
pub mod names;
mod pages;
mod refusal;
mod repair;
pub mod request;
mod session;
mod tracks;
pub mod wire;
