//! A PTSL server that answers as a test wants: one small session by default, and any command
//! overridden. It runs in a runtime of its own, so that it can die like a process.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pt_stem::ptsl::wire::ptsl_server::{Ptsl, PtslServer};
use pt_stem::ptsl::wire::{CommandId, Request, Response, ResponseHeader, TaskStatus};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Status;

/// One answer.
#[derive(Clone)]
pub enum Reply {
    Body(String),
    /// The whole of `response_error_json`.
    Refused(String),
    /// Not done yet, ask for this task.
    Task(String),
    /// Whatever.
    Raw(Response),
    Failed(Status),
    /// No answer at all.
    Hang,
    /// No answer before the notification.
    After(Arc<Notify>, String),
}

pub fn body(value: Value) -> Reply {
    Reply::Body(value.to_string())
}

pub fn refused(kind: &str) -> Reply {
    Reply::Refused(
        json!({"errors": [{"command_error_type": kind, "command_error_message": "because", "is_warning": false}]})
            .to_string(),
    )
}

pub type EventSender = tokio::sync::mpsc::Sender<Result<Response, Status>>;

type Answerer = Box<dyn FnMut(&Request) -> Reply + Send>;

#[derive(Default)]
pub struct Script {
    answers: Mutex<HashMap<CommandId, Answerer>>,
    calls: Mutex<Vec<(CommandId, Request)>>,
    pub tracks: Mutex<Vec<Value>>,
    pub path: Mutex<Option<String>>,
    pub transport: Mutex<String>,
    /// `Some` has events; inside is the open stream.
    pub told: Mutex<Option<Option<EventSender>>>,
    at_once: AtomicUsize,
    pub most_at_once: AtomicUsize,
}

pub fn track(name: &str, index: usize) -> Value {
    json!({
        "name": name, "type": "TT_Audio", "id": format!("{{0-0-0-{index}}}"), "index": index + 1,
        "color": "#ff102030", "format": "TF_Stereo",
        "track_attributes": {"is_muted": false, "is_soloed": false, "is_hidden": "None"}
    })
}

impl Script {
    /// A session with the tracks Kick, Bass and Vox.
    pub fn new() -> Arc<Self> {
        let names = ["Kick", "Bass", "Vox"];
        Arc::new(Self {
            tracks: Mutex::new(names.iter().enumerate().map(|(i, n)| track(n, i)).collect()),
            path: Mutex::new(Some("/Sessions/Song/Song.ptx".to_owned())),
            transport: Mutex::new("TS_TransportStopped".to_owned()),
            ..Self::default()
        })
    }

    /// Overrides the answer to a command.
    pub fn on(&self, command: CommandId, answer: impl FnMut(&Request) -> Reply + Send + 'static) {
        let answer: Answerer = Box::new(answer);
        self.answers.lock().unwrap().insert(command, answer);
    }

    pub fn off(&self, command: CommandId) {
        self.answers.lock().unwrap().remove(&command);
    }

    pub fn calls(&self, command: CommandId) -> Vec<Request> {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .filter(|(id, _)| *id == command)
            .map(|(_, r)| r.clone())
            .collect()
    }

    pub fn call_count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    pub fn set_muted(&self, name: &str, muted: bool) {
        for track in self.tracks.lock().unwrap().iter_mut() {
            if track["name"] == name {
                track["track_attributes"]["is_muted"] = muted.into();
            }
        }
    }

    /// Tells an event; `false` without an open stream.
    pub fn tell(&self, id: &str, data: Value) -> bool {
        let told = self.told.lock().unwrap();
        let Some(Some(stream)) = told.as_ref() else {
            return false;
        };
        let event = json!({"event": {"event_id": id, "event_data_json": data.to_string()}});
        let message = Response {
            header: Some(ResponseHeader {
                status: TaskStatus::InProgress as i32,
                ..ResponseHeader::default()
            }),
            response_body_json: event.to_string(),
            ..Response::default()
        };
        stream.try_send(Ok(message)).is_ok()
    }

    fn answer(&self, command: CommandId, request: &Request) -> Reply {
        if let Some(answer) = self.answers.lock().unwrap().get_mut(&command) {
            return answer(request);
        }
        self.usual(command, request)
    }

    /// What a Pro Tools of 2025.6 would say.
    pub fn usual(&self, command: CommandId, request: &Request) -> Reply {
        use CommandId as C;
        let asked: Value = serde_json::from_str(&request.request_body_json).unwrap_or_default();
        match command {
            C::HostReadyCheck => return body(json!({"is_host_ready": true})),
            C::GetPtslVersion => return body(json!({"version": 2025, "version_minor": 6})),
            C::RegisterConnection => return body(json!({"session_id": "one"})),
            _ => {}
        }
        let Some(path) = self.path.lock().unwrap().clone() else {
            return refused("PT_NoOpenedSession");
        };
        match command {
            C::GetSessionPath => {
                body(json!({"session_path": {"path": path, "info": {"is_online": true}}}))
            }
            C::GetSessionName => body(
                json!({"session_name": path.rsplit('/').next().unwrap().trim_end_matches(".ptx")}),
            ),
            C::GetSessionSampleRate => body(json!({"sample_rate": "SR_48000"})),
            C::GetSessionBitDepth => body(json!({"current_setting": "Bit24"})),
            C::GetSessionTimeCodeRate => body(json!({"current_setting": "STCR_Fps25"})),
            C::GetSessionStartTime => body(json!({"session_start_time": "01:00:00:00.00"})),
            C::GetSessionLength => body(json!({"session_length": "24:00:00:00"})),
            C::GetSessionAudioFormat => body(json!({"current_setting": "SAF_WAVE"})),
            C::GetSessionInterleavedState => {
                body(json!({"current_setting": true, "possible_settings": ["True", "False"]}))
            }
            C::GetSessionIDs => body(json!({"origin_id": "o", "instance_id": "i"})),
            C::GetTrackList => {
                let window = &asked["pagination_request"];
                let (limit, offset) = (
                    window["limit"].as_u64().unwrap(),
                    window["offset"].as_u64().unwrap(),
                );
                let tracks = self.tracks.lock().unwrap();
                let page: Vec<&Value> = tracks
                    .iter()
                    .skip(offset as usize)
                    .take(limit as usize)
                    .collect();
                body(
                    json!({"track_list": page, "pagination_response": {"total": tracks.len(), "limit": limit, "offset": offset}}),
                )
            }
            C::SetTrackMuteState => {
                for name in asked["track_names"].as_array().unwrap() {
                    self.set_muted(name.as_str().unwrap(), asked["enabled"] == true);
                }
                Reply::Body(String::new())
            }
            C::GetTransportState => {
                body(json!({"current_setting": *self.transport.lock().unwrap()}))
            }
            C::TogglePlayState => {
                let mut transport = self.transport.lock().unwrap();
                *transport = if transport.ends_with("Stopped") {
                    "TS_TransportPlaying"
                } else {
                    "TS_TransportStopped"
                }
                .to_owned();
                Reply::Body("{}".to_owned())
            }
            C::GetTransportArmed => body(json!({"is_transport_armed": false})),
            C::GetTimelineSelection => {
                body(json!({"play_start_marker_time": "0", "in_time": "0", "out_time": "48000"}))
            }
            C::SetTimelineSelection
            | C::SaveSession
            | C::ExportMix
            | C::CIdSubscribeToEvents
            | C::CreateMemoryLocation => Reply::Body(String::new()),
            C::GetMemoryLocations => body(json!({"memory_locations": [
                {"number": 1, "name": "Verse", "start_time": "96000", "time_properties": "TP_Marker", "reference": "MLR_Absolute"}
            ]})),
            _ => refused("PT_UnsupportedCommand"),
        }
    }
}

struct Service(Arc<Script>);

#[tonic::async_trait]
impl Ptsl for Service {
    async fn send_grpc_request(
        &self,
        request: tonic::Request<Request>,
    ) -> Result<tonic::Response<Response>, Status> {
        let request = request.into_inner();
        let header = request.header.clone().unwrap_or_default();
        let command = CommandId::try_from(header.command).map_err(|_| Status::internal("?"))?;
        let now = self.0.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most_at_once.fetch_max(now, Ordering::SeqCst);
        struct Leave<'a>(&'a AtomicUsize);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let _leave = Leave(&self.0.at_once);
        self.0
            .calls
            .lock()
            .unwrap()
            .push((command, request.clone()));
        tokio::task::yield_now().await;
        let with = |status: TaskStatus, task: &str, body: String, error: String| Response {
            header: Some(ResponseHeader {
                task_id: task.to_owned(),
                command: header.command,
                status: status as i32,
                ..ResponseHeader::default()
            }),
            response_body_json: body,
            response_error_json: error,
        };
        let none = String::new;
        Ok(tonic::Response::new(
            match self.0.answer(command, &request) {
                Reply::Body(body) => with(TaskStatus::Completed, "", body, none()),
                Reply::Refused(error) => with(TaskStatus::Failed, "", none(), error),
                Reply::Task(task) => with(TaskStatus::InProgress, &task, none(), none()),
                Reply::Raw(response) => response,
                Reply::Failed(status) => return Err(status),
                Reply::Hang => std::future::pending().await,
                Reply::After(notify, body) => {
                    notify.notified().await;
                    with(TaskStatus::Completed, "", body, none())
                }
            },
        ))
    }

    type SendGrpcStreamingRequestStream =
        Pin<Box<dyn tokio_stream::Stream<Item = Result<Response, Status>> + Send>>;

    async fn send_grpc_streaming_request(
        &self,
        request: tonic::Request<Request>,
    ) -> Result<tonic::Response<Self::SendGrpcStreamingRequestStream>, Status> {
        let header = request.into_inner().header.unwrap_or_default();
        if header.command != CommandId::CIdPollEvents as i32 {
            return Err(Status::unimplemented("not here"));
        }
        let (sender, events) = tokio::sync::mpsc::channel(64);
        let mut told = self.0.told.lock().unwrap();
        let told = told.as_mut().ok_or(Status::unimplemented("not here"))?;
        *told = Some(sender);
        let events = tokio_stream::wrappers::ReceiverStream::new(events);
        Ok(tonic::Response::new(Box::pin(events)))
    }
}

/// A server that dies when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    /// On a port of its own that the system gives to nobody by itself: after a restart it is
    /// still free.
    pub fn start(script: &Arc<Script>) -> Self {
        static TAKEN: AtomicU32 = AtomicU32::new(0);
        let ports = std::iter::repeat_with(|| {
            let step = std::process::id().wrapping_mul(61) + TAKEN.fetch_add(1, Ordering::Relaxed);
            u16::try_from(10_240 + step % 20_000).unwrap()
        });
        let loopback = std::net::Ipv4Addr::LOCALHOST;
        let mut listeners =
            ports.filter_map(|port| std::net::TcpListener::bind((loopback, port)).ok());
        Self::on(listeners.next().unwrap(), script)
    }

    /// At an address that was just given up.
    pub fn at(address: SocketAddr, script: &Arc<Script>) -> Self {
        Self::on(std::net::TcpListener::bind(address).unwrap(), script)
    }

    fn on(listener: std::net::TcpListener, script: &Arc<Script>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let service = PtslServer::new(Service(Arc::clone(script)));
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpListenerStream::new(listener))
                .await
        });
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waited for, in a thread that may wait: the port is free afterwards.
            let ended =
                std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(60)));
            ended.join().unwrap();
        }
    }
}
