//! Formats that others write.
