//! A lease in use: every change that the job makes is written down before it is asked for, and what
//! is read back afterwards tells the job's own changes from a human's.

use std::collections::HashMap;

use super::another::Asked;
use super::compare::Strange;
use super::isolate::key;
use super::lease::{Identity, Lease, LeaseRecord};
use super::states::{TrackState, Unanswered};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Range, Ruler, Track, TrackFlag, TrackId};
use crate::ptsl::client::Client;
use crate::ptsl::error::PtslError;

/// The lease of a running job.
#[derive(Debug)]
pub struct Hold {
    lease: Lease,
    /// What was asked since the last look.
    asked: Option<Asked>,
}

/// The state of a track by its identity, else by its name.
fn places(tracks: &[TrackState]) -> HashMap<String, usize> {
    let key = |state: &TrackState| match state.id.0.as_str() {
        "" => state.name.clone(),
        id => id.to_owned(),
    };
    let keyed = tracks.iter().enumerate();
    keyed.map(|(index, state)| (key(state), index)).collect()
}

impl Hold {
    pub fn new(lease: Lease) -> Self {
        let asked = None;
        Self { lease, asked }
    }

    pub fn record(&self) -> &LeaseRecord {
        self.lease.record()
    }

    pub fn into_lease(self) -> Lease {
        self.lease
    }

    /// Calls `with` for every present track that is recorded.
    fn each(&mut self, present: &[Track], mut with: impl FnMut(&mut TrackState, &Track)) {
        let record = self.lease.record_mut();
        let places = places(&record.tracks);
        for track in present {
            let state = places
                .get(key(track))
                .and_then(|index| record.tracks.get_mut(*index));
            if let Some(state) = state {
                with(state, track);
            }
        }
    }

    /// The tracks, with what a human changed taken down. Nothing may be changed, and nothing
    /// printed, in a session that somebody opened meanwhile: the question after it comes last.
    pub async fn look(&mut self, client: &Client) -> Result<Vec<Track>> {
        let present = client.tracks().await?;
        let open = Identity::of(client).await?;
        if self.record().is_of(&open) {
            self.asked = None;
            self.observe(&present)?;
            return Ok(present);
        }
        Err(self.another_is_open(client, &open.path).await)
    }

    async fn another_is_open(&self, client: &Client, path: &str) -> Error {
        let error = Error::new(
            ErrorKind::Job,
            format!("somebody opened '{path}' while the job ran"),
        )
        .hint("The job ended there; print again when its own session is open");
        match &self.asked {
            Some(asked) => error.hint(asked.look_there(client).await),
            None => error,
        }
    }

    /// Names of tracks mean others in another session.
    async fn check_session(&self, client: &Client) -> Result<()> {
        let open = client.session_path().await?;
        if open == self.record().session_path {
            return Ok(());
        }
        Err(self.another_is_open(client, &open).await)
    }

    /// Takes down what a human changed since the job looked last. It stays when the job is over.
    fn observe(&mut self, present: &[Track]) -> Result<()> {
        let unsure = self.record().unsure.clone();
        let mut is_new = false;
        self.each(present, |state, track| {
            for flag in TrackFlag::ALL.iter().filter(|flag| !unsure.contains(flag)) {
                is_new |= state.observe(track, *flag);
            }
        });
        if is_new { self.lease.save() } else { Ok(()) }
    }

    /// Sets a switch; that it may have been set stands in the record before Pro Tools hears of it.
    pub async fn set(
        &mut self,
        client: &Client,
        flag: TrackFlag,
        on: bool,
        names: &[String],
    ) -> Result<()> {
        if !self.record().unsure.contains(&flag) {
            self.lease.record_mut().unsure.push(flag);
            self.lease.save()?;
        }
        self.check_session(client).await?;
        self.asked = Some(Asked::Switch(flag, on, names.to_vec()));
        let outcome = client.set_flag(flag, names, on).await;
        self.remember(&outcome, Some(flag), on, names)?;
        Ok(outcome?)
    }

    /// What is there now is what the job has made of it.
    pub fn settle(&mut self, present: &[Track]) -> Result<()> {
        let unsure = std::mem::take(&mut self.lease.record_mut().unsure);
        if unsure.is_empty() {
            return Ok(());
        }
        self.each(present, |state, track| {
            for flag in &unsure {
                state.settle(track, *flag);
            }
        });
        self.lease.save()
    }

    /// Changes that turned out to be a human's.
    pub fn keep(&mut self, strange: &[Strange], present: &[Track]) -> Result<()> {
        if strange.is_empty() {
            return Ok(());
        }
        self.each(present, |state, track| {
            for change in strange.iter().filter(|change| change.track == key(track)) {
                state.keep_value(change.flag, change.on);
            }
        });
        self.lease.save()
    }

    /// Sets the timeline selection to the range.
    pub async fn set_timeline(&mut self, client: &Client, range: Range) -> Result<()> {
        if self.record().timeline_set != Some(range) {
            self.lease.record_mut().timeline_set = Some(range);
            self.lease.save()?;
        }
        self.check_session(client).await?;
        self.asked = Some(Asked::Selection(range));
        let outcome = client.set_timeline(None, range).await;
        self.remember(&outcome, None, true, &[])?;
        Ok(outcome?)
    }

    /// What is selected instead of the range; `None` where it is the range. Where times are told as
    /// timecode, a frame is as exact as it gets.
    pub async fn selected_instead(
        &self,
        client: &Client,
        range: Range,
        ruler: &Ruler,
    ) -> Result<Option<String>> {
        let (_, selected) = client.timeline().await?;
        let frame = u64::from(ruler.sample_rate / ruler.rate.nominal().max(1));
        let is_near = |a: i64, b: i64| a.abs_diff(b) <= frame;
        if is_near(selected.start, range.start) && is_near(selected.end, range.end) {
            return Ok(None);
        }
        let place = |at| ruler.timecode_at(at);
        Ok(Some(format!(
            "the timeline selection is {} to {}, not {} to {}",
            place(selected.start),
            place(selected.end),
            place(range.start),
            place(range.end)
        )))
    }

    /// Gives a track another name for the time of the job.
    pub async fn rename(&mut self, client: &Client, id: &TrackId, to: &str) -> Result<()> {
        let states = &mut self.lease.record_mut().tracks;
        let Some(state) = states.iter_mut().find(|state| state.id == *id) else {
            return Ok(());
        };
        state.renamed = Some(to.to_owned());
        let from = state.name.clone();
        self.lease.save()?;
        self.check_session(client).await?;
        self.asked = Some(Asked::Rename(id.clone(), from.clone(), to.to_owned()));
        let outcome = client.rename_track(id, &from, to).await;
        self.remember(&outcome, None, true, &[from])?;
        Ok(outcome?)
    }

    /// A command that was not answered may be carried out when a dialog is dismissed.
    fn remember(
        &mut self,
        outcome: &std::result::Result<(), PtslError>,
        flag: Option<TrackFlag>,
        on: bool,
        names: &[String],
    ) -> Result<()> {
        if !outcome.as_ref().is_err_and(PtslError::is_unanswered) {
            return Ok(());
        }
        let names = names.to_vec();
        let unanswered = Unanswered { flag, on, names };
        self.lease.record_mut().unanswered.push(unanswered);
        self.lease.save()
    }
}
