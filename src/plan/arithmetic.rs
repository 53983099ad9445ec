//! What a version's formula comes to: `mix - 0.5 * (Vocals + "Lead Vox")` is a gain for each name. Sums,
//! differences, numbers as factors and parentheses; names other than letters, digits and _ are quoted.

use std::iter::Peekable;
use std::str::Chars;

use crate::model::text::fit;

/// Of a formula.
const LONGEST: usize = 4_096;
/// Parentheses and signs within each other.
const DEEPEST: usize = 64;

/// What a name in a formula stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// `mix`, not quoted.
    Mix,
    Stem(String),
}

/// Gains of names, each once, in the order in which they come. Those that come to nothing are left out.
pub type Terms = Vec<(Name, f64)>;

/// Works a formula out. The error says what is wrong with it.
pub fn terms(formula: &str) -> Result<Terms, String> {
    if formula.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let mut parser = Parser {
        rest: formula.chars().peekable(),
        depth: 0,
    };
    let value = parser.sum()?;
    if let Some(c) = parser.peek() {
        return Err(match c {
            ')' => "a ')' closes nothing".to_owned(),
            '/' => "it divides: write the factor, 0.5 * Vocals".to_owned(),
            c if is_plain(c) || c == '"' => "an operator is missing between two names".to_owned(),
            c => format!("'{c}' is no operator: quote names that hold it"),
        });
    }
    if value.number != 0.0 {
        return Err("it adds a number: numbers are factors, 0.5 * Vocals".to_owned());
    }
    let heard: Terms = value
        .names
        .into_iter()
        .filter(|(_, gain)| *gain != 0.0)
        .collect();
    match heard.as_slice() {
        [] => Err("it comes to silence".to_owned()),
        names if names.iter().any(|(_, gain)| !gain.is_finite()) => {
            Err("its factors are too large".to_owned())
        }
        _ => Ok(heard),
    }
}

/// A number and gains of names.
#[derive(Default)]
struct Value {
    number: f64,
    names: Terms,
}

impl Value {
    fn add(mut self, other: Self, sign: f64) -> Self {
        self.number += sign * other.number;
        for (name, gain) in other.names {
            match self.names.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known += sign * gain,
                None => self.names.push((name, sign * gain)),
            }
        }
        self
    }

    fn times(self, other: Self) -> Result<Self, String> {
        let (factor, mut value) = match (self.names.is_empty(), other.names.is_empty()) {
            (true, _) => (self.number, other),
            (_, true) => (other.number, self),
            _ => return Err("it multiplies a stem by a stem".to_owned()),
        };
        value.number *= factor;
        for (_, gain) in &mut value.names {
            *gain *= factor;
        }
        Ok(value)
    }
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

impl Parser<'_> {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
        self.rest.peek().copied()
    }

    fn takes(&mut self, wanted: &[char]) -> Option<char> {
        let c = self.peek().filter(|c| wanted.contains(c))?;
        self.rest.next();
        Some(c)
    }

    fn sum(&mut self) -> Result<Value, String> {
        let mut value = self.product()?;
        while let Some(sign) = self.takes(&['+', '-', '\u{2212}']) {
            let sign = if sign == '+' { 1.0 } else { -1.0 };
            value = value.add(self.product()?, sign);
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<Value, String> {
        let mut value = self.factor()?;
        while self.takes(&['*', '\u{d7}']).is_some() {
            value = value.times(self.factor()?)?;
        }
        Ok(value)
    }

    fn factor(&mut self) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deep".to_owned());
        }
        let value = match self.peek() {
            None => return Err("it ends where a stem is expected".to_owned()),
            Some('(') => {
                self.rest.next();
                let value = self.sum()?;
                self.takes(&[')']).ok_or("a ')' is missing")?;
                value
            }
            Some('-' | '\u{2212}') => {
                self.rest.next();
                Value::default().add(self.factor()?, -1.0)
            }
            Some('"') => self.quoted()?,
            Some(c) if is_plain(c) || c == '.' => self.word()?,
            Some(c) => return Err(format!("'{c}' stands where a stem is expected")),
        };
        self.depth -= 1;
        Ok(value)
    }

    fn quoted(&mut self) -> Result<Value, String> {
        self.rest.next();
        let mut name = String::new();
        loop {
            match self.rest.next() {
                None => return Err("a '\"' is missing".to_owned()),
                Some('"') => break,
                Some(c) => name.push(c),
            }
        }
        Ok(one(Name::Stem(name)))
    }

    /// A number, the mix or the name of a stem. What begins with a digit and is no number is a name.
    fn word(&mut self) -> Result<Value, String> {
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| is_plain(*c) || *c == '.') {
            word.push(c);
        }
        let is_number = word.chars().all(|c| c.is_ascii_digit() || c == '.');
        if is_number {
            let number = word.parse();
            return match number {
                Ok(number) => Ok(Value {
                    number,
                    names: Terms::new(),
                }),
                Err(_) => Err(format!("'{}' is no number", fit(&word, 40))),
            };
        }
        if word.contains('.') {
            return Err(format!("quote the name \"{}\"", fit(&word, 40)));
        }
        Ok(one(match word.as_str() {
            "mix" => Name::Mix,
            _ => Name::Stem(word),
        }))
    }
}

fn one(name: Name) -> Value {
    Value {
        number: 0.0,
        names: vec![(name, 1.0)],
    }
}

/// Whether a name may hold it without being quoted.
pub(super) fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(formula: &str) -> Result<String, String> {
        let terms = terms(formula)?;
        let shown = terms.iter().map(|(name, gain)| match name {
            Name::Mix => format!("{gain:+}mix"),
            Name::Stem(name) => format!("{gain:+}'{name}'"),
        });
        Ok(shown.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn formulas_come_to_gains() {
        for (formula, wanted) in [
            ("mix - Vocals", "+1mix -1'Vocals'"),
            ("Drums + Bass", "+1'Drums' +1'Bass'"),
            ("mix - 0.5 * Vocals", "+1mix -0.5'Vocals'"),
            ("Vocals * 0.5 + mix", "+0.5'Vocals' +1mix"),
            (
                "mix - (Vocals + \"Lead Vox\")",
                "+1mix -1'Vocals' -1'Lead Vox'",
            ),
            ("mix - 2 * (A - 3 * B)", "+1mix -2'A' +6'B'"),
            ("mix - -A", "+1mix +1'A'"),
            ("-A - B", "-1'A' -1'B'"),
            ("A + B - A", "+1'B'"),
            ("mix - \"mix\"", "+1mix -1'mix'"),
            ("mix\u{2212}Büro", "+1mix -1'Büro'"),
            ("2 * 0.25 * A", "+0.5'A'"),
            ("A - 1 + 1", "+1'A'"),
            ("2Mix", "+1'2Mix'"),
        ] {
            assert_eq!(shown(formula).as_deref(), Ok(wanted), "{formula}");
        }
    }

    #[test]
    fn what_is_no_formula_says_why() {
        let nested = format!("{}A", "-".repeat(100));
        let long = "A+".repeat(3_000);
        for (formula, wanted) in [
            ("", "ends where"),
            ("mix -", "ends where"),
            ("mix Vocals", "operator is missing"),
            ("mix - Hi-Hat Top", "operator is missing"),
            ("mix / 2", "divides"),
            ("A * B", "stem by a stem"),
            ("A + 1", "adds a number"),
            ("A - A", "silence"),
            ("0 * A", "silence"),
            ("(A + B", "')' is missing"),
            ("A)", "closes nothing"),
            ("\"A", "'\"' is missing"),
            ("A & B", "no operator"),
            ("* A", "stands where"),
            ("1.2.3 * A", "no number"),
            ("Take.1", "quote the name"),
            (nested.as_str(), "too deep"),
            (long.as_str(), "longer than"),
        ] {
            let error = terms(formula).unwrap_err();
            assert!(error.contains(wanted), "{formula}: {error}");
        }
        let huge = format!("{} * A * {}", "9".repeat(300), "9".repeat(300));
        assert!(terms(&huge).unwrap_err().contains("too large"));
    }
}
