//! Events: who wants which, and what has happened. Found by comparing the world before and after a
//! command or a human's hand, so that no setter needs to think of them. An event waits, within
//! bounds, until its connection asks for it.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::model::Track;
use crate::ptsl::wire::{BatchJobStatus, EventId, TrackAttributeState};

use super::batch::BatchJobs;
use super::tracks::attribute;
use super::{Failure, Outcome, World};
use crate::model::track::Inherited;

/// Connections that can have subscriptions.
const MOST_WATCHERS: usize = 64;
/// Subscriptions of one connection.
const MOST_WANTED: usize = 100_000;
/// Events that wait for one connection; the oldest go first.
const MOST_WAITING: usize = 4096;

/// How a session came to be open. Each opening has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    Opened,
    Created,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    SessionOpened,
    SessionCreated,
    SessionClosed,
    Mute(String, bool),
    Solo(String, bool),
    RecordEnabled(String, bool),
    /// The number of a TrackAttributeState.
    InputMonitor(String, i32),
    MenuItem(String),
    BatchJob(String, BatchJobStatus),
}

impl Event {
    pub fn id(&self) -> EventId {
        match self {
            Self::SessionOpened => EventId::EIdSessionOpened,
            Self::SessionCreated => EventId::EIdSessionCreated,
            Self::SessionClosed => EventId::EIdSessionClosed,
            Self::Mute(..) => EventId::EIdTrackMuteStateChanged,
            Self::Solo(..) => EventId::EIdTrackSoloStateChanged,
            Self::RecordEnabled(..) => EventId::EIdTrackRecordEnabledStateChanged,
            Self::InputMonitor(..) => EventId::EIdTrackInputMonitorStateChanged,
            Self::MenuItem(_) => EventId::EIdMenuItemSelected,
            Self::BatchJob(..) => EventId::EIdBatchJobStatusChanged,
        }
    }

    /// What a subscription narrows it down to.
    fn subject(&self) -> &str {
        match self {
            Self::SessionOpened | Self::SessionCreated | Self::SessionClosed => "",
            Self::Mute(id, _)
            | Self::Solo(id, _)
            | Self::RecordEnabled(id, _)
            | Self::InputMonitor(id, _)
            | Self::MenuItem(id)
            | Self::BatchJob(id, _) => id,
        }
    }
}

/// An event, and what it is about: a track, a job, a menu item; nothing for sessions.
pub type Wanted = (EventId, String);

#[derive(Debug, Clone, Default)]
struct Watcher {
    wanted: HashSet<Wanted>,
    waiting: VecDeque<Event>,
    /// Its number among all that there were.
    since: u64,
}

/// What the last comparison saw.
#[derive(Debug, Clone, Default)]
struct Seen {
    opening: Option<Arc<Opening>>,
    tracks: HashMap<String, (bool, bool, bool, bool)>,
    jobs: Vec<(String, BatchJobStatus)>,
}

fn switches(track: &Track) -> (bool, bool, bool, bool) {
    (
        track.muted,
        track.soloed,
        track.record_enabled,
        track.input_monitoring,
    )
}

impl Seen {
    fn of(world: &World) -> Self {
        let session = world.session.as_ref();
        Self {
            opening: session.map(|session| Arc::clone(&session.opening)),
            tracks: session
                .iter()
                .flat_map(|session| &session.strips)
                .map(|strip| (strip.track.id.0.clone(), switches(&strip.track)))
                .collect(),
            jobs: world.batch.statuses(),
        }
    }

    fn happened(&self, world: &World) -> Vec<Event> {
        let mut events = Vec::new();
        let session = world.session.as_ref();
        let opening = session.map(|session| &session.opening);
        let is_same = match (&self.opening, opening) {
            (Some(before), Some(now)) => Arc::ptr_eq(before, now),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            if self.opening.is_some() {
                events.push(Event::SessionClosed);
            }
            events.extend(opening.map(|opening| match **opening {
                Opening::Opened => Event::SessionOpened,
                Opening::Created => Event::SessionCreated,
            }));
        }
        let strips = session.iter().flat_map(|session| &session.strips);
        for strip in strips.filter(|_| is_same) {
            let id = &strip.track.id.0;
            let now = switches(&strip.track);
            // A track that is new changes nothing: its subscriptions come after it.
            let Some(before) = self.tracks.get(id).filter(|before| **before != now) else {
                continue;
            };
            let state = Inherited {
                explicit: now.3,
                implicit: false,
            };
            let changes = [
                (before.0 != now.0, Event::Mute(id.clone(), now.0)),
                (before.1 != now.1, Event::Solo(id.clone(), now.1)),
                (before.2 != now.2, Event::RecordEnabled(id.clone(), now.2)),
                (
                    before.3 != now.3,
                    Event::InputMonitor(id.clone(), attribute(state)),
                ),
            ];
            events.extend(changes.into_iter().filter(|c| c.0).map(|c| c.1));
        }
        let jobs = world.batch.statuses();
        let news = jobs.into_iter().filter(|job| !self.jobs.contains(job));
        events.extend(news.map(|(id, status)| Event::BatchJob(id, status)));
        events
    }
}

/// Subscriptions by connection.
#[derive(Debug, Clone, Default)]
pub struct Watchers {
    by_client: BTreeMap<String, Watcher>,
    seen: Seen,
    made: u64,
}

impl Watchers {
    /// Adds subscriptions, all or none.
    pub fn subscribe(&mut self, client: &str, wanted: Vec<Wanted>) -> Outcome<()> {
        let is_new = !self.by_client.contains_key(client);
        if is_new && self.by_client.len() >= MOST_WATCHERS {
            // Nobody says good-bye: the one that has been there longest goes.
            let oldest = self.by_client.iter().min_by_key(|(_, w)| w.since);
            let oldest = oldest.map(|(client, _)| client.clone());
            self.by_client.remove(&oldest.unwrap_or_default());
        }
        self.made += u64::from(is_new);
        let since = self.made;
        let watcher = self
            .by_client
            .entry(client.to_owned())
            .or_insert_with(|| Watcher {
                since,
                ..Watcher::default()
            });
        if watcher.wanted.len() + wanted.len() > MOST_WANTED {
            return Err(Failure::cannot("There are too many subscriptions."));
        }
        watcher.wanted.extend(wanted);
        Ok(())
    }

    /// Whether the client has this subscription.
    pub fn has(&self, client: &str, wanted: &Wanted) -> bool {
        let watcher = self.by_client.get(client);
        watcher.is_some_and(|watcher| watcher.wanted.contains(wanted))
    }

    /// Takes subscriptions away; those that are not there do not matter.
    pub fn unsubscribe(&mut self, client: &str, wanted: &[Wanted]) {
        let Some(watcher) = self.by_client.get_mut(client) else {
            return;
        };
        for one in wanted {
            watcher.wanted.remove(one);
        }
        if watcher.wanted.is_empty() && watcher.waiting.is_empty() {
            self.by_client.remove(client);
        }
    }

    /// The oldest event that waits for a connection.
    pub fn next(&mut self, client: &str) -> Option<Event> {
        self.by_client.get_mut(client)?.waiting.pop_front()
    }

    fn tell(&mut self, event: &Event) {
        for watcher in self.by_client.values_mut() {
            let wanted = (event.id(), event.subject().to_owned());
            if !watcher.wanted.contains(&wanted) {
                continue;
            }
            if watcher.waiting.len() >= MOST_WAITING {
                watcher.waiting.pop_front();
            }
            watcher.waiting.push_back(event.clone());
        }
    }
}

impl World {
    /// Finds what has happened since the last call, for those who want to know.
    pub fn notice(&mut self) {
        if self.watchers.by_client.is_empty() {
            self.watchers.seen = Seen::default();
            return;
        }
        for event in self.watchers.seen.happened(self) {
            self.watchers.tell(&event);
        }
        self.watchers.seen = Seen::of(self);
    }

    /// Adds subscriptions for the connection whose command runs; events count from now on.
    pub fn subscribe(&mut self, wanted: Vec<Wanted>) -> Outcome<()> {
        let client = self.caller.clone();
        self.watchers.subscribe(&client, wanted)?;
        self.watchers.seen = Seen::of(self);
        Ok(())
    }

    /// What a restart of the program forgets of its clients.
    pub fn forget_clients(&mut self) {
        self.watchers = Watchers::default();
        self.batch = BatchJobs::default();
        self.menu_items.clear();
    }

    /// A human picks a menu item that a client installed.
    pub fn pick_menu_item(&mut self, id: &str) -> Outcome<()> {
        if !self.menu_items.iter().any(|item| item.id == id) {
            return Err(Failure::invalid("There is no menu item with that id."));
        }
        self.watchers.tell(&Event::MenuItem(id.to_owned()));
        Ok(())
    }
}

/// PTSL's number of an input monitor state.
pub fn input_state(number: i32) -> TrackAttributeState {
    TrackAttributeState::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::world::tests::session;
    use crate::simulator::world::tracks::Switch;

    fn world() -> World {
        World {
            session: Some(session()),
            caller: "me".to_owned(),
            ..World::default()
        }
    }

    fn drain(world: &mut World) -> Vec<Event> {
        world.notice();
        std::iter::from_fn(|| world.watchers.next("me")).collect()
    }

    fn flip(world: &mut World, switch: Switch, name: &str, on: bool) {
        let session = world.session().unwrap();
        session.switch(switch, &[name.to_owned()], on).unwrap();
    }

    #[test]
    fn switches_are_told_to_those_who_asked_for_that_track() {
        let mut world = world();
        let id = |world: &World, at: usize| {
            let session = world.session.as_ref().unwrap();
            session.strips[at].track.id.0.clone()
        };
        let (kick, snare) = (id(&world, 1), id(&world, 2));
        flip(&mut world, Switch::Mute, "Kick", true);
        assert_eq!(drain(&mut world), [], "nobody asked");
        let wanted = vec![
            (EventId::EIdTrackMuteStateChanged, kick.clone()),
            (EventId::EIdTrackInputMonitorStateChanged, snare.clone()),
        ];
        world.subscribe(wanted).unwrap();
        assert_eq!(drain(&mut world), [], "what was before does not count");
        flip(&mut world, Switch::Mute, "Kick", false);
        flip(&mut world, Switch::Mute, "Snare", true);
        flip(&mut world, Switch::Solo, "Kick", true);
        flip(&mut world, Switch::InputMonitor, "Snare", true);
        let expected = [
            Event::Mute(kick.clone(), false),
            Event::InputMonitor(snare, 2),
        ];
        assert_eq!(drain(&mut world), expected);
        world
            .watchers
            .unsubscribe("me", &[(EventId::EIdTrackMuteStateChanged, kick)]);
        flip(&mut world, Switch::Mute, "Kick", true);
        assert_eq!(drain(&mut world), []);
    }

    #[test]
    fn sessions_open_and_close_but_a_copy_is_the_same_session() {
        let mut world = world();
        let wanted = [
            EventId::EIdSessionOpened,
            EventId::EIdSessionCreated,
            EventId::EIdSessionClosed,
        ];
        world
            .subscribe(wanted.map(|id| (id, String::new())).to_vec())
            .unwrap();
        let saved_as = world.session.clone();
        world.session = saved_as;
        assert_eq!(drain(&mut world), []);
        world.session = Some(session());
        let reopened = [Event::SessionClosed, Event::SessionOpened];
        assert_eq!(drain(&mut world), reopened);
        world.session = None;
        assert_eq!(drain(&mut world), [Event::SessionClosed]);
        let mut created = session();
        created.opening = Arc::new(Opening::Created);
        world.session = Some(created);
        assert_eq!(drain(&mut world), [Event::SessionCreated]);
    }
}
