//! What the actors have told so far, for views that come later.

use crate::app::wire::{News, Seat};
use crate::jobs::queue::Queue;
use crate::model::{Finding, JobEvent, JobId, LinkEvent};

/// The newest of each kind.
#[derive(Debug, Default)]
pub(super) struct Known {
    seat: Seat,
    server: Option<LinkEvent>,
    session: Option<LinkEvent>,
    phase: Option<LinkEvent>,
    folder: Option<LinkEvent>,
    findings: Option<Vec<Finding>>,
    tracks: Option<LinkEvent>,
    markers: Option<LinkEvent>,
    selection: Option<LinkEvent>,
    transport: Option<LinkEvent>,
    work: Option<LinkEvent>,
    round_trip: Option<LinkEvent>,
    /// `None` until the record has been read.
    jobs: Option<Queue>,
    leases: Option<Vec<(JobId, String)>>,
}

impl Known {
    pub(super) fn learn(&mut self, news: &News) {
        match news {
            News::Link(event) => self.link(event),
            News::Job(event) => {
                if self.jobs.is_some() || matches!(event, JobEvent::Restored(_)) {
                    self.jobs.get_or_insert_default().apply(event);
                }
            }
            News::Findings(findings) => self.findings = Some(findings.clone()),
            News::Leases(leases) => self.leases = Some(leases.clone()),
            News::Seat(seat) => self.seat = seat.clone(),
            News::Clips(_) | News::Inspected(_) | News::Rescued(_) => {}
        }
    }

    fn link(&mut self, event: &LinkEvent) {
        let place = match event {
            LinkEvent::Session(_) => {
                self.folder = None;
                self.findings = None;
                self.tracks = None;
                self.markers = None;
                self.selection = None;
                self.transport = None;
                &mut self.session
            }
            LinkEvent::Phase(_) => &mut self.phase,
            LinkEvent::Server(_) => &mut self.server,
            LinkEvent::Folder(_) => &mut self.folder,
            LinkEvent::Tracks(_) => &mut self.tracks,
            LinkEvent::Markers(_) => &mut self.markers,
            LinkEvent::Transport(_) => &mut self.transport,
            LinkEvent::Selection(_) => &mut self.selection,
            LinkEvent::Work(_) => &mut self.work,
            LinkEvent::RoundTrip(_) => &mut self.round_trip,
            LinkEvent::Answer { .. } | LinkEvent::Notice(_) => return,
        };
        *place = Some(event.clone());
    }

    /// Everything, in the order in which the link tells it.
    pub(super) fn all(&self) -> Vec<News> {
        let mut all = vec![News::Seat(self.seat.clone())];
        let told = [&self.server, &self.session, &self.phase, &self.folder];
        all.extend(told.into_iter().flatten().cloned().map(News::Link));
        all.extend(self.findings.clone().map(News::Findings));
        let told = [
            &self.tracks,
            &self.markers,
            &self.selection,
            &self.transport,
            &self.work,
            &self.round_trip,
        ];
        all.extend(told.into_iter().flatten().cloned().map(News::Link));
        all.extend(self.leases.clone().map(News::Leases));
        // Last: who knows the jobs knows everything.
        let restored = |queue: &Queue| JobEvent::Restored(queue.jobs().to_vec());
        all.extend(self.jobs.as_ref().map(restored).map(News::Job));
        all
    }
}
