//! Digits of three lines in half blocks, for the counter.

/// Three lines of a text of digits, `:`, `;` and `.`; other characters become blanks.
pub fn digits(text: &str) -> [String; 3] {
    let mut lines = [String::new(), String::new(), String::new()];
    for c in text.chars() {
        for (line, part) in lines.iter_mut().zip(shape(c)) {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(part);
        }
    }
    lines
}

fn shape(c: char) -> [&'static str; 3] {
    match c {
        '0' => ["█▀█", "█ █", "▀▀▀"],
        '1' => ["▀█ ", " █ ", "▀▀▀"],
        '2' => ["▀▀█", "█▀▀", "▀▀▀"],
        '3' => ["▀▀█", " ▀█", "▀▀▀"],
        '4' => ["█ █", "▀▀█", "  ▀"],
        '5' => ["█▀▀", "▀▀█", "▀▀▀"],
        '6' => ["█▀▀", "█▀█", "▀▀▀"],
        '7' => ["▀▀█", "  █", "  ▀"],
        '8' => ["█▀█", "█▀█", "▀▀▀"],
        '9' => ["█▀█", "▀▀█", "▀▀▀"],
        ':' => ["•", " ", "•"],
        ';' => ["•", " ", "▌"],
        '.' => [" ", " ", "•"],
        '-' => ["   ", "▀▀▀", "   "],
        _ => ["   ", "   ", "   "],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::width;

    #[test]
    fn ten_shapes_differ() {
        let shapes: std::collections::HashSet<_> = ('0'..='9').map(shape).collect();
        assert_eq!(shapes.len(), 10);
    }

    #[test]
    fn lines_are_equally_wide() {
        let [a, b, c] = digits("01:23:45;07");
        assert_eq!((width(&a), width(&b)), (width(&c), width(&c)));
        assert_eq!(width(&a), 8 * 3 + 3 + 10);
    }
}
