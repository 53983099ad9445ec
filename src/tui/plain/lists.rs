//! Lists to pick from and the console, as questions.

use super::{Choice, Talk, spoken};
use crate::action::{Action, Motion};
use crate::app::state::{Overlay, Pick, PickOf};
use crate::app::update::{Input, snapshots};
use crate::app::{Msg, State};

impl Talk {
    /// What is picked for what, and the rows by number.
    pub(super) fn pick(&mut self, state: &State, pick: &Pick) -> Vec<String> {
        let marker = |at: Option<usize>| {
            let marker = at.and_then(|at| state.markers().get(at));
            marker.map(|marker| spoken::line(&marker.name))
        };
        let heading = match &pick.of {
            PickOf::Snapshots => {
                "Recall which snapshot of solo and mute? Type a number or a name; :snapshot-print \
                 and its name prints one, an empty line leaves the list:"
                    .to_owned()
            }
            PickOf::Markers { from: None } => {
                "Go to which marker? Type a number or a name; :select-markers and two names selects \
                 between them, an empty line leaves the list:"
                    .to_owned()
            }
            PickOf::Markers { from } => format!(
                "Select from {} to which marker? Type a number or a name:",
                marker(*from).unwrap_or_default()
            ),
            PickOf::Range { from: None, .. } => {
                "Print from which marker? Type a number or a name:".to_owned()
            }
            PickOf::Range { from, .. } => format!(
                "Print from {} to which marker? Type a number or a name:",
                marker(*from).unwrap_or_default()
            ),
        };
        let listed = state.picks(pick);
        let entries: Vec<_> = listed
            .iter()
            .enumerate()
            .map(|(row, index)| (entry(state, pick, *index), take(row)))
            .collect();
        if entries.is_empty() {
            self.choices.clear();
            return vec!["Nothing in the list fits; an empty line leaves it.".to_owned()];
        }
        self.offer(heading, entries)
    }

    /// The console asks for a command; one that was sent from elsewhere is answered by itself.
    pub(super) fn console(
        &mut self,
        state: &State,
        before: Option<&Overlay>,
    ) -> (Vec<String>, Option<Msg>) {
        self.choices.clear();
        let is_open = matches!(before, Some(Overlay::Console(_)));
        let awaited = state.ui.calls.back().is_some_and(|c| c.answer.is_none());
        match (is_open, awaited) {
            (true, _) => (Vec::new(), None),
            (false, true) => (Vec::new(), Some(Msg::Action(Action::Back))),
            (false, false) => {
                let text = "Console. Type a PTSL command and its JSON body, such as \
                    GetTrackList {\"page_limit\": 5}; an empty line leaves it.";
                (vec![text.to_owned()], None)
            }
        }
    }
}

/// Goes to a row of the list and takes it.
fn take(row: usize) -> Choice {
    let go = |motion| Msg::Action(Action::Move(motion));
    let mut messages = vec![go(Motion::Top)];
    messages.extend(std::iter::repeat_n(go(Motion::Down), row));
    messages.push(Msg::Input(Input::Submit));
    Choice::Send(messages)
}

fn entry(state: &State, pick: &Pick, index: usize) -> String {
    let text = match &pick.of {
        PickOf::Snapshots => {
            let snapshot = state.known_snapshots().get(index);
            snapshot.map(|snapshot| format!("{}, {}", snapshot.name, snapshots::facts(snapshot)))
        }
        PickOf::Markers { .. } | PickOf::Range { .. } => {
            let marker = state.markers().get(index).zip(state.session.as_ref());
            marker.map(|(marker, session)| {
                let place = session.info.ruler.timecode_at(marker.start);
                format!("{}, at {place}", marker.name)
            })
        }
    };
    spoken::line(&text.unwrap_or_default())
}
