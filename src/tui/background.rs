//! The terminal's answer to the question for its background colour. It comes among the keys, in
//! pieces and perhaps late, and must never be taken for keys. Nobody waits for it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Characters of an answer at most: `11;rgba:ffff/ffff/ffff/ffff`.
const LONGEST: usize = 32;

/// Takes the answer out of the keys.
#[derive(Debug, Default)]
pub struct Background {
    /// The question was sent, and nothing has answered yet.
    is_asked: bool,
    /// Keys that may be the beginning of an answer.
    held: Vec<KeyEvent>,
    /// What they say.
    text: String,
    /// An escape key alone was let through just before: pieces of an answer can be torn there.
    after_escape: bool,
    /// The escape of the end has come, its backslash has not.
    ends: bool,
}

/// What a key turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Keys after all, in their order; none while it is not clear.
    Keys(Vec<KeyEvent>),
    /// Whether the background is light; `None` when the answer makes no sense.
    Answer(Option<bool>),
}

impl Background {
    /// The question goes out now.
    pub fn asked(&mut self) {
        self.is_asked = true;
    }

    /// Looks at the next key.
    pub fn key(&mut self, key: KeyEvent) -> Heard {
        if !self.is_asked {
            return Heard::Keys(vec![key]);
        }
        if self.held.is_empty() {
            return self.first(key);
        }
        self.held.push(key);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('g') if control => self.end(),
            KeyCode::Char('\\') if alt || self.ends => self.end(),
            KeyCode::Esc if self.text.contains(':') && !self.ends => {
                self.ends = true;
                Heard::Keys(Vec::new())
            }
            KeyCode::Char(c) if !alt && !control && !self.ends => {
                self.text.push(c);
                if could_be(&self.text) {
                    Heard::Keys(Vec::new())
                } else {
                    self.give_back()
                }
            }
            _ => self.give_back(),
        }
    }

    fn first(&mut self, key: KeyEvent) -> Heard {
        let begins = key.code == KeyCode::Char(']')
            && (key.modifiers.contains(KeyModifiers::ALT) || self.after_escape);
        self.after_escape = key.code == KeyCode::Esc;
        if begins {
            self.held.push(key);
            Heard::Keys(Vec::new())
        } else {
            Heard::Keys(vec![key])
        }
    }

    fn end(&mut self) -> Heard {
        if !self.text.contains(':') {
            return self.give_back();
        }
        let light = is_light(&self.text);
        *self = Self::default();
        Heard::Answer(light)
    }

    fn give_back(&mut self) -> Heard {
        let held = std::mem::take(&mut self.held);
        *self = Self {
            is_asked: true,
            ..Self::default()
        };
        Heard::Keys(held)
    }
}

/// Whether a text is the beginning of `11;rgb:hhhh/hhhh/hhhh` or `11;rgba:…`.
fn could_be(text: &str) -> bool {
    let is_head = |head: &str| head.starts_with(text) || text.starts_with(head);
    if text.len() > LONGEST || !(is_head("11;rgb:") || is_head("11;rgba:")) {
        return false;
    }
    let colour = text.split_once(':').map_or("", |(_, colour)| colour);
    colour.chars().all(|c| c.is_ascii_hexdigit() || c == '/')
}

/// Whether a colour is nearer to white than to black, as the eye sees it.
fn is_light(text: &str) -> Option<bool> {
    let (_, colour) = text.split_once(':')?;
    let mut parts = colour.split('/').map(|part| {
        let most = 16_u32
            .checked_pow(u32::try_from(part.len()).ok()?)?
            .checked_sub(1)?;
        let value = u32::from_str_radix(part, 16).ok()?;
        (most > 0).then(|| f64::from(value) / f64::from(most))
    });
    let mut next = || parts.next().flatten();
    let (red, green, blue) = (next()?, next()?, next()?);
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), modifiers)
    }

    /// What the terminal's bytes become on their way through the parser.
    fn keys(text: &str) -> Vec<KeyEvent> {
        let mut keys = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            keys.push(match c {
                '\x1b' => match chars.next() {
                    Some('|') | None => KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
                    Some(c) => key(c, KeyModifiers::ALT),
                },
                '\x07' => key('g', KeyModifiers::CONTROL),
                c => key(c, KeyModifiers::NONE),
            });
        }
        keys
    }

    /// The keys that are left, and the answer.
    fn hear(background: &mut Background, text: &str) -> (Vec<KeyEvent>, Option<Option<bool>>) {
        let (mut left, mut answer) = (Vec::new(), None);
        for key in keys(text) {
            match background.key(key) {
                Heard::Keys(keys) => left.extend(keys),
                Heard::Answer(light) => answer = Some(light),
            }
        }
        (left, answer)
    }

    #[test]
    fn answers_of_every_form_are_understood_and_leave_no_key() {
        for (answer, light) in [
            ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", Some(true)),
            ("\x1b]11;rgb:1414/1717/1c1c\x07", Some(false)),
            ("\x1b]11;rgb:fa/fa/fa\x07", Some(true)),
            ("\x1b]11;rgba:0000/0000/0000/ffff\x1b\\", Some(false)),
            ("\x1b]11;rgb:FDFD/F6F6/E3E3\x07", Some(true)),
            ("\x1b]11;rgb:0/f/0\x07", Some(true)),
            ("\x1b]11;rgb:zz\x07", None),
            ("\x1b]11;rgb:\x07", None),
        ] {
            let mut background = Background::default();
            background.asked();
            let typed = format!("j{answer}k");
            let (left, told) = hear(&mut background, &typed);
            if answer.contains("zz") {
                assert_eq!((left, told), (keys(&typed), None), "no answer at all");
            } else {
                assert_eq!((left, told), (keys("jk"), Some(light)), "{answer:?}");
            }
        }
    }

    #[test]
    fn an_answer_torn_at_its_escapes_is_one_still() {
        let mut background = Background::default();
        background.asked();
        let (left, told) = hear(&mut background, "\x1b|]11;rgb:ffff/ffff/ffff\x1b|\\q");
        assert_eq!(told, Some(Some(true)));
        assert_eq!(left, keys("\x1b|q"), "only the escape was a key");
    }

    #[test]
    fn keys_stay_keys() {
        for typed in ["\x1b]", "\x1b]x", "\x1b]1q", "]11;rgb:1/1/1\x07", "\x1b|j]"] {
            let mut background = Background::default();
            background.asked();
            let (mut left, told) = hear(&mut background, &format!("{typed}j"));
            assert_eq!(told, None, "{typed:?}");
            left.truncate(keys(typed).len());
            assert_eq!(left, keys(typed), "{typed:?}");
            // Not asked: nothing is held back.
            let (left, _) = hear(&mut Background::default(), typed);
            assert_eq!(left, keys(typed), "{typed:?}");
        }
        // A second answer was not asked for, and has no right to be swallowed.
        let mut background = Background::default();
        background.asked();
        hear(&mut background, "\x1b]11;rgb:ffff/ffff/ffff\x07");
        assert_eq!(hear(&mut background, "\x1b]").0, keys("\x1b]"));
    }
}
