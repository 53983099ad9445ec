//! One page: nothing is fetched, nothing runs, it fits a phone and both kinds of light, and it never
//! grows beyond what a mail takes.

use super::{Entry, News, Sheet, State, level_word};
use crate::engine::verify::account::Account;
use crate::model::overview::Overview;

/// How such a page begins.
pub const START: &str = "<!doctype html>\n<!-- pt-stem report -->\n";
/// Bytes that a page stays below.
pub const MOST_BYTES: usize = 300_000;
const STYLE: &str = include_str!("page.css");
/// Half the height of a waveform; its edge is full scale, its middle FLOOR dB below.
const HALF: f64 = 24.0;
const FLOOR: f64 = 60.0;

/// How much is shown.
#[derive(Clone, Copy)]
struct Detail {
    /// Of a waveform; 0 for none.
    columns: usize,
    entries: usize,
    tracks: usize,
    findings: usize,
    /// Letters of the recipe.
    recipe: usize,
}

/// From all to what fits of the longest.
const DETAILS: [Detail; 5] = [
    Detail {
        columns: 480,
        entries: 4000,
        tracks: 4000,
        findings: 2000,
        recipe: 40_000,
    },
    Detail {
        columns: 240,
        entries: 4000,
        tracks: 400,
        findings: 200,
        recipe: 20_000,
    },
    Detail {
        columns: 120,
        entries: 300,
        tracks: 40,
        findings: 100,
        recipe: 0,
    },
    Detail {
        columns: 40,
        entries: 200,
        tracks: 12,
        findings: 50,
        recipe: 0,
    },
    Detail {
        columns: 0,
        entries: 80,
        tracks: 4,
        findings: 20,
        recipe: 0,
    },
];

/// The page, with as much as fits.
pub fn html(account: &Account) -> String {
    let sheet = Sheet::of(account);
    let mut text = String::new();
    for detail in DETAILS {
        text = page(&sheet, detail);
        if text.len() < MOST_BYTES {
            break;
        }
    }
    text
}

fn page(sheet: &Sheet<'_>, detail: Detail) -> String {
    let title = esc(&sheet.title);
    let mut out = format!(
        "{START}<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{title}: stems</title><style>{STYLE}</style></head><body><main>\
         <header><p>Stems of</p><h1>{title}</h1></header>"
    );
    out.push_str("<section class=\"news\">");
    out.push_str(&news(&sheet.files));
    out.push_str(&news(&sheet.sum));
    out.push_str("</section>");
    if !sheet.diagnosis.is_empty() {
        out.push_str("<section><h2>What the difference looks like</h2><ul>");
        for line in sheet.diagnosis.iter().take(detail.findings) {
            out.push_str(&format!("<li>{}</li>", esc(line)));
        }
        out.push_str("</ul></section>");
    }
    out.push_str("<section><dl class=\"facts\">");
    for (name, value) in &sheet.facts {
        out.push_str(&format!("<dt>{name}</dt><dd>{}</dd>", esc(value)));
    }
    out.push_str("</dl></section>");
    out.push_str(&findings(sheet, detail));
    out.push_str("<section><h2>Files</h2>");
    for entry in sheet.entries.iter().take(detail.entries) {
        out.push_str(&article(entry, detail));
    }
    out.push_str(&more(sheet.entries.len(), detail.entries, "files"));
    out.push_str("</section>");
    out.push_str(&markers(sheet, detail));
    if let Some(recipe) = sheet.recipe.filter(|recipe| recipe.len() <= detail.recipe) {
        let lines: Vec<String> = recipe.lines().map(esc).collect();
        out.push_str(&format!(
            "<section><details><summary>Recipe</summary><pre>{}</pre></details></section>",
            lines.join("\n")
        ));
    }
    out.push_str("<footer>Checked when this page was made. <code>pt-stem stems verify</code> with the folder checks it again.</footer></main></body></html>\n");
    out
}

fn class(state: State) -> &'static str {
    match state {
        State::Good => "good",
        State::Open => "open",
        State::Bad => "bad",
    }
}

fn news(news: &News) -> String {
    format!(
        "<p class=\"{}\"><strong>{}</strong> <span>{}</span></p>",
        class(news.state),
        news.word,
        esc(&news.text)
    )
}

fn findings(sheet: &Sheet<'_>, detail: Detail) -> String {
    if sheet.findings.is_empty() {
        return String::new();
    }
    let mut out = "<section><h2>Findings</h2><ul class=\"findings\">".to_owned();
    for finding in sheet.findings.iter().take(detail.findings) {
        let word = level_word(finding.level);
        out.push_str(&format!(
            "<li class=\"{word}\"><b>{word}</b> {}",
            esc(&finding.text)
        ));
        if !finding.fix.is_empty() {
            out.push_str(&format!("<br><i>{}</i>", esc(&finding.fix)));
        }
        out.push_str("</li>");
    }
    out.push_str("</ul>");
    out.push_str(&more(sheet.findings.len(), detail.findings, "findings"));
    out.push_str("</section>");
    out
}

fn article(entry: &Entry<'_>, detail: Detail) -> String {
    let state = class(entry.news.state);
    let mut out = format!(
        "<article class=\"{state}\"><h3>{} <small>{}</small></h3><p class=\"file\">{}</p>",
        esc(&entry.title),
        entry.news.word,
        esc(&entry.file)
    );
    if !entry.news.text.is_empty() {
        out.push_str(&format!("<p class=\"why\">{}</p>", esc(&entry.news.text)));
    }
    if let Some(shape) = entry.shape.filter(|_| detail.columns > 0) {
        out.push_str(&waveform(shape, detail.columns, &entry.title));
    }
    out.push_str("<dl class=\"numbers\">");
    for (name, value) in &entry.numbers {
        out.push_str(&format!(
            "<div><dt>{name}</dt><dd>{}</dd></div>",
            esc(value)
        ));
    }
    out.push_str("</dl>");
    if !entry.tracks.is_empty() {
        let shown = entry.tracks.iter().take(detail.tracks);
        let shown: Vec<String> = shown.map(|track| esc(track)).collect();
        let rest = match entry.tracks.len().saturating_sub(detail.tracks) {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        out.push_str(&format!(
            "<p class=\"tracks\">{}{rest}</p>",
            shown.join(" · ")
        ));
    }
    out.push_str(&format!(
        "<p class=\"sum\">{}</p></article>",
        esc(&entry.checksum)
    ));
    out
}

/// A line for each column that sounds; those at full scale apart.
fn waveform(shape: &Overview, columns: usize, title: &str) -> String {
    let (mut usual, mut full) = (String::new(), String::new());
    for (x, peak) in shape
        .columns(0, shape.frames, columns)
        .into_iter()
        .enumerate()
    {
        let level = 20.0 * f64::from(peak).log10();
        let reach = ((level + FLOOR) / FLOOR).min(1.0) * HALF;
        let reach = if reach.is_finite() {
            reach.round() as i64
        } else {
            0
        };
        if reach > 0 {
            let path = if peak >= 1.0 { &mut full } else { &mut usual };
            path.push_str(&format!("M{x} {}v{}", HALF as i64 - reach, 2 * reach));
        }
    }
    let height = 2 * HALF as i64;
    let full = match full.is_empty() {
        true => full,
        false => format!("<path class=\"full\" d=\"{full}\"/>"),
    };
    format!(
        "<svg viewBox=\"0 0 {columns} {height}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Waveform of {}\">\
         <path d=\"M0 {half}h{columns}\" class=\"zero\"/><path d=\"{usual}\"/>{full}</svg>",
        esc(title),
        half = HALF as i64,
    )
}

fn markers(sheet: &Sheet<'_>, detail: Detail) -> String {
    if sheet.markers.is_empty() {
        return String::new();
    }
    let mut out = "<section><h2>Markers</h2><ul class=\"markers\">".to_owned();
    for (timecode, name) in sheet.markers.iter().take(detail.findings) {
        out.push_str(&format!(
            "<li><code>{}</code> {}</li>",
            esc(timecode),
            esc(name)
        ));
    }
    out.push_str("</ul>");
    out.push_str(&more(sheet.markers.len(), detail.findings, "markers"));
    out.push_str("</section>");
    out
}

fn more(all: usize, shown: usize, what: &str) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        count => format!("<p>and {count} more {what}; the manifest lists them</p>"),
    }
}

/// Cleaned, at most a few lines long, and without a meaning for HTML.
fn esc(text: &str) -> String {
    const MOST: usize = 2000;
    let mut out = String::with_capacity(text.len());
    for c in crate::model::text::clean(text).chars().take(MOST) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
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
            esc("<b a='1' c=\"2\">&amp;\u{202e}\n"),
            "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn a_waveform_shows_what_sounds_and_marks_full_scale() {
        let shape = Overview {
            peaks: vec![0.0, 1.0, 0.001, 0.0001],
            frames: 4,
        };
        let svg = waveform(&shape, 4, "A");
        assert!(svg.contains("class=\"full\" d=\"M1 0v48\""), "{svg}");
        assert!(svg.contains("<path d=\"\"/>"), "{svg}");
    }
}
