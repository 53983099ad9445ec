//! The melody: one word an eighth, a note with its vowel, `~` holds, `.` rests.

/// A sung note: start and length in eighths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    pub start: i64,
    pub length: i64,
    pub midi: i32,
    pub vowel: char,
}

pub const VERSE: &str = "
    .   A4a A4e G4o F4a ~   D4o .   |  .   F4a G4e F4i D4o ~   ~   .
    .   A4a A4e C5o A4a ~   G4i F4o |  G4a ~   ~   F4e E4o ~   ~   .
    .   A4a A4e G4o F4a ~   A4o .   |  .   A#4a A4e G4i F4o ~  ~   .
    .   A4a C5e C5o D5a ~   C5i A4o |  C5a ~   ~   ~   G4o ~   .   . ";

pub const CHORUS: &str = "
    D5o ~   ~   C5e D5a ~   .   A4u |  C5o ~   ~   D5e C5a ~   G4u ~
    A4a ~   A4e C5o ~   D5i ~   .   |  C5a ~   ~   A4e A4o ~   ~   . ";

pub const CHORUS_HIGH: &str = "
    D5o ~   ~   C5e D5a ~   F5o ~   |  E5o ~   ~   D5e C5a ~   G4u ~
    A4a ~   C5e D5o ~   F5i ~   .   |  F5a ~   E5e C5a A4o ~   ~   . ";

pub const BREAK: &str = "
    .   .   .   .   .   .   .   .   |  .   .   .   .   .   .   .   .
    .   .   A4u ~   ~   ~   A#4u ~  |  A4u ~   ~   ~   C#5o ~  E5a ~ ";

pub const OUTRO: &str = "
    D5o ~   ~   C5e A4a ~   ~   G4i |  F4o ~   ~   ~   ~   ~   .   . ";

/// The notes of a line; words that are none are rests.
pub fn notes(line: &str) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let mut held = false;
    let words = line.split_whitespace().filter(|word| *word != "|");
    for (start, word) in words.enumerate() {
        if word == "~" {
            if let (true, Some(last)) = (held, notes.last_mut()) {
                last.length += 1;
            }
            continue;
        }
        let note = note(word, start as i64);
        held = note.is_some();
        notes.extend(note);
    }
    notes
}

/// `A#4o`: letter, sharp or not, octave, vowel.
fn note(word: &str, start: i64) -> Option<Note> {
    let mut letters = word.chars().peekable();
    let within = match letters.next()? {
        'C' => 0,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return None,
    };
    let sharp = i32::from(letters.next_if_eq(&'#').is_some());
    let octave = letters.next()?.to_digit(10)? as i32;
    let vowel = letters.next()?;
    Some(Note {
        start,
        length: 1,
        midi: 12 * (octave + 1) + within + sharp,
        vowel,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fill_their_bars_and_read_as_notes() {
        for (line, bars) in [
            (VERSE, 8),
            (CHORUS, 4),
            (CHORUS_HIGH, 4),
            (BREAK, 4),
            (OUTRO, 2),
        ] {
            let words = line.split_whitespace().filter(|word| *word != "|");
            assert_eq!(words.clone().count(), bars * 8, "{line}");
            for word in words.filter(|word| !matches!(*word, "." | "~")) {
                let note = note(word, 0).unwrap_or_else(|| panic!("{word} is no note"));
                assert!("aeiou".contains(note.vowel), "{word}");
                assert!((60..=80).contains(&note.midi), "{word}");
            }
        }
        assert_eq!(
            notes("A#4o ~ . ~ C5a"),
            [
                Note {
                    start: 0,
                    length: 2,
                    midi: 70,
                    vowel: 'o'
                },
                Note {
                    start: 4,
                    length: 1,
                    midi: 72,
                    vowel: 'a'
                },
            ]
        );
    }
}
