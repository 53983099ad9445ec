//! The simulator over real gRPC: what any PTSL client may rely on, and py-ptsl as the foreign judge.

mod bounce;
mod clips;
mod controls;
mod coverage;
mod delivery;
mod edit;
mod events;
mod faults;
mod fence;
mod foreign;
mod hostile;
mod import;
mod paths;
mod reopened;
mod session;
mod sound;
mod text;
mod tracks;
mod transport;
mod versions;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pt_stem::clock::ManualClock;
use pt_stem::media::decode::Reader;
use pt_stem::media::encode::{WriteSpec, Writer};
use pt_stem::model::stem::BitDepth;
use pt_stem::ptsl::names;
use pt_stem::ptsl::wire::ptsl_client::PtslClient;
use pt_stem::ptsl::wire::{Request, RequestHeader, Response, TaskStatus};
use pt_stem::simulator::{Options, SessionChoice, Simulator, faults::Faults};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

const RATE: u32 = 48_000;
const LENGTH: u64 = 48_000;

/// A WAV file in which every sample has one value: sums of such files tell who is in them.
fn constant(path: &Path, channels: u16, value: f64) {
    let spec = WriteSpec {
        sample_rate: RATE,
        channels,
        bits: BitDepth::Int24,
        time_reference: None,
    };
    let mut writer = Writer::create(path, spec).unwrap();
    let frames = usize::try_from(LENGTH).unwrap();
    writer
        .write(&vec![value; frames * usize::from(channels)])
        .unwrap();
    writer.finish().unwrap();
}

/// DRUMS (Kick 1/4, Snare 1/8), Bass 1/16 (stereo), Vox 1/32, an aux, a master.
fn write_session(root: &Path) {
    std::fs::create_dir_all(root.join("audio")).unwrap();
    let track = |name: &str, channels: u16, value: f64, folder: Option<&str>| {
        let file = format!("audio/{name}.wav");
        constant(&root.join(&file), channels, value);
        json!({ "name": name, "channels": channels, "pan": null, "folder": folder,
            "color": "#2a7fff",
            "clips": [{ "file": file, "start": 0, "offset": 0, "length": LENGTH }] })
    };
    let session = json!({
        "version": 1, "rate": RATE, "length": LENGTH, "name": "Söng",
        "timecode_rate": "25", "start_timecode": "01:00:00:00",
        "tracks": [
            { "name": "DRUMS", "type": "folder" },
            track("Kick", 1, 0.25, Some("DRUMS")),
            track("Snare", 1, 0.125, Some("DRUMS")),
            track("Bass", 2, 0.0625, None),
            track("Vox", 1, 0.03125, None),
            { "name": "Verb", "type": "aux", "channels": 2 },
            { "name": "Master", "type": "master", "channels": 2 },
        ],
        "markers": [{ "number": 1, "name": "Verse", "start": 24_000 }],
        "stems": [{ "name": "All", "channels": 2, "gain_db": 0.0,
            "tracks": ["Kick", "Snare", "Bass", "Vox"] }],
    });
    std::fs::write(root.join("session.json"), session.to_string()).unwrap();
}

/// A running simulator with a registered client.
struct Bench {
    dir: tempfile::TempDir,
    client: PtslClient<Channel>,
    session_id: String,
    addresses: Vec<SocketAddr>,
    clock: ManualClock,
    stop: CancellationToken,
    simulator: Simulator,
}

type Refused = (String, String);

impl Bench {
    async fn with(choice: impl FnOnce(&Path) -> SessionChoice, faults: Faults) -> Self {
        let options = Options {
            faults,
            ..Options::default()
        };
        Self::start(choice, options).await
    }

    /// The song, with these faults.
    async fn faulty(faults: &str) -> Self {
        let faults = Faults::parse(faults, "test").unwrap();
        Self::with(|root| SessionChoice::Open(root.to_owned()), faults).await
    }

    async fn start(choice: impl FnOnce(&Path) -> SessionChoice, options: Options) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("song");
        write_session(&root);
        let clock = ManualClock::default();
        let stop = CancellationToken::new();
        // Relative to the bench's folder.
        let fence = options.root.as_ref().map(|name| dir.path().join(name));
        fence
            .iter()
            .for_each(|root| std::fs::create_dir(root).unwrap());
        let options = Options {
            root: fence,
            session: choice(&root),
            bind: vec!["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()],
            state_dir: dir.path().join("state"),
            clock: Arc::new(clock.clone()),
            ..options
        };
        let simulator = Simulator::start(options, stop.clone()).await.unwrap();
        let addresses = simulator.addresses().to_vec();
        let client = PtslClient::connect(format!("http://{}", addresses[0]))
            .await
            .unwrap();
        let mut bench = Self {
            dir,
            client,
            session_id: String::new(),
            addresses,
            clock,
            stop,
            simulator,
        };
        let names = json!({ "company_name": "Test", "application_name": "tests" });
        let answer = bench.call("RegisterConnection", names).await.unwrap();
        bench.session_id = answer["session_id"].as_str().unwrap().to_owned();
        bench
    }

    async fn open() -> Self {
        Self::with(
            |root| SessionChoice::Open(root.to_owned()),
            Faults::default(),
        )
        .await
    }

    fn request(&self, command: i32, body: &str) -> Request {
        Request {
            header: Some(RequestHeader {
                command,
                version: 5,
                session_id: self.session_id.clone(),
                ..RequestHeader::default()
            }),
            request_body_json: body.to_owned(),
        }
    }

    async fn send(&mut self, command: i32, body: &str) -> Response {
        let request = self.request(command, body);
        let answer = self.client.send_grpc_request(request).await.unwrap();
        answer.into_inner()
    }

    /// The answer's body (null when it is empty), or the error's type and message.
    async fn call(&mut self, command: &str, body: Value) -> Result<Value, Refused> {
        let number = names::command(command).unwrap() as i32;
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        outcome(&self.send(number, &body).await)
    }

    async fn ok(&mut self, command: &str, body: Value) -> Value {
        self.call(command, body.clone())
            .await
            .unwrap_or_else(|error| panic!("{command} {body}: {error:?}"))
    }

    /// The type of the error.
    async fn refused(&mut self, command: &str, body: Value) -> String {
        match self.call(command, body.clone()).await {
            Ok(answer) => panic!("{command} {body} was answered {answer}"),
            Err((kind, _)) => kind,
        }
    }

    async fn set(&mut self, command: &str, names: &[&str], enabled: bool) {
        let answer = self
            .ok(command, json!({ "track_names": names, "enabled": enabled }))
            .await;
        assert_eq!(answer, Value::Null, "setters answer with an empty body");
    }

    async fn tracks(&mut self) -> Vec<Value> {
        let answer = self.ok("GetTrackList", json!({})).await;
        answer["track_list"].as_array().unwrap().clone()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn end(self) {
        drop(self.client);
        self.stop.cancel();
        self.simulator.closed().await;
    }
}

fn outcome(response: &Response) -> Result<Value, Refused> {
    let header = response.header.as_ref().unwrap();
    match TaskStatus::try_from(header.status).unwrap() {
        TaskStatus::Completed => {
            assert!(response.response_error_json.is_empty());
            match response.response_body_json.as_str() {
                "" => Ok(Value::Null),
                body => Ok(serde_json::from_str(body).unwrap()),
            }
        }
        TaskStatus::Failed => {
            assert!(response.response_body_json.is_empty());
            let error: Value = serde_json::from_str(&response.response_error_json).unwrap();
            let error = &error["errors"][0];
            assert_eq!(error.as_object().unwrap().len(), 3, "py-ptsl is strict");
            assert_eq!(error["is_warning"], false);
            let text = |key: &str| error[key].as_str().unwrap().to_owned();
            Err((text("command_error_type"), text("command_error_message")))
        }
        status => panic!("{status:?}"),
    }
}

fn mix_request(dir: &Path, name: &str, bits: &str) -> Value {
    json!({
        "file_name": name, "file_type": "EM_WAV",
        "mix_source_list": [{ "source_type": "EMSType_Output", "name": "Out 1-2" }],
        "audio_info": { "compression_type": "CT_PCM", "export_format": "EF_Interleaved",
            "bit_depth": bits, "sample_rate": "SR_48000", "pad_to_frame_boundary": "TB_False",
            "delivery_format": "EM_DF_SingleFile" },
        "video_info": { "include_video": "TB_False", "export_option": "VE_None" },
        "location_info": { "import_after_bounce": "TB_False",
            "file_destination": "EM_FD_Directory", "directory": format!("{}/", dir.display()) },
        "dolby_atmos_info": {}, "offline_bounce": "TB_True",
        "start_time": { "location": "0", "time_type": "TLType_Samples" },
        "end_time": { "location": "4800", "time_type": "TLType_Samples" },
    })
}

/// Interleaved, and how many channels that are.
fn samples(path: &Path) -> (Vec<f64>, usize) {
    let mut reader = Reader::open(path).unwrap();
    let channels = usize::from(reader.info().channels);
    let mut samples = Vec::new();
    let mut block = vec![0.0; 4096 * channels];
    loop {
        let frames = reader.read(&mut block).unwrap();
        if frames == 0 {
            return (samples, channels);
        }
        samples.extend_from_slice(&block[..frames * channels]);
    }
}

/// Frames and the left and right value of a file that holds one value.
fn read_constant(path: &Path) -> (usize, f64, f64) {
    let (samples, channels) = samples(path);
    let (left, right) = (samples[0], samples[channels - 1]);
    for frame in samples.chunks(channels) {
        assert_eq!((frame[0], frame[channels - 1]), (left, right));
    }
    (samples.len() / channels, left, right)
}
