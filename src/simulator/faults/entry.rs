//! One `[[fault]]` of the file: the keys that its kind knows, and the words that they take.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::model::text::{clean, nearest};
use crate::ptsl::names;
use crate::ptsl::wire::{CommandErrorType, CommandId};
use crate::simulator::world::tracks::Switch;

use super::Fault;
use super::file::{Checked, Wrong, choice, millis, near};
use super::kind::{Choice, End, Hand, Kind, NameDialog, Notice, Then, When};

/// One `[[fault]]` with the keys of all kinds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    kind: Spanned<String>,
    command: Option<Spanned<String>>,
    from: Option<u32>,
    times: Option<u32>,
    error: Option<Spanned<ErrorWord>>,
    message: Option<String>,
    warning_first: Option<bool>,
    when: Option<Spanned<String>>,
    until: Option<Spanned<String>>,
    ms: Option<Spanned<u64>>,
    after_ms: Option<Spanned<u64>>,
    then: Option<Spanned<String>>,
    mode: Option<Spanned<String>>,
    answer: Option<Spanned<String>>,
    flag: Option<Spanned<String>>,
    track: Option<String>,
    on: Option<bool>,
    path: Option<PathBuf>,
    session: Option<Spanned<String>>,
    down_ms: Option<Spanned<u64>>,
    frames: Option<i64>,
    taken: Option<bool>,
}

/// An error by its name or number.
#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorWord {
    Number(u32),
    Name(String),
}

impl ErrorWord {
    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

/// The kinds with the keys that each knows beside kind, command, from and times.
#[rustfmt::skip]
pub(super) const KINDS: &[(&str, &[&str])] = &[
    ("refuse", &["error", "message", "warning_first"]),
    ("busy", &["error", "message"]),
    ("drop", &["when"]),
    ("hang", &["until", "ms", "then"]),
    ("dialog", &["mode", "until", "ms", "then"]),
    ("waiting", &["until", "ms", "then"]),
    ("stuck_progress", &["until", "ms"]),
    ("no_effect", &[]),
    ("warnings", &["error", "message"]),
    ("late", &["until", "after_ms", "answer"]),
    ("disk_full", &[]),
    ("elsewhere", &[]),
    ("name_exists", &["then", "until", "ms", "taken"]),
    ("wrong_length", &["frames"]),
    ("silent", &[]),
    ("truncated", &[]),
    ("restart", &["when", "session", "down_ms"]),
    ("switch_session", &["when", "path"]),
    ("human", &["when", "flag", "track", "on"]),
];

/// Switches that a human turns, under the names of `flag`.
#[rustfmt::skip]
const FLAGS: &[(&str, Switch)] = &[
    ("mute", Switch::Mute),
    ("solo", Switch::Solo),
    ("solo_safe", Switch::SoloSafe),
    ("record", Switch::RecordEnable),
    ("record_safe", Switch::RecordSafe),
    ("input", Switch::InputMonitor),
    ("hidden", Switch::Hidden),
    ("inactive", Switch::Inactive),
    ("frozen", Switch::Frozen),
    ("open", Switch::Open),
];

pub(super) fn error_type(word: &str) -> Option<CommandErrorType> {
    let number = names::number_of("CommandErrorType", word).or_else(|| word.parse().ok())?;
    CommandErrorType::try_from(number).ok()
}

/// The switch of a `flag`; the error names the nearest.
pub fn hand(flag: &str, track: String, on: bool) -> std::result::Result<Hand, String> {
    let known: Vec<&str> = FLAGS.iter().map(|(name, _)| *name).collect();
    FLAGS
        .iter()
        .find(|(name, _)| *name == flag)
        .map(|(_, switch)| Hand {
            switch: *switch,
            track,
            on,
        })
        .ok_or_else(|| format!("there is no flag '{}': {}", clean(flag), near(flag, &known)))
}

impl Entry {
    /// The keys that are given beside those of every kind.
    fn given(&self) -> Vec<&'static str> {
        let keys: [(&'static str, bool); 18] = [
            ("error", self.error.is_some()),
            ("message", self.message.is_some()),
            ("warning_first", self.warning_first.is_some()),
            ("when", self.when.is_some()),
            ("until", self.until.is_some()),
            ("ms", self.ms.is_some()),
            ("after_ms", self.after_ms.is_some()),
            ("then", self.then.is_some()),
            ("mode", self.mode.is_some()),
            ("answer", self.answer.is_some()),
            ("flag", self.flag.is_some()),
            ("track", self.track.is_some()),
            ("on", self.on.is_some()),
            ("path", self.path.is_some()),
            ("session", self.session.is_some()),
            ("down_ms", self.down_ms.is_some()),
            ("frames", self.frames.is_some()),
            ("taken", self.taken.is_some()),
        ];
        let given = keys.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(key, _)| key).collect()
    }

    pub fn checked(self, at: usize) -> Checked<Fault> {
        let Some((kind, allowed)) = KINDS.iter().find(|(name, _)| name == self.kind.as_ref())
        else {
            let known: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            return Err(Wrong::word(&self.kind, "kind of fault", &known));
        };
        if let Some(key) = self.given().into_iter().find(|key| !allowed.contains(key)) {
            return Err(Wrong {
                at,
                what: format!("a fault of kind '{kind}' has no key '{key}'"),
                hint: Some(match allowed {
                    [] => "it has none of its own".to_owned(),
                    allowed => near(key, allowed),
                }),
            });
        }
        let command = match &self.command {
            Some(name) => Some(command(name)?),
            None => None,
        };
        let (from, times) = (self.from.unwrap_or(1), self.times.unwrap_or(1));
        if from == 0 {
            return Err(Wrong::new(at, "from counts from 1"));
        }
        let kind = self.kind(kind, at)?;
        if let (Some(command), Some(name)) = (command, &self.command) {
            kind.suits(command).map_err(|why| {
                let what = format!("{} cannot be hit: {why}", clean(name.as_ref()));
                Wrong::new(name.span().start, what)
            })?;
        }
        Ok(Fault {
            kind,
            command,
            from,
            times,
        })
    }

    fn kind(&self, kind: &str, at: usize) -> Checked<Kind> {
        Ok(match kind {
            "refuse" => Kind::Refuse {
                notice: self.notice("PT_UnknownError", "The command failed.")?,
                warning_first: self.warning_first.unwrap_or(false),
            },
            "busy" => Kind::Refuse {
                notice: self.busy()?,
                warning_first: false,
            },
            "warnings" => Kind::Warnings(self.notice("PT_Info", "Something is worth knowing.")?),
            "drop" => Kind::Drop(self.when()?),
            "hang" => self.hang()?,
            "dialog" => {
                let mode = [("hang", false), ("no_session", true)];
                match choice(self.mode.as_ref(), "mode", &mode)? {
                    Some(true) => Kind::NoSession(self.end()?),
                    _ => self.hang()?,
                }
            }
            "waiting" => Kind::Waiting {
                end: self.end()?,
                then: self.then()?,
            },
            "stuck_progress" => {
                let has_end = self.until.is_some() || self.ms.is_some();
                Kind::StuckProgress(has_end.then(|| self.end()).transpose()?)
            }
            "no_effect" => Kind::NoEffect,
            "late" => Kind::Late {
                after: self.end()?,
                is_answered: choice(
                    self.answer.as_ref(),
                    "answer",
                    &[("timeout", true), ("nothing", false)],
                )?
                .unwrap_or(true),
            },
            "disk_full" => Kind::DiskFull,
            "elsewhere" => Kind::Elsewhere,
            "name_exists" => self.name_exists()?,
            "wrong_length" => Kind::WrongLength(self.frames.unwrap_or(-1)),
            "silent" => Kind::Silent,
            "truncated" => Kind::Truncated,
            "restart" => Kind::Restart {
                when: self.when()?,
                closes_session: choice(
                    self.session.as_ref(),
                    "session",
                    &[("stays", false), ("closes", true)],
                )?
                .unwrap_or(false),
                down: self.duration(self.down_ms.as_ref())?,
            },
            "switch_session" => Kind::SwitchSession {
                when: self.when()?,
                path: self
                    .path
                    .clone()
                    .ok_or_else(|| Wrong::new(at, "switch_session needs a path"))?,
            },
            _ => self.human(at)?,
        })
    }

    fn human(&self, at: usize) -> Checked<Kind> {
        let (Some(flag), Some(track)) = (&self.flag, &self.track) else {
            return Err(Wrong::new(at, "human needs a flag and a track"));
        };
        let on = self.on.unwrap_or(true);
        Ok(Kind::Human {
            when: self.when()?,
            hand: hand(flag.as_ref(), track.clone(), on)
                .map_err(|what| Wrong::new(flag.span().start, what))?,
        })
    }

    fn hang(&self) -> Checked<Kind> {
        Ok(Kind::Hang {
            end: self.end()?,
            then: self.then()?,
        })
    }

    fn name_exists(&self) -> Checked<Kind> {
        let known = [
            ("carry_out", Choice::Replace),
            ("keep_both", Choice::KeepBoth),
            ("cancel", Choice::Cancel),
        ];
        let choice = choice(self.then.as_ref(), "then", &known)?;
        Ok(Kind::NameExists(NameDialog {
            choice: choice.unwrap_or(Choice::Replace),
            end: self.end()?,
            is_taken: self.taken.unwrap_or(false),
        }))
    }

    /// "No session" comes in the words that mean a passing state.
    fn busy(&self) -> Checked<Notice> {
        let mut notice = self.notice("PT_HostIsBusy", "The host is busy.")?;
        if self.message.is_none() && notice.error == CommandErrorType::PtNoOpenedSession {
            notice.message = "The session state is already changing.".to_owned();
        }
        Ok(notice)
    }

    fn notice(&self, otherwise: &str, message: &str) -> Checked<Notice> {
        let given = self.error.as_ref().map(|word| word.as_ref().text());
        let word = given.as_deref().unwrap_or(otherwise);
        let error = error_type(word).ok_or_else(|| {
            let at = self.error.as_ref().map_or(0, |word| word.span().start);
            let known: Vec<String> = (0..=501)
                .flat_map(|number| names::names_of("CommandErrorType", number))
                .collect();
            Wrong {
                at,
                what: format!("there is no error '{}'", clean(word)),
                hint: nearest(word, known.iter().map(String::as_str))
                    .map(|near| format!("did you mean '{near}'?")),
            }
        })?;
        let message = self.message.clone().unwrap_or_else(|| message.to_owned());
        Ok(Notice { error, message })
    }

    fn when(&self) -> Checked<When> {
        let known = [("before", When::Before), ("after", When::After)];
        Ok(choice(self.when.as_ref(), "when", &known)?.unwrap_or_default())
    }

    fn then(&self) -> Checked<Then> {
        let known = [("carry_out", Then::CarryOut), ("cancel", Then::Cancel)];
        Ok(choice(self.then.as_ref(), "then", &known)?.unwrap_or_default())
    }

    /// `ms`, `after_ms`, or until somebody dismisses it.
    fn end(&self) -> Checked<End> {
        choice(self.until.as_ref(), "until", &[("dismissed", ())])?;
        match (self.ms.as_ref().or(self.after_ms.as_ref()), &self.until) {
            (Some(given), Some(_)) => Err(Wrong::new(
                given.span().start,
                "either a time or until = \"dismissed\"",
            )),
            (Some(given), None) => Ok(End::After(self.duration(Some(given))?)),
            (None, _) => Ok(End::Dismissed),
        }
    }

    fn duration(&self, given: Option<&Spanned<u64>>) -> Checked<Duration> {
        let millis = given.map(millis).transpose()?.unwrap_or(0);
        Ok(Duration::from_millis(millis))
    }
}

fn command(name: &Spanned<String>) -> Checked<CommandId> {
    names::command(name.as_ref()).ok_or_else(|| {
        let known: Vec<String> = names::commands()
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Wrong {
            at: name.span().start,
            what: format!("PTSL has no command '{}'", clean(name.as_ref())),
            hint: nearest(name.as_ref(), known).map(|near| format!("did you mean '{near}'?")),
        }
    })
}
