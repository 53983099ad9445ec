//! Escape sequences beyond drawing: the clipboard, the title, the end of a job, progress. Makes bytes;
//! `terminal` writes them.

use std::io::{self, Write};

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;

use crate::config::settings::Notify;
use crate::model::text::clean;

/// What screen hands on in one piece at most; it keeps longer ones to itself.
const SCREEN_BYTES: usize = 240;

/// What stands between us and the terminal, and swallows what it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    Tmux,
    Screen,
}

/// How the terminal is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    between: Between,
    notify: Notify,
}

impl Manner {
    /// As the settings and the environment have it.
    pub fn new(notify: Notify, env: impl Fn(&str) -> Option<String>) -> Self {
        let term = env("TERM").unwrap_or_default();
        let is = |name: &str| term.starts_with(name);
        let between = if env("TMUX").is_some() || is("tmux") {
            Between::Tmux
        } else if env("STY").is_some() || is("screen") {
            Between::Screen
        } else {
            Between::Nothing
        };
        let knows_777 = env("VTE_VERSION").is_some() || is("rxvt") || is("foot");
        let notify = match notify {
            Notify::Auto if knows_777 => Notify::Osc777,
            Notify::Auto => Notify::Osc9,
            chosen => chosen,
        };
        Self { between, notify }
    }

    /// Tells of something that somebody waits for. The bell comes last and unwrapped: what stands
    /// between shows it even where it keeps the rest to itself.
    pub fn notify(self, out: &mut impl Write, text: &str) -> io::Result<()> {
        let text = clean(text);
        match self.notify {
            Notify::Off => return Ok(()),
            Notify::Bell => {}
            // A semicolon would end the title.
            Notify::Osc777 => {
                let text = text.replace(';', ",");
                self.pass(out, &format!("\x1b]777;notify;PT-STEM;{text}\x07"))?;
            }
            Notify::Auto | Notify::Osc9 => self.pass(out, &format!("\x1b]9;{text}\x07"))?,
        }
        out.write_all(b"\x07")
    }

    /// How far the running job is, in percent; `None` takes the bar away.
    pub fn progress(self, out: &mut impl Write, percent: Option<u8>) -> io::Result<()> {
        let sequence = match percent {
            Some(percent) => format!("\x1b]9;4;1;{}\x07", percent.min(100)),
            None => "\x1b]9;4;0;0\x07".to_owned(),
        };
        self.pass(out, &sequence)
    }

    /// Sends a text to the terminal's clipboard (OSC 52). There is no acknowledgement. tmux takes
    /// the bare sequence with `set-clipboard on` and hands the wrapped one on with
    /// `allow-passthrough on`, and nobody says which it is: both go out.
    pub fn copy(self, out: &mut impl Write, text: &str) -> io::Result<()> {
        let mut sequence = Vec::new();
        queue!(sequence, CopyToClipboard::to_clipboard_from(text))?;
        if self.between != Between::Nothing {
            // The usual end would end what is wrapped around it.
            let bare = String::from_utf8_lossy(&sequence).replace("\x1b\\", "\x07");
            self.pass(out, &bare)?;
        }
        out.write_all(&sequence)
    }

    /// Through whatever stands between.
    fn pass(self, out: &mut impl Write, sequence: &str) -> io::Result<()> {
        match self.between {
            Between::Nothing => out.write_all(sequence.as_bytes()),
            Between::Tmux => {
                let inner = sequence.replace('\x1b', "\x1b\x1b");
                write!(out, "\x1bPtmux;{inner}\x1b\\")
            }
            Between::Screen => {
                let mut rest = sequence;
                while !rest.is_empty() {
                    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
                    let end = ends.take_while(|end| *end <= SCREEN_BYTES).last();
                    let (piece, more) = rest.split_at(end.unwrap_or(rest.len()));
                    write!(out, "\x1bP{piece}\x1b\\")?;
                    rest = more;
                }
                Ok(())
            }
        }
    }
}

/// Sets the title of the terminal's window.
pub fn title(out: &mut impl Write, text: &str) -> io::Result<()> {
    write!(out, "\x1b]2;{}\x07", clean(text))
}

/// Asks for the background colour (OSC 11). The answer comes among the keys, if at all; tmux answers
/// by itself.
pub fn ask_background(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\x1b]11;?\x1b\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manner(notify: Notify, env: &[(&str, &str)]) -> Manner {
        Manner::new(notify, |name| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn sent(write: impl Fn(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_cannot_break_out_of_a_sequence() {
        let evil = "a\x07\x1b]52;c;eA==\x07b;c";
        let titled = sent(|out| title(out, evil));
        assert_eq!(titled.matches(['\x07', '\x1b']).count(), 2);
        for notify in [Notify::Osc9, Notify::Osc777] {
            let told = sent(|out| manner(notify, &[]).notify(out, evil));
            assert_eq!(told.matches('\x1b').count(), 1, "{told:?}");
            assert_eq!(told.matches('\x07').count(), 2, "{told:?}");
            if notify == Notify::Osc777 {
                assert_eq!(told.matches(';').count(), 3, "{told:?}");
            }
        }
    }

    #[test]
    fn the_end_of_a_job_is_told_as_the_terminal_wants_it() {
        type Environment = &'static [(&'static str, &'static str)];
        let table: &[(Notify, Environment, &str)] = &[
            (
                Notify::Auto,
                &[("TERM", "xterm-256color")],
                "\x1b]9;Done\x07\x07",
            ),
            (
                Notify::Auto,
                &[("TERM", "foot")],
                "\x1b]777;notify;PT-STEM;Done\x07\x07",
            ),
            (
                Notify::Auto,
                &[("VTE_VERSION", "7600")],
                "\x1b]777;notify;PT-STEM;Done\x07\x07",
            ),
            (
                Notify::Osc9,
                &[("TMUX", "/tmp/x,1,0"), ("TERM", "screen-256color")],
                "\x1bPtmux;\x1b\x1b]9;Done\x07\x1b\\\x07",
            ),
            (
                Notify::Osc9,
                &[("TERM", "screen")],
                "\x1bP\x1b]9;Done\x07\x1b\\\x07",
            ),
            (Notify::Bell, &[("TMUX", "x")], "\x07"),
            (Notify::Off, &[], ""),
        ];
        for (notify, env, wanted) in table {
            let told = sent(|out| manner(*notify, env).notify(out, "Done"));
            assert_eq!(told, *wanted, "{notify:?} {env:?}");
        }
    }

    #[test]
    fn progress_is_shown_and_taken_away() {
        let manner = manner(Notify::Auto, &[]);
        assert_eq!(
            sent(|out| manner.progress(out, Some(42))),
            "\x1b]9;4;1;42\x07"
        );
        assert_eq!(sent(|out| manner.progress(out, None)), "\x1b]9;4;0;0\x07");
    }

    #[test]
    fn the_clipboard_gets_base64() {
        let bare = "\x1b]52;c;aGVsbG8=\x1b\\";
        for (env, wrapped) in [
            (&[][..], ""),
            (
                &[("TMUX", "x")][..],
                "\x1bPtmux;\x1b\x1b]52;c;aGVsbG8=\x07\x1b\\",
            ),
            (&[("STY", "x")][..], "\x1bP\x1b]52;c;aGVsbG8=\x07\x1b\\"),
        ] {
            let told = sent(|out| manner(Notify::Auto, env).copy(out, "hello"));
            assert_eq!(told, format!("{wrapped}{bare}"));
        }
    }

    #[test]
    fn screen_gets_long_texts_in_pieces_that_make_one() {
        let manner = manner(Notify::Auto, &[("STY", "x")]);
        let long = "ä/".repeat(500);
        let told = sent(|out| manner.pass(out, &long));
        let pieces = told.split("\x1bP").skip(1);
        let pieces: Vec<&str> = pieces.map(|p| p.strip_suffix("\x1b\\").unwrap()).collect();
        assert!(pieces.iter().all(|p| p.len() <= SCREEN_BYTES));
        assert_eq!(pieces.concat(), long);
    }
}
