//! Passes on to every view what the actors tell, each message once and in its order, and brings a
//! view that comes later up to date.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::known::Known;
use crate::app::Msg;
use crate::app::wire::News;
use crate::model::link::RequestId;
use crate::model::{JobEvent, LinkEvent};
use crate::telemetry::calls::Calls;

/// Low bits of a request's number on its way: the number that the view gave it. Above them stands
/// the view.
const OWN_BITS: u32 = 40;

/// One of the views of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ViewId(u32);

impl ViewId {
    /// A view's number of a request, told apart from those of other views.
    pub(super) fn tag(self, id: RequestId) -> RequestId {
        let own = id.0 & ((1 << OWN_BITS) - 1);
        RequestId(u64::from(self.0) << OWN_BITS | own)
    }

    fn of(id: RequestId) -> Self {
        Self(u32::try_from(id.0 >> OWN_BITS).unwrap_or(u32::MAX))
    }
}

fn untag(id: &mut RequestId) {
    id.0 &= (1 << OWN_BITS) - 1;
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    All,
    One(ViewId),
}

/// Where messages to a view go. After it has left nobody reads them, so they are dropped and no
/// actor ever waits for a view that is gone.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    inbox: mpsc::Sender<Msg>,
    pub(super) closing: CancellationToken,
}

impl Outbox {
    pub(super) async fn send(&self, msg: Msg) {
        tokio::select! {
            biased;
            () = self.closing.cancelled() => {}
            _ = self.inbox.send(msg) => {}
        }
    }
}

/// How a view listens.
#[derive(Debug, Clone)]
enum Ear {
    /// The actors wait for it: the view that the program runs for.
    Patient(Outbox),
    /// Left out when it falls behind.
    Hasty(mpsc::Sender<News>),
}

#[derive(Debug, Default)]
struct Inner {
    views: Vec<(ViewId, Ear)>,
    made: u32,
    known: Known,
}

#[derive(Debug, Default)]
pub(super) struct Hub {
    inner: Mutex<Inner>,
    /// Commands that the actors have sent, wherever they are, since this process has seen them.
    pub(super) calls: Calls,
}

impl Hub {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A view that nothing is kept from. At most `room` messages wait for it.
    pub(super) fn join(&self, room: usize) -> (ViewId, Outbox, mpsc::Receiver<Msg>) {
        let (inbox, messages) = mpsc::channel(room);
        let mut inner = self.inner();
        for news in inner.known.all() {
            // There is room: nothing was sent yet.
            let _ = inbox.try_send(Msg::from(news));
        }
        let outbox = Outbox {
            inbox,
            closing: CancellationToken::new(),
        };
        let id = inner.add(Ear::Patient(outbox.clone()));
        (id, outbox, messages)
    }

    /// A view that may be left behind: its channel ends when more than `room` messages wait.
    pub(super) fn listen(&self, room: usize) -> (ViewId, mpsc::Receiver<News>) {
        let (sender, news) = mpsc::channel(room);
        let mut inner = self.inner();
        for known in inner.known.all() {
            let _ = sender.try_send(known);
        }
        let id = inner.add(Ear::Hasty(sender));
        (id, news)
    }

    /// Nothing more goes to that view.
    pub(super) fn leave(&self, id: ViewId) {
        self.inner().views.retain(|(view, _)| *view != id);
    }

    /// Passes a message on; waits for the views that nothing is kept from.
    pub(super) async fn tell(&self, to: To, mut news: News) {
        let to = addressee(&mut news).unwrap_or(to);
        let patient = {
            let mut inner = self.inner();
            if to == To::All {
                inner.known.learn(&news);
            }
            inner.spread(to, &news)
        };
        for outbox in patient {
            outbox.send(Msg::from(news.clone())).await;
        }
    }
}

impl Inner {
    fn add(&mut self, ear: Ear) -> ViewId {
        self.made += 1;
        let id = ViewId(self.made);
        self.views.push((id, ear));
        id
    }

    /// To those who do not make us wait; gives the others.
    fn spread(&mut self, to: To, news: &News) -> Vec<Outbox> {
        let mut patient = Vec::new();
        self.views.retain(|(id, ear)| {
            if to != To::All && to != To::One(*id) {
                return true;
            }
            match ear {
                Ear::Patient(outbox) => {
                    patient.push(outbox.clone());
                    true
                }
                Ear::Hasty(sender) => sender.try_send(news.clone()).is_ok(),
            }
        });
        patient
    }
}

/// Who asked for it, when it is an answer; the number in it is the asker's own afterwards.
fn addressee(news: &mut News) -> Option<To> {
    let id = match news {
        News::Link(LinkEvent::Answer { id, .. }) => id,
        News::Job(JobEvent::Answer { ask, .. }) => ask,
        _ => return None,
    };
    let to = To::One(ViewId::of(*id));
    untag(id);
    Some(to)
}
