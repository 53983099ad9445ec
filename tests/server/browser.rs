//! Chromium without a screen, driven over its DevTools protocol.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::bench::Bench;

/// How long anything may take before the test fails.
const LIMIT: Duration = Duration::from_secs(120);

/// One at a time: browsers beside each other starve on few processors.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

pub struct Browser {
    child: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    asked: u64,
    /// What the page complained about.
    pub complaints: Vec<Value>,
    _dir: tempfile::TempDir,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

/// The browser, where there is one.
pub async fn browser() -> Option<Browser> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths)
        .flat_map(|dir| names.map(|name| dir.join(name)))
        .find(|path| path.is_file());
    let Some(program) = found else {
        assert!(
            std::env::var_os("PT_STEM_REQUIRE_FOREIGN").is_none(),
            "chromium is required and not installed"
        );
        println!("skipped: chromium is not installed");
        return None;
    };
    Some(Browser::start(&program).await)
}

impl Browser {
    async fn start(program: &Path) -> Self {
        let turn = TURN.lock().await;
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-background-timer-throttling",
                "--disable-renderer-backgrounding",
                "--disable-backgrounding-occluded-windows",
                "--remote-debugging-port=0",
            ])
            .arg(format!("--user-data-dir={}", dir.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, told) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let mut lines = lines.map_while(Result::ok);
            let address = lines
                .find_map(|line| Some(line.strip_prefix("DevTools listening on ")?.to_owned()));
            let _ = tell.send(address);
            // It writes on.
            lines.for_each(drop);
        });
        let address = tokio::time::timeout(LIMIT, told).await;
        let address = address.expect("chromium says nothing").unwrap();
        let address = address.expect("chromium has ended");
        let (socket, _) = connect_async(address).await.unwrap();
        let mut browser = Self {
            child,
            socket,
            session: String::new(),
            asked: 0,
            complaints: Vec::new(),
            _dir: dir,
            _turn: turn,
        };
        // The first tab: one behind it is not always drawn, and then loses keys.
        let known = browser.send("Target.getTargets", json!({})).await;
        let tab = known["targetInfos"].as_array().unwrap().iter();
        let tab = tab.clone().find(|known| known["type"] == "page").unwrap();
        let attach = json!({ "targetId": tab["targetId"], "flatten": true });
        let session = browser.send("Target.attachToTarget", attach).await;
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            browser.send(domain, json!({})).await;
        }
        browser
    }

    pub async fn send(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": &params });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let text = Message::text(message.to_string());
        self.socket.send(text).await.unwrap();
        loop {
            let heard = tokio::time::timeout(LIMIT, self.socket.next()).await;
            let Message::Text(text) = heard
                .unwrap_or_else(|_| panic!("the browser is stuck at {method}: {params}"))
                .unwrap()
                .unwrap()
            else {
                continue;
            };
            let mut heard: Value = serde_json::from_str(&text).unwrap();
            if heard["id"] == self.asked {
                assert!(heard["error"].is_null(), "{method}: {heard}");
                return heard["result"].take();
            }
            let method = heard["method"].as_str().unwrap_or_default();
            if matches!(method, "Runtime.exceptionThrown" | "Log.entryAdded") {
                self.complaints.push(heard["params"].take());
            }
        }
    }

    /// What an expression of the page comes to; promises are waited for.
    pub async fn eval(&mut self, expression: &str) -> Value {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
        });
        let mut answer = self.send("Runtime.evaluate", params).await;
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].take()
    }

    /// Waits until an expression of the page is true.
    pub async fn until(&mut self, expression: &str) {
        let asked = format!(
            "new Promise((done) => {{
                let tries = 0;
                const timer = setInterval(() => {{
                    if ({expression}) {{ clearInterval(timer); done(\"\"); }}
                    else if ((tries += 1) > 1500) {{ clearInterval(timer); done(document.body.innerText); }}
                }}, 20);
            }})"
        );
        let seen = self.eval(&asked).await;
        assert_eq!(seen, "", "never so: {expression}");
    }

    pub async fn view(&mut self, width: u32, height: u32, scheme: &str) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500,
        });
        self.send("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let media = json!({ "features": scheme });
        self.send("Emulation.setEmulatedMedia", media).await;
    }

    pub async fn go(&mut self, bench: &Bench, rest: &str) {
        let url = format!("http://{}/ui{rest}", bench.address());
        // Another place first: a change behind the `#` alone would load nothing.
        for url in ["about:blank", &url] {
            self.send("Page.navigate", json!({ "url": url })).await;
        }
        let here = format!(
            "location.href.startsWith({:?})",
            format!("http://{}", bench.address())
        );
        self.until(&format!("{here} && document.readyState === 'complete'"))
            .await;
    }

    pub async fn live(&mut self) {
        self.until("$('line').textContent.includes('live')").await;
    }

    pub async fn press(&mut self, key: &str, code: u32, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let params = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text,
            });
            self.send("Input.dispatchKeyEvent", params).await;
        }
    }

    pub async fn tab(&mut self) -> String {
        self.press("Tab", 9, "").await;
        let id = self.eval("document.activeElement.id").await;
        id.as_str().unwrap_or_default().to_owned()
    }

    pub async fn enter(&mut self) {
        self.press("Enter", 13, "\r").await;
    }

    /// The browser itself tells of everything that is refused.
    pub fn expects_refusals(&mut self) {
        self.complaints
            .retain(|complaint| complaint["entry"]["source"] != "network");
    }

    pub async fn close(mut self) {
        let complaints = std::mem::take(&mut self.complaints);
        assert!(complaints.is_empty(), "the page complains: {complaints:#?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
