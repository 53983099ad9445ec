//! One typed async function a command, a deadline on every call, one call at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;

pub use super::bounce_format::BounceFormat;
use super::channel::Channel;
use super::error::PtslError;
pub use super::events::Watch;
pub use super::export::{BounceTrack, ExportMix};
use super::flags::Echoes;
pub use super::long::LongCall;
use super::long::is_long;
use super::tracks::TrackCache;
use super::version::Version;
pub use super::wire::CommandId;
use super::wire::{
    CloseSessionRequestBody, GetSessionPathResponseBody, GetTransportArmedResponseBody,
    OpenSessionBehaviorOptions, OpenSessionRequestBody,
};
use super::{convert, handshake, json, names};
use crate::model::link::ServerInfo;
use crate::model::{Ruler, Track};
use crate::telemetry::calls::Calls;

/// Result of a call.
pub type Result<T> = std::result::Result<T, PtslError>;

/// Least deadline of commands that open, save or close a session.
const PATIENCE: Duration = Duration::from_secs(180);

/// Transport as PTSL tells it in one poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportReading {
    pub state: crate::model::TransportState,
    pub half_speed: bool,
}

/// A registered connection. Clones share it; calls go one after another.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    channel: Channel,
    server: ServerInfo,
    /// Of the session that was read last, for times that come as timecode.
    ruler: RwLock<Option<Ruler>>,
    echoes: Mutex<Echoes>,
    /// Seconds of sound that an offline bounce makes in a second; real time until one was seen.
    pace: Mutex<f64>,
}

pub(super) fn unreadable(command: CommandId, reason: &str) -> PtslError {
    PtslError::Unreadable {
        command: names::command_name(command),
        reason: reason.to_owned(),
    }
}

impl Client {
    /// Connects and registers. `timeout` is the deadline of ordinary calls.
    pub async fn connect(host: &str, port: u16, timeout: Duration) -> Result<Self> {
        Self::counted(host, port, timeout, Calls::default()).await
    }

    /// The same, and every call is counted in `calls`.
    pub async fn counted(host: &str, port: u16, timeout: Duration, calls: Calls) -> Result<Self> {
        let channel = Channel::open(host, port, timeout, calls).await?;
        let server = handshake::register(&channel).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                channel,
                server,
                ruler: RwLock::new(None),
                echoes: Mutex::new(Echoes::default()),
                pace: Mutex::new(1.0),
            }),
        })
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        self.inner.channel.address()
    }

    pub fn server(&self) -> ServerInfo {
        self.inner.server.clone()
    }

    /// The long command (a bounce, opening a session …) that holds Pro Tools at the moment.
    pub fn busy(&self) -> watch::Receiver<Option<CommandId>> {
        self.inner.channel.busy()
    }

    /// The long command as it goes, for whoever shows it.
    pub fn work(&self) -> watch::Receiver<Option<LongCall>> {
        self.inner.channel.work()
    }

    /// The file of a bounce has grown: no dialog holds it.
    pub fn saw_growth(&self) {
        self.inner
            .channel
            .tell_work(|work| work.moved = tokio::time::Instant::now());
    }

    /// Calls made over this connection.
    pub fn call_count(&self) -> u64 {
        self.inner.channel.call_count()
    }

    pub(super) fn echoes(&self) -> MutexGuard<'_, Echoes> {
        let echoes = &self.inner.echoes;
        echoes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pace(&self) -> f64 {
        *self
            .inner
            .pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn_pace(&self, pace: f64) {
        let learnt = &self.inner.pace;
        *learnt.lock().unwrap_or_else(PoisonError::into_inner) = pace.clamp(0.1, 1000.0);
    }

    /// How long the next long command should take.
    pub(super) fn expect_length(&self, expected: Option<Duration>) {
        self.inner.channel.expect_length(expected);
    }

    pub(super) async fn open_stream(
        &self,
        command: CommandId,
        body: String,
    ) -> Result<tonic::Streaming<super::wire::Response>> {
        self.inner.channel.open_stream(command, body).await
    }

    pub(super) fn failure(&self, command: CommandId, status: &tonic::Status) -> PtslError {
        self.inner.channel.failure(command, status)
    }

    /// Microseconds that the last short call took; 0 before the first.
    pub fn round_trip_us(&self) -> u64 {
        self.inner.channel.round_trip_us()
    }

    /// Any command with a JSON body; the answer's body as it is. Without a deadline it is the
    /// ordinary one, longer for commands that are known to take long.
    pub async fn call(
        &self,
        command: CommandId,
        body: &str,
        deadline: Option<Duration>,
    ) -> Result<String> {
        let ordinary = self.inner.channel.timeout();
        let deadline = deadline.unwrap_or(if is_long(command) {
            ordinary.max(PATIENCE)
        } else {
            ordinary
        });
        // A refusal by a busy server is no deed: the command can be sent again.
        let end = tokio::time::Instant::now() + ordinary;
        let mut pause = Duration::from_millis(50);
        loop {
            let outcome = self
                .inner
                .channel
                .call(command, body.to_owned(), deadline)
                .await;
            match outcome {
                Err(error) if error.is_busy() && tokio::time::Instant::now() + pause < end => {
                    tracing::debug!("tried again: {error}");
                }
                outcome => return outcome,
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Sends a message; the answer's body as text.
    pub(super) async fn ask_text<B: prost::Message>(
        &self,
        command: CommandId,
        message: &str,
        body: &B,
    ) -> Result<String> {
        let body = json::request(message, body)
            .map_err(|error| unreadable(command, &error.to_string()))?;
        self.call(command, &body, None).await
    }

    /// Sends a body; the answer as the command's response message.
    pub(super) async fn ask<T: prost::Message + Default>(
        &self,
        command: CommandId,
        body: &str,
    ) -> Result<T> {
        let answer = self.call(command, body, None).await?;
        let message = format!("{}ResponseBody", names::command_name(command));
        json::read(&message, &answer).map_err(|error| unreadable(command, &error.to_string()))
    }

    /// Sends a body; the answer as plain JSON, for fields whose absence must be seen.
    pub(super) async fn ask_value(
        &self,
        command: CommandId,
        body: &str,
    ) -> Result<serde_json::Value> {
        let answer = self.call(command, body, None).await?;
        json::value(&answer).map_err(|error| unreadable(command, &error.to_string()))
    }

    pub(super) fn version(&self) -> Version {
        self.inner.channel.version()
    }

    /// Whether tracks can be soloed, muted and made solo-safe: since PTSL 3.
    pub fn sets_switches(&self) -> bool {
        self.version().major >= 3
    }

    /// Whether ExportMix (BounceTrack for `track`) is told its range. Without, it prints the
    /// timeline selection, whatever that is by then.
    pub fn takes_range(&self, track: bool) -> bool {
        match track {
            true => self.version().track_takes_range(),
            false => self.version().is_modern(),
        }
    }

    pub(super) fn remember_ruler(&self, ruler: Ruler) {
        *self
            .inner
            .ruler
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(ruler);
    }

    pub(super) fn known_ruler(&self) -> Option<Ruler> {
        *self
            .inner
            .ruler
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Path of the session file: the cheapest question that tells sessions apart.
    pub async fn session_path(&self) -> Result<String> {
        let answer: GetSessionPathResponseBody = self.ask(CommandId::GetSessionPath, "").await?;
        Ok(answer.session_path.unwrap_or_default().path)
    }

    /// All pages of the track list.
    pub async fn tracks(&self) -> Result<Vec<Track>> {
        let mut cache = TrackCache::default();
        self.refresh_tracks(&mut cache).await?;
        Ok(cache.iter().cloned().collect())
    }

    pub async fn transport(&self) -> Result<TransportReading> {
        let answer = self.ask_value(CommandId::GetTransportState, "").await?;
        let number = json::enum_at(&answer, "current_setting", "TransportState");
        let (state, half_speed) = convert::transport(number);
        Ok(TransportReading { state, half_speed })
    }

    pub async fn record_armed(&self) -> Result<bool> {
        let answer: GetTransportArmedResponseBody =
            self.ask(CommandId::GetTransportArmed, "").await?;
        Ok(answer.is_transport_armed)
    }

    pub async fn toggle_play(&self) -> Result<()> {
        self.call(CommandId::TogglePlayState, "", None).await?;
        Ok(())
    }

    pub async fn toggle_record_enable(&self) -> Result<()> {
        self.call(CommandId::ToggleRecordEnable, "", None).await?;
        Ok(())
    }

    /// Opens a session file; dialogs are suppressed where the server can (since 2025.6).
    pub async fn open_session(&self, path: &str) -> Result<()> {
        let request = OpenSessionRequestBody {
            session_path: path.to_owned(),
            behavior_options: self
                .version()
                .is_modern()
                .then(OpenSessionBehaviorOptions::default),
        };
        self.ask_text(CommandId::OpenSession, "OpenSessionRequestBody", &request)
            .await?;
        Ok(())
    }

    pub async fn save_session(&self) -> Result<()> {
        self.call(CommandId::SaveSession, "", None).await?;
        Ok(())
    }

    pub async fn close_session(&self, save: bool) -> Result<()> {
        let request = CloseSessionRequestBody {
            save_on_close: save,
        };
        self.ask_text(CommandId::CloseSession, "CloseSessionRequestBody", &request)
            .await?;
        Ok(())
    }
}
