//! The record of the jobs: append-only JSON lines, a torn tail survived, one locked writer.
