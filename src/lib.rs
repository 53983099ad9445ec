//! PT-STEM prints stems from Pro Tools, or without it, and proves that their sum is the mix.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | session | the Pro Tools session: tracks, markers, rates, start timecode, length |
//! | track | one channel strip |
//! | stem | a *group* of tracks printed into one file |
//! | recipe | the user's TOML file: which stems, which tracks go where, which format, which names |
//! | plan | recipe and session, worked out: files, tracks per file, range, engine, bytes, findings |
//! | coverage | every sounding track stands in exactly one stem; in none it is an orphan, in two a double |
//! | job | a plan being carried out |
//! | engine | who makes the samples: `bounce` (Pro Tools) or `render` (this program) |
//! | finding | what a plan or a check has to say: level, code, where, text, fix |
//! | lease | every state that a bounce changes (solo, mute, names, selection …), recorded before, and put back |
//! | way | how a bounce makes a stem: `solo`, `source` (a bus), `track` |
//! | version | a file computed from printed ones by a formula: `mix - Vocals` |
//! | return | an aux track that sounds in every stem that feeds it |
//! | mix | what the stems should sum to: every sounding track that is not ignored |
//! | proof | the sum of the stems against the mix |
//! | manifest | `manifest.json` beside the stems |
//! | simulator | a Pro Tools to talk to, inside this program: `--demo`, `--open`, `simulate` |
//!
//! # The house
//!
//! Read from the outside in: `cli` composes, `tui` and the command line are views on `app`, `app`
//! asks actors for effects, the actors use `engine` and `ptsl`, and everything speaks `model`.
//!
//! | room | owns |
//! |---|---|
//! | [`model`] | PURE. What the words mean, and the events of the link and the jobs |
//! | [`action`] | PURE. Every action once: name, arguments, description |
//! | [`plan`] | PURE. Recipe and session become a plan |
//! | [`audio`] | PURE. DSP on blocks: fades, automation, pan, sums, rounding, measuring |
//! | [`media`] | files to samples and back |
//! | [`mixdown`] | a session's lanes and a range become blocks for many stems at once, streaming |
//! | [`import`] | sessions on disk become model data |
//! | [`ptsl`] | the wire: client, link, names of enums over the versions |
//! | [`simulator`] | a pure world behind a gRPC server, built-in sessions, faults |
//! | [`engine`] | how a stem becomes a file; lease, checks, proof |
//! | [`jobs`] | the queue, the actor that runs it, the record that survives restarts |
//! | [`app`] | PURE but for `app::runtime`. State, update, effects; the JSON shapes of the state |
//! | [`config`] | settings, keymap, themes |
//! | [`tui`] | the terminal interface |
//! | [`server`] | the application over HTTP: REST, WebSocket, a page to watch, metrics |
//! | [`cli`] | the command line; puts the parts together |
//! | [`error`], [`clock`], [`telemetry`], [`platform`] | leaves that every room may use (pure ones: only `error`) |
//!
//! `tests/architecture.rs` holds the table of who may import whom and fails on any other arrow.
//!
//! # How things flow
//!
//! ```text
//!  key, mouse, resize     REST, command line      signal
//!          |                      |                 |
//!          v                      v                 v
//!  tui::input --Action--> app::update(&mut State, Msg, Now) -> Vec<Effect>     pure, synchronous
//!                                 | State                         | Effect
//!                                 v                               v
//!    tui::view(&State) -> frame, server -> JSON           app::runtime -> actors
//!                                                            |            |
//!                                                      ptsl::link    jobs::runner -> engine
//!                                                            |            |
//!                                              Pro Tools | simulator    files: .part, checked, renamed
//!                                                            |            |
//!                                                            +-- events --+--> app::update
//! ```
//!
//! Several views can share one set of actors: each has a state of its own that the same messages
//! keep, the hub of `app::runtime` passes them on. The server is such a view beside the interface,
//! and a second instance on the same Pro Tools is one in another process.
//!
//! A key press becomes an [`action::Action`], `app::update` changes the [`app::State`] and returns
//! effects, the runtime hands them to the link or the job runner, their events come back as
//! messages. A block of audio goes from [`media`] through [`mixdown`] (clips, volume, pan, sums, the
//! files' rate) to the engine's output, which folds or splits, rounds, measures and writes it: several threads take slices of the
//! range, all files of a slice are one thread's, and what needs the order of time (loudness, the
//! residual of the proof) is put in order behind them. Bytes depend on the session alone, never on
//! threads or blocks.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::todo,
        clippy::unimplemented,
        clippy::dbg_macro
    )
)]

pub mod action;
pub mod app;
pub mod audio;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod error;
pub mod import;
pub mod jobs;
pub mod media;
pub mod mixdown;
pub mod model;
pub mod plan;
pub mod platform;
pub mod ptsl;
pub mod server;
pub mod simulator;
pub mod telemetry;
pub mod tui;
