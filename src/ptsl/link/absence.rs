//! "No session" as an answer: Pro Tools says so when none is open, while one is being changed, and
//! while a dialog is up. Judges which it is; what follows is the poll's.

use crate::ptsl::error::PtslError;

/// An answer that says nothing more is taken as true only this often in a row.
const TIMES: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not to be believed yet.
    Wait,
    /// The session is there, and Pro Tools lets nothing through.
    Blocked,
    Closed,
    /// None was seen open, and the answer fits a dialog as well.
    Unclear,
}

/// The answers in a row that no session is open.
#[derive(Debug, Default)]
pub struct Absence {
    times: u32,
    is_told: bool,
}

impl Absence {
    /// An event tells that the session was closed.
    pub fn tell(&mut self) {
        self.is_told = true;
    }

    /// A session answers.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    /// One more such answer. `hears`: a close would have been told by an event.
    pub fn judge(&mut self, error: &PtslError, was_open: bool, hears: bool) -> Verdict {
        self.times = self.times.saturating_add(1);
        if self.is_told || error.says_none_open() {
            Verdict::Closed
        } else if !was_open {
            Verdict::Unclear
        } else if self.times < TIMES {
            Verdict::Wait
        } else if hears || error.says_unable() {
            Verdict::Blocked
        } else {
            Verdict::Closed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(message: &str) -> PtslError {
        PtslError::Refused {
            command: "GetTransportState".to_owned(),
            kind: "PT_NoOpenedSession".to_owned(),
            code: 106,
            message: message.to_owned(),
        }
    }

    /// The verdict on the last of some equal answers.
    fn last(message: &str, times: u32, hears: bool, is_told: bool) -> Verdict {
        let mut absence = Absence::default();
        if is_told {
            absence.tell();
        }
        let error = answer(message);
        let mut verdict = Verdict::Wait;
        for _ in 0..times {
            verdict = absence.judge(&error, true, hears);
        }
        verdict
    }

    #[test]
    fn a_dialog_is_no_closed_session() {
        use Verdict::{Blocked, Closed, Unclear, Wait};
        let plain = "There is no open session.";
        let vague = "Unable to complete the command.";
        let changing = "The session state is already changing.";
        for (message, times, hears, is_told, wanted) in [
            (plain, 1, false, false, Closed),
            (plain, 1, true, false, Closed),
            (vague, 1, true, true, Closed),
            (vague, 2, true, false, Wait),
            (vague, 3, true, false, Blocked),
            (vague, 3, false, false, Blocked),
            (changing, 3, false, false, Blocked),
            ("", 2, false, false, Wait),
            ("", 3, false, false, Closed),
            ("", 3, true, false, Blocked),
        ] {
            let verdict = last(message, times, hears, is_told);
            assert_eq!(verdict, wanted, "{message} x {times}, {hears}, {is_told}");
        }
        for (message, wanted) in [(plain, Closed), (vague, Unclear), ("", Unclear)] {
            let first = Absence::default().judge(&answer(message), false, true);
            assert_eq!(first, wanted, "none was open before: {message}");
        }
    }
}
