//! Findings as JUnit XML, as build servers read it: a case a file that is right, a failure an error, what
//! was not measured as skipped.

use std::fmt::Write as _;

use crate::engine::lint::Outcome;
use crate::model::{Finding, Level};

/// Text for an attribute or a body; what XML cannot hold becomes a question mark.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

pub fn xml(outcome: &Outcome, preset: &str) -> String {
    let is_error = |finding: &&Finding| finding.level == Level::Error;
    let errors: Vec<&Finding> = outcome.findings.iter().filter(is_error).collect();
    let is_bad = |file: &str| errors.iter().any(|f| f.file.as_deref() == Some(file));
    let good: Vec<&String> = outcome.files.iter().filter(|file| !is_bad(file)).collect();
    let skipped = outcome.not_measured.len();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{skipped}\"",
        good.len() + errors.len() + skipped,
        errors.len()
    );
    let class = escape(preset);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites {counts}>");
    let _ = writeln!(xml, "<testsuite name=\"pt-stem lint {class}\" {counts}>");
    for file in good {
        let name = escape(file);
        let _ = writeln!(xml, "<testcase classname=\"{class}\" name=\"{name}\"/>");
    }
    for finding in errors {
        let place = finding.file.as_deref().or(finding.stem.as_deref());
        let name = escape(&format!(
            "{}: {}",
            place.unwrap_or("the folder"),
            finding.code
        ));
        let (code, text) = (escape(&finding.code), escape(&finding.text));
        let fix = escape(&finding.fix);
        let _ = writeln!(
            xml,
            "<testcase classname=\"{class}\" name=\"{name}\"><failure type=\"{code}\" message=\"{text}\">{fix}</failure></testcase>"
        );
    }
    for what in &outcome.not_measured {
        let what = escape(what);
        let _ = writeln!(
            xml,
            "<testcase classname=\"{class}\" name=\"{what}\"><skipped message=\"not measured\"/></testcase>"
        );
    }
    let rest = outcome.findings.iter().filter(|f| f.level != Level::Error);
    let said: Vec<String> = rest.map(|finding| escape(&finding.text)).collect();
    if !said.is_empty() {
        let _ = writeln!(xml, "<system-out>{}</system-out>", said.join("\n"));
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_breaks_the_xml() {
        let evil = "a<b>&\"\u{1}\u{ffff}.wav";
        let outcome = Outcome {
            files: vec![evil.to_owned(), "good.wav".to_owned()],
            findings: vec![
                Finding::new(Level::Error, "rate", evil)
                    .file(evil)
                    .fix("]]>"),
                Finding::new(Level::Note, "n", "</system-out>"),
            ],
            not_measured: vec!["speech".to_owned()],
            ..Outcome::default()
        };
        let xml = xml(&outcome, "netflix-nf51");
        assert!(xml.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
        assert!(xml.contains("a&lt;b&gt;&amp;&quot;??.wav: rate"), "{xml}");
        assert_eq!(xml.matches("</system-out>").count(), 1);
        assert!(xml.contains("name=\"good.wav\"/>"));
    }
}
