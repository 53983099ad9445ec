//! The session as text, in the layout of Pro Tools' own export.

use crate::ptsl::wire::ExportSessionInfoAsTextRequestBody;

use super::{OpenSession, Settings};

/// The whole text.
pub fn export(
    session: &OpenSession,
    _settings: &Settings,
    _request: &ExportSessionInfoAsTextRequestBody,
) -> String {
    format!("SESSION NAME:\t{}\n", session.info.name)
}
