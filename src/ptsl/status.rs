//! What a failed gRPC status says, and whether it comes from something that is no gRPC.

use std::error::Error as _;

use tonic::Status;

use super::refusal::shown;

/// Bytes came that are no HTTP/2, as opposed to none.
pub fn is_protocol_trouble(status: &Status) -> bool {
    let text = chain(status);
    !text.contains("reset by peer")
        && !text.contains("broken pipe")
        && [
            "protocol error",
            "FRAME_SIZE",
            "PROTOCOL_ERROR",
            "frame with invalid size",
            "preface",
        ]
        .iter()
        .any(|sign| text.contains(sign))
}

fn chain(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut next = status.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

pub fn status_reason(status: &Status) -> String {
    match status.source() {
        Some(source) => root_cause(source),
        None if status.message().is_empty() => status.code().description().to_owned(),
        None => shown(status.message()),
    }
}

/// The innermost cause, which is the one that says something.
pub fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    shown(&cause.to_string())
}
