//! What goes between the views and the actors that they share: asked one way, told the other. Plain
//! data, so that it can also cross to another process; see `runtime`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Msg;
use crate::jobs::queue::JobCommand;
use crate::model::inspection::{Inspection, Question};
use crate::model::link::{Fault, RequestId};
use crate::model::session::SessionFolder;
use crate::model::{Finding, JobEvent, JobId, LinkEvent};
use crate::ptsl::request::LinkCommand;

/// What a view wants of the actors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Ask {
    Link(LinkCommand),
    /// Answered by [`JobEvent::Answer`].
    Job {
        ask: RequestId,
        command: JobCommand,
    },
    ReadClips,
    Inspect(Box<Question>),
    Rescue,
}

/// Who holds the connection to Pro Tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Seat {
    /// This process.
    #[default]
    Own,
    /// Another process on this machine, which this one looks on.
    Guest { pid: u32 },
}

/// What the actors tell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum News {
    Link(LinkEvent),
    Job(JobEvent),
    Findings(Vec<Finding>),
    Clips(Result<Arc<SessionFolder>, Fault>),
    Inspected(Result<Arc<Inspection>, Fault>),
    Leases(Vec<(JobId, String)>),
    Rescued(Result<Vec<String>, Fault>),
    Seat(Seat),
}

impl From<News> for Msg {
    fn from(told: News) -> Self {
        match told {
            News::Link(event) => Self::Link(event),
            News::Job(event) => Self::Job(event),
            News::Findings(findings) => Self::Findings(findings),
            News::Clips(outcome) => Self::Clips(outcome),
            News::Inspected(outcome) => Self::Inspected(outcome),
            News::Leases(leases) => Self::Leases(leases),
            News::Rescued(outcome) => Self::Rescued(outcome),
            News::Seat(seat) => Self::Seat(seat),
        }
    }
}

impl News {
    /// Moments of a clock that is `by_us` microseconds behind, as this one counts them.
    pub fn shifted(mut self, by_us: i64) -> Self {
        if let Self::Link(event) = &mut self {
            event.shift(by_us);
        }
        self
    }
}
