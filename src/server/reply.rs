//! What every answer has in common: the envelope of the interface that other programs know, and the one
//! shape of errors.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::clock::{Clock as _, SystemClock, utc_text};
use crate::error::{Error, ErrorKind};
use crate::model::link::Fault;
use crate::model::text::clean;

/// A JSON answer, or why there is none.
pub type Reply<T = Value> = Result<Json<T>, Failure>;

/// The moment of an answer, RFC 3339 in UTC.
pub fn timestamp() -> String {
    utc_text(SystemClock::default().now().unix_ms)
}

/// `fields` within the envelope: `success`, `message`, `timestamp`.
pub fn envelope(message: impl Into<String>, fields: Value) -> Value {
    let mut value = json!({
        "success": true,
        "message": message.into(),
        "timestamp": timestamp(),
    });
    if let (Value::Object(map), Value::Object(fields)) = (&mut value, fields) {
        map.extend(fields);
    }
    value
}

/// The envelope alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// Always true; errors have a shape of their own.
    #[schema(example = true)]
    pub success: bool,
    pub message: String,
    /// RFC 3339.
    pub timestamp: String,
}

impl Done {
    pub fn json(message: impl Into<String>) -> Json<Self> {
        Json(Self {
            success: true,
            message: message.into(),
            timestamp: timestamp(),
        })
    }
}

/// An error as every route answers it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Always false.
    #[schema(example = false)]
    pub success: bool,
    /// What happened and why, one line.
    pub message: String,
    /// A word for programs: `usage`, `not_connected`, `timeout`, `no_session`, `refused`, `not_found` …
    #[schema(example = "not_connected")]
    pub error_code: String,
    /// What to do, and what it is about: `hints`, and `field` where one field of the request is wrong.
    #[schema(value_type = Object)]
    pub details: Value,
    /// RFC 3339.
    pub timestamp: String,
}

/// What routes that tell of the session answer where there is none.
#[derive(utoipa::IntoResponses)]
#[allow(dead_code)]
pub enum NoSession {
    #[response(status = 409, description = "No session is open")]
    Closed(ErrorBody),
    #[response(status = 503, description = "Not connected")]
    Offline(ErrorBody),
}

/// What routes answer that want something of Pro Tools, and it cannot be done.
#[derive(utoipa::IntoResponses)]
#[allow(dead_code)]
pub enum Undone {
    #[response(status = "4XX", description = "It cannot be done, and why")]
    Impossible(ErrorBody),
    #[response(
        status = "5XX",
        description = "Not connected, or Pro Tools refused or does not answer"
    )]
    Failed(ErrorBody),
}

/// An error with its status.
#[derive(Debug)]
pub struct Failure {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    pub details: Value,
    /// What lies behind it: for the log, and for answers where `[server] debug` is set.
    pub causes: Vec<String>,
}

tokio::task_local! {
    /// Whether answers to the request of this task tell the causes of errors.
    pub static DEBUG: bool;
}

impl Failure {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: json!({}),
            causes: Vec::new(),
        }
    }

    /// Adds what lies behind it.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds the error itself, and what lies behind it.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let chain = std::iter::successors(Some(error), |error| error.source());
        let causes = chain.map(|error| clean(&error.to_string()).into_owned());
        self.causes.extend(causes);
        self
    }

    /// A field of the request that makes no sense: 400.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        let mut failure = Self::new(StatusCode::BAD_REQUEST, "usage", message);
        failure.details = json!({ "field": field });
        failure
    }

    /// There is no such thing: 404.
    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Pro Tools is not there: 503.
    pub fn offline() -> Self {
        Self::from(
            Error::new(ErrorKind::NotConnected, "not connected to Pro Tools")
                .hint("POST /api/v1/connection/connect tries at once"),
        )
    }

    /// No session is open: 409.
    pub fn no_session() -> Self {
        Self::from(Error::new(ErrorKind::NoSession, "no session is open"))
    }
}

/// Status and word of a kind of error.
fn sort(kind: ErrorKind) -> (StatusCode, &'static str) {
    match kind {
        ErrorKind::Usage => (StatusCode::BAD_REQUEST, "usage"),
        ErrorKind::Config => (StatusCode::UNPROCESSABLE_ENTITY, "config"),
        ErrorKind::Recipe => (StatusCode::UNPROCESSABLE_ENTITY, "recipe"),
        ErrorKind::NotConnected => (StatusCode::SERVICE_UNAVAILABLE, "not_connected"),
        ErrorKind::Late => (StatusCode::GATEWAY_TIMEOUT, "timeout"),
        ErrorKind::Refused => (StatusCode::BAD_GATEWAY, "refused"),
        ErrorKind::NoSession => (StatusCode::CONFLICT, "no_session"),
        ErrorKind::Job => (StatusCode::CONFLICT, "job"),
        ErrorKind::Check => (StatusCode::UNPROCESSABLE_ENTITY, "check"),
        ErrorKind::Media => (StatusCode::UNPROCESSABLE_ENTITY, "media"),
        ErrorKind::Storage => (StatusCode::INSUFFICIENT_STORAGE, "storage"),
        ErrorKind::Interrupted => (StatusCode::SERVICE_UNAVAILABLE, "interrupted"),
        ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}

/// Looks at disks, which may sleep, beside the other requests.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| {
        let text = "a fault of this program; the log has more";
        Error::new(ErrorKind::Internal, text).because(error)
    })?
}

impl Failure {
    pub fn body(self) -> ErrorBody {
        ErrorBody {
            success: false,
            message: clean(&self.message).into_owned(),
            error_code: self.code.to_owned(),
            details: self.details,
            timestamp: timestamp(),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let (status, code) = sort(fault.kind);
        Self {
            status,
            code,
            message: fault.message,
            details: json!({ "hints": fault.hints }),
            causes: Vec::new(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut causes = Vec::new();
        let mut next = std::error::Error::source(&error);
        while let Some(source) = next {
            causes.push(clean(&source.to_string()).into_owned());
            next = source.source();
        }
        Self {
            causes,
            ..Self::from(Fault::from(error))
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(mut self) -> Response {
        if self.status.is_server_error() {
            let causes = self.causes.join(": ");
            tracing::warn!(status = self.status.as_u16(), why = %clean(&self.message), %causes, "refused");
        }
        if DEBUG.try_with(|debug| *debug).unwrap_or_default()
            && let Value::Object(details) = &mut self.details
        {
            details.insert("causes".to_owned(), json!(self.causes));
        }
        (self.status, Json(self.body())).into_response()
    }
}
