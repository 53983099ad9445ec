//! What Prometheus scrapes from `/metrics`: the connection, calls of Pro Tools, jobs, proofs, requests.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Service;
use super::reply::{ErrorBody, Failure};
use crate::app::runtime::App;
use crate::model::job::Verdict;
use crate::model::{Job, JobId, JobState};
use crate::telemetry::calls::Calls;

type Ratio = Gauge<f64, AtomicU64>;

const STATES: [JobState; 8] = [
    JobState::Queued,
    JobState::Paused,
    JobState::Running,
    JobState::Verifying,
    JobState::Done,
    JobState::Failed,
    JobState::Cancelled,
    JobState::Interrupted,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    /// As it is written in the description, never as it was asked for.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

/// What is counted while the server runs. Clones share it.
#[derive(Debug, Clone)]
pub struct Meters {
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabel, Histogram, fn() -> Histogram>,
    ended: Family<StateLabel, Counter>,
    proofs: Family<ResultLabel, Counter>,
    bytes: Counter,
    pace: Ratio,
    in_state: Arc<[AtomicU64; STATES.len()]>,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(|| {
                Histogram::new([0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0])
            }),
            ended: Family::default(),
            proofs: Family::default(),
            bytes: Counter::default(),
            pace: Ratio::default(),
            in_state: Arc::default(),
        }
    }
}

impl Meters {
    /// Counts a request that was answered.
    pub fn request(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        let route = route.to_owned();
        let labels = RequestLabels {
            method: method.to_owned(),
            route: route.clone(),
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
        let seconds = self.request_seconds.get_or_create(&RouteLabel { route });
        seconds.observe(took.as_secs_f64());
    }

    /// Counts what jobs come to, as long as the application runs.
    pub async fn follow(self, service: Service) {
        let mut known: Option<HashSet<JobId>> = None;
        let look = move |app: &mut App| {
            // The record of earlier jobs comes first, even when there are none.
            if app.state.knows_jobs {
                self.look(app.state.jobs.jobs(), &mut known);
            }
            None::<crate::error::Result<()>>
        };
        let _ = service.desk.until(Duration::MAX, look).await;
    }

    /// Counts the jobs that have ended since the last look. Those of an earlier run are no news.
    fn look(&self, jobs: &[Job], known: &mut Option<HashSet<JobId>>) {
        for (state, count) in STATES.iter().zip(self.in_state.iter()) {
            let jobs = jobs.iter().filter(|job| job.state == *state).count();
            count.store(jobs as u64, Ordering::Relaxed);
        }
        if let Some(job) = jobs.iter().find(|job| job.state.is_active()) {
            self.pace.set(job.rate);
        }
        let over = jobs.iter().filter(|job| job.state.is_over());
        let Some(known) = known else {
            *known = Some(over.map(|job| job.id).collect());
            return;
        };
        let again = jobs.iter().filter(|job| !job.state.is_over());
        again.for_each(|job| {
            known.remove(&job.id);
        });
        for job in over {
            if known.insert(job.id) {
                self.job(job);
            }
        }
    }

    fn job(&self, job: &Job) {
        let state = job.state.word().to_owned();
        self.ended.get_or_create(&StateLabel { state }).inc();
        let Some(report) = &job.report else {
            return;
        };
        if let Some(factor) = factor(job) {
            self.pace.set(factor);
        }
        let bytes = report.files.iter().map(|file| file.bytes).sum();
        self.bytes.inc_by(bytes);
        let result = match report.proof.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::NotChecked => "not_checked",
        };
        let result = result.to_owned();
        self.proofs.get_or_create(&ResultLabel { result }).inc();
    }

    /// Everything as text.
    fn text(&self, service: &Service, calls: &Calls) -> Result<String, std::fmt::Error> {
        let registry = self.registry(
            calls,
            service.desk.shown().is_connected(),
            service.desk.feed().listeners(),
            service.machine.uptime(),
        );
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }

    fn registry(&self, calls: &Calls, is_up: bool, listeners: usize, uptime: Duration) -> Registry {
        let mut registry = Registry::with_prefix("pt_stem");
        let now = |value: i64| {
            let gauge: Gauge = Gauge::default();
            gauge.set(value);
            gauge
        };
        let up = now(i64::from(is_up));
        registry.register("connection_up", "Whether Pro Tools answers", up);
        let listeners = i64::try_from(listeners).unwrap_or(i64::MAX);
        let text = "Clients that listen over a WebSocket";
        registry.register("websocket_clients", text, now(listeners));
        registry.register_with_unit(
            "ptsl_call_duration",
            "Time that commands of Pro Tools took",
            Unit::Seconds,
            calls.seconds.clone(),
        );
        let text = "Commands of Pro Tools that failed";
        registry.register("ptsl_call_failures", text, calls.failures.clone());
        registry.register("jobs", "Jobs in the record, by state", self.states());
        let text = "Jobs that have ended since the start, by state";
        registry.register("jobs_ended", text, self.ended.clone());
        let text = "Seconds of sound that the running job, or the last one, makes in a second";
        registry.register("job_realtime_factor", text, self.pace.clone());
        registry.register_with_unit(
            "written",
            "Size of the files that jobs delivered",
            Unit::Bytes,
            self.bytes.clone(),
        );
        let text = "Proofs that the stems make the mix, by result";
        registry.register("proofs", text, self.proofs.clone());
        let text = "Requests that were answered";
        registry.register("http_requests", text, self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time that answers took",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        registry.register_with_unit(
            "uptime",
            "Time since the server started",
            Unit::Seconds,
            now(i64::try_from(uptime.as_secs()).unwrap_or(i64::MAX)),
        );
        registry
    }

    fn states(&self) -> Family<StateLabel, Gauge> {
        let family = Family::<StateLabel, Gauge>::default();
        for (state, count) in STATES.iter().zip(self.in_state.iter()) {
            let state = state.word().to_owned();
            let count = count.load(Ordering::Relaxed);
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            family.get_or_create(&StateLabel { state }).set(count);
        }
        family
    }
}

/// Seconds of sound that a job which is done made in a second.
fn factor(job: &Job) -> Option<f64> {
    let ms = job.ended_ms?.checked_sub(job.started_ms?)?;
    let frames: u64 = job.items.iter().map(|item| item.done).sum();
    let sound = frames as f64 / f64::from(job.plan.output.rate.max(1));
    let is_done = job.state == JobState::Done;
    (is_done && ms > 0).then(|| sound * 1000.0 / ms as f64)
}

pub fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// For Prometheus, as OpenMetrics text.
#[utoipa::path(get, path = "/metrics", tag = "system",
    responses(
        (status = 200, description = "Metrics", body = String, content_type = "application/openmetrics-text"),
        (status = 503, description = "The application does not answer", body = ErrorBody),
    ))]
async fn metrics(State(service): State<Service>) -> Result<Response, Failure> {
    let calls = service.desk.with(|app| app.calls()).await?;
    let text = service.meters.text(&service, &calls).map_err(|error| {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Failure::new(status, "internal", "the metrics cannot be written").because(error.to_string())
    })?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DASHBOARD: &str = include_str!("../cli/run/service/grafana.json");

    fn filled() -> String {
        let (meters, calls) = (Meters::default(), Calls::default());
        calls.count("GetTrackList", true, Duration::from_millis(3));
        calls.count("GetTrackList", false, Duration::from_secs(1));
        meters.request("GET", "/api/v1/tracks", StatusCode::OK, Duration::ZERO);
        let (state, result) = ("done".to_owned(), "pass".to_owned());
        meters.ended.get_or_create(&StateLabel { state }).inc();
        meters.proofs.get_or_create(&ResultLabel { result }).inc();
        meters.bytes.inc_by(7);
        let registry = meters.registry(&calls, true, 2, Duration::from_secs(5));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    /// The name of every sample, as Prometheus reads it.
    fn samples(text: &str) -> HashSet<&str> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| {
                let (series, value) = line.rsplit_once(' ').unwrap();
                value.parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
                series.split('{').next().unwrap()
            })
            .collect()
    }

    #[test]
    fn the_text_is_as_prometheus_wants_it() {
        let text = filled();
        assert!(text.ends_with("# EOF\n"), "{text}");
        for line in [
            "pt_stem_connection_up 1",
            "pt_stem_websocket_clients 2",
            "pt_stem_ptsl_call_failures_total{command=\"GetTrackList\"} 1",
            "pt_stem_ptsl_call_duration_seconds_count{command=\"GetTrackList\"} 2",
            "pt_stem_jobs{state=\"queued\"} 0",
            "pt_stem_written_bytes_total 7",
            "pt_stem_uptime_seconds 5",
        ] {
            assert!(text.lines().any(|own| own == line), "no {line} in\n{text}");
        }
        for name in samples(&text) {
            let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(
                name.starts_with("pt_stem_") && name.chars().all(is_part),
                "{name}"
            );
        }
    }

    #[test]
    fn the_dashboard_asks_for_metrics_that_there_are() {
        let text = filled();
        let known = samples(&text);
        let board: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
        let mut asked = 0;
        for panel in board["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().unwrap() {
                let query = target["expr"].as_str().unwrap();
                let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                for name in words.filter(|word| word.starts_with("pt_stem_")) {
                    assert!(known.contains(name), "{name} of {}", panel["title"]);
                    asked += 1;
                }
            }
        }
        assert!(asked >= 13, "{asked}");
    }
}
