//! The generated wire types, and the descriptors that `names` and `json` read.

#[allow(
    clippy::all,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs
)]
mod generated {
    tonic::include_proto!("ptsl");
}

pub use generated::*;

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MessageDescriptor};

static DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ptsl_descriptor.bin"));

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).unwrap_or_default());

/// All descriptors of `proto/ptsl.proto`.
pub fn pool() -> &'static DescriptorPool {
    &POOL
}

/// Builds the tables of descriptors and names while something else is done: whoever needs them first
/// would wait for them.
pub fn prepare() {
    // Without the thread they are built when they are needed.
    let _ = std::thread::Builder::new()
        .name("names".into())
        .spawn(|| super::names::aliases("CommandId", 0));
}

/// The message `ptsl.<name>`.
pub fn message(name: &str) -> Option<MessageDescriptor> {
    POOL.get_message_by_name(&format!("ptsl.{name}"))
}

/// Whether a command takes a body, and whether it answers with one.
pub fn bodies(command: CommandId) -> (Option<MessageDescriptor>, Option<MessageDescriptor>) {
    let name = super::names::command_name(command);
    (
        message(&format!("{name}RequestBody")),
        message(&format!("{name}ResponseBody")),
    )
}
