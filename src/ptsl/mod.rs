//! PTSL, the Pro Tools Scripting Library: the wire types, the names of its enums over the
//! versions, bodies as protobuf JSON, a typed client and the link that keeps it alive.

pub mod client;
pub mod error;
pub mod json;
pub mod link;
pub mod names;
pub mod request;
pub mod wire;
