//! The same as Markdown, for tickets and mails.

use super::{News, Sheet, level_word};
use crate::engine::verify::account::Account;
use crate::model::text::clean;

/// How such a text begins.
pub const START: &str = "<!-- pt-stem report -->\n";

/// The whole report.
pub fn markdown(account: &Account) -> String {
    let sheet = Sheet::of(account);
    let mut out = format!("{START}# Stems of {}\n\n", esc(&sheet.title));
    let news = |news: &News| format!("- **{}**: {}\n", news.word, esc(&news.text));
    out.push_str(&news(&sheet.files));
    out.push_str(&news(&sheet.sum));
    for line in &sheet.diagnosis {
        out.push_str(&format!("  - {}\n", esc(line)));
    }
    out.push('\n');
    for (name, value) in &sheet.facts {
        out.push_str(&format!("- {name}: {}\n", esc(value)));
    }
    if !sheet.findings.is_empty() {
        out.push_str("\n## Findings\n\n");
        for finding in &sheet.findings {
            let fix = match finding.fix.is_empty() {
                true => String::new(),
                false => format!(" ({})", esc(&finding.fix)),
            };
            let word = level_word(finding.level);
            out.push_str(&format!("- **{word}**: {}{fix}\n", esc(&finding.text)));
        }
    }
    out.push_str("\n## Files\n\n| stem | file | state | numbers | tracks | checksum |\n|---|---|---|---|---|---|\n");
    for entry in &sheet.entries {
        let numbers = entry
            .numbers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        let numbers: Vec<String> = numbers.collect();
        let state = match entry.news.text.as_str() {
            "" => entry.news.word.to_owned(),
            why => format!("{} ({why})", entry.news.word),
        };
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            esc(&entry.title),
            esc(&entry.file),
            esc(&state),
            esc(&numbers.join("; ")),
            esc(&entry.tracks.join(", ")),
            esc(&entry.checksum)
        ));
    }
    if !sheet.markers.is_empty() {
        out.push_str("\n## Markers\n\n");
        for (timecode, name) in &sheet.markers {
            out.push_str(&format!("- {} {}\n", esc(timecode), esc(name)));
        }
    }
    out
}

/// Cleaned, and without a meaning for Markdown, or for the HTML in it.
fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(
            esc("a|b <i> [x](y) *z* `q`\n# t"),
            "a\\|b &lt;i&gt; \\[x\\](y) \\*z\\* \\`q\\`\u{fffd}\\# t"
        );
    }
}
