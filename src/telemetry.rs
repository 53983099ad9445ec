//! Tracing: a daily log file, and a ring buffer that the log pane shows.
