//! Files that lie: whatever their bytes, reading ends with samples or an error, never a crash.
